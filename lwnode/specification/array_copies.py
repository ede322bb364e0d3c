# SPDX-License-Identifier: Apache-2.0
"""Rows inside the arrays of a model: nearest neighbours, support vectors, anything that keeps its training data.

Every window of a row's length in every array is compared with every row at once: a random combination of the row's
features, taken of all windows by one correlation, is looked up among the rows', and what is found is compared feature by
feature.

Rules
-----
* A row counts when *all* its features stand together, in order, with at least three different values, to the precision of
  the array.  Arrays are read row by row and column by column.
* Rows are looked for as they are, standardised, min-max scaled, in the frame, and under any (offset, scale) pair that the
  model itself carries: a scaler fitted to a part of the rows is found where it is used.
* Coincidences are left out: counters (0, 1, 2, …), columns' medians, modes and ends, combinations that ten rows share,
  and rows so ordinary that the array would show them by chance.  Rows that follow each other count together, so that a
  stored table of ordinary rows is found all the same.

Called by the audit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.errors import Finding
from lwnode.specification.copies import SHARED
from lwnode.specification.frame import scaling
from lwnode.types import Mask, Matrix, Vector

_FEWEST = 3  # features, and different values among them
_PRECISION = 4.0  # units in the last place that conversion and scaling may cost
_CHANCE = math.log(0.01)  # of showing a row that is not stored
_SEGMENT = 1 << 20  # windows looked at together
_PAIRS = 1 << 16  # candidate pairs compared together
_MODEL_SCALINGS = 6
_PLAUSIBLE = 10.0  # a scale within this factor of a column's spread


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """Distinct rows that can be recognised, with how ordinary each is."""

    values: Matrix  # (k, f), NaN where missing
    log_chance: Vector  # (k,) log probability under independent columns


def audit_arrays(
    arrays: Mapping[str, NDArray[Any]], rows: Matrix, *, profile: Profile | None = None
) -> tuple[Finding, ...]:
    """Return a finding for every array of a model that holds rows.

    Parameters
    ----------
    arrays : mapping
        Name → array of any shape; those that are not numeric are passed over.
    rows : (n, f) float64
        The rows as the model's arrays could hold them: raw, or as the model takes them.  Fewer than three features cannot
        be told from chance and are not looked for.
    profile : Profile, optional
        Of the rows, to look for them in its frame as well.

    Returns
    -------
    tuple of Finding
        ``copy-in-model``: refuse, one for each array.

    Notes
    -----
    O(cells·(f + log n)) time for each of at most ten scalings; 0.3 s of CPU for 3,000 × 10 rows and 1 MB of arrays.
    """
    known = _recognisable(np.asarray(rows, dtype=np.float64))
    if not len(known.values):
        return ()
    findings: list[Finding] = []
    scaled = [(how, values) for how, values in _scalings(known.values, arrays, profile)]
    for name, array in arrays.items():
        if array.dtype.kind not in "fiu":
            continue
        ulp = float(np.finfo(array.dtype).eps) if array.dtype.kind == "f" else 0.0
        precision = _PRECISION * max(ulp, float(np.finfo(np.float32).eps))
        for how, values in scaled:
            if count := max(_stored(cells, values, known.log_chance, precision) for cells in _orders(array, values.shape[1])):
                findings.append(
                    Finding(
                        code="copy-in-model",
                        severity="refuse",
                        message=f"the model holds {count} {'row' if count == 1 else 'rows'} of the data, {how}",
                        where=name,
                    )
                )
                break
    return tuple(findings)


def _recognisable(rows: Matrix) -> _Rows:
    """Return the rows worth looking for, each once."""
    n, f = rows.shape
    nothing = _Rows(values=np.empty((0, f)), log_chance=np.empty(0))
    if f < _FEWEST or n == 0:
        return nothing
    rows = np.where(np.isfinite(rows), rows, np.nan)
    log_chance = np.zeros(n)
    ordinary = np.ones((4, n), dtype=np.bool_)  # equal to the columns' lows, highs, medians, modes so far
    for column in rows.T:
        values, of_row, counts = np.unique(column, return_inverse=True, return_counts=True)
        log_chance += np.log(counts[of_row] / n)
        seen = values[np.isfinite(values)]
        if len(seen):
            middle = np.nanmedian(column)
            for at, usual in enumerate((seen[0], seen[-1], middle, values[np.argmax(counts)])):
                ordinary[at] &= column == usual
    kept = (_different(np.nan_to_num(rows)) >= _FEWEST) & ~ordinary.any(axis=0)
    rows, log_chance = rows[kept], log_chance[kept]
    mix = np.random.default_rng(0).normal(size=f) / _spread(rows) if len(rows) else np.ones(f)
    _, first, counts = np.unique((np.nan_to_num(rows) * mix).sum(axis=1), return_index=True, return_counts=True)
    alone = first[counts < SHARED]
    return _Rows(values=rows[alone], log_chance=log_chance[alone])


def _scalings(
    rows: Matrix, arrays: Mapping[str, NDArray[Any]], profile: Profile | None
) -> Iterator[tuple[str, Matrix]]:
    """Yield (words, scaled rows), a missing value as 0: the middle of most scalings."""
    with np.errstate(all="ignore"):
        mean, spread = np.nanmean(rows, axis=0), np.nanstd(rows, axis=0)
        low, high = np.nanmin(rows, axis=0), np.nanmax(rows, axis=0)
    pairs = [("as they are", np.zeros_like(mean), np.ones_like(mean))]
    pairs += [("standardised", mean, _inverse(spread)), ("scaled between minimum and maximum", low, _inverse(high - low))]
    if profile is not None and profile.width == rows.shape[1]:
        pairs.append(("in the frame of the profile", *scaling(profile)))
    pairs += [("scaled as the model scales them", *pair) for pair in _model_pairs(arrays, low, high, spread)]
    for how, offset, scale in pairs:
        yield how, np.nan_to_num((rows - offset) * scale)


def _model_pairs(
    arrays: Mapping[str, NDArray[Any]], low: Vector, high: Vector, spread: Vector
) -> Iterator[tuple[Vector, Vector]]:
    """Yield (offset, scale) pairs among the model's arrays that could be a scaler of these columns."""
    vectors = [
        vector
        for array in arrays.values()
        if array.dtype.kind == "f" and array.size == len(low)
        for vector in [array.astype(np.float64).ravel()]
        if np.isfinite(vector).all()
    ]
    varies = spread > 0.0
    scales: list[Vector] = []
    for vector in vectors:
        for scale in (vector, _inverse(vector)):
            fit = (scale * spread)[varies]
            if len(fit) and (fit > 1.0 / _PLAUSIBLE).all() and (fit < _PLAUSIBLE).all():
                scales.append(scale)
    found = 0
    for scale in scales:
        for vector in vectors:
            for offset in (vector, -vector * _inverse(scale)):
                if ((offset >= low) & (offset <= high))[varies].all() and found < _MODEL_SCALINGS:
                    found += 1
                    yield offset, scale


