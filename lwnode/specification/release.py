# SPDX-License-Identifier: Apache-2.0
"""From rows to a specification: the three ways to make one, and what each is worth.

*private*
    The mean of random Fourier features is noised (analytic Gaussian mechanism), and points and weights are fitted to
    the noised mean from a public start: post-processing, so the whole carries (ε, δ)-differential privacy.  The
    residual and the tail level are noised as well and share the budget.
*no-noise*
    The same public start, fitted to the rows themselves; no point repeats a row, and at least three rows stand behind
    a point on average.  It guarantees nothing: rows that are one of a kind can still be traced.
*public*
    The best fit there is, for data that are public.  Points may repeat rows.

Rules
-----
* A pure function: rows and a generator go in, a specification comes out.  Nothing is charged and nothing is kept;
  whoever publishes draws once per data set and mechanism (`lwnode.specification.plan.mechanism`) and charges the
  ledger.
* The generator is used for the noise of a private specification only, and nothing else is random: without noise, the
  same rows and profile give the same bytes.
* Rows pass through the frame in blocks or as a sample of bounded size: memory does not grow with the table.
* The number of rows is published rounded down to two digits, and the noise of a private specification follows from
  that number alone.

A labelled specification is several of these, one for each class, whose budgets compose as any releases do; images and
texts enter as their encoder's rows under a profile that names the encoder.

Called by the node's drafts, the user's own requirement, and scripts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from lwnode.documents import Privacy, Profile, SpecificationCard
from lwnode.errors import SettingsError, SpecificationError
from lwnode.specification.accounting import published_rows
from lwnode.specification.copies import near_copies
from lwnode.specification.embedding_fit import fit_embedding, steps_for
from lwnode.specification.exact_fit import WEIGHT_ROWS, fit_exact, weigh
from lwnode.specification.features import frequencies, mean_features
from lwnode.specification.frame import blocks, box, from_frame, public_rows, to_frame
from lwnode.specification.kernels import gaussian
from lwnode.specification.noise import noised
from lwnode.specification.plan import plan_release
from lwnode.specification.reduced_set import POINT_LIMIT, Specification
from lwnode.specification.scalars import (
    EXACT_LEVEL,
    count_below,
    cross_fitted_tail,
    exact_tail,
    private_tail,
    residual,
)
from lwnode.types import Matrix, PrivacyMode, Progress, Vector, silent

_SMALLEST_WEIGHT = 1e-6  # lighter points are left out
_FEWEST_ROWS, _ROWS_PER_POINT = 10, 3  # at least, the latter on average, without noise
_CROSS_FIT = 40  # fewer rows per point than this: the tail comes from rows that were left out
_MEASURED_ROWS = 20_000  # rows on which a specification without noise is measured
_MOST_LEVEL = 0.9


def specify(
    raw: Matrix,
    profile: Profile,
    *,
    privacy: PrivacyMode,
    epsilon: float | None = None,
    delta: float | None = None,
    rows_per_person: int = 1,
    size: int = 50,
    rng: np.random.Generator | None = None,
    progress: Progress = silent,
) -> Specification:
    """Make the statistical specification of rows.

    Parameters
    ----------
    raw : (n, width) float64, raw
        See `lwnode.specification.frame`; what is not finite is missing.
    profile : Profile
        The frame; for a private specification its bounds may not come from the data themselves.
    privacy : {"private", "no-noise", "public"}
    epsilon, delta : float, optional
        For a private specification; δ follows from the number of rows where it is left out.
    rows_per_person : int
        Most rows that one person has; the caller has made sure of it.
    size : int
        Most points, 1 to 1,000.
    rng : numpy.random.Generator, optional
        Source of the noise; a private specification needs it, seeded from the system's cryptographic generator.
    progress : callable

    Raises
    ------
    PrivacyBudgetError
        Too few rows for this ε; its hint says how many rows, or which ε, would do.
    SpecificationError
        No rows, another width than the profile's, bounds from the data themselves for a private specification.
    SettingsError
        ε, δ, size or rows per person out of range, or given where they have no meaning.
    """
    raw = np.asarray(raw, dtype=np.float64)
    if raw.ndim != 2 or raw.shape[1] != profile.width:
        raise SpecificationError(f"rows of shape {raw.shape} do not have the {profile.width} columns of the profile")
    if len(raw) < 2:
        raise SpecificationError("a specification needs at least two rows")
    if not 1 <= size <= POINT_LIMIT:
        raise SettingsError(f"a specification has 1 to {POINT_LIMIT} points")
    if rows_per_person < 1:
        raise SettingsError("a person has at least one row")
    if privacy == "private":
        if epsilon is None:
            raise SettingsError("a private specification needs an epsilon", hint="1 is a good start")
        if rng is None:
            raise ValueError("a private specification needs a generator for its noise")
        return _private(raw, profile, epsilon, delta, rows_per_person, size, rng, progress)
    if epsilon is not None or delta is not None:
        raise SettingsError(f"a specification that is {privacy} has no epsilon or delta")
    return _exact(raw, profile, privacy, rows_per_person, size, progress)


def _private(
    raw: Matrix,
    profile: Profile,
    epsilon: float,
    delta: float | None,
    rows_per_person: int,
    size: int,
    rng: np.random.Generator,
    progress: Progress,
) -> Specification:
    """Release an embedding, fit points to it, release residual and tail level."""
    if profile.origin == "own data":
        raise SpecificationError(
            "bounds taken from the data themselves cannot carry a private specification",
            hint="type the bounds in, or use a partner's profile",
        )
    n = len(raw)
    plan = plan_release(n, epsilon=epsilon, delta=delta, rows_per_person=rows_per_person)
    progress(0.0, "averaging the rows")
    W = frequencies(profile.width, plan.frequencies, profile.gamma, profile.seed)
    target = noised(mean_features(blocks(profile, raw), W), plan.embedding_noise, rng)
    low, high = box(profile)
    points, weights = fit_embedding(
        target,
        W,
        start=_public_start(profile, size),
        low=low,
        high=high,
        steps=steps_for(plan.noise_norm, profile.width),
        progress=_part(progress, 0.2, 0.7),
    )
    draft = _draft(profile, points, weights)
    progress(0.7, "measuring the residual")
    exact = np.array([residual(draft.frame, draft.weights, profile, raw)])
    released = max(float(noised(exact, plan.residual_noise, rng)[0]), 0.0)
    progress(0.9, "counting covered rows")
    tail = private_tail(draft.frame, draft.weights, profile.gamma)
    share = np.array([count_below(draft.frame, draft.weights, tail, profile, raw) / n])
    level = float(noised(share, plan.count_noise / n, rng)[0])
    return dataclasses.replace(
        draft,
        card=SpecificationCard(
            profile=profile.id,
            rows=published_rows(n),
            privacy=Privacy(
                mode="private",
                epsilon=plan.epsilon,
                delta=plan.delta,
                mu=plan.mu,
                rows_per_person=rows_per_person,
            ),
            frequencies=plan.frequencies,
            residual2=max(released**2 - plan.residual_noise**2, 0.0),
            residual_noise=plan.residual_noise,
            tail=tail,
            level=min(max(round(level, 6), 0.0), _MOST_LEVEL),
        ),
    )


def _exact(
    raw: Matrix, profile: Profile, privacy: PrivacyMode, rows_per_person: int, size: int, progress: Progress
) -> Specification:
    """Fit to the rows themselves and measure without noise, on a sample where there are many."""
    n = len(raw)
    if privacy == "no-noise" and n < _FEWEST_ROWS:
        raise SpecificationError(
            f"{n} rows are too few for a specification without noise: it would follow single rows",
            hint=f"at least {_FEWEST_ROWS} rows would do",
        )
    fit = _public_fit if privacy == "public" else _fit_without_copies
    points, weights = fit(raw, profile, size, _part(progress, 0.0, 0.6))
    draft = _draft(profile, points, weights)
    progress(0.6, "measuring the residual")
    rows = _sample(raw, _MEASURED_ROWS, profile)
    norm2 = float(draft.weights @ gaussian(draft.frame, draft.frame, profile.gamma) @ draft.weights)
    excess2 = (1.0 - norm2) * (1.0 / len(rows) - 1.0 / n)  # a sample's own distance from all rows, squared
    residual2 = max(residual(draft.frame, draft.weights, profile, rows) ** 2 - excess2, 0.0)
    progress(0.8, "finding the tail")
    if n < _CROSS_FIT * len(points):
        tail = cross_fitted_tail(lambda some: fit(some, profile, size, silent), profile, raw)
    else:
        tail = exact_tail(draft.frame, profile, rows)
    card = dataclasses.replace(
        draft.card,
        rows=published_rows(n),
        privacy=Privacy(mode=privacy, rows_per_person=rows_per_person),
        residual2=residual2,
        tail=tail,
        level=EXACT_LEVEL,
    )
    return dataclasses.replace(draft, card=card)


def _public_fit(raw: Matrix, profile: Profile, size: int, progress: Progress) -> tuple[Matrix, Vector]:
    """Return the best points in the frame, and weights."""
    low, high = box(profile)
    X = to_frame(profile, _sample(raw, WEIGHT_ROWS, profile))
    return fit_exact(X, size=size, gamma=profile.gamma, seed=profile.seed, low=low, high=high, progress=progress)


def _fit_without_copies(raw: Matrix, profile: Profile, size: int, progress: Progress) -> tuple[Matrix, Vector]:
    """Return points in the frame of which none repeats a row, and weights."""
    size = min(size, max(1, len(raw) // _ROWS_PER_POINT))
    low, high = box(profile)
    X = to_frame(profile, _sample(raw, WEIGHT_ROWS, profile))
    points, weights = fit_exact(
        X,
        size=size,
        gamma=profile.gamma,
        seed=profile.seed,
        low=low,
        high=high,
        start=_public_start(profile, size),
        progress=progress,
    )
    stored = to_frame(profile, from_frame(profile, points).astype(np.float64))
    kept = ~near_copies(stored, profile, raw) & (weights > _SMALLEST_WEIGHT)
    if not kept.any():
        raise SpecificationError(
            "every point repeats a row: the rows are too few for a fit without noise",
            hint="add rows, or make a private specification",
        )
    return points[kept], weigh(points[kept], X, profile.gamma)


def _draft(profile: Profile, points: Matrix, weights: Vector) -> Specification:
    """Return points and weights as they will be stored, so that all figures are measured on what is published."""
    kept = weights > _SMALLEST_WEIGHT
    blank = SpecificationCard(
        profile=profile.id,
        rows=1,
        privacy=Privacy(mode="no-noise"),
        frequencies=0,
        residual2=0.0,
        residual_noise=0.0,
        tail=0.0,
        level=0.0,
    )
    return Specification(
        points=from_frame(profile, points[kept]),
        weights=weights[kept] / weights[kept].sum(),
        profile=profile,
        card=blank,
    )


def _public_start(profile: Profile, size: int) -> Matrix:
    return public_rows(profile, size, np.random.default_rng((profile.seed, 3)))


def _sample(raw: Matrix, most: int, profile: Profile) -> Matrix:
    """Return all rows, or as many of them as a figure needs; always the same ones."""
    if len(raw) <= most:
        return raw
    return raw[np.random.default_rng((profile.seed, 4)).choice(len(raw), most, replace=False)]


def _part(progress: Progress, low: float, high: float) -> Callable[[float | None, str], None]:
    """Return a progress callable for one stage of the whole."""
    return lambda share, doing: progress(None if share is None else low + share * (high - low), doing)
