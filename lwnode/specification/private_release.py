# SPDX-License-Identifier: Apache-2.0
"""The private release: a noised mean embedding, points fitted to it, and the noised figures beside them.

Rules
-----
* Rows are read four times and no more: for the embedding, the shares of the classes, the residual, the tail level.
  Each reading ends in one Gaussian release (`lwnode.specification.plan`); everything else sees noised numbers only.
* A labelled embedding is ``f(x) ⊗ onehot(label)`` (Harder, Adamczewski and Park, AISTATS 2021): a block for each
  class.  Points of a class are fitted to its block, and weigh together what its noised share says.

Called by `lwnode.specification.release.specify`, which has checked the arguments.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from lwnode.documents import Privacy, Profile, SpecificationCard
from lwnode.errors import SpecificationError
from lwnode.specification.accounting import published_rows
from lwnode.specification.embedding import embedding
from lwnode.specification.features import RandomFeatures
from lwnode.specification.frame import blocks, box, public_start
from lwnode.specification.labels import Classes, Labels, in_steps, normalised, points_for
from lwnode.specification.noise import noised
from lwnode.specification.plan import Plan, plan_release
from lwnode.specification.posterior_fit import fit_posterior
from lwnode.specification.reduced_set import Specification, unmeasured
from lwnode.specification.scalars import count_below, private_tail, residual
from lwnode.types import Matrix, Progress, Vector, part

_MOST_LEVEL = 0.9


def private_release(
    raw: Matrix,
    profile: Profile,
    *,
    epsilon: float,
    delta: float | None,
    rows_per_person: int,
    size: int,
    labels: Labels | None,
    labelled: bool,
    rng: np.random.Generator,
    progress: Progress,
) -> Specification:
    """Release an embedding, fit points to it, release shares, residual and tail level; parameters as `specify`.

    Raises
    ------
    PrivacyBudgetError
        Too few rows.
    SpecificationError
        Bounds from the data themselves.
    """
    if profile.origin == "own data":
        raise SpecificationError(
            "bounds taken from the data themselves cannot carry a private specification",
            hint="type the bounds in, or use a partner's profile",
        )
    n, of = len(raw), embedding(profile)
    plan = plan_release(
        n,
        reach=of.reach,
        epsilon=epsilon,
        delta=delta,
        rows_per_person=rows_per_person,
        blocks=labels.count if labels is not None and labelled else 1,
        shares=labels is not None,
    )
    shares = None if labels is None else noised(labels.shares, plan.shares_noise, rng)
    if labels is not None and labelled and shares is not None:
        points, weights, of_points = _fit_classes(raw, profile, plan, labels, normalised(shares), size, rng, progress)
    else:
        points, weights = _fit_block(raw, profile, plan, size, rng, progress)
        of_points = None
    draft = unmeasured(profile, points, weights, of_points)
    progress(0.7, "measuring the residual")
    exact = np.array([residual(draft.frame, draft.weights, profile, raw)])
    released = max(float(noised(exact, plan.residual_noise, rng)[0]), 0.0)
    progress(0.9, "counting covered rows")
    tail = private_tail(draft.frame, draft.weights, profile.gamma)
    share = np.array([count_below(draft.frame, draft.weights, tail, profile, raw) / n])
    level = float(noised(share, plan.count_noise / n, rng)[0])
    card = SpecificationCard(
        profile=profile.id,
        rows=published_rows(n),
        privacy=Privacy(
            mode="private", epsilon=plan.epsilon, delta=plan.delta, mu=plan.mu, rows_per_person=rows_per_person
        ),
        frequencies=of.count // 2 if isinstance(of, RandomFeatures) else 0,
        landmarks=0 if isinstance(of, RandomFeatures) else of.count,
        residual2=max(released**2 - plan.residual_noise**2, 0.0),
        residual_noise=plan.residual_noise,
        tail=tail,
        level=min(max(round(level, 6), 0.0), _MOST_LEVEL),
        labels=labels.names if labels is not None and labelled else (),
        label_edges=labels.edges if labels is not None and labelled else (),
        shares=() if shares is None else in_steps(shares),
        shares_of=labels.names if labels is not None and not labelled else (),
    )
    return dataclasses.replace(draft, card=card)


def _fit_block(
    raw: Matrix, profile: Profile, plan: Plan, size: int, rng: np.random.Generator, progress: Progress
) -> tuple[Matrix, Vector]:
    """Release the embedding of all rows and fit points to it."""
    progress(0.0, "averaging the rows")
    target = noised(embedding(profile).mean(blocks(profile, raw)), plan.embedding_noise, rng)
    return _fit(target, profile, size, plan.embedding_noise, part(progress, 0.2, 0.7))


def _fit_classes(
    raw: Matrix,
    profile: Profile,
    plan: Plan,
    labels: Labels,
    shares: Vector,
    size: int,
    rng: np.random.Generator,
    progress: Progress,
) -> tuple[Matrix, Vector, Classes]:
    """Release the embedding of each class and fit points to it; points, weights and the points' labels."""
    of = embedding(profile)
    points, weights, of_points = [], [], []
    many = points_for(shares, size)
    for label in range(labels.count):
        rows = labels.rows(label)
        share, at = float(shares[label]), label / labels.count
        progress(0.6 * at, "averaging the rows of a class")
        mean = of.mean(blocks(profile, raw[rows])) * len(rows) if len(rows) else np.zeros(of.count)
        block = noised(mean / len(raw), plan.embedding_noise, rng)
        if not many[label]:
            continue
        stage = part(progress, 0.6 * at, 0.6 * (at + 1.0 / labels.count))
        Z, b = _fit(block / share, profile, int(many[label]), plan.embedding_noise / share, stage)
        points.append(Z)
        weights.append(share * b)
        of_points.append(np.full(len(b), label))
    return np.concatenate(points), np.concatenate(weights), np.concatenate(of_points)


def _fit(target: Vector, profile: Profile, size: int, noise: float, progress: Progress) -> tuple[Matrix, Vector]:
    """Fit points to a target whose coordinates have noise of this standard deviation."""
    low, high = box(profile)
    start, of = public_start(profile, size), embedding(profile)
    return fit_posterior(target, of, noise=noise, start=start, low=low, high=high, progress=progress)
