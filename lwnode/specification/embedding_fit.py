# SPDX-License-Identifier: Apache-2.0
"""From a noised embedding to a reduced set: post-processing, which keeps the privacy of what it starts from.

Rules
-----
* No row ever enters here.  The only input that depends on rows is the noised target; the start, the number of steps
  and everything else are public.
* Noise must not be fitted.  The start is smooth and the number of steps falls as the noise grows; stopping there
  instead of at convergence lowers the squared error to the true embedding by 10 to 30 % in up to 10 columns where the
  noise is at its largest, and changes nothing where it is small.  In more columns points have farther to go: from 40
  on, all steps are taken.
* Points stay in the box.

Called by the release.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lwnode.types import Matrix, Points, Progress, Vector, silent

F = TypeVar("F", np.float32, np.float64)

_RATE = 0.06  # of Adam, falling along a cosine to a twentieth
_FIRST, _SECOND, _TINY = 0.9, 0.999, 1e-8  # Adam's own constants
_MOST, _FEWEST = 300, 60
_PER_NOISE, _NARROW = 19.0, 10  # steps times the norm of the noise, in so many columns
_REPORT = 50  # steps between two calls of progress


def steps_for(noise: float, width: int) -> int:
    """Return the number of steps for an expected norm of the noise in the target, and a number of coordinates."""
    return int(np.clip(_PER_NOISE / max(noise, 1e-9) * max(1.0, width / _NARROW), _FEWEST, _MOST))


def fit_embedding(
    target: Vector,
    W: Points,
    *,
    start: Matrix,
    low: Vector,
    high: Vector,
    steps: int,
    progress: Progress = silent,
) -> tuple[Matrix, Vector]:
    """Fit points and weights to a target in random-feature space.

    Parameters
    ----------
    target : (2 D,) float64
        Mean features, noised.
    W : (width, D) float32
        The frequencies of the target.
    start : (m, width) float64, island frame
        Public points.
    low, high : (width,)
        Box in which points stay.
    steps : int
        See `steps_for`.
    progress : callable

    Returns
    -------
    points : (m, width) float64, island frame
    weights : (m,) float64, positive, sum 1

    Notes
    -----
    Adam (Kingma and Ba, ICLR 2015) on ``|sum_j b_j phi(z_j) - target|^2`` with b a softmax; O(steps·m·D·width) time,
    O(m·D) memory, all in float32.
    """
    D = W.shape[1]
    scale = np.float32(1.0 / math.sqrt(D))
    cos_target, sin_target = target[:D].astype(np.float32), target[D:].astype(np.float32)
    low32, high32 = low.astype(np.float32), high.astype(np.float32)
    Z = np.clip(start.astype(np.float32), low32, high32)
    logits = np.zeros(len(Z), dtype=np.float32)
    move_points, move_logits = _Adam(Z), _Adam(logits)
    for step in range(steps):
        if step % _REPORT == 0:
            progress(step / steps, "fitting the points")
        phase = Z @ W
        cosines, sines = np.cos(phase) * scale, np.sin(phase) * scale
        b = _softmax(logits)
        cos_error, sin_error = b @ cosines - cos_target, b @ sines - sin_target
        slope = 2 * (cosines @ cos_error + sines @ sin_error)
        gradient = (2 * b[:, None] * (cosines * sin_error - sines * cos_error)) @ W.T
        rate = _RATE * (0.05 + 0.95 * 0.5 * (1.0 + math.cos(math.pi * (step + 1) / steps)))
        move_points(gradient, rate)
        move_logits(b * (slope - b @ slope), rate)
        np.clip(Z, low32, high32, out=Z)
    return Z.astype(np.float64), _softmax(logits.astype(np.float64))


class _Adam:
    """Adam's moments for one array, which it moves in place."""

    def __init__(self, values: NDArray[np.float32]) -> None:
        self.values = values
        self.first, self.second = np.zeros_like(values), np.zeros_like(values)
        self.step = 0

    def __call__(self, gradient: NDArray[np.float32], rate: float) -> None:
        self.step += 1
        self.first += (1 - _FIRST) * (gradient - self.first)
        self.second += (1 - _SECOND) * (gradient * gradient - self.second)
        spread = np.sqrt(self.second / (1 - _SECOND**self.step)) + _TINY
        self.values -= (rate / (1 - _FIRST**self.step)) * self.first / spread


def _softmax(logits: NDArray[F]) -> NDArray[F]:
    weights: NDArray[F] = np.exp(logits - logits.max())
    weights /= weights.sum()
    return weights
