# SPDX-License-Identifier: Apache-2.0
"""The files of an index: a table of short vectors and, beside it, the points of the specifications.

::

    index/
    ├── lock
    └── 000001/          a generation: compaction writes the next one whole, and then removes this one
        ├── table        blocks: the profile with its anchors; learnwares added; learnwares withdrawn; marks
        ├── points       for each learnware its points (m, width) and weights (m,), float32, one after the other
        └── lists        the inverted lists; may be missing, for they are made again

A learnware's *row* is its number in the order of the table.  A block of n learnwares holds n records of 40 bytes
(digest of the id, squared norm, place, length and CRC-32 of its points, place and length of its id), their short
vectors (n, p + 1) float32, and the ids one after the other.

Rules
-----
* Points are written before the record that names them, and a record carries their length and checksum.
* An addition is there whole or not at all.  At opening a torn tail is cut off both files; what stands behind the last
  mark is checked to its last point, what stands before it was flushed, and its points are checked when they are read.
* Both files are mapped: what is not read takes no memory.
* One process at a time.  The index can be made again from the catalogue, so an append does not wait for the disk;
  `flush` does.

Called by `lwnode.market.index.specification_index`.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import shutil
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import StoreError
from lwnode.market.index.anchors import Anchors
from lwnode.market.index.blocks import ADDED, HEAD, MARK, PROFILE, WITHDRAWN, Block, block, whole_blocks
from lwnode.store import durable
from lwnode.types import Points

TABLE, POINTS, LISTS = "table", "points", "lists"
_REBUILD = "delete its folder; it is made again from the catalogue"
_SHAPE = struct.Struct("<64sIII4x")  # profile, width, anchors, dimensions
_RECORD = struct.Struct("<QdQIIII")
RECORD = np.dtype(
    [
        ("digest", "<u8"), ("norm2", "<f8"), ("offset", "<u8"), ("size", "<u4"), ("crc", "<u4"),
        ("name_at", "<u4"), ("name_length", "<u4"),
    ]
)  # fmt: skip
_COPIED = 4_096  # learnwares in a block of a compacted table
_UNFINISHED = ".part"


def digest_of(name: str) -> int:
    """Return the 64 bits by which an id is looked up; whoever finds one compares the id itself."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Added:
    """A learnware to be added.

    Parameters
    ----------
    name : str
        Its id.
    points : (m, width) float32, island frame
    weights : (m,) float32
    norm2 : float
    vector : (p + 1,) float32
    """

    name: str
    points: Points
    weights: NDArray[np.float32]
    norm2: float
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A block of learnwares: the row of its first, their number, where its records, vectors and ids begin."""

    first: int
    count: int
    records: int
    vectors: int
    names: int


class _File:
    """A mapped file that grows at its end."""

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
        """Write at the end and return where that was; nothing has changed where it fails."""
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
        if self._number >= 0:
            os.close(self._number)
            self._number, self._view = -1, memoryview(b"")


class IndexFiles:
    """One generation of an index, open for reading and appending.

    Parameters
    ----------
    folder : Path
        Of the generation; its table exists.
    profile : str
        Id of the profile that it must be of.

    Raises
    ------
    StoreError
        Another profile's, another format, or damaged.
    """

    def __init__(self, folder: Path, profile: str) -> None:
        self.folder = folder
        self._parts: list[_Part] = []
        self._firsts: list[int] = []
        self.rows = 0
        self.withdrawn: set[int] = set()
        self._checked: set[int] = set()
        self._table, self._points = _File(folder / TABLE), _File(folder / POINTS)
        try:
            self._read(profile)
        except BaseException:
            self.close()
            raise

    def _read(self, profile: str) -> None:
        """Take in the table, and cut what is torn."""
        data = self._table.data()
        found = whole_blocks(data)
        if not found or found[0].kind != PROFILE:
            raise StoreError("the search index has no beginning", hint=_REBUILD)
        self.anchors, self.width = self._anchors(data[found[0].start : found[0].stop], profile)
        self._row_bytes = 4 * (self.width + 1)  # of one point with its weight
        marked = max((place for place, item in enumerate(found) if item.kind == MARK), default=0)
        end, points = found[0].end, 0
        for place, item in enumerate(found[1:], start=1):
            if item.kind == ADDED:
                part = self._part(item)
                records = np.frombuffer(data, RECORD, part.count, part.records)
                reach = int((records["offset"] + records["size"].astype(np.uint64) * self._row_bytes).max())
                if place > marked and not self._sound(records, reach):
                    break
                points = max(points, reach)
                self._keep(part)
            elif item.kind == WITHDRAWN:
                self.withdrawn.update(np.frombuffer(data, "<u4", item.count, item.start).tolist())
            elif item.kind != MARK:
                raise StoreError("the search index is of a later version", hint=_REBUILD)
            end = item.end
        if points > self._points.end:
            raise StoreError("the search index has lost points", hint=_REBUILD)
        self.torn = self._table.end - end + self._points.end - points
        del data
        self._table.cut(end)
        self._points.cut(points)

    @staticmethod
    def _anchors(payload: memoryview, profile: str) -> tuple[Anchors, int]:
        name, width, q, p = _SHAPE.unpack_from(payload)
        if name.decode("ascii", "replace") != profile:
            raise StoreError("the search index is of another profile", hint=_REBUILD)
        numbers = np.frombuffer(payload, "<f8", 1 + width + q * width + p * q, _SHAPE.size).copy()
        gamma, centre, points, axes = np.split(numbers, np.cumsum([1, width, q * width]))
        anchors = Anchors(
            centre=centre, points=points.reshape(q, width), axes=axes.reshape(p, q), gamma=float(gamma[0])
        )
        return anchors, int(width)

    def _part(self, item: Block) -> _Part:
        vectors = item.start + RECORD.itemsize * item.count
        names = vectors + 4 * (self.anchors.dimensions + 1) * item.count
        return _Part(first=self.rows, count=item.count, records=item.start, vectors=vectors, names=names)

    def _sound(self, records: NDArray[np.void], reach: int) -> bool:
        """Say whether the points of some records are on the disk as they were written."""
        if reach > self._points.end:
            return False
        data = self._points.data()
        return all(
            zlib.crc32(data[int(r["offset"]) : int(r["offset"]) + int(r["size"]) * self._row_bytes]) == int(r["crc"])
            for r in records
        )

    def _keep(self, part: _Part) -> None:
        self._parts.append(part)
        self._firsts.append(part.first)
        self.rows += part.count

    def parts(self) -> Iterator[tuple[int, NDArray[np.void], NDArray[np.float32]]]:
        """Yield the blocks of learnwares: the row of the first, their records, their short vectors (mapped)."""
        data, width = self._table.data(), self.anchors.dimensions + 1
        for part in self._parts:
            records = np.frombuffer(data, RECORD, part.count, part.records)
            vectors = np.frombuffer(data, "<f4", part.count * width, part.vectors).reshape(part.count, width)
            yield part.first, records, vectors

    def vectors(self) -> NDArray[np.float32]:
        """Return all short vectors by row, (N, p + 1), copied."""
        vectors = np.empty((self.rows, self.anchors.dimensions + 1), dtype=np.float32)
        for first, _, part in self.parts():
            vectors[first : first + len(part)] = part
        return vectors

    def norms(self) -> NDArray[np.float32]:
        """Return all squared norms by row, (N,), rounded."""
        norms = np.empty(self.rows, dtype=np.float32)
        for first, records, _ in self.parts():
            norms[first : first + len(records)] = records["norm2"]
        return norms

    def digests(self) -> NDArray[np.uint64]:
        """Return the digests of all ids by row, (N,)."""
        digests = np.empty(self.rows, dtype=np.uint64)
        for first, records, _ in self.parts():
            digests[first : first + len(records)] = records["digest"]
        return digests

    def copy_to(self, other: IndexFiles) -> None:
        """Append everything that was not withdrawn to another generation, in the same order.

        Raises
        ------
        StoreError
            Points are damaged, or the other cannot be written.
        """
        some: list[Added] = []
        for first, records, vectors in self.parts():
            for place, record in enumerate(records):
                row = first + place
                if row in self.withdrawn:
                    continue
                points, weights, _ = self.sketch(row)
                some.append(
                    Added(
                        name=self.name(row),
                        points=points,
                        weights=weights,
                        norm2=float(record["norm2"]),
                        vector=vectors[place],
                    )
                )
                if len(some) == _COPIED:
                    other.add(some)
                    some = []
        if some:
            other.add(some)

    def name(self, row: int) -> str:
        """Return the id of a learnware."""
        part = self._parts[bisect_right(self._firsts, row) - 1]
        *_, at, length = self._record(row)
        return bytes(self._table.data()[part.names + at : part.names + at + length]).decode()

    def sketch(self, row: int) -> tuple[Points, NDArray[np.float32], float]:
        """Return the points (m, width), weights (m,) and squared norm of a learnware, mapped; checked when first read.

        Raises
        ------
        StoreError
            They are not what was written.
        """
        _, norm2, offset, size, crc, _, _ = self._record(row)
        data = self._points.data()[offset : offset + size * self._row_bytes]
        if row not in self._checked:
            if zlib.crc32(data) != crc:
                raise StoreError("points of the search index are damaged", hint=_REBUILD)
            self._checked.add(row)
        numbers = np.frombuffer(data, np.float32)
        return numbers[: size * self.width].reshape(size, self.width), numbers[size * self.width :], norm2

    def _record(self, row: int) -> tuple[int, float, int, int, int, int, int]:
        part = self._parts[bisect_right(self._firsts, row) - 1]
        found: tuple[int, float, int, int, int, int, int] = _RECORD.unpack_from(
            self._table.data(), part.records + RECORD.itemsize * (row - part.first)
        )
        return found

    def add(self, learnwares: Sequence[Added]) -> int:
        """Append learnwares as one block and return the row of the first.

        Raises
        ------
        StoreError
            The files cannot be written; nothing has changed.
        """
        pieces = [item.points.tobytes() + item.weights.tobytes() for item in learnwares]
        names = [item.name.encode() for item in learnwares]
        records = np.zeros(len(learnwares), RECORD)
        records["digest"] = [digest_of(item.name) for item in learnwares]
        records["norm2"] = [item.norm2 for item in learnwares]
        records["size"] = [len(item.points) for item in learnwares]
        records["crc"] = [zlib.crc32(piece) for piece in pieces]
        lengths = np.array([len(piece) for piece in pieces], dtype=np.uint64)
        records["offset"] = np.uint64(self._points.end) + np.cumsum(lengths) - lengths
        records["name_length"] = [len(name) for name in names]
        records["name_at"] = np.cumsum(records["name_length"]) - records["name_length"]
        vectors = np.stack([item.vector for item in learnwares]).astype("<f4")
        return self._append(records, vectors, b"".join(names), b"".join(pieces))

    def _append(self, records: NDArray[np.void], vectors: NDArray[np.float32], names: bytes, points: bytes) -> int:
        before, first = self._points.end, self.rows
        self._points.append(points)
        try:
            payload = records.tobytes() + vectors.tobytes() + names
            at = self._table.append(block(ADDED, len(records), payload))
        except BaseException:
            self._points.cut(before)
            raise
        begin = at + HEAD.size
        self._keep(self._part(Block(kind=ADDED, count=len(records), start=begin, stop=begin + len(payload))))
        return first

    def withdraw(self, row: int) -> None:
        """Append that a learnware is withdrawn.

        Raises
        ------
        StoreError
            The file cannot be written; nothing has changed.
        """
        self._table.append(block(WITHDRAWN, 1, struct.pack("<I", row)))
        self.withdrawn.add(row)

    def flush(self) -> None:
        """Wait until everything is on the disk, and mark it."""
        self._points.flush()
        self._table.flush()
        self._table.append(block(MARK, 0, b""))
        self._table.flush()

    def close(self) -> None:
        """Close the files without waiting for the disk; do nothing the second time."""
        self._table.close()
        self._points.close()


def create(folder: Path, profile: str, anchors: Anchors) -> None:
    """Write the beginning of a generation into a folder.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    table = _File(folder / TABLE)
    try:
        q, width = anchors.points.shape
        shape = _SHAPE.pack(profile.encode("ascii"), width, q, anchors.dimensions)
        numbers = [np.array([anchors.gamma]), anchors.centre, anchors.points.ravel(), anchors.axes.ravel()]
        table.append(block(PROFILE, 0, shape + np.concatenate(numbers).astype("<f8").tobytes()))
        table.append(block(MARK, 0, b""))
        table.flush()
    finally:
        table.close()


