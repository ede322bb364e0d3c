# SPDX-License-Identifier: Apache-2.0
"""Single values that the node remembers under a key.

Called by the node for small facts about itself; everything with a meaning of its own has its own table.
"""

from __future__ import annotations

from lwnode.store.database import Database


class Meta:
    """Keys and their values."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> str | None:
        """Return the value of a key, or None where it was never set."""
        found = self._database.value("SELECT value FROM meta WHERE key = ?", key)
        return None if found is None else str(found)

    def set(self, key: str, value: str) -> None:
        """Set the value of a key."""
        with self._database.transaction():
            self._database.write(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value
            )
