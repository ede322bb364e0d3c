# SPDX-License-Identifier: Apache-2.0
"""Multinomial logistic regression with an offset: what few rows add to log-odds that are known already.

::

    p(c | x) ~ exp(slope * offset_c(x) + coordinates(x) @ weight_c + bias_c)

Rules
-----
* Shrunk toward the offset itself: weights and bias toward 0, the slope toward 1.  With a penalty without end the answer
  is the offset's.
* Targets may be soft: probabilities of a teacher instead of one class.

Called by `lwnode.training.residual` (offset: a start's log-odds) and `lwnode.training.distillation` (no offset).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from lwnode.types import Matrix, Vector

SMALLEST: Final = 1e-7  # of a probability, before its logarithm
_BIAS = 0.1  # weight of the bias in the penalty: shares of classes differ more than what tells them apart
_STEPS: Final = 300


class LogOdds(NamedTuple):
    """What is added to an offset.

    Parameters
    ----------
    slope : float
        Of the offset.
    weight : (d, C) float64
    bias : (C,) float64
    """

    slope: float
    weight: Matrix
    bias: Vector


def log_odds(probabilities: Matrix) -> Matrix:
    """Return logarithms of probabilities (n, C), each at least `SMALLEST`, in float32 as a model file has them."""
    held = np.clip(np.asarray(probabilities, dtype=np.float32), np.float32(SMALLEST), np.float32(1.0))
    return np.log(held).astype(np.float64)


def softmax(scores: Matrix) -> Matrix:
    """Return probabilities for scores, (n, C)."""
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def fit_log_odds(coordinates: Matrix, wanted: Matrix, penalty: float, offset: Matrix | None = None) -> LogOdds:
    """Return the regression with the least penalised mean log loss.

    Parameters
    ----------
    coordinates : (n, d) float64
    wanted : (n, C) float64
        Probabilities of the classes; one of them 1 where the row has a label.
    penalty : float
        Of half the squared weights, > 0.
    offset : (n, C) float64, optional
        Log-odds that are known; without them the slope is 0.

    Notes
    -----
    A convex function by L-BFGS (Liu and Nocedal 1989); O(n·d·C) a step.
    """
    from scipy.optimize import minimize

    rows, width = coordinates.shape
    classes = wanted.shape[1]
    known = np.zeros((rows, classes)) if offset is None else offset

    def split(flat: Vector) -> tuple[Matrix, Vector, float]:
        return flat[: width * classes].reshape(width, classes), flat[width * classes : -1], float(flat[-1])

    def loss(flat: Vector) -> tuple[float, Vector]:
        weight, bias, slope = split(flat)
        scores = slope * known + coordinates @ weight + bias
        top = scores.max(axis=1, keepdims=True)
        total = top + np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
        away = slope - 1.0 if offset is not None else 0.0
        value = float(((total - scores) * wanted).sum() / rows)
        value += 0.5 * penalty * float((weight**2).sum() + _BIAS * (bias**2).sum() + away**2)
        off = (np.exp(scores - total) * wanted.sum(axis=1, keepdims=True) - wanted) / rows
        gradient = np.empty_like(flat)
        gradient[: width * classes] = (coordinates.T @ off + penalty * weight).ravel()
        gradient[width * classes : -1] = off.sum(axis=0) + penalty * _BIAS * bias
        gradient[-1] = float((off * known).sum()) + penalty * away if offset is not None else 0.0
        return value, gradient

    begin = np.zeros(width * classes + classes + 1)
    begin[-1] = 0.0 if offset is None else 1.0
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x
    weight, bias, slope = split(np.asarray(found))
    return LogOdds(slope=slope, weight=weight, bias=bias)
