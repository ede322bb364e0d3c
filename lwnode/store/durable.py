# SPDX-License-Identifier: Apache-2.0
"""Files that are there whole or not at all.

Rules
-----
* Written beside, flushed to the disk, renamed, and the directory flushed: a crash at any moment leaves the old file, or
  the new one.
* Mode 0600, in directories of mode 0700.  A link in the place of a file is never followed.
* No room left is `DiskFullError`, and the half-written file is removed.

Called by the blobs and the ledger's head.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path

from lwnode.errors import DiskFullError, NotFoundError, StoreError

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def problem(error: OSError, what: str) -> StoreError:
    """Return the error that explains ``error``: `DiskFullError` where no room was left."""
    if error.errno in _NO_ROOM:
        return DiskFullError(
            f"no room left on the disk for {what}", hint="free some space and try again; what was there is intact"
        )
    return StoreError(f"{what} cannot be reached: {error.strerror}", hint="check the home's disk and its permissions")


def make_folder(folder: Path) -> None:
    """Make a directory of mode 0700 below one that exists, durably; do nothing where it is there.

    Raises
    ------
    StoreError
        It cannot be made.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return
    except OSError as error:
        raise problem(error, f"the folder {folder.name}") from error
    flush_folder(folder.parent)


def flush_folder(folder: Path) -> None:
    """Make the names in a directory durable.

    Raises
    ------
    StoreError
        The directory cannot be flushed.
    """
    try:
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(number)
        finally:
            os.close(number)
    except OSError as error:
        raise problem(error, f"the folder {folder.name}") from error


def write(file: Path, data: bytes, *, beside: Path) -> None:
    """Put ``data`` into ``file``, whole or not at all.

    Parameters
    ----------
    file : Path
        Replaced where it is there.
    data : bytes
    beside : Path
        Directory on the same file system for the unfinished file.

    Raises
    ------
    DiskFullError
        No room left; nothing has changed.
    StoreError
        The file cannot be written; nothing has changed.
    """
    unfinished = beside / f"{secrets.token_hex(8)}.part"
    try:
        number = os.open(unfinished, _NEW, 0o600)
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(number, left) :]
            os.fsync(number)
        finally:
            os.close(number)
        unfinished.replace(file)
    except BaseException as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        if isinstance(error, OSError):
            raise problem(error, f"the file {file.name}") from error
        raise
    flush_folder(file.parent)


def read(file: Path, *, start: int = 0, length: int | None = None) -> bytes:
    """Return the bytes of a regular file, or a part of them.

    Parameters
    ----------
    file : Path
    start : bytes
        Where to begin; beyond the end nothing is returned.
    length : bytes, optional
        At most so many; default: up to the end.

    Raises
    ------
    NotFoundError
        There is no such file.
    StoreError
        It is not a regular file, or cannot be read.
    """
    try:
        number = os.open(file, _READ)
        with os.fdopen(number, "rb") as source:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise StoreError(f"{file.name} is not a regular file", hint="remove it; something else put it there")
            source.seek(start)
            return source.read() if length is None else source.read(max(0, length))
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {file.name}") from error
    except OSError as error:
        raise problem(error, f"the file {file.name}") from error
