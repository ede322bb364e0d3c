# SPDX-License-Identifier: Apache-2.0
"""The statistical specification itself: a weighted point set, its frame and its card.

A reduced kernel mean embedding (RKME; Wu, Xu, Liu and Zhou, TKDE 2021): ``sum_j weights_j k(points_j, ·)`` stands for
the distribution of the rows it was made from.  Points are kept in the units of the original columns, so that they can
be read under any kernel, drawn, and sampled from.

Rules
-----
* An object that exists is sound: finite, inside its frame's box, weights on the simplex, card and profile agreeing.
  Whatever comes from outside becomes an object here and nowhere else.
* Objects never change: the arrays are read-only.
* The file holds two float32 tensors, ``points`` (m, width) and ``weights`` (m,), as safetensors, and nothing else; a
  labelled specification's also ``labels`` (m,), int32 positions in the card's list.

Called by the release, the archive, the market and the reuse methods.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Privacy, Profile, SpecificationCard
from lwnode.errors import SettingsError, SpecificationError
from lwnode.specification.accounting import mu_for
from lwnode.specification.frame import box, from_frame, scaling, to_frame
from lwnode.specification.labels import MOST_LABELS
from lwnode.types import Matrix, Points, Vector

POINT_LIMIT = 1_000
SMALLEST_WEIGHT = 1e-6  # lighter points are not worth their bytes
_HEADER_LIMIT = 4_096  # bytes of a tensor file beside its numbers
_OUTSIDE = 2e-3  # frame units that float32 rounding may add to the box
_SUM = 1e-6
_STEPS = 1e-6  # sum of shares in steps of 0.01
_HIGHEST_LEVEL = 0.9
_MOST_COORDINATES = 10_000  # of a private embedding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Specification:
    """A sketch of the rows behind a model.

    Parameters
    ----------
    points : (m, width) float32, raw units
    weights : (m,) float64, >= 0, sum 1
        Representable as float32.
    profile : Profile
        Of the frame in which it was made.
    card : SpecificationCard
        Its privacy, residual and tail level.
    labels : (m,) int32, or None
        Of a labelled specification: the position of each point's label in ``card.labels``.

    Raises
    ------
    SpecificationError
        Anything that a sound specification cannot have.
    """

    points: Points
    weights: Vector
    profile: Profile
    card: SpecificationCard
    labels: NDArray[np.int32] | None = None

    def __post_init__(self) -> None:
        """Check everything and make the arrays read-only."""
        points = np.array(self.points, dtype=np.float32, order="C")
        weights = np.array(self.weights, dtype=np.float32).astype(np.float64)
        _check_arrays(points, weights, self.profile)
        _check_card(self.card, self.profile)
        labels = _checked_labels(self.labels, len(points), self.card)
        for name, array in (("points", points), ("weights", weights), ("labels", labels)):
            if array is not None:
                array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def frame(self) -> Matrix:
        """The points in the frame, (m, width) float64; computed anew each time, O(m·width)."""
        return to_frame(self.profile, self.points.astype(np.float64))

    def to_bytes(self) -> bytes:
        """Return the tensor file; equal specifications give equal bytes."""
        from safetensors.numpy import save

        labels = {} if self.labels is None else {"labels": self.labels}
        return bytes(save({"points": self.points, "weights": self.weights.astype(np.float32), **labels}))

    @classmethod
    def from_bytes(cls, tensors: bytes, card: SpecificationCard, profile: Profile) -> Specification:
        """Return the specification in a tensor file; the inverse of `to_bytes`.

        Parameters
        ----------
        tensors : bytes
            Of any origin; the length is checked before anything is parsed.
        card, profile
            The documents that belong to it.

        Raises
        ------
        SpecificationError
            Too long, not a tensor file, other tensors than the two, or not a sound specification.
        """
        from safetensors import SafetensorError, deserialize

        if len(tensors) > _HEADER_LIMIT + 4 * POINT_LIMIT * (profile.width + 2):
            raise SpecificationError(f"a specification of {len(tensors)} bytes is too long for its profile")
        try:
            entries: dict[str, dict[str, Any]] = dict(deserialize(tensors))  # type: ignore[no-untyped-call]  # of Rust
        except SafetensorError as error:
            raise SpecificationError("not a tensor file") from error
        wanted = {"points": "F32", "weights": "F32", **({"labels": "I32"} if card.labels else {})}
        if {name: entry["dtype"] for name, entry in entries.items()} != wanted:
            raise SpecificationError(
                "a specification holds two float32 tensors, points and weights, and where it is labelled int32 labels"
            )
        points, weights, labels = (
            np.frombuffer(entries[name]["data"], dtype=kind).reshape(entries[name]["shape"])
            if name in entries
            else None
            for name, kind in (("points", "<f4"), ("weights", "<f4"), ("labels", "<i4"))
        )
        assert points is not None
        assert weights is not None
        return cls(points=points, weights=weights.astype(np.float64), profile=profile, card=card, labels=labels)


def unmeasured(profile: Profile, points: Matrix, weights: Vector, labels: NDArray[Any] | None = None) -> Specification:
    """Return points of the frame as they will be stored, so that all figures are measured on what is published.

    Notes
    -----
    Points lighter than `SMALLEST_WEIGHT` are left out.  The card is blank: its owner replaces it.
    """
    kept = weights > SMALLEST_WEIGHT
    blank = SpecificationCard(
        profile=profile.id,
        rows=1,
        privacy=Privacy(mode="no-noise"),
        frequencies=0,
        residual2=0.0,
        residual_noise=0.0,
        tail=0.0,
        level=0.0,
        labels=() if labels is None else tuple(map(str, range(int(labels.max()) + 1))),
    )
    return Specification(
        points=from_frame(profile, points[kept]),
        weights=weights[kept] / weights[kept].sum(),
        profile=profile,
        card=blank,
        labels=None if labels is None else labels[kept],
    )


def _checked_labels(labels: NDArray[Any] | None, points: int, card: SpecificationCard) -> NDArray[np.int32] | None:
    """Return the points' labels, or refuse what does not belong to the card's list."""
    if (labels is None) != (not card.labels):
        raise SpecificationError("the points have labels and the card has no names for them, or the other way round")
    if labels is None:
        return None
    if labels.shape != (points,) or labels.dtype.kind not in "iu":
        raise SpecificationError("a labelled specification has one label for each point")
    if labels.min() < 0 or labels.max() >= len(card.labels):
        raise SpecificationError("a point's label is not in the list")
    return np.array(labels, dtype=np.int32)


def _check_arrays(points: Points, weights: Vector, profile: Profile) -> None:
    """Refuse points and weights that are not a measure in the frame's box."""
    if points.ndim != 2 or points.shape[1] != profile.width:
        raise SpecificationError(
            f"points of shape {points.shape} do not fit the {profile.width} columns of the profile"
        )
    if weights.shape != (len(points),) or not 1 <= len(points) <= POINT_LIMIT:
        raise SpecificationError(f"a specification has 1 to {POINT_LIMIT} points with one weight each")
    if not (np.isfinite(points).all() and np.isfinite(weights).all()):
        raise SpecificationError("a point or a weight is not a finite number")
    if weights.min() < 0.0 or abs(float(weights.sum()) - 1.0) > _SUM:
        raise SpecificationError("the weights are not shares: negative, or with a sum other than 1")
    centre, scale = scaling(profile)
    low, high = box(profile)
    frame = (points.astype(np.float64) - centre) * scale
    if ((frame < low - _OUTSIDE) | (frame > high + _OUTSIDE)).any():
        raise SpecificationError("a point lies outside the frame of the profile")


