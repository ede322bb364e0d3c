# SPDX-License-Identifier: Apache-2.0
"""Means that one liar does not move, and that nobody moves by coming many times.

The weighted median and the mean of what lies near it; and one voice for all learnwares that answer the same.

Called by the mix and the fusion.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lwnode.reuse.base import Answers, Evidence
from lwnode.specification.kernels import squared_distances
from lwnode.types import Vector

CUT = 4.0  # weighted median absolute deviations that are kept
MAD = 1.4826  # of a normal distribution's standard deviation
_HALF = 1e-9  # slack around one half of the weight
_SAME = 1e-9  # relative difference of answers that are the same
_SAME_VOICE = 1e-3  # distance of the answers of learnwares that have one voice: honest ones that agree have many
_HEARD_ROWS = 100  # that say who answers the same
_LARGEST = 1e100  # a larger answer is held to it: its square is a number
_HALF_CELL = 0.5


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


def one_voice(evidence: Evidence) -> Vector:
    """Return what is left of each learnware's say where those that answer the same have one voice together, (N,).

    Parameters
    ----------
    evidence : Evidence
        At the user's own rows, of which at most 100 are looked at.

    Notes
    -----
    Two answer the same where they know the same outputs of every row and the root of the mean squared distance of their
    answers is at most .001, for values in units of the spread that answers have in the median: it is the same model, as
    models that were trained apart never agree so far, and those that agree have many voices.  A model that is published
    ten times counts once, and so do liars who say the same; those who vary their answers are not seen.  O(N²·k).
    """
    answers = evidence.predictions[:, :: -(-evidence.predictions.shape[1] // _HEARD_ROWS)]
    known = np.isfinite(answers)
    held = np.where(known, np.clip(answers, -_LARGEST, _LARGEST), 0.0)
    if evidence.kind == "values":
        spread = np.median(held.std(axis=1), axis=0)
        held = held / np.where(spread > 0.0, spread, 1.0)
    flat, masks = held.reshape(len(held), -1), known.reshape(len(held), -1).astype(np.float64)
    apart = squared_distances(flat, flat) / answers.shape[1]
    same = (apart <= _SAME_VOICE**2) & (squared_distances(masks, masks) < _HALF_CELL)
    np.fill_diagonal(same, val=True)
    count: Vector = 1.0 / same.sum(axis=1)
    return count


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
