# SPDX-License-Identifier: Apache-2.0
"""The nearest specifications of an island, compared only as far as a proof needs it.

Small islands are ranked whole.  In a large one bounds come first (`lwnode.market.index`): specifications are compared
in the order of their bounds until nobody left can be among the nearest.  Both give the same entries in the same order
with the same distances.

Rules
-----
* The short vectors are kept with the entries, in every frame they were compared in: only the first search makes them.
* Whoever was not compared is still there for the mixture.

Called by the search of an island.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.market.derived import FramedSpecification, vector_of
from lwnode.market.entry import Entry
from lwnode.market.frames import FramedRows
from lwnode.market.index.search import nearest
from lwnode.market.index.shelf import Shelf
from lwnode.market.islands import Island
from lwnode.market.ranking import Ranked, in_frame, mean_densities, rank
from lwnode.types import Progress, Vector, silent

WHOLE = 500  # entries: fewer are ranked faster than their vectors are made
_TOLD = 100  # entries between two words of progress


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranking:
    """The nearest of an island.

    Parameters
    ----------
    ranked : tuple of Ranked
        The nearest first.
    beyond : tuple of (Entry, FramedSpecification)
        Everybody else, in the common frame.
    compared : int
        Entries whose exact distance was computed.
    bound : float or None
        Nobody beyond is nearer; None where nobody is beyond.
    """

    ranked: tuple[Ranked, ...]
    beyond: tuple[tuple[Entry, FramedSpecification], ...]
    compared: int
    bound: float | None


def nearest_of(island: Island, rows: FramedRows, count: int, *, progress: Progress = silent) -> Ranking:
    """Return the nearest entries of an island.

    Parameters
    ----------
    island : Island
    rows : FramedRows
        In the island's common frame.
    count : int
        How many, at least 1.
    progress : callable, optional

    Notes
    -----
    The first time O(m·q) for each entry, q anchors, then O(N·q), and O(n·m·d) for each entry compared.
    """
    if len(island.entries) <= max(WHOLE, 2 * count):
        ranked = rank(island, rows, progress=progress)
        return Ranking(ranked=ranked, beyond=(), compared=len(ranked), bound=None)
    specs: list[FramedSpecification] = []
    for entry in island.entries:
        specs.append(in_frame(entry, rows))
        _ = specs[-1].vector
        if len(specs) % _TOLD == 0:
            progress(len(specs) / len(island.entries), "looking through what is on offer")
    shelf = Shelf(len(specs[0].vector))
    shelf.add(np.stack([spec.vector for spec in specs]), np.array([spec.norm2 for spec in specs], dtype=np.float32))
    own, known = rows.moments.mean, dict[int, float]()

    def compare(places: NDArray[np.int64]) -> Vector:
        inner = mean_densities(rows, [specs[place] for place in places])
        known.update(zip(places.tolist(), inner.tolist(), strict=True))
        progress(None, "comparing your rows with what is on offer")
        return np.maximum(np.array([specs[place].norm2 for place in places]) - 2.0 * inner + own, 0.0)

    weights = np.full(rows.n, 1.0 / rows.n)
    found = nearest(shelf, vector_of(rows.profile, rows.rows, weights, own), count, compare)
    everyone = [
        Ranked(
            entry=island.entries[place],
            spec=specs[place],
            inner=known[place],
            distance=float(np.sqrt(max(specs[place].norm2 - 2.0 * known[place] + own, 0.0))),
        )
        for place in found.rows.tolist()
    ]
    everyone.sort(key=lambda item: (item.distance, item.entry.id))
    near = {item.entry.id for item in everyone[:count]}
    bounds = [item.distance for item in everyone[count : count + 1]] + [found.bound] * (found.bound is not None)
    return Ranking(
        ranked=tuple(everyone[:count]),
        beyond=tuple((entry, spec) for entry, spec in zip(island.entries, specs, strict=True) if entry.id not in near),
        compared=len(everyone),
        bound=min(bound for bound in bounds if bound is not None),
    )