def _check_card(card: SpecificationCard, profile: Profile) -> None:
    """Refuse a card that cannot be true of any specification."""
    if card.profile != profile.id:
        raise SpecificationError("the specification belongs to another profile")
    figures = (card.residual2, card.residual_noise, card.tail, card.level)
    if not all(map(math.isfinite, figures)) or card.residual2 < 0.0 or card.residual_noise < 0.0:
        raise SpecificationError("a figure of the specification is negative or not finite")
    if card.rows < 1 or card.privacy.rows_per_person < 1 or not 0.0 <= card.level <= _HIGHEST_LEVEL:
        raise SpecificationError("rows, rows per person or level of the specification are out of range")
    _check_shares(card)
    if not (0 <= card.frequencies <= _MOST_COORDINATES and 0 <= card.landmarks <= _MOST_COORDINATES) or (
        card.frequencies and card.landmarks
    ):
        raise SpecificationError("the specification names no embedding that there is")
    noisy = {card.residual_noise > 0.0, card.frequencies + card.landmarks > 0}
    if noisy != {card.privacy.mode == "private"}:
        raise SpecificationError("the specification's noise does not belong to its privacy mode")
    if card.privacy.mode == "private" and profile.origin == "own data":
        raise SpecificationError("bounds taken from the data themselves cannot carry a private specification")
    _check_guarantee(card.privacy)


def _check_shares(card: SpecificationCard) -> None:
    """Refuse labels and shares that cannot be."""
    for names in (card.labels, card.shares_of):
        if len(names) > MOST_LABELS or len(set(names)) != len(names):
            raise SpecificationError("a label is named twice, or there are too many")
    edges = card.label_edges
    if edges and (len(edges) != len(card.labels) + 1 or any(not a < b for a, b in pairwise(edges))):
        raise SpecificationError("the edges of the labels do not belong to them")
    if card.shares and (
        len(card.shares) != len(card.labels or card.shares_of)
        or not all(0.0 <= share <= 1.0 for share in card.shares)
        or abs(sum(card.shares) - 1.0) > _STEPS
    ):
        raise SpecificationError("the shares of the classes are not one for each, with a sum of 1")


def _check_guarantee(privacy: Privacy) -> None:
    """Refuse a guarantee that is missing, claimed where there is none, or not consistent with itself."""
    stated = (privacy.epsilon, privacy.delta, privacy.mu)
    if privacy.mode != "private":
        if stated != (None, None, None):
            raise SpecificationError("only a private specification carries epsilon, delta and mu")
        return
    epsilon, delta, mu = stated
    if epsilon is None or delta is None or mu is None:
        raise SpecificationError("a private specification states epsilon, delta and mu")
    try:
        honest = mu_for(epsilon, delta)
    except SettingsError as error:
        raise SpecificationError(f"the specification's guarantee is out of range: {error}") from error
    if not abs(mu - honest) <= 1e-6 * honest:
        raise SpecificationError("the specification's mu does not follow from its epsilon and delta")
