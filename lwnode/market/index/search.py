# SPDX-License-Identifier: Apache-2.0
"""The nearest specifications, with proof: bounds say whom to compare, exact distances say who is nearest.

Candidates are compared in the order of their bounds, a few at a time, until the next bound exceeds the k-th smallest
exact distance: nobody left can be nearer.  In a large market the nearest lists come first; the k-th distance among
them is the reach within which all other lists are searched.

Rules
-----
* Certified means: every learnware was compared, or has a bound above the k-th distance.
* What was compared is compared once, in float64.

Called by the index.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.market.index.anchors import MARGIN, matrix_margin
from lwnode.market.index.lists import Floats
from lwnode.market.index.shelf import Shelf
from lwnode.types import Vector

Rows = NDArray[np.int64]
Compare = Callable[[Rows], Vector]

_FIRST, _NEXT = 6, 12  # compared beyond k at first, and then at a time
_FEW = 128  # candidates put in order at a time
_VISITED = 12  # lists that give the first reach
_MOST = 32  # learnwares compared for it
_LIKELY = 384  # of the visited lists' vectors those whose whole distance is computed


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranking:
    """What a search compared.

    Parameters
    ----------
    rows : (n,) int64
    squares : (n,) float64
        Squared MMD of each.
    bound : float or None
        No learnware that was not compared is nearer; None where all were compared, or nothing is known of the others.
    certified : bool
    """

    rows: Rows
    squares: Vector
    bound: float | None
    certified: bool


class _Compared:
    """Learnwares compared so far."""

    def __init__(
        self, k: int, margin: float, compare: Compare, among: NDArray[np.bool_] | None = None, *, first: int = _FIRST
    ) -> None:
        self._k, self._margin, self._compare, self._among, self._first = k, margin, compare, among, first
        self._rows: list[Rows] = []
        self._squares: list[Vector] = []
        self._best = np.empty(0)
        self.next = np.inf
        self._at_stage = 0

    @property
    def reach(self) -> float:
        """The k-th smallest distance; infinite before k are compared."""
        return float(np.sqrt(self._best[-1])) if len(self._best) == self._k else np.inf

    @property
    def limit(self) -> float:
        """Scanned squared distances above it mean an MMD above the reach."""
        return (self.reach + MARGIN) ** 2 + self._margin

    def distance(self, square: float) -> float:
        """Return what a scanned squared distance proves of the MMD: it is no smaller than that."""
        return max(float(np.sqrt(max(square - self._margin, 0.0))) - MARGIN, 0.0)

    def rank(self, rows: Rows, squares: Floats, most: int | None = None) -> None:
        """Compare candidates in the order of their bounds until the rest is out of reach.

        Parameters
        ----------
        rows : (n,) int
            Those that were compared before are passed over.
        squares : (n,) float32
            Scanned squared distances.
        most : int, optional
            Compare no more than this many.
        """
        if not len(rows):
            return
        self._at_stage = 0
        if self._among is not None:
            inside = self._among[rows]
            rows, squares = rows[inside], squares[inside]
        if self._rows:
            new = ~np.isin(rows, np.concatenate(self._rows))
            rows, squares = rows[new], squares[new]
        while len(rows):
            if len(rows) > _FEW:
                near = np.argpartition(squares, _FEW)
                few, rest = near[:_FEW], near[_FEW:]
            else:
                few, rest = np.arange(len(rows)), np.empty(0, dtype=np.int64)
            few = few[np.lexsort((rows[few], squares[few]))]
            left = self._some(rows[few], squares[few], most)
            if left < len(few):
                self.next = min(self.next, self.distance(float(squares[few[left]])))
                return
            rows, squares = rows[rest], squares[rest]
            near_enough = squares <= self.limit
            if not near_enough.all():
                self.next = min(self.next, self.distance(float(squares[~near_enough].min())))
                rows, squares = rows[near_enough], squares[near_enough]

    def _some(self, rows: Rows, squares: Floats, most: int | None) -> int:
        """Compare ordered candidates and return how many were."""
        done = 0
        while done < len(rows):
            inside = int(np.count_nonzero((squares <= self.limit) & np.isfinite(squares)))
            step = _NEXT if len(self._best) == self._k else self._k + self._first
            stop = min(done + step, inside)
            if most is not None:
                stop = min(stop, done + most - self._at_stage)
            if stop <= done:
                return done
            self._take(rows[done:stop])
            done = stop
        return done

    def _take(self, rows: Rows) -> None:
        squares = self._compare(rows)
        self._rows.append(rows)
        self._squares.append(squares)
        self._at_stage += len(rows)
        best = np.concatenate([self._best, squares])
        best.sort()
        self._best = best[: self._k]

    def ranking(self, *, certified: bool) -> Ranking:
        """Return what was compared."""
        return Ranking(
            rows=np.concatenate(self._rows) if self._rows else np.empty(0, dtype=np.int64),
            squares=np.concatenate(self._squares) if self._squares else np.empty(0),
            bound=self.next if certified and np.isfinite(self.next) else None,
            certified=certified,
        )


def nearest(
    shelf: Shelf, vector: Vector, k: int, compare: Compare, *, among: NDArray[np.bool_] | None = None
) -> Ranking:
    """Find the k nearest, with proof.

    Parameters
    ----------
    shelf : Shelf
    vector : (p + 1,) float64
        The query's short vector.
    k : int
    compare : callable
        Rows (n,) → squared MMD (n,) float64, exact.
    among : (rows,) bool, optional
        Who takes part; everybody where it is not given.

    Notes
    -----
    Where bounds say little, all are compared: then it is exact too, and no faster than comparing all at once.
    """
    compared = _Compared(k, _margin(vector), compare, among)
    look = shelf.look(vector)
    if look is not None:
        places, squares = look.likely(_VISITED, _LIKELY)
        compared.rank(shelf.rows_at(places), squares, _MOST)
    compared.rank(np.arange(shelf.first, shelf.rows), shelf.recent_squares(vector))
    if look is not None:
        places, squares = look.within(compared.reach)
        left_out = len(places) < shelf.first
        if left_out:
            compared.next = min(compared.next, compared.reach)
        compared.rank(shelf.rows_at(places), squares)
    return compared.ranking(certified=True)


def nearest_of_few_lists(shelf: Shelf, vector: Vector, k: int, compare: Compare, *, visited: int, most: int) -> Ranking:
    """Find the k nearest in the nearest lists and among the recent ones: other lists may hold nearer ones.

    Parameters
    ----------
    shelf, vector, k, compare
        As in `nearest`.
    visited : int
        Lists.
    most : int
        Learnwares of the lists that are compared, and of the recent ones.
    """
    compared = _Compared(k, _margin(vector), compare, first=most)  # at once: what pruning saves, another round costs
    look = shelf.look(vector)
    if look is not None:
        places, squares = look.likely(visited, _LIKELY)
        compared.rank(shelf.rows_at(places), squares, most)
    compared.rank(np.arange(shelf.first, shelf.rows), shelf.recent_squares(vector), most)
    return compared.ranking(certified=False)


def _margin(vector: Vector) -> float:
    return matrix_margin(1.0, float(np.linalg.norm(vector)), len(vector) - 1)
