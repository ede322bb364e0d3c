# SPDX-License-Identifier: Apache-2.0
"""The store: one home's database and files, opened by one process.

Rules
-----
* One process per home; a second one is told which process has it.
* Opening checks everything that can be checked at once: that the file is ours and whole, that its tables are those of
  its version, that the ledger's chain holds, and that the database is not older than the ledger's head outside.
* A home that had a database never gets a new one in silence.
* Every method may be called from any thread, and has committed when it returns; `Store.transaction` puts several
  together.

Called by the node, which owns it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from types import TracebackType

from lwnode.errors import StoreError
from lwnode.paths import Home, create_home
from lwnode.store import migrations
from lwnode.store.agreements import Agreements
from lwnode.store.blobs import Blobs
from lwnode.store.catalogue import Catalogue
from lwnode.store.checks import Checks
from lwnode.store.database import Database
from lwnode.store.datasets import Datasets
from lwnode.store.delivery import Delivery
from lwnode.store.drafts import Drafts
from lwnode.store.jobs import Jobs
from lwnode.store.ledger import Ledger
from lwnode.store.lock import Lock
from lwnode.store.memberships import Memberships
from lwnode.store.meta import Meta
from lwnode.store.models import Models
from lwnode.store.outbox import Outbox
from lwnode.store.partners import Partners
from lwnode.store.profiles import Profiles
from lwnode.store.row_sketches import RowSketches


class Store:
    """Everything a node keeps; made by `Store.open`, and a context manager.

    Attributes
    ----------
    meta, blobs, datasets, row_sketches, profiles, models, drafts, catalogue, checks, agreements, ledger, delivery,
    outbox, jobs, partners, memberships
        One aggregate each; see their modules.
    """

    def __init__(self, home: Home, database: Database, lock: Lock, now: Callable[[], datetime]) -> None:
        self._database = database
        self._lock = lock
        self.home = home
        self.meta = Meta(database)
        self.blobs = Blobs(home.blobs)
        self.datasets = Datasets(database)
        self.row_sketches = RowSketches(database)
        self.profiles = Profiles(database, now)
        self.models = Models(database)
        self.drafts = Drafts(database)
        self.catalogue = Catalogue(database, self.blobs, now)
        self.checks = Checks(database)
        self.agreements = Agreements(database)
        self.ledger = Ledger(database, self.blobs, home.ledger_head, now)
        self.delivery = Delivery(database)
        self.outbox = Outbox(database, now)
        self.jobs = Jobs(database, now)
        self.partners = Partners(database)
        self.memberships = Memberships(database)

    @classmethod
    def open(cls, home: Home, *, now: Callable[[], datetime], restored: bool = False) -> Store:
        """Open the store of a home; make it where the home is new.

        Parameters
        ----------
        home : Home
            Made where it is missing.
        now : callable
            Gives the time, aware UTC.
        restored : bool
            A person has put an older database back on purpose: its ledger is taken as it is, and every delivery queue
            starts again.

        Raises
        ------
        LockedError
            Another process has it.
        RollbackError
            The database is older than the privacy ledger's head outside.
        StoreError
            The database is not ours, damaged, changed by hand, missing, or made by a newer lwnode.
        DiskFullError
            No room left.
        """
        create_home(home)
        lock = Lock(home.lock, f"the home {home.root}")
        try:
            _refuse_missing(home.database, witness=home.ledger_head)
            database = migrations.open_database(home.database, migrations.NODE)
        except BaseException:
            lock.release()
            raise
        try:
            store = cls(home, database, lock, now)
            if restored:
                store.ledger.accept()
                store.delivery.restart_all()
            store.ledger.check()
            store.jobs.recover()
        except BaseException:
            database.close()
            lock.release()
            raise
        return store

    def transaction(self) -> AbstractContextManager[None]:
        """Return a block in which everything happens or nothing.

        Blocks may stand inside each other: an inner one that fails undoes only itself, and the outer one goes on where
        it catches the exception.  Files in `blobs` are not undone; nothing names them then.

        Raises
        ------
        DiskFullError
            No room left; nothing of the block has happened.
        """
        return self._database.transaction()

    def snapshot(self, file: Path) -> None:
        """Write a whole, consistent copy of the database to a new file, for a backup.

        Raises
        ------
        StoreError
            The file exists or cannot be written; `DiskFullError` where no room is left.
        """
        self._database.snapshot(file)

    def close(self) -> None:
        """Close all connections and give the home back; do nothing the second time.

        Raises
        ------
        StoreError
            This thread is inside a transaction.
        """
        self._database.close()
        self._lock.release()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _refuse_missing(database: Path, *, witness: Path) -> None:
    """Refuse to make a database where there was one.

    Raises
    ------
    StoreError
        The file is missing or empty, and the witness says that it was not always so.
    """
    empty = not database.exists() or database.stat().st_size == 0
    if empty and witness.exists():
        raise StoreError(
            f"the database {database.name} is missing or empty, and {witness.name} shows that there was one",
            hint="restore a backup of the home; nothing was made in its place",
        )
