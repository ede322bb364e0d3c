# SPDX-License-Identifier: Apache-2.0
"""Read a zip container without trusting it.

The format allows far more than a learnware needs, and readers disagree about the rest, which is where attacks live.  So
this reader takes a narrow subset (APPNOTE 6.3.10, sections named below) and refuses everything else:

* one segment that begins at byte 0: local entries without gaps or overlaps, directory, end record, and nothing behind;
* no encryption, no further disks, no zip64, no data descriptors, no extra fields, no comments (§4.3.9, §4.4.4, §4.5);
* files only: no directories, links or devices (§4.4.15);
* the names of the layout, in lower-case ASCII, each once; so no path, drive, collision or reserved name can appear;
* stored or deflated (§4.4.5); the directory and the local entry must agree in everything;
* declared sizes within the limits, ratio included, before a byte is unpacked; unpacking stops one byte behind the
  declared size.

Nothing touches the disk.  The container's checksums (CRC-32) are compared with each other and not with the bytes: every
file is signed, by its digest in the manifest or itself, and computing both would cost half as much again.  Called by
`lwnode.archive.verify`.
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lwnode.archive import layout
from lwnode.archive.limits import LIMITS, Limits
from lwnode.errors import ArchiveError

_END: Final = struct.Struct("<4s4H2LH")
_DIRECTORY: Final = struct.Struct("<4s2B5H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_NAME: Final = re.compile(rb"[a-z0-9_.-]{1,80}")
_NAMES: Final = frozenset({layout.BUNDLE, layout.KEYS, *layout.FILES})
_STORED, _DEFLATED = 0, 8
_DIRECTORY_BIT, _REPARSE_BIT = 0x10, 0x400  # DOS attributes
_FLAGS_ALLOWED = 0x0006 | 0x0800  # deflate's effort; names in UTF-8
_VERSION_LIMIT = 20  # needed to unpack: deflate; zip64 needs 45
_HINT = "the file is damaged or was packed by another program: ask for it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One file of the container: where its packed bytes lie, and what it declares."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int  # bytes
    size: int  # bytes
    offset: int  # of the local entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A zip container whose directory was checked; files are unpacked one by one."""

    source: bytes
    entries: Mapping[str, _Entry]
    starts: Mapping[str, int]

    @property
    def sizes(self) -> Mapping[str, int]:
        """Declared bytes of each file by its name."""
        return {name: entry.size for name, entry in self.entries.items()}

    def read(self, name: str) -> bytes:
        """Return one file.

        Raises
        ------
        ArchiveError
            Not there, or its bytes are not what the directory declares.
        """
        if (entry := self.entries.get(name)) is None:
            raise ArchiveError(f"the archive has no {name}", hint=_HINT)
        start = self.starts[name]
        if entry.method == _STORED:
            return self.source[start : start + entry.packed]
        return _inflate(memoryview(self.source)[start : start + entry.packed], entry)


def open_container(source: bytes, limits: Limits = LIMITS) -> Container:
    """Check a container's structure and return it; no file is unpacked.

    Raises
    ------
    ArchiveError
        Too large, damaged, or outside the subset of the format that is read.
    """
    if len(source) > limits.archive:
        raise ArchiveError(
            f"an archive of {len(source)} bytes, {limits.archive} allowed", hint="ask for a smaller model"
        )
    entries, directory = _read_directory(source)
    for entry in entries:
        _check_sizes(entry, limits)
    if sum(entry.size for entry in entries) > limits.archive:
        raise ArchiveError("the archive's files are too large together", hint="ask for a smaller model")
    starts: dict[str, int] = {}
    position = 0
    for entry in sorted(entries, key=lambda one: one.offset):
        if entry.offset != position:
            raise ArchiveError("an archive with gaps or overlaps between its files", hint=_HINT)
        starts[entry.name] = _check_local(source, entry)
        position = starts[entry.name] + entry.packed
    if position != directory:
        raise ArchiveError("an archive with bytes that belong to no file", hint=_HINT)
    return Container(source=source, entries={entry.name: entry for entry in entries}, starts=starts)


