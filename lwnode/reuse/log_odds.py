# SPDX-License-Identifier: Apache-2.0
"""What a classifier says of a row, freed of how its owner's classes were distributed, and how much of it is believed.

Inside the label set L_i of learnware i: ``h_ic(x) = log p_ic(x) / √T_i − log π_ic``, minus its mean over L_i, held to
±6; 0 outside.  π_i are the class shares of its training data and T_i its temperature, both from its card.

Rules
-----
* Nothing a card says gives a learnware more say: T is held to 1 … 20, a share to at least 0.01, log-odds to ±6.
  Unbounded, three learnwares that always name one class bring the error of 25 others from .08 to .84; held, to .18.
* A temperature is right for a model by itself; where many are fused, half of one above 1 is, and nothing of one below.
  Error with T as it is, so, and without any: Fashion .077, .078, .078 and .069, .069, .069 (two seeds), with classes in
  equal shares .135 each, WordNet .245, .242, .248 and .289, .285, .301, digits .026 each.

Called by the fusion and by the stacking.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lwnode.reuse.base import Answers, Members
from lwnode.types import Matrix, Vector

BOUND = 6.0  # of a centred log-odds
HOTTEST = 20.0  # temperature that is believed
SMALLEST_SHARE = 0.01
_LEAST = 1e-7  # smallest probability that is told from 0, as where temperatures are measured


def log_odds(members: Members, predictions: Answers) -> Answers:
    """Return centred log likelihood ratios, (N, n, k) within ±6, 0 where a learnware does not know a class.

    Parameters
    ----------
    members : Members
        Their shares and temperatures, where they are said.
    predictions : (N, n, k) float64
        Probabilities as the models gave them, NaN for what they do not know.
    """
    known = np.isfinite(predictions)
    heat = temperatures(members)[:, None, None]
    scores: Answers = np.log(np.clip(np.where(known, predictions, 1.0), _LEAST, 1.0)) / heat
    if members.shares is not None:
        scores -= np.log(_believed(members.shares))[:, None, :]
    scores *= known
    scores -= scores.sum(axis=2, keepdims=True) / np.maximum(known.sum(axis=2, keepdims=True), 1)
    np.clip(scores, -BOUND, BOUND, out=scores)
    scores *= known
    return scores


def temperatures(members: Members) -> Vector:
    """Return the temperatures that log-odds are divided by, (N,): ``√T``, T held to 1 … 20; 1 where none is said."""
    said = np.full(len(members.ids), 1.0) if members.temperatures is None else members.temperatures
    believed: Vector = np.sqrt(np.clip(np.where(np.isfinite(said), said, 1.0), 1.0, HOTTEST))
    return believed


def label_sets(members: Members, predictions: Answers) -> NDArray[np.bool_]:
    """Return which classes each learnware knows, by its card or by its answers, (N, k)."""
    known: NDArray[np.bool_] = np.any(np.isfinite(predictions), axis=1)
    return known if members.shares is None else known | np.isfinite(members.shares)


def _believed(shares: Matrix) -> Matrix:
    """Return shares of at least 0.01; a class whose share is not said has that of the others on average."""
    said = np.isfinite(shares)
    mean = np.where(said, shares, 0.0).sum(axis=1, keepdims=True) / np.maximum(said.sum(axis=1, keepdims=True), 1)
    return np.maximum(np.where(said, shares, mean), SMALLEST_SHARE)
