# SPDX-License-Identifier: Apache-2.0
"""The releases without noise: points fitted to the rows themselves, and figures measured on them.

Rules
-----
* Both guarantee nothing.  *No-noise* repeats no row and keeps away from single ones: it begins at public points, has
  at least three rows behind a point on average, and leaves a class of fewer than ten rows out of a labelled
  specification.  *Public* is the best fit there is.
* Nothing is random: the same rows, weights and profile give the same bytes.
* Figures are measured on a sample of 6,000 to 16,000 rows where there are more.

Called by `lwnode.specification.release.specify`, which has checked the arguments.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Privacy, Profile, SpecificationCard
from lwnode.errors import SpecificationError
from lwnode.specification.accounting import published_rows
from lwnode.specification.copies import near_copies
from lwnode.specification.exact_fit import FAST, WEIGHT_ROWS, Effort, fit_exact, weigh
from lwnode.specification.frame import blocks, box, from_frame, public_start, to_frame
from lwnode.specification.kernels import gaussian
from lwnode.specification.labels import Classes, Labels, in_steps, points_for
from lwnode.specification.reduced_set import SMALLEST_WEIGHT, Specification, unmeasured
from lwnode.specification.scalars import EXACT_LEVEL, cross_fitted_tail, exact_tail, residual
from lwnode.types import Matrix, PrivacyMode, Progress, Vector, part, silent

Positions: TypeAlias = NDArray[np.intp]
Fit: TypeAlias = Callable[[Positions, int, Progress, Effort | None], tuple[Matrix, Vector]]

_FEWEST_ROWS, _ROWS_PER_POINT = 10, 3  # at least, the latter on average, without noise
_CROSS_FIT = 40  # fewer rows per point than this: the tail comes from rows that were left out
_MEASURED_ROWS, _MEASURED_CELLS, _FEW_MEASURED = 16_000, 800_000, 6_000  # on which one without noise is measured
_FOLD = Effort(iterations=30, landmarks=400)


def exact_release(
    raw: Matrix,
    profile: Profile,
    *,
    privacy: PrivacyMode,
    rows_per_person: int,
    size: int,
    labels: Labels | None,
    labelled: bool,
    row_weights: Vector | None,
    progress: Progress,
) -> Specification:
    """Fit to the rows and measure the result; parameters as `specify`, weights with sum 1.

    Raises
    ------
    SpecificationError
        Too few rows for a specification without noise.
    """
    n = len(raw)
    if privacy == "no-noise" and n < _FEWEST_ROWS:
        raise SpecificationError(
            f"{n} rows are too few for a specification without noise: it would follow single rows",
            hint=f"at least {_FEWEST_ROWS} rows would do",
        )

    def fit(rows: Positions, size: int, progress: Progress, effort: Effort | None) -> tuple[Matrix, Vector]:
        weights = None if row_weights is None else row_weights[rows]
        return _fit(raw, rows, weights, profile, privacy, size, effort, progress)

    counted = _shares(labels, row_weights)
    stage = part(progress, 0.0, 0.6)
    if labels is not None and labelled:
        points, weights, of_points = _fit_classes(fit, labels, counted, privacy, size, stage)
    else:
        points, weights = fit(np.arange(n), size, stage, None)
        of_points = None
    draft = unmeasured(profile, points, weights, of_points)
    progress(0.6, "measuring the residual")
    most = min(_MEASURED_ROWS, max(_FEW_MEASURED, _MEASURED_CELLS // profile.width))  # wider rows fit less well
    rows, shares = _sample(n, row_weights, most, profile)
    measured = raw[rows]
    norm2 = float(draft.weights @ gaussian(draft.frame, draft.frame, profile.gamma) @ draft.weights)
    spread = 1.0 / n if row_weights is None else float(row_weights @ row_weights)
    taken = 1.0 / len(rows) if shares is None else float(shares @ shares)
    excess2 = (1.0 - norm2) * max(taken - spread, 0.0)  # a sample's own distance from all rows, squared
    residual2 = max(residual(draft.frame, draft.weights, profile, measured, shares) ** 2 - excess2, 0.0)
    progress(0.8, "finding the tail")
    if n < _CROSS_FIT * len(points):
        effort = FAST if privacy == "public" else _FOLD  # k-means alone gives tails that hold as well
        tail = cross_fitted_tail(lambda some: fit(some, size, silent, effort)[0], profile, raw, row_weights)
    else:
        tail = exact_tail(draft.frame, profile, measured, shares)
    card: SpecificationCard = dataclasses.replace(
        draft.card,
        rows=published_rows(n),
        privacy=Privacy(mode=privacy, rows_per_person=rows_per_person),
        residual2=residual2,
        tail=tail,
        level=EXACT_LEVEL,
        labels=labels.names if labels is not None and labelled else (),
        label_edges=labels.edges if labels is not None and labelled else (),
        shares=() if labels is None else in_steps(counted),
        shares_of=labels.names if labels is not None and not labelled else (),
    )
    return dataclasses.replace(draft, card=card)


def _shares(labels: Labels | None, row_weights: Vector | None) -> Vector:
    """Return what each class weighs, (C,)."""
    if labels is None:
        return np.empty(0)
    if row_weights is None:
        return labels.shares
    known = labels.of_rows >= 0
    return np.bincount(labels.of_rows[known], weights=row_weights[known], minlength=labels.count).astype(np.float64)


def _fit_classes(
    fit: Fit, labels: Labels, shares: Vector, privacy: PrivacyMode, size: int, progress: Progress
) -> tuple[Matrix, Vector, Classes]:
    """Fit points to each class: points, weights and the points' labels."""
    fewest = _FEWEST_ROWS if privacy == "no-noise" else 1
    enough = np.bincount(labels.of_rows[labels.of_rows >= 0], minlength=labels.count) >= fewest
    shares = np.where(enough, shares, 0.0)
    if not shares.sum() > 0.0:
        raise SpecificationError(
            f"no class has {fewest} rows with a label", hint="leave the labels out, or name the classes as the rows do"
        )
    points, weights, of_points = [], [], []
    many = points_for(shares, size)
    for label in np.flatnonzero(many):
        stage = part(progress, label / labels.count, (label + 1) / labels.count)
        Z, b = fit(labels.rows(int(label)), int(many[label]), stage, None)
        points.append(Z)
        weights.append(b * shares[label] / shares.sum())
        of_points.append(np.full(len(b), label))
    return np.concatenate(points), np.concatenate(weights), np.concatenate(of_points)


