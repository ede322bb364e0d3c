# SPDX-License-Identifier: Apache-2.0
"""What every reuse method takes and gives.

Rules
-----
* Nobody's training rows are here: only what the models answered for the user's rows, and what the specifications say
  about these rows.
* An answer that is not finite is an abstention, never a value.  A row or an output for which everybody abstains is NaN
  and counted in the report.
* A method sees all learnwares at once; how many there are changes no constant.

Called by `lwnode.reuse.combine`; a method is one file of this room.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from lwnode.types import Mask, Matrix, Vector

Kind = Literal["values", "probabilities"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """What N learnwares say about n rows.

    Parameters
    ----------
    kind : {"values", "probabilities"}
        Numbers to be averaged, or class probabilities in one common order of classes.
    predictions : (N, n, k) float64
        NaN where a learnware does not know a class, or did not answer.
    densities : (N, n) float64, ≥ 0
        Density of every row under every specification.
    distances : (N,) float64, ≥ 0
        MMD (not squared) of the rows to every specification.
    covered : (N, n) bool
        Rows that lie where a learnware's data were.
    weights : (N,) float64, ≥ 0, or None
        Shares of a multiple recommendation, where the learnwares come from one.
    """

    kind: Kind
    predictions: NDArray[np.float64]
    densities: Matrix
    distances: Vector
    covered: NDArray[np.bool_]
    weights: Vector | None = None

    def __post_init__(self) -> None:
        """Refuse shapes that do not go together, and weights without meaning.

        Raises
        ------
        ValueError
            The caller's mistake.
        """
        if self.predictions.ndim != 3 or not self.predictions.size:
            raise ValueError("predictions must be (learnwares, rows, outputs), none of them 0")
        members, rows, _ = self.predictions.shape
        shapes = [self.densities.shape == (members, rows), self.covered.shape == (members, rows)]
        shapes += [self.distances.shape == (members,), self.weights is None or self.weights.shape == (members,)]
        if not all(shapes):
            raise ValueError("densities, coverage, distances or weights do not have the predictions' shape")
        if self.weights is not None and not (np.all(self.weights >= 0.0) and self.weights.sum() > 0.0):
            raise ValueError("weights must be ≥ 0 and not all 0")

    def rows(self, part: slice) -> Evidence:
        """Return the evidence for some of the rows."""
        return replace(
            self,
            predictions=self.predictions[:, part],
            densities=self.densities[:, part],
            covered=self.covered[:, part],
        )

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Where a learnware gave a value, (N, n, k)."""
        return np.isfinite(self.predictions)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blend:
    """What a method makes of the evidence.

    Parameters
    ----------
    values : (n, k) float64
    weights : (N, n) float64, ≥ 0
        Part that each learnware had in the answer for a row; sums to 1 over the learnwares, or 0 where nobody answered.
    """

    values: Matrix
    weights: Matrix


class Method(Protocol):
    """A way to combine learnwares."""

    def __call__(self, evidence: Evidence) -> Blend:
        """Combine the answers."""


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
    """

    method: str
    members: tuple[tuple[str, float], ...]
    weights: Matrix
    coverage: Vector
    reached: Mask
    unanswered: Mask

    @property
    def covered_share(self) -> float:
        """Mean coverage over the rows."""
        return float(self.coverage.mean())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Combination:
    """Combined answers, (n, k) float64, with their report."""

    values: Matrix
    report: Report
