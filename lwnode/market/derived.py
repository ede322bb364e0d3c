# SPDX-License-Identifier: Apache-2.0
"""The market's side: a specification in a frame, and what everybody can compute from its points.

Rules
-----
* Nothing here depends on the user's rows: these figures are computed once for a specification.
* The *no-idea reference* is somebody who knows only the public scales: independent columns, a number as N(0, s) in the
  frame (s = 1; s = 2 for the wide one), a category as any of its levels alike.
* The reference's 500 rows are the island's anchors: they follow from the profile alone (its columns and its seed), so
  every node that has the profile has them, and nobody's data are in them.

Called by the entry, the score and the mixture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.market.frames import feature_kernels, feature_slices
from lwnode.market.index.anchors import Anchors
from lwnode.specification.frame import LEVEL, public_rows, to_frame
from lwnode.specification.kernels import gaussian, squared_distances
from lwnode.specification.landmarks import LANDMARKS
from lwnode.specification.reduced_set import Specification
from lwnode.specification.scalars import TAIL_POWER
from lwnode.types import Mask, Matrix, Vector

_REFERENCE_ROWS = 500
_SMALLEST = 1e-12  # below this a squared distance is rounding


@dataclass(frozen=True, kw_only=True, eq=False)  # without slots: `cached_property` needs the dictionary
class FramedSpecification:
    """A specification, or a mixture of several, in one frame.

    Parameters
    ----------
    profile : Profile
        Of the frame.
    points : (m, width) float64, island frame
        Rounded to float32, as an index keeps them, so that a distance is the same whoever computes it.
    weights : (m,) float64, ≥ 0, sum 1
    rows : float
        Rows behind it; effective rows of a mixture.
    residual2 : float
        Squared distance to the training data, noise removed.
    noise : float
        Standard deviation of the noise on the residual; 0 without noise.
    private : bool
    tail, level : float
        A row is covered when its tail value exceeds ``tail``; the share ``level`` of the training rows is not.
    """

    profile: Profile
    points: Matrix
    weights: Vector
    rows: float
    residual2: float
    noise: float
    private: bool
    tail: float
    level: float

    @property
    def gamma(self) -> float:
        """Of the frame's kernel."""
        return self.profile.gamma

    @cached_property
    def features(self) -> tuple[slice, ...]:
        """Coordinates of each feature."""
        return feature_slices(self.profile)

    @cached_property
    def norm2(self) -> float:
        """Squared norm of the embedding; O(m²)."""
        return float(self.weights @ gaussian(self.points, self.points, self.gamma) @ self.weights)

    @cached_property
    def vector(self) -> NDArray[np.float32]:
        """Short vector on all of the profile's anchors, (p + 1,) float32: see `lwnode.market.index.anchors`."""
        return vector_of(self.profile, self.points, self.weights, self.norm2).astype(np.float32)

    @cached_property
    def reference2(self) -> float:
        """Squared distance to the no-idea reference."""
        return max(self._to_reference(1.0), _SMALLEST)

    @cached_property
    def wide2(self) -> float:
        """The larger of that and the squared distance to the wide reference."""
        return max(self.reference2, self._to_reference(2.0))

    def _to_reference(self, scale: float) -> float:
        """Return the squared distance to the reference with variance ``scale``, in closed form."""
        near, own = np.ones(len(self.points)), 1.0
        for column, part in zip(self.profile.features, self.features, strict=True):
            block = self.points[:, part]
            if column.type == "category":
                near *= gaussian(block, LEVEL * np.eye(column.width), self.gamma).mean(axis=1)
                own *= (1.0 + (column.width - 1) * np.exp(-4.0 * self.gamma)) / column.width
            else:
                widened = 1.0 + 2.0 * self.gamma * scale
                near *= np.exp(-self.gamma * np.square(block[:, 0]) / widened) / np.sqrt(widened)
                own /= np.sqrt(1.0 + 4.0 * self.gamma * scale)
        return self.norm2 - 2.0 * float(self.weights @ near) + float(own)

    @cached_property
    def reference_covered(self) -> Mask:
        """Which of the reference's rows (500, under the profile's public seed) the tail test calls covered."""
        rows = public_rows(self.profile, _REFERENCE_ROWS, np.random.default_rng(self.profile.seed))
        return self.covers(squared_distances(rows, self.points))

    @property
    def false_rate(self) -> float:
        """Share of the reference's rows that the tail test calls covered."""
        return float(self.reference_covered.mean())

    @cached_property
    def dependence2(self) -> float:
        """Squared norm of the specification's own dependence (joint minus product of the marginals); O(m²·d)."""
        product, single = np.ones(len(self.points)), 1.0
        for kernel in feature_kernels(self.points, self.points, self.gamma, self.features):
            means = kernel @ self.weights
            product *= means
            single *= float(self.weights @ means)
        return max(self.norm2 - 2.0 * float(self.weights @ product) + single, 0.0)

    def covers(self, squares: Matrix) -> Mask:
        """Return which rows the tail test calls covered.

        Parameters
        ----------
        squares : (n, m) float64
            Squared distances of the rows to the points.

        Returns
        -------
        (n,) bool
        """
        density = np.exp(-TAIL_POWER * self.gamma * squares) @ self.weights if self.private else None
        covered: Mask = (-squares.min(axis=1) if density is None else density) > self.tail
        return covered


def vector_of(profile: Profile, points: Matrix, weights: Vector, norm2: float) -> Vector:
    """Return the short vector of weighted points on all of the profile's anchors, (p + 1,) float64; O(m·q)."""
    anchors = _anchors(profile)
    vector: Vector = anchors.vectors(points, weights, np.zeros(1, dtype=np.intp), np.array([norm2]))[0]
    return vector


@lru_cache(maxsize=4)
def _anchors(profile: Profile) -> Anchors:
    return Anchors.of(profile, LANDMARKS)


def framed(specification: Specification, profile: Profile) -> FramedSpecification:
    """Bring a specification into a frame.

    Parameters
    ----------
    specification : Specification
        Points in raw units.
    profile : Profile
        Of the same schema.
    """
    card = specification.card
    return FramedSpecification(
        profile=profile,
        points=to_frame(profile, specification.points.astype(np.float64)).astype(np.float32).astype(np.float64),
        weights=specification.weights / specification.weights.sum(),
        rows=float(card.rows),
        residual2=card.residual2,
        noise=card.residual_noise,
        private=card.privacy.mode == "private",
        tail=card.tail,
        level=card.level,
    )


def joint(members: Sequence[FramedSpecification], shares: Vector) -> FramedSpecification:
    """Return the mixture of several specifications as one.

    Parameters
    ----------
    members : sequence of FramedSpecification
        All in one frame.
    shares : (N,) float64, ≥ 0, sum 1

    Returns
    -------
    FramedSpecification
        Its tail test covers nothing: a row of a mixture is covered where a member covers it.
    """
    squares = np.square(shares)
    return FramedSpecification(
        profile=members[0].profile,
        points=np.concatenate([member.points for member in members]),
        weights=np.concatenate([share * member.weights for share, member in zip(shares, members, strict=True)]),
        rows=1.0 / float(squares @ np.array([1.0 / member.rows for member in members])),
        residual2=float(squares @ np.array([member.residual2 for member in members])),
        noise=float(np.sqrt(squares @ np.array([member.noise**2 for member in members]))),
        private=any(member.private for member in members),
        tail=np.inf,
        level=float(shares @ np.array([member.level for member in members])),
    )
