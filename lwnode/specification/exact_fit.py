# SPDX-License-Identifier: Apache-2.0
"""The exact fit of a reduced set to rows, for data that need no protection or get none.

The distance of a reduced set to the rows is minimised jointly in points and weights with its true gradient
(L-BFGS-B, Byrd et al. 1995), against a target of at most a few hundred landmarks whose weights reproduce the rows' mean
embedding on them (Nyström; Chatalic et al., ICML 2022).  The weights are then solved exactly on up to 100,000 rows.

Differs from the `learnware` package, whose three steps of 0.1 follow something that is not the gradient of its
objective and leave the points where k-means put them.

Rules
-----
* The result depends on the rows, the kernel and the seed only.
* Time is flat in the number of rows beyond the samples named below; memory is bounded.
* Points may coincide with rows; who must not repeat one gives a public start, and drops what `near_copies` finds.

Called by the release.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lwnode.specification.kernels import F, gaussian, kernel_means
from lwnode.specification.simplex import simplex_weights
from lwnode.types import Matrix, Progress, Vector, silent

Rows = NDArray[np.float32]

WEIGHT_ROWS = 100_000  # rows that decide the weights: |error|^2 below 1e-5
_TARGET_ROWS = 20_000  # rows behind the landmarks' weights
_WHOLE = 1_000  # up to here every row is a landmark and the target is exact
_LANDMARKS = 700
_RIDGE = 1e-5
_START_ROWS, _LLOYD = 4_000, 6  # rows and iterations of k-means
_ITERATIONS, _FEW_ITERATIONS, _FEW_ROWS, _FROM_AFAR = 60, 30, 2_000, 100


def fit_exact(
    X: Matrix,
    *,
    size: int,
    gamma: float,
    seed: int | tuple[int, ...],
    low: Vector,
    high: Vector,
    start: Matrix | None = None,
    progress: Progress = silent,
) -> tuple[Matrix, Vector]:
    """Fit points and weights to rows.

    Parameters
    ----------
    X : (n, width) float64, island frame
    size : int
        Most points; all rows with equal weights where there are no more rows than that.
    gamma : float
    seed : int or tuple of int
        Of the samples and of k-means.
    low, high : (width,)
        Box in which points stay.
    start : (size, width) float64, island frame, optional
        Public points to begin with, which the fit does not lead into single rows; k-means of the rows otherwise, which
        is nearer to them, and puts points on outliers.
    progress : callable

    Returns
    -------
    points : (m, width) float64, island frame
    weights : (m,) float64, >= 0, sum 1

    Notes
    -----
    O(n_s·q·d + T·m·q·d + n_b·m·d) time for n_s sampled rows, q landmarks, T iterations and n_b rows for the weights.
    """
    n = len(X)
    if start is None and n <= size:
        return X.copy(), np.full(n, 1.0 / n)
    rng = np.random.default_rng(seed)
    progress(0.0, "choosing the first points")
    rows = _sample(X, WEIGHT_ROWS, rng)
    middle = rows.mean(axis=0)
    B = (rows - middle).astype(np.float32)  # centred: float32 products lose less
    S = _sample(B, _TARGET_ROWS, rng)
    Z = _k_means(S[:_START_ROWS], size, rng) if start is None else (start - middle).astype(np.float32)
    P, w = _target(S, Z, gamma, rng)
    progress(0.3, "fitting the points")
    iterations = _FEW_ITERATIONS if n <= _FEW_ROWS else _ITERATIONS
    if start is not None:
        iterations = _FROM_AFAR
    Z = _descend(Z, P, w, gamma, iterations, (low - middle, high - middle))
    progress(0.8, "weighing the points")
    return Z + middle, weigh(Z, B, gamma)


def weigh(Z: Matrix, X: NDArray[F], gamma: float) -> Vector:
    """Return the best weights of fixed points for the rows, (m,), >= 0, sum 1."""
    return simplex_weights(gaussian(Z, Z, gamma), kernel_means(Z.astype(X.dtype), X, gamma))


def _sample(X: NDArray[F], most: int, rng: np.random.Generator) -> NDArray[F]:
    """Return the rows in random order, at most ``most`` of them."""
    return X[rng.permutation(len(X))[:most]]


def _k_means(X: Rows, size: int, rng: np.random.Generator) -> Rows:
    """Return centres of a few Lloyd iterations; an empty cluster starts again at a random row."""
    centres = X[rng.choice(len(X), size, replace=False)].copy()
    for _ in range(_LLOYD):
        of_row = np.argmax(X @ centres.T - 0.5 * np.einsum("ij,ij->i", centres, centres), axis=1)
        counts = np.bincount(of_row, minlength=size)
        order = np.argsort(of_row, kind="stable")
        filled = counts > 0
        starts = (np.cumsum(counts) - counts)[filled]
        centres[filled] = np.add.reduceat(X[order], starts, axis=0) / counts[filled, None]
        centres[~filled] = X[rng.choice(len(X), int((~filled).sum()))]
    return centres


def _target(S: Rows, Z: Rows, gamma: float, rng: np.random.Generator) -> tuple[Rows, NDArray[np.float32]]:
    """Return landmarks (q, d) and weights (q,) whose embedding stands for the rows'."""
    from scipy.linalg import solve

    if len(S) <= _WHOLE:
        return S, np.full(len(S), 1.0 / len(S), dtype=np.float32)
    P = np.concatenate([S[rng.choice(len(S), _LANDMARKS, replace=False)], Z])
    K = gaussian(P, P, gamma).astype(np.float64) + _RIDGE * np.eye(len(P))
    return P, solve(K, kernel_means(P, S, gamma), assume_a="pos").astype(np.float32)


