# SPDX-License-Identifier: Apache-2.0
"""Whether the model and the specification it is published with belong together.

The model is asked about the points of its own specification.  What it says there must be possible under its card, and
should look like what was published of its data: the shares of the classes, the labels of the points, the bounds of the
target.

Rules
-----
* Points of a private specification are noised, and points stand for many rows each: agreement is expected to be lower
  than on rows, and only a gap far beyond that is a finding.  The allowances stand here, with what was measured.
* A refusal only where names contradict each other; a gap always warns.

Called by the checker.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from lwnode.archive import Learnware
from lwnode.checker.report import listed, refuse, warn
from lwnode.documents import Card, SpecificationCard
from lwnode.errors import Finding
from lwnode.specification import Specification
from lwnode.types import Matrix, Vector

_EVEN: Final = 1e-6  # spread of answers, of the largest, below which they are one answer
_FEWEST: Final = 5  # points, below which nothing is said of them all
_SHARES: Final = {"private": 0.3, "no-noise": 0.2, "public": 0.2, "imported": 0.3}
"""Largest difference of the classes' shares, half the sum of the differences, by privacy of the points.

Honest learnwares (two hospitals of the sample and two made-up tables, 300 to 3,000 rows, three draws): at most 0.16 at
ε = 0.5, 0.11 at ε = 1, 0.07 at ε = 4, 0.07 without noise.
"""
_AGREEMENT: Final = {"private": 0.15, "no-noise": 0.1, "public": 0.1, "imported": 0.15}
"""How far below its published accuracy a model may agree with labelled points, beside the points' own chance.

The same learnwares, chance taken off: at most 0.03 at ε = 0.5, else they agreed better than published.
"""
_Z: Final = 2.0  # standard deviations of the points' chance
_BEYOND: Final = 0.1  # of the target's range: how far outside its bounds a value is rounding or care
_OUTSIDE: Final = 0.2  # share of the answers that may lie beyond that

_BELONG = (
    "publisher: check that model and sketch are of the same rows, and draft again; "
    "user: try it on labelled rows of your own first"
)


def check_consistency(ware: Learnware, answers: Matrix) -> Iterator[Finding]:
    """Yield where a model's answers to its specification's points are not what its publisher says of its data.

    Parameters
    ----------
    ware : Learnware
    answers : (m, k) float64
        To the points, in their order; as `lwnode.checker.answers` lets them pass.
    """
    yield from _constant(answers)
    if ware.card.task == "classification":
        yield from _shares(ware, answers)
        yield from _agreement(ware, answers)
    if ware.card.task == "regression":
        yield from _bounds(ware, answers[:, 0])


def check_labels(ware: Learnware) -> Iterator[Finding]:
    """Yield where the specification names classes that its model does not know."""
    card, theirs = ware.specification.card, ware.card
    for names in (card.labels if not card.label_edges else (), card.shares_of):
        if theirs.task == "classification" and (odd := [name for name in names if name not in theirs.classes]):
            message = f"the specification counts classes that the model does not know: {listed(odd)}"
            hint = "its publisher must name the classes alike and publish again; do not use it until then"
            yield refuse("label-names", message, hint, "specification.json")


def _constant(answers: Matrix) -> Iterator[Finding]:
    """Find a model that says the same whatever it is asked."""
    spread = float(np.ptp(answers, axis=0).max())
    if len(answers) >= _FEWEST and spread <= _EVEN * max(float(np.abs(answers).max()), 1e-30):
        yield warn(
            "answers-constant",
            f"the model gives one and the same answer to all {len(answers)} points of its own data",
            "publisher: train it again, with columns that tell something; user: it tells you nothing about a row",
            "model.onnx",
        )


def expected_shares(card: SpecificationCard, model: Card, spec: Specification) -> Vector | None:
    """Return what share each class of the model has by its specification, (C,), or None where it is not said."""
    names = card.shares_of or (() if card.label_edges else card.labels)
    if not names or set(names) != set(model.classes):
        return None
    shares = np.array(card.shares) if card.shares else _weighed(spec, len(names))
    place = {name: at for at, name in enumerate(names)}
    return shares[[place[name] for name in model.classes]]


def _weighed(spec: Specification, count: int) -> Vector:
    assert spec.labels is not None
    return np.bincount(spec.labels, weights=spec.weights, minlength=count).astype(np.float64)


def _shares(ware: Learnware, answers: Matrix) -> Iterator[Finding]:
    """Hold the mean probability of each class against its share."""
    spec = ware.specification
    stated = expected_shares(spec.card, ware.card, spec)
    if stated is None or len(answers) < _FEWEST:
        return
    given = spec.weights @ answers
    gap = 0.5 * float(np.abs(given - stated).sum())
    if gap > _SHARES[spec.card.privacy.mode]:
        most = int(np.argmax(np.abs(given - stated)))
        yield warn(
            "shares-differ",
            f"over its own points the model expects {given[most]:.0%} of '{ware.card.classes[most]}', and its "
            f"specification says {stated[most]:.0%}",
            _BELONG,
            "specification.json",
        )


def _agreement(ware: Learnware, answers: Matrix) -> Iterator[Finding]:
    """Hold the model's labels of labelled points against theirs."""
    spec, claimed = ware.specification, {figure.name: figure for figure in ware.card.figures}
    if spec.labels is None or spec.card.label_edges or "accuracy" not in claimed or len(answers) < _FEWEST:
        return
    place = {name: at for at, name in enumerate(ware.card.classes)}
    truth = np.array([place.get(name, -1) for name in spec.card.labels])[spec.labels]
    agreement = float(spec.weights @ (answers.argmax(axis=1) == truth))
    chance = math.sqrt(max(agreement * (1.0 - agreement), 0.01) * float(spec.weights @ spec.weights))
    low = claimed["accuracy"].low
    if agreement + _Z * chance + _AGREEMENT[spec.card.privacy.mode] < low:
        yield warn(
            "accuracy-not-seen",
            f"its card claims an accuracy of at least {low:.2f}, and the model gives the labels of its own labelled "
            f"points with {agreement:.2f}",
            _BELONG,
            "card.json",
        )


def target_bounds(ware: Learnware) -> tuple[float, float] | None:
    """Return the public bounds of the target, where the profile or the specification's bins state them."""
    edges = ware.specification.card.label_edges
    if edges:
        return edges[0], edges[-1]
    target = ware.profile.target
    if target is None or target.low is None or target.high is None or target.name != ware.card.target:
        return None
    return target.low, target.high


def _bounds(ware: Learnware, values: Vector) -> Iterator[Finding]:
    """Hold values against the public bounds of their target."""
    bounds = target_bounds(ware)
    if bounds is None:
        return
    low, high = bounds
    room = _BEYOND * (high - low)
    outside = float(ware.specification.weights @ ((values < low - room) | (values > high + room)))
    if outside > _OUTSIDE:
        message = f"{outside:.0%} of the model's values for its own points lie outside the target's public bounds"
        yield warn("values-outside", message, _BELONG, "model.onnx")
