# SPDX-License-Identifier: Apache-2.0
"""Bytes on the wire, by hub and day: content, polls and acknowledgements alike.

They make the outbox complete: its rows are the content, the rest of what a socket counts is here.  Called by the
outbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lwnode.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Bytes to and from one hub on one day (UTC); ``content`` is the share of ``sent`` that the outbox lists."""

    hub: str
    day: date
    sent: int
    received: int
    content: int


class TrafficCounters:
    """The counters of all hubs and days."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, hub: str, day: date, *, sent: int = 0, received: int = 0, content: int = 0) -> None:
        """Add bytes to the counters of a hub and a day."""
        with self._database.transaction():
            self._database.write(
                "INSERT INTO traffic VALUES (?, ?, ?, ?, ?) ON CONFLICT (hub, day) DO UPDATE SET"
                " sent = sent + excluded.sent, received = received + excluded.received,"
                " content = content + excluded.content",
                hub,
                day.isoformat(),
                sent,
                received,
                content,
            )

    def list(self) -> tuple[Traffic, ...]:
        """Return all counters, the newest day first."""
        rows = self._database.rows("SELECT * FROM traffic ORDER BY day DESC, hub")
        return tuple(Traffic(**{**row, "day": date.fromisoformat(row["day"])}) for row in rows)
