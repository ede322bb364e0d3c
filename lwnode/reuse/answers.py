# SPDX-License-Identifier: Apache-2.0
"""Answers of several models, brought to one shape.

Rules
-----
* Class probabilities are aligned by class name; what a model calls its classes is all that counts, not their order.
* A foreign model may answer anything: probabilities are held to 0 … 1 and each row to sum 1, what is not finite is an
  abstention.

Called by the node before `lwnode.reuse.combine`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import ReuseError


def stack_values(answers: Sequence[NDArray[np.floating]]) -> NDArray[np.float64]:
    """Return values of N models as (N, n, k) float64.

    Parameters
    ----------
    answers : sequence of (n, k) float
        Same shape for all.

    Raises
    ------
    ReuseError
        The models do not answer the same number of values.
    """
    if len({answer.shape for answer in answers}) != 1 or answers[0].ndim != 2:
        raise ReuseError(
            "the models do not answer the same number of values",
            hint="combine models that predict the same target",
        )
    return np.stack([np.asarray(answer, dtype=np.float64) for answer in answers])


def align_probabilities(
    answers: Sequence[NDArray[np.floating]], classes: Sequence[Sequence[str]]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return probabilities of N models over the union of their classes.

    Parameters
    ----------
    answers : sequence of (n, k_i) float
    classes : sequence of sequences of str
        Names of the k_i classes, in each model's own order.

    Returns
    -------
    predictions : (N, n, k) float64
        NaN for classes that a model does not know, and for rows it did not answer.
    classes : tuple of str
        Numbers in their order, then words in theirs.

    Raises
    ------
    ReuseError
        A model's answer does not have its classes, or names one twice.
    """
    union = tuple(sorted({name for names in classes for name in names}, key=_place))
    rows = len(answers[0]) if len(answers) else 0
    predictions = np.full((len(answers), rows, len(union)), np.nan)
    for own, answer, names in zip(predictions, answers, classes, strict=True):
        if answer.shape != (rows, len(names)) or len(set(names)) != len(names):
            raise ReuseError(
                "a model's answer does not have the classes its card names",
                hint="leave this model out and tell its publisher",
            )
        own[:, [union.index(name) for name in names]] = _as_probabilities(np.asarray(answer, dtype=np.float64))
    return predictions, union


def _as_probabilities(answer: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows between 0 and 1 with sum 1; a row with anything that is not finite, or all 0, becomes NaN."""
    held = np.clip(answer, 0.0, 1.0)
    total = held.sum(axis=1, keepdims=True)
    good = np.isfinite(answer).all(axis=1, keepdims=True) & (total > 0.0)
    return np.where(good, held / np.where(good, total, 1.0), np.nan)


def _place(name: str) -> tuple[bool, float, str]:
    try:
        number = float(name)
    except ValueError:
        return True, 0.0, name
    return (False, number, name) if np.isfinite(number) else (True, 0.0, name)
