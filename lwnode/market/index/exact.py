# SPDX-License-Identifier: Apache-2.0
"""Exact inner products of a query with many specifications, in float64.

Called by the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lwnode.types import Matrix, Points, Vector

_CELLS = 1 << 16  # kernel values held at a time: they stay in the cache between product, exponential and sum


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Query:
    """The user's side: rows with equal weights, or a specification.

    Parameters
    ----------
    left : (n, width + 2) float64
        Rows as `left_of` makes them.
    weights : (n,) float64, sum 1
    gamma : float
    norm2 : float
        Squared norm of the embedding.
    """

    left: Matrix
    weights: Vector
    gamma: float
    norm2: float

    @classmethod
    def of(cls, rows: Matrix, weights: Vector, gamma: float, *, norm2: float | None = None) -> Query:
        """Return the query of rows (n, width) in the island frame; O(n²) time where the squared norm is not known."""
        left = left_of(rows, gamma)
        if norm2 is None:
            right, norm2 = right_of(rows), 0.0
            step = max(1, _CELLS // len(rows))
            for start in range(0, len(rows), step):
                kernel = left[start : start + step] @ right.T
                np.exp(kernel, out=kernel)
                norm2 += float(weights[start : start + step] @ (kernel @ weights))
        return cls(left=left, weights=weights, gamma=gamma, norm2=norm2)

    def inner(self, points: Sequence[Matrix | Points], weights: Sequence[Vector | Points] | Matrix) -> Vector:
        """Return the inner products of the query with specifications, (N,).

        Parameters
        ----------
        points : sequence of (m, width) float
        weights : sequence of (m,) float

        Notes
        -----
        O(n·m·width) for each; a block of kernel values at a time.
        """
        edges = np.cumsum([0] + [len(part) for part in points])
        right = np.empty((int(edges[-1]), self.left.shape[1]))
        np.concatenate(points, out=right[:, :-2], casting="same_kind")
        right[:, -2] = 1.0
        right[:, -1] = np.einsum("ij,ij->i", right[:, :-2], right[:, :-2])
        by_point, n = np.empty(len(right)), len(self.left)
        step = max(1, _CELLS // n)
        room = np.empty(n * min(step, len(right)))
        for start in range(0, len(right), step):
            part = right[start : start + step]
            kernel = room[: n * len(part)].reshape(n, len(part))
            np.matmul(self.left, part.T, out=kernel)
            np.exp(kernel, out=kernel)
            np.matmul(self.weights, kernel, out=by_point[start : start + step])
        by_point *= np.concatenate(weights)
        inner: Vector = np.add.reduceat(by_point, edges[:-1])
        return inner


def squared_norms(points: Sequence[Matrix], weights: Sequence[Vector], gamma: float) -> Vector:
    """Return the squared norms of specifications' embeddings, (N,); O(m²) each, those of one size together."""
    norms = np.empty(len(points))
    sizes = np.array([len(part) for part in points])
    for size in np.unique(sizes):
        same = np.flatnonzero(sizes == size)
        step = max(1, _CELLS // int(size) ** 2)
        for start in range(0, len(same), step):
            some = same[start : start + step]
            Z, b = np.stack([points[i] for i in some]), np.stack([weights[i] for i in some])
            lengths = np.einsum("nij,nij->ni", Z, Z)
            kernel = Z @ Z.transpose(0, 2, 1)
            kernel *= 2.0
            kernel -= lengths[:, :, None]
            kernel -= lengths[:, None, :]
            kernel *= gamma
            np.exp(kernel, out=kernel)
            norms[some] = np.einsum("ni,ni->n", (kernel @ b[:, :, None])[:, :, 0], b)
    return norms


def left_of(rows: Matrix, gamma: float) -> Matrix:
    """Return rows so that one product with `right_of` gives ``-gamma |x - z|²``: the exponent, in one pass."""
    lengths = np.einsum("ij,ij->i", rows, rows)
    return np.column_stack([2.0 * gamma * rows, -gamma * lengths, np.full(len(rows), -gamma)])


def right_of(points: Matrix) -> Matrix:
    """Return points for the other side of that product."""
    lengths = np.einsum("ij,ij->i", points, points)
    return np.column_stack([points, np.ones(len(points)), lengths])
