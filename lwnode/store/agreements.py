# SPDX-License-Identifier: Apache-2.0
"""How the models of two learnwares agree that were asked side by side, so that they are asked once.

Called by the node's folding.
"""

from __future__ import annotations

from lwnode.store.database import Database


class Agreements:
    """Pairs of learnwares, the smaller id first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, first: str, second: str, *, share: float, points: int) -> None:
        """Keep at which share of so many points two models gave the same answer.

        Raises
        ------
        StoreError
            The ids are not in order, or the figures cannot be.
        """
        with self._database.transaction():
            self._database.write("INSERT OR REPLACE INTO agreement VALUES (?, ?, ?, ?)", first, second, share, points)

    def get(self, first: str, second: str) -> tuple[float, int] | None:
        """Return share and points of a pair, None where its models were not asked."""
        row = self._database.row("SELECT share, points FROM agreement WHERE first = ? AND second = ?", first, second)
        return None if row is None else (float(row["share"]), int(row["points"]))
