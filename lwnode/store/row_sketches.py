# SPDX-License-Identifier: Apache-2.0
"""Which rows the registered data sets have, as sketches: to notice two that share some.

Rules
-----
* One sketch for each data set and content it ever had: rows that were under a name once were paid for there.
* What a sketch is, is the caller's business; here it is bytes.

Called by the node when a data set is registered or drafted from.
"""

from __future__ import annotations

from dataclasses import dataclass

from lwnode.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSketch:
    """The sketch of one content of a data set.

    Parameters
    ----------
    dataset, content, source : str
        Name, and the contents of the rows as they are read and before anything was said of them.
    rows, people : bytes
        `lwnode.training.row_sketch.RowSketch` of rows and of identifiers.
    """

    dataset: str
    content: str
    source: str
    rows: bytes
    people: bytes


class RowSketches:
    """The sketches of all data sets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, sketch: StoredSketch) -> None:
        """Keep a sketch; keep the first of a data set and content."""
        with self._database.transaction():
            self._database.write(
                "INSERT INTO row_sketch VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                sketch.dataset,
                sketch.content,
                sketch.source,
                sketch.rows,
                sketch.people,
            )

    def has(self, dataset: str, content: str) -> bool:
        """Return whether there is a sketch of this content under this name."""
        sql = "SELECT 1 FROM row_sketch WHERE dataset = ? AND content = ?"
        return self._database.value(sql, dataset, content) is not None

    def names(self, contents: frozenset[str]) -> tuple[str, ...]:
        """Return the data sets that have or had one of these contents, as read or as it was before."""
        found = self._database.rows("SELECT dataset, content, source FROM row_sketch ORDER BY dataset")
        return tuple(dict.fromkeys(str(row["dataset"]) for row in found if contents & {row["content"], row["source"]}))

    def list(self) -> tuple[StoredSketch, ...]:
        """Return all sketches by data set and content."""
        rows = self._database.rows("SELECT * FROM row_sketch ORDER BY dataset, content")
        return tuple(StoredSketch(**row) for row in rows)