def _orders(array: NDArray[Any], f: int) -> Iterator[Vector]:
    """Yield the array's cells row by row, and column by column where that differs."""
    cells = np.nan_to_num(array.astype(np.float64), posinf=0.0, neginf=0.0)
    yield cells.ravel()
    if cells.ndim >= 2:
        yield cells.reshape(-1, cells.shape[-1]).T.ravel()
        if cells.ndim > 2:
            yield cells.reshape(cells.shape[0], -1).T.ravel()
    elif cells.size > f and cells.size % f == 0:
        yield cells.reshape(f, -1).T.ravel()


def _stored(cells: Vector, rows: Matrix, log_chance: Vector, precision: float) -> int:
    """Return how many different rows the cells hold, beyond what chance would show."""
    places, found = _places(cells, rows, precision)
    if not len(places):
        return 0
    f = rows.shape[1]
    order = np.lexsort((places, places % f))
    places, found = places[order], found[order]
    starts = np.concatenate([[True], (np.diff(places) != f) | (np.diff(places % f) != 0)])
    run = np.cumsum(starts) - 1  # rows that follow each other without a gap
    evidence = np.bincount(run, weights=log_chance[found]) + math.log(len(cells))
    return len(np.unique(found[(evidence < _CHANCE)[run]]))


def _places(cells: Vector, rows: Matrix, precision: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return where windows equal rows: (places, rows found there), each place once."""
    n, f = rows.shape
    spread = _spread(rows)
    mix = np.random.default_rng(0).normal(size=f) / spread
    keys = rows @ mix
    order = np.argsort(keys)
    keys = keys[order]
    reach = precision * (np.abs(rows) + spread)  # what rounding may move each feature by
    slack = float((reach @ np.abs(mix)).max())
    places, found = [np.empty(0, dtype=np.intp)], [np.empty(0, dtype=np.intp)]
    for start in range(0, len(cells) - f + 1, _SEGMENT):
        segment = cells[start : start + _SEGMENT + f - 1]
        windows = np.lib.stride_tricks.sliding_window_view(segment, f)
        mixed = np.correlate(segment, mix, mode="valid")
        low = np.searchsorted(keys, mixed - slack)
        near = np.flatnonzero(keys[np.minimum(low, n - 1)] <= mixed + slack)
        near = near[low[near] < n]
        low = low[near]
        high = np.searchsorted(keys, mixed[near] + slack, side="right")
        for at, row in _pairs(near, low, high):
            row = order[row]  # noqa: PLW2901 - from places in the sorted keys to rows
            same = (np.abs(windows[at] - rows[row]) <= reach[row]).all(axis=1)
            at, row = at[same], row[same]  # noqa: PLW2901 - what is left of this part
            real = ~_counts_up(windows[at])
            places.append(at[real] + start)
            found.append(row[real])
    place, first = np.unique(np.concatenate(places), return_index=True)
    return place, np.concatenate(found)[first]


def _pairs(
    near: NDArray[np.intp], low: NDArray[np.intp], high: NDArray[np.intp]
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield (window, place among the keys) for all candidates, a bounded number at a time."""
    counts = high - low
    for part in np.array_split(np.arange(len(near)), max(1, int(counts.sum()) // _PAIRS)):
        many = counts[part]
        within = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
        yield np.repeat(near[part], many), np.repeat(low[part], many) + within


def _different(rows: Matrix) -> NDArray[np.intp]:
    """Return the number of different values in each row."""
    return 1 + (np.diff(np.sort(rows, axis=1), axis=1) != 0.0).sum(axis=1)


def _counts_up(windows: Matrix) -> Mask:
    """Return which windows rise or fall by one step: counters and grids, not rows."""
    steps = np.diff(windows, axis=1)
    return np.asarray((steps == steps[:, :1]).all(axis=1), dtype=np.bool_)


def _spread(rows: Matrix) -> Vector:
    """Return a positive size for every column, against which rounding is measured."""
    with np.errstate(all="ignore"):
        spread = np.nanstd(rows, axis=0) + np.abs(np.nanmedian(rows, axis=0))
    return np.where(np.isfinite(spread) & (spread > 0.0), spread, 1.0)


def _inverse(values: Vector) -> Vector:
    return np.where(values != 0.0, 1.0 / np.where(values != 0.0, values, 1.0), 1.0)
