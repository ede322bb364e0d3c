# SPDX-License-Identifier: Apache-2.0
"""Private ridge regression: second moments, then noisy steps on clipped residuals.

1. The moments S and V of `lwnode.training.private.moments` give ``(S + r)⁻¹ V``, r following from the noise: sufficient
   statistics with an adaptive ridge (Wang, UAI 2018), every release a Gaussian one.
2. `STEPS` noisy gradients of the squared error, residuals clipped at a `CLIP` share of half the target's bounds
   (Huber's loss), in coordinates in which S is the identity: what is left to correct is small, so its noise is too.

Rules
-----
* The target's public bounds are at ±1; a step's gradient ``w r`` has ``|w| <= √(d + 1)`` and ``|r| <= CLIP``.

Called by `lwnode.training.private.train`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from lwnode.training.private.draws import Draws
from lwnode.training.private.moments import release_moments, shortening, standardise
from lwnode.training.private.problem import Rows
from lwnode.types import Mask, Matrix, Vector

CENTRE, SCALE, SQUARE, CROSS, SLOPE = 0.05, 0.05, 0.15, 0.15, 0.60  # of mu²
STEPS: Final = 10
CLIP: Final = 0.25
_DOUBT = 1.5  # how far the first weights may be wrong, relative to their length
_DRIFT = 0.09


def fit_ridge(
    rows: Rows, numbers: Mask, draws: Draws, mu: float, tick: Callable[[float], None]
) -> tuple[Matrix, Vector]:
    """Return weights (width, 1) and bias (1,) on the frame, for a target whose bounds are at ±1.

    Parameters
    ----------
    rows : Rows
        Of a regression.
    numbers : (width,) bool
        Coordinates of the frame that are numbers.
    draws : Draws
    mu : float
        What the whole may cost.
    tick : callable
        Told the share done; may raise to end the work.

    Notes
    -----
    ``O(n d²)`` time, ``O(n d)`` memory.
    """
    cost = {name: mu * math.sqrt(share) for name, share in _SHARES.items()}
    standard = standardise(rows.F, numbers, draws, mu_centre=cost["centre"], mu_scale=cost["scale"])
    tick(0.3)
    counted = rows.counted
    Z, y = standard.rows(rows.F[counted]), rows.labels[counted]
    moments = release_moments(Z, y[:, None], 1.0, draws, mu_square=cost["square"], mu_cross=cost["cross"])
    tick(0.6)
    values, vectors = moments.eigen(moments.ridge)
    root = np.sqrt(values)
    W = Z @ (vectors / root)
    at = (vectors.T @ moments.V[:, 0]) / root
    size = W.shape[1]
    long = math.sqrt(size)
    W_short = W * shortening(W, long)[:, None]
    step_cost = cost["slope"] / math.sqrt(STEPS)
    reach = 2.0 * CLIP * long
    noise = draws.deviation(reach, step_cost, size)
    doubt = (_DOUBT * float(np.linalg.norm(at))) ** 2 / size
    for step in range(STEPS):
        residuals = np.clip(W @ at - y, -CLIP, CLIP)
        gradient = draws.average(W_short.T @ residuals, reach=reach, mu=step_cost)
        gain = doubt / (doubt + noise**2)
        doubt = (1.0 - gain) * doubt + _DRIFT * gain * doubt
        at -= gain * gradient
        tick(0.6 + 0.4 * (step + 1) / STEPS)
    return standard.in_frame((vectors @ (at / root))[:, None])


_SHARES: Final[dict[str, float]] = {
    "centre": CENTRE,
    "scale": SCALE,
    "square": SQUARE,
    "cross": CROSS,
    "slope": SLOPE,
}
