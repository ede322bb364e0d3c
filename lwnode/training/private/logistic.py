# SPDX-License-Identifier: Apache-2.0
"""Private logistic regression, two classes or more: moments, one Newton step from them, then noisy Newton-like steps.

Every release is a Gaussian one, so the cost is exact, and nothing hinges on a solver: there is no optimum that would
have to be reached for the proof to hold, as output and objective perturbation need.

1. Second moments S and V (`lwnode.training.private.moments`).  The Newton step from zero is ``C S⁻¹ V``: the direction
   of the linear discriminant.
2. Scale and intercepts: a few noisy Newton steps in C + 1 numbers, which costs next to nothing.
3. `STEPS` noisy gradients of the whole log loss, in coordinates in which S is the identity, so that the noise follows
   the shape of the rows.  Their curvature is computed for normal rows with the released moments: it looks at no row.
   A step's gain is that of a Kalman filter: little where the noise is larger than what can still be wrong.

Rules
-----
* A row's gradient is ``w (p - e)ᵀ`` with w brought to a length of at most √(d + 1): replacing one moves the sum by at
  most ``2 √2 √(d + 1)``.
* Steps, shares and gains are constants or follow from the released moments.

Called by `lwnode.training.private.train`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from lwnode.training.private.draws import Draws
from lwnode.training.private.moments import Moments, release_moments, shortening, standardise
from lwnode.training.private.problem import Rows
from lwnode.types import Mask, Matrix, Vector

CENTRE, SCALE, SQUARE, CROSS, LEVEL, SLOPE = 0.04, 0.04, 0.125, 0.125, 0.07, 0.60  # of mu²
STEPS: Final = 10
LEVEL_STEPS: Final = 4
_LEVEL_REACH = 2.7  # length to which (scores, 1) of a row are brought: scores have variance 1
_DOUBT = 0.8  # how far the first direction may be wrong, relative to its length
_DRIFT = 0.09  # share of a step's correction that stays in doubt
_STEEPEST = 6.0  # largest scale of the scores: log-odds of two standard deviations of a row are below 12
_DRAWN = 2_000  # normal rows for the curvature


def fit_logistic(
    rows: Rows, numbers: Mask, draws: Draws, mu: float, tick: Callable[[float], None]
) -> tuple[Matrix, Vector]:
    """Return weights (width, C) and biases (C,) on the frame; softmax of them are the probabilities.

    Parameters
    ----------
    rows : Rows
        Of a classification.
    numbers : (width,) bool
        Coordinates of the frame that are numbers.
    draws : Draws
    mu : float
        What the whole may cost.
    tick : callable
        Told the share done; may raise to end the work.

    Notes
    -----
    ``O(n (d² + STEPS d C))`` time, ``O(n (d + C))`` memory.
    """
    cost = {name: mu * math.sqrt(share) for name, share in _SHARES.items()}
    standard = standardise(rows.F, numbers, draws, mu_centre=cost["centre"], mu_scale=cost["scale"])
    tick(0.2)
    counted = rows.counted
    Z, Y = standard.rows(rows.F[counted]), rows.one_hot()[counted]
    classes = Y.shape[1]
    moments = release_moments(
        Z,
        Y - 1.0 / classes,
        math.sqrt(1.0 - 1.0 / classes),
        draws,
        mu_square=cost["square"],
        mu_cross=cost["cross"],
    )
    tick(0.4)
    values, vectors = moments.eigen(moments.ridge)
    theta = classes * vectors @ ((vectors.T @ moments.V) / values[:, None])
    theta -= theta.mean(axis=1, keepdims=True)
    drawn = _normal_rows(moments)
    theta = _level(theta, Z, Y, drawn, draws, cost["level"])
    tick(0.6)
    theta = _slope(theta, Z, Y, drawn, values, vectors, draws, cost["slope"], tick)
    return standard.in_frame(theta)


_SHARES: Final[dict[str, float]] = {
    "centre": CENTRE,
    "scale": SCALE,
    "square": SQUARE,
    "cross": CROSS,
    "level": LEVEL,
    "slope": SLOPE,
}


def softmax(logits: Matrix) -> Matrix:
    """Return probabilities, rows of sum 1."""
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _normal_rows(moments: Moments) -> Matrix:
    """Return public draws of normal rows that have the released moments, (`_DRAWN`, d + 1)."""
    weight = max(float(moments.S[-1, -1]), 0.1)
    mean = moments.S[:-1, -1] / weight
    values, vectors = np.linalg.eigh(moments.S[:-1, :-1] / weight - np.outer(mean, mean))
    half = vectors * np.sqrt(np.maximum(values, 1e-3))
    U = np.random.default_rng(11).normal(size=(_DRAWN, len(mean))) @ half.T + mean
    return np.column_stack([U, np.ones(_DRAWN)])


def _level(theta: Matrix, Z: Matrix, Y: Matrix, drawn: Matrix, draws: Draws, mu: float) -> Matrix:
    """Return the weights with a better scale and better intercepts: noisy Newton steps in C + 1 numbers."""
    classes = theta.shape[1]
    slopes = theta.copy()
    slopes[-1] = 0.0
    middle = (drawn @ slopes).mean(axis=0)
    spread = math.sqrt(float(((drawn @ slopes - middle) ** 2).sum(axis=1).mean())) or 1.0
    scores, seen = (Z @ slopes - middle) / spread, (drawn @ slopes - middle) / spread
    at = np.r_[min(spread, _STEEPEST), theta[-1] + middle]
    cost = mu / math.sqrt(LEVEL_STEPS)
    reach = 2.0 * math.sqrt(2.0) * _LEVEL_REACH
    noise = draws.deviation(reach, cost, classes + 1)
    weights = shortening(np.column_stack([scores, np.ones(len(scores))]), _LEVEL_REACH)
    known = shortening(np.column_stack([seen, np.ones(len(seen))]), _LEVEL_REACH)
    doubt = 1.0
    for _ in range(LEVEL_STEPS):
        off = (softmax(at[0] * scores + at[1:]) - Y) * weights[:, None]
        gradient = draws.average(np.r_[(off * scores).sum(), off.sum(axis=0)], reach=reach, mu=cost)
        H = _level_curvature(softmax(at[0] * seen + at[1:]), seen, known) + 0.02 * np.eye(classes + 1)
        error = (noise / 0.15) ** 2
        gain = doubt / (doubt + error)
        doubt = (1.0 - gain) * doubt + _DRIFT * gain * doubt
        step = gain * np.linalg.solve(H, gradient)
        at -= step * min(1.0, 1.5 / max(float(np.linalg.norm(step)), 1e-12))
        at[0] = np.clip(at[0], 0.0, _STEEPEST)
        at[1:] = np.clip(at[1:] - at[1:].mean(), -_STEEPEST, _STEEPEST)
    levelled: Matrix = slopes / spread * at[0]
    levelled[-1] = at[1:] - middle / spread * at[0]
    return levelled


def _level_curvature(P: Matrix, scores: Matrix, weights: Vector) -> Matrix:
    """Return the mean second derivative of the log loss by (scale, intercepts) over public draws."""
    mean = (P * scores).sum(axis=1, keepdims=True)
    cross = P * (scores - mean)  # derivative of the intercepts' gradient by the scale
    own = np.diag((weights[:, None] * P).mean(axis=0)) - (P * weights[:, None]).T @ P / len(P)
    H = np.empty((P.shape[1] + 1, P.shape[1] + 1))
    H[0, 0] = float((weights * (cross * scores).sum(axis=1)).mean())
    H[0, 1:] = H[1:, 0] = (weights[:, None] * cross).mean(axis=0)
    H[1:, 1:] = own
    return H


def _slope(
    theta: Matrix,
    Z: Matrix,
    Y: Matrix,
    drawn: Matrix,
    values: Vector,
    vectors: Matrix,
    draws: Draws,
    mu: float,
    tick: Callable[[float], None],
) -> Matrix:
    """Return the weights after noisy Newton-like steps in all coordinates."""
    classes = Y.shape[1]
    root = np.sqrt(values)
    whiten = vectors / root
    W, seen = Z @ whiten, drawn @ whiten
    size = W.shape[1]
    long = math.sqrt(size)
    weights, known = shortening(W, long), shortening(seen, long)
    at = root[:, None] * (vectors.T @ theta)
    cost = mu / math.sqrt(STEPS)
    reach = 2.0 * math.sqrt(2.0) * long
    noise = draws.deviation(reach, cost, at.size)
    doubt = (_DOUBT * float(np.linalg.norm(at))) ** 2 / (size * (classes - 1))
    for step in range(STEPS):
        off = (softmax(W @ at) - Y) * weights[:, None]
        gradient = draws.average(W.T @ off, reach=reach, mu=cost)
        gradient -= gradient.mean(axis=1, keepdims=True)
        P = softmax(seen @ at)
        bend = (P * (1.0 - P)).sum(axis=1) / (classes - 1) * known * (seen**2).sum(axis=1) / size
        curvature = max(float(bend.mean()), 0.02)
        gain = doubt / (doubt + (noise / curvature) ** 2)
        doubt = (1.0 - gain) * doubt + _DRIFT * gain * doubt
        at -= gain / curvature * gradient
        tick(0.6 + 0.4 * (step + 1) / STEPS)
    return vectors @ (at / root[:, None])
