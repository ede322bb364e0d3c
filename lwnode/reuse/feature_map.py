# SPDX-License-Identifier: Apache-2.0
"""A map from the user's columns to a learnware's frame that makes the user's rows look like the learnware's data.

Columns that both have pass through unchanged.  The others start as what the specification says of them given the known
ones (`lwnode.reuse.filling`), and a small network of the user's columns is trained to move them so that the squared MMD
of the mapped rows to the specification falls, as the reference's feature alignment does.

Differs from `learnware`: what is known is not learnt anew, training starts at the conditional mean and not at random,
and the same rows always give the same map.

Called by the alignment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.reuse.base import Framed
from lwnode.reuse.filling import fill
from lwnode.reuse.linear import Scaling, scaling
from lwnode.specification.frame import CLIP
from lwnode.specification.kernels import gaussian
from lwnode.types import Matrix, Vector

HIDDEN = 16
_STEPS = 60
_ROWS = 150  # of the user that train the map: with 300 it is no better, and takes half as long again (groceries)
_PENALTY = 1e-3  # on the squared size of the network's last layer, in units of the MMD


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeatureMap:
    """A trained map.

    Parameters
    ----------
    target : Framed
    known : (w,) int64
        Column of the user's rows for each coordinate of the frame, -1 where there is none.
    gamma : float
        Of the learnware's frame.
    columns : Scaling
        Of the user's rows.
    inner : (u + 1, h) float64
    outer : (h + 1, number of missing coordinates) float64
    """

    target: Framed
    known: NDArray[np.int64]
    gamma: float
    columns: Scaling
    inner: Matrix
    outer: Matrix

    def __call__(self, rows: Matrix) -> Matrix:
        """Return rows of the learnware's frame, (n, w)."""
        mapped = _filled(rows, self.known, self.target, self.gamma)
        missing = self.known < 0
        if missing.any():
            moved = _layer(np.tanh(_layer(self.columns(rows), self.inner)), self.outer)
            mapped[:, missing] = np.clip(mapped[:, missing] + moved, -CLIP, CLIP)
        return mapped


def feature_map(rows: Matrix, target: Framed, gamma: float, *, seed: int = 0) -> FeatureMap:
    """Train the map for one learnware.

    Parameters
    ----------
    rows : (n, u) float64
        The user's rows in the user's frame; at most 150 train.
    target : Framed
        ``known`` says which of its coordinates are columns of the user.
    gamma : float
        Of the learnware's frame.
    seed : int
        Of the network's first layer.

    Notes
    -----
    L-BFGS, at most 60 steps of O(n²·w) for n ≤ 150.
    """
    from scipy.optimize import minimize

    width = target.points.shape[1]
    known = np.arange(width, dtype=np.int64) if target.known is None else target.known
    rows = rows[:: -(-len(rows) // _ROWS)]
    columns = scaling(rows)
    missing = np.flatnonzero(known < 0)
    rng = np.random.default_rng(seed)
    inner = rng.normal(size=(rows.shape[1] + 1, HIDDEN)) / np.sqrt(rows.shape[1] + 1)
    outer = np.zeros((HIDDEN + 1, len(missing)))
    start = FeatureMap(target=target, known=known, gamma=gamma, columns=columns, inner=inner, outer=outer)
    if not len(missing):
        return start
    X, filled = columns(rows), _filled(rows, known, target, gamma)
    cut = inner.size

    def loss(flat: Vector) -> tuple[float, Vector]:
        first, last = flat[:cut].reshape(inner.shape), flat[cut:].reshape(outer.shape)
        hidden = np.tanh(_layer(X, first))
        mapped = filled.copy()
        mapped[:, missing] += _layer(hidden, last)
        value, slope = mmd2_and_slope(mapped, target.points, target.weights, gamma)
        back = slope[:, missing]
        through = (back @ last[:-1].T) * (1.0 - np.square(hidden))
        grown = np.vstack([hidden.T @ back, back.sum(axis=0)]) + 2.0 * _PENALTY * last
        flow = np.vstack([X.T @ through, through.sum(axis=0)])
        return value + _PENALTY * float(np.square(last).sum()), np.concatenate([flow.ravel(), grown.ravel()])

    # a first layer of exactly no effect has no slope: the last one starts a little beside 0
    begin = np.concatenate([inner.ravel(), 1e-3 * rng.normal(size=outer.size)])
    found = np.asarray(minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x)
    return FeatureMap(
        target=target,
        known=known,
        gamma=gamma,
        columns=columns,
        inner=found[:cut].reshape(inner.shape),
        outer=found[cut:].reshape(outer.shape),
    )


def mmd2_and_slope(rows: Matrix, points: Matrix, weights: Vector, gamma: float) -> tuple[float, Matrix]:
    """Return the squared MMD of rows to weighted points, less what no row changes, and its slope, (n, w)."""
    n = len(rows)
    among, across = gaussian(rows, rows, gamma), gaussian(rows, points, gamma) * (weights / weights.sum())
    value = float(among.mean()) - 2.0 * float(across.sum()) / n
    pull = among.sum(axis=1)[:, None] * rows - among @ rows
    push = across.sum(axis=1)[:, None] * rows - across @ points
    return value, (-4.0 * gamma / n**2) * pull + (4.0 * gamma / n) * push


def _layer(X: Matrix, weights: Matrix) -> Matrix:
    out: Matrix = X @ weights[:-1] + weights[-1]
    return out


def _filled(rows: Matrix, known: NDArray[np.int64], target: Framed, gamma: float) -> Matrix:
    at = np.flatnonzero(known >= 0)
    return fill(rows[:, known[at]], at, target.points, target.weights, gamma, len(known))
