# SPDX-License-Identifier: Apache-2.0
"""The two figures that a specification carries beside its points: its residual and its tail level.

*residual*
    How far the specification is from the rows it was made of, in the kernel's space: the floor below which a
    distance to it says nothing.
*tail level*
    A row is *covered* when its tail value exceeds ``tail``; the share ``level`` of the training rows is not.  The
    tail value is the density under the kernel to the power `TAIL_POWER` where the specification is private, and minus
    the squared distance to the nearest point otherwise.

Rules
-----
* The residual is a norm ``|mu_spec - mean of unit vectors|``, whatever the number of rows: replacing a person's g rows
  moves it by at most `residual_sensitivity`.  That is why many rows are not subsampled, and why their kernel mean is
  not estimated by pairs: the root of an estimate has no bounded sensitivity.  Up to `EXACT_ROWS` rows it is the
  exact kernel's norm; beyond, the norm in a fixed space of public random features (independent of those the points
  were fitted in): linear in the rows, bounded memory, right within 2 to 4 % (one standard deviation).
* Which of the two it is follows from the published number of rows.
* A private tail follows from the points alone; only the level is counted from rows.

Called by the release.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.specification.accounting import published_rows
from lwnode.specification.features import features, frequencies, mean_features
from lwnode.specification.frame import blocks, to_frame
from lwnode.specification.kernels import density, gaussian, kernel_means, nearest2, squared_norm
from lwnode.types import Matrix, Vector

EXACT_ROWS = 5_000
TAIL_POWER = 16
EXACT_LEVEL = 0.05  # of a specification without noise
OWN_LEVEL = 0.2  # of a private specification's own points, one left out at a time
FOLDS = 5
_RESIDUAL_FREQUENCIES = 512
_SMALLEST2 = 1e-10  # smaller squared residuals are rounding, whose root would not be Lipschitz


def residual(Z: Matrix, weights: Vector, profile: Profile, raw: Matrix, row_weights: Vector | None = None) -> float:
    """Return the distance of a specification to its rows.

    Parameters
    ----------
    Z : (m, width) float64, island frame
    weights : (m,) float64, sum 1
    profile : Profile
    raw : (n, width) float64, raw
    row_weights : (n,) float64, sum 1, optional
        What each row counts for, where nothing is private.

    Returns
    -------
    float >= 1e-5

    Notes
    -----
    Up to `EXACT_ROWS` published rows O(n²·width / 2) time, 0.1 s of CPU at 5,000 × 10; beyond O(n·512·width).
    """
    if published_rows(len(raw)) > EXACT_ROWS:
        W = frequencies(profile.width, _RESIDUAL_FREQUENCIES, profile.gamma, (profile.seed, 1))
        own = weights @ features(Z, W).astype(np.float64)
        squared = float(np.sum((own - mean_features(blocks(profile, raw), W, row_weights)) ** 2))
    else:
        X = to_frame(profile, raw)
        own2 = float(weights @ gaussian(Z, Z, profile.gamma) @ weights)
        means = kernel_means(Z, X, profile.gamma, row_weights)
        squared = own2 - 2.0 * float(weights @ means) + squared_norm(X, profile.gamma, row_weights)
    return math.sqrt(max(squared, _SMALLEST2))


def residual_sensitivity(rows: int, rows_per_person: int) -> float:
    """Return how far the residual moves when one person's rows are replaced.

    Notes
    -----
    ``|k(x, ·) - k(y, ·)| <= sqrt(2)`` as the exact kernel is positive; random features may be opposite: 2.
    """
    return (math.sqrt(2.0) if published_rows(rows) <= EXACT_ROWS else 2.0) * rows_per_person / published_rows(rows)


def private_tail(Z: Matrix, weights: Vector, gamma: float) -> float:
    """Return the tail of a private specification: the weighted `OWN_LEVEL` quantile of its own points' densities.

    Notes
    -----
    Each point is left out of its own density.  A single point has no neighbours: 0, so that every row counts as
    covered and a search concludes nothing from it.
    """
    if len(Z) == 1:
        return 0.0
    K = gaussian(Z, Z, TAIL_POWER * gamma)
    own = (K @ weights - weights) / (1.0 - weights)
    order = np.argsort(own)
    at = int(np.searchsorted(np.cumsum(weights[order]), OWN_LEVEL))
    return float(own[order][min(at, len(own) - 1)])


def count_below(Z: Matrix, weights: Vector, tail: float, profile: Profile, raw: Matrix) -> int:
    """Return how many rows are not covered by a private specification; one person's g rows move it by at most g."""
    gamma = TAIL_POWER * profile.gamma
    return sum(int((density(X, Z, weights, gamma) <= tail).sum()) for X in blocks(profile, raw))


def exact_tail(Z: Matrix, profile: Profile, raw: Matrix, row_weights: Vector | None = None) -> float:
    """Return the tail of a specification without noise: the `EXACT_LEVEL` quantile over its rows."""
    tails = np.concatenate([-nearest2(X, Z) for X in blocks(profile, raw)])
    return _quantile(tails, EXACT_LEVEL, row_weights)


def cross_fitted_tail(
    fit: Callable[[NDArray[np.intp]], Matrix], profile: Profile, raw: Matrix, row_weights: Vector | None = None
) -> float:
    """Return the tail as rows see it that the points were not fitted to.

    Parameters
    ----------
    fit : callable
        From positions of rows to points in the frame.
    profile : Profile
    raw : (n, width) float64, raw, n >= 2
    row_weights : (n,) float64, optional

    Notes
    -----
    Where a specification has many points for its rows, these lie nearer to it than others like them.  `FOLDS` fits,
    each judged by the rows it did not see.
    """
    order = np.random.default_rng((profile.seed, 2)).permutation(len(raw))
    tails = np.empty(len(raw))
    for held in np.array_split(order, min(FOLDS, len(raw))):
        Z = fit(np.delete(np.arange(len(raw)), held))
        tails[held] = -nearest2(to_frame(profile, raw[held]), Z)
    return _quantile(tails, EXACT_LEVEL, row_weights)


def _quantile(values: Vector, share: float, row_weights: Vector | None) -> float:
    """Return a quantile of values that count for what their rows count for."""
    if row_weights is None:
        return float(np.quantile(values, share))
    order = np.argsort(values)
    passed = np.cumsum(row_weights[order]) / row_weights.sum()
    return float(values[order][min(int(np.searchsorted(passed, share)), len(values) - 1)])
