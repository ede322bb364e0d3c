# SPDX-License-Identifier: Apache-2.0
"""The nearest specifications of an island, by exact distance.

Every specification is compared in the island's common frame, so the order is exact and needs no bound.  The points are
packed and go through one matrix product for a few thousand of them.

Called by `lwnode.market.nearest`, which asks an index in large islands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lwnode.market.derived import FramedSpecification
from lwnode.market.entry import Entry
from lwnode.market.frames import FramedRows
from lwnode.market.islands import Island
from lwnode.specification.kernels import squared_distances
from lwnode.types import Progress, Vector, silent

_POINTS = 2_000  # points that go through one product


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranked:
    """An entry with its distance.

    Parameters
    ----------
    entry : Entry
    spec : FramedSpecification
        In the common frame.
    inner : float
        Inner product of the rows' embedding and the specification's: mean density of the rows.
    distance : float
        MMD in the common frame.
    """

    entry: Entry
    spec: FramedSpecification
    inner: float
    distance: float


def rank(island: Island, rows: FramedRows, *, progress: Progress = silent) -> tuple[Ranked, ...]:
    """Return all entries of an island, the nearest first.

    Parameters
    ----------
    island : Island
    rows : FramedRows
        In the island's common frame.
    progress : callable, optional

    Notes
    -----
    O(n·N·m·d) time, O(n · 2000) memory.  Entries at the same distance come in the order of their ids.
    """
    entries = [offer.entry for offer in island.entries]
    specs = [in_frame(entry, rows) for entry in entries]
    inner = mean_densities(rows, specs, progress=progress)
    own = rows.moments.mean
    ranked = [
        Ranked(
            entry=entry,
            spec=spec,
            inner=float(value),
            distance=float(np.sqrt(max(spec.norm2 - 2.0 * float(value) + own, 0.0))),
        )
        for entry, spec, value in zip(entries, specs, inner, strict=True)
    ]
    return tuple(sorted(ranked, key=lambda item: (item.distance, item.entry.id)))


def in_frame(entry: Entry, rows: FramedRows) -> FramedSpecification:
    """Return an entry's specification in the rows' frame; the entry's own where the frames are the same."""
    return entry.framed_in(rows.profile)


def mean_densities(rows: FramedRows, specs: Sequence[FramedSpecification], *, progress: Progress = silent) -> Vector:
    """Return the mean over the rows of every specification's density, (N,) float64."""
    values = np.empty(len(specs))
    start = 0
    while start < len(specs):
        stop, points = start, 0
        while stop < len(specs) and (stop == start or points + len(specs[stop].points) <= _POINTS):
            points += len(specs[stop].points)
            stop += 1
        some = specs[start:stop]
        kernel = squared_distances(rows.rows, np.concatenate([spec.points for spec in some]))
        kernel *= -rows.gamma
        by_point = np.exp(kernel, out=kernel).mean(axis=0) * np.concatenate([spec.weights for spec in some])
        edges = np.cumsum([0] + [len(spec.points) for spec in some[:-1]])
        values[start:stop] = np.add.reduceat(by_point, edges)
        start = stop
        progress(start / len(specs), "comparing your rows with what is on offer")
    return values
