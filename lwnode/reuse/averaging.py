# SPDX-License-Identifier: Apache-2.0
"""Averages over all learnwares, row by row alike.

Three modes, after the reference engine's averaging reuser: the mean of the values, the share of votes for a label, the
mean of the probabilities.  Differs from `learnware`: probabilities are not put through a second softmax, several
outputs stay several, and the shares of a multiple recommendation count.

Called by the registry as ``average`` and ``vote``.
"""

from __future__ import annotations

import numpy as np

from lwnode.reuse.base import Answers, Blend, Evidence, Labelled, Members, Rule
from lwnode.reuse.blending import completed, of_kind, weighted
from lwnode.types import Vector


def average(members: Members, mine: Evidence, labelled: Labelled | None = None) -> Rule:
    """Average the values, or the probabilities."""
    shares = _shares(members)

    def rule(evidence: Evidence) -> Blend:
        answers = evidence.predictions if evidence.kind == "values" else completed(evidence.predictions)
        return of_kind(weighted(answers, np.repeat(shares[:, None], answers.shape[1], axis=1)), evidence.kind)

    return rule


def vote(members: Members, mine: Evidence, labelled: Labelled | None = None) -> Rule:
    """Return the share of votes that each class gets; every learnware votes for its likeliest class.

    Raises
    ------
    ValueError
        The answers are values.
    """
    if mine.kind != "probabilities":
        raise ValueError("votes need class probabilities")
    shares = _shares(members)

    def rule(evidence: Evidence) -> Blend:
        answers = votes(evidence.predictions)
        return of_kind(weighted(answers, np.repeat(shares[:, None], answers.shape[1], axis=1)), evidence.kind)

    return rule


def votes(predictions: Answers) -> Answers:
    """Return probabilities (N, n, k) as votes: 1 for the likeliest class, 0 for others, NaN for an abstention."""
    known = np.isfinite(predictions)
    choice = np.where(known, predictions, -np.inf).argmax(axis=2)
    ballot = np.zeros_like(predictions)
    np.put_along_axis(ballot, choice[:, :, None], 1.0, axis=2)
    ballot[~known.any(axis=2)] = np.nan
    return ballot


def _shares(members: Members) -> Vector:
    return members.weights if members.weights is not None else np.ones(len(members.ids))
