# SPDX-License-Identifier: Apache-2.0
"""Registered data sets: where the rows are, what their columns mean, and whose budget they spend.

Rules
-----
* The rows stay where they are; here is only the path, or the digest of a private copy.
* A name stands for one budget: new content under a name replaces the description and stays on the name's ledger.  A
  data set is therefore never removed.

Called by the node when data are added, and by everything that takes a data set by its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lwnode.documents import Column
from lwnode.store.cells import moment_of, pack, stamp, unpack
from lwnode.store.database import Cells, Database
from lwnode.store.lookup import not_found


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """A registered data set.

    Parameters
    ----------
    name : str
        Not empty; told apart by case.
    path : str
        Of the file; empty for a table that was given in memory.
    target : str
        Column that is predicted; empty where none was named.
    task : str
        Empty where it is not decided.
    columns : tuple of Column
        Types and roles.
    rows, rejected : int
    rows_per_person : int
        Most rows that one person has, at least 1.
    person : str
        Column that names the person; empty where there is none.
    content : str
        SHA-256 of names, types and values.
    profile : str
        Id of the island profile it is specified in; empty until one is chosen.
    blob : str
        SHA-256 of a private copy of a table that was given in memory; empty where there is a path.
    added : datetime
        UTC.
    renamed : str
        JSON of the confirmed map under which its columns are read; empty without one.
    source : str
        Content of the rows before a profile or a map said anything of them: what they are, whoever reads them how.
    withheld : tuple of str
        Columns that a person said are no features.
    """

    name: str
    path: str = ""
    target: str = ""
    task: str = ""
    columns: tuple[Column, ...]
    rows: int
    rejected: int = 0
    rows_per_person: int = 1
    person: str = ""
    content: str
    profile: str = ""
    blob: str = ""
    added: datetime
    renamed: str = ""
    source: str = ""
    withheld: tuple[str, ...] = ()


class Datasets:
    """The registered data sets, by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, dataset: DataSet) -> None:
        """Register a data set, or describe a registered one anew."""
        with self._database.transaction():
            self._database.write(
                "INSERT INTO dataset VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET"
                " path = excluded.path, target = excluded.target, task = excluded.task, columns = excluded.columns,"
                " rows = excluded.rows, rejected = excluded.rejected, rows_per_person = excluded.rows_per_person,"
                " person = excluded.person, content = excluded.content, profile = excluded.profile,"
                " blob = excluded.blob, added = excluded.added, renamed = excluded.renamed, source = excluded.source,"
                " withheld = excluded.withheld",
                dataset.name,
                dataset.path,
                dataset.target,
                dataset.task,
                pack(dataset.columns, tuple[Column, ...]),
                dataset.rows,
                dataset.rejected,
                dataset.rows_per_person,
                dataset.person,
                dataset.content,
                dataset.profile,
                dataset.blob,
                stamp(dataset.added),
                dataset.renamed,
                dataset.source,
                pack(dataset.withheld, tuple[str, ...]),
            )

    def get(self, name: str) -> DataSet:
        """Return the data set of that name.

        Raises
        ------
        NotFoundError
            There is none; the hint names the nearest.
        """
        row = self._database.row("SELECT * FROM dataset WHERE name = ?", name)
        if row is None:
            names = self._database.rows("SELECT name FROM dataset")
            raise not_found("data set", name, [str(known["name"]) for known in names])
        return _dataset(row)

    def list(self) -> tuple[DataSet, ...]:
        """Return all data sets by name."""
        return tuple(_dataset(row) for row in self._database.rows("SELECT * FROM dataset ORDER BY name"))


def _dataset(row: Cells) -> DataSet:
    read = {
        "columns": unpack(row["columns"], tuple[Column, ...]),
        "added": moment_of(row["added"]),
        "withheld": unpack(row["withheld"], tuple[str, ...]),
    }
    return DataSet(**{**row, **read})
