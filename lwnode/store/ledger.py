# SPDX-License-Identifier: Apache-2.0
"""The privacy ledger: every draw of noise, what it spent, and the file that holds its result.

Rules
-----
* A draw and its charge are one row, so there is never one without the other; the row names a file that is on the disk
  already.
* The same key is drawn once: asked again, the ledger gives the first draw back and charges nothing.
* Append-only: rows are never changed or removed (triggers), and each carries the hash of the one before.
* The head stands in a file outside the database, so that an older copy of the database is noticed when it is opened.

Called by the node when it drafts with a guarantee, and by everything that shows a budget.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from lwnode.errors import NotFoundError, RollbackError, StoreError
from lwnode.store.blobs import Blobs
from lwnode.store.cells import moment_of, stamp
from lwnode.store.chain import Field, Link, first_broken, link
from lwnode.store.database import Cells, Database
from lwnode.store.ledger_head import Head, read_head, write_head

_LOG = logging.getLogger(__name__)
_PURPOSE = "lwnode.ledger/1"
_ROLLBACK_HINT = (
    "put the newest database back; where a backup is all there is, restore a backup of the whole home,"
    " because what was spent since then is forgotten"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One charge.

    Parameters
    ----------
    seq : int
        From 1.
    dataset : str
        Name of the data set whose budget it spends.
    key : str
        Names content, profile, mechanism and ε: what makes it this draw and no other.
    mu : float
        Of Gaussian differential privacy.
    epsilon, delta : float
        The same guarantee as (ε, δ).
    what : str
        For a person.
    blob : str
        SHA-256 of the file that holds the result of the draw.
    time : datetime
        UTC.
    previous, hash : str
        Of the chain.
    release : str
        Where mu does not say all of it: the release as `lwnode.specification.composition` writes it, for the exact sum;
        empty for a plain Gaussian one.
    rows_per_person : int
        Whom the figures are about: a person with so many rows.  0 where it was not kept (version 1).
    """

    seq: int
    dataset: str
    key: str
    mu: float
    epsilon: float
    delta: float
    what: str
    blob: str
    time: datetime
    previous: str
    hash: str
    release: str = ""
    rows_per_person: int = 0


class Charged(NamedTuple):
    """What one charge spends: mu, the release where mu does not say all of it, and for how many rows of a person."""

    mu: float
    release: str = ""
    rows_per_person: int = 0


