# SPDX-License-Identifier: Apache-2.0
"""Random Fourier features: the finite coordinates in which a mean embedding is noised.

``phi(x) = D^(-1/2) [cos(x W), sin(x W)]`` with D public frequencies W drawn from the kernel's spectrum, so that
``<phi(x), phi(y)>`` estimates ``k(x, y)`` (Rahimi and Recht, NIPS 2007).  The frequencies are orthogonal in blocks (Yu
et al., Orthogonal Random Features, NIPS 2016): each has the same distribution as before, together they spread better.
At 500 rows of 10 to 30 columns and ε = 1 that lowers the squared error of a private specification by about a tenth.

Rules
-----
* ``|phi(x)| = 1`` for every row and every W.  The privacy proof rests on this and on nothing else here.
* The frequencies follow from public numbers only: width, count, gamma and a seed.

Called by the release (embedding), the residual (many rows) and the fit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

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
