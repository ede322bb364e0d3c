# SPDX-License-Identifier: Apache-2.0
"""Specifications as the product makes them, and the entries that a market has of them.

========  ==============================================================================================================
exact     ``privacy="public"``: the best fit there is; points may repeat rows
no-noise  the public start fitted to the rows; no guarantee
ε = 2, 1  private; the shares of a classifier's classes are noised within the same ε
========  ==============================================================================================================

γ of a table's frame is 1 / number of columns at first.  Owners who publish in its second version follow what the first
ten owners' points say (`lwnode.market.profile_versions`), these ten drawing a second time; nobody's rows are pooled.

Called by the experiments.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lwnode.documents import Card, Input, Profile, Semantic
from lwnode.market import Entry
from lwnode.market.profile_versions import ENOUGH, next_version
from lwnode.reuse import Framed
from lwnode.specification import Labels, Specification, specify
from lwnode.types import Matrix, Task

EXACT, NO_NOISE, TWO, ONE = "exact", "no-noise", "ε = 2", "ε = 1"
KINDS = (EXACT, NO_NOISE, TWO, ONE)
_EPSILON = {TWO: 2.0, ONE: 1.0}
POINTS = 50


def sketch(
    raw: Matrix, profile: Profile, kind: str, seed: Sequence[int], labels: Labels | None = None
) -> Specification:
    """Return the specification of rows.

    Parameters
    ----------
    raw : (n, width) float64, raw
    profile : Profile
    kind : str
        One of `KINDS`.
    seed : sequence of int
        Of the noise: a benchmark is repeated, which a publisher's noise never may be.
    labels : Labels, optional
        Classes of the rows; the card then says their shares.
    """
    if kind in _EPSILON:
        rng = np.random.default_rng(list(seed))
        return specify(
            raw, profile, privacy="private", epsilon=_EPSILON[kind], size=POINTS, labels=labels, rng=rng
        )  # fmt: skip
    return specify(raw, profile, privacy="public" if kind == EXACT else "no-noise", size=POINTS, labels=labels)


def second_version(profile: Profile, owners: Sequence[Matrix], kind: str, seed: int) -> Profile:
    """Return the frame's next version, as the first owners' specifications in the first one propose it.

    Parameters
    ----------
    profile : Profile
    owners : sequence of (n, width) float64, raw
        Each owner's rows, of which the first ten are sketched.
    kind : str
    seed : int
    """
    first = [(f"owner {at}", sketch(raw, profile, kind, (seed, at, 1))) for at, raw in enumerate(owners[:ENOUGH])]
    return next_version(profile, first).profile or profile


def entry(
    name: str,
    specification: Specification,
    *,
    task: Task = "regression",
    classes: tuple[str, ...] = (),
    temperature: float | None = None,
) -> Entry:
    """Return a learnware as the market sees it."""
    inputs = tuple(Input(name=column.name, type="number") for column in specification.profile.features)
    card = Card(
        family="benchmark", task=task, inputs=inputs, classes=classes, target="target", temperature=temperature,
        encoder=specification.profile.encoder,
    )  # fmt: skip
    about = Semantic(name=name, description="One learnware of an experiment.", scenario=("Business",), license="MIT")
    return Entry(id=name, name=name, organisation=name, semantic=about, card=card, specification=specification)


def framed(entries: Sequence[Entry]) -> tuple[Framed, ...]:
    """Return learnwares in the user's own frame, for the methods that need their points."""
    specs = [item.framed for item in entries]
    return tuple(Framed(points=spec.points, weights=spec.weights, noise=spec.noise) for spec in specs)
