# SPDX-License-Identifier: Apache-2.0
"""Inverted lists: short vectors grouped around centres, so that most of a large market need not be looked at.

A list holds the vectors nearest to its centre c, none further away than its radius.  By the triangle inequality all of
them are at least ``|q - c| - radius`` away from the query q, so a list whose centre lies further away than its radius
and a reach together holds nothing within that reach.

Of each vector the first `NEAR` coordinates, what is left of it (one number, as r is in
`lwnode.market.index.anchors`) and its squared norm stand apart from the others: one product with them bounds the
distance, at less than a third of the memory traffic.  Coordinates are turned so that the first vary most over the
market; a turn changes no distance.

Rules
-----
* What is passed over lies provably beyond the reach that it was passed over for, rounding included.
* Withdrawn learnwares stay in their place with an infinite norm, so that no bound ever reaches them.
* The same vectors give the same lists.

Called by `lwnode.market.index.shelf`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.market.index.anchors import MARGIN, matrix_margin
from lwnode.types import Vector

NEAR = 18  # coordinates that are looked at first: 20 numbers with the two beside them; BLAS likes multiples of four
_LISTS = 2  # times √N
_PER_CENTRE = 64  # vectors that place a centre
_ROUNDS = 6
_BLOCK = 8_192  # vectors compared with all centres at a time
_SAMPLE = 20_000  # vectors that say how to turn the coordinates
_CUT = 32  # of a sample of vectors are kept
_WHOLE = 0.3  # of all vectors: a larger part is scanned in one piece

Floats = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grouping:
    """How a market is divided.

    Parameters
    ----------
    turn : (p + 1, p + 1) float32
        Orthogonal.
    centres : (L, p + 1) float32
        Turned.
    """

    turn: Floats
    centres: Floats

    @classmethod
    def of(cls, vectors: Floats, seed: int) -> Grouping:
        """Divide a market into about 2·√N lists.

        Parameters
        ----------
        vectors : (N, p + 1) float32
        seed : int

        Notes
        -----
        k-means (Lloyd) on 64 vectors a list; O(64·L²·p) time a round, 6 rounds.
        """
        rng = np.random.default_rng((seed, 7))
        some = vectors[np.sort(rng.choice(len(vectors), min(_SAMPLE, len(vectors)), replace=False))]
        _, directions = np.linalg.eigh((some.T @ some).astype(np.float64))
        turn = np.ascontiguousarray(directions[:, ::-1].T).astype(np.float32)
        count = max(1, int(_LISTS * np.sqrt(len(vectors))))
        taken = np.sort(rng.choice(len(vectors), min(_PER_CENTRE * count, len(vectors)), replace=False))
        sample = vectors[taken] @ turn.T
        centres = sample[np.sort(rng.choice(len(sample), count, replace=False))].copy()
        for _ in range(_ROUNDS):
            nearest = _nearest(sample, centres)
            order = np.argsort(nearest, kind="stable")
            held, first = np.unique(nearest[order], return_index=True)
            sums = np.add.reduceat(sample[order], first, axis=0)
            centres[held] = sums / np.diff(np.append(first, len(order)))[:, None]
        return cls(turn=turn, centres=centres)


def _nearest(vectors: Floats, centres: Floats) -> NDArray[np.int32]:
    """Return the nearest centre of each vector, (N,)."""
    half = 0.5 * np.einsum("ij,ij->i", centres, centres)
    nearest = np.empty(len(vectors), dtype=np.int32)
    for start in range(0, len(vectors), _BLOCK):
        product = vectors[start : start + _BLOCK] @ centres.T
        product -= half
        nearest[start : start + _BLOCK] = product.argmax(axis=1)
    return nearest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Order:
    """Which vector stands where: what is kept of the lists beside their grouping.

    Parameters
    ----------
    starts : (L + 1,) int64
        First place of each list, and the end.
    rows : (N,) int32
        The row at each place.
    radius : (L,) float32
        Largest distance to each centre; -inf for an empty list, which is near to nothing.
    """

    starts: Places
    rows: NDArray[np.int32]
    radius: Floats

    @classmethod
    def of(cls, grouping: Grouping, vectors: Floats) -> Order:
        """Put vectors (N, p + 1) into the lists of their nearest centres; O(N·L·p) time."""
        lists, away = np.empty(len(vectors), dtype=np.int32), np.empty(len(vectors), dtype=np.float32)
        for start in range(0, len(vectors), _BLOCK):
            part = slice(start, start + _BLOCK)
            turned = vectors[part] @ grouping.turn.T
            lists[part] = _nearest(turned, grouping.centres)
            away[part] = np.linalg.norm(turned - grouping.centres[lists[part]], axis=1)
        rows = np.argsort(lists, kind="stable").astype(np.int32)
        starts = np.searchsorted(lists[rows], np.arange(len(grouping.centres) + 1)).astype(np.int64)
        radius = np.full(len(grouping.centres), -np.inf, dtype=np.float32)
        np.maximum.at(radius, lists, away)
        return cls(starts=starts, rows=rows, radius=radius)


class Lists:
    """The vectors of a market in their lists.

    Parameters
    ----------
    grouping : Grouping
    order : Order
    vectors : (N, p + 1) float32
        By row.
    norms : (N,) float32
        Squared norms by row; infinite for the withdrawn.
    """

    def __init__(self, grouping: Grouping, order: Order, vectors: Floats, norms: Floats) -> None:
        self.grouping, self.order = grouping, order
        count, dimensions = vectors.shape
        self.place = np.empty(count, dtype=np.int32)
        self.place[order.rows] = np.arange(count, dtype=np.int32)
        self.near = np.empty((count, NEAR + 2), dtype=np.float32)
        self.far = np.empty((count, dimensions - NEAR), dtype=np.float32)
        for start in range(0, count, _BLOCK):
            part = slice(start, start + _BLOCK)
            turned = vectors.take(order.rows[part], axis=0) @ grouping.turn.T
            self.near[part, :NEAR], self.far[part] = turned[:, :NEAR], turned[:, NEAR:]
            self.near[part, NEAR] = np.sqrt(np.einsum("ij,ij->i", turned[:, NEAR:], turned[:, NEAR:]))
            self.near[part, NEAR + 1] = norms[order.rows[part]]
        self.centre_squares = np.einsum("ij,ij->i", grouping.centres, grouping.centres)
        self.sizes = np.diff(order.starts)
        self.radius = order.radius.astype(np.float64)

    def __len__(self) -> int:
        return len(self.order.rows)

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        parts = (self.order.rows, self.place, self.near, self.far)
        return sum(part.nbytes for part in parts)

    def withdraw(self, row: int) -> None:
        """Let a row never be found again."""
        self.near[self.place[row], -1] = np.inf


class Look:
    """A query's view of the lists.

    Parameters
    ----------
    lists : Lists
    vector : (p + 1,) float64
        Its short vector.
    """

    def __init__(self, lists: Lists, vector: Vector) -> None:
        self._lists = lists
        turned = lists.grouping.turn @ vector.astype(np.float32)
        self._near = np.append(-2.0 * turned[:NEAR], [-2.0 * np.linalg.norm(turned[NEAR:]), 1.0]).astype(np.float32)
        self._far = -2.0 * turned[NEAR:]
        self._norm = float(vector @ vector)
        self._away = np.sqrt(np.maximum(self._centre_squares(turned), 0.0))

    def _centre_squares(self, turned: Floats) -> Vector:
        """Return no more than the squared distances of the centres, (L,) float64."""
        products: Floats = self._lists.grouping.centres @ turned
        squares: Vector = (self._lists.centre_squares - 2.0 * products).astype(np.float64)
        return squares + (self._norm - matrix_margin(1.0, 1.0, len(turned) - 1))

    def likely(self, visited: int, kept: int) -> tuple[Places, Floats]:
        """Return the vectors of the nearest lists that look nearest.

        Parameters
        ----------
        visited : int
            Lists: those whose centres are nearest.
        kept : int
            About how many vectors are returned: those whose first coordinates are nearest.

        Returns
        -------
        places : (k,) int64
        squares : (k,) float32
            Squared distances of the short vectors.
        """
        count = min(visited, len(self._away))
        some = np.argpartition(self._away, count - 1)[:count]
        squares = self._first_squares(some)
        cut = np.float32(np.inf)
        if len(squares) > kept:  # a sample tells where to cut: a hundredth of the work of putting all in order
            step = max(1, kept // _CUT)
            cut = np.partition(squares[::step], kept // step)[kept // step]
        near = np.flatnonzero(squares <= cut)
        places = self._places(some, near)
        return places, self._squares(places)

    def within(self, reach: float) -> tuple[Places, Floats]:
        """Return all vectors that may lie within a reach.

        Parameters
        ----------
        reach : float
            A distance.

        Returns
        -------
        places : (k,) int64
        squares : (k,) float32
            Squared distances of the short vectors.  The MMD of what is left out exceeds the reach.
        """
        lists, wide = self._lists, reach + MARGIN
        limit = wide**2 + matrix_margin(1.0, 1.0, NEAR) - self._norm
        some = np.flatnonzero(self._away - lists.radius <= wide)
        if lists.sizes[some].sum() > _WHOLE * len(lists):  # one scan of everything costs less than many of parts
            squares = lists.near @ self._near
            places = np.flatnonzero(squares <= limit)
        else:
            places = self._places(some, np.flatnonzero(self._first_squares(some) <= limit))
        return places, self._squares(places)

    def _places(self, some: Places, at: Places) -> Places:
        """Return the places of vectors that are counted through some lists, one list after the other."""
        ends = np.cumsum(self._lists.sizes[some])
        owner = np.searchsorted(ends, at, side="right")
        places: Places = at - ends[owner] + self._lists.order.starts[some[owner] + 1]
        return places

    def _first_squares(self, some: Places) -> Floats:
        """Return squared distances of the first coordinates with what is left, less the query's, in some lists."""
        lists = self._lists
        starts, sizes = lists.order.starts[some], lists.sizes[some]
        squares = np.empty(int(sizes.sum()), dtype=np.float32)
        ends = np.cumsum(sizes)
        for start, size, end in zip(starts.tolist(), sizes.tolist(), ends.tolist(), strict=True):
            np.matmul(lists.near[start : start + size], self._near, out=squares[end - size : end])
        return squares

    def _squares(self, places: Places) -> Floats:
        """Return squared distances of whole vectors."""
        lists = self._lists
        whole = self._near.copy()
        whole[NEAR] = 0.0  # the others stand in its place
        squares: Floats = lists.near[places] @ whole
        squares += lists.far[places] @ self._far
        squares += np.float32(self._norm)
        return squares
