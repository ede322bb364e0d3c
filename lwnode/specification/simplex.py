# SPDX-License-Identifier: Apache-2.0
"""Weights on the simplex: the quadratic programme that every exact fit ends with.

Called by the exact fit.
"""

from __future__ import annotations

import numpy as np

from lwnode.errors import SpecificationError
from lwnode.types import Matrix, Vector

_HEAVY = 1e3  # weight of the row that asks for a sum of 1
_JITTERS = (1e-8, 1e-6, 1e-4)  # added to the diagonal, the smallest that works


def simplex_weights(K: Matrix, c: Vector) -> Vector:
    """Return ``argmin b'Kb - 2c'b`` over ``b >= 0, sum b = 1``.

    Parameters
    ----------
    K : (m, m), positive semi-definite
    c : (m,)

    Returns
    -------
    (m,) float64, non-negative, sum 1

    Raises
    ------
    SpecificationError
        The matrix is not positive semi-definite, or not finite.

    Notes
    -----
    Non-negative least squares (Lawson and Hanson) on the Cholesky factor, with one heavy row for the sum; O(m³).
    """
    from scipy.linalg import LinAlgError, cholesky, solve_triangular
    from scipy.optimize import nnls

    m = len(c)
    for jitter in _JITTERS:
        try:
            L = cholesky(K + jitter * np.eye(m), lower=True)
            target = np.append(solve_triangular(L, c, lower=True), _HEAVY)
            weights, _ = nnls(np.vstack([L.T, np.full((1, m), _HEAVY)]), target, maxiter=50 * m)
        except (LinAlgError, ValueError, RuntimeError):
            continue  # nearly singular: points that coincide
        return np.asarray(weights / weights.sum(), dtype=np.float64)
    raise SpecificationError("no weights could be found for the points")