def current(folder: Path) -> Path | None:
    """Return the newest generation of an index, removing what a killed process left of others; None where none is."""
    try:
        generations = sorted(entry for entry in folder.iterdir() if entry.is_dir())
        whole = [entry for entry in generations if _is_generation(entry.name)]
        for entry in generations:
            if entry.name.endswith(_UNFINISHED) or entry in whole[:-1]:
                shutil.rmtree(entry)
    except OSError as error:
        raise durable.problem(error, "the search index") from error
    return whole[-1] if whole else None


def begin(folder: Path, profile: str, anchors: Anchors) -> Path:
    """Make the folder of the next generation, unfinished, and return it."""
    last = current(folder)
    unfinished = folder / f"{1 + int(last.name if last else 0):06d}{_UNFINISHED}"
    durable.make_folder(unfinished)
    create(unfinished, profile, anchors)
    return unfinished


def finish(unfinished: Path) -> Path:
    """Make an unfinished generation the current one."""
    whole = unfinished.with_suffix("")
    try:
        unfinished.rename(whole)
    except OSError as error:
        raise durable.problem(error, "the search index") from error
    durable.flush_folder(whole.parent)
    current(whole.parent)
    return whole


def _is_generation(name: str) -> bool:
    return len(name) == 6 and name.isascii() and name.isdigit()
