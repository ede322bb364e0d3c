# SPDX-License-Identifier: Apache-2.0
"""Predictions for rows by models that have not seen them.

Called by the node to compare reuse with training on the user's own labels, and by `lwnode.training.tuning`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lwnode.training.presets import candidates
from lwnode.training.problem import Problem
from lwnode.training.trainers import fit
from lwnode.types import Matrix


def parted(problem: Problem, folds: int, *, seed: int = 0) -> NDArray[np.intp]:
    """Return the fold of each row, (n,), every class in its share."""
    rows = len(problem.y)
    rng = np.random.default_rng([seed, rows])
    part = np.empty(rows, dtype=np.intp)
    groups = problem.y if problem.task == "classification" else np.zeros(rows, dtype=np.intp)
    for group in np.unique(groups):
        members = rng.permutation(np.flatnonzero(groups == group))
        part[members] = np.arange(len(members)) % folds
    return part


def cross_fitted(problem: Problem, *, folds: int = 5, seed: int = 0) -> Matrix:
    """Return out-of-fold scores of the quick preset's first family.

    Parameters
    ----------
    problem : Problem
    folds : int
        At least 2.
    seed : int

    Returns
    -------
    (n, C) probabilities or (n, 1) values

    Notes
    -----
    The first family that the number of rows allows is used in every fold with its first settings, so that nothing is
    chosen on the rows that are predicted.
    """
    rows = len(problem.y)
    family = next(item for item in candidates("quick", problem.task) if item.rows <= rows * (folds - 1) // folds)
    part = parted(problem, folds, seed=seed)
    out = np.zeros((rows, max(1, len(problem.classes))))
    for number in range(folds):
        held = np.flatnonzero(part == number)
        fitted = fit(family.settings[0], problem, np.flatnonzero(part != number), seed=seed)
        out[held] = fitted.scores(problem.X[held])
    return out
