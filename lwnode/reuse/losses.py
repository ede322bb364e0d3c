# SPDX-License-Identifier: Apache-2.0
"""How wrong each learnware is on the user's labels.

Rules
-----
* Silence gains nothing: what a learnware does not answer is charged as the worst answer that any other gave there.
* A class outside a learnware's label set has probability 0 from it.
* A row that nobody answers says nothing about anybody and is left out.

Called by the methods that use labels.
"""

from __future__ import annotations

import numpy as np

from lwnode.reuse.base import Answers, Labelled
from lwnode.reuse.blending import completed
from lwnode.types import Mask, Matrix, Vector

_LARGEST = 1e100  # errors are held to it, so that their squares are finite


def usable(labelled: Labelled) -> Mask:
    """Return which labelled rows somebody answers in full, (L,)."""
    answered = labelled.evidence.answered
    if labelled.evidence.kind == "probabilities":
        somebody: Mask = np.any(answered, axis=(0, 2))
        return somebody
    whole: Mask = np.all(np.any(answered, axis=0), axis=1)
    return whole


def squared_errors(labelled: Labelled) -> Answers:
    """Return the squared error of every answer, (N, L, k); NaN where nobody answers.

    For probabilities it is that of each class, so that the sum over the classes is the Brier score.
    """
    given = labelled.evidence.predictions
    answers = np.where(np.isfinite(given), given, np.nan) if labelled.evidence.kind == "values" else completed(given)
    errors = np.square(np.clip(answers - labelled.wanted, -_LARGEST, _LARGEST))
    heard = np.isfinite(errors)
    worst = np.where(heard, errors, -np.inf).max(axis=0)
    filled: Answers = np.where(heard, errors, np.where(np.isfinite(worst), worst, np.nan))
    return filled


def mean_errors(labelled: Labelled) -> Matrix:
    """Return the mean squared error of every learnware in every output, (N, k); 0 for all where nobody answers."""
    errors = squared_errors(labelled)
    heard = np.isfinite(errors)
    count = np.maximum(heard.sum(axis=1), 1)
    mean: Matrix = np.where(heard, errors, 0.0).sum(axis=1) / count
    return mean


def losses(labelled: Labelled) -> Vector:
    """Return one loss for every learnware, (N,): the outputs' mean squared errors in units of the targets' variance."""
    scale = labelled.wanted.var(axis=0)
    scale = np.where(scale > 0.0, scale, 1.0) if labelled.evidence.kind == "values" else np.ones_like(scale)
    total: Vector = (mean_errors(labelled) / scale).mean(axis=1)
    return total
