# SPDX-License-Identifier: Apache-2.0
"""Linear models on few labels, shrunk towards what is already known.

Both learn what to *add* to a given answer, so that without evidence it stays: a ridge on the residual of values, a
multinomial regression with fixed offsets for classes.  How much is learnt is chosen on rows that were left out.

Called by the stacking, the augmentation and the fusion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.types import Matrix, Vector

RIDGES = tuple(10.0 ** np.arange(-1, 5.5, 0.5))  # on the sum of squares, columns of standard deviation 1
FOLDS = 5
_STEPS = 100
_ROWS = 5_000  # labelled rows that a regression of classes takes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scaling:
    """Columns brought to mean 0 and standard deviation 1; a column that does not vary becomes 0."""

    mean: Vector
    scale: Vector

    def __call__(self, X: Matrix) -> Matrix:
        """Return scaled rows, held to ±10."""
        scaled: Matrix = np.clip((X - self.mean) * self.scale, -10.0, 10.0)
        return scaled


def scaling(X: Matrix) -> Scaling:
    """Return the scaling of the columns, (n, d)."""
    mean, spread = X.mean(axis=0), X.std(axis=0)
    varies = spread > 1e-9 * np.maximum(np.abs(mean), 1e-300)
    return Scaling(mean=mean, scale=np.where(varies, 1.0 / np.where(varies, spread, 1.0), 0.0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linear:
    """``X @ coefficients + offset``."""

    coefficients: Matrix
    offset: Vector

    def __call__(self, X: Matrix) -> Matrix:
        """Return the value for rows of scaled columns, (n, k)."""
        value: Matrix = X @ self.coefficients + self.offset
        return value


def ridge(X: Matrix, Y: Matrix) -> Linear:
    """Return the ridge regression whose penalty has the least leave-one-out error.

    Parameters
    ----------
    X : (L, d) float64, scaled columns
    Y : (L, k) float64

    Notes
    -----
    Closed form on the singular values, O(L·d·min(L, d)).  The mean is learnt too, shrunk by ``L / (L + 1)``: one label
    moves everything by half of what it says.
    """
    n = len(X)
    mean, centre = Y.mean(axis=0) * n / (n + 1.0), X.mean(axis=0)
    U, s, Vt = np.linalg.svd(X - centre, full_matrices=False)
    target = Y - Y.mean(axis=0)
    projected = U.T @ target
    scale = np.maximum(np.square(target).sum(axis=0), np.finfo(np.float64).tiny)
    best, best_error = RIDGES[-1], np.inf
    for penalty in (*RIDGES, np.inf):
        keep = s**2 / (s**2 + penalty) if np.isfinite(penalty) else np.zeros_like(s)
        left = target - U @ (keep[:, None] * projected)
        leverage = np.minimum(np.square(U) @ keep + 1.0 / n, 1.0 - 1e-6)
        error = float((np.square(left / (1.0 - leverage)[:, None]).sum(axis=0) / scale).sum())
        if error <= best_error:
            best, best_error = penalty, error
    strength = s / (s**2 + best) if np.isfinite(best) else np.zeros_like(s)
    coefficients = Vt.T @ (strength[:, None] * projected)
    return Linear(coefficients=coefficients, offset=mean - centre @ coefficients)


def multinomial(
    X: Matrix, y: NDArray[np.intp], offset: Matrix, *, penalty: float, weights: Vector | None = None
) -> Linear:
    """Return W that minimises the mean log loss of ``softmax(offset + X W + b)`` plus ``penalty / 2 · (|W|² + |b|²)``.

    Parameters
    ----------
    X : (L, d) float64
    y : (L,) int, 0 to k − 1
    offset : (L, k) float64
    penalty : float > 0
    weights : (L,) float64, ≥ 0, optional
        Of the rows in the mean; default: all alike.

    Notes
    -----
    L-BFGS, at most 100 steps of O(L·min(d, L)·k).
    """
    return multinomials(X, y, offset, penalties=(penalty,), weights=weights)[0]


def multinomials(
    X: Matrix, y: NDArray[np.intp], offset: Matrix, *, penalties: tuple[float, ...], weights: Vector | None = None
) -> tuple[Linear, ...]:
    """Return `multinomial` for each of several penalties, of which each starts where the next larger one ended.

    Where columns are more than rows, W is sought among the combinations of rows, where the penalised best one is (the
    representer theorem): ``Aᵀ = QR``, ``A W = Rᵀ C`` with ``W = Q C`` and ``|W| = |C|``.
    """
    from scipy.optimize import minimize

    n, k = offset.shape
    A = np.column_stack([X, np.ones(n)])
    basis = None
    if A.shape[1] > n:
        basis, triangle = np.linalg.qr(A.T)
        A = np.ascontiguousarray(triangle.T)
    share = np.full(n, 1.0 / n) if weights is None else weights / weights.sum()
    at = np.arange(n)

    def loss(flat: Vector, penalty: float) -> tuple[float, Vector]:
        W = flat.reshape(-1, k)
        z = offset + A @ W
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z)
        total = p.sum(axis=1, keepdims=True)
        value = float(share @ (np.log(total[:, 0]) - z[at, y])) + 0.5 * penalty * float(np.square(W).sum())
        p /= total
        p[at, y] -= 1.0
        return value, (A.T @ (p * share[:, None]) + penalty * W).ravel()

    start, made = np.zeros(A.shape[1] * k), {}
    for penalty in sorted(penalties, reverse=True):
        start = np.asarray(
            minimize(loss, start, args=(penalty,), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x,
            dtype=np.float64,
        )
        W = start.reshape(-1, k) if basis is None else basis @ start.reshape(-1, k)
        made[penalty] = Linear(coefficients=W[:-1], offset=W[-1])
    return tuple(made[penalty] for penalty in penalties)


def log_loss(scores: Matrix, y: NDArray[np.intp]) -> float:
    """Return the mean log loss of ``softmax(scores)``."""
    z = scores - scores.max(axis=1, keepdims=True)
    return float((np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]).mean())


def classes(X: Matrix, y: NDArray[np.intp], offset: Matrix, penalties: tuple[float, ...]) -> Linear | None:
    """Return the multinomial regression whose penalty does best on rows left out, or None where none beats the offset.

    Parameters
    ----------
    X : (L, d) float64, scaled columns
    y : (L,) int
    offset : (L, k) float64
    penalties : tuple of float
        On the mean log loss.

    Notes
    -----
    Five folds of rows in their order, parted by class; with fewer than five rows, or one class, there is nothing to
    compare and the offset stays.
    """
    step = -(-len(y) // _ROWS)
    X, y, offset = X[::step], y[::step], offset[::step]
    if len(y) < FOLDS or len(np.unique(y)) < 2:
        return None
    part = np.empty(len(y), dtype=np.intp)
    part[np.argsort(y, kind="stable")] = np.arange(len(y)) % FOLDS
    scores = np.repeat(offset[None], len(penalties), axis=0)
    for fold in range(FOLDS):
        held = part == fold
        for own, model in zip(
            scores, multinomials(X[~held], y[~held], offset[~held], penalties=penalties), strict=True
        ):
            own[held] += model(X[held])
    best, best_loss = None, log_loss(offset, y)
    for penalty, own in zip(penalties, scores, strict=True):
        loss = log_loss(own, y)
        if loss < best_loss:
            best, best_loss = penalty, loss
    return None if best is None else multinomial(X, y, offset, penalty=best)
