# SPDX-License-Identifier: Apache-2.0
"""Points that repeat a row: the one definition that the fit without noise and the audit share.

A point is a *near copy* when a row lies within 2 % of the median distance between neighbouring rows, and fewer than ten
rows do: a combination that ten rows share belongs to nobody.

Called by the release without noise and by the audit.
"""

from __future__ import annotations

import numpy as np

from lwnode.documents import Profile
from lwnode.specification.frame import blocks, to_frame
from lwnode.specification.kernels import squared_distances
from lwnode.types import Mask, Matrix

NEAR = 0.02  # of the median distance between neighbouring rows
SHARED = 10  # rows that make a combination common
_QUERIES, _NEIGHBOURS = 500, 20_000  # rows that stand for all in the median
_ROUNDING, _PAIRS = 1e-5, 100_000  # of a float32 squared distance, relative to the lengths; pairs judged at a time
_SAME = 1e-12  # squared distance below which two rows are one


def near_copies(Z: Matrix, profile: Profile, raw: Matrix) -> Mask:
    """Return which points repeat a row.

    Parameters
    ----------
    Z : (m, width) float64, island frame
    profile : Profile
    raw : (n, width) float64, raw

    Returns
    -------
    (m,) bool

    Notes
    -----
    O((m + 500)·n·width) time, at most 500 × 20,000 distances for the median; bounded memory.  Pairs are found in
    float32, with room for its rounding, and judged in float64.
    """
    reach2 = max((NEAR * neighbour_distance(profile, raw)) ** 2, _SAME)
    counts = np.zeros(len(Z), dtype=np.intp)
    rough, longest = Z.astype(np.float32), float((Z * Z).sum(axis=1).max())
    for X in blocks(profile, raw):
        X32 = X.astype(np.float32)
        room = _ROUNDING * (longest + float(np.einsum("ij,ij->i", X32, X32).max()))
        distances = squared_distances(rough, X32)
        if distances.min() > reach2 + room:
            continue
        point, row = np.nonzero(distances <= reach2 + room)
        for some in np.array_split(np.arange(len(point)), 1 + len(point) // _PAIRS):
            near = ((Z[point[some]] - X[row[some]]) ** 2).sum(axis=1) <= reach2
            counts += np.bincount(point[some][near], minlength=len(Z))
    return (counts > 0) & (counts < SHARED)


def neighbour_distance(profile: Profile, raw: Matrix) -> float:
    """Return the median distance in the frame of a row to the nearest that differs from it; 0 where all are equal.

    Notes
    -----
    Evenly spread rows stand for all where there are many, so the figure depends on nothing but the rows.
    """
    rows = to_frame(profile, _spread(raw, _NEIGHBOURS))
    nearest: list[float] = []
    for queries in np.array_split(_spread(rows, _QUERIES), 10):
        distances = squared_distances(queries, rows)
        distances[distances <= _SAME] = np.inf
        nearest.extend(distances.min(axis=1, initial=np.inf))
    apart = np.array(nearest)[np.isfinite(nearest)]
    return float(np.sqrt(np.median(apart))) if len(apart) else 0.0


def _spread(rows: Matrix, most: int) -> Matrix:
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).astype(np.intp)]
