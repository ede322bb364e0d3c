# SPDX-License-Identifier: Apache-2.0
"""Rows inside the arrays of a model: nearest neighbours, support vectors, anything that keeps its training data.

Rules
-----
* A row counts when *all* its features stand together, in order, with at least three different values among them, to the
  precision of the array.  Arrays are read row by row and column by column.
* Rows are looked for as they are, standardised, between minimum and maximum, in the frame, and under any pair of offset
  and scale that the model itself carries: a scaler that was fitted to a part of the rows is found where it is used.
* A coincidence is not a copy: a row of the columns' medians, modes or ends, a combination that ten rows share, and
  whatever chance would show in an array of that length, are passed over.  A missing value is looked for as the 0 that
  most scalings give it.

Called by the audit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.errors import Finding
from lwnode.specification.audit.row_index import RowIndex
from lwnode.specification.copies import SHARED
from lwnode.specification.frame import scaling
from lwnode.types import Matrix, Vector

Arrays = Mapping[str, NDArray[Any]]

_FEWEST = 3  # features, and different values among them
_PRECISION = 4.0  # units in the last place that conversion and scaling may cost
_MODEL_SCALINGS = 8
_PLAUSIBLE = 100.0  # a scale brings a column's spread to within this factor of 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Rows that can be recognised, each once."""

    rows: Matrix  # (k, f), NaN where missing
    shares: Matrix  # (k, f), share of all rows that have the same value in the column


def audit_arrays(arrays: Arrays, rows: Matrix, *, profile: Profile | None = None) -> tuple[Finding, ...]:
    """Return a finding for every array of a model that holds rows.

    Parameters
    ----------
    arrays : mapping
        Name → array of any shape; those that are not numeric are passed over.
    rows : (n, f) float64
        The rows as the model's arrays could hold them: raw, or as the model takes them.  Fewer than three features
        cannot be told from chance and are not looked for.
    profile : Profile, optional
        Of the rows, to look for them in its frame as well.

    Returns
    -------
    tuple of Finding
        ``copy-in-model``: refuse, one for each array.

    Notes
    -----
    O(cells·(f + log n)) time for each of at most twelve scalings; about 0.3 s of CPU for 3,000 × 10 rows and 1 MB.
    """
    rows = _cleaned(rows)
    known = _known(rows)
    if not len(known.rows):
        return ()
    indices = [
        (how, RowIndex(np.nan_to_num((known.rows - offset) * scale), known.shares))
        for how, offset, scale in _scalings(rows, arrays, profile)
    ]
    findings: list[Finding] = []
    for name, array in arrays.items():
        if array.dtype.kind not in "fiu":
            continue
        rounding = _PRECISION * max(np.finfo(t).eps for t in (np.float32, array.dtype) if np.dtype(t).kind == "f")
        orders = tuple(_orders(array, rows.shape[1]))
        for how, index in indices:
            if count := max(index.stored_in(cells, rounding=float(rounding)) for cells in orders):
                message = f"the model holds {count} {'row' if count == 1 else 'rows'} of the data, {how}"
                findings.append(Finding(code="copy-in-model", severity="refuse", message=message, where=name))
                break
    return tuple(findings)


def _cleaned(rows: Matrix) -> Matrix:
    """Return a copy with NaN for all that is not finite, and 0 in columns where nothing is."""
    rows = np.where(np.isfinite(rows), np.asarray(rows, dtype=np.float64), np.nan)
    rows[:, np.isnan(rows).all(axis=0)] = 0.0
    return rows


def _known(rows: Matrix) -> _Known:
    """Return the rows worth looking for."""
    n, f = rows.shape
    if f < _FEWEST or n == 0:
        return _Known(rows=np.empty((0, f)), shares=np.empty((0, f)))
    shares = np.empty_like(rows)
    typical = np.ones((4, n), dtype=np.bool_)  # equal to all columns' lows, highs, medians, modes
    for j, column in enumerate(rows.T):
        values, of_row, counts = np.unique(column, return_inverse=True, return_counts=True)
        shares[:, j] = counts[of_row] / n
        mode = values[np.argmax(counts)] if counts.max() >= SHARED else np.nan
        landmarks = (np.nanmin(column), np.nanmax(column), np.nanmedian(column), mode)
        typical &= column == np.array(landmarks)[:, None]
    ordered = np.sort(np.nan_to_num(rows), axis=1)
    different = 1 + (np.diff(ordered, axis=1) != 0.0).sum(axis=1)
    kept = (different >= _FEWEST) & ~typical.any(axis=0)
    rows, shares = rows[kept], shares[kept]
    key = (np.nan_to_num(rows) * np.random.default_rng(0).normal(size=f)).sum(axis=1)
    _, first, counts = np.unique(key, return_index=True, return_counts=True)
    single = first[counts < SHARED]
    return _Known(rows=rows[single], shares=shares[single])


def _scalings(rows: Matrix, arrays: Arrays, profile: Profile | None) -> tuple[tuple[str, Vector, Vector], ...]:
    """Return (in words, offset, scale) for every way a model could hold the rows."""
    mean, spread = np.nanmean(rows, axis=0), np.nanstd(rows, axis=0)
    low, high = np.nanmin(rows, axis=0), np.nanmax(rows, axis=0)
    ways = [
        ("as they are", np.zeros_like(mean), np.ones_like(mean)),
        ("standardised", mean, _inverse(spread)),
        ("scaled between minimum and maximum", low, _inverse(high - low)),
    ]
    if profile is not None and profile.width == rows.shape[1]:
        ways.append(("in the frame of the profile", *scaling(profile)))
    ways += [("scaled as the model scales them", *pair) for pair in _scalers(arrays, low, high, spread)]
    return tuple(ways)


def _scalers(arrays: Arrays, low: Vector, high: Vector, spread: Vector) -> tuple[tuple[Vector, Vector], ...]:
    """Return pairs (offset, scale) among the model's arrays that could scale these columns.

    A model may subtract and multiply, subtract and divide, or multiply and add.  A scaler brings all columns to a like
    spread, so the pairs that do so most evenly come first, and few are enough.
    """
    vectors = [array.astype(np.float64).ravel() for array in arrays.values() if array.dtype.kind == "f"]
    vectors = [vector for vector in vectors if vector.size == low.size and np.isfinite(vector).all()]
    varies, margin = spread > 0.0, 0.01 * (high - low)
    pairs: list[tuple[float, Vector, Vector]] = []
    for scale in (candidate for vector in vectors for candidate in (vector, _inverse(vector))):
        brought = (scale * spread)[varies]
        if not ((brought > 1.0 / _PLAUSIBLE) & (brought < _PLAUSIBLE)).all():
            continue
        for offset in (candidate for vector in vectors for candidate in (vector, -vector * _inverse(scale))):
            if ((offset >= low - margin) & (offset <= high + margin))[varies].all():
                pairs.append((float(np.log(brought).std()) if len(brought) else 0.0, offset, scale))
    pairs.sort(key=lambda pair: pair[0])
    return tuple((offset, scale) for _, offset, scale in pairs[:_MODEL_SCALINGS])


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


def _inverse(values: Vector) -> Vector:
    """Return 1 / values, and 1 where there is nothing to divide by."""
    return 1.0 / np.where(values == 0.0, 1.0, values)