def _fit(
    raw: Matrix,
    rows: Positions,
    row_weights: Vector | None,
    profile: Profile,
    privacy: PrivacyMode,
    size: int,
    effort: Effort | None,
    progress: Progress,
) -> tuple[Matrix, Vector]:
    """Return points in the frame, and weights: the best there are, or points of which none repeats a row."""
    public = privacy == "public"
    size = size if public else min(size, max(1, len(rows) // _ROWS_PER_POINT))
    low, high = box(profile)
    X, shares = _framed(raw, rows, row_weights, profile)
    points, weights = fit_exact(
        X,
        size=size,
        gamma=profile.gamma,
        seed=profile.seed,
        low=low,
        high=high,
        row_weights=shares,
        start=None if public else public_start(profile, size),
        effort=effort,
        progress=progress,
    )
    if public:
        return points, weights
    stored = to_frame(profile, from_frame(profile, points).astype(np.float64))
    kept = ~near_copies(stored, profile, raw) & (weights > SMALLEST_WEIGHT)
    if not kept.any():
        raise SpecificationError(
            "every point repeats a row: the rows are too few for a fit without noise",
            hint="add rows, or make a private specification",
        )
    return points[kept], weigh(points[kept], X, profile.gamma, shares)


def _framed(
    raw: Matrix, rows: Positions, row_weights: Vector | None, profile: Profile
) -> tuple[NDArray[np.float32], Vector | None]:
    """Return the rows that a fit looks at, in the frame, and their shares."""
    chosen, shares = _sample(len(rows), row_weights, WEIGHT_ROWS, profile)
    X, at = np.empty((len(chosen), profile.width), dtype=np.float32), 0
    for block in blocks(profile, raw, rows[chosen]):
        X[at : at + len(block)] = block
        at += len(block)
    return X, shares


def _sample(n: int, row_weights: Vector | None, most: int, profile: Profile) -> tuple[Positions, Vector | None]:
    """Return all positions, or as many as a figure needs, with their shares; always the same ones."""
    shares = None if row_weights is None else row_weights / row_weights.sum()
    if n <= most:
        return np.arange(n), shares
    rng = np.random.default_rng((profile.seed, 4))
    if shares is None:
        return rng.choice(n, most, replace=False), None
    return rng.choice(n, most, p=shares), None
