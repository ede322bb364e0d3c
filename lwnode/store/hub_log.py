# SPDX-License-Identifier: Apache-2.0
"""The hub's log: every operation that its members have delivered, in one order for all.

Rules
-----
* Of a member's box only the next number is taken; the operation and its row in the log are one row, so that what is
  acknowledged is in the log.
* Another box of the same member starts at 1 again: a node that was installed anew is not taken for a repetition.
* Append-only: rows are never changed or removed (triggers).

Called by the hub store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from lwnode.documents.delivery import KINDS, OPERATION_LIMIT, Operation, Row
from lwnode.errors import DocumentError, NotFoundError, TrustError
from lwnode.store.cells import stamp
from lwnode.store.database import Database

_BOX_LIMIT = 64  # characters of a box


class HubLog:
    """The log of a hub."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def last_seq(self, member: str, box: str) -> int:
        """Return the highest number taken from a member's box; all below are taken too.  0 for an unknown box."""
        return int(self._database.value("SELECT max(seq) FROM log WHERE member = ? AND box = ?", member, box) or 0)

    def append(self, member: str, box: str, operations: Sequence[Operation]) -> int:
        """Take the operations that come next, and return the highest number taken so far.

        What was taken before is passed over, and so is everything behind a gap.

        Raises
        ------
        NotFoundError
            There is no such member.
        TrustError
            The member is blocked.
        DocumentError
            A body is too long, a kind or a box is impossible; nothing was taken.
        """
        if not 0 < len(box) <= _BOX_LIMIT:
            raise DocumentError(f"a box is named by 1 to {_BOX_LIMIT} characters")
        for operation in operations:
            if operation.kind not in KINDS or len(operation.body) > OPERATION_LIMIT:
                raise DocumentError("an operation of an unknown kind, or longer than is allowed")
        with self._database.transaction():
            blocked = self._database.value("SELECT blocked FROM member WHERE id = ?", member)
            if blocked is None:
                raise NotFoundError("there is no such member")
            if blocked:
                raise TrustError("this member is blocked", hint="ask the hub's owner")
            last, time = self.last_seq(member, box), stamp(self._now())
            for operation in operations:
                if operation.seq == last + 1:
                    self._database.write(
                        "INSERT INTO log (member, box, seq, kind, body, time) VALUES (?, ?, ?, ?, ?, ?)",
                        member,
                        box,
                        operation.seq,
                        operation.kind,
                        operation.body,
                        time,
                    )
                    last += 1
            return last

    def rows(self, after: int, limit: int, bytes_limit: int) -> tuple[Row, ...]:
        """Return rows above a height, in order: at most so many, and bodies of at most so many bytes together.

        Where there is a row at all, one is returned, however long it is: a reader must get on.
        """
        found: list[Row] = []
        size, page = 0, max(1, limit)
        while len(found) < page:
            rows = self._database.rows(
                "SELECT height, member, kind, body FROM log WHERE height > ? ORDER BY height LIMIT ?",
                found[-1].height if found else after,
                min(page - len(found), 64),
            )
            for row in rows:
                size += len(row["body"])
                if found and size > bytes_limit:
                    return tuple(found)
                found.append(Row(**row))
            if len(rows) < 64:
                break
        return tuple(found)

    def height(self) -> int:
        """Return the height of the newest row; 0 for an empty log."""
        return int(self._database.value("SELECT max(height) FROM log") or 0)
