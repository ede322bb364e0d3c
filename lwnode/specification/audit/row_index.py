# SPDX-License-Identifier: Apache-2.0
"""Rows found in a long array of cells, all at once.

A random combination of the features is taken of every window of a row's length by one correlation, and looked up among
the same combinations of the rows; what is near is compared feature by feature.  Lookups cost a logarithm, so a megabyte
of cells is compared with thousands of rows in a few hundredths of a second.

Called by the audit of a model's arrays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lwnode.types import Matrix, Vector

Places = NDArray[np.intp]

_CHANCE = math.log(0.01)  # of showing any row that is not stored
_SEGMENT = 1 << 20  # windows looked at together
_CELLS = 1 << 20  # features compared together


class RowIndex:
    """Rows that can be looked up in any array.

    Parameters
    ----------
    rows : (k, f) float64, finite, k >= 1
    shares : (k, f) float64, in (0, 1]
        How common each value is in its column: what a window of such columns shows by chance.
    """

    def __init__(self, rows: Matrix, shares: Matrix) -> None:
        self.rows, self.shares = rows, shares
        self.size = rows.std(axis=0) + np.abs(np.median(rows, axis=0))
        self.size[self.size == 0.0] = 1.0
        self.mix = np.random.default_rng(0).normal(size=rows.shape[1]) / self.size
        keys = rows @ self.mix
        self.order = np.argsort(keys)
        self.keys = keys[self.order]

    def stored_in(self, cells: Vector, *, rounding: float) -> int:
        """Return how many of the rows stand in the cells, beyond what chance would show.

        Parameters
        ----------
        cells : (L,) float64, finite
        rounding : float
            Relative precision of the cells.

        Notes
        -----
        Rows that follow each other without a gap count as one piece of evidence, so that a stored table is recognised
        even where each of its rows, taken alone, could be chance.
        """
        places, found = self._places(cells, rounding)
        if not len(places):
            return 0
        f = self.rows.shape[1]
        order = np.lexsort((places, places % f))
        places, found = places[order], found[order]
        run = np.cumsum(np.concatenate([[0], np.diff(places) != f]))
        chance = np.log(np.maximum(self.shares, 2.0 * rounding)).sum(axis=1)
        evidence = np.bincount(run, weights=chance[found]) + math.log(len(cells)) + math.log(len(self.rows))
        return len(np.unique(found[(evidence < _CHANCE)[run]]))

    def _places(self, cells: Vector, rounding: float) -> tuple[Places, Places]:
        """Return where windows equal a row, and which: (places, rows), each place once."""
        n, f = self.rows.shape
        reach = rounding * (np.abs(self.rows) + self.size)  # how far rounding may have moved each feature
        slack = float((reach @ np.abs(self.mix)).max())
        places, found = [np.empty(0, dtype=np.intp)], [np.empty(0, dtype=np.intp)]
        for start in range(0, len(cells) - f + 1, _SEGMENT):
            segment = cells[start : start + _SEGMENT + f - 1]
            windows = np.lib.stride_tricks.sliding_window_view(segment, f)
            mixed = np.correlate(segment, self.mix, mode="valid")
            low = np.searchsorted(self.keys, mixed - slack)
            near = np.flatnonzero((low < n) & (self.keys[np.minimum(low, n - 1)] <= mixed + slack))
            high = np.searchsorted(self.keys, mixed[near] + slack, side="right")
            for at, key in _pairs(near, low[near], high, _CELLS // f):
                row = self.order[key]
                seen = windows[at]
                same = (np.abs(seen - self.rows[row]) <= reach[row]).all(axis=1) & ~_counters(seen)
                places.append(at[same] + start)
                found.append(row[same])
        place, first = np.unique(np.concatenate(places), return_index=True)
        return place, np.concatenate(found)[first]


def _pairs(near: Places, low: Places, high: Places, most: int) -> Iterator[tuple[Places, Places]]:
    """Yield (window, key) for every key between low and high of every window, about ``most`` at a time."""
    counts = high - low
    parts = np.array_split(np.arange(len(near)), max(1, int(counts.sum()) // most))
    for part in parts:
        many = counts[part]
        within = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
        yield np.repeat(near[part], many), np.repeat(low[part], many) + within


def _counters(windows: Matrix) -> NDArray[np.bool_]:
    """Return which windows go up or down in equal steps: node numbers and grids, not rows."""
    steps = np.diff(windows, axis=1)
    return np.asarray(np.abs(steps - steps[:, :1]).max(axis=1) == 0.0, dtype=np.bool_)
