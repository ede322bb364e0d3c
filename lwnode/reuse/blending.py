# SPDX-License-Identifier: Apache-2.0
"""Weighted means of answers, with abstentions.

Called by the methods.
"""

from __future__ import annotations

import numpy as np

from lwnode.reuse.base import Answers, Blend, Kind
from lwnode.types import Matrix


def completed(predictions: Answers) -> Answers:
    """Return probabilities (N, n, k) with 0 for the classes that a learnware does not know; NaN where it is silent."""
    known = np.isfinite(predictions)
    return np.where(known, predictions, np.where(known.any(axis=2, keepdims=True), 0.0, np.nan))


def weighted(answers: Answers, shares: Matrix) -> Blend:
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


def blend_of(answers: Answers, heard: Answers, importance: Matrix | None = None) -> Blend:
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
    parts = heard / scale
    values = np.einsum("ink,ink->nk", parts, np.where(heard > 0.0, answers, 0.0))
    counted = somebody * (np.ones_like(total) if importance is None else importance)
    whole = counted.sum(axis=1)
    weights = np.einsum("ink,nk->in", parts, counted) / np.where(whole > 0.0, whole, 1.0)
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


def of_kind(blend: Blend, kind: Kind) -> Blend:
    """Return the blend with its rows as probabilities, where they are to be probabilities."""
    if kind == "values":
        return blend
    return Blend(values=as_shares(blend.values), weights=blend.weights, prior=blend.prior)
