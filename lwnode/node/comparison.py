# SPDX-License-Identifier: Apache-2.0
"""Reuse against training on one's own labels alone: which is better on the labelled rows, and how sure that is.

Both are judged on rows that they have not seen, in five folds: the learnwares have seen none of the rows, but methods
that learn from labels would have seen these.
"""

from __future__ import annotations

import numpy as np

from lwnode.errors import DataError
from lwnode.node.records import Comparison
from lwnode.reuse import FOLDS
from lwnode.training import Problem, Table, cross_fitted, pose
from lwnode.training.intervals import figures
from lwnode.types import Matrix, Task


def compare(held: Matrix, rows: Table, classes: tuple[str, ...]) -> tuple[tuple[Comparison, ...], str, str]:
    """Compare predictions on labelled rows with models that were trained on those labels.

    Parameters
    ----------
    held : (n, k) float64
        The reuse's answers for the rows that have a label.
    rows : Table
        Has a target.
    classes : tuple of str
        In the order of the answers; empty for values.

    Returns
    -------
    comparison : tuple of Comparison
    best : {"reuse", "own training"}
    note : str
        One sentence.

    Raises
    ------
    DataError
        The rows have no target, too few labels, or labels that the learnwares do not know.
    """
    if not rows.target:
        raise DataError("the labelled rows have no target column", hint="name it with target=")
    task: Task = "classification" if classes else "regression"
    problem = pose(rows, task)
    answers = _aligned(held, problem, classes)
    own = cross_fitted(problem, folds=FOLDS, seed=0)
    measured = figures(problem.task, problem.y, answers, np.random.default_rng(0))[0]
    alone = figures(problem.task, problem.y, own, np.random.default_rng(0))[0]
    won = measured.value >= alone.value
    sure = measured.low > alone.high if won else alone.low > measured.high
    best = "reuse" if won else "own training"
    certainty = "clearly" if sure else "which may be chance"
    note = (
        f"{best} is better on your {len(problem.y)} labelled rows "
        f"({measured.name} {measured.value:.3f} reused, {alone.value:.3f} trained alone, {certainty})"
    )
    lines = (("reuse", measured), ("own training", alone))
    return (
        tuple(Comparison(what=what, figure=f.name, value=f.value, low=f.low, high=f.high) for what, f in lines),
        best,
        note,
    )


def _aligned(held: Matrix, problem: Problem, classes: tuple[str, ...]) -> Matrix:
    """Return the answers with their columns in the order of the problem's classes."""
    if not classes:
        return held
    if strange := set(problem.classes) - set(classes):
        raise DataError(
            f"{len(strange)} label(s) are unknown to the learnwares",
            hint="bring the labels to the learnwares' spelling",
        )
    chosen = held[:, [classes.index(label) for label in problem.classes]]
    total = chosen.sum(1, keepdims=True)
    aligned: Matrix = np.where(total > 0, chosen / np.maximum(total, 1e-12), 1.0 / chosen.shape[1])
    return aligned
