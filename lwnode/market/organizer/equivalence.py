# SPDX-License-Identifier: Apache-2.0
"""Whether two learnwares are the same to a user: the same question, the same sketch, the same answers.

Rules
-----
* The question comes first: schema, task, target, classes, the model's inputs and the labels of a labelled
  specification must be equal.  Nothing that differs in one of them is ever compared further.
* Two sketches are *alike* when their squared MMD is no more than what their residuals and their numbers of rows
  explain.  Noise must not explain everything: where it reaches a large part of the way to the public reference, the
  sketches are too coarse to be called alike.
* Two sketches are *the same* when they are far nearer than two draws could be: one was made from the other.
* Two models are asked at the points of both specifications, where their data were: elsewhere even equal ones guess
  differently.  They give the same answer where no output differs by more than half of that output's spread over these
  points, so that a rare class does not make all models alike.
* Alike sketches are not enough: hospitals with like patients have them too, and each is worth asking.  As long as the
  models were not asked only the same sketch counts; where they were and their answers differ, nothing does.

Called by `lwnode.market.organizer.folding`.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lwnode.documents import Card
from lwnode.market.dependence import ONE_SIDED
from lwnode.market.entry import Entry
from lwnode.specification.kernels import gaussian
from lwnode.specification.labelled import labelled_mmd2
from lwnode.types import Matrix, Vector

SAME_ANSWERS = 0.95  # share of the points
PROBES = 30  # fewest points that say something
_TOLERANCE = 0.5  # of an output's spread
_LEAST_SPREAD = 1e-6
_COARSE = 0.3  # of the way to the reference, squared, that noise may explain
_SAME_SKETCH = 0.002  # of the squared distance that two draws would have on average
_ROUNDING = 1e-10  # of a squared distance


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Two models that were asked side by side.

    Parameters
    ----------
    share : float
        Of the points, at which both gave the same answer; 0 where one of them gave none.
    points : int
    """

    share: float
    points: int


def agreement(first: Card, second: Card, one: Matrix, other: Matrix) -> Agreement | None:
    """Return at how many of the same points two models gave the same answer.

    Parameters
    ----------
    first, second : Card
    one, other : (q, outputs) float64
        Their answers at the points of both specifications: probabilities in the order of the card's classes, or values.

    Returns
    -------
    Agreement or None
        None where the points are too few to say something.
    """
    if one.shape != other.shape or len(one) < PROBES:
        return None
    a, b = _ordered(first, one), _ordered(second, other)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return Agreement(share=0.0, points=len(a))
    spread = np.sqrt((a.var(axis=0) + b.var(axis=0)) / 2.0)
    near = np.abs(a - b) <= np.maximum(_TOLERANCE * spread, _LEAST_SPREAD)
    return Agreement(share=float(near.all(axis=1).mean()), points=len(a))


def _ordered(card: Card, values: Matrix) -> Matrix:
    """Return the answers with the columns in alphabetical order of the classes."""
    return values[:, sorted(range(len(card.classes)), key=card.classes.__getitem__)] if card.classes else values


