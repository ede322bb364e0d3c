# SPDX-License-Identifier: Apache-2.0
"""Values as cells of a table, and back.

Rules
-----
* A time is text in UTC with microseconds and a ``Z``, so that text order is time order.
* A nested value (columns, a card, findings) is JSON; what would not come back equal is refused when it is written.

Called by every aggregate of the store.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from lwnode.documents.decoders import decoder
from lwnode.errors import StoreError

T = TypeVar("T")


def stamp(moment: datetime) -> str:
    """Return an aware time as text; ``moment_of(stamp(t)) == t``.

    Raises
    ------
    ValueError
        The time has no zone.
    """
    if moment.tzinfo is None:
        raise ValueError("times are aware UTC")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def moment_of(text: str) -> datetime:
    """Return the time that :func:`stamp` wrote.

    Raises
    ------
    StoreError
        The cell holds something else.
    """
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        raise StoreError("the database holds a time that is none", hint="restore a backup") from error


def pack(value: object, kind: type[T]) -> str:
    """Return a nested value as JSON; ``unpack(pack(v, kind), kind) == v``.

    Raises
    ------
    StoreError
        The value would not come back as it is: a number that is not finite, or text that is not Unicode.
    """
    try:
        text = msgspec.json.encode(value).decode()
        if decoder(kind).decode(text) == value:
            return text
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise StoreError(f"cannot be kept in the database: {error}") from error
    raise StoreError("cannot be kept in the database: it holds a number that is not finite, or a value of another type")


def unpack(text: str, kind: type[T]) -> T:
    """Return the value that :func:`pack` wrote.

    Raises
    ------
    StoreError
        The cell holds something else.
    """
    try:
        return decoder(kind).decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreError("the database holds a value of another kind", hint="restore a backup") from error
