# SPDX-License-Identifier: Apache-2.0
"""Random Fourier features: finite coordinates that see every row, however far from the others.

``phi(x) = D^(-1/2) [cos(x W), sin(x W)]`` with D public frequencies W drawn from the kernel's spectrum, so that
``<phi(x), phi(y)>`` estimates ``k(x, y)`` (Rahimi and Recht, NIPS 2007).  The frequencies are orthogonal in blocks (Yu
et al., Orthogonal Random Features, NIPS 2016): each has the same distribution as before, together they spread better.

Rules
-----
* ``|phi(x)| = 1`` for every row and every W.  The privacy proof rests on this and on nothing else here.
* The frequencies follow from public numbers only: width, count, gamma and a seed.

Called by `lwnode.specification.embedding`, and by the residual where rows are many.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.types import Matrix, Points, Vector

_CELLS = 1 << 19  # phases held at a time


def frequencies(width: int, count: int, gamma: float, seed: int | tuple[int, ...]) -> Points:
    """Return public frequencies of the kernel ``exp(-gamma |x - y|^2)``.

    Parameters
    ----------
    width, count : int
        Coordinates of the frame, number of frequencies.
    gamma : float
    seed : int or tuple of int

    Returns
    -------
    (width, count) float32; each column is distributed as N(0, 2 gamma I)
    """
    rng = np.random.default_rng(seed)
    columns: list[Matrix] = []
    for start in range(0, count, width):
        block = min(width, count - start)
        q, r = np.linalg.qr(rng.normal(size=(width, block)))
        lengths = np.sqrt(rng.chisquare(width, size=block))
        columns.append(q * np.sign(np.diag(r)) * lengths)
    return (np.concatenate(columns, axis=1) * math.sqrt(2.0 * gamma)).astype(np.float32)


def features(frame: Matrix | Points, W: Points) -> NDArray[np.float32]:
    """Return the features of rows, (n, 2 D) float32, each of norm 1."""
    phase = np.asarray(frame, dtype=np.float32) @ W
    both = np.concatenate([np.cos(phase), np.sin(phase)], axis=1)
    both *= np.float32(1.0 / math.sqrt(W.shape[1]))
    return both


def mean_features(rows: Iterable[Matrix], W: Points, row_weights: Vector | None = None) -> Vector:
    """Return the mean feature vector of all rows.

    Parameters
    ----------
    rows : iterable of (k, width) float64, island frame
        In blocks; at least one row together.
    W : (width, D) float32
    row_weights : (n,) float64, sum 1, optional
        Of the mean; equal by default.

    Returns
    -------
    (2 D,) float64

    Notes
    -----
    O(n·D·d) time, bounded memory.  Cosines are float32 (20 × faster), sums float64.
    """
    count, D = 0, W.shape[1]
    cosines, sines = np.zeros(D), np.zeros(D)
    step = max(1, _CELLS // D)
    for block in rows:
        for start in range(0, len(block), step):
            phase = block[start : start + step].astype(np.float32) @ W
            if row_weights is None:
                cosines += np.cos(phase).sum(axis=0, dtype=np.float64)
                sines += np.sin(phase).sum(axis=0, dtype=np.float64)
            else:
                w = row_weights[count : count + len(phase)]
                cosines, sines = cosines + w @ np.cos(phase), sines + w @ np.sin(phase)
            count += len(phase)
    return np.concatenate([cosines, sines]) / ((count if row_weights is None else 1.0) * math.sqrt(D))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RandomFeatures:
    """Random features as coordinates of an embedding.

    Parameters
    ----------
    W : (width, D) float32
    axes : (r, 2 D) float64
        Orthonormal axes that say the most of public rows.
    """

    W: Points
    axes: Matrix

    reach = 2.0  # largest distance of two rows' coordinates: features may be opposite

    @classmethod
    def of(cls, profile: Profile, count: int, rows: Matrix) -> RandomFeatures:
        """Return the features of a profile, and axes for public rows (n, width) of its frame."""
        W = frequencies(profile.width, count, profile.gamma, profile.seed)
        _, _, axes = np.linalg.svd(features(rows, W).astype(np.float64), full_matrices=False)
        return cls(W=W, axes=axes)

    @property
    def count(self) -> int:
        """Coordinates of a row, 2 D."""
        return 2 * int(self.W.shape[1])

    def coordinates(self, frame: Matrix) -> Matrix:
        """Return the features of rows, (n, 2 D) float64."""
        return features(frame, self.W).astype(np.float64)

    def mean(self, rows: Iterable[Matrix]) -> Vector:
        """Return the mean features of rows in blocks, (2 D,)."""
        return mean_features(rows, self.W)

    def placed(self, Z: Matrix) -> _Placed:
        """Return what a fit asks of points at Z."""
        return _Placed(self.W, Z)

    def ways(self, start: Matrix, few: int) -> tuple[Matrix, Vector, Matrix]:
        """Return axes that say the most, the start's mean on them, and the covariance of each way to leave it.

        Notes
        -----
        As `lwnode.specification.embedding.Coordinates.ways`; O(D²·(m + r)).
        """
        axes, m = self.axes[:few], len(start)
        phi = features(start, self.W).astype(np.float64) / m
        D = self.W.shape[1]
        slopes = np.concatenate([-phi[:, D:], phi[:, :D]], axis=1)  # of each coordinate, by its phase
        W = np.concatenate([self.W, self.W], axis=1).astype(np.float64)
        moves = (slopes.T @ slopes) * (W.T @ W)
        shift = axes @ (slopes.sum(axis=0) * W).T
        points = axes @ phi.T
        tilts = points - points.mean(axis=1)[:, None]
        return axes, points.sum(axis=1), np.stack([shift @ shift.T, axes @ moves @ axes.T, tilts @ tilts.T])


class _Placed:
    """The features of points, and how they change."""

    def __init__(self, W: Points, Z: Matrix) -> None:
        self._W = W
        phase = Z.astype(np.float32) @ W
        scale = np.float32(1.0 / math.sqrt(W.shape[1]))
        self._cosines, self._sines = np.cos(phase) * scale, np.sin(phase) * scale

    def mean(self, b: Vector) -> Vector:
        return np.concatenate([b @ self._cosines, b @ self._sines])

    def gradients(self, b: Vector, pull: Vector) -> tuple[Matrix, Vector]:
        on_cosines, on_sines = np.split(pull.astype(np.float32), 2)
        slope = self._cosines @ on_cosines + self._sines @ on_sines
        step = (self._cosines * on_sines - self._sines * on_cosines) @ self._W.T
        return b[:, None] * step, slope.astype(np.float64)
