# SPDX-License-Identifier: Apache-2.0
"""Specifications that stand in the user's own frame: how dense their data are where the user's rows are.

Called by the methods that choose one learnware, for all rows or for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lwnode.reuse.base import Members
from lwnode.specification.kernels import gaussian
from lwnode.types import Matrix, Vector

F = TypeVar("F", np.float32, np.float64)

_CELLS = 1 << 17  # kernel values held at a time: what stays near the processor
_BESIDE = 16  # specifications in one block


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sketches:
    """Specifications in the user's own frame.

    Parameters
    ----------
    points : tuple of (m, w) float64
    weights : tuple of (m,) float64
    noisy : bool
        Whether noise was added to one of them.
    """

    points: tuple[Matrix, ...]
    weights: tuple[Vector, ...]
    noisy: bool

    @classmethod
    def of(cls, members: Members) -> Sketches | None:
        """Return the specifications of learnwares, or None where they are not in the user's own frame."""
        if members.framed is None or any(one.known is not None for one in members.framed):
            return None
        return cls(
            points=tuple(one.points for one in members.framed),
            weights=tuple(one.weights for one in members.framed),
            noisy=any(one.noise > 0.0 for one in members.framed),
        )

    def products(self, of: NDArray[np.intp], gamma: float) -> Matrix:
        """Return the inner products of some of the embeddings, (n, n)."""
        points, weights, starts = self._together(of)
        inner = gaussian(points, points, gamma)
        inner *= weights
        products: Matrix = np.add.reduceat(np.add.reduceat(inner, starts, axis=1) * weights[:, None], starts, axis=0)
        return products

    def densities(self, rows: NDArray[F], of: NDArray[np.intp], gamma: float) -> Matrix:
        """Return ``Σ_j b_j k(z_j, x)`` of every row (n, w) under some of them, (len(of), n).

        Notes
        -----
        O(n·m·w) for each, in the precision of the rows.
        """
        out = np.empty((len(of), len(rows)))
        for first in range(0, len(of), _BESIDE):
            block = slice(first, first + _BESIDE)
            exponents, sums = self._factors(of[block], gamma, rows.dtype)
            step = max(1, _CELLS // len(sums))
            for begin in range(0, len(rows), step):
                x = rows[begin : begin + step]
                norms = np.einsum("ij,ij->i", x, x)
                kernel = np.column_stack([x, norms, np.ones_like(norms)]) @ exponents
                np.exp(kernel, out=kernel)
                out[block, begin : begin + step] = (kernel @ sums).T
        return out

    def _factors(self, of: NDArray[np.intp], gamma: float, precision: np.dtype[F]) -> tuple[NDArray[F], NDArray[F]]:
        """Return what turns (x, |x|², 1) into ``−γ |x − z|²`` of every point, (w + 2, M), and weights, (M, len(of)).

        As two products: passes over a matrix cost more than they.
        """
        points, weights, starts = self._together(of)
        exponents = np.vstack([2.0 * points.T, np.full(len(points), -1.0), -np.einsum("ij,ij->i", points, points)])
        exponents *= gamma
        sums = np.zeros((len(points), len(of)))
        sums[np.arange(len(points)), np.searchsorted(starts, np.arange(len(points)), side="right") - 1] = weights
        return exponents.astype(precision), sums.astype(precision)

    def _together(self, of: NDArray[np.intp]) -> tuple[Matrix, Vector, NDArray[np.intp]]:
        """Return all points and weights of some of them, and where each begins."""
        sizes = [len(self.weights[place]) for place in of]
        return (
            np.concatenate([self.points[place] for place in of]),
            np.concatenate([self.weights[place] for place in of]),
            np.cumsum([0, *sizes[:-1]]),
        )
