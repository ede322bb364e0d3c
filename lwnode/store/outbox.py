# SPDX-License-Identifier: Apache-2.0
"""The outbox: every piece of content that has left this node, in order.

Rules
-----
* Append-only: rows are never changed or removed (triggers), and each carries the hash of the one before.
* The same bytes to the same recipient are one row (`Outbox.once`).
* What a socket counts beyond the content (polls, acknowledgements) is in the traffic counters, so that both together
  are everything that went over the wire.

Called by the node when content is about to leave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from lwnode.store.cells import moment_of, stamp
from lwnode.store.chain import START, Field, Link, first_broken, link
from lwnode.store.database import Cells, Database
from lwnode.store.traffic import Traffic, TrafficCounters

_PURPOSE = "lwnode.outbox/1"
_PAGE = 1_000  # rows that are verified at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """Something that has left.

    Parameters
    ----------
    seq : int
        From 1.
    time : datetime
        UTC.
    kind : str
        Such as ``announce`` or ``file``.
    to : str
        Recipient: id of a hub, or where a person sent it.
    what : str
        For a person.
    digest : str
        SHA-256 of the bytes.
    size : int
        Bytes.
    epsilon : float or None
        What was spent for it; None where it carries no guarantee.
    who : str
        Who pressed the button, or ``node``.
    learnware : str
        Id of the learnware it belongs to; empty where to none.
    previous, hash : str
        Of the chain.
    """

    seq: int
    time: datetime
    kind: str
    to: str
    what: str
    digest: str
    size: int
    epsilon: float | None
    who: str
    learnware: str
    previous: str
    hash: str


class Outbox:
    """The log of what has left."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._traffic = TrafficCounters(database)

    def append(
        self,
        *,
        kind: str,
        to: str,
        what: str,
        digest: str,
        size: int,
        who: str,
        epsilon: float | None = None,
        learnware: str = "",
    ) -> OutboxEntry:
        """Record that content leaves, and return its row; the fields are those of `OutboxEntry`."""
        with self._database.transaction():
            last = self._database.row("SELECT seq, hash FROM outbox ORDER BY seq DESC LIMIT 1")
            previous = START if last is None else str(last["hash"])
            row: dict[str, Field] = {
                "seq": 1 if last is None else int(last["seq"]) + 1,
                "time": stamp(self._now()),
                "kind": kind,
                "to": to,
                "what": what,
                "digest": digest,
                "size": size,
                "epsilon": None if epsilon is None else float(epsilon) + 0.0,
                "who": who,
                "learnware": learnware,
            }
            chained = {**row, "previous": previous, "hash": link(_PURPOSE, previous, tuple(row.values()))}
            self._database.write("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", *chained.values())
            return _entry(chained)

    def entries(self, limit: int = 100, before: int | None = None) -> tuple[OutboxEntry, ...]:
        """Return the newest rows first, those before a number where one is given."""
        sql = 'SELECT *, recipient AS "to" FROM outbox WHERE ?1 IS NULL OR seq < ?1 ORDER BY seq DESC LIMIT ?2'
        return tuple(_entry(row) for row in self._database.rows(sql, before, limit))

    def once(self, to: str, digest: str) -> bool:
        """Tell whether these bytes were recorded for this recipient already."""
        sql = "SELECT 1 FROM outbox WHERE recipient = ? AND digest = ?"
        return self._database.value(sql, to, digest) is not None

    def verify(self) -> int | None:
        """Return the number of the first row from which on nothing is proven, or None where all is whole."""
        last = self._database.value("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")
        return first_broken(_PURPOSE, self._links(), int(last or 0))

    def totals(self) -> Mapping[str, int]:
        """Return the bytes that have left, by kind."""
        rows = self._database.rows("SELECT kind, sum(size) AS size FROM outbox GROUP BY kind ORDER BY kind")
        return {str(row["kind"]): int(row["size"]) for row in rows}

    def count(self, hub: str, day: date, *, sent: int = 0, received: int = 0, content: int = 0) -> None:
        """Add bytes on the wire to the counters of a hub and a day (UTC); see `Traffic`."""
        self._traffic.count(hub, day, sent=sent, received=received, content=content)

    def traffic(self) -> tuple[Traffic, ...]:
        """Return the counters of all hubs and days, the newest day first."""
        return self._traffic.list()

    def _links(self) -> Iterator[Link]:
        after = 0
        while page := self._database.rows("SELECT * FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?", after, _PAGE):
            for row in page:
                yield Link(row["seq"], row["previous"], row["hash"], tuple(row.values())[:10])
            after = int(page[-1]["seq"])


def _entry(row: Cells) -> OutboxEntry:
    cells = {key: value for key, value in row.items() if key != "recipient"}
    return OutboxEntry(**{**cells, "time": moment_of(row["time"])})
