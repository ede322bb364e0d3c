# SPDX-License-Identifier: Apache-2.0
"""What the relay asks of the message pipe below it, whatever that is.

Rules
-----
* The pipe is lossy: a message or a reply may vanish without a word.  The relay, not the pipe, loses nothing.
* A node's number is the pipe's own and changes with every start; who a node is says its key.

`lwnode_protocols.adapter.fleet` implements `Grid` over Flower; tests use one in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from lwnode_protocols.messages import Fields, Value

UNKNOWN = "unknown-member"
"""Reason of a refusal: the key is no member's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """A member of the hub, as the pipe knows it: its number there, its key's digest, its key."""

    node: int
    member: str
    key: EllipticCurvePublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reply that was announced: what it answers, who sent it, and the objects it is made of."""

    to: str
    node: int
    identity: str
    objects: tuple[str, ...]


class Grid(Protocol):
    """Messages to nodes, and their replies."""

    def send(self, node: int, kind: str, fields: Mapping[str, Value], *, seconds: float) -> str:
        """Leave a message for a node and return its id; the node answers it within ``seconds`` or never.

        Raises
        ------
        PartnerError
            There is no such node.
        """

    def forget(self, ids: Iterable[str]) -> None:
        """Drop messages and what was said to them."""

    def complete(self, reply: Reply) -> bool:
        """Return whether all objects of the reply are here."""

    def take(self, reply: Reply) -> Fields:
        """Return the fields of a complete reply and drop it with its message.

        Raises
        ------
        DocumentError
            It is not a message of ours.
        """

    def beat(self) -> bool:
        """Say that the relay lives; False where the pipe gave it up and `reopen` is due."""

    def reopen(self) -> None:
        """Start afresh: everything under way is gone."""
