# SPDX-License-Identifier: Apache-2.0
"""The nearest specifications of an island, compared only as far as a proof needs it.

Small islands are ranked whole.  A large one is ranked by an index of its common frame (`lwnode.market.index`), where
whoever offers the learnwares keeps one: bounds come first, and specifications are compared in the order of their bounds
until nobody left can be among the nearest.  Both give the same entries in the same order with the same distances.

Rules
-----
* The entries of the nearest are read, nobody else's.
* The index may hold more than the island: only the island's own take part.
* Whoever was not compared is still there for the mixture.

Called by the search of an island.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from lwnode.market.frames import FramedRows
from lwnode.market.index import SpecificationIndex
from lwnode.market.index.exact import Query
from lwnode.market.islands import Island
from lwnode.market.ranking import Ranked, in_frame, rank
from lwnode.market.sketches import KeptSketches, ReadSketches, Sketches
from lwnode.types import Progress, silent

WHOLE = 500  # learnwares: fewer are ranked whole

IndexOf: TypeAlias = Callable[[Island, Progress], SpecificationIndex]
"""Returns an index of an island's common frame that holds all of the island."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranking:
    """The nearest of an island.

    Parameters
    ----------
    ranked : tuple of Ranked
        The nearest first.
    sketches : Sketches
        Of the whole island: ``ranked`` first, in the same order.
    compared : int
        Specifications whose exact distance was computed.
    bound : float or None
        Nobody who is not among ``ranked`` is nearer; None where nobody is left out.
    """

    ranked: tuple[Ranked, ...]
    sketches: Sketches
    compared: int
    bound: float | None


def nearest_of(
    island: Island, rows: FramedRows, count: int, *, index_of: IndexOf | None = None, progress: Progress = silent
) -> Ranking:
    """Return the nearest entries of an island.

    Parameters
    ----------
    island : Island
    rows : FramedRows
        In the island's common frame.
    count : int
        How many, at least 1.
    index_of : callable, optional
        Asked for an index where the island is large; without it every island is ranked whole.
    progress : callable, optional

    Raises
    ------
    UnreadableError
        An entry that is needed cannot be read.
    DamagedIndexError, StoreError
        Of the index.

    Notes
    -----
    O(n·m·d) for each entry compared.  With an index O(N·p) for the bounds, and `count` entries are read.
    """
    if index_of is None or len(island.entries) <= max(WHOLE, 2 * count):
        ranked = rank(island, rows, progress=progress)
        return Ranking(ranked=ranked, sketches=ReadSketches(ranked), compared=len(ranked), bound=None)
    index = index_of(island, progress)
    own, weights = rows.moments.mean, np.full(rows.n, 1.0 / rows.n)
    query = Query.of(rows.rows, weights, rows.gamma, norm2=own)
    among = index.rows_of(offer.id for offer in island.entries)
    vector = index.vector_of(rows.rows, weights, own)
    found = index.rank(query, vector, count, among=among, progress=progress)
    place_of = {row: place for place, row in enumerate(among.tolist())}
    compared = sorted(
        (float(np.sqrt(square)), island.entries[place_of[row]].id, place_of[row])
        for row, square in zip(found.rows.tolist(), found.squares.tolist(), strict=True)
    )
    ranked = tuple(_ranked(island, place, rows, distance) for distance, _, place in compared[:count])
    near = [place for _, _, place in compared[:count]]
    others = sorted(set(range(len(island.entries))).difference(near))
    bounds = [distance for distance, _, _ in compared[count : count + 1]]
    bounds += [] if found.bound is None else [found.bound]
    return Ranking(
        ranked=ranked,
        sketches=KeptSketches(index, island.entries, [*near, *others], among),
        compared=len(compared),
        bound=min(bounds),
    )


def _ranked(island: Island, place: int, rows: FramedRows, distance: float) -> Ranked:
    """Read an entry that was compared."""
    entry = island.entries[place].entry
    spec = in_frame(entry, rows)
    inner = (spec.norm2 + rows.moments.mean - distance**2) / 2.0
    return Ranked(entry=entry, spec=spec, inner=inner, distance=distance)
