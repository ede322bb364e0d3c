# SPDX-License-Identifier: Apache-2.0
"""A file that is read through a mapping and written at its end only.

Rules
-----
* What is not read takes no memory.
* A write that fails leaves the file as long as it was.
* Nothing waits for the disk before `MappedFile.flush`.

Called by the files of an index.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path

from lwnode.store import durable


class MappedFile:
    """A mapped file that grows at its end.

    Parameters
    ----------
    file : Path
        Made empty where it is missing.

    Raises
    ------
    StoreError
        It cannot be opened.
    """

    def __init__(self, file: Path) -> None:
        try:
            self._number = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            self.end = os.fstat(self._number).st_size
        except OSError as error:
            raise durable.problem(error, "the search index") from error
        self._view = memoryview(b"")

    def data(self) -> memoryview:
        """Return the whole file; a view stays valid when the file grows."""
        if len(self._view) < self.end:
            self._view = memoryview(mmap.mmap(self._number, self.end, prot=mmap.PROT_READ))
        return self._view

    def append(self, data: bytes) -> int:
        """Write at the end and return where that was.

        Raises
        ------
        StoreError
            It cannot be written, `DiskFullError` where no room is left; nothing has changed.
        """
        begin, left = self.end, memoryview(data)
        try:
            while left:
                written = os.pwrite(self._number, left, begin + len(data) - len(left))
                left = left[written:]
        except OSError as error:
            os.ftruncate(self._number, begin)
            raise durable.problem(error, "the search index") from error
        self.end = begin + len(data)
        return begin

    def cut(self, end: int) -> None:
        """Leave out what stands behind ``end``."""
        if end < self.end:
            self._view = memoryview(b"")
            os.ftruncate(self._number, end)
            self.end = end

    def flush(self) -> None:
        """Wait until everything is on the disk."""
        try:
            os.fdatasync(self._number)
        except OSError as error:
            raise durable.problem(error, "the search index") from error

    def close(self) -> None:
        """Close the file; do nothing the second time, and views stay valid."""
        if self._number >= 0:
            os.close(self._number)
            self._number, self._view = -1, memoryview(b"")
