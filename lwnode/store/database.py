# SPDX-License-Identifier: Apache-2.0
"""One SQLite file, used from several threads: a connection for each thread, one writer at a time.

Rules
-----
* Writing needs a transaction (`Database.transaction`).  It takes the writing right at once (``BEGIN IMMEDIATE``), is
  re-entrant, and undoes everything on any exception; inside another one it is a savepoint.
* A commit is on the disk when it returns (write-ahead log, ``synchronous = FULL``).
* A connection belongs to its thread and is closed when the thread ends, or by `Database.close`.
* The file is never made here by accident: connections open what exists.
* Temporary tables stay in memory, so that nothing of the database is written outside the home.

Called by the aggregates of a store; nobody else sees a connection.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

from lwnode.errors import StoreError
from lwnode.store.durable import problem
from lwnode.store.faults import explained

if TYPE_CHECKING:
    import sqlite_utils

Cells: TypeAlias = Mapping[str, Any]  # one row: column name -> value
Value: TypeAlias = str | int | float | bytes | None

AT_ONCE = 10_000  # values of one statement; SQLite allows 32,766
_WAIT = 10.0  # seconds to wait for a lock that only another process could hold
_SETTINGS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
)


class _Slot:
    """What belongs to one thread: its connection, how deep its transaction is, and what waits for the commit."""

    __slots__ = ("__weakref__", "after", "close", "depth", "lock", "native")

    def __init__(self, native: sqlite_utils.Database) -> None:
        self.native = native
        self.depth = 0
        self.after: list[Callable[[], None]] = []
        self.lock = threading.RLock()
        # the thread's end drops the slot, and with it the connection
        self.close = weakref.finalize(self, _close, native.conn, os.getpid())


class Database:
    """A SQLite file of this home.

    Parameters
    ----------
    file : Path
        Exists already; see `lwnode.store.migrations.open_database`.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._here = threading.local()
        self._slots: weakref.WeakSet[_Slot] = weakref.WeakSet()
        self._writing = threading.RLock()
        self._slots_lock = threading.Lock()
        self._process = os.getpid()
        self._closed = False

    @property
    def native(self) -> sqlite_utils.Database:
        """The connection of the calling thread, for migrations."""
        return self._slot().native

    @property
    def in_transaction(self) -> bool:
        """Whether the calling thread is inside a transaction, so that what it reads may yet be undone."""
        return self._slot().depth > 0

    def rows(self, sql: str, *values: Value) -> tuple[Cells, ...]:
        """Return all rows that a statement gives.

        Raises
        ------
        StoreError
            The database is damaged, closed or cannot be read.
        """
        slot = self._slot()
        with slot.lock, explained(self.file):
            self._refuse_closed()
            return tuple(slot.native.query(sql, values))

    def row(self, sql: str, *values: Value) -> Cells | None:
        """Return the first row, or None where there is none."""
        found = self.rows(sql, *values)
        return found[0] if found else None

    def value(self, sql: str, *values: Value) -> Any:
        """Return the first value of the first row, or None where there is none."""
        found = self.row(sql, *values)
        return None if found is None else next(iter(found.values()))

    def write(self, sql: str, *values: Value) -> int:
        """Carry out a statement inside the open transaction and return how many rows it touched.

        Raises
        ------
        StoreError
            No transaction is open, or the database refused; `DiskFullError` where no room is left.
        """
        slot = self._writer()
        with explained(self.file):
            return slot.native.execute(sql, values).rowcount

    def insert(self, sql: str, *values: Value) -> int:
        """Insert one row inside the open transaction and return its number (``rowid``)."""
        slot = self._writer()
        with explained(self.file):
            return slot.native.execute(sql, values).lastrowid or 0

    def write_all(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Carry out a statement once for each row of values inside the open transaction."""
        slot = self._writer()
        with explained(self.file):
            slot.native.conn.executemany(sql, rows)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything in the block, or nothing of it.

        Raises
        ------
        DiskFullError
            No room left; nothing of the block has happened.
        StoreError
            The database refused; nothing of the block has happened.
        """
        slot = self._slot()
        if slot.depth:
            with self._savepoint(slot):
                yield
            return
        with self._writing, slot.lock:
            self._refuse_closed()
            with explained(self.file):
                slot.native.execute("BEGIN IMMEDIATE")
            slot.depth = 1
            try:
                yield
                self._refuse_undone(slot)
                with explained(self.file):
                    slot.native.execute("COMMIT")
                waiting = tuple(slot.after)
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # a full disk may have undone it already
                    slot.native.rollback()
                raise
            finally:
                slot.depth = 0
                slot.after.clear()
            for action in waiting:
                action()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Do ``action`` once the open transaction is on the disk; forget it where that is undone.

        Actions run in order while nobody else can write.
        """
        self._writer().after.append(action)

    def snapshot(self, file: Path) -> None:
        """Write a whole, consistent copy of the database to a new file of mode 0600.

        Raises
        ------
        StoreError
            The file exists or cannot be written; `DiskFullError` where no room is left.
        """
        try:
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError as error:
            raise StoreError(f"{file.name} cannot be written: it exists", hint="name another file") from error
        except OSError as error:
            raise problem(error, f"the file {file.name}") from error
        slot = self._slot()
        try:
            with slot.lock, explained(file), contextlib.closing(sqlite3.connect(file)) as copy:
                slot.native.conn.backup(copy)
        except BaseException:
            file.unlink()
            raise

    def close(self) -> None:
        """Close the connections of all threads, waiting for what they are doing; do nothing the second time.

        Raises
        ------
        StoreError
            This thread is inside a transaction.
        """
        slot: _Slot | None = getattr(self._here, "slot", None)
        if slot is not None and slot.depth:
            raise StoreError("the store cannot be closed inside a transaction")
        with self._writing, self._slots_lock:
            self._closed = True
            for other in tuple(self._slots):
                with other.lock:
                    other.close()

    @contextlib.contextmanager
    def _savepoint(self, slot: _Slot) -> Iterator[None]:
        self._refuse_undone(slot)
        waiting, name = len(slot.after), f"depth_{slot.depth}"
        with explained(self.file):
            slot.native.execute(f"SAVEPOINT {name}")
        slot.depth += 1
        try:
            yield
            self._refuse_undone(slot)
            with explained(self.file):
                slot.native.execute(f"RELEASE {name}")
        except BaseException:
            del slot.after[waiting:]
            with contextlib.suppress(sqlite3.Error):  # a full disk may have undone the whole transaction already
                slot.native.execute(f"ROLLBACK TO {name}")
                slot.native.execute(f"RELEASE {name}")
            raise
        finally:
            slot.depth -= 1

    def _slot(self) -> _Slot:
        slot: _Slot | None = getattr(self._here, "slot", None)
        self._refuse_closed()
        if os.getpid() != self._process:
            raise StoreError("a store cannot be used in a forked process", hint="open it in that process")
        if slot is None:
            with self._slots_lock:
                self._refuse_closed()
                slot = _Slot(_connect(self.file))
                self._slots.add(slot)
            self._here.slot = slot
        return slot

    def _writer(self) -> _Slot:
        slot = self._slot()
        if not slot.depth:
            raise StoreError("nothing is written outside a transaction")
        self._refuse_undone(slot)
        return slot

    def _refuse_closed(self) -> None:
        if self._closed:
            raise StoreError("the store is closed")

    @staticmethod
    def _refuse_undone(slot: _Slot) -> None:
        # after "disk full" SQLite may end the transaction by itself; what followed would be written by halves
        if not slot.native.conn.in_transaction:
            raise StoreError("the transaction was undone by an earlier error", hint="begin it again")


def _close(connection: sqlite3.Connection, process: int) -> None:
    """Close a connection, but never in a forked child: that would tear the log away from its parent."""
    if os.getpid() == process:
        connection.close()


def _connect(file: Path) -> sqlite_utils.Database:
    """Return a connection to a file that exists, with the settings of this module."""
    import sqlite_utils

    with explained(file):
        connection = sqlite3.connect(
            f"file:{quote(str(file))}?mode=rw",
            uri=True,
            timeout=_WAIT,
            isolation_level=None,
            check_same_thread=False,  # `close` and the end of a thread may close it from elsewhere
        )
        try:
            for setting in _SETTINGS:
                connection.execute(setting)
            return sqlite_utils.Database(connection, execute_plugins=False)
        except BaseException:
            connection.close()
            raise