def _read_directory(source: bytes) -> tuple[list[_Entry], int]:
    """Return the entries of the directory, and where it begins."""
    end = len(source) - _END.size
    if end < 0 or source[end : end + 4] != b"PK\x05\x06":
        raise ArchiveError("this is not a learnware archive, or bytes were appended to it", hint=_HINT)
    _, disk, first_disk, count_here, count, length, start, comment = _END.unpack_from(source, end)
    if disk or first_disk or count_here != count or comment:
        raise ArchiveError("an archive in several parts, or with a comment", hint=_HINT)
    if not 1 <= count <= len(_NAMES) or start + length != end:
        raise ArchiveError("an archive with too many files, or with a directory in the wrong place", hint=_HINT)
    entries: list[_Entry] = []
    position = start
    for _ in range(count):
        entry, position = _read_entry(source, position, end)
        entries.append(entry)
    if position != end:
        raise ArchiveError("an archive whose directory has another length than it says", hint=_HINT)
    if len({entry.name for entry in entries}) != len(entries):
        raise ArchiveError("an archive that holds a name twice", hint=_HINT)
    return entries, start


def _read_entry(source: bytes, position: int, end: int) -> tuple[_Entry, int]:
    """Return one entry of the directory, and where the next begins."""
    name_at = position + _DIRECTORY.size
    if name_at > end or source[position : position + 4] != b"PK\x01\x02":
        raise ArchiveError("an archive whose directory is damaged", hint=_HINT)
    fields = _DIRECTORY.unpack_from(source, position)
    needed, flags, method = fields[3:6]
    crc, packed, size, name_length, extra, comment, disk, _, attributes, offset = fields[8:]
    raw = source[name_at : name_at + name_length]
    if name_at + name_length > end or not _NAME.fullmatch(raw) or (name := raw.decode("ascii")) not in _NAMES:
        raise ArchiveError(f"an archive with a file that does not belong there: {ascii(raw[:80])[2:-1]}", hint=_HINT)
    if extra or comment or disk or needed > _VERSION_LIMIT:
        raise ArchiveError(f"{name} has extra fields, a comment, or lies on another disk", hint=_HINT)
    if flags & ~_FLAGS_ALLOWED or method not in (_STORED, _DEFLATED):
        raise ArchiveError(f"{name} is encrypted, or packed in a way that is not read", hint=_HINT)
    kind = stat.S_IFMT(attributes >> 16)  # whatever system it says it comes from
    if kind not in (0, stat.S_IFREG) or attributes & (_DIRECTORY_BIT | _REPARSE_BIT):
        raise ArchiveError(f"{name} is not a file", hint=_HINT)
    entry = _Entry(name=name, flags=flags, method=method, crc=crc, packed=packed, size=size, offset=offset)
    return entry, name_at + name_length


def _check_sizes(entry: _Entry, limits: Limits) -> None:
    if entry.size > limits.of(entry.name):
        raise ArchiveError(
            f"{entry.name} has {entry.size} bytes, {limits.of(entry.name)} allowed", hint="ask for a smaller model"
        )
    if entry.method == _STORED and entry.packed != entry.size:
        raise ArchiveError(f"{entry.name} is stored with two sizes", hint=_HINT)
    if entry.size > entry.packed * limits.ratio:
        raise ArchiveError(f"{entry.name} unpacks to more than {limits.ratio} times its size", hint=_HINT)


def _check_local(source: bytes, entry: _Entry) -> int:
    """Return where the packed bytes begin, after the local entry was compared with the directory."""
    name_at = entry.offset + _LOCAL.size
    if source[entry.offset : entry.offset + 4] != b"PK\x03\x04" or name_at > len(source):
        raise ArchiveError(f"{entry.name} is damaged", hint=_HINT)
    _, _, flags, method, _, _, crc, packed, size, name_length, extra = _LOCAL.unpack_from(source, entry.offset)
    name = source[name_at : name_at + name_length]
    here = (name, flags, method, crc, packed, size, extra)
    if here != (entry.name.encode(), entry.flags, entry.method, entry.crc, entry.packed, entry.size, 0):
        raise ArchiveError(f"{entry.name} is described in two ways", hint=_HINT)
    return name_at + len(name)


def _inflate(packed: memoryview, entry: _Entry) -> bytes:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = stream.decompress(packed, entry.size + 1)
    except zlib.error as error:
        raise ArchiveError(f"{entry.name} is damaged", hint=_HINT) from error
    if len(data) != entry.size or not stream.eof or stream.unused_data:
        raise ArchiveError(f"{entry.name} unpacks to another size than it says", hint=_HINT)
    return data
