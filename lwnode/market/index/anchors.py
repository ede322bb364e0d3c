# SPDX-License-Identifier: Apache-2.0
r"""Short vectors of specifications, whose distance never exceeds the MMD.

Let ``mu = sum_j b_j k(z_j, .)`` be a specification in the kernel's space H, A some anchors, and
``T f = P (f(a_1), ..., f(a_q))`` with a matrix P of p rows.  The short vector is ``x = (e, r)`` with ``e = T mu`` and
``r = sqrt(|mu|^2 - |e|^2)``.  For any two specifications

.. math:: |x - x'|^2 = |e - e'|^2 + (r - r')^2 \le |mu - mu'|^2 = MMD^2.

*Proof.*  ``T T* = P K_AA P'``.  P consists of rows of ``(K_AA + eps I)^(-1/2)`` in its own eigenvectors, turned or not,
so that ``T T* <= I``: T is a contraction, and ``S = (I - T*T)^(1/2)`` exists.  For every f in H
``|T f|^2 + |S f|^2 = |f|^2`` (C).  With f = mu this says ``|S mu| = r``.  With f = mu - mu' it says
``MMD^2 = |e - e'|^2 + |S mu - S mu'|^2``, and the last term is at least ``(|S mu| - |S mu'|)^2``.  ∎

Any P with ``P K_AA P' <= I`` will do: fewer rows, or rows turned by an orthogonal matrix, only make the bound weaker.

Rounding
--------
The proof is about real numbers; `MARGIN`, taken off every distance, covers what the computer makes of them:

* P stretches an error at most 1 / sqrt(eps) = 1000 times, so that e, in float64, is wrong by less than 1e-9,
  ``|mu|^2 - |e|^2`` by less than 2.5e-9 and its root, r, by less than 5e-5: 1e-4 for two vectors.
* Vectors are kept as float32 and turned by a float32 matrix (`lwnode.market.index.lists`): less than 70 roundings of
  2^-24 of a length of at most 1, a few times: 2e-5 for two vectors.

`matrix_margin`, taken off squared distances before, covers the scan, which computes ``|x|^2 + |x'|^2 - 2 x.x'`` in
float32.

Rules
-----
* Anchors follow from the profile alone, so no one's rows are in them.
* The vectors of one index come from one P: it is kept beside them, for another machine's eigenvectors may differ.

Called by the index and by the market for its mixtures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.market.index.exact import left_of, right_of
from lwnode.specification.landmarks import Landmarks
from lwnode.types import Matrix, Vector

DIMENSIONS = 64  # coordinates beside r: 65 float32 a learnware
MARGIN = 1.5e-4  # of a distance: see above
_UNIT = 2.0**-24  # rounding of a float32
_CELLS = 1 << 17  # kernel values held at a time: they stay in the cache


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Anchors:
    """Anchors with the matrix P.

    Parameters
    ----------
    centre : (width,) float64, island frame
    points : (q, width) float64, island frame less the centre
    axes : (p, q) float64
        P above, the most important coordinate first.
    gamma : float
    """

    centre: Vector
    points: Matrix
    axes: Matrix
    gamma: float

    @classmethod
    def of(cls, profile: Profile, dimensions: int = DIMENSIONS) -> Anchors:
        """Return the anchors of a profile: its public landmarks, on their most important axes.

        Parameters
        ----------
        profile : Profile
        dimensions : int
            p, 1 to `lwnode.specification.landmarks.LANDMARKS`.

        Notes
        -----
        O(q³) time, about a tenth of a second.
        """
        marks = Landmarks.of(profile)
        return cls(
            centre=marks.centre,
            points=marks.points,
            axes=np.ascontiguousarray(marks.axes[:dimensions]),
            gamma=marks.gamma,
        )

    @property
    def dimensions(self) -> int:
        """Coordinates of e, p."""
        return len(self.axes)

    def vectors(self, points: Matrix, weights: Vector, starts: NDArray[np.intp], norm2: Vector) -> Matrix:
        """Return the short vectors of specifications, (N, p + 1) float64.

        Parameters
        ----------
        points : (M, width) float64, island frame
            Of all specifications, one after the other.
        weights : (M,) float64
            Sum 1 in each.
        starts : (N,) int
            Place of each specification's first point, from 0, rising.
        norm2 : (N,) float64
            Squared norms of the embeddings.

        Notes
        -----
        O(M·q·width + N·p·q) time, bounded memory.
        """
        count, q = len(starts), len(self.points)
        right = right_of(self.points)
        sums = np.empty((count, q))
        ends = np.append(starts[1:], len(points))
        first = 0
        while first < count:
            last = max(first + 1, int(np.searchsorted(ends, starts[first] + _CELLS // q, side="right")))
            part = slice(int(starts[first]), int(ends[last - 1]))
            kernel = left_of(points[part] - self.centre, self.gamma) @ right.T
            np.exp(kernel, out=kernel)
            sizes = ends[first:last] - starts[first:last]
            if (sizes == sizes[0]).all():  # a product for each is quicker than sums between places
                shares = weights[part].reshape(last - first, 1, -1)
                sums[first:last] = (shares @ kernel.reshape(last - first, -1, q))[:, 0]
            else:
                kernel *= weights[part, None]
                sums[first:last] = np.add.reduceat(kernel, starts[first:last] - starts[first], axis=0)
            first = last
        vectors = np.empty((count, self.dimensions + 1))
        np.matmul(sums, self.axes.T, out=vectors[:, :-1])
        inside = np.einsum("ij,ij->i", vectors[:, :-1], vectors[:, :-1])
        vectors[:, -1] = np.sqrt(np.maximum(norm2 - inside, 0.0))
        return vectors


def matrix_margin(longest: float, length: float, dimensions: int) -> float:
    """Return what float32 may add to ``|x|² + |x'|² - 2 x·x'``.

    Parameters
    ----------
    longest, length : float
        Longest vector of the index, and the query's.
    dimensions : int
        p.

    Notes
    -----
    Each of the p + 4 roundings is at most 2^-24 of a sum that never exceeds (longest + length)².
    """
    return (dimensions + 4) * _UNIT * (longest + length) ** 2
