# SPDX-License-Identifier: Apache-2.0
"""The exact fit of a reduced set to rows, for data that need no protection or get none.

The distance of a reduced set to the rows is minimised jointly in points and weights with its true gradient
(L-BFGS, Liu and Nocedal 1989), against a target of at most a thousand landmarks whose weights reproduce the rows' mean
embedding on them (Nyström; Chatalic et al., ICML 2022).  The weights are then solved exactly on up to 25,000 rows.

Differs from the `learnware` package, whose three steps of 0.1 follow something that is not the gradient of its
objective and leave the points where k-means put them.

Rules
-----
* The result depends on the rows, their weights, the kernel and the seed only.
* Time is flat in the number of rows beyond the samples named below; memory is bounded.
* Points are brought back into the box before they are weighed; few ever leave it.
* Points may coincide with rows; who must not repeat one gives a public start, and drops what `near_copies` finds.

Called by the release.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.specification.kernels import F, gaussian, kernel_means
from lwnode.specification.simplex import simplex_weights
from lwnode.types import Matrix, Progress, Vector, silent

Rows = NDArray[np.float32]

WEIGHT_ROWS = 25_000  # rows that decide the weights: |error|^2 below 4e-5
_TARGET_ROWS = 6_000  # rows behind the landmarks' weights
_WHOLE = 1_000  # up to here every row is a landmark and the target is exact
_LANDMARKS = 400
_RIDGE = 1e-5
_START_ROWS, _LLOYD = 4_000, 6  # rows and iterations of k-means


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long a fit descends.

    Parameters
    ----------
    iterations : int
        Of L-BFGS; 0 keeps the points of k-means, and only their weights are solved.
    landmarks : int
        That stand for the rows, where there are more than a thousand.
    """

    iterations: int
    landmarks: int = _LANDMARKS


FULL = Effort(iterations=45)
FEW_ROWS = Effort(iterations=24)  # up to 2,000 rows: the last iterations gain little and cost as much as all the rest
FROM_AFAR = Effort(iterations=100, landmarks=700)  # from a public start
FAST = Effort(iterations=0)
_FEW = 2_000


