# SPDX-License-Identifier: Apache-2.0
"""The specifications of an island in its common frame, the nearest first: what a mixture chooses from.

A mixture looks at short vectors of all, at the points of a few, and at the figures of those that join.  Where an island
was ranked whole everything is in memory; where an index ranked it, vectors and points come from there and an entry is
read when it joins.

Made by `lwnode.market.nearest`, called by the mixture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lwnode.market.derived import FramedSpecification, vector_of
from lwnode.market.entry import Entry, Offered
from lwnode.market.frames import FramedRows
from lwnode.market.index import SpecificationIndex
from lwnode.market.ranking import Ranked
from lwnode.types import Matrix, Points, Vector


class Sketches(Protocol):
    """Specifications by place, the nearest first."""

    @property
    def norms(self) -> Vector:
        """Squared norms of their embeddings, (N,) float64."""

    def sketch(self, place: int) -> tuple[Matrix | Points, Vector]:
        """Return points (m, width), island frame, and weights (m,), sum 1."""

    def member(self, place: int) -> tuple[Entry, FramedSpecification]:
        """Return the entry with its specification in the common frame."""

    def short(self, rows: FramedRows) -> tuple[NDArray[np.float32], Vector]:
        """Return the embeddings of all, (N, p) float32, and that of the rows in the same coordinates, (p,)."""


class ReadSketches:
    """An island of which every entry was read.

    Parameters
    ----------
    ranked : sequence of Ranked
        All of the island, the nearest first.
    """

    def __init__(self, ranked: Sequence[Ranked]) -> None:
        self._ranked = ranked
        self.norms: Vector = np.array([item.spec.norm2 for item in ranked])

    def sketch(self, place: int) -> tuple[Matrix, Vector]:
        """Return points and weights."""
        spec = self._ranked[place].spec
        return spec.points, spec.weights

    def member(self, place: int) -> tuple[Entry, FramedSpecification]:
        """Return the entry with its specification in the common frame."""
        return self._ranked[place].entry, self._ranked[place].spec

    def short(self, rows: FramedRows) -> tuple[NDArray[np.float32], Vector]:
        """Return all embeddings and that of the rows; the first time O(m·q) for each, q anchors."""
        weights = np.full(rows.n, 1.0 / rows.n)
        target = vector_of(rows.profile, rows.rows, weights, rows.moments.mean)
        return np.stack([item.spec.vector for item in self._ranked])[:, :-1], target[:-1]


class KeptSketches:
    """An island that an index holds.

    Parameters
    ----------
    index : SpecificationIndex
        Of the island's common frame.
    offers : sequence of Entry or Offer
        The island, in any order.
    places : (N,) int
        Of the offers, the nearest first.
    rows : (N,) int64
        Their rows in the index, in the order of ``offers``.
    """

    def __init__(
        self, index: SpecificationIndex, offers: Sequence[Offered], places: Sequence[int], rows: NDArray[np.int64]
    ) -> None:
        self._index, self._offers, self._places, self._rows = index, offers, places, rows[list(places)]
        self.norms: Vector = index.norms(self._rows)

    def sketch(self, place: int) -> tuple[Points, Vector]:
        """Return points, mapped, and weights."""
        return self._index.sketch(int(self._rows[place]))

    def member(self, place: int) -> tuple[Entry, FramedSpecification]:
        """Return the entry, read now, with its specification in the common frame."""
        entry = self._offers[self._places[place]].entry
        return entry, entry.framed_in(self._index.profile)

    def short(self, rows: FramedRows) -> tuple[NDArray[np.float32], Vector]:
        """Return all embeddings, as they lie on the disk, and that of the rows."""
        weights = np.full(rows.n, 1.0 / rows.n)
        target = self._index.vector_of(rows.rows, weights, rows.moments.mean)
        return self._index.vectors(self._rows)[:, :-1], target[:-1]
