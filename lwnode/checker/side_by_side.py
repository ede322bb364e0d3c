# SPDX-License-Identifier: Apache-2.0
"""A model's answers at the points of other specifications than its own: what another model is held against.

Called by the node where two learnwares look alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lwnode.checker.answers import Predict, ask
from lwnode.checker.probe_rows import probe_rows
from lwnode.documents import Card
from lwnode.errors import Finding
from lwnode.specification import Specification
from lwnode.types import Matrix


def askable(card: Card, specifications: Sequence[Specification]) -> bool:
    """Return whether the points of all specifications are rows of this model, and not images that are only encoded."""
    return bool(card.inputs) and all(probe_rows(each, card).judged for each in specifications)


def answers_at_points(predict: Predict, card: Card, specifications: Sequence[Specification]) -> Matrix | Finding:
    """Return a model's answers at the points of several specifications, one after the other, or why there are none.

    Parameters
    ----------
    predict : callable
        Asks the model, as the checker does.
    card : Card
    specifications : sequence of Specification
        `askable`.

    Returns
    -------
    (q, outputs) float64, or Finding
    """
    probes = [probe_rows(each, card) for each in specifications]
    found = ask(predict, card, np.concatenate([probe.rows for probe in probes]))
    if isinstance(found, Finding) and found.code == "missing-not-taken":
        found = ask(predict, card, np.concatenate([probe.filled().rows for probe in probes]))
    return found
