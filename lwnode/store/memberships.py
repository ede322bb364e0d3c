# SPDX-License-Identifier: Apache-2.0
"""Memberships: the hubs this node has joined.  Called by the node when it joins, starts and leaves."""

from __future__ import annotations

from lwnode.documents.delivery import Membership
from lwnode.store.cells import moment_of, stamp
from lwnode.store.database import Cells, Database
from lwnode.store.lookup import id_of

_IDS = "SELECT hub AS id FROM membership WHERE hub >= ? AND hub < ?"
_NAMES = "SELECT hub AS id, name FROM membership"


class Memberships:
    """The hubs this node has joined."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, membership: Membership) -> None:
        """Keep a membership, in the place of an older one of the same hub."""
        with self._database.transaction():
            self._database.write(
                "INSERT OR REPLACE INTO membership VALUES (?, ?, ?, ?, ?)",
                membership.hub,
                membership.name,
                membership.address,
                membership.certificate,
                stamp(membership.joined),
            )

    def get(self, text: str) -> Membership:
        """Return the membership of the hub of that id, that name, or that beginning of an id.

        Raises
        ------
        NotFoundError
            There is none; the hint names the nearest.
        StoreError
            More than one is meant; the message says how many.
        """
        found = id_of(self._database, text, what="hub", ids=_IDS, names=_NAMES)
        (row,) = self._database.rows("SELECT * FROM membership WHERE hub = ?", found)
        return _membership(row)

    def list(self) -> tuple[Membership, ...]:
        """Return all memberships in the order of joining."""
        rows = self._database.rows("SELECT * FROM membership ORDER BY joined, hub")
        return tuple(_membership(row) for row in rows)

    def remove(self, hub: str) -> None:
        """Forget a membership; do nothing where there is none.  Its queue stays: numbers are never given twice."""
        with self._database.transaction():
            self._database.write("DELETE FROM membership WHERE hub = ?", hub)


def _membership(row: Cells) -> Membership:
    return Membership(**{**row, "joined": moment_of(row["joined"])})
