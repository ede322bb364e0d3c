# SPDX-License-Identifier: Apache-2.0
"""Jobs: long work that was started, and how it ended.

Rules
-----
* The start and the end are on the disk; how far a job is lives in memory, as it is told many times a second.
* A job that was running when its process died is *interrupted* from the next opening on.
* Of ended jobs the newest thousand are kept.

Called by the node around everything that takes long.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from lwnode.errors import NotFoundError
from lwnode.store.cells import moment_of, stamp
from lwnode.store.database import Cells, Database

JobState: TypeAlias = Literal["running", "done", "failed", "cancelled", "interrupted"]

_KEPT = 1_000  # ended jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """One job.

    Parameters
    ----------
    id : int
    kind, detail : str
        Such as ``train`` and the name of the data set.
    state : {"running", "done", "failed", "cancelled", "interrupted"}
    error : str
        Why it failed; empty otherwise.
    started : datetime
        UTC.
    ended : datetime or None
        UTC; None while it runs.
    share : float or None
        Done so far, 0 to 1; None where that is unknown.
    doing : str
        What it is doing; empty once it has ended.
    """

    id: int
    kind: str
    detail: str
    state: JobState
    error: str
    started: datetime
    ended: datetime | None
    share: float | None = None
    doing: str = ""


class Jobs:
    """The jobs of this node."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._progress: dict[int, tuple[float | None, str]] = {}
        self._progress_lock = threading.Lock()

    def start(self, kind: str, detail: str = "") -> int:
        """Note that a job has begun and return its id."""
        with self._database.transaction():
            return self._database.insert(
                "INSERT INTO job (kind, detail, state, error, started) VALUES (?, ?, 'running', '', ?)",
                kind,
                detail,
                stamp(self._now()),
            )

    def progress(self, id: int, share: float | None, doing: str) -> None:
        """Note how far a job is, in memory."""
        with self._progress_lock:
            self._progress[id] = (share, doing)

    def finish(self, id: int, state: JobState = "done", error: str = "") -> None:
        """Note how a running job ended; an ended one stays as it is.

        Raises
        ------
        NotFoundError
            There is no such job.
        """
        with self._database.transaction():
            if self._database.value("SELECT 1 FROM job WHERE id = ?", id) is None:
                raise NotFoundError(f"there is no job {id}")
            self._database.write(
                "UPDATE job SET state = ?, error = ?, ended = ? WHERE id = ? AND state = 'running'",
                state,
                error,
                stamp(self._now()),
                id,
            )
        with self._progress_lock:
            self._progress.pop(id, None)

    def get(self, id: int) -> JobRecord:
        """Return a job.

        Raises
        ------
        NotFoundError
            There is no such job.
        """
        row = self._database.row("SELECT * FROM job WHERE id = ?", id)
        if row is None:
            raise NotFoundError(f"there is no job {id}", hint="list the jobs to see their numbers")
        return self._job(row)

    def list(self, limit: int = 100) -> tuple[JobRecord, ...]:
        """Return the newest jobs first."""
        return tuple(self._job(row) for row in self._database.rows("SELECT * FROM job ORDER BY id DESC LIMIT ?", limit))

    def recover(self) -> None:
        """Mark what was running as interrupted and forget the oldest; at the opening of the store."""
        with self._database.transaction():
            self._database.write(
                "UPDATE job SET state = 'interrupted', ended = ? WHERE state = 'running'", stamp(self._now())
            )
            self._database.write("DELETE FROM job WHERE id <= (SELECT max(id) FROM job) - ?", _KEPT)

    def _job(self, row: Cells) -> JobRecord:
        with self._progress_lock:
            share, doing = self._progress.get(row["id"], (None, ""))
        return JobRecord(
            **{
                **row,
                "started": moment_of(row["started"]),
                "ended": None if row["ended"] is None else moment_of(row["ended"]),
                "share": share,
                "doing": doing,
            }
        )
