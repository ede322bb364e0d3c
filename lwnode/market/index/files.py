# SPDX-License-Identifier: Apache-2.0
"""The files of one generation of an index: a table of short vectors and, beside it, the points of the specifications.

``table``
    Blocks: the profile with its anchors; learnwares added; learnwares withdrawn; marks.
``points``
    For each learnware its points (m, width) and weights (m,), float32, one after the other.
``lists``
    The inverted lists (`lwnode.market.index.lists_file`); may be missing, for they are made again.

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

Called by `lwnode.market.index.specification_index` and `lwnode.market.index.generations`.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import DamagedIndexError
from lwnode.market.index.anchors import Anchors
from lwnode.market.index.blocks import ADDED, HEAD, MARK, PROFILE, REBUILD, WITHDRAWN, Block, block, whole_blocks
from lwnode.market.index.mapped import MappedFile
from lwnode.market.index.records import ONE, RECORD, Added, records_of
from lwnode.types import Points, Vector

TABLE, POINTS, LISTS = "table", "points", "lists"
_SHAPE = struct.Struct("<64sIII4x")  # profile, width, anchors, dimensions
_COPIED = 4_096  # learnwares in a block of a compacted table


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A block of learnwares: the row of its first, their number, where its records, vectors and ids begin."""

    first: int
    count: int
    records: int
    vectors: int
    names: int


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
    DamagedIndexError
        Another profile's, another format, or damaged.
    StoreError
        It cannot be opened.
    """

    def __init__(self, folder: Path, profile: str) -> None:
        self.folder = folder
        self._parts: list[_Part] = []
        self._firsts: list[int] = []
        self.rows = 0
        self.withdrawn: set[int] = set()
        self._checked: set[int] = set()
        self._table, self._points = MappedFile(folder / TABLE), MappedFile(folder / POINTS)
        try:
            self._read(profile)
        except BaseException:
            self.close()
            raise

    @staticmethod
    def create(folder: Path, profile: str, anchors: Anchors) -> None:
        """Write the beginning of a generation into a folder.

        Parameters
        ----------
        folder : Path
            Empty.
        profile : str
            Id of the profile.
        anchors : Anchors

        Raises
        ------
        StoreError
            It cannot be written.
        """
        table = MappedFile(folder / TABLE)
        try:
            q, width = anchors.points.shape
            shape = _SHAPE.pack(profile.encode("ascii"), width, q, anchors.dimensions)
            numbers = [np.array([anchors.gamma]), anchors.centre, anchors.points.ravel(), anchors.axes.ravel()]
            table.append(block(PROFILE, 0, shape + np.concatenate(numbers).astype("<f8").tobytes()))
            table.append(block(MARK, 0, b""))
            table.flush()
        finally:
            table.close()

    def _read(self, profile: str) -> None:
        """Take in the table, and cut what is torn."""
        data = self._table.data()
        found = whole_blocks(data)
        if not found or found[0].kind != PROFILE:
            raise DamagedIndexError("the search index has no beginning", hint=REBUILD)
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
                raise DamagedIndexError("the search index is of a later version", hint=REBUILD)
            end = item.end
        if points > self._points.end:
            raise DamagedIndexError("the search index has lost points", hint=REBUILD)
        self.torn = self._table.end - end + self._points.end - points
        del data
        self._table.cut(end)
        self._points.cut(points)

    @staticmethod
    def _anchors(payload: memoryview, profile: str) -> tuple[Anchors, int]:
        name, width, q, p = _SHAPE.unpack_from(payload)
        if name.decode("ascii", "replace") != profile:
            raise DamagedIndexError("the search index is of another profile", hint=REBUILD)
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

    def norms(self) -> Vector:
        """Return all squared norms by row, (N,) float64."""
        norms = np.empty(self.rows)
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
        DamagedIndexError
            They are not what was written.
        """
        _, norm2, offset, size, crc, _, _ = self._record(row)
        data = self._points.data()[offset : offset + size * self._row_bytes]
        if row not in self._checked:
            if zlib.crc32(data) != crc:
                raise DamagedIndexError("points of the search index are damaged", hint=REBUILD)
            self._checked.add(row)
        numbers = np.frombuffer(data, np.float32)
        return numbers[: size * self.width].reshape(size, self.width), numbers[size * self.width :], norm2

    def _record(self, row: int) -> tuple[int, float, int, int, int, int, int]:
        part = self._parts[bisect_right(self._firsts, row) - 1]
        found: tuple[int, float, int, int, int, int, int] = ONE.unpack_from(
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
        before, first = self._points.end, self.rows
        records, names, points = records_of(learnwares, before)
        vectors = np.stack([item.vector for item in learnwares]).astype("<f4")
        payload = records.tobytes() + vectors.tobytes() + names
        self._points.append(points)
        try:
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
