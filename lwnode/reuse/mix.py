# SPDX-License-Identifier: Apache-2.0
"""The default: everybody takes part, and each learnware speaks where its data were.

A learnware's part in a row is ``exp(−30 (D − D_min))`` times the row's density under its specification, D the MMD of
all rows to it.  The answer is the mean of the answers within four weighted median absolute deviations of the weighted
median, so that a model that answers nonsense, or lies, does not move it.

A prototype of this formula, on 40 stores (groceries, 14 columns, users without a label), closed 114 % of the gap
between the market's mean and its best single learnware, and 113 % with private specifications at ε = 1.  Three constant
models with a specification near everybody took the untrimmed mean from 114 % to −30 %; the trimmed one kept 114 %.

Called by the registry as ``mix``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lwnode.reuse.averaging import as_shares, blend_of
from lwnode.reuse.base import Blend, Evidence
from lwnode.types import Matrix, Vector

STRENGTH = 30.0  # of the distance in the prior; flat between 20 and 50
CUT = 4.0  # weighted median absolute deviations that are kept
_MAD = 1.4826  # of a normal distribution's standard deviation
UNREACHED = 1e-12  # a row with less density than this in all is reached by nobody
_HALF = 1e-9  # slack around one half of the weight
_TINY = 1e-300  # a learnware without any prior still speaks where it alone answers
_SAME = 1e-9  # relative difference of answers that are the same


def mix(evidence: Evidence) -> Blend:
    """Gate the answers by distance and density, and average those near the median.

    Notes
    -----
    O(N·n·k·log N) time.  Probabilities are averaged class by class among the learnwares that know the class, times the
    part of the row that these have, and then scaled to sum 1.
    """
    prior = distance_prior(evidence.distances) if evidence.weights is None else evidence.weights
    answered = evidence.answered
    speaking: NDArray[np.bool_] = np.any(answered, axis=2)
    parts = gate(prior, np.where(speaking, evidence.densities, 0.0), speaking)
    heard = parts[:, :, None] * answered
    known = heard.sum(axis=0)
    blend = blend_of(evidence.predictions, trimmed(evidence.predictions, heard), known)
    if evidence.kind == "values":
        return blend
    return Blend(values=as_shares(blend.values * known), weights=blend.weights)


def distance_prior(distances: Vector) -> Vector:
    """Return ``exp(−30 (D − D_min))``: further learnwares in the pool do not move anybody's weight but their own."""
    prior: Vector = np.exp(-STRENGTH * (distances - distances.min()))
    return prior


def gate(prior: Vector, densities: Matrix, speaking: NDArray[np.bool_] | None = None) -> Matrix:
    """Return each learnware's part in every row.

    Parameters
    ----------
    prior : (N,) float64, ≥ 0, not all 0
    densities : (N, n) float64, ≥ 0
    speaking : (N, n) bool, optional
        Who answered; default: everybody.

    Returns
    -------
    (N, n) float64, ≥ 0
        Each row's parts sum to 1 over those who speak, to 0 where nobody does.  Where no density reaches, they follow
        the prior alone.
    """
    speaking = np.ones(densities.shape, dtype=bool) if speaking is None else speaking
    floor = np.maximum(prior, _TINY)[:, None] * speaking
    parts = prior[:, None] * densities * speaking
    far = ~(parts.sum(axis=0) > UNREACHED * prior.sum())
    parts[:, far] = floor[:, far]
    total = parts.sum(axis=0)
    shares: Matrix = parts / np.where(total > 0.0, total, 1.0)
    return shares


def trimmed(answers: NDArray[np.float64], heard: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights without those whose answer is far from the weighted median.

    Parameters
    ----------
    answers : (N, n, k) float64
    heard : (N, n, k) float64, ≥ 0
        Weights, 0 where a learnware abstains.
    """
    finite = np.where(heard > 0.0, answers, 0.0)
    middle = weighted_median(heard, finite)
    away = np.abs(finite - middle)
    spread = _MAD * weighted_median(heard, away)
    near: NDArray[np.float64] = heard * (away <= CUT * spread + _SAME * np.abs(middle))
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
    median: NDArray[np.float64] = (low + high) / 2.0
    return median