@dataclass(frozen=True, kw_only=True, eq=False)  # without slots: `cached_property` needs the dictionary
class Candidate:
    """A learnware with what folding must know of it."""

    entry: Entry

    @cached_property
    def question(self) -> Hashable:
        """What must be equal before two learnwares are compared."""
        card, sketch = self.entry.card, self.entry.specification.card
        inputs = frozenset((item.name, item.type, item.unit, frozenset(item.levels)) for item in card.inputs)
        labels = frozenset(sketch.labels), sketch.label_edges
        return self.entry.schema, card.task, card.target, frozenset(card.classes), inputs, card.encoder, labels

    @cached_property
    def spread(self) -> float:
        """Mean squared entry of the centred kernel over the points, off the diagonal: how pairs of rows vary."""
        spec = self.entry.framed
        kernel, weights = gaussian(spec.points, spec.points, spec.gamma), spec.weights
        means = kernel @ weights
        centred = kernel - means[:, None] - means + float(weights @ means)
        pairs = np.outer(weights, weights)
        np.fill_diagonal(pairs, 0.0)
        total = float(pairs.sum())
        return float((pairs * centred**2).sum()) / total if total > _ROUNDING else 0.0

    @cached_property
    def scalars(self) -> Vector:
        """Squared residual, 1 / rows, squared norm of the embedding, and variance of the squared residual, (4,)."""
        spec = self.entry.framed
        noise = (2.0 * np.sqrt(spec.residual2) * spec.noise + spec.noise**2) ** 2
        return np.array([spec.residual2, 1.0 / spec.rows, spec.norm2, noise])


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Two learnwares whose sketches are alike.

    Parameters
    ----------
    distance2, explained2 : float
        Squared MMD, and what noise explains at most, in the first one's frame.
    same_sketch : bool
        Nearer than two draws could be.
    agreement : Agreement or None
        None where the models were not asked side by side.
    """

    distance2: float
    explained2: float
    same_sketch: bool
    agreement: Agreement | None

    @property
    def folds(self) -> bool:
        """Whether they are the same to a user."""
        return self.same_sketch if self.agreement is None else self.agreement.share >= SAME_ANSWERS

    @property
    def reason(self) -> str:
        """Why, in words."""
        sketch = "the very same sketch" if self.same_sketch else "same sketch, as far as its noise can tell,"
        if self.agreement is None:
            return f"{sketch}; the models were not run side by side"
        return f"{sketch} and same answers on {self.agreement.share:.0%} of {self.agreement.points} of their points"


def likeness(first: Candidate, second: Candidate, agreed: Agreement | None = None) -> Likeness | None:
    """Return in what two learnwares are alike, or None where their sketches are not.

    Parameters
    ----------
    first, second : Candidate
        Where their profiles differ in bounds or γ, the sketches must be alike in the frame of either.
    agreed : Agreement, optional
        Of their models, where they were asked side by side.

    Notes
    -----
    O(m²·width) time.
    """
    if first.question != second.question:
        return None
    found = _compared(first, second)
    if first.entry.profile != second.entry.profile:
        back = _compared(second, first)
        found = found if found[0] * back[1] >= back[0] * found[1] else back
    distance2, expected2, explained2, coarse = found
    same = distance2 <= max(_SAME_SKETCH * expected2, _ROUNDING)
    if same and first.entry.specification.labels is not None:
        same = labelled_mmd2(first.entry.specification, second.entry.specification) <= max(
            _SAME_SKETCH * expected2, _ROUNDING
        )
    if not same and (coarse or distance2 > explained2):
        return None
    return Likeness(distance2=distance2, explained2=explained2, same_sketch=same, agreement=agreed)


def noise_explains(first: Candidate, others: Matrix) -> tuple[Vector, Vector]:
    """Return the squared MMD that sketches of one source have on average, and at most in 95 of 100 cases.

    Parameters
    ----------
    first : Candidate
    others : (k, 4) float64
        `Candidate.scalars` of the sketches that it is compared with.

    Returns
    -------
    expected, most : (k,) float64

    Notes
    -----
    Residuals and draws of rows are independent of each other, so their squares add up; the inner product of two
    independent errors of norms a and b has a variance of a²·b² over the kernel's effective number of dimensions.
    """
    spec, own = first.entry.framed, first.scalars
    own_residual, residual = own[0], others[:, 0]
    rows = (1.0 - np.minimum(own[2], others[:, 2])) * (own[1] + others[:, 1])
    cross = 4.0 * (own_residual * residual + (own_residual + residual) * rows) + 2.0 * rows**2
    dimensions = max((1.0 - spec.norm2) ** 2 / max(first.spread, _ROUNDING), 1.0)
    expected = own_residual + residual + rows
    return expected, expected + ONE_SIDED * np.sqrt(cross / dimensions + own[3] + others[:, 3])


def _compared(first: Candidate, second: Candidate) -> tuple[float, float, float, bool]:
    """Return squared distance, what noise explains on average and at most, and whether that is too much, in a frame."""
    a = first.entry.framed
    b = second.entry.framed_in(first.entry.profile)
    cross = float(a.weights @ gaussian(a.points, b.points, a.gamma) @ b.weights)
    (expected,), (most,) = noise_explains(first, second.scalars[None])
    coarse = most > _COARSE * min(a.reference2, b.reference2)
    return max(a.norm2 - 2.0 * cross + b.norm2, 0.0), float(expected), float(most), bool(coarse)
