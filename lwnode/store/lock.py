# SPDX-License-Identifier: Apache-2.0
"""One process per home: an advisory lock that the operating system takes back when its holder dies.

Rules
-----
* The lock is the lock on the file (``flock``), never the file's existence: what a killed process leaves behind is only
  a file with an old process id, and the next process takes it over.
* The file is never removed while it is in use: a second file of the same name would be a second lock.

Called by `Store` and `HubStore` before they open their database.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from lwnode.errors import LockedError
from lwnode.store.durable import problem


class Lock:
    """A lock that this process holds from the moment it is made until `release`.

    Parameters
    ----------
    file : Path
        Its directory exists.
    what : str
        What is locked, for the message.

    Raises
    ------
    LockedError
        Another process holds it (or this one, a second time); the message names the process.
    StoreError
        The file cannot be made.
    """

    def __init__(self, file: Path, what: str) -> None:
        self._number = -1
        while self._number < 0:
            self._number = _take(file, what)

    def release(self) -> None:
        """Give the lock back; do nothing the second time."""
        if self._number >= 0:
            os.close(self._number)
            self._number = -1


def _take(file: Path, what: str) -> int:
    """Return the descriptor that holds the lock, or -1 where the file was replaced meanwhile."""
    import fcntl

    try:
        number = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise problem(error, f"the lock of {what}") from error
    kept = False
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not file.exists() or not os.path.samestat(os.fstat(number), file.stat()):
            return -1
        kept = True
        with contextlib.suppress(OSError):  # the number only serves the message; a full disk must not keep a home shut
            os.ftruncate(number, 0)
            os.pwrite(number, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError as error:
        holder = os.pread(number, 32, 0).split(b"\n")[0]
        named = f"process {int(holder)}" if holder.isdigit() else "another process"
        raise LockedError(
            f"{what} is in use by {named}",
            hint="talk to that process (the daemon answers on the home's socket), or stop it first",
        ) from error
    except OSError as error:
        raise problem(error, f"the lock of {what}") from error
    finally:
        if not kept:
            os.close(number)
    return number
