# SPDX-License-Identifier: Apache-2.0
"""Whether the user's columns hang together as the specification's do.

The Gaussian kernel is a product over features, so the embedding of the product of the marginals is exact.  The user's
dependence (joint minus product of marginals) is projected on the specification's in the same kernel: the inner product
is zero on average where the user's columns are independent, and large where both depend alike.

Called by the score.  Cost: O(n·m·d) time, O(n·m) memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lwnode.market.derived import FramedSpecification
from lwnode.market.frames import FramedRows, feature_kernels
from lwnode.types import Dependence, Vector

ONE_SIDED = 1.645  # 95 %
_SEEN = 3.09  # standard errors at which an alignment counts as seen: one in a thousand of independent columns
SURE = 4.0  # ... and at which it may speak where the distance cannot
_STRONG = 0.4  # share of the user's own dependence that it then must reach
_ERROR_BOUND = 2.25  # the specification's dependence may be error up to this many times the squared residual
_NONE_AT_ALL = 0.005  # a mean squared rank correlation below this is no dependence
_TINY = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """The user's dependence along the specification's.

    Parameters
    ----------
    inner : float
        Inner product of the two dependences.
    error : float
        Its standard error.
    """

    inner: float
    error: float

    @property
    def z(self) -> float:
        """Standard errors from zero."""
        return self.inner / max(self.error, 1e-12)


def align(rows: FramedRows, spec: FramedSpecification, density: Vector) -> Alignment:
    """Project the user's dependence on the specification's.

    Parameters
    ----------
    rows : FramedRows
    spec : FramedSpecification
        In the rows' frame.
    density : (n,) float64
        ``Σ_j β_j k(z_j, x)`` of the rows that take part.

    Notes
    -----
    The standard error comes from the influence function, which needs the kernels of the features a second time: they
    are computed again rather than kept.
    """
    n, d = rows.n, len(rows.features)
    at_points, at_rows = np.empty((len(spec.points), d)), np.empty((n, d))
    for j, kernel in enumerate(feature_kernels(rows.rows, spec.points, rows.gamma, rows.features)):
        at_points[:, j] = kernel.mean(axis=0)
        at_rows[:, j] = kernel @ spec.weights
    overall = spec.weights @ at_points
    by_point = spec.weights * at_points.prod(axis=1)
    by_row, product = at_rows.prod(axis=1), float(overall.prod())
    inner = float(density.mean() - by_point.sum() - by_row.mean() + product)
    influence = density - by_row + product * (at_rows / np.maximum(overall, _TINY)).sum(axis=1)
    for j, kernel in enumerate(feature_kernels(rows.rows, spec.points, rows.gamma, rows.features)):
        influence -= kernel @ (by_point / np.maximum(at_points[:, j], _TINY))
    return Alignment(inner=inner, error=float(influence.std() / np.sqrt(n)))


def judge_dependence(rows: FramedRows, spec: FramedSpecification, alignment: Alignment) -> tuple[Dependence, bool]:
    """Say whether the specification's dependence is seen in the user's rows.

    Returns
    -------
    dependence : {"seen", "not seen", "not testable"}
    sure : bool
        It is seen so surely and so strongly that it may speak where the distance alone cannot.
    """
    if len(rows.features) < 2:
        return "not testable", False
    inner, error = alignment.inner, alignment.error
    if alignment.z > _SEEN:
        return "seen", alignment.z > SURE and inner > _STRONG * rows.own_dependence2
    residual = np.sqrt(spec.residual2) + ONE_SIDED * spec.noise
    expected = max(spec.dependence2 - _ERROR_BOUND * residual**2, 0.0)  # an aligned user shows about this at least
    if expected > 3.0 * error and inner + ONE_SIDED * error < expected / 2.0:
        return "not seen", False
    if rows.rank_correlation is not None:
        mean, sd = rows.rank_correlation
        if mean < ONE_SIDED * sd and mean + ONE_SIDED * sd < _NONE_AT_ALL:
            return "not seen", False
    return "not testable", False