def fit_exact(
    X: NDArray[F],
    *,
    size: int,
    gamma: float,
    seed: int | tuple[int, ...],
    low: Vector,
    high: Vector,
    row_weights: Vector | None = None,
    start: Matrix | None = None,
    effort: Effort | None = None,
    progress: Progress = silent,
) -> tuple[Matrix, Vector]:
    """Fit points and weights to rows.

    Parameters
    ----------
    X : (n, width) float32 or float64, island frame
    size : int
        Most points; all rows with their weights where there are no more rows than that.
    gamma : float
    seed : int or tuple of int
        Of the samples and of k-means.
    low, high : (width,)
        Box in which points stay.
    row_weights : (n,) float64, >= 0, optional
        What each row counts for; equal by default.
    start : (size, width) float64, island frame, optional
        Public points to begin with, which the fit does not lead into single rows; k-means of the rows otherwise, which
        is nearer to them, and puts points on outliers.
    effort : Effort, optional
        Default: `FULL`, `FEW_ROWS` or `FROM_AFAR`, by rows and start.
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
    shares = None if row_weights is None else row_weights / row_weights.sum()
    if start is None and n <= size:
        return X.astype(np.float64), np.full(n, 1.0 / n) if shares is None else shares
    if effort is None:
        effort = FROM_AFAR if start is not None else FEW_ROWS if n <= _FEW else FULL
    rng = np.random.default_rng(seed)
    progress(0.0, "choosing the first points")
    B, b = _sample(X, shares, WEIGHT_ROWS, rng)
    middle = B.mean(axis=0, dtype=np.float64)
    B = (B - middle).astype(np.float32)  # centred: float32 products lose less
    S, s = _sample(B, b, _TARGET_ROWS, rng)
    if start is None:
        Z, shares_of_points = _k_means(S[:_START_ROWS], s, size, rng)
    else:
        Z, shares_of_points = (start - middle).astype(np.float32), np.full(len(start), 1.0 / len(start))
    if effort.iterations:
        P, w = _target(S, s, Z, gamma, effort.landmarks, rng)
        progress(0.3, "fitting the points")
        Z = _descend(Z, shares_of_points, P, w, gamma, effort.iterations).astype(np.float32)
    progress(0.8, "weighing the points")
    points = np.clip(Z + middle, low, high)
    return points, weigh(points - middle, B, gamma, b)


def weigh(Z: Matrix, X: NDArray[F], gamma: float, row_weights: Vector | None = None) -> Vector:
    """Return the best weights of fixed points for the rows, (m,), >= 0, sum 1."""
    return simplex_weights(gaussian(Z, Z, gamma), kernel_means(Z.astype(X.dtype), X, gamma, row_weights))


def _sample(
    X: NDArray[F], shares: Vector | None, most: int, rng: np.random.Generator
) -> tuple[NDArray[F], Vector | None]:
    """Return rows in random order, at most ``most`` of them, with their shares; None where all count alike.

    Notes
    -----
    Where there are too many weighted rows, they are drawn with replacement in proportion to their weights, and then
    count alike.
    """
    n = len(X)
    if shares is None:
        chosen = rng.permutation(n) if n <= most else rng.choice(n, most, replace=False, shuffle=True)
        return X[chosen], None
    if n <= most:
        chosen = rng.permutation(n)
        return X[chosen], shares[chosen] / shares[chosen].sum()
    return X[rng.choice(n, most, p=shares)], None


def _k_means(X: Rows, shares: Vector | None, size: int, rng: np.random.Generator) -> tuple[Rows, Vector]:
    """Return centres of a few Lloyd iterations, and about what each weighs, above 0 and with sum 1.

    Notes
    -----
    A cluster without weight starts again at a random row.
    """
    mass = np.ones(len(X), dtype=np.float32) if shares is None else shares[: len(X)].astype(np.float32)
    rows = X if shares is None else X * mass[:, None]
    centres = X[rng.choice(len(X), size, replace=len(X) < size)].copy()
    for _ in range(_LLOYD):
        of_row = np.argmax(X @ centres.T - 0.5 * np.einsum("ij,ij->i", centres, centres), axis=1)
        counts, weight = np.bincount(of_row, minlength=size), np.bincount(of_row, weights=mass, minlength=size)
        some = counts > 0
        order = np.argsort(of_row, kind="stable")
        sums = np.add.reduceat(rows[order], (np.cumsum(counts) - counts)[some], axis=0)
        weighty = weight[some] > 0.0
        filled = weight > 0.0
        centres[filled] = sums[weighty] / weight[filled, None]
        centres[~filled] = X[rng.choice(len(X), int((~filled).sum()))]
    weight = np.maximum(weight / weight.sum(), 0.1 / size)
    return centres, weight / weight.sum()


def _target(
    S: Rows, shares: Vector | None, Z: Rows, gamma: float, landmarks: int, rng: np.random.Generator
) -> tuple[Rows, NDArray[np.float32]]:
    """Return landmarks (q, d) and weights (q,) whose embedding stands for the rows'."""
    from scipy.linalg import solve

    if len(S) <= _WHOLE:
        return S, (np.full(len(S), 1.0 / len(S)) if shares is None else shares).astype(np.float32)
    P = np.concatenate([S[rng.choice(len(S), landmarks, replace=False)], Z])
    K = gaussian(P, P, gamma).astype(np.float64) + _RIDGE * np.eye(len(P))
    return P, solve(K, kernel_means(P, S, gamma, shares), assume_a="pos").astype(np.float32)


def _descend(Z: Rows, shares: Vector, P: Rows, w: NDArray[np.float32], gamma: float, iterations: int) -> Matrix:
    """Minimise ``b'K_ZZ b - 2 b'K_ZP w`` over points and weights ``b = u²``; the sum is left to the last step."""
    from scipy.optimize import minimize

    m, d = Z.shape
    unit = float(np.sqrt(1.0 / (2.0 * gamma)))  # of the points: both blocks of the problem get a like curvature
    weighted = w[:, None] * P

    def objective(values: Vector) -> tuple[float, Vector]:
        Z = (values[: m * d].reshape(m, d) * unit).astype(np.float32)
        u = values[m * d :]
        b = u * u / m
        b32 = b.astype(np.float32)
        to_target = gaussian(Z, P, gamma)
        among = gaussian(Z, Z, gamma)
        c, own = (to_target @ w).astype(np.float64), (among @ b32).astype(np.float64)
        pull = (c - own).astype(np.float32)[:, None] * Z - to_target @ weighted + (among * b32) @ Z
        gradient = np.concatenate([(4.0 * gamma * unit) * (b[:, None] * pull).ravel(), 4.0 * u * (own - c) / m])
        return m * float(b @ own - 2.0 * b @ c), m * gradient

    first = np.concatenate([Z.ravel() / unit, np.sqrt(shares * m)])
    best = minimize(
        objective,
        first,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": iterations, "maxfun": int(1.3 * iterations) + 2, "maxcor": 8},
    )
    return np.asarray(best.x[: m * d], dtype=np.float64).reshape(m, d) * unit
