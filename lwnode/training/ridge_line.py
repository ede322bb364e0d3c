# SPDX-License-Identifier: Apache-2.0
"""Ridge regression with an offset: what few rows add to values that are known already.

::

    value(x) ~ slope * offset(x) + coordinates(x) @ weight + constant

Shrunk toward the offset itself: the weight toward 0, the slope toward 1.  The counterpart for classes is
`lwnode.training.log_odds`.  Called by `lwnode.training.head_tuning` and `lwnode.training.residual`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from lwnode.types import Matrix, Vector

_CONSTANT: Final = 0.1  # weight of the constant in the penalty


class Line(NamedTuple):
    """What is made of an offset.

    Parameters
    ----------
    slope : float
        Of the offset.
    weight : (d,) float64
    constant : float
    """

    slope: float
    weight: Vector
    constant: float

    def values(self, coordinates: Matrix, offset: Vector) -> Vector:
        """Return the values (n,) for coordinates (n, d) and what is known (n,)."""
        return np.asarray(self.slope * offset + coordinates @ self.weight + self.constant)


def fit_line(coordinates: Matrix, offset: Vector, wanted: Vector, penalty: float) -> Line:
    """Return the line with the least mean squared error and penalty.

    Parameters
    ----------
    coordinates : (n, d) float64
        Of about unit size.
    offset, wanted : (n,) float64
    penalty : float
        Of the squared weights, > 0.

    Notes
    -----
    In closed form, with the offset brought to mean 0 and variance 1; O(n·d² + d³).
    """
    middle, spread = float(offset.mean()), float(offset.std())
    spread = spread if spread > 0.0 else 1.0
    design = np.column_stack([coordinates, (offset - middle) / spread, np.ones(len(offset))])
    held = np.full(design.shape[1], penalty)
    held[-1] *= _CONSTANT
    gram = design.T @ design / len(design) + np.diag(held)
    found = np.linalg.solve(gram, design.T @ (wanted - offset) / len(design))
    extra = float(found[-2]) / spread
    return Line(slope=1.0 + extra, weight=found[:-2], constant=float(found[-1]) - extra * middle)
