# SPDX-License-Identifier: Apache-2.0
"""Averages over all learnwares, row by row alike.

Three modes, after the reference engine's averaging reuser: the mean of the values, the share of votes for a label, the
mean of the probabilities.  Differs from `learnware`: probabilities are not put through a second softmax, several
outputs stay several, and the shares of a multiple recommendation count.

Called by the registry as ``average`` and ``vote``.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lwnode.reuse.base import Blend, Evidence
from lwnode.types import Matrix

Mode = Literal["mean", "label", "probability"]


def average(evidence: Evidence, mode: Mode | None = None) -> Blend:
    """Average the answers.

    Parameters
    ----------
    evidence : Evidence
    mode : {"mean", "label", "probability"}, optional
        ``label`` and ``probability`` need class probabilities.  Default: ``mean`` for values, ``probability`` for
        probabilities.

    Raises
    ------
    ValueError
        A mode for probabilities with values.
    """
    mode = mode or ("probability" if evidence.kind == "probabilities" else "mean")
    if mode != "mean" and evidence.kind != "probabilities":
        raise ValueError(f"averaging by {mode} needs class probabilities")
    if mode == "label":
        answers = votes(evidence.predictions)
    elif evidence.kind == "probabilities":
        answers = completed(evidence.predictions)
    else:
        answers = evidence.predictions
    shares = evidence.weights if evidence.weights is not None else np.ones(len(answers))
    blend = weighted(answers, np.repeat(shares[:, None], answers.shape[1], axis=1))
    if mode == "mean":
        return blend
    return Blend(values=as_shares(blend.values), weights=blend.weights)


def vote(evidence: Evidence) -> Blend:
    """Return the share of votes that each class gets; every learnware votes for its likeliest class."""
    return average(evidence, "label")


def votes(predictions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities (N, n, k) as votes: 1 for the likeliest class, 0 for others, NaN for an abstention."""
    known = np.isfinite(predictions)
    choice = np.where(known, predictions, -np.inf).argmax(axis=2)
    ballot = np.zeros_like(predictions)
    np.put_along_axis(ballot, choice[:, :, None], 1.0, axis=2)
    ballot[~known.any(axis=2)] = np.nan
    return ballot


def completed(predictions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities (N, n, k) with 0 for the classes that a learnware does not know; NaN where it is silent."""
    known = np.isfinite(predictions)
    return np.where(known, predictions, np.where(known.any(axis=2, keepdims=True), 0.0, np.nan))


def weighted(answers: NDArray[np.float64], shares: Matrix) -> Blend:
    """Return the weighted mean over those who answered.

    Parameters
    ----------
    answers : (N, n, k) float64
        NaN where a learnware abstains.
    shares : (N, n) float64, ≥ 0

    Returns
    -------
    Blend
        Its values are NaN where everybody with a share abstains.
    """
    heard = shares[:, :, None] * np.isfinite(answers)
    return blend_of(answers, heard)


def blend_of(answers: NDArray[np.float64], heard: NDArray[np.float64], importance: Matrix | None = None) -> Blend:
    """Return the mean of the answers under given weights.

    Parameters
    ----------
    answers : (N, n, k) float64
    heard : (N, n, k) float64, ≥ 0
        Weights; 0 for abstentions.
    importance : (n, k) float64, ≥ 0, optional
        How much each output counts for the reported part of a learnware; default: all alike.
    """
    total = heard.sum(axis=0)
    somebody = total > 0.0
    scale = np.where(somebody, total, 1.0)
    values = np.einsum("ink,ink->nk", heard, np.where(heard > 0.0, answers, 0.0)) / scale
    counted = somebody * (np.ones_like(total) if importance is None else importance)
    whole = counted.sum(axis=1)
    weights = np.einsum("ink,nk->in", heard / scale, counted) / np.where(whole > 0.0, whole, 1.0)
    return Blend(values=np.where(somebody, values, np.nan), weights=weights)


def as_shares(values: Matrix) -> Matrix:
    """Return rows (n, k) as probabilities: a class that nobody knows gets 0, each row sums to 1.

    A row without any answer stays NaN; a row whose answers are all 0 gets equal shares.
    """
    known = np.isfinite(values)
    positive = np.clip(np.where(known, values, 0.0), 0.0, None)
    total = positive.sum(axis=1, keepdims=True)
    equal = known / np.maximum(known.sum(axis=1, keepdims=True), 1)
    shares = np.where(total > 0.0, positive / np.where(total > 0.0, total, 1.0), equal)
    shares[~known.any(axis=1)] = np.nan
    return shares
