# SPDX-License-Identifier: Apache-2.0
"""Models of the experiments, and what a user reaches without any market: trained on its own labels alone.

Called by the experiments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.types import Matrix, Vector

Classes = NDArray[np.int64]
Features = NDArray[np.float32]


def boosted(X: Matrix, y: Vector) -> Callable[[Matrix], Vector]:
    """Return histogram boosting trained on a table: 50 rounds, rate 0.15."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    made: Callable[[Matrix], Vector] = (
        HistGradientBoostingRegressor(max_iter=50, learning_rate=0.15, random_state=0).fit(X, y).predict
    )
    return made


def trees(X: Matrix, y: Vector) -> Callable[[Matrix], Vector]:
    """Return 200 extremely randomised trees with two rows in a leaf: the best of the three with few labels."""
    from sklearn.ensemble import ExtraTreesRegressor

    made: Callable[[Matrix], Vector] = ExtraTreesRegressor(200, min_samples_leaf=2, random_state=0).fit(X, y).predict
    return made


def ridge(X: Matrix, y: Vector) -> Callable[[Matrix], Vector]:
    """Return ridge regression trained on rows in a frame, its strength chosen by leaving rows out."""
    from sklearn.linear_model import RidgeCV

    made: Callable[[Matrix], Vector] = RidgeCV(np.logspace(-1, 3, 9)).fit(X, y).predict
    return made


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Logistic:
    """Multinomial logistic regression: ``classes`` (k,) ascending, ``weights`` (d + 1, k) with the bias last."""

    classes: Classes
    weights: Features

    def logits(self, F: Features) -> Matrix:
        """Return (n, k)."""
        scores: Matrix = (F @ self.weights[:-1] + self.weights[-1]).astype(np.float64)
        return scores


def logistic(F: Features, y: Classes, *, ridge: float = 2e-3, steps: int = 60) -> Logistic:
    """Train multinomial logistic regression by L-BFGS on the mean log loss plus ``ridge / 2 · |weights|²``."""
    from scipy.optimize import minimize

    classes, at = np.unique(y, return_inverse=True)
    rows, width = F.shape
    A = np.concatenate([F, np.ones((rows, 1), F.dtype)], axis=1)
    truth = np.eye(len(classes), dtype=F.dtype)[at]

    def loss(flat: Vector) -> tuple[float, Vector]:
        weights = flat.reshape(width + 1, -1).astype(F.dtype)
        scores = A @ weights
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        total = shares.sum(axis=1, keepdims=True)
        slope = A.T @ (shares / total - truth) / rows
        slope[:-1] += ridge * weights[:-1]
        value = float(np.log(total).sum() - (scores * truth).sum()) / rows
        return value + 0.5 * ridge * float(np.square(weights[:-1]).sum()), slope.ravel().astype(np.float64)

    start = np.zeros((width + 1) * len(classes))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps}).x
    return Logistic(classes=classes.astype(np.int64), weights=found.reshape(width + 1, -1).astype(np.float32))


def softmax(scores: Matrix) -> Matrix:
    """Return shares over the last axis."""
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    normed: Matrix = shares / shares.sum(axis=-1, keepdims=True)
    return normed


def fused_without_shares(predictions: NDArray[np.float64], densities: Matrix, temperatures: Vector) -> Matrix:
    """Return scores (n, C) of the label sets' fusion that knows nothing of the user's class shares.

    Parameters
    ----------
    predictions : (N, n, C) float64
        Probabilities, NaN outside a learnware's label set.
    densities : (N, n) float64
    temperatures : (N,) float64
        Those that log-odds are divided by.

    Notes
    -----
    The density-weighted mean of log-odds, centred within each label set and held to ±6: what `fuse` begins with.
    """
    known = np.isfinite(predictions)
    logs = np.log(np.maximum(np.where(known, predictions, 1.0), 1e-300)) / temperatures[:, None, None]
    logs -= np.where(known, logs, 0.0).sum(axis=2, keepdims=True) / known.sum(axis=2, keepdims=True)
    parts = densities / densities.sum(axis=0)
    heard = parts[:, :, None] * known
    scores: Matrix = (heard * np.clip(logs, -6.0, 6.0)).sum(axis=0) / (heard.sum(axis=0) + 1e-4)
    scores[~known.any(axis=0)] = -30.0
    return scores
