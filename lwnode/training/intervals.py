# SPDX-License-Identifier: Apache-2.0
"""Figures on held-out rows with a 95 % interval, and their rounding for publication.

Rules
-----
* The interval says how sure the figure is for this model and other rows of the same kind; it does not cover another
  training run, nor the optimism of having chosen the best of a few models on these rows.
* AUC of two classes: DeLong's variance on the logit scale.  Accuracy: Wilson.  AUC of more classes, RMSE and R²:
  bootstrap percentiles, resampled inside each class where there are classes.
* Published figures are rounded to two digits, an interval outwards, so that it never promises more than was measured.

Called by `lwnode.training.fit` and reuse.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Figure
from lwnode.training.evaluation import accuracy, auc, macro_auc, r2, ranks, rmse
from lwnode.types import Matrix, Task, Vector

Z = 1.959963984540054  # two-sided 95 % of the standard normal distribution
_RESAMPLES = 400


def wilson(right: float, n: float) -> tuple[float, float]:
    """Return the Wilson score interval of a share.

    Parameters
    ----------
    right : float
        Successes, 0 to n.
    n : float
        Trials, > 0.

    Notes
    -----
    Wilson (1927), eq. 4 of Brown, Cai and DasGupta (2001).
    """
    share = right / n
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def delong(positive: NDArray[np.bool_], score: Vector) -> tuple[float, float]:
    """Return DeLong's interval of an AUC.

    Parameters
    ----------
    positive : (n,) bool
    score : (n,) float64

    Notes
    -----
    DeLong, DeLong and Clarke-Pearson (1988), by mid-ranks as in Sun and Xu (2014): ``O(n log n)``.  The normal
    interval is taken on the logit scale, which keeps it inside (0, 1).  Where every pair is ranked right the variance
    is 0 and says nothing; then the interval is Wilson's for as many trials as the smaller class has rows.
    """
    a, b = score[positive], score[~positive]
    n, m = len(a), len(b)
    together = ranks(np.concatenate([a, b]))
    value = float((together[:n].sum() - n * (n + 1) / 2) / (n * m))
    over_b = (together[:n] - ranks(a)) / m
    over_a = 1.0 - (together[n:] - ranks(b)) / n
    variance = (over_b.var(ddof=1) / n if n > 1 else 0.25) + (over_a.var(ddof=1) / m if m > 1 else 0.25)
    if variance <= 0.0 or not 0.0 < value < 1.0:
        return wilson(value * min(n, m), min(n, m))
    centre = math.log(value / (1 - value))
    half = Z * math.sqrt(variance) / (value * (1 - value))
    low, high = (1 / (1 + math.exp(-max(-700.0, min(700.0, centre + side * half)))) for side in (-1, 1))
    return low, high


def bootstrap(
    figure: Callable[[NDArray[np.intp]], float],
    groups: NDArray[np.intp],
    rng: np.random.Generator,
    resamples: int = _RESAMPLES,
) -> tuple[float, float]:
    """Return the percentile interval of a figure over resampled rows.

    Parameters
    ----------
    figure : callable
        Positions of rows, (n,) → value.
    groups : (n,) int
        Rows are resampled inside each group, so that none becomes empty.
    rng : Generator
    resamples : int
    """
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    values = [
        figure(np.concatenate([rows[rng.integers(0, len(rows), len(rows))] for rows in members]))
        for _ in range(resamples)
    ]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def figures(task: Task, y: NDArray[np.generic], scores: Matrix, rng: np.random.Generator) -> tuple[Figure, ...]:
    """Return the figures of one model on held-out rows, exact; the first is the one that is shown.

    Parameters
    ----------
    task : {"classification", "regression"}
    y : (n,) int labels 0 to C - 1, every class present, or float64 values
    scores : (n, C) probabilities, or (n, 1) values
    rng : Generator
        Of the bootstrap.
    """
    if task == "regression":
        truth, guess = y.astype(np.float64), scores[:, 0]
        together = np.zeros(len(truth), dtype=np.intp)
        r2_low, r2_high = bootstrap(lambda rows: _r2_or_zero(truth[rows], guess[rows]), together, rng)
        low, high = bootstrap(lambda rows: rmse(truth[rows], guess[rows]), together, rng)
        return (
            Figure(name="r2", value=r2(truth, guess), low=r2_low, high=r2_high),
            Figure(name="rmse", value=rmse(truth, guess), low=low, high=high),
        )
    labels = y.astype(np.intp)
    if scores.shape[1] == 2:
        low, high = delong(labels == 1, scores[:, 1])
        area = Figure(name="auc", value=auc(labels == 1, scores[:, 1]), low=low, high=high)
    else:
        low, high = bootstrap(lambda rows: macro_auc(labels[rows], scores[rows]), labels, rng)
        area = Figure(name="auc", value=macro_auc(labels, scores), low=low, high=high)
    right = accuracy(labels, scores.argmax(axis=1))
    low, high = wilson(right * len(labels), len(labels))
    return area, Figure(name="accuracy", value=right, low=low, high=high)


def published(figure: Figure) -> Figure:
    """Return a figure as it may leave: two decimals, RMSE two significant digits, the interval rounded outwards."""
    size = abs(figure.value) or abs(figure.high)
    places = 2
    if figure.name == "rmse" and size > 0:
        places = 1 - math.floor(math.log10(size))
    return Figure(
        name=figure.name,
        value=_rounded(figure.value, places, round),
        low=_rounded(figure.low, places, math.floor),
        high=_rounded(figure.high, places, math.ceil),
    )


def _rounded(value: float, places: int, way: Callable[[float], int]) -> float:
    """Round to decimal places, which may be negative; 1e-9 keeps what is already round where it is."""
    scaled = value * 10.0**places
    nudge = 1e-9 * max(1.0, abs(scaled)) * ((way is math.floor) - (way is math.ceil))
    whole = way(scaled + nudge)
    return whole / 10**places if places >= 0 else float(whole * 10**-places)


def _r2_or_zero(truth: Vector, guess: Vector) -> float:
    """Return R², or 0 for a resample in which all values are equal."""
    return r2(truth, guess) if truth.min() < truth.max() else 0.0
