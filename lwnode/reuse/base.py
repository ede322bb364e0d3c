# SPDX-License-Identifier: Apache-2.0
"""What every reuse method takes and gives.

A method is *fitted* on what is known of the learnwares (`Members`), on the user's own unlabelled rows (an `Evidence`)
and on labelled rows where there are any (`Labelled`); that gives a *rule*, which answers for any rows (`Blend`).

Rules
-----
* Nobody's training rows are here: only what the models answered for the user's rows, and what the specifications and
  cards say.
* An answer that is not finite is an abstention, never a value.  A row or an output for which everybody abstains is NaN
  and counted in the report.
* A method sees all learnwares at once; how many there are changes no constant.
* A fitted rule answers each row on its own, so that many rows can be answered some at a time.

Called by `lwnode.reuse.combine`; a method is one file of this room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import DataError
from lwnode.types import Mask, Matrix, Vector

Kind = Literal["values", "probabilities"]
Answers: TypeAlias = NDArray[np.float64]  # (learnwares, rows, outputs)
Predict: TypeAlias = Callable[[Matrix], Matrix]
"""Rows of a learnware's frame, (n, width) → its answers, (n, k) in the order of the evidence."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Framed:
    """A learnware in its own frame: where its data were, and how to ask it about other rows.

    Parameters
    ----------
    points : (m, w) float64
        Of its specification.
    weights : (m,) float64, ≥ 0, sum 1
    known : (w,) int64, or None
        For each coordinate of its frame, the column of the user's rows that holds it; -1 where the user lacks it.
        None: the user's rows are in this very frame.
    predict : callable, or None
        Its model on rows of its frame; None where it cannot be asked again.
    gamma : float, or None
        γ₀ of its frame; None: the user's, in proportion to the columns.
    noise : float
        Standard deviation of the noise on its specification; 0 without noise.
    """

    points: Matrix
    weights: Vector
    known: NDArray[np.int64] | None = None
    predict: Predict | None = None
    gamma: float | None = None
    noise: float = 0.0

    def __post_init__(self) -> None:
        """Refuse shapes that do not go together.

        Raises
        ------
        ValueError
            The caller's mistake.
        """
        if self.points.ndim != 2 or not self.points.size or self.weights.shape != (len(self.points),):
            raise ValueError("a specification in a frame has (m, w) points and m weights")
        if self.known is not None and self.known.shape != (self.points.shape[1],):
            raise ValueError("known must name a column of the user, or -1, for every coordinate")


