# SPDX-License-Identifier: Apache-2.0
"""The delivery queue: operations on their way to the hubs, and how far each hub's log was applied here.

Rules
-----
* An operation exists once its row is committed; its number counts from 1 for each hub and is never given twice within
  a box.
* The *box* is a random id that is born with the queue of a hub.  A queue that starts again gets a new one, so that a
  hub does not take its numbers for repetitions.
* What a hub has acknowledged is durable there and is dropped here.
* The cursor only moves up, in the transaction of the rows' effect; rows above it that were applied are remembered one
  by one until it has passed them.

Called by the node, for its transport.
"""

from __future__ import annotations

import secrets

from lwnode.documents.delivery import KINDS, OPERATION_LIMIT, Operation
from lwnode.errors import RollbackError, StoreError
from lwnode.store.database import Cells, Database


class Delivery:
    """The queues of all hubs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def box(self, hub: str) -> str:
        """Return the random id that was born with the queue of a hub."""
        return str(self._queue(hub)["box"])

    def enqueue(self, hub: str, kind: str, body: bytes) -> int:
        """Put an operation into the queue of a hub and return its number.

        Raises
        ------
        StoreError
            The body is too long for any hub to take, which would hold up everything behind it.
        ValueError
            There is no such kind.
        """
        if kind not in KINDS:
            raise ValueError(f"kinds of operation are {', '.join(KINDS)}")
        if len(body) > OPERATION_LIMIT:
            raise StoreError(
                f"a document of {len(body)} bytes cannot be sent, {OPERATION_LIMIT} are allowed",
                hint="shorten its description or leave out columns that are not needed",
            )
        with self._database.transaction():
            seq = int(self._queue(hub)["last"]) + 1
            self._database.write("UPDATE queue SET last = ? WHERE hub = ?", seq, hub)
            self._database.write("INSERT INTO operation VALUES (?, ?, ?, ?)", hub, seq, kind, body)
            return seq

    def after(self, hub: str, seq: int, limit: int) -> tuple[Operation, ...]:
        """Return at most ``limit`` operations with a number above ``seq``, in order."""
        rows = self._database.rows(
            "SELECT seq, kind, body FROM operation WHERE hub = ? AND seq > ? ORDER BY seq LIMIT ?", hub, seq, limit
        )
        return tuple(Operation(**row) for row in rows)

    def acknowledge(self, hub: str, seq: int) -> None:
        """Drop everything up to ``seq``, which is durable at the hub; do nothing where that was said before.

        Raises
        ------
        RollbackError
            The hub has more than was ever put into this box: this database is older than what it sent.  `restart`
            makes the queue usable again.
        """
        with self._database.transaction():
            queue = self._queue(hub)
            if seq > queue["last"]:
                raise RollbackError(
                    f"the hub has {seq} operations of this node, the delivery queue only ever had {queue['last']}",
                    hint="an older database was put back; the queue must start again",
                )
            if seq > queue["acknowledged"]:
                self._database.write("DELETE FROM operation WHERE hub = ? AND seq <= ?", hub, seq)
                self._database.write("UPDATE queue SET acknowledged = ? WHERE hub = ?", seq, hub)

    def waiting(self, hub: str) -> int:
        """Return how many operations the hub has not acknowledged."""
        return int(self._database.value("SELECT count(*) FROM operation WHERE hub = ?", hub))

    def cursor(self, hub: str) -> int:
        """Return the height up to which the hub's log was applied here."""
        return int(self._queue(hub)["cursor"])

    def set_cursor(self, hub: str, height: int) -> None:
        """Move the cursor up; belongs into the transaction of the rows' effect.

        Raises
        ------
        StoreError
            It would move down, and rows would be applied twice.
        """
        with self._database.transaction():
            now = self.cursor(hub)
            if height < now:
                raise StoreError(f"the cursor of a hub's log stands at {now} and cannot go back to {height}")
            self._database.write("UPDATE queue SET cursor = ? WHERE hub = ?", height, hub)
            self._database.write("DELETE FROM applied WHERE hub = ? AND height <= ?", hub, height)

    def seen(self, hub: str, height: int) -> bool:
        """Tell whether a row of the hub's log was applied; from the first question on it counts as applied.

        Belongs into the transaction of the row's effect, so that both happen or neither.
        """
        with self._database.transaction():
            if height <= self.cursor(hub):
                return True
            return not self._database.write("INSERT OR IGNORE INTO applied VALUES (?, ?)", hub, height)

    def generation(self, hub: str) -> str:
        """Return the generation of the hub's log that the cursor belongs to; empty until one was noted."""
        return str(self._queue(hub)["generation"])

    def note_generation(self, hub: str, generation: str) -> bool:
        """Note the generation of the hub's log, and say whether the queue was restarted because it is another one.

        A hub that was made anew, or restored, has another generation: its log is read from the beginning, and what it
        had acknowledged must be sent again.
        """
        with self._database.transaction():
            known = self.generation(hub)
            if known == generation:
                return False
            if known:
                self.restart(hub)
            self._database.write("UPDATE queue SET generation = ? WHERE hub = ?", generation, hub)
            return bool(known)

    def restart(self, hub: str) -> None:
        """Start the queue of a hub again: a new box, the waiting operations from 1 on, the cursor at 0.

        What the hub had acknowledged is not in the queue any more; who calls this puts it back where it is needed.
        """
        with self._database.transaction():
            waiting = self.after(hub, 0, -1)
            self._database.write("DELETE FROM operation WHERE hub = ?", hub)
            self._database.write("DELETE FROM applied WHERE hub = ?", hub)
            self._database.write("DELETE FROM queue WHERE hub = ?", hub)
            for operation in waiting:
                self.enqueue(hub, operation.kind, operation.body)

    def restart_all(self) -> None:
        """Start the queues of all hubs again, after an older database was put back."""
        with self._database.transaction():
            for row in self._database.rows("SELECT hub FROM queue ORDER BY hub"):
                self.restart(row["hub"])

    def _queue(self, hub: str) -> Cells:
        """Return the queue of a hub, which is born the first time it is asked for."""
        sql = "SELECT * FROM queue WHERE hub = ?"
        row = self._database.row(sql, hub)
        if row is None:
            with self._database.transaction():
                self._database.write(
                    "INSERT INTO queue (hub, box) VALUES (?, ?) ON CONFLICT DO NOTHING", hub, secrets.token_hex(16)
                )
                (row,) = self._database.rows(sql, hub)
        return row
