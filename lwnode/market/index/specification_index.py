# SPDX-License-Identifier: Apache-2.0
"""The index: the nearest of up to a million specifications, with proof, from a folder of its own.

Rules
-----
* An answer holds the exact distances (float64, of the points as they are kept: float32 in the island frame) and a
  certificate.  Nearest first; at the same distance, in the order of the ids.
* Everything is in the frame of one island profile; those of another profile of the schema are brought into it before.
* An id is there once.  It may come back after it was withdrawn.
* The index holds nothing that is not in the catalogue: where its files are damaged it is made again.
* Several threads may use it.  A learnware's row stays what it is until `compact`.

Called by the ranking of an island; the node keeps it, the benchmarks measure it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.errors import NotFoundError, SpecificationError
from lwnode.market.index import generations, lists_file
from lwnode.market.index.adding import Sketch, added, all_shares, shares
from lwnode.market.index.anchors import DIMENSIONS, Anchors
from lwnode.market.index.answers import Nearest, answer
from lwnode.market.index.exact import Query
from lwnode.market.index.files import LISTS, IndexFiles
from lwnode.market.index.lists import Grouping, Lists, Order
from lwnode.market.index.names import Names, digest_of
from lwnode.market.index.search import Compare, Ranking, Rows, nearest, nearest_of_few_lists
from lwnode.market.index.shelf import Shelf
from lwnode.store import durable
from lwnode.store.lock import Lock
from lwnode.types import Matrix, Points, Progress, Vector, silent

LISTS_FROM = 30_000  # learnwares: fewer are scanned faster than they are sorted into lists
_TOGETHER = 1_024  # learnwares added as one block
VISITED, BESIDE = 88, 16  # lists looked at, and learnwares compared beside k, where no proof is asked for


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
        self._folder, self.profile, self._lock = folder, profile, lock
        self._one = threading.RLock()
        generation = generations.current(folder)
        if generation is None:
            generation = generations.finish(generations.begin(folder, profile.id, Anchors.of(profile, dimensions)))
        self._take(generation)

    def _take(self, generation: Path) -> None:
        """Read a generation into memory."""
        self._files = IndexFiles(generation, self.profile.id)
        self.anchors = self._files.anchors
        vectors, norms, digests = self._files.vectors(), self._norms(), self._files.digests()
        kept = lists_file.read(generation / LISTS, self.anchors.dimensions + 1, self._files.rows)
        first = 0 if kept is None else len(kept[1].rows)
        lists = None if kept is None else Lists(*kept, vectors[:first], norms[:first])
        self._shelf = Shelf(vectors.shape[1], lists)
        self._shelf.add(vectors[first:], norms[first:])
        self._names = Names(digests)

    def _norms(self) -> NDArray[np.float32]:
        """Return the squared norms by row, infinite for the withdrawn."""
        norms = self._files.norms().astype(np.float32)
        norms[list(self._files.withdrawn)] = np.inf
        return norms

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
        DamagedIndexError
            Damaged, or of another profile; it is then made again from the catalogue.
        StoreError
            It cannot be read or made.
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

    @property
    def wasted(self) -> float:
        """Share of the rows that were withdrawn: what `compact` would give back, 0 to 1."""
        return len(self._files.withdrawn) / max(1, self._files.rows)

    @property
    def unsorted(self) -> int:
        """Learnwares that stand in no list: `organise` sorts them."""
        return self._shelf.recent

    def names(self) -> Iterator[str]:
        """Yield the ids of all learnwares, in the order in which they came."""
        for row in range(self._files.rows):
            if row not in self._files.withdrawn:
                yield self._files.name(row)

    def _row(self, name: str) -> int | None:
        for row in self._names.rows_of(digest_of(name)):
            if row not in self._files.withdrawn and self._files.name(row) == name:
                return row
        return None

    def rows_of(self, names: Iterable[str]) -> Rows:
        """Return the rows of learnwares, (n,), in the order given.

        Raises
        ------
        NotFoundError
            One is not there.
        """
        rows = [self._row(name) for name in names]
        if None in rows:
            raise NotFoundError("the learnware is not in the index")
        return np.array(rows, dtype=np.int64)

    def sketch(self, row: int) -> tuple[Points, Vector]:
        """Return the points (m, width) float32, mapped, and the weights (m,), sum 1, of a learnware.

        Raises
        ------
        DamagedIndexError
            They are not what was written.
        """
        points, weights, _ = self._files.sketch(row)
        return points, shares(weights)

    def norms(self, rows: Rows) -> Vector:
        """Return the squared norms of learnwares' embeddings, (n,) float64."""
        return self._files.norms()[rows]

    def vectors(self, rows: Rows) -> NDArray[np.float32]:
        """Return the short vectors of learnwares, (n, p + 1)."""
        return self._files.vectors()[rows]

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
            with self._one:
                self._extend(some)

    def _extend(self, some: list[Sketch]) -> None:
        names = [name for name, _, _ in some]
        if len(set(names)) < len(names) or any(name in self for name in names):
            raise SpecificationError("a learnware is in the index already", hint="withdraw it first")
        learnwares = added(some, self.anchors)
        self._files.add(learnwares)
        norms = np.array([item.norm2 for item in learnwares], dtype=np.float32)
        self._shelf.add(np.stack([item.vector for item in learnwares]), norms)
        self._names.add([digest_of(name) for name in names])

    def withdraw(self, name: str) -> None:
        """Take a specification out of every later answer; its bytes go with the next `compact`.

        Raises
        ------
        NotFoundError
            It is not there.
        StoreError
            It cannot be written; nothing has changed.
        """
        with self._one:
            (row,) = self.rows_of((name,)).tolist()
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
        DamagedIndexError
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
        vector = self.vector_of(X, b, query.norm2)
        if certified:
            return answer(self.rank(query, vector, k), self._files.name, k, len(X))
        with self._one:
            compare = self._comparing(query, silent)
            found = nearest_of_few_lists(self._shelf, vector, k, compare, visited=VISITED, most=k + BESIDE)
        return answer(found, self._files.name, k, len(X))

    def vector_of(self, rows: Matrix, weights: Vector, norm2: float) -> Vector:
        """Return the short vector of the user's rows (n, width), island frame, as this index makes them: (p + 1,)."""
        vector: Vector = self.anchors.vectors(rows, weights, np.zeros(1, dtype=np.intp), np.array([norm2]))[0]
        return vector

    def rank(
        self, query: Query, vector: Vector, k: int, *, among: Rows | None = None, progress: Progress = silent
    ) -> Ranking:
        """Find the k nearest with proof, by row; `nearest` says the same by id.

        Parameters
        ----------
        query : Query
            In the frame, with the profile's γ.
        vector : (p + 1,) float64
            As `vector_of` returns it.
        k : int
            At least 1.
        among : (n,) int64, optional
            The rows that take part; all where it is not given.
        progress : callable, optional
            Told at every step, and may end the search.

        Raises
        ------
        DamagedIndexError
            Points on the disk are damaged.
        """
        with self._one:
            inside = None
            if among is not None:
                inside = np.zeros(self._shelf.rows, dtype=bool)
                inside[among] = True
            return nearest(self._shelf, vector, k, self._comparing(query, progress), among=inside)

    def _comparing(self, query: Query, progress: Progress) -> Compare:
        """Return the function from rows (n,) to exact squared distances (n,)."""

        def compare(some: Rows) -> Vector:
            progress(None, "comparing your rows with what is on offer")
            sketches = [self._files.sketch(row) for row in some.tolist()]
            inner = query.inner([points for points, _, _ in sketches], all_shares([b for _, b, _ in sketches]))
            own = np.array([norm2 for _, _, norm2 in sketches])
            return np.maximum(own - 2.0 * inner + query.norm2, 0.0)

        return compare

    def organise(self) -> None:
        """Sort all learnwares into lists, where there are enough of them, and keep the lists.

        Notes
        -----
        k-means and one pass: about half a minute of one core for a million.  Searches are right without it, and slower.
        """
        if self._files.rows < LISTS_FROM:
            return
        with self._one:
            vectors, norms = self._files.vectors(), self._norms()
            grouping = Grouping.of(vectors, self.profile.seed)
            order = Order.of(grouping, vectors)
            lists_file.write(self._files.folder / LISTS, grouping, order)
            self._shelf = Shelf(vectors.shape[1], Lists(grouping, order, vectors, norms))

    def flush(self) -> None:
        """Wait until everything is on the disk."""
        self._files.flush()

    def compact(self) -> None:
        """Write the files anew without what was withdrawn, and sort them into lists.

        Raises
        ------
        StoreError
            They cannot be written; the index is what it was.
        """
        with self._one:
            unfinished = generations.begin(self._folder, self.profile.id, self.anchors)
            copy = IndexFiles(unfinished, self.profile.id)
            try:
                self._files.copy_to(copy)
                copy.flush()
            finally:
                copy.close()
            whole = generations.finish(unfinished)
            self._files.close()
            self._take(whole)
            self.organise()
