# SPDX-License-Identifier: Apache-2.0
"""Which learnware speaks for each row: the one whose data the row most likely comes from.

A specification's points are a sample of its learnware's rows; a classifier that tells these samples apart says who
speaks.  With kernel densities that classifier needs no training, ``argmax_i w_i f_i(x)``: the limit of what the
reference reaches by drawing rows from each specification and boosting 2000 trees on them.

Two kernels
-----------
* The shares w are those of the mixture of specifications that is nearest to the user's rows, under the kernel that
  specifications are fitted with: under a narrower one, noise is mistaken for places.
* The densities f that choose are twice as narrow as those that weigh (`lwnode.reuse.SCALE`): who alone speaks must be
  near.  Error with one kernel and with two: digits .093 and .051, WordNet .668 and .600, at ε = 1 .666 and .637.

Differs from `learnware`: no herding (cubic in the rows drawn), no training; a learnware that does not answer a row is
passed over for the next likely one.

Called by the registry as ``job-selector``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lwnode.reuse.base import Blend, Evidence, Kind, Labelled, Members, Rule
from lwnode.reuse.blending import of_kind, weighted
from lwnode.reuse.mix import STRENGTH, UNREACHED
from lwnode.reuse.presence import SCALE
from lwnode.specification.kernels import gaussian
from lwnode.specification.simplex import simplex_weights
from lwnode.types import Matrix, Vector

F = TypeVar("F", np.float32, np.float64)

NEAREST = 40  # learnwares that can have a share in the mixture
NARROWER = 2.0  # multiple of γ of the densities that weigh
_FIT_ROWS = 1_000  # of the user, for the shares
_CELLS = 1 << 18  # kernel values held at a time


def job_selector(members: Members, mine: Evidence, labelled: Labelled | None = None) -> Rule:
    """Fit who speaks where.

    Parameters
    ----------
    members : Members
        With ``framed`` in the user's frame as described above; otherwise the shares follow the distances, and the
        densities are those of the evidence.
    mine : Evidence
    labelled : ignored

    Notes
    -----
    O((N·m)²·w) once, for at most 40 learnwares; O(N·m·w) a row.
    """
    runner_up = _nearness(members.distances)
    sketches = None if mine.rows is None else _sketches(members, mine.kind)
    shares = members.weights
    if shares is None:
        shares = runner_up if sketches is None or mine.rows is None else sketches.shares(members, mine.rows)
    speakers = np.flatnonzero(shares > 0.0)

    def rule(evidence: Evidence) -> Blend:
        speaking = evidence.speaking
        likely = np.zeros_like(evidence.densities)
        if sketches is None or evidence.rows is None:
            likely[speakers] = evidence.densities[speakers]
        else:
            likely[speakers] = sketches.densities(evidence.rows, speakers)
        likely *= shares[:, None] * speaking
        far = ~(likely.max(axis=0) > UNREACHED)
        likely[:, far] = ((shares + 1e-6 * runner_up)[:, None] * speaking)[:, far]
        chosen = np.zeros_like(likely)
        chosen[likely.argmax(axis=0), np.arange(likely.shape[1])] = 1.0
        return of_kind(weighted(evidence.predictions, chosen), evidence.kind)

    return rule


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sketches:
    """Specifications in the user's own frame.

    Parameters
    ----------
    points, weights : sequence of (m, w) float64, and of (m,)
    gamma : float
        Of the kernel that they were fitted with.
    narrow : float
        Of the densities that choose.
    """

    points: tuple[Matrix, ...]
    weights: tuple[Vector, ...]
    gamma: float
    narrow: float

    def shares(self, members: Members, rows: Matrix) -> Vector:
        """Return the shares of the mixture of specifications that is nearest to the user's rows, (N,)."""
        near = np.argsort(members.distances, kind="stable")[:NEAREST]
        points, weights, starts = self._together(near)
        inner = gaussian(points, points, self.gamma)
        inner *= weights
        gram = np.add.reduceat(np.add.reduceat(inner, starts, axis=1) * weights[:, None], starts, axis=0)
        seen = rows[:: -(-len(rows) // _FIT_ROWS)]
        out = np.zeros(len(members.distances))
        out[near] = simplex_weights(gram, _densities(seen, points, weights, starts, self.gamma).mean(axis=1))
        return out

    def densities(self, rows: Matrix, of: NDArray[np.intp]) -> Matrix:
        """Return the narrow densities of rows under some of the specifications, (len(of), n), in single precision."""
        points, weights, starts = self._together(of)
        return _densities(rows.astype(np.float32), points.astype(np.float32), weights, starts, self.narrow)

    def _together(self, of: NDArray[np.intp]) -> tuple[Matrix, Vector, NDArray[np.intp]]:
        """Return all points and weights of some specifications, and where each begins."""
        sizes = [len(self.weights[place]) for place in of]
        return (
            np.concatenate([self.points[place] for place in of]),
            np.concatenate([self.weights[place] for place in of]),
            np.cumsum([0, *sizes[:-1]]),
        )


def _densities(rows: NDArray[F], points: NDArray[F], weights: Vector, starts: NDArray[np.intp], gamma: float) -> Matrix:
    """Return ``Σ_j b_j k(z_j, x)`` of every row under each specification, (N, n)."""
    step = max(1, _CELLS // len(points))
    own = weights.astype(rows.dtype)
    out = np.empty((len(starts), len(rows)))
    for begin in range(0, len(rows), step):
        kernel = gaussian(rows[begin : begin + step], points, gamma)
        kernel *= own
        out[:, begin : begin + step] = np.add.reduceat(kernel, starts, axis=1).T
    return out


def _sketches(members: Members, kind: Kind) -> _Sketches | None:
    """Return the specifications, or None where they are not in the user's own frame."""
    if members.framed is None or any(one.known is not None for one in members.framed):
        return None
    scale = NARROWER * SCALE["regression" if kind == "values" else "classification"]
    return _Sketches(
        points=tuple(one.points for one in members.framed),
        weights=tuple(one.weights for one in members.framed),
        gamma=members.gamma,
        narrow=scale * members.gamma,
    )


def _nearness(distances: Vector) -> Vector:
    """Return ``exp(−30 (D − D_min))``: here the nearest is meant, and no answers are averaged."""
    nearness: Vector = np.exp(-STRENGTH * (distances - distances.min()))
    return nearness
