# SPDX-License-Identifier: Apache-2.0
"""The index: the nearest of up to a million specifications, with proof, from a folder of its own.

Rules
-----
* An answer holds the exact distances (float64, of the points as they are kept: float32 in the island frame) and a
  certificate.  Nearest first; at the same distance, in the order of the ids.
* Everything is in the frame of one island profile; those of another profile of the schema are brought into it before.
* An id is there once.  It may come back after it was withdrawn.
* The index holds nothing that is not in the catalogue: where its files are damaged it is made again.

Called by the node; the benchmarks measure it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.errors import NotFoundError, SpecificationError
from lwnode.market.index import files, lists_file
from lwnode.market.index.anchors import DIMENSIONS, Anchors
from lwnode.market.index.exact import Query, squared_norms
from lwnode.market.index.files import Added, IndexFiles
from lwnode.market.index.lists import Grouping, Lists, Order
from lwnode.market.index.names import Names
from lwnode.market.index.search import Ranking, nearest, nearest_of_few_lists
from lwnode.market.index.shelf import Shelf
from lwnode.market.results import Certificate
from lwnode.store import durable
from lwnode.store.lock import Lock
from lwnode.types import Matrix, Points, Vector

Sketch: TypeAlias = tuple[str, "Matrix | Points", "Vector | NDArray[np.float32]"]  # id, points in the frame, weights

LISTS_FROM = 30_000  # learnwares: fewer are scanned faster than they are sorted into lists
_TOGETHER = 1_024  # learnwares added as one block
VISITED, COMPARED = 56, 32  # lists looked at and learnwares compared, where no proof is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The nearest learnwares.

    Parameters
    ----------
    ids : tuple of str
        The nearest first.
    distances : tuple of float
        MMD of each.
    certificate : Certificate
        Its method is ``certified`` where no other learnware can be nearer than the last one listed, and ``approximate``
        where only some were looked at.
    """

    ids: tuple[str, ...]
    distances: tuple[float, ...]
    certificate: Certificate


