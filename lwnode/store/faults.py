# SPDX-License-Identifier: Apache-2.0
"""What SQLite says, as errors that a person can act on.

Rules
-----
* Every error that comes from the database engine becomes a `StoreError`; a call that the programmer got wrong stays
  what it is.
* Nothing here quotes a value: messages of SQLite name tables and columns only.

Called by the database of a store.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from lwnode.errors import DiskFullError, LockedError, StoreError

BACKUP_HINT = "the file was left as it is; restore a backup of the home, or move it away to look into it"
_LITTLE = 2**20  # bytes of free space below which an input/output error means a full disk


def explain(error: sqlite3.Error, file: Path) -> StoreError | None:
    """Return our error for one of SQLite's, or None where it is a mistake in the program.

    Parameters
    ----------
    error : sqlite3.Error
    file : Path
        The database, for the message and for the room left on its disk.
    """
    name, said = file.name, one_line(str(error))
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        # the only such error that is not the program's: a cell of text that cannot be decoded, which it would quote
        return damaged(file, "it holds text that is none") if isinstance(error, sqlite3.OperationalError) else None
    full = DiskFullError(
        f"no room left on the disk for {name}", hint="free some space and try again; what was there is intact"
    )
    match code & 0xFF:
        case sqlite3.SQLITE_FULL:
            return full
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(file, said)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return LockedError(f"the database {name} is held by another process", hint="close that process first")
        case sqlite3.SQLITE_IOERR if _free(file) < _LITTLE:
            return full
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return StoreError(
                f"the database {name} cannot be used: {said}", hint="check the home's disk and its permissions"
            )
        case _:
            return StoreError(f"the database {name} refused: {said}")


@contextlib.contextmanager
def explained(file: Path) -> Iterator[None]:
    """Turn SQLite's errors of the block into ours.

    Raises
    ------
    StoreError
        As :func:`explain`; also for text that is not Unicode, written or read.
    """
    try:
        yield
    except sqlite3.Error as error:
        known = explain(error, file)
        if known is None:
            raise
        raise known from error
    except UnicodeEncodeError as error:
        raise StoreError(
            "text that is not Unicode cannot be kept", hint="rename the file or the column and try again"
        ) from error
    except UnicodeDecodeError as error:  # a message of SQLite that names what somebody else put into the file
        raise damaged(file, "it holds text that is none") from error


def damaged(file: Path, why: str) -> StoreError:
    """Return the error for a database that cannot be trusted any more."""
    return StoreError(f"the database {file.name} is damaged: {one_line(why)}", hint=BACKUP_HINT)


def one_line(text: str) -> str:
    """Return text as it may be shown: one line, nothing that steers a terminal, at most 200 characters."""
    return "".join(char if char.isprintable() else "?" for char in text)[:200]


def _free(file: Path) -> int:
    try:
        return shutil.disk_usage(file.parent).free
    except OSError:
        return _LITTLE
