# SPDX-License-Identifier: Apache-2.0
"""Public landmarks: coordinates of a mean embedding in which one person weighs least.

``f(x) = A k(P, x)`` with public points P and ``AᵀA = (K_PP + ridge I)^-1``: the coordinates of ``k(x, ·)`` projected on
the span of the landmarks (Nyström; Chatalic et al., ICML 2022).  Rows of A go by importance: the eigenvectors of K_PP,
the largest eigenvalue first.  Balog, Tolstikhin and Schölkopf (ICML 2018, Algorithm 1) project on public points too.

A Gaussian kernel is positive, so that two rows are at most orthogonal and one person moves the mean by √2·g/n, where
random features, which may be opposite, need 2·g/n.  What lies outside the span of the landmarks is not seen, and in
many columns under a narrow kernel that is most of it: `lwnode.specification.embedding` chooses.

Rules
-----
* ``|f(x) - f(y)| <= sqrt(2)`` for any two rows: f is a projection of ``k(x, ·)`` (the ridge only shortens it), and
  ``|k(x, ·) - k(y, ·)|² = 2 - 2 k(x, y) <= 2``.  The privacy proof rests on this and on nothing else here.
* Everything in float64: A stretches rounding errors by up to 1 / √ridge, a thousand times, to 1e-9.
* Landmarks follow from the profile only.

Called by `lwnode.specification.embedding`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lwnode.documents import Profile
from lwnode.specification.frame import public_rows
from lwnode.specification.kernels import gaussian, kernel_means
from lwnode.types import Matrix, Vector

LANDMARKS = 500
_NEARER = 0.7  # than public rows to their middle, from where they see more of what lies around
_RIDGE = 1e-6
_SEED = 4  # beside the profile's: other streams start the fit, the residual's features and the folds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Landmarks:
    """Landmarks of a profile and the map into their coordinates.

    Parameters
    ----------
    centre : (width,) float64, island frame
    points : (q, width) float64, island frame less the centre: small numbers, whose products lose less
    axes : (q, q) float64
        A above, the most important coordinate first.
    gamma : float
    """

    centre: Vector
    points: Matrix
    axes: Matrix
    gamma: float

    reach = math.sqrt(2.0)  # largest distance of two rows' coordinates

    @classmethod
    def of(cls, profile: Profile) -> Landmarks:
        """Return the landmarks of a profile: rows of somebody who knows only the profile; O(q³) time."""
        points = public_rows(profile, LANDMARKS, np.random.default_rng((profile.seed, _SEED)))
        centre = points.mean(axis=0)
        points = _NEARER * (points - centre)
        values, vectors = np.linalg.eigh(gaussian(points, points, profile.gamma))
        lengths = np.sqrt(np.maximum(values, 0.0) + _RIDGE)
        return cls(
            centre=centre, points=points, axes=np.ascontiguousarray((vectors / lengths).T[::-1]), gamma=profile.gamma
        )

    @property
    def count(self) -> int:
        """Coordinates of a row, q."""
        return len(self.points)

    def coordinates(self, frame: Matrix) -> Matrix:
        """Return the coordinates of rows, (n, q), each of norm at most 1; O(n·q·(width + q)) time."""
        return gaussian(frame - self.centre, self.points, self.gamma) @ self.axes.T

    def mean(self, rows: Iterable[Matrix]) -> Vector:
        """Return the mean coordinates of rows in blocks, (q,); O(n·q·width) time, bounded memory."""
        count, total = 0, np.zeros(self.count)
        for block in rows:
            total += kernel_means(self.points, block - self.centre, self.gamma) * len(block)
            count += len(block)
        mean: Vector = self.axes @ (total / count)
        return mean

    def placed(self, Z: Matrix) -> _Placed:
        """Return what a fit asks of points at Z."""
        return _Placed(self, Z)

    def ways(self, start: Matrix, few: int) -> tuple[Matrix, Vector, Matrix]:
        """Return axes that say the most, the start's mean on them, and the covariance of each way to leave it.

        Notes
        -----
        As `lwnode.specification.embedding.Coordinates.ways`.  With ``D_j = d f / d z_j``, the covariance of the moves
        is ``sum_j b_j² D_j D_jᵀ``, which a product of kernels gives without any D: O(q²·m).
        """
        P, gamma, start = self.points, self.gamma, start - self.centre
        K = gaussian(P, start, gamma) / len(start)
        mixed = (K * (P @ start.T)) @ K.T
        lengths = (K * np.einsum("ij,ij->i", start, start)) @ K.T
        moves = 4.0 * gamma**2 * ((P @ P.T) * (K @ K.T) - mixed - mixed.T + lengths)
        axes = self.axes[:few]
        shift = axes @ (2.0 * gamma * (K.sum(axis=1)[:, None] * P - K @ start))
        points = axes @ K
        tilts = points - points.mean(axis=1)[:, None]
        first: Matrix = np.eye(few, self.count)
        return first, points.sum(axis=1), np.stack([shift @ shift.T, axes @ moves @ axes.T, tilts @ tilts.T])


class _Placed:
    """The coordinates of points, and how they change."""

    def __init__(self, of: Landmarks, Z: Matrix) -> None:
        self._of, self._Z = of, Z - of.centre
        self._kernel = gaussian(of.points, self._Z, of.gamma)

    def mean(self, b: Vector) -> Vector:
        mean: Vector = self._of.axes @ (self._kernel @ b)
        return mean

    def gradients(self, b: Vector, pull: Vector) -> tuple[Matrix, Vector]:
        at_landmarks = pull @ self._of.axes
        slope = at_landmarks @ self._kernel
        pulled = self._kernel * at_landmarks[:, None] * b
        step: Matrix = 2.0 * self._of.gamma * (pulled.T @ self._of.points - pulled.sum(axis=0)[:, None] * self._Z)
        return step, slope
