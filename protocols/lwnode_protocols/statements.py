# SPDX-License-Identifier: Apache-2.0
"""What a node key signs outside Flower: requests for admission and requests for files.

Rules
-----
* A statement is one line of text that begins with what it is for, so that no signature serves another purpose.
* Every statement names the hub: what one hub receives is worth nothing at another.  (Flower's own node authentication
  signs a timestamp only, hence one key per hub and these statements.)
* Fields never hold the separator, so two different requests have two different statements.

Called on both sides: `lwnode_protocols.joining`, `lwnode_protocols.files` and `lwnode_protocols.admission`,
`lwnode_protocols.blobs`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

from lwnode.documents import digest
from lwnode.errors import SignatureError, TrustError
from lwnode.trust.identity import public_key, spki
from lwnode.trust.signature import sign, verify

EMPTY = digest(b"")  # content digest of a request without a body
KEY_HEADER = "lw-key"
TIME_HEADER = "lw-time"
CONTENT_HEADER = "lw-content"
SIGNATURE_HEADER = "lw-signature"


def _statement(purpose: str, *fields: str) -> bytes:
    if any("|" in field for field in fields):
        raise ValueError("a field of a statement holds the separator")
    return "|".join((purpose, *fields)).encode()


def node_key(der: bytes) -> EllipticCurvePublicKey:
    """Read a node's public key.

    Raises
    ------
    TrustError
        Not a P-256 key in its one byte form.
    """
    key = public_key(der)
    if not isinstance(key, EllipticCurvePublicKey):
        raise TrustError("a node key must be on P-256")
    return key


def sign_join(key: EllipticCurvePrivateKey, *, hub: str, code: str) -> bytes:
    """Return the proof that whoever hands in ``code`` at ``hub`` holds ``key``."""
    return sign(key, _statement("lwnode/join/v1", hub, code))


def verify_join(key: EllipticCurvePublicKey, signature: bytes, *, hub: str, code: str) -> None:
    """Check what :func:`sign_join` returned.

    Raises
    ------
    SignatureError
        Made by another key, for another hub or for another code.
    """
    try:
        message = _statement("lwnode/join/v1", hub, code)
    except ValueError as error:
        raise SignatureError("a code that cannot be") from error
    verify(key, signature, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Who made a request for a file, and what was claimed of its content."""

    key: EllipticCurvePublicKey
    member: str
    content: str


def sign_request(
    key: EllipticCurvePrivateKey, *, method: str, path: str, hub: str, now: datetime, content: str = EMPTY
) -> dict[str, str]:
    """Return the headers that prove who asks.

    Parameters
    ----------
    content : str
        SHA-256 of the body, hexadecimal.
    """
    time = now.isoformat()
    signature = sign(key, _statement("lwnode/blob/v1", method, path, hub, time, content))
    return {
        KEY_HEADER: base64.b64encode(spki(key.public_key())).decode(),
        TIME_HEADER: time,
        CONTENT_HEADER: content,
        SIGNATURE_HEADER: base64.b64encode(signature).decode(),
    }


def verify_request(
    headers: Mapping[str, str], *, method: str, path: str, hub: str, now: datetime, window: float
) -> Signed:
    """Check what :func:`sign_request` returned.

    Parameters
    ----------
    headers : mapping
        Lower-case names.
    window : float
        Seconds by which the time may be off, to either side.

    Raises
    ------
    SignatureError
        A header is missing or malformed, the time is off, or the signature does not hold.
    """
    try:
        der = base64.b64decode(headers[KEY_HEADER], validate=True)
        signature = base64.b64decode(headers[SIGNATURE_HEADER], validate=True)
        time, content = headers[TIME_HEADER], headers[CONTENT_HEADER]
        age = (now - datetime.fromisoformat(time)).total_seconds()
        key = node_key(der)
        message = _statement("lwnode/blob/v1", method, path, hub, time, content)
    except (KeyError, ValueError, TypeError, binascii.Error, TrustError) as error:
        raise SignatureError("a request without a usable signature") from error
    if abs(age) > window:
        raise SignatureError("a request signed too long ago or in the future", hint="set the clock of this computer")
    verify(key, signature, message)
    return Signed(key=key, member=digest(der), content=content)
