# SPDX-License-Identifier: Apache-2.0
"""Inverted lists: short vectors grouped around centres, so that most of a large market need not be looked at.

A list holds the vectors nearest to its centre c, none further away than its radius.  By the triangle inequality all of
them are at least ``|q - c| - radius`` away from the query q, so a list whose centre lies further away than its radius
and a reach together holds nothing within that reach.

Of each vector the first `NEAR` coordinates and what is left of it (one number, as r is in
`lwnode.market.index.anchors`) stand apart from the others: they alone bound the distance, at a quarter of the memory
traffic.  Coordinates are turned so that the first vary most over the market; a turn changes no distance.

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

NEAR = 15  # coordinates that are looked at first, beside what is left of the vector
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
        """Divide a market into about √N lists.

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
        count = max(1, int(np.sqrt(len(vectors))))
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
        self.norms = norms[order.rows]
        self.near = np.empty((count, NEAR + 1), dtype=np.float32)
        self.far = np.empty((count, dimensions - NEAR), dtype=np.float32)
        for start in range(0, count, _BLOCK):
            part = slice(start, start + _BLOCK)
            turned = vectors[order.rows[part]] @ grouping.turn.T
            self.near[part, :NEAR], self.far[part] = turned[:, :NEAR], turned[:, NEAR:]
            self.near[part, NEAR] = np.sqrt(np.einsum("ij,ij->i", turned[:, NEAR:], turned[:, NEAR:]))
        self.sizes = np.diff(order.starts)
        self.radius = order.radius.astype(np.float64)

    def __len__(self) -> int:
        return len(self.order.rows)

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        parts = (self.order.rows, self.place, self.norms, self.near, self.far)
        return sum(part.nbytes for part in parts)

    def withdraw(self, row: int) -> None:
        """Let a row never be found again."""
        self.norms[self.place[row]] = np.inf


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
        self._near = np.append(turned[:NEAR], np.linalg.norm(turned[NEAR:])).astype(np.float32)
        self._far = turned[NEAR:]
        self._norm = float(vector @ vector)
        self._away = np.linalg.norm(lists.grouping.centres - turned, axis=1).astype(np.float64)

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
        some = np.argsort(self._away, kind="stable")[:visited]
        squares = self._first_squares(some)
        near = np.arange(len(squares))
        if len(squares) > kept:  # a sample tells where to cut: a hundredth of the work of putting all in order
            step = max(1, kept // _CUT)
            near = np.flatnonzero(squares <= np.partition(squares[::step], kept // step)[kept // step])
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
            squares *= -2.0
            squares += lists.norms
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
        ends = np.cumsum(sizes)
        squares = np.empty(int(sizes.sum()), dtype=np.float32)
        norms = np.empty_like(squares)
        for start, size, end in zip(starts.tolist(), sizes.tolist(), ends.tolist(), strict=True):
            np.matmul(lists.near[start : start + size], self._near, out=squares[end - size : end])
            norms[end - size : end] = lists.norms[start : start + size]
        squares *= -2.0
        squares += norms
        return squares

    def _squares(self, places: Places) -> Floats:
        """Return squared distances of whole vectors."""
        lists = self._lists
        squares: Floats = lists.near[places, :NEAR] @ self._near[:NEAR]
        squares += lists.far[places] @ self._far
        squares *= -2.0
        squares += lists.norms[places]
        squares += np.float32(self._norm)
        return squares
