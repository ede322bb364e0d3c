# SPDX-License-Identifier: Apache-2.0
"""The Gaussian kernel and its means, in blocks.

Rules
-----
* ``k(x, y) = exp(-gamma |x - y|^2)``, rows in the island frame, gamma from the profile.
* Nothing here holds more than a block of a kernel matrix at a time; callers that need a whole one ask for it.

Called by the fits, the residual, the MMD and the audit.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lwnode.types import Matrix, Vector

F = TypeVar("F", np.float32, np.float64)

_CELLS = 1 << 18  # kernel values held at a time: what stays near the processor


def squared_distances(A: NDArray[F], B: NDArray[F]) -> NDArray[F]:
    """Return ``|a_i - b_j|^2``, (len(A), len(B)), never negative; O(n·m·d) time, O(n·m) memory."""
    distances = (-2 * A) @ B.T
    distances += np.einsum("ij,ij->i", A, A)[:, None]
    distances += np.einsum("ij,ij->i", B, B)
    np.maximum(distances, 0, out=distances)
    return distances


def gaussian(A: NDArray[F], B: NDArray[F], gamma: float) -> NDArray[F]:
    """Return the kernel matrix of two sets of rows.

    Parameters
    ----------
    A, B : (n, d), (m, d) of one dtype, island frame
    gamma : float > 0

    Returns
    -------
    (n, m) of the same dtype, in [0, 1]
    """
    # as `squared_distances`, with -gamma in it: passes over the matrix cost most
    scaled = A.copy()
    scaled *= 2.0 * gamma
    kernel = scaled @ B.T
    kernel -= gamma * np.einsum("ij,ij->i", A, A)[:, None]
    kernel -= gamma * np.einsum("ij,ij->i", B, B)
    np.minimum(kernel, 0, out=kernel)
    np.exp(kernel, out=kernel)
    return kernel


def kernel_means(Z: NDArray[F], X: NDArray[F], gamma: float, row_weights: Vector | None = None) -> Vector:
    """Return ``mean_x k(z_j, x)`` for every point: the rows' mean embedding at the points, (m,) float64.

    Parameters
    ----------
    Z, X : (m, d), (n, d) of one dtype, island frame
    gamma : float
    row_weights : (n,) float64, sum 1, optional
        Of the mean; equal by default.

    Notes
    -----
    O(n·m·d) time, bounded memory; sums are float64 whatever the dtype of the rows.
    """
    total = np.zeros(len(Z))
    step = max(1, _CELLS // len(Z))
    for start in range(0, len(X), step):
        kernel = gaussian(Z, X[start : start + step], gamma)
        if row_weights is None:
            total += kernel.sum(axis=1, dtype=np.float64)
        else:
            total += kernel @ row_weights[start : start + step].astype(kernel.dtype)
    return total if row_weights is not None else total / len(X)


def squared_norm(X: Matrix, gamma: float, row_weights: Vector | None = None) -> float:
    """Return the mean of the whole kernel matrix of the rows, the squared norm of their mean embedding.

    Parameters
    ----------
    X : (n, d) float64, island frame
    gamma : float
    row_weights : (n,) float64, sum 1, optional
        Of the mean; equal by default.

    Notes
    -----
    O(n²·d / 2) time (each pair once), bounded memory.
    """
    if row_weights is None:
        row_weights = np.full(len(X), 1.0 / len(X))
    total = 0.0
    step = max(1, _CELLS // len(X))
    for start in range(0, len(X), step):
        rows, w, later = X[start : start + step], row_weights[start : start + step], row_weights[start + step :]
        total += float(w @ gaussian(rows, rows, gamma) @ w)
        total += 2.0 * float(w @ (gaussian(rows, X[start + step :], gamma) @ later))
    return total


def density(X: NDArray[F], Z: NDArray[F], weights: NDArray[F], gamma: float) -> NDArray[F]:
    """Return ``sum_j weights_j k(z_j, x)`` for every row, (n,) of the same dtype."""
    step = max(1, _CELLS // len(Z))
    return np.concatenate(
        [gaussian(X[start : start + step], Z, gamma) @ weights for start in range(0, max(1, len(X)), step)]
    )


def nearest2(X: NDArray[F], Z: NDArray[F]) -> NDArray[F]:
    """Return the squared distance of every row to its nearest point, (n,) of the same dtype."""
    step = max(1, _CELLS // len(Z))
    return np.concatenate(
        [squared_distances(X[start : start + step], Z).min(axis=1) for start in range(0, max(1, len(X)), step)]
    )
