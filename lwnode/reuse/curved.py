# SPDX-License-Identifier: Apache-2.0
"""What few labels say of values beyond a linear model: a kernel ridge and randomised trees, half each.

The one is smooth and the other is not, and their mean is better than either (groceries, another target, 100 labels:
.408 and .421, together .390; histogram boosting .452).

Called by the augmentation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lwnode.specification.kernels import gaussian, squared_distances
from lwnode.types import Matrix, Vector

WIDTHS = (0.1, 0.3, 1.0, 3.0)  # of the kernel, in units of 1 / the median squared distance
RIDGES = (0.01, 0.1, 0.3, 1.0, 3.0, 10.0)
_ROWS, _CHOSEN_ON = 1_000, 300  # labelled rows that the ridge takes, and that choose its width and penalty; O(n³)
_TREES, _LEAF = 64, 2  # with 200 trees the loss is .2 % lower (groceries, another target)

Model = Callable[[Matrix], Matrix]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KernelRidge:
    """``mean + k(x, X) a``: rows (n, d), coefficients (n, k), mean (k,)."""

    rows: Matrix
    coefficients: Matrix
    mean: Vector
    gamma: float

    def __call__(self, X: Matrix) -> Matrix:
        """Return the value for rows of scaled columns, (n, k)."""
        value: Matrix = self.mean + gaussian(X, self.rows, self.gamma) @ self.coefficients
        return value


def curved(X: Matrix, Y: Matrix) -> Model:
    """Return the mean of both models.

    Parameters
    ----------
    X : (L, d) float64, scaled columns
    Y : (L, k) float64
    """
    smooth, rough = kernel_ridge(X, Y), trees(X, Y)
    return lambda rows: 0.5 * smooth(rows) + 0.5 * rough(rows)


def kernel_ridge(X: Matrix, Y: Matrix) -> KernelRidge:
    """Return the kernel ridge regression whose width and penalty have the least leave-one-out error.

    Parameters
    ----------
    X : (L, d) float64, scaled columns
    Y : (L, k) float64

    Notes
    -----
    With ``G = (K + λI)⁻¹`` the error of a row left out is ``(G y)_i / G_ii``.  The penalty is the variance of the noise
    in units of the kernel's, so what 300 rows have chosen serves all, at most 1000.  O(n³).
    """
    step = -(-len(X) // _ROWS)
    X, Y = X[::step], Y[::step]
    mean = Y.mean(axis=0)
    target = Y - mean
    few = slice(None, None, -(-len(X) // _CHOSEN_ON))
    gamma, ridge = _least_error(X[few], target[few])
    if not np.isfinite(ridge):
        return KernelRidge(rows=X, coefficients=np.zeros_like(Y), mean=mean, gamma=gamma)
    kernel = gaussian(X, X, gamma)
    kernel[np.diag_indices_from(kernel)] += ridge
    return KernelRidge(rows=X, coefficients=np.linalg.solve(kernel, target), mean=mean, gamma=gamma)


def _least_error(X: Matrix, target: Matrix) -> tuple[float, float]:
    """Return γ and penalty with the least leave-one-out error; a penalty of inf where none is better than nothing."""
    scale = np.maximum(np.square(target).sum(axis=0), np.finfo(np.float64).tiny)
    squares = squared_distances(X, X)
    apart = squares[squares > 0.0]
    unit = 1.0 / float(np.median(apart)) if len(apart) else 1.0
    best, least = (unit, np.inf), float(target.shape[1])
    for width in WIDTHS:
        values, vectors = np.linalg.eigh(np.exp(-width * unit * squares))
        projected = vectors.T @ target
        for ridge in RIDGES:
            inverse = 1.0 / (np.maximum(values, 0.0) + ridge)
            left = (vectors @ (inverse[:, None] * projected)) / (np.square(vectors) @ inverse)[:, None]
            error = float((np.square(left).sum(axis=0) / scale).sum())
            if error < least:
                best, least = (width * unit, ridge), error
    return best


def trees(X: Matrix, Y: Matrix) -> Model:
    """Return extremely randomised trees (Geurts, Ernst and Wehenkel 2006); the same rows give the same trees."""
    from sklearn.ensemble import ExtraTreesRegressor

    made = ExtraTreesRegressor(_TREES, min_samples_leaf=_LEAF, random_state=0).fit(X, Y if Y.shape[1] > 1 else Y[:, 0])

    def predict(rows: Matrix) -> Matrix:
        return np.asarray(made.predict(rows), dtype=np.float64).reshape(len(rows), -1)

    return predict
