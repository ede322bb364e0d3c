# SPDX-License-Identifier: Apache-2.0
"""From specifications in the frame to what the index keeps of them: checked, with their norms and short vectors.

Called by the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import SpecificationError
from lwnode.market.index.anchors import Anchors
from lwnode.market.index.exact import squared_norms
from lwnode.market.index.records import Added
from lwnode.types import Matrix, Points, Vector

Sketch: TypeAlias = tuple[str, "Matrix | Points", "Vector | NDArray[np.float32]"]  # id, points in the frame, weights


def shares(weights: NDArray[np.float32]) -> Vector:
    """Return kept weights (m,) as shares, float64, of sum 1: what `lwnode.market.derived` makes of them."""
    wide = weights.astype(np.float64)
    divided: Vector = wide / wide.sum()
    return divided


def all_shares(weights: Sequence[NDArray[np.float32]]) -> Sequence[Vector] | Matrix:
    """Return the `shares` of several specifications, those of equal sizes in one piece."""
    if len({len(part) for part in weights}) > 1:
        return [shares(part) for part in weights]
    wide = np.array(weights, dtype=np.float64)
    divided: Matrix = wide / wide.sum(axis=1, keepdims=True)
    return divided


def added(sketches: Sequence[Sketch], anchors: Anchors) -> list[Added]:
    """Return what is kept of some specifications.

    Parameters
    ----------
    sketches : sequence of (str, (m, width) float, (m,) float)
        Id, points in the island frame, weights ≥ 0 of sum 1.
    anchors : Anchors

    Raises
    ------
    SpecificationError
        Points or weights that are no specification in the frame.

    Notes
    -----
    O(m² + m·q) kernel values for each.
    """
    kept = [_checked(points, weights, len(anchors.centre)) for _, points, weights in sketches]
    points, parts = [Z.astype(np.float64) for Z, _ in kept], [shares(b) for _, b in kept]
    norms = squared_norms(points, parts, anchors.gamma)
    starts = np.cumsum([0] + [len(Z) for Z in points[:-1]])
    vectors = anchors.vectors(np.concatenate(points), np.concatenate(parts), starts, norms).astype(np.float32)
    return [
        Added(name=name, points=Z, weights=b, norm2=float(norm2), vector=vector)
        for (name, _, _), (Z, b), norm2, vector in zip(sketches, kept, norms, vectors, strict=True)
    ]


def _checked(
    points: Matrix | Points, weights: Vector | NDArray[np.float32], width: int
) -> tuple[Points, NDArray[np.float32]]:
    """Return points and weights as they are kept, or refuse what is no specification in the frame."""
    Z, b = np.ascontiguousarray(points, dtype=np.float32), np.ascontiguousarray(weights, dtype=np.float32)
    if Z.ndim != 2 or Z.shape[1] != width or b.shape != (len(Z),) or not len(Z):
        raise SpecificationError("the points or weights have not the profile's shape")
    if not (np.isfinite(Z).all() and np.isfinite(b).all()) or b.min() < 0.0 or abs(float(b.sum()) - 1.0) > 1e-3:
        raise SpecificationError("points that are no numbers, or weights that are no shares")
    return Z, b
