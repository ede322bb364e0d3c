# SPDX-License-Identifier: Apache-2.0
"""Figures of a private model on held-out rows, noised.

For classes three sums over the held-out rows are released together: how many count, how many of these are right, and
their losses, clipped.  Replacing one row moves each by at most 1, all together by at most √3.  For values the count
and the absolute errors come first (√2), and then the squared errors (1), clipped where the mean error that was just
released says that hardly any are.

Rules
-----
* Loss of a class: negative log of its probability (nats), at most `LOSS_LIMIT`.  Absolute error of a value: at most
  half of the distance of the target's bounds; in the RMSE at most four times the mean one.
* No AUC: replacing one row moves it by as much as one over the smaller class, which is not bounded in public.
* The interval covers both that the held-out rows are a sample and the noise.

Called by `lwnode.training.private.train`.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from lwnode.documents import Figure
from lwnode.training.intervals import Z, published
from lwnode.training.private.draws import Draws
from lwnode.training.private.problem import Rows
from lwnode.types import Matrix

NOTE: Final = "noised, inside ε"
LOSS_LIMIT: Final = 4.0  # nats
_FIRST = 0.4  # share of mu² of the count and the absolute errors
_ERRORS = 4.0  # mean errors, at which squared ones are clipped
_FEWEST_NOISES = 5.0  # a count below so many deviations of its noise divides nothing


def release_figures(rows: Rows, scores: Matrix, draws: Draws, mu: float) -> tuple[Figure, ...]:
    """Return rounded figures of a model on rows that it was not fitted on.

    Parameters
    ----------
    rows : Rows
    scores : (n, C) probabilities, or (n, 1) values in the target's unit
    draws : Draws
        Of the held-out rows.
    mu : float
        What the figures may cost.

    Returns
    -------
    tuple of Figure
        ``accuracy`` and ``log loss``, or ``rmse`` with errors clipped; empty where the noise leaves too few rows to
        say anything.
    """
    if rows.target.classes:
        return _of_classes(rows, scores, draws, mu)
    return _of_values(rows, scores, draws, mu)


def _of_classes(rows: Rows, scores: Matrix, draws: Draws, mu: float) -> tuple[Figure, ...]:
    counted = rows.counted
    known = rows.labels[counted]
    right = scores[counted].argmax(axis=1) == known
    taken = np.clip(scores[counted][np.arange(len(known)), known], math.exp(-LOSS_LIMIT), 1.0)
    sums = np.array([len(known), right.sum(), (-np.log(taken) / LOSS_LIMIT).sum()], dtype=np.float64)
    found = draws.average(sums, reach=math.sqrt(3.0), mu=mu)
    noise = draws.deviation(math.sqrt(3.0), mu, 3)
    if found[0] < _FEWEST_NOISES * noise:
        return ()
    return tuple(
        published(_figure(name, float(found[at] / found[0]), noise / found[0], draws.rows * found[0], unit))
        for at, name, unit in ((1, "accuracy", 1.0), (2, "log loss", LOSS_LIMIT))
    )


def _of_values(rows: Rows, scores: Matrix, draws: Draws, mu: float) -> tuple[Figure, ...]:
    counted = rows.counted
    target = rows.target
    error = np.abs(scores[counted][:, 0] - (rows.labels[counted] * target.reach + target.centre)) / target.reach
    first = mu * math.sqrt(_FIRST)
    sums = np.array([len(error), np.minimum(error, 1.0).sum()], dtype=np.float64)
    found = draws.average(sums, reach=math.sqrt(2.0), mu=first)
    noise = draws.deviation(math.sqrt(2.0), first, 2)
    if found[0] < _FEWEST_NOISES * noise:
        return ()
    mean = max(float(found[1] / found[0]), noise / float(found[0]))
    limit = min(_ERRORS * mean, 1.0)
    rest = mu * math.sqrt(1.0 - _FIRST)
    squares = draws.average(np.array([(np.minimum(error / limit, 1.0) ** 2).sum()]), reach=1.0, mu=rest)
    noise = math.hypot(noise, draws.deviation(1.0, rest, 1))
    square = _figure("rmse", float(squares[0] / found[0]), noise / found[0], draws.rows * found[0], 1.0)
    unit = limit * target.reach
    low, value, high = (math.sqrt(share) * unit for share in (square.low, square.value, square.high))
    return (published(Figure(name="rmse", value=value, low=low, high=high)),)


def _figure(name: str, share: float, noise: float, rows: float, unit: float) -> Figure:
    """Return a mean of numbers in [0, 1] with its interval: such a mean m varies by at most m (1 - m) a row."""
    value = min(max(share, 0.0), 1.0)
    half = Z * math.sqrt(value * (1.0 - value) / max(rows, 1.0) + noise**2 + (noise * value) ** 2)
    low, high = max(value - half, 0.0), min(value + half, 1.0)
    return Figure(name=name, value=value * unit, low=low * unit, high=high * unit)
