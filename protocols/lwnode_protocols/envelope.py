# SPDX-License-Identifier: Apache-2.0
"""The signed envelope of one operation on its way to a hub.

Flower authenticates a node by a signed timestamp: it binds neither the content nor the hub.  So every operation carries
an envelope by the node's key over the hub, the box, the number, the kind, the time and the digest of the body, and the
hub appends nothing whose envelope does not hold.

Called by `lwnode_protocols.mailbox` (seal) and `lwnode_protocols.relay` (open).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

from lwnode.documents import decode, digest, encode
from lwnode.errors import SignatureError
from lwnode.node.transport import KINDS, OPERATION_LIMIT, Operation
from lwnode.trust.envelope import open_envelope, seal
from lwnode.trust.identity import by_fingerprint

PAYLOAD_TYPE = "application/vnd.lwnode.operation+json"
SEAL_LIMIT = 2_048  # bytes of one envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """An operation and its envelope."""

    operation: Operation
    envelope: bytes

    @property
    def size(self) -> int:
        """Bytes of both, with room for what Flower's message adds."""
        return len(self.operation.body) + len(self.envelope) + 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """What is signed."""

    schema: Literal["lwnode.operation/1"] = "lwnode.operation/1"
    hub: str
    box: str
    seq: int
    kind: str
    time: datetime
    body: str


def seal_operation(operation: Operation, *, key: EllipticCurvePrivateKey, hub: str, box: str, now: datetime) -> Sealed:
    """Return the operation in its envelope."""
    claim = _Claim(hub=hub, box=box, seq=operation.seq, kind=operation.kind, time=now, body=digest(operation.body))
    return Sealed(operation=operation, envelope=seal(PAYLOAD_TYPE, encode(claim), key))


def open_operation(
    sealed: Sealed, *, key: EllipticCurvePublicKey, hub: str, box: str, now: datetime, clock: float
) -> Operation:
    """Return the operation after its envelope was verified.

    Parameters
    ----------
    key : EllipticCurvePublicKey
        The member's.
    clock : float
        Seconds by which the member's clock may be off.

    Raises
    ------
    SignatureError
        Signed by another key, or for another hub, box, number, kind, time or body.
    DocumentError
        The envelope is not one.
    """
    operation = sealed.operation
    payload = open_envelope(sealed.envelope, PAYLOAD_TYPE, by_fingerprint([key]), limit=SEAL_LIMIT)
    claim = decode(payload, _Claim, limit=SEAL_LIMIT)
    found = (claim.hub, claim.box, claim.seq, claim.kind, claim.body)
    if found != (hub, box, operation.seq, operation.kind, digest(operation.body)):
        raise SignatureError("an operation in the envelope of another")
    if claim.time.tzinfo is None or abs((now - claim.time).total_seconds()) > clock:
        raise SignatureError("an operation signed too long ago or in the future", hint="set the clock of the member")
    if operation.kind not in KINDS or not 0 < len(operation.body) <= OPERATION_LIMIT:
        raise SignatureError("an operation of an unknown kind, or too large")
    return operation
