# SPDX-License-Identifier: Apache-2.0
"""How good a prediction is: scores, plain NumPy.

Rules
-----
* A classifier is given as probabilities (n, C), labels as positions 0 to C - 1; a regressor as values.
* Scores are plain floats and raise `ValueError` on shapes that do not go together: that is a programmer's mistake.

Intervals are in `lwnode.training.intervals`.  Called by `lwnode.training.fit`, reuse and the tests.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lwnode.types import Matrix, Vector

_COLDEST, _HOTTEST = 0.5, 20.0  # temperatures


def ranks(values: Vector) -> Vector:
    """Return the rank of each value from 1, the mean rank where values are equal, (n,).  ``O(n log n)``."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.r_[starts, len(values)])
    out = np.empty(len(values))
    out[order] = np.repeat(starts + (sizes + 1) / 2, sizes)
    return out


def auc(y: ArrayLike, p: ArrayLike) -> float:
    """Return the area under the ROC curve: the share of pairs of a positive and a negative that are ranked right.

    Parameters
    ----------
    y : (n,) of 0 and 1, or bool
    p : (n,) score of the positive class; equal scores count half

    Raises
    ------
    ValueError
        Shapes that differ, or only one class.
    """
    positive, score = np.asarray(y).astype(bool), np.asarray(p, dtype=np.float64)
    if positive.shape != score.shape or score.ndim != 1:
        raise ValueError(f"labels {positive.shape} and scores {score.shape} must be vectors of one length")
    n = int(positive.sum())
    m = len(positive) - n
    if not n or not m:
        raise ValueError("the area under the ROC curve needs both classes")
    return float((ranks(score)[positive].sum() - n * (n + 1) / 2) / (n * m))


def macro_auc(y: ArrayLike, p: ArrayLike) -> float:
    """Return the mean over classes of the AUC of one class against the rest; for two classes the AUC of the second.

    Parameters
    ----------
    y : (n,) int, 0 to C - 1, every class present
    p : (n, C) probabilities
    """
    labels, shares = np.asarray(y), np.asarray(p, dtype=np.float64)
    if shares.shape[1] == 2:
        return auc(labels == 1, shares[:, 1])
    return float(np.mean([auc(labels == c, shares[:, c]) for c in range(shares.shape[1])]))


def accuracy(y: ArrayLike, predicted: ArrayLike) -> float:
    """Return the share of labels that are right.

    Parameters
    ----------
    y : (n,) labels
    predicted : (n,) labels
    """
    truth, guess = np.asarray(y), np.asarray(predicted)
    if truth.shape != guess.shape or not truth.size:
        raise ValueError(f"labels {truth.shape} and predictions {guess.shape} must be of one length, not 0")
    return float(np.mean(truth == guess))


def log_loss(y: ArrayLike, p: ArrayLike) -> float:
    """Return the mean negative logarithm (natural) of the probability given to what happened.

    Parameters
    ----------
    y : (n,) int, 0 to C - 1
    p : (n, C) probabilities, or (n,) probability of class 1; clipped to [1e-7, 1], so that one certain mistake of a
        float32 model does not outweigh all the rest
    """
    labels, shares = np.asarray(y).astype(np.intp), np.asarray(p, dtype=np.float64)
    if shares.ndim == 1:
        shares = np.column_stack([1.0 - shares, shares])
    if labels.shape != shares.shape[:1] or not labels.size:
        raise ValueError(f"labels {labels.shape} and probabilities {shares.shape} must be of one length, not 0")
    taken: Matrix = shares[np.arange(len(labels)), labels]
    return float(-np.log(np.clip(taken, 1e-7, 1.0)).mean())


def temperature(y: ArrayLike, p: ArrayLike) -> float:
    """Return the number by which log-odds are divided so that the log loss is least: above 1 for a boastful model.

    Parameters
    ----------
    y : (n,) int, 0 to C - 1
    p : (n, C) probabilities, clipped to [1e-7, 1]

    Returns
    -------
    float
        Between 0.5 and 20: few rows would otherwise give figures that double the error of who uses them.

    Notes
    -----
    Guo et al., ICML 2017.  Bounded minimisation of a convex function of ``1 / T``; O(n·C) a step.
    """
    from scipy.optimize import minimize_scalar

    labels, shares = np.asarray(y).astype(np.intp), np.asarray(p, dtype=np.float64)
    logs = np.log(np.clip(shares, 1e-7, 1.0))

    def loss(sharpness: float) -> float:
        scaled = sharpness * logs
        top = scaled.max(axis=1)
        total = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
        return float((total - scaled[np.arange(len(labels)), labels]).mean())

    low, high = 1.0 / _HOTTEST, 1.0 / _COLDEST
    return 1.0 / float(minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-4}).x)


def rmse(y: ArrayLike, predicted: ArrayLike) -> float:
    """Return the root of the mean squared error, in the unit of the target."""
    error = np.asarray(y, dtype=np.float64) - np.asarray(predicted, dtype=np.float64)
    return float(np.sqrt(np.mean(error**2)))


def r2(y: ArrayLike, predicted: ArrayLike) -> float:
    """Return the share of the target's variance that is explained; negative where the mean alone would be better."""
    truth = np.asarray(y, dtype=np.float64)
    error = truth - np.asarray(predicted, dtype=np.float64)
    spread = float(((truth - truth.mean()) ** 2).sum())
    if spread <= 0.0:
        raise ValueError("the explained variance needs values that differ")
    return 1.0 - float((error**2).sum()) / spread
