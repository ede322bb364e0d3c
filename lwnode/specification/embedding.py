# SPDX-License-Identifier: Apache-2.0
"""The finite coordinates in which a mean embedding is noised: public landmarks, or random Fourier features.

=============  =========================================================================================================
`landmarks`    one person moves the mean by √2·g/n, but what lies outside their span is not seen
`features`     everything is seen, but one person moves the mean by 2·g/n
=============  =========================================================================================================

Rules
-----
* Which of them it is follows from the profile only: landmarks where they see two thirds of a public row on average.
  That is so up to about 20 columns under γ = 1 / columns, and up to some 200 under half of that.
* Whatever they are, ``reach`` bounds the distance of two rows' coordinates, and the noise follows from it.

Called by the plan, the private release and its fit, and the attacks that test them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol

import numpy as np

from lwnode.documents import Profile
from lwnode.specification.features import RandomFeatures
from lwnode.specification.frame import public_rows
from lwnode.specification.landmarks import Landmarks
from lwnode.types import Matrix, Vector

FEATURES = 512
_SEEN = 2.0 / 3.0  # of a public row's squared norm
_ROWS = 400  # public rows


class Placed(Protocol):
    """Points somewhere, and how their mean coordinates change with them."""

    def mean(self, b: Vector) -> Vector:
        """Return the mean coordinates under weights (m,), (q,)."""

    def gradients(self, b: Vector, pull: Vector) -> tuple[Matrix, Vector]:
        """Return the derivatives of ``pull @ mean(b)`` by the points, (m, width), and by the weights, (m,)."""


class Coordinates(Protocol):
    """A public map from rows of the island frame into finitely many coordinates."""

    @property
    def reach(self) -> float:
        """Largest distance of two rows' coordinates."""

    @property
    def count(self) -> int:
        """Coordinates of a row, q."""

    def coordinates(self, frame: Matrix) -> Matrix:
        """Return the coordinates of rows, (n, q)."""

    def mean(self, rows: Iterable[Matrix]) -> Vector:
        """Return the mean coordinates of rows (k, width) in blocks, at least one row together, (q,)."""

    def placed(self, Z: Matrix) -> Placed:
        """Return what a fit asks of points at Z."""

    def ways(self, start: Matrix, few: int) -> tuple[Matrix, Vector, Matrix]:
        """Return axes that say the most (r, q), the start's mean on them (r,), and covariances (3, r, r).

        Notes
        -----
        Of the mean on these axes, to first order, where all points move together by a standard normal vector, where
        each moves on its own, and where the logarithms of their weights do; r is at most ``few``.
        """


@lru_cache(maxsize=4)
def embedding(profile: Profile) -> Coordinates:
    """Return the coordinates of a profile; a tenth of a second, once."""
    landmarks = Landmarks.of(profile)
    rows = public_rows(profile, _ROWS, np.random.default_rng((profile.seed, 5)))
    seen = float((landmarks.coordinates(rows) ** 2).sum(axis=1).mean())
    return landmarks if seen >= _SEEN else RandomFeatures.of(profile, FEATURES, rows)
