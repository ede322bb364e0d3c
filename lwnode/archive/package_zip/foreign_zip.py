# SPDX-License-Identifier: Apache-2.0
"""Open somebody's zip for reading: bounded before it is parsed, and never written to disk.

A learnware of ours is read by `lwnode.archive.container`, which takes next to nothing of the format.  Here stand files
that other programs packed, so the standard library's reader parses them, after the facts that could hurt were checked.

Rules
-----
* One segment, its end record in the last 22 bytes, no zip64; the number of entries and the directory's length are
  bounded before the directory is read.
* Plain paths only: relative, no ``..``, no backslash, drive, empty part or control character; no links or devices; no
  name twice, capitals aside.
* Declared sizes are bounded one by one, together and by ratio, and the packed sizes together by the file's own length,
  so that no two entries share bytes.
* A file is unpacked up to its declared size, and its checksum is compared.

Called by `lwnode.archive.package_zip.reading`.
"""

from __future__ import annotations

import hashlib
import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

from lwnode.archive.limits import LIMITS, Limits
from lwnode.errors import ArchiveError

ENTRY_LIMIT: Final = 1_000
NAME_LIMIT: Final = 240  # characters
_DIRECTORY_LIMIT: Final = 2**20  # bytes
_END: Final = struct.Struct("<4s4H2LH")
_ZIP64_LOCATOR: Final = 20  # bytes
_PIECE: Final = 2**20  # bytes
_PART: Final = re.compile(r"[^\x00-\x1f\x7f/\\:]+")
_ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
_SMALL: Final = 2**16  # bytes below which no ratio is a threat
_HINT: Final = "the file is damaged, or is no learnware of the learnware package"


class ForeignZip:
    """A zip whose directory was checked.

    Parameters
    ----------
    source : bytes
    limits : Limits
        ``archive`` and ``ratio`` hold here.

    Raises
    ------
    ArchiveError
        Too large, damaged, or with an entry that is not a plain file of a plain name.
    """

    def __init__(self, source: bytes, limits: Limits = LIMITS) -> None:
        _check_end(source, limits)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(source))
        except (zipfile.BadZipFile, UnicodeDecodeError, ValueError, OSError, struct.error) as error:
            raise ArchiveError("a zip whose directory is damaged", hint=_HINT) from error
        entries = [entry for entry in self._zip.infolist() if not _is_folder(entry)]
        for entry in entries:
            _check_entry(entry, limits)
        names = [entry.filename.casefold() for entry in entries]
        if len(set(names)) != len(names):
            raise ArchiveError("a zip that holds a name twice", hint=_HINT)
        if sum(entry.file_size for entry in entries) > limits.archive:
            raise ArchiveError("the zip's files are too large together", hint="ask for a smaller model")
        if sum(entry.compress_size for entry in entries) > len(source):
            raise ArchiveError("a zip whose files share bytes", hint=_HINT)
        self._entries = {entry.filename: entry for entry in entries}

    @property
    def sizes(self) -> dict[str, int]:
        """Declared bytes of each file by its name."""
        return {name: entry.file_size for name, entry in self._entries.items()}

    def read(self, name: str, limit: int) -> bytes:
        """Return one file.

        Parameters
        ----------
        name : str
        limit : bytes

        Raises
        ------
        ArchiveError
            Not there, larger than the limit, or damaged.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise ArchiveError(f"the zip has no {_shown(name)}", hint=_HINT)
        if entry.file_size > limit:
            raise ArchiveError(f"{_shown(name)} has {entry.file_size} bytes, {limit} allowed", hint=_HINT)
        return b"".join(self._pieces(entry))

    def sha256(self, name: str) -> str:
        """Return a file's digest; memory of one piece."""
        digest = hashlib.sha256()
        for piece in self._pieces(self._entries[name]):
            digest.update(piece)
        return digest.hexdigest()

    def _pieces(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        left = entry.file_size
        try:
            with self._zip.open(entry) as file:
                while piece := file.read(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        break
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error, RuntimeError, ValueError) as error:
            raise ArchiveError(f"{_shown(entry.filename)} is damaged", hint=_HINT) from error
        if left:
            raise ArchiveError(f"{_shown(entry.filename)} unpacks to another size than it says", hint=_HINT)


def is_zip(source: bytes) -> bool:
    """Say whether bytes begin as a zip does."""
    return source[:4] == b"PK\x03\x04"


def _check_end(source: bytes, limits: Limits) -> None:
    if len(source) > limits.archive:
        raise ArchiveError(f"a zip of {len(source)} bytes, {limits.archive} allowed", hint="ask for a smaller model")
    end = len(source) - _END.size
    if not is_zip(source) or end < 0 or source[end : end + 4] != b"PK\x05\x06":
        raise ArchiveError("this is not a zip, or bytes were appended to it", hint=_HINT)
    _, disk, first_disk, count_here, count, length, start, comment = _END.unpack_from(source, end)
    if disk or first_disk or count_here != count or comment or start + length != end:
        raise ArchiveError("a zip in several parts, with a comment, or with a directory in the wrong place", hint=_HINT)
    if not 1 <= count <= ENTRY_LIMIT or length > _DIRECTORY_LIMIT:
        raise ArchiveError(f"a zip of {count} files, {ENTRY_LIMIT} allowed", hint=_HINT)
    if source[end - _ZIP64_LOCATOR : end - _ZIP64_LOCATOR + 4] == b"PK\x06\x07":
        raise ArchiveError("a zip in the 64-bit format", hint=_HINT)


def _is_folder(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.endswith("/") and entry.file_size == 0 and _is_plain(entry.filename[:-1])


def _is_plain(name: str) -> bool:
    parts = name.split("/")
    return len(name) <= NAME_LIMIT and all(_PART.fullmatch(part) and part not in (".", "..") for part in parts)


def _check_entry(entry: zipfile.ZipInfo, limits: Limits) -> None:
    name = entry.filename
    if entry.orig_filename != name or not _is_plain(name):
        raise ArchiveError(f"a zip with a file of an impossible name: {_shown(name)}", hint=_HINT)
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        raise ArchiveError(f"{_shown(name)} is not a file", hint=_HINT)
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveError(f"{_shown(name)} is encrypted, or packed in a way that is not read", hint=_HINT)
    if entry.file_size > max(_SMALL, entry.compress_size * limits.ratio):
        raise ArchiveError(f"{_shown(name)} unpacks to more than {limits.ratio} times its size", hint=_HINT)


def _shown(name: str) -> str:
    return ascii(name[:80])[1:-1]
