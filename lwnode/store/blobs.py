# SPDX-License-Identifier: Apache-2.0
"""Files by their SHA-256.

Rules
-----
* A file is there whole or not at all, and is on the disk before its digest is returned: rows may name it from then on.
* What is read is hashed again; a file that was changed on the disk is an error, never data.
* A digest is 64 hexadecimal characters; anything else is simply not there, so that no name becomes a path.

Called by the node for everything larger than a row, and by the hub for its members' files.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from lwnode.errors import NotFoundError, StoreError
from lwnode.store import durable

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_UNFINISHED = "unfinished"
_HINT = "fetch it again, or restore a backup"


class Blobs:
    """A folder of files by their SHA-256.

    Parameters
    ----------
    folder : Path
        Made with mode 0700 where it is missing; what a killed process left unfinished in it is removed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unfinished = folder / _UNFINISHED
        durable.make_folder(folder)
        durable.make_folder(self._unfinished)
        try:
            for left in self._unfinished.iterdir():
                left.unlink()
        except OSError as error:
            raise durable.problem(error, f"the folder {folder.name}") from error

    def put(self, data: bytes) -> str:
        """Keep a file and return its SHA-256; ``get(put(d)) == d``.

        Raises
        ------
        DiskFullError
            No room left; nothing was kept.
        StoreError
            The file cannot be written.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        file = self._file(sha256)
        with contextlib.suppress(StoreError):  # a damaged file is put right
            if durable.read(file) == data:
                return sha256
        durable.make_folder(file.parent)
        durable.write(file, data, beside=self._unfinished)
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return a file.

        Raises
        ------
        NotFoundError
            There is no file of that digest.
        StoreError
            The file was changed since it was kept.
        """
        data = durable.read(self.path(sha256))
        if hashlib.sha256(data).hexdigest() != sha256:
            raise StoreError(f"the file {sha256[:12]} was changed on the disk", hint=_HINT)
        return data

    def part(self, sha256: str, start: int, length: int) -> bytes:
        """Return a part of a file as it lies there, without hashing: the receiver hashes the whole.

        Parameters
        ----------
        sha256 : str
        start : bytes
            From 0; at or beyond the end the answer is empty.
        length : bytes
            At most so many are returned.

        Raises
        ------
        NotFoundError
            There is no file of that digest.
        ValueError
            The start or the length is negative.
        """
        if start < 0 or length < 0:
            raise ValueError("a part begins at 0 or later and is not negative")
        return durable.read(self.path(sha256), start=start, length=length)

    def has(self, sha256: str) -> bool:
        """Tell whether there is a file of that digest."""
        return bool(_DIGEST.fullmatch(sha256)) and self._file(sha256).is_file()

    def length(self, sha256: str) -> int:
        """Return the size of a file in bytes.

        Raises
        ------
        NotFoundError
            There is no file of that digest.
        """
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError as error:
            raise _absent() from error
        except OSError as error:
            raise durable.problem(error, f"the file {sha256[:12]}") from error

    def path(self, sha256: str) -> Path:
        """Return where a file lies, for reading only.

        Raises
        ------
        NotFoundError
            There is no file of that digest.
        """
        if not self.has(sha256):
            raise _absent()
        return self._file(sha256)

    def delete(self, sha256: str) -> None:
        """Remove a file; do nothing where it is not there.

        Raises
        ------
        StoreError
            It cannot be removed.
        """
        if not self.has(sha256):
            return
        try:
            self._file(sha256).unlink(missing_ok=True)
        except OSError as error:
            raise durable.problem(error, f"the file {sha256[:12]}") from error

    def all(self) -> Iterator[str]:
        """Give the digest of every file, in no order."""
        for folder in self._folder.iterdir():
            if folder.name != _UNFINISHED and folder.is_dir():
                yield from (file.name for file in folder.iterdir() if _DIGEST.fullmatch(file.name))

    def size(self) -> int:
        """Return the bytes of all files together; one look at each, about 5 µs a file."""
        total = 0
        for sha256 in self.all():
            with contextlib.suppress(FileNotFoundError):
                total += self._file(sha256).stat().st_size
        return total

    def _file(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256


def _absent() -> NotFoundError:
    return NotFoundError("there is no file of that digest", hint="fetch the learnware it belongs to")
