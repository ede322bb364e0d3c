# SPDX-License-Identifier: Apache-2.0
"""The versions of the databases, and how a file is opened.

Rules
-----
* A version is one step in a list, carried out in a transaction together with its number (``user_version``); a step that
  was released is never edited.
* A file is opened only where it is what it should be: SQLite, ours, no newer than this program, undamaged, and with
  exactly the tables and triggers of its version.  Everything else is a `StoreError`, and the file is left as it is.
* Tables in the schema are compared with a database that the same steps make in memory, so that a trigger that was added
  or taken away is seen.

Called by `Store` and `HubStore`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from lwnode.errors import StoreError
from lwnode.store import version_1, version_2, version_3, version_4, version_5, version_6
from lwnode.store.database import Database
from lwnode.store.durable import problem
from lwnode.store.faults import BACKUP_HINT, damaged, explained, one_line
from lwnode.store.indexed_words import words_in

if TYPE_CHECKING:
    import sqlite_utils
    from sqlite_utils.migrations import Migrations

Step: TypeAlias = Callable[["sqlite_utils.Database"], None]

_MAGIC = b"SQLite format 3\x00"
_OLDEST = (3, 37)  # strict tables
_FOREIGN_SQL = ("catalogue_words_", "catalogue_parts_", "_sqlite_migrations")  # written by libraries, not by us


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The versions of one kind of database.

    Parameters
    ----------
    name : str
        Of the migration set, and of the kind in messages.
    application : int
        Mark in the file's header (``application_id``).
    steps : tuple of callables
        Version n is reached by the n-th.
    """

    name: str
    application: int
    steps: tuple[Step, ...]


def _node_1(db: sqlite_utils.Database) -> None:
    db.executescript(version_1.NODE)


def _node_2(db: sqlite_utils.Database) -> None:
    db.executescript(version_2.NODE)


def _node_3(db: sqlite_utils.Database) -> None:
    db.executescript(version_3.NODE)


def _node_4(db: sqlite_utils.Database) -> None:
    db.executescript(version_4.NODE)


def _node_5(db: sqlite_utils.Database) -> None:
    db.executescript(version_5.NODE)
    rows = db.execute("SELECT name, tags, body FROM catalogue_text ORDER BY number")
    found = dict.fromkeys(word for texts in rows for word in words_in(texts))
    db.conn.executemany("INSERT INTO indexed_word (word) VALUES (?)", [(word,) for word in found])


def _node_6(db: sqlite_utils.Database) -> None:
    db.executescript(version_6.NODE)


def _hub_1(db: sqlite_utils.Database) -> None:
    db.executescript(version_1.HUB)


NODE = Plan(name="node", application=0x6C776E31, steps=(_node_1, _node_2, _node_3, _node_4, _node_5, _node_6))
HUB = Plan(name="hub", application=0x6C776831, steps=(_hub_1,))


def open_database(file: Path, plan: Plan) -> Database:
    """Open a database, make it where there is no file, and bring it to the newest version.

    Parameters
    ----------
    file : Path
        In a directory that exists.
    plan : Plan
        What the file must be.

    Raises
    ------
    StoreError
        Not ours, damaged, changed by hand, or made by a newer lwnode; the file is left as it is.
    DiskFullError
        No room left.

    Notes
    -----
    The file is read through once (``quick_check``); about 0.5 s for a gigabyte in the disk cache.
    """
    if sqlite3.sqlite_version_info < _OLDEST:
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old", hint="use a Python with SQLite 3.37 or newer")
    _prepare_file(file)
    database = Database(file)
    try:
        with explained(file):
            _bring_up(database.native, file, plan)
    except BaseException:
        database.close()
        raise
    return database


