# SPDX-License-Identifier: Apache-2.0
"""Rows that are one of a kind, and whether a specification republishes them.

A row far from all others, or with a combination of levels that nobody else has, is the row that a sketch gives away
first: k-means puts a centre on it, and a centre on a single row *is* the row.

Rules
-----
* A row is one of a kind where its nearest other row is farther than the upper fence of all such distances (a quarter
  beyond the middle half, times 1.5; Tukey 1977), or where its levels together are its own while most rows share
  theirs.
* A point republishes such a row where it lies on it or so near that no other row could be meant: within 5 % of the
  median distance between neighbouring rows, or within 10 % of the row's own distance to the next one.
* Rows are planted into a *copy* of the data only, and what is made of it never leaves.

Called by the audit of a draft, the tests and the benchmark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.errors import Finding
from lwnode.specification.copies import neighbour_distance
from lwnode.specification.frame import blocks, public_rows, scaling, to_frame
from lwnode.specification.kernels import nearest2, squared_distances
from lwnode.specification.reduced_set import Specification
from lwnode.types import Mask, Matrix, Vector

Make = Callable[[Matrix, np.random.Generator], Specification]
"""From raw rows and a generator for noise to a specification: the mechanism that is looked at."""

NEAR, NEAR_OWN = 0.05, 0.10  # of the median distance between neighbours, of the row's own distance to the next
AMONG = 20_000  # rows that others are compared with
_FENCED = 2_000  # rows that say how far apart rows lie
_FENCE = 1.5
_APART, _SAME = 1.1, 1e-6  # times the upper quartile, at least: equal distances differ in their last digits
_FEW_ALONE = 0.05  # share of rows with levels of their own beyond which that is nothing special
_FEW_NUMBERS = 3  # with fewer number columns points meet rows by chance
_CELLS = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """What became of planted rows: of ``planted`` rows, ``republished`` have a point on them or beside them."""

    planted: int
    republished: int


def isolation(frame: Matrix) -> Vector:
    """Return the distance of each row to the nearest other one, (n,).

    Parameters
    ----------
    frame : (n, width) float64, island frame, n >= 2

    Notes
    -----
    O(n·min(n, 20,000)·width) time, bounded memory; where there are more rows, evenly spread ones stand for the others.
    """
    places = np.linspace(0, len(frame) - 1, min(len(frame), AMONG)).astype(np.intp)
    return _to_others(frame, np.arange(len(frame)), frame[places], places)


def unique_rows(profile: Profile, raw: Matrix) -> Mask:
    """Return which rows are one of a kind.

    Parameters
    ----------
    profile : Profile
    raw : (n, width) float64, raw

    Returns
    -------
    (n,) bool
    """
    frame = to_frame(profile, raw)
    if len(frame) < 4:
        return np.ones(len(frame), dtype=np.bool_)
    apart = isolation(frame)
    return np.asarray(apart > _fence(apart), dtype=np.bool_) | _alone(profile, raw)


def plant(profile: Profile, raw: Matrix, count: int, rng: np.random.Generator) -> tuple[Matrix, Mask]:
    """Return a copy of the rows with some more that are one of a kind, and which they are.

    Parameters
    ----------
    profile : Profile
    raw : (n, width) float64, raw
    count : int
    rng : numpy.random.Generator
        Of what is planted; no noise.

    Returns
    -------
    (n + count, width) float64, raw, and (n + count,) bool
    """
    frame = public_rows(profile, count, rng)
    centre, scale = scaling(profile)
    at = 0
    for column in profile.features:
        if column.type != "category":
            frame[:, at] = rng.choice([-1.0, 1.0], count) * rng.uniform(2.0, 3.0, count)
        at += column.width
    planted = np.concatenate([np.zeros(len(raw), dtype=np.bool_), np.ones(count, dtype=np.bool_)])
    return np.concatenate([np.asarray(raw, dtype=np.float64), frame / scale + centre]), planted


def republished(points: Matrix, profile: Profile, raw: Matrix, which: Mask) -> Mask:
    """Return which of some rows a set of points gives away.

    Parameters
    ----------
    points : (m, width) float64, island frame
    profile : Profile
    raw : (n, width) float64, raw
        All rows.
    which : (n,) bool
        Those that are looked for.

    Returns
    -------
    (which.sum(),) bool
    """
    frame = to_frame(profile, raw)
    rows = frame[which]
    if not len(rows):
        return np.zeros(0, dtype=np.bool_)
    reach = np.maximum(NEAR * neighbour_distance(profile, raw), NEAR_OWN * isolation(frame)[which])
    return np.asarray(np.sqrt(nearest2(rows, points)) <= np.maximum(reach, _SAME), dtype=np.bool_)


def planted_rows(raw: Matrix, profile: Profile, make: Make, *, count: int, rng: np.random.Generator) -> Planted:
    """Plant rows that are one of a kind into a copy, make a specification of it, and count what it republishes.

    Parameters
    ----------
    raw : (n, width) float64, raw
    profile : Profile
    make : callable
    count : int
    rng : numpy.random.Generator
        Of what is planted and of the mechanism's noise.
    """
    copy, which = plant(profile, raw, count, rng)
    spec = make(copy, rng)
    points = to_frame(profile, spec.points.astype(np.float64))
    return Planted(planted=count, republished=int(republished(points, profile, copy, which).sum()))


def audit_unique_rows(spec: Specification, raw: Matrix) -> tuple[Finding, ...]:
    """Return a finding where points of a specification lie on or beside rows that are one of a kind.

    Parameters
    ----------
    spec : Specification
    raw : (n, width) float64, raw
        All rows it was made from.

    Returns
    -------
    tuple of Finding
        ``unique-rows-in-points``: refuse without a guarantee; warn for a private specification, whose points do not
        depend on single rows and meet one by chance, and where fewer than three number columns make chance likely.

    Notes
    -----
    Every row is looked at.  Of more than `AMONG` rows, how far apart they lie is judged by evenly spread ones:
    O((m + 2,000)·n·width) time, bounded memory.
    """
    profile = spec.profile
    places, apart = _nearest_rows(spec.frame, profile, raw)
    rows, at = np.unique(places, return_inverse=True)
    nearest = np.full(len(rows), np.inf)
    np.minimum.at(nearest, at, apart)
    own, fence = _own_distances(profile, raw, rows)
    unique = (own > fence) | _alone(profile, raw)[rows]
    reach = np.maximum(np.maximum(NEAR * neighbour_distance(profile, raw), NEAR_OWN * own), _SAME)
    count = int((unique & (nearest <= reach)).sum())
    if not count:
        return ()
    private = spec.card.privacy.mode == "private"
    numbers = sum(column.type != "category" for column in profile.features)
    who = "a row that is one of a kind has" if count == 1 else f"{count} rows that are one of a kind have"
    them = "it" if count == 1 else "them"
    how = "by chance; the guarantee holds here too" if private else f"which gives {them} away"
    return (
        Finding(
            code="unique-rows-in-points",
            severity="warn" if private or numbers < _FEW_NUMBERS else "refuse",
            message=f"{who} a point of the specification on {them} or beside {them}, {how}",
            where="specification.safetensors",
        ),
    )


def _nearest_rows(points: Matrix, profile: Profile, raw: Matrix) -> tuple[NDArray[np.intp], Vector]:
    """Return the nearest row of each point, and how far it is."""
    nearest, places = np.full(len(points), np.inf), np.zeros(len(points), dtype=np.intp)
    start = 0
    for X in blocks(profile, raw):
        distances = squared_distances(points, X)
        best = distances.argmin(axis=1)
        found = distances[np.arange(len(points)), best]
        nearer = found < nearest
        nearest[nearer], places[nearer] = found[nearer], best[nearer] + start
        start += len(X)
    return places, np.sqrt(nearest)


def _own_distances(profile: Profile, raw: Matrix, rows: NDArray[np.intp]) -> tuple[Vector, float]:
    """Return how far some rows are from their nearest others, and the fence beyond which a row is one of a kind."""
    places = np.linspace(0, len(raw) - 1, min(len(raw), AMONG)).astype(np.intp)
    among = to_frame(profile, raw[places])
    queries = np.linspace(0, len(among) - 1, min(len(among), _FENCED)).astype(np.intp)
    typical = _to_others(among[queries], places[queries], among, places)
    return _to_others(to_frame(profile, raw[rows]), rows, among, places), _fence(typical)


def _to_others(frame: Matrix, own: NDArray[np.intp], among: Matrix, places: NDArray[np.intp]) -> Vector:
    """Return the distance of rows to the nearest of others; a row stands under its position and is not its other."""
    out = np.empty(len(frame))
    step = max(1, _CELLS // len(among))
    for start in range(0, len(frame), step):
        distances = squared_distances(frame[start : start + step], among)
        mine = own[start : start + step]
        at = np.minimum(np.searchsorted(places, mine), len(places) - 1)
        itself = places[at] == mine
        distances[np.flatnonzero(itself), at[itself]] = np.inf
        out[start : start + step] = np.sqrt(distances.min(axis=1))
    return out


def _fence(distances: Vector) -> float:
    low, high = np.quantile(distances, [0.25, 0.75])
    return float(max(high + _FENCE * (high - low), _APART * high, _SAME))


def _alone(profile: Profile, raw: Matrix) -> Mask:
    """Return which rows have their levels for themselves, where that is rare."""
    blocks = list(_levels(profile, raw))
    if not blocks:
        return np.zeros(len(raw), dtype=np.bool_)
    _, of_row, counts = np.unique(np.column_stack(blocks), axis=0, return_inverse=True, return_counts=True)
    alone = counts[of_row.ravel()] == 1
    return np.asarray(alone if alone.mean() <= _FEW_ALONE else np.zeros_like(alone), dtype=np.bool_)


def _levels(profile: Profile, raw: Matrix) -> Iterator[Vector]:
    """Yield the level of every row for each category, -1 where it is missing."""
    at = 0
    for column in profile.features:
        if column.type == "category":
            block = raw[:, at : at + column.width]
            missing = ~np.isfinite(block).all(axis=1)
            yield np.where(missing, -1, np.nan_to_num(block).argmax(axis=1)).astype(np.float64)
        at += column.width
