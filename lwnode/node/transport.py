# SPDX-License-Identifier: Apache-2.0
"""What the node asks of a transport, and what a transport asks of the node.

The node knows nothing of Flower.  A *transport* carries signed documents to hubs and back, and files by their digest;
the *port* is the node's side of it, backed by the store.  `lwnode_protocols` implements `Transport` over Flower; tests
use one in memory.

Rules of delivery
-----------------
1. An operation exists once its row is committed in the node's delivery queue; a transport remembers nothing.
2. The hub acknowledges the highest contiguous number that it has committed for (member key, box).
3. An answer always starts at acknowledged + 1; the hub takes only the next number, operation and effect together.
4. Towards the node the hub keeps a log and the node keeps the cursor, moved in the transaction of the effect.
5. Identity is the member's public key, never an id that the transport made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from lwnode.documents import FileEntry, Invite
from lwnode.documents.delivery import KINDS, OPERATION_LIMIT, PAGE_LIMIT, Membership, Operation, Row

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

__all__ = [
    "KINDS",
    "OPERATION_LIMIT",
    "PAGE_LIMIT",
    "Link",
    "Membership",
    "Operation",
    "Port",
    "Row",
    "Transport",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """State of the connection to one hub."""

    hub: str
    name: str
    connected: bool
    since: datetime | None
    problem: str = ""


class Port(Protocol):
    """The node's side: every method commits before it returns, and may be called from any thread."""

    def box(self, hub: str) -> str:
        """Return the random id that was born with this node's delivery queue."""

    def outgoing(self, hub: str, after: int, limit: int) -> tuple[Operation, ...]:
        """Return at most ``limit`` operations for the hub with ``seq > after``, in order."""

    def files_before(self, operation: Operation) -> tuple[FileEntry, ...]:
        """Return the files that must be at the hub before the operation is sent."""

    def read_file(self, sha256: str) -> bytes:
        """Return a file of this node."""

    def leaving(self, hub: str, operation: Operation, files: Sequence[FileEntry]) -> None:
        """Record in the outbox that these bytes are about to leave; does nothing the second time."""

    def acknowledged(self, hub: str, seq: int) -> None:
        """Mark everything up to ``seq`` as durable at the hub."""

    def cursor(self, hub: str) -> int:
        """Return the height up to which the hub's log was applied here."""

    def incoming(self, hub: str, base: int, rows: Sequence[Row]) -> int:
        """Apply rows above the cursor in one transaction and return the new cursor; nothing where base is ahead."""

    def wanted(self, hub: str, limit: int) -> tuple[FileEntry, ...]:
        """Return files that were announced, are allowed to be fetched with the catalogue, and are not here yet."""

    def received(self, hub: str, sha256: str, data: bytes) -> None:
        """Keep a file that was wanted; raises `lwnode.errors.TrustError` where the digest differs."""

    def traffic(self, hub: str, *, sent: int, received: int) -> None:
        """Count bytes on the wire for the hub, content and polls alike."""


class Transport(Protocol):
    """Carries operations and files for one node."""

    def join(self, invite: Invite, *, key: EllipticCurvePrivateKey, organisation: str) -> Membership:
        """Prove possession of ``key``, hand in the one-time code and return the membership.

        Raises
        ------
        InviteError
            Used, expired, unknown, or not this hub's.
        UnreachableError
            Nobody answers at the address, or with another certificate than the invite names.
        """

    def connect(self, membership: Membership, *, key: EllipticCurvePrivateKey) -> None:
        """Keep a connection to the hub until `stop`, reconnecting with back-off for ever."""

    def wake(self, hub: str) -> None:
        """Say that there is something new in the delivery queue."""

    def links(self) -> tuple[Link, ...]:
        """Return the state of every connection."""

    def stop(self) -> None:
        """Close all connections and wait for their threads."""
