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
* Two models are asked at the same probe points, and compared at those where the data of one of them were: elsewhere
  even equal ones guess differently.  They give the same answer where no output differs by more than half of that
  output's spread over these points, so that a rare class does not make all models alike.
* Alike sketches are not enough: hospitals with like patients have them too, and each is worth asking.  Without answers
  only the same sketch counts; where answers are known and differ, nothing does.

Called by `lwnode.market.organizer.folding`.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lwnode.market.dependence import ONE_SIDED
from lwnode.market.entry import Entry
from lwnode.specification.frame import to_frame
from lwnode.specification.kernels import gaussian, squared_distances
from lwnode.specification.labelled import labelled_mmd2
from lwnode.types import Mask, Matrix, Vector

SAME_ANSWERS = 0.95  # share of the points
PROBES = 30  # fewest points that say something
_TOLERANCE = 0.5  # of an output's spread
_LEAST_SPREAD = 1e-6
_COARSE = 0.3  # of the way to the reference, squared, that noise may explain
_SAME_SKETCH = 0.002  # of the squared distance that two draws would have on average
_ROUNDING = 1e-10  # of a squared distance


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """What a model answered at the probe points, which are the same for all learnwares of a schema.

    Parameters
    ----------
    values : (q, outputs) float64
        Probabilities in the order of its classes, or one value.
    own : (q,) bool
        Points that pass its specification's tail test: its data were there.
    """

    values: Matrix
    own: Mask


def answers_at(entry: Entry, probes: Matrix, values: Matrix) -> Answers:
    """Return a model's answers with the points where its data were.

    Parameters
    ----------
    entry : Entry
    probes : (q, width) float64, raw units
        Such as the points of the specifications of an island, drawn by their weights.
    values : (q, outputs) float64
    """
    spec = entry.framed
    return Answers(values=values, own=spec.covers(squared_distances(to_frame(entry.profile, probes), spec.points)))


@dataclass(frozen=True, kw_only=True, eq=False)  # without slots: `cached_property` needs the dictionary
class Candidate:
    """A learnware with what folding must know of it.

    Parameters
    ----------
    entry : Entry
    answers : Answers or None
        None where the model was not run.

    Raises
    ------
    ValueError
        Answers that are not one row for each point and one column for each output.
    """

    entry: Entry
    answers: Answers | None = None

    def __post_init__(self) -> None:
        """Refuse answers that cannot be this model's."""
        if self.answers is None:
            return
        values, outputs = self.answers.values, len(self.entry.card.classes)
        if values.ndim != 2 or (outputs and values.shape[1] != outputs) or self.answers.own.shape != values.shape[:1]:
            raise ValueError("answers have one row for each probe point and one column for each output")

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

    @property
    def ordered_values(self) -> Matrix | None:
        """The answers with the columns in alphabetical order of the classes."""
        classes = self.entry.card.classes
        if self.answers is None or not classes:
            return None if self.answers is None else self.answers.values
        return self.answers.values[:, sorted(range(len(classes)), key=classes.__getitem__)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Two learnwares that are the same to a user.

    Parameters
    ----------
    distance2, explained2 : float
        Squared MMD, and what noise explains at most, in the first one's frame.
    same_sketch : bool
        Nearer than two draws could be.
    agreement : float or None
        Share of the points of either at which both give the same answer; None where one was not run.
    points : int
        These points; 0 where one was not run.
    """

    distance2: float
    explained2: float
    same_sketch: bool
    agreement: float | None
    points: int

    @property
    def reason(self) -> str:
        """Why, in words."""
        sketch = "the very same sketch" if self.same_sketch else "same sketch, as far as its noise can tell,"
        if self.agreement is None:
            return f"{sketch}; the models were not run side by side"
        return f"{sketch} and same answers on {self.agreement:.0%} of {self.points} of its points"


def likeness(first: Candidate, second: Candidate) -> Likeness | None:
    """Return in what two learnwares are the same to a user, or None where they are not.

    Parameters
    ----------
    first, second : Candidate
        Where their profiles differ in bounds or γ, the sketches must be alike in the frame of either.

    Notes
    -----
    O(m²·width) time.
    """
    if first.question != second.question:
        return None
    agreement, points = _agreement(first, second)
    if agreement is not None and agreement < SAME_ANSWERS:
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
    alike = agreement is not None and not coarse and distance2 <= explained2
    if not (same or alike):
        return None
    return Likeness(distance2=distance2, explained2=explained2, same_sketch=same, agreement=agreement, points=points)


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


def _agreement(first: Candidate, second: Candidate) -> tuple[float | None, int]:
    """Return at which share of their points two models give the same answer, and how many points these are."""
    a, b = first.ordered_values, second.ordered_values
    if first.answers is None or second.answers is None or a is None or b is None or a.shape != b.shape:
        return None, 0
    points = first.answers.own | second.answers.own
    count = int(points.sum())
    if count < PROBES:
        return None, 0
    a, b = a[points], b[points]
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return 0.0, count
    spread = np.sqrt((a.var(axis=0) + b.var(axis=0)) / 2.0)
    near = np.abs(a - b) <= np.maximum(_TOLERANCE * spread, _LEAST_SPREAD)
    return float(near.all(axis=1).mean()), count
