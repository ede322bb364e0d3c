# SPDX-License-Identifier: Apache-2.0
"""Noised sums over rows: the only way by which rows reach a private model.

Rules
-----
* A caller says how far replacing *one* row can move its sum (``reach``, L2 norm) and what the answer may cost (mu); the
  standard deviation is ``rows_per_person * reach / mu``.  Nothing else here looks at the rows.
* Sums are in float64; what that rounds is a thousandth of the `_ROUNDING` that is added to every reach.
* All draws of one training compose exactly, each may depend on those before: `mu` says what they cost together.

Called by the fits of this room.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lwnode.specification.accounting import compose
from lwnode.specification.noise import GRID, noised

_ROUNDING = 1e-6


class Draws:
    """Gives noised averages and keeps account of them.

    Parameters
    ----------
    rng : numpy.random.Generator
        Seeded from the system's cryptographic generator by who publishes.
    rows : float
        What sums are divided by; public.
    rows_per_person : int
    """

    def __init__(self, rng: np.random.Generator, *, rows: float, rows_per_person: int) -> None:
        self._rng = rng
        self._rows = rows
        self._persons = rows_per_person
        self._spent: list[float] = []

    @property
    def rows(self) -> float:
        """What sums are divided by; public."""
        return self._rows

    @property
    def mu(self) -> float:
        """What all draws so far cost together."""
        return compose(self._spent)

    def deviation(self, reach: float, mu: float, size: int) -> float:
        """Return the standard deviation of each coordinate of an average of ``size`` numbers."""
        moved = self._persons / self._rows * (1.0 + _ROUNDING) + GRID * math.sqrt(size)
        return reach * moved / mu

    def average(self, total: NDArray[np.float64], *, reach: float, mu: float) -> NDArray[np.float64]:
        """Return a sum over the rows, divided by their public number, with noise.

        Parameters
        ----------
        total : float64, any shape
        reach : float > 0
            Most by which the sum moves, in L2 norm, where one row is replaced.
        mu : float > 0
            What it costs.
        """
        self._spent.append(mu)
        exact = total.reshape(-1) / (self._rows * reach)
        deviation = self.deviation(1.0, mu, exact.size)
        return (noised(exact, deviation, self._rng) * reach).reshape(total.shape)