def _prepare_file(file: Path) -> None:
    """Make an empty file of mode 0600, or look at the one that is there before SQLite does."""
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise problem(error, f"the database {file.name}") from error
    else:
        return
    try:
        file.chmod(0o600)
        with file.open("rb") as source:
            head = source.read(len(_MAGIC) + 2)
        size, log = file.stat().st_size, file.with_name(f"{file.name}-wal")
        unfinished = log.exists() and log.stat().st_size > 0
    except OSError as error:
        raise problem(error, f"the database {file.name}") from error
    if not head:
        return
    if not head.startswith(_MAGIC):
        raise StoreError(f"{file.name} is not a database", hint=BACKUP_HINT)
    # SQLite reads what is cut off as zeros; with a log beside it, a crash may have cut it, and the log mends it
    page = max(512, int.from_bytes(head[len(_MAGIC) :], "big"))
    if size % page and not unfinished:
        raise damaged(file, "it was cut off")


def _bring_up(db: sqlite_utils.Database, file: Path, plan: Plan) -> None:
    version = _version(db, file, plan)
    if version:
        damage = str(db.execute("PRAGMA quick_check (1)").fetchone()[0])
        if damage != "ok":
            raise damaged(file, damage)
        _check_schema(db, file, plan, version)
    db.enable_wal()
    if db.journal_mode != "wal":
        raise StoreError(
            f"the file system of {file.name} does not support a write-ahead log",
            hint="put the home on a local disk",
        )
    if version < len(plan.steps):
        _migrations(plan, len(plan.steps)).apply(db)
        _check_schema(db, file, plan, len(plan.steps))


def _version(db: sqlite_utils.Database, file: Path, plan: Plan) -> int:
    """Return the version of the file, 0 for an empty one."""
    application = int(db.execute("PRAGMA application_id").fetchone()[0])
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    names = [str(name) for (name,) in db.execute("SELECT name FROM sqlite_master")]
    # a process that was killed while it made the file may leave an empty list of migrations, and nothing else
    if application == 0 and version == 0 and all("_sqlite_migrations" in name for name in names):
        return 0
    if application != plan.application:
        raise StoreError(f"{file.name} is not the database of a {plan.name}", hint=BACKUP_HINT)
    if version > len(plan.steps):
        raise StoreError(
            f"{file.name} was made by a newer lwnode (version {version}, this one knows {len(plan.steps)})",
            hint="update lwnode, or use the home with the newer one; nothing was changed",
        )
    if version < 1:
        raise StoreError(f"{file.name} has no version", hint=BACKUP_HINT)
    return version


def _migrations(plan: Plan, versions: int) -> Migrations:
    from sqlite_utils.migrations import Migrations

    found = Migrations(f"lwnode.{plan.name}")
    for number, step in enumerate(plan.steps[:versions], start=1):
        found(name=f"version {number}")(_numbered(plan, number, step))
    return found


def _numbered(plan: Plan, number: int, step: Step) -> Step:
    def carry_out(db: sqlite_utils.Database) -> None:
        step(db)
        db.execute(f"PRAGMA application_id = {plan.application}")
        db.execute(f"PRAGMA user_version = {number}")

    return carry_out


def _check_schema(db: sqlite_utils.Database, file: Path, plan: Plan, version: int) -> None:
    """Refuse a file whose tables, indexes or triggers are not those of its version."""
    if different := sorted(name for _, name, _ in _expected(plan, version) ^ _schema(db)):
        raise StoreError(
            f"the database {file.name} was changed by something else than lwnode: {one_line(', '.join(different))}",
            hint=BACKUP_HINT,
        )


@lru_cache(maxsize=8)
def _expected(plan: Plan, version: int) -> frozenset[tuple[str, str, str]]:
    """Return the schema that the steps make, about 10 ms the first time."""
    import sqlite_utils

    fresh = sqlite_utils.Database(sqlite3.connect(":memory:", isolation_level=None), execute_plugins=False)
    try:
        _migrations(plan, version).apply(fresh)
        return _schema(fresh)
    finally:
        fresh.close()


def _schema(db: sqlite_utils.Database) -> frozenset[tuple[str, str, str]]:
    rows = db.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
    ours = [(kind, name, sql, not any(part in name for part in _FOREIGN_SQL)) for kind, name, sql in rows]
    return frozenset((kind, name, sql if own else "") for kind, name, sql, own in ours)
