# SPDX-License-Identifier: Apache-2.0
"""The learnwares' outputs as columns to learn from, and the answer that stays where nothing is learnt.

*Base* is the plain answer without labels, every learnware alike: the mean of the values near their median, the
logarithm of the mean of the probabilities.  *Columns* are what each learnware says beside it: values less the base, or
log-odds.

Called by the stacking and the augmentation.
"""

from __future__ import annotations

import numpy as np

from lwnode.reuse.base import Evidence, Members
from lwnode.reuse.blending import as_shares, blend_of, completed, weighted
from lwnode.reuse.log_odds import log_odds
from lwnode.reuse.robust import trimmed
from lwnode.types import Matrix

_LARGEST = 1e100  # values are held to it, so that their squares are finite
_LEAST = 1e-6  # smallest probability of the base: a label that contradicts all learnwares can still be learnt


def base(members: Members, evidence: Evidence) -> Matrix:
    """Return the plain answer, (n, k): values, or logarithms of probabilities; NaN where nobody answers."""
    shares = members.weights if members.weights is not None else np.ones(len(members.ids))
    if evidence.kind == "values":
        heard = shares[:, None, None] * evidence.answered
        return blend_of(evidence.predictions, trimmed(evidence.predictions, heard)).values
    answers = completed(evidence.predictions)
    p = as_shares(weighted(answers, np.repeat(shares[:, None], answers.shape[1], axis=1)).values)
    return np.log(np.maximum(p, _LEAST))


def columns(members: Members, evidence: Evidence, plain: Matrix) -> Matrix:
    """Return what each learnware says beside the base, (n, N·k) float64; 0 where it says nothing."""
    if evidence.kind == "values":
        answered = evidence.answered & np.isfinite(plain)
        beside = np.where(answered, np.where(answered, evidence.predictions, 0.0) - np.nan_to_num(plain), 0.0)
        beside = np.clip(beside, -_LARGEST, _LARGEST)
    else:
        beside = log_odds(members, evidence.predictions)
    return np.ascontiguousarray(beside.transpose(1, 0, 2)).reshape(beside.shape[1], -1)


def parts(evidence: Evidence) -> Matrix:
    """Return each learnware's part in a row, (N, n): all who answer alike."""
    speaking = evidence.speaking
    return np.asarray(speaking / np.maximum(speaking.sum(axis=0), 1))
