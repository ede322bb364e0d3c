# SPDX-License-Identifier: Apache-2.0
"""Means that one liar does not move: the weighted median, and the mean of what lies near it.

Called by the mix and by the alignment.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lwnode.reuse.base import Answers

CUT = 4.0  # weighted median absolute deviations that are kept
MAD = 1.4826  # of a normal distribution's standard deviation
_HALF = 1e-9  # slack around one half of the weight
_SAME = 1e-9  # relative difference of answers that are the same


def trimmed(answers: Answers, heard: Answers, judges: Answers | None = None) -> Answers:
    """Return the weights without those whose answer is far from the weighted median.

    Parameters
    ----------
    answers : (N, n, k) float64
    heard : (N, n, k) float64, ≥ 0
        Weights, 0 where a learnware abstains.
    judges : (N, n, k) float64, ≥ 0, optional
        Weights under which median and spread are taken; default: the same.  What a learnware can raise by its own
        claims counts less here: who holds most of the weight would else judge itself.

    Returns
    -------
    (N, n, k) float64
        Where nobody who is heard lies near, those of ``judges`` who do.
    """
    judges = heard if judges is None else judges
    finite = np.where(heard > 0.0, answers, 0.0) if judges is heard else np.where(np.isfinite(answers), answers, 0.0)
    middle = weighted_median(judges, finite)
    away = np.abs(finite - middle)
    spread = MAD * weighted_median(judges, away)
    kept = away <= CUT * spread + _SAME * np.abs(middle)
    near: Answers = heard * kept
    if judges is not heard:
        nobody = ~(near.sum(axis=0) > 0.0)
        near[:, nobody] = (judges * kept)[:, nobody]
    return near


def weighted_median(weights: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weighted median over the first axis.

    Parameters
    ----------
    weights, values : (N, …) float64
        Weights ≥ 0; values finite.

    Returns
    -------
    (…) float64
        The middle of the lower and the upper median, which differ only where exactly half of the weight lies on each
        side: two equal learnwares are averaged, not chosen from.  Without meaning where there is no weight.
    """
    order = np.argsort(values, axis=0, kind="stable")
    ordered = np.take_along_axis(values, order, axis=0)
    total = np.cumsum(np.take_along_axis(weights, order, axis=0), axis=0)
    lower = (total < (0.5 - _HALF) * total[-1]).sum(axis=0)
    upper = np.minimum((total <= (0.5 + _HALF) * total[-1]).sum(axis=0), len(values) - 1)
    low = np.take_along_axis(ordered, lower[None], axis=0)[0]
    high = np.take_along_axis(ordered, upper[None], axis=0)[0]
    median: NDArray[np.float64] = low / 2.0 + high / 2.0
    return median
