# SPDX-License-Identifier: Apache-2.0
"""How good a reuse is on the user's labels, and whether training on these labels alone would be better.

Rules
-----
* Without labels nothing is known of how good answers are, and that is said: what the learnwares' publishers measured
  was measured on other rows.
* Everything is judged on rows that it has not seen, in five folds: the learnwares have seen none of the rows, but
  methods that learn from labels would have seen these.  That ``auto`` chose the method on the same labels is not
  corrected for; it stays with its default unless another is clearly better.
* A row that nobody answers counts as wrong; for values it is charged what the labels' mean would miss.
* Who is better is told by the difference on the same rows, with the interval of that: two intervals that overlap would
  hide most differences that are there.
* Labels of which no model can be trained are no error: the reuse stands, and the reason is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Figure
from lwnode.errors import DataError
from lwnode.node.records import Comparison
from lwnode.reuse import FOLDS
from lwnode.training import Problem, Table, cross_fitted, pose
from lwnode.training.evaluation import macro_auc, r2, rmse
from lwnode.training.intervals import bootstrap, figures, wilson
from lwnode.training.problem import ROW_LIMIT
from lwnode.types import Matrix, Task

FEWEST = 20  # labels from which on an estimate is given: fewer resample too narrowly
NO_LABELS = "nothing is known of how good these answers are: there are no labels to compare them with"
_REUSE, _ALONE = "reuse", "own training"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What labels say of a reuse.

    Parameters
    ----------
    estimate : tuple of Figure
        With 95 % intervals; empty where nothing is known.
    unknown : str
        Why nothing is known; empty where something is.
    comparison : tuple of Comparison
        The reuse and a model trained on the labels alone; empty where there is no such model.
    lead : Comparison or None
        By how much the reuse is above own training on the same rows; below 0 where own training is better.
    best : {"reuse", "own training", ""}
    note : str
        One sentence.
    """

    estimate: tuple[Figure, ...] = ()
    unknown: str = ""
    comparison: tuple[Comparison, ...] = ()
    lead: Comparison | None = None
    best: str = ""
    note: str = ""


def judge(held: Matrix | None, targets: NDArray[np.generic], rows: Table, classes: tuple[str, ...]) -> Judged:
    """Judge a reuse on labelled rows, and compare it with training on these alone.

    Parameters
    ----------
    held : (L, k) float64, or None
        The reuse's answers for the rows that have a label, each without its own; NaN where nobody answered.  None where
        there are fewer than `FEWEST`.
    targets : (L, 1) float64 values, or (L,) int64 positions in ``classes``
    rows : Table
        Has a target, and among others the labelled rows.
    classes : tuple of str
        In the order of the answers; empty for values.
    """
    count = len(targets)
    if held is None:
        few = f"{count} labels are too few to tell how good these answers are"
        return Judged(unknown=few, note=f"{few}, or to compare with a model trained on them alone")
    estimate = estimated(held, targets, classes)
    if count < ROW_LIMIT:
        note = f"{count} labels are too few to compare with a model trained on them alone"
        return Judged(estimate=estimate, note=note)
    task: Task = "classification" if classes else "regression"
    try:
        problem = pose(rows, task)
    except DataError as error:
        return Judged(estimate=estimate, note=f"no model can be trained on these labels alone: {error}")
    return _compared(estimate, _answered(held, targets, classes, problem), problem)


def estimated(held: Matrix, targets: NDArray[np.generic], classes: tuple[str, ...]) -> tuple[Figure, ...]:
    """Return figures of answers on labelled rows, with 95 % intervals; the first is the one that is shown.

    Parameters
    ----------
    held, targets, classes
        As for `judge`.

    Returns
    -------
    tuple of Figure
        AUC (of the classes that are there, where there are two) and accuracy; or R² (where values differ) and RMSE.
    """
    rng = np.random.default_rng(0)
    if not classes:
        truth = targets[:, 0].astype(np.float64)
        guess = np.where(np.isfinite(held), held, truth.mean())
        if truth.min() < truth.max():
            return figures("regression", truth, guess, rng)
        low, high = bootstrap(lambda at: rmse(truth[at], guess[at, 0]), np.zeros(len(truth), dtype=np.intp), rng)
        return (Figure(name="rmse", value=rmse(truth, guess[:, 0]), low=low, high=high),)
    labels = targets.astype(np.intp)
    right = int((np.isfinite(held).all(axis=1) & (np.nan_to_num(held, nan=-1.0).argmax(axis=1) == labels)).sum())
    low, high = wilson(right, len(labels))
    accuracy = Figure(name="accuracy", value=right / len(labels), low=low, high=high)
    present = np.unique(labels)
    if len(present) < 2:
        return (accuracy,)
    area = figures("classification", np.searchsorted(present, labels), _among(held, present), rng)[0]
    return area, accuracy


def _compared(estimate: tuple[Figure, ...], answers: Matrix, problem: Problem) -> Judged:
    """Return the estimate with the comparison."""
    own = cross_fitted(problem, folds=FOLDS, seed=0)
    measured, alone = (figures(problem.task, problem.y, part, np.random.default_rng(0))[0] for part in (answers, own))
    score = _score(problem)
    groups = problem.y if problem.task == "classification" else np.zeros(len(problem.y), dtype=np.intp)

    def difference(at: NDArray[np.intp]) -> float:
        return score(at, answers) - score(at, own)

    low, high = bootstrap(difference, groups, np.random.default_rng(0))
    value = measured.value - alone.value
    low, high = min(low, value), max(high, value)
    best, behind = (_REUSE, _ALONE) if value >= 0.0 else (_ALONE, _REUSE)
    certainty = "clearly" if low > 0.0 or high < 0.0 else "which may be chance"
    note = (
        f"{best} is better than {behind} on your {len(problem.y)} labelled rows, by {abs(value):.3f} {measured.name} "
        f"({certainty}: reuse less own training is {low:.3f} to {high:.3f})"
    )
    lines = ((_REUSE, measured), (_ALONE, alone))
    return Judged(
        estimate=estimate,
        comparison=tuple(
            Comparison(what=what, figure=f.name, value=f.value, low=f.low, high=f.high) for what, f in lines
        ),
        lead=Comparison(what=f"{_REUSE} above {_ALONE}", figure=measured.name, value=value, low=low, high=high),
        best=best,
        note=note,
    )


def _score(problem: Problem) -> Callable[[NDArray[np.intp], Matrix], float]:
    """Return the figure that is compared, of some rows."""
    y = problem.y

    def area(at: NDArray[np.intp], scores: Matrix) -> float:
        return macro_auc(y[at], scores[at])

    def explained(at: NDArray[np.intp], scores: Matrix) -> float:
        return r2(y[at], scores[at, 0]) if y[at].min() < y[at].max() else 0.0

    return area if problem.task == "classification" else explained


def _answered(held: Matrix, targets: NDArray[np.generic], classes: tuple[str, ...], problem: Problem) -> Matrix:
    """Return the answers in the order of the problem's classes, rows that nobody answered as if nothing was known."""
    if not classes:
        return np.where(np.isfinite(held), held, targets.astype(np.float64).mean())
    return _among(held, np.array([classes.index(label) for label in problem.classes]))


def _among(held: Matrix, chosen: NDArray[np.intp]) -> Matrix:
    """Return probabilities of some classes, each row's sum 1; equal ones where nothing was said of them."""
    part = np.nan_to_num(held[:, chosen], nan=0.0)
    total = part.sum(axis=1, keepdims=True)
    shares: Matrix = np.where(total > 0.0, part / np.where(total > 0.0, total, 1.0), 1.0 / len(chosen))
    return shares
