# SPDX-License-Identifier: Apache-2.0
"""Gaussian noise on a grid: the one place where a private figure gets its noise.

The last bits of a float plus float noise betray the float (Mironov, CCS 2012).  So the exact figure is rounded to a
grid *before* noise is added and the noise is rounded to the same grid: their sum is exact, every table can lead to
every multiple of the grid, and the result is the rounded output of an ideal Gaussian mechanism on the rounded figure.
`lwnode.specification.plan` adds the rounding to the sensitivity.

Rules
-----
* Noise comes from the generator that is handed in and from nowhere else; who publishes seeds it from the system's
  cryptographic generator and throws it away.

Called by the release.
"""

from __future__ import annotations

import numpy as np

from lwnode.types import Vector

GRID = 2.0**-44


def noised(exact: Vector, deviation: float, rng: np.random.Generator) -> Vector:
    """Return figures with independent Gaussian noise, all multiples of `GRID`.

    Parameters
    ----------
    exact : (k,) float64
        Below 256 in absolute value, so that sums on the grid are exact; a count is divided first.
    deviation : float > 0
    rng : numpy.random.Generator
    """
    return _on_grid(exact) + _on_grid(rng.normal(scale=deviation, size=exact.shape))


def _on_grid(values: Vector) -> Vector:
    return np.round(values / GRID) * GRID
