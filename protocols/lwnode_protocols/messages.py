# SPDX-License-Identifier: Apache-2.0
"""The two conversations between a hub and a node, as frozen objects: the one place where fields become objects.

=================  ============================  ===========================================
message            hub → node                    node → hub
=================  ============================  ===========================================
``query.mailbox``  `MailboxAsk`: what the hub    `MailboxAnswer`: operations from there on,
                   has committed (``ack``)       and the node's cursor (``have``)
``query.deliver``  `Delivery`: rows of the log   `DeliveryAnswer`: the node's cursor
                   after ``base``
=================  ============================  ===========================================

Rules
-----
* A message is a flat record of numbers, texts, bytes and lists of them, since that is what Flower carries without
  chunks.
* Reading checks every type, length and order; whatever does not fit is a `DocumentError`.

Called by `lwnode_protocols.relay` and `lwnode_protocols.mailbox`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar, cast

from lwnode.errors import DocumentError
from lwnode.node.transport import KINDS, OPERATION_LIMIT, PAGE_LIMIT, Operation, Row
from lwnode_protocols.envelope import SEAL_LIMIT, Sealed
from lwnode_protocols.limits import ANSWER_LIMIT

Value: TypeAlias = int | str | bytes | bool | list[int] | list[str] | list[bytes]
Fields: TypeAlias = Mapping[str, object]

MAILBOX = "mailbox"
DELIVER = "deliver"

_T = TypeVar("_T", int, str, bytes, bool)
_ID = re.compile(r"[0-9a-zA-Z_-]{1,64}")
_HEX = re.compile(r"[0-9a-f]{64}")
_LARGEST = 2**53
_COUNT = 1_000  # items of any list


def _one(fields: Fields, name: str, kind: type[_T]) -> _T:
    value = fields.get(name)
    if type(value) is not kind:
        raise DocumentError(f"the message has no usable '{name}'")
    if isinstance(value, int) and not 0 <= value <= _LARGEST:
        raise DocumentError(f"'{name}' is out of range")
    return value


def _many(fields: Fields, name: str, kind: type[_T]) -> list[_T]:
    value = fields.get(name)
    if not isinstance(value, list) or len(value) > _COUNT or any(type(item) is not kind for item in value):
        raise DocumentError(f"the message has no usable list '{name}'")
    if kind is int and any(not 0 <= item <= _LARGEST for item in value):
        raise DocumentError(f"'{name}' is out of range")
    return cast(list[_T], value)


def _id(fields: Fields, name: str, *, empty: bool = False) -> str:
    value = _one(fields, name, str)
    if not _ID.fullmatch(value) and not (empty and value == ""):
        raise DocumentError(f"'{name}' is not an id")
    return value


def _same_length(*lists: Sequence[object]) -> None:
    if len({len(items) for items in lists}) != 1:
        raise DocumentError("lists of a message that differ in length")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxAsk:
    """Answer this once you have something to say.

    Parameters
    ----------
    hub : str
    box : str
        The box that ``ack`` is about; empty where the hub does not know it yet.
    ack : int
        Highest contiguous number that the hub has committed for the member and the box.
    hello : bool
        Answer at once, with the box and the cursor.
    """

    hub: str
    box: str
    ack: int
    hello: bool

    def to_fields(self) -> dict[str, Value]:
        """Return the message's fields; ``from_fields(a.to_fields()) == a``."""
        return {"hub": self.hub, "box": self.box, "ack": self.ack, "hello": self.hello}

    @classmethod
    def from_fields(cls, fields: Fields) -> MailboxAsk:
        """Read the fields.

        Raises
        ------
        DocumentError
        """
        return cls(
            hub=_id(fields, "hub"),
            box=_id(fields, "box", empty=True),
            ack=_one(fields, "ack", int),
            hello=_one(fields, "hello", bool),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxAnswer:
    """Operations in order, and the node's cursor in the hub's log."""

    box: str
    have: int
    operations: tuple[Sealed, ...] = ()

    def to_fields(self) -> dict[str, Value]:
        """Return the message's fields; ``from_fields(a.to_fields()) == a``."""
        return {
            "box": self.box,
            "have": self.have,
            "seqs": [sealed.operation.seq for sealed in self.operations],
            "kinds": [sealed.operation.kind for sealed in self.operations],
            "bodies": [sealed.operation.body for sealed in self.operations],
            "envelopes": [sealed.envelope for sealed in self.operations],
        }

    @classmethod
    def from_fields(cls, fields: Fields) -> MailboxAnswer:
        """Read the fields; the envelopes are not verified here.

        Raises
        ------
        DocumentError
        """
        seqs, kinds = _many(fields, "seqs", int), _many(fields, "kinds", str)
        bodies, envelopes = _many(fields, "bodies", bytes), _many(fields, "envelopes", bytes)
        _same_length(seqs, kinds, bodies, envelopes)
        if any(len(body) > OPERATION_LIMIT for body in bodies) or any(len(seal) > SEAL_LIMIT for seal in envelopes):
            raise DocumentError("an operation that is too large")
        if sum(map(len, bodies)) + sum(map(len, envelopes)) > ANSWER_LIMIT:
            raise DocumentError("an answer that is too large")
        if any(kind not in KINDS for kind in kinds):
            raise DocumentError("an operation of an unknown kind")
        return cls(
            box=_id(fields, "box"),
            have=_one(fields, "have", int),
            operations=tuple(
                Sealed(operation=Operation(seq=seq, kind=kind, body=body), envelope=envelope)
                for seq, kind, body, envelope in zip(seqs, kinds, bodies, envelopes, strict=True)
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Rows of the hub's log, all above ``base`` and in ascending order."""

    hub: str
    base: int
    rows: tuple[Row, ...]

    def to_fields(self) -> dict[str, Value]:
        """Return the message's fields; ``from_fields(d.to_fields()) == d``."""
        return {
            "hub": self.hub,
            "base": self.base,
            "heights": [row.height for row in self.rows],
            "members": [row.member for row in self.rows],
            "kinds": [row.kind for row in self.rows],
            "bodies": [row.body for row in self.rows],
        }

    @classmethod
    def from_fields(cls, fields: Fields) -> Delivery:
        """Read the fields.

        Raises
        ------
        DocumentError
        """
        base, heights = _one(fields, "base", int), _many(fields, "heights", int)
        members, kinds = _many(fields, "members", str), _many(fields, "kinds", str)
        bodies = _many(fields, "bodies", bytes)
        _same_length(heights, members, kinds, bodies)
        if any(low >= high for low, high in zip([base, *heights], heights, strict=False)):
            raise DocumentError("rows of the log out of order")
        if not all(_HEX.fullmatch(member) for member in members) or any(len(kind) > 32 for kind in kinds):
            raise DocumentError("a row of the log that cannot be")
        if any(len(body) > OPERATION_LIMIT for body in bodies) or sum(map(len, bodies)) > PAGE_LIMIT:
            raise DocumentError("a page of the log that is too large")
        return cls(
            hub=_id(fields, "hub"),
            base=base,
            rows=tuple(
                Row(height=height, member=member, kind=kind, body=body)
                for height, member, kind, body in zip(heights, members, kinds, bodies, strict=True)
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryAnswer:
    """The node's cursor after the page."""

    have: int

    def to_fields(self) -> dict[str, Value]:
        """Return the message's fields; ``from_fields(a.to_fields()) == a``."""
        return {"have": self.have}

    @classmethod
    def from_fields(cls, fields: Fields) -> DeliveryAnswer:
        """Read the fields.

        Raises
        ------
        DocumentError
        """
        return cls(have=_one(fields, "have", int))