class SpecificationIndex:
    """An index in a folder; open it with `open`, and close it.

    Parameters
    ----------
    folder : Path
        Made with mode 0700 where it is missing; its parent exists.
    profile : Profile
    lock : Lock
        On the folder.
    dimensions : int
        Of a new index's short vectors.
    """

    def __init__(self, folder: Path, profile: Profile, lock: Lock, dimensions: int) -> None:
        self._folder, self._profile, self._lock = folder, profile, lock
        generation = files.current(folder)
        if generation is None:
            generation = files.finish(files.begin(folder, profile.id, Anchors.of(profile, dimensions)))
        self._take(generation)

    def _take(self, generation: Path) -> None:
        """Read a generation into memory."""
        self._files = IndexFiles(generation, self._profile.id)
        self.anchors = self._files.anchors
        vectors, norms, digests = self._files.vectors(), self._files.norms(), self._files.digests()
        norms[list(self._files.withdrawn)] = np.inf
        kept = lists_file.read(generation / files.LISTS, self.anchors.dimensions + 1, self._files.rows)
        first = 0 if kept is None else len(kept[1].rows)
        lists = None if kept is None else Lists(*kept, vectors[:first], norms[:first])
        self._shelf = Shelf(vectors.shape[1], lists)
        self._shelf.add(vectors[first:], norms[first:])
        self._names = Names(digests)

    @classmethod
    def open(cls, folder: Path, profile: Profile, *, dimensions: int = DIMENSIONS) -> SpecificationIndex:
        """Open an index, or make an empty one.

        Parameters
        ----------
        folder : Path
            Made where it is missing; its parent exists.
        profile : Profile
        dimensions : int
            Of a new index's short vectors: more make the bounds tighter and the vectors longer.

        Raises
        ------
        LockedError
            Another process has it open.
        StoreError
            Damaged, or of another profile; it is then made again from the catalogue.
        """
        durable.make_folder(folder)
        lock = Lock(folder / "lock", "the search index")
        try:
            return cls(folder, profile, lock, dimensions)
        except BaseException:
            lock.release()
            raise

    def __enter__(self) -> SpecificationIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Wait for the disk and close the files; do nothing the second time."""
        self._files.close()
        self._lock.release()

    def __len__(self) -> int:
        return self._files.rows - len(self._files.withdrawn)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._row(name) is not None

    @property
    def torn(self) -> int:
        """Bytes of an unfinished append that were cut off when the index was opened."""
        return self._files.torn

    @property
    def nbytes(self) -> int:
        """Bytes in memory, beside the mapped files."""
        return self._shelf.nbytes + self._names.nbytes

    def _row(self, name: str) -> int | None:
        for row in self._names.rows_of(files.digest_of(name)):
            if row not in self._files.withdrawn and self._files.name(row) == name:
                return row
        return None

    def insert(self, name: str, points: Matrix | Points, weights: Vector | NDArray[np.float32]) -> None:
        """Add one specification; `extend` adds many.

        Parameters
        ----------
        name : str
            Its id.
        points : (m, width) float, island frame
        weights : (m,) float, ≥ 0, sum 1

        Raises
        ------
        SpecificationError
            The id is there already, or the points do not fit the profile.
        StoreError
            It cannot be written; nothing has changed.

        Notes
        -----
        O(m² + m·q) kernel values.  It does not wait for the disk; `flush` does.
        """
        self.extend([(name, points, weights)])

    def extend(self, sketches: Iterable[Sketch]) -> None:
        """Add many specifications, (id, points, weights) each; about a thousand at a time, each time all or none."""
        source: Iterator[Sketch] = iter(sketches)
        while some := list(islice(source, _TOGETHER)):
            self._extend(some)

    def _extend(self, some: list[Sketch]) -> None:
        names = [name for name, _, _ in some]
        if len(set(names)) < len(names) or any(name in self for name in names):
            raise SpecificationError("a learnware is in the index already", hint="withdraw it first")
        checked = [self._checked(points, weights) for _, points, weights in some]
        gamma = self.anchors.gamma
        wide = [(points.astype(np.float64), weights.astype(np.float64)) for points, weights in checked]
        norms = squared_norms([points for points, _ in wide], [weights for _, weights in wide], gamma)
        starts = np.cumsum([0] + [len(points) for points, _ in wide[:-1]])
        vectors = self.anchors.vectors(
            np.concatenate([points for points, _ in wide]),
            np.concatenate([weights for _, weights in wide]),
            starts,
            norms,
        ).astype(np.float32)
        self._files.add(
            [
                Added(name=name, points=points, weights=weights, norm2=float(norm), vector=vector)
                for name, (points, weights), norm, vector in zip(names, checked, norms, vectors, strict=True)
            ]
        )
        self._shelf.add(vectors, norms.astype(np.float32))
        self._names.add([files.digest_of(name) for name in names])

    def _checked(
        self, points: Matrix | Points, weights: Vector | NDArray[np.float32]
    ) -> tuple[Points, NDArray[np.float32]]:
        """Return points and weights as they are kept, or refuse what is no specification in the frame."""
        Z, b = np.ascontiguousarray(points, dtype=np.float32), np.ascontiguousarray(weights, dtype=np.float32)
        if Z.ndim != 2 or Z.shape[1] != self._files.width or b.shape != (len(Z),) or not len(Z):
            raise SpecificationError("the points or weights have not the profile's shape")
        if not (np.isfinite(Z).all() and np.isfinite(b).all()) or b.min() < 0.0 or abs(float(b.sum()) - 1.0) > 1e-3:
            raise SpecificationError("points that are no numbers, or weights that are no shares")
        return Z, b

    def withdraw(self, name: str) -> None:
        """Take a specification out of every later answer; its bytes go with the next `compact`.

        Raises
        ------
        NotFoundError
            It is not there.
        StoreError
            It cannot be written; nothing has changed.
        """
        row = self._row(name)
        if row is None:
            raise NotFoundError("the learnware is not in the index")
        self._files.withdraw(row)
        self._shelf.withdraw(row)

    def nearest(
        self, rows: Matrix | Points, weights: Vector | None = None, *, k: int = 10, certified: bool = True
    ) -> Nearest:
        """Find the k nearest specifications.

        Parameters
        ----------
        rows : (n, width) float, island frame
            The user's rows, or the points of a specification.
        weights : (n,) float, sum 1, optional
            Of the points; equal for rows.
        k : int
            At least 1.
        certified : bool
            With proof; otherwise only the nearest lists are looked at.

        Raises
        ------
        SpecificationError
            Rows of another width, or none.
        StoreError
            Points on the disk are damaged.

        Notes
        -----
        O(n²) for the rows, O(N·p) for the bounds, O(n·m·width) for each learnware compared.
        """
        X = np.asarray(rows, dtype=np.float64)
        if X.ndim != 2 or X.shape[1] != self._files.width or not len(X):
            raise SpecificationError("the rows have not the profile's shape")
        if k < 1:
            raise ValueError("k must be at least 1")
        b = np.full(len(X), 1.0 / len(X)) if weights is None else np.asarray(weights, dtype=np.float64)
        query = Query.of(X, b, self.anchors.gamma)
        vector = self.anchors.vectors(X, b, np.zeros(1, dtype=np.intp), np.array([query.norm2]))[0]

        def compare(some: NDArray[np.int64]) -> Vector:
            sketches = [self._files.sketch(row) for row in some.tolist()]
            inner = query.inner([points for points, _, _ in sketches], [shares for _, shares, _ in sketches])
            own = np.array([norm2 for _, _, norm2 in sketches])
            return np.maximum(own - 2.0 * inner + query.norm2, 0.0)

        if certified:
            found = nearest(self._shelf, vector, k, compare)
        else:
            found = nearest_of_few_lists(self._shelf, vector, k, compare, visited=VISITED, most=COMPARED)
        return self._answer(found, k, len(X))

    def _answer(self, found: Ranking, k: int, rows: int) -> Nearest:
        """Put ids beside what was found."""
        count = min(k, len(found.rows))
        last = np.sort(found.squares)[count - 1] if count else 0.0
        near = [
            (float(square), self._files.name(int(row)))
            for row, square in zip(found.rows, found.squares, strict=True)
            if square <= last
        ]
        near.sort()
        others = np.sort(found.squares)[count:]
        bounds = [float(np.sqrt(others[0]))] if len(others) else []
        bounds += [] if found.bound is None else [found.bound]
        return Nearest(
            ids=tuple(name for _, name in near[:count]),
            distances=tuple(float(np.sqrt(square)) for square, _ in near[:count]),
            certificate=Certificate(
                method="certified" if found.certified else "approximate",
                compared=len(found.rows),
                rows=rows,
                last=float(np.sqrt(last)) if count else None,
                next=min(bounds, default=None) if found.certified else None,
            ),
        )

    def organise(self) -> None:
        """Sort all learnwares into lists, where there are enough of them, and keep the lists.

        Notes
        -----
        k-means and one pass: half a minute of one core for a million.  Searches are right without it, and slower.
        """
        if self._files.rows < LISTS_FROM:
            return
        vectors, norms = self._files.vectors(), self._files.norms()
        norms[list(self._files.withdrawn)] = np.inf
        grouping = Grouping.of(vectors, self._profile.seed)
        order = Order.of(grouping, vectors)
        lists_file.write(self._files.folder / files.LISTS, grouping, order)
        self._shelf = Shelf(vectors.shape[1], Lists(grouping, order, vectors, norms))

    def flush(self) -> None:
        """Wait until everything is on the disk."""
        self._files.flush()

    def compact(self) -> None:
        """Write the files anew without what was withdrawn, and sort them into lists."""
        unfinished = files.begin(self._folder, self._profile.id, self.anchors)
        copy = IndexFiles(unfinished, self._profile.id)
        try:
            self._files.copy_to(copy)
            copy.flush()
        finally:
            copy.close()
        self._files.close()
        self._take(files.finish(unfinished))
        self.organise()