def _descend(
    Z: Rows, P: Rows, w: NDArray[np.float32], gamma: float, iterations: int, box: tuple[Vector, Vector]
) -> Matrix:
    """Minimise ``b'K_ZZ b - 2 b'K_ZP w`` over points and weights >= 0; the sum is left to the last step."""
    from scipy.optimize import Bounds, minimize

    m, d = Z.shape
    unit = float(np.sqrt(1.0 / (2.0 * gamma)))  # of the points: both blocks of the problem get a like curvature
    b0 = simplex_weights(gaussian(Z, Z, gamma).astype(np.float64), gaussian(Z, P, gamma).astype(np.float64) @ w)
    weighted = w[:, None] * P

    def objective(values: Vector) -> tuple[float, Vector]:
        Z = (values[: m * d].reshape(m, d) * unit).astype(np.float32)
        b = values[m * d :] / m
        b32 = b.astype(np.float32)
        to_target = gaussian(Z, P, gamma)
        among = gaussian(Z, Z, gamma)
        c, own = (to_target @ w).astype(np.float64), (among @ b32).astype(np.float64)
        pull = (c - own).astype(np.float32)[:, None] * Z - to_target @ weighted + (among * b32) @ Z
        gradient = np.concatenate([(4.0 * gamma * unit) * (b[:, None] * pull).ravel(), 2.0 * (own - c) / m])
        return m * float(b @ own - 2.0 * b @ c), m * gradient

    low = np.concatenate([np.tile(box[0] / unit, m), np.zeros(m)])
    high = np.concatenate([np.tile(box[1] / unit, m), np.full(m, np.inf)])
    first = np.concatenate([np.clip(Z.ravel() / unit, low[: m * d], high[: m * d]), b0 * m])
    best = minimize(
        objective,
        first,
        jac=True,
        method="L-BFGS-B",
        bounds=Bounds(low, high),
        options={"maxiter": iterations, "maxfun": int(1.3 * iterations) + 2, "maxcor": 8},
    )
    return np.asarray(best.x[: m * d], dtype=np.float64).reshape(m, d) * unit