@dataclass(frozen=True, slots=True, weakref_slot=True, kw_only=True, eq=False)
class Members:
    """N learnwares: what is the same for all rows.

    Parameters
    ----------
    ids : tuple of str
    distances : (N,) float64, ≥ 0
        MMD (not squared) of the user's own rows to every specification, under the kernel it was fitted with.
    gamma : float > 0
        γ₀ of the user's frame.
    weights : (N,) float64, ≥ 0, or None
        Shares of a multiple recommendation, where the learnwares come from one.
    filling_loss : (N,) float64, ≥ 0, or None
        What each model loses by the columns that the user lacks (`filling.loss_of_filling`); inf where its answers are
        broken.  None: nobody lacks a column.
    shares : (N, k) float64, or None
        Class shares of each learnware's training data, NaN outside its label set.  None: all alike inside it.
    temperatures : (N,) float64, or None
        By which each classifier's log-odds are divided; NaN where it is not said.
    classes : tuple of str
        Names of the k classes, for messages only; empty where nobody needs them.
    framed : tuple of Framed, or None
        The learnwares in their frames, for the methods that need points or ask models again.
    """

    ids: tuple[str, ...]
    distances: Vector
    gamma: float
    weights: Vector | None = None
    filling_loss: Vector | None = None
    shares: Matrix | None = None
    temperatures: Vector | None = None
    classes: tuple[str, ...] = ()
    framed: tuple[Framed, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse shapes that do not go together, and figures without meaning.

        Raises
        ------
        ValueError
            The caller's mistake.
        """
        count = len(self.ids)
        for name in ("distances", "weights", "filling_loss", "temperatures"):
            figure = getattr(self, name)
            if figure is not None and np.shape(figure) != (count,):
                raise ValueError(f"{name} must have one number for each of the {count} learnwares")
        if not count or not np.all(np.isfinite(self.distances) & (self.distances >= 0.0)):
            raise ValueError("there must be a learnware, and distances must be finite and ≥ 0")
        if not (np.isfinite(self.gamma) and self.gamma > 0.0):
            raise ValueError("gamma must be positive")
        if self.weights is not None and not (np.all(self.weights >= 0.0) and 0.0 < self.weights.sum() < np.inf):
            raise ValueError("weights must be ≥ 0 and not all 0")
        if self.filling_loss is not None and not np.all(self.filling_loss >= 0.0):
            raise ValueError("the loss by filling must be ≥ 0")
        if self.shares is not None and (self.shares.ndim != 2 or len(self.shares) != count):
            raise ValueError("shares must be (learnwares, classes)")
        if self.framed is not None and len(self.framed) != count:
            raise ValueError("one frame for each learnware")

    def class_name(self, position: int) -> str:
        """Return how to call a class in a message."""
        return f"'{self.classes[position]}'" if position < len(self.classes) else f"number {position}"


@dataclass(frozen=True, slots=True, weakref_slot=True, kw_only=True, eq=False)
class Evidence:
    """What N learnwares say about n rows.

    Parameters
    ----------
    kind : {"values", "probabilities"}
        Numbers to be averaged, or class probabilities in one common order of classes, as the models gave them.
    predictions : (N, n, k) float64
        NaN where a learnware does not know a class, or did not answer.
    densities : (N, n) float64, ≥ 0
        Density of every row under every specification.
    covered : (N, n) bool
        Rows that lie where a learnware's data were.
    rows : (n, w) float64, finite, or None
        The rows themselves in the user's frame, for methods that learn from the user's features.
    """

    kind: Kind
    predictions: Answers
    densities: Matrix
    covered: NDArray[np.bool_]
    rows: Matrix | None = None

    def __post_init__(self) -> None:
        """Refuse shapes that do not go together.

        Raises
        ------
        ValueError
            The caller's mistake.
        """
        if self.predictions.ndim != 3 or not self.predictions.size:
            raise ValueError("predictions must be (learnwares, rows, outputs), none of them 0")
        members, rows, _ = self.predictions.shape
        if self.densities.shape != (members, rows) or self.covered.shape != (members, rows):
            raise ValueError("densities or coverage do not have the predictions' shape")
        if not np.all(self.densities >= 0.0):
            raise ValueError("densities must be ≥ 0")
        if self.rows is not None and (self.rows.ndim != 2 or len(self.rows) != rows):
            raise ValueError("the user's rows are not as many as the predictions'")
        if self.rows is not None and not np.isfinite(self.rows).all():
            raise ValueError("the user's rows must be finite, as a frame makes them")

    def take(self, part: slice | NDArray[np.intp]) -> Evidence:
        """Return the evidence for some of the rows."""
        return replace(
            self,
            predictions=self.predictions[:, part],
            densities=self.densities[:, part],
            covered=self.covered[:, part],
            rows=None if self.rows is None else self.rows[part],
        )

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Where a learnware gave a value, (N, n, k)."""
        return np.isfinite(self.predictions)

    @property
    def speaking(self) -> NDArray[np.bool_]:
        """Which learnware said anything about which row, (N, n)."""
        said: NDArray[np.bool_] = np.any(self.answered, axis=2)
        return said


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labelled:
    """Rows of the user with their labels.

    Parameters
    ----------
    evidence : Evidence
        At the L labelled rows.
    targets : (L, k) float64, or (L,) int64
        Values; or the positions of the rows' classes.
    """

    evidence: Evidence
    targets: NDArray[np.float64] | NDArray[np.int64]

    def __post_init__(self) -> None:
        """Refuse labels that are none.

        Raises
        ------
        ValueError
            Shapes that do not go together, or a class without a position.
        DataError
            A value that is not finite.
        """
        _, rows, outputs = self.evidence.predictions.shape
        if self.evidence.kind == "values":
            if self.targets.shape != (rows, outputs):
                raise ValueError("targets must be (rows, outputs)")
            if not np.isfinite(self.targets).all():
                raise DataError("a label is not a finite number", hint="leave rows without a label out")
        elif self.targets.shape != (rows,) or self.targets.dtype.kind not in "iu":
            raise ValueError("targets must be the position of each row's class")
        elif not np.all((self.targets >= 0) & (self.targets < outputs)):
            raise ValueError("a label is not the position of a class")

    def __len__(self) -> int:
        """Return the number of labels."""
        return len(self.targets)

    @property
    def wanted(self) -> Matrix:
        """What the answers should be, (L, k) float64: the values, or 1 for the row's class and 0 for the others."""
        if self.evidence.kind == "values":
            return np.asarray(self.targets, dtype=np.float64)
        return np.eye(self.evidence.predictions.shape[2])[self.targets.astype(np.intp)]

    def take(self, part: NDArray[np.intp]) -> Labelled:
        """Return some of the labelled rows."""
        return Labelled(evidence=self.evidence.take(part), targets=self.targets[part])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blend:
    """What a rule makes of the evidence.

    Parameters
    ----------
    values : (n, k) float64
    weights : (N, n) float64, ≥ 0
        Part that each learnware had in the answer for a row; sums to 1 over the learnwares, or 0 where nobody answered.
    prior : (k,) float64, or None
        Class shares of the user's rows, where the method estimates them.
    shares : (N,) float64, or None
        By which the learnwares were weighed before a row was looked at; as ``Members.weights`` they repeat the rule.
        None where nothing so simple does.
    """

    values: Matrix
    weights: Matrix
    prior: Vector | None = None
    shares: Vector | None = None


Rule: TypeAlias = Callable[[Evidence], Blend]
"""A fitted method: answers for any rows, each on its own."""


class Method(Protocol):
    """A way to combine learnwares."""

    def __call__(self, members: Members, mine: Evidence, labelled: Labelled | None) -> Rule:
        """Fit the method.

        Parameters
        ----------
        members : Members
        mine : Evidence
            The user's own unlabelled rows: they weigh the learnwares.
        labelled : Labelled or None
        """


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """What happened.

    Parameters
    ----------
    method : str
        The method that was used; never ``auto``.
    members : tuple of (str, float)
        Ids with their mean part in the answers, the largest first.
    weights : (N, n) float64
        Part of each learnware, in the order given, in every answer.
    coverage : (n,) float64
        For every row, the part of the answer that comes from learnwares whose data include such rows, 0 to 1.
    reached : (n,) bool
        Rows that some specification's density reaches.
    unanswered : (n,) bool
        Rows for which no learnware gave a value.
    prior : (k,) float64, or None
        Estimated class shares of the user's rows; None where the method does not estimate them.
    labels : int
        Labelled rows that the method was given.
    shares : (N,) float64, or None
        As `Blend` has them, in the order given.
    """

    method: str
    members: tuple[tuple[str, float], ...]
    weights: Matrix
    coverage: Vector
    reached: Mask
    unanswered: Mask
    prior: Vector | None = None
    labels: int = 0
    shares: Vector | None = None

    @property
    def covered_share(self) -> float:
        """Mean coverage over the rows."""
        return float(self.coverage.mean())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Combination:
    """Combined answers, (n, k) float64, with their report."""

    values: Matrix
    report: Report

    @property
    def prior(self) -> Vector | None:
        """Estimated class shares of the user's rows, (k,)."""
        return self.report.prior