class Ledger:
    """The charges of all data sets.

    Parameters
    ----------
    database : Database
    blobs : Blobs
    head : Path
        File of the head.
    now : callable
    """

    def __init__(self, database: Database, blobs: Blobs, head: Path, now: Callable[[], datetime]) -> None:
        self._database = database
        self._blobs = blobs
        self._head_file = head
        self._now = now

    def draw(self, key: str) -> str | None:
        """Return the SHA-256 of the file that a draw gave, or None where it was never drawn."""
        found = self._database.value("SELECT blob FROM ledger WHERE key = ?", key)
        return None if found is None else str(found)

    def charge(
        self,
        dataset: str,
        key: str,
        *,
        mu: float,
        epsilon: float,
        delta: float,
        what: str,
        blob: str,
        cap_check: Callable[[tuple[Charged, ...]], None],
        release: str = "",
        rows_per_person: int = 1,
    ) -> Entry:
        """Record a draw and charge it, or return the entry of a key that was drawn before.

        Parameters
        ----------
        dataset : str
            A registered data set.
        key : str
        mu, epsilon, delta : float
        what : str
        blob : str
            SHA-256 of a file that the blobs have.
        cap_check : callable
            Told what was charged to the data set with the new charge last, inside the transaction; it raises to refuse.
        release : str
        rows_per_person : int
            See `Entry`.

        Returns
        -------
        Entry
            Its ``blob`` is what counts: where the key was drawn before, it is the first draw's and not the caller's.

        Raises
        ------
        NotFoundError
            The data set is not registered, or the file is not here.
        ValueError
            A figure is not positive and finite, or δ is not below 1.

        Notes
        -----
        What ``cap_check`` raises goes through, and nothing is charged.
        """
        figures = (float(mu), float(epsilon), float(delta) + 0.0)
        if not all(map(math.isfinite, figures)) or min(figures[:2]) <= 0 or not 0 <= figures[2] < 1:
            raise ValueError("a charge has a positive mu and epsilon, and a delta from 0 to below 1")
        with self._database.transaction():
            before = self._database.row("SELECT * FROM ledger WHERE key = ?", key)
            if before is not None:
                return _entry(before)
            if self._database.value("SELECT 1 FROM dataset WHERE name = ?", dataset) is None:
                raise NotFoundError("a charge needs a registered data set", hint="add the data set first")
            if not self._blobs.has(blob):
                raise NotFoundError("a charge needs the file of its draw")
            cap_check((*self.charged(dataset), Charged(figures[0], release, rows_per_person)))
            head = self.head
            row: dict[str, Field] = {
                "seq": head.count + 1,
                "dataset": dataset,
                "key": key,
                **dict(zip(("mu", "epsilon", "delta"), figures, strict=True)),
                "what": what,
                "blob": blob,
                "time": stamp(self._now()),
            }
            hashed = _hashed(tuple(row.values()), release, rows_per_person)
            chained = {
                **row,
                "previous": head.hash,
                "hash": link(_PURPOSE, head.hash, hashed),
                "release": release,
                "rows_per_person": rows_per_person,
            }
            places = ", ".join("?" * len(chained))
            self._database.write(f"INSERT INTO ledger VALUES ({places})", *chained.values())  # noqa: S608 - marks only
            self._database.after_commit(self._witness)
            return _entry(chained)

    def entries(self, dataset: str | None = None) -> tuple[Entry, ...]:
        """Return the charges of one data set, or of all, in order."""
        sql = "SELECT * FROM ledger WHERE ?1 IS NULL OR dataset = ?1 ORDER BY seq"
        return tuple(_entry(row) for row in self._database.rows(sql, dataset))

    def charged(self, dataset: str) -> tuple[Charged, ...]:
        """Return what was charged to a data set, in order."""
        sql = "SELECT mu, release, rows_per_person FROM ledger WHERE dataset = ? ORDER BY seq"
        rows = self._database.rows(sql, dataset)
        return tuple(Charged(float(row["mu"]), str(row["release"]), int(row["rows_per_person"])) for row in rows)

    @property
    def head(self) -> Head:
        """Number of charges and hash of the last."""
        row = self._database.row("SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1")
        return Head() if row is None else Head(count=row["seq"], hash=row["hash"])

    def verify(self) -> int | None:
        """Return the number of the first entry from which on nothing is proven, or None where all is whole."""
        rows = (
            Link(
                row["seq"],
                row["previous"],
                row["hash"],
                _hashed(tuple(row.values())[:9], row["release"], row["rows_per_person"]),
            )
            for row in self._database.rows("SELECT * FROM ledger ORDER BY seq")
        )
        last = self._database.value("SELECT seq FROM sqlite_sequence WHERE name = 'ledger'")
        return first_broken(_PURPOSE, rows, int(last or 0))

    def check(self) -> None:
        """Compare with the head outside, and bring that up to date; at the opening of the store.

        Raises
        ------
        RollbackError
            The database is older than the head, or has another history, or the head was taken away.
        StoreError
            The chain is broken, or the head is damaged.
        """
        broken = self.verify()
        if broken is not None:
            raise StoreError(
                f"the privacy ledger was changed: nothing is proven from entry {broken} on", hint=_ROLLBACK_HINT
            )
        kept, head = read_head(self._head_file), self.head
        if kept is None and head.count:
            raise RollbackError(f"{self._head_file.name} is missing, the privacy ledger is not", hint=_ROLLBACK_HINT)
        if kept is not None and kept.count and kept.hash != self._hash_of(kept.count):
            raise RollbackError(
                f"the database is older than the privacy ledger's head: {head.count} of {kept.count} charges",
                hint=_ROLLBACK_HINT,
            )
        if kept != head:
            write_head(self._head_file, head)

    def accept(self) -> None:
        """Take the database's ledger as it is for the head outside, after a person restored an older one."""
        write_head(self._head_file, self.head)

    def _hash_of(self, seq: int) -> str:
        return str(self._database.value("SELECT hash FROM ledger WHERE seq = ?", seq))

    def _witness(self) -> None:
        """Write the head after a commit.

        The charge is on the disk and must not look as if it had failed; an older head is still a true one, and is
        brought up to date by the next charge or the next opening.
        """
        try:
            write_head(self._head_file, self.head)
        except StoreError as error:
            _LOG.warning("the ledger's head could not be written: %s", error)


def _hashed(fields: tuple[Field, ...], release: str, rows_per_person: int) -> tuple[Field, ...]:
    """Return the fields that a row's hash covers; those of version 2 where they say something, as before it."""
    return (*fields, release, rows_per_person) if release or rows_per_person else fields


def _entry(row: Cells) -> Entry:
    return Entry(**{**row, "time": moment_of(row["time"])})
