# SPDX-License-Identifier: Apache-2.0
"""What the `learnware` package's specifications are here: a point set without a frame, or a table of scores.

Rules
-----
* An object that exists is sound: finite points of one shape, weights that are shares, a positive gamma.
* The package's solver leaves weights that sum to one almost: both the sum's distance from one and all that is below
  zero together may be `WEIGHT_TOLERANCE`.  `ImportedSet.weights` are brought to the simplex; ``beta`` keeps what was
  written, so that writing gives back the same file.
* There is no frame: points are in whatever units their owner used.  `lwnode.specification.interop.adoption` puts them
  into one, where a profile is known.

Called by reading, writing, distance and adoption.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import SpecificationError
from lwnode.specification.interop.bounds import NUMBER_LIMIT
from lwnode.specification.reduced_set import POINT_LIMIT
from lwnode.types import Vector

SetKind: TypeAlias = Literal["table", "text", "image", "hetero"]

WEIGHT_TOLERANCE: Final = 1e-3
ROW_LIMIT: Final = 2**53
SCORE_LIMIT: Final = 200  # benchmarks of one model
_LARGEST: Final = 1e100  # of a coordinate and of gamma: squares stay finite
_NAME_LIMIT: Final = 200  # characters of a language or a benchmark
_SHAPES: Final = {"table": 2, "text": 2, "hetero": 2, "image": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSettings:
    """How an image set's random networks are drawn: what its own kernel needs.

    Parameters
    ----------
    version : int
        Of the package's format.
    note : str or None
    models : int
    config : tuple of (str, int, float or None)
        Of the networks, as written.
    """

    version: int = 1
    note: str | None = None
    models: int = 16
    config: tuple[tuple[str, int | float | None], ...] = (
        ("k", 2), ("mu", 0), ("sigma", None), ("net_width", 128), ("net_depth", 3),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImportedSet:
    """A weighted point set of the package.

    Parameters
    ----------
    kind : {"table", "text", "image", "hetero"}
        ``text`` are the coordinates of a sentence embedding, ``hetero`` those of a market's own embedding.
    points : (m, d) float64, or (m, channels, height, width) for images
        In unknown units.
    beta : (m,) float64
        The weights as written.
    gamma : float
        Of ``exp(-gamma |x - y|^2)``; images have another kernel and 0 here.
    rows : int
        Rows behind it, as its owner claims; 0 where it is not said.
    languages : tuple of str
        Of texts.
    image : ImageSettings or None
        Of images.

    Raises
    ------
    SpecificationError
        Anything that a sound set cannot have.
    """

    kind: SetKind
    points: NDArray[np.float64]
    beta: Vector
    gamma: float = 0.0
    rows: int = 0
    languages: tuple[str, ...] = ()
    image: ImageSettings | None = None
    weights: Vector = field(init=False)

    def __post_init__(self) -> None:
        """Check everything, normalise the weights and make the arrays read-only."""
        points = np.array(self.points, dtype=np.float64, order="C")
        beta = np.array(self.beta, dtype=np.float64)
        _check_points(points, _SHAPES[self.kind])
        weights = _shares(beta, len(points))
        _check_gamma(self.gamma, self.kind)
        if not 0 <= self.rows <= ROW_LIMIT:
            raise SpecificationError("the number of rows behind the specification is out of range")
        if (self.image is not None) != (self.kind == "image") or (self.languages and self.kind != "text"):
            raise SpecificationError("the specification carries what belongs to another kind")
        if any(not 0 < len(language) <= _NAME_LIMIT for language in self.languages):
            raise SpecificationError("a language without a name, or with too long a one")
        for name, array in (("points", points), ("beta", beta), ("weights", weights)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def flat(self) -> NDArray[np.float64]:
        """The points as rows, (m, coordinates)."""
        return self.points.reshape(len(self.points), -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityScores:
    """What a language model scored in public benchmarks.

    Parameters
    ----------
    scores : tuple of (str, float)
        Benchmark and score in per cent, in the order written.
    """

    scores: tuple[tuple[str, int | float], ...]

    def __post_init__(self) -> None:
        """Refuse scores that cannot be.

        Raises
        ------
        SpecificationError
            A benchmark without a name, named twice, or too many; a score that is not finite.
        """
        names = [name for name, _ in self.scores]
        if len(names) > SCORE_LIMIT or len(set(names)) != len(names):
            raise SpecificationError("too many benchmarks, or one of them twice")
        if any(not 0 < len(name) <= _NAME_LIMIT for name in names):
            raise SpecificationError("a benchmark without a name, or with too long a one")
        if any(abs(score) > _LARGEST or not math.isfinite(score) for _, score in self.scores):
            raise SpecificationError("a score that is not a finite number")


def _check_points(points: NDArray[np.float64], dimensions: int) -> None:
    if points.ndim != dimensions or 0 in points.shape[1:]:
        raise SpecificationError(f"points of shape {points.shape} cannot be of this kind")
    if not 1 <= len(points) <= POINT_LIMIT:
        raise SpecificationError(f"a specification has 1 to {POINT_LIMIT} points", hint="make it of fewer points")
    if points.size > NUMBER_LIMIT:
        raise SpecificationError(f"a specification has at most {NUMBER_LIMIT} coordinates")
    if not (np.abs(points) <= _LARGEST).all():
        raise SpecificationError("a coordinate that is not a finite number")


def _shares(beta: Vector, points: int) -> Vector:
    if beta.shape != (points,):
        raise SpecificationError("a specification has one weight for each point")
    if not (np.abs(beta) <= _LARGEST).all():
        raise SpecificationError("a weight that is not a finite number")
    below = -float(beta[beta < 0].sum())
    if below > WEIGHT_TOLERANCE or abs(float(beta.sum()) - 1.0) > WEIGHT_TOLERANCE:
        raise SpecificationError(
            "the weights are not shares: negative, or with a sum other than 1",
            hint="make the specification with nonnegative_beta",
        )
    weights: Vector = np.maximum(beta, 0.0) / np.maximum(beta, 0.0).sum()
    return weights


def _check_gamma(gamma: float, kind: SetKind) -> None:
    if kind == "image":
        if gamma != 0:
            raise SpecificationError("an image specification has no gamma")
    elif not 0 < gamma <= _LARGEST:
        raise SpecificationError("the kernel's gamma must be a positive number")
