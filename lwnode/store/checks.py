# SPDX-License-Identifier: Apache-2.0
"""What the checks of learnwares saw: one report for each learnware, and for each draft by the id it will have.

Rules
-----
* The newest report counts; a learnware without one was not checked yet.
* The digest of a learnware's points is kept beside its report, so that points that two publishers share are found
  without reading a specification.

Called by the node when it drafts, publishes, receives and shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lwnode.errors import Finding
from lwnode.store.cells import moment_of, pack, stamp, unpack
from lwnode.store.database import Cells, Database


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRecord:
    """The report of one learnware.

    Parameters
    ----------
    learnware : str
        Id, of a draft the digest of its manifest.
    status : {-1, 0, 1}
        Invalid, not usable here, usable.
    findings : tuple of Finding
    ran : bool
        Whether its model ran.
    seconds_per_row : float or None
    points : str
        Digest of its specification's points.
    version : int
        Of the checks, >= 1.
    time : datetime
        UTC.
    """

    learnware: str
    status: int
    findings: tuple[Finding, ...] = ()
    ran: bool = False
    seconds_per_row: float | None = None
    points: str = ""
    version: int
    time: datetime


class Checks:
    """The reports of all learnwares."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, record: CheckRecord) -> None:
        """Keep a report in the place of the one before.

        Raises
        ------
        StoreError
            A status outside the three, or a finding that would not come back as it is.
        """
        with self._database.transaction():
            self._database.write(
                "INSERT OR REPLACE INTO learnware_check VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                record.learnware,
                record.status,
                pack(record.findings, tuple[Finding, ...]),
                int(record.ran),
                record.seconds_per_row,
                record.points,
                record.version,
                stamp(record.time),
            )

    def get(self, learnware: str) -> CheckRecord | None:
        """Return the report of exactly that learnware, None where it was not checked."""
        row = self._database.row("SELECT * FROM learnware_check WHERE learnware = ?", learnware)
        return None if row is None else _record(row)

    def invalid(self) -> frozenset[str]:
        """Return the ids of learnwares that must not be used."""
        rows = self._database.rows("SELECT learnware FROM learnware_check WHERE status = -1")
        return frozenset(str(row["learnware"]) for row in rows)

    def with_points(self, points: str, *, publisher: str) -> tuple[str, ...]:
        """Return learnwares of other publishers that are here and have these points, in the order they became known.

        Parameters
        ----------
        points : str
            Digest.
        publisher : str
            Whose learnwares are not meant.
        """
        rows = self._database.rows(
            "SELECT c.id FROM learnware_check AS k JOIN catalogue AS c ON c.id = k.learnware"
            " WHERE k.points = ? AND c.publisher <> ? AND c.state IN ('ready', 'withdrawn') ORDER BY c.number",
            points,
            publisher,
        )
        return tuple(str(row["id"]) for row in rows)

    def due(self, version: int) -> tuple[str, ...]:
        """Return the ready learnwares of others whose report is missing or of earlier checks, in that same order."""
        rows = self._database.rows(
            "SELECT c.id FROM catalogue AS c LEFT JOIN learnware_check AS k ON k.learnware = c.id"
            " WHERE c.state = 'ready' AND NOT c.own AND (k.learnware IS NULL OR k.version < ?) ORDER BY c.number",
            version,
        )
        return tuple(str(row["id"]) for row in rows)


def _record(row: Cells) -> CheckRecord:
    return CheckRecord(
        **{
            **row,
            "findings": unpack(row["findings"], tuple[Finding, ...]),
            "ran": bool(row["ran"]),
            "time": moment_of(row["time"]),
        }
    )
