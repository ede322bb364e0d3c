# SPDX-License-Identifier: Apache-2.0
"""How a model behaves when it is asked: the same answer to the same row, whatever stands beside it.

Rules
-----
* An answer belongs to its row: asked again, in another order, or alone, a row gets the answer it had.  A model for
  which that is not so contradicts itself, and tells one user's rows to the neighbours in a batch.
* Missing and extreme values may have no good answer; where there is none, that is said.
* The extremes come last: a worker that refuses a number that is not finite ends with it.

Called by the checker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from lwnode.checker.answers import Predict, Rows, ask
from lwnode.checker.report import refuse, warn
from lwnode.documents import Card
from lwnode.errors import Finding
from lwnode.types import Matrix

_TOLERANCE: Final = 1e-3  # of a probability, or of the values' spread: float32 sums differ by the size of a batch
_ALONE: Final = 4  # rows that are asked one by one
_SLOW: Final = 0.05  # seconds a row: a table of 10,000 rows takes eight minutes

_OWN_ROW = (
    "publisher: train or export it again so that a row's answer follows from that row alone; "
    "user: do not use it, its answers are not to be relied on"
)


def check_steady(predict: Predict, card: Card, rows: Rows, first: Matrix, again: Matrix | Finding) -> Iterator[Finding]:
    """Yield where the answers to rows change: asked again, in another order, or alone.

    Parameters
    ----------
    predict : callable
    card : Card
    rows : (n, inputs) float32
    first, again : (n, k) float64
        What was answered to them, twice; the second may be the finding that says why it was not.
    """
    order = np.arange(len(rows))[::-1]
    alone = np.unique(np.linspace(0, len(rows) - 1, min(_ALONE, len(rows))).astype(int))
    single = (ask(predict, card, rows[at : at + 1]) for at in alone)
    for code, how, at, answer in (
        ("answers-change", "asked a second time", order[::-1], again),
        ("rows-mixed", "asked in another order", order, ask(predict, card, rows[order])),
        ("batch-matters", "asked alone", alone, _joined(single)),
    ):
        if isinstance(answer, Finding):
            yield answer
        elif answer.shape[1] != first.shape[1] or (moved := difference(answer, first[at], card)) > _TOLERANCE:
            much = "in another shape" if answer.shape[1] != first.shape[1] else f"by {moved:.2g}"
            yield refuse(code, f"a row gets another answer when it is {how} ({much})", _OWN_ROW, "model.onnx")


def _joined(answers: Iterable[Matrix | Finding]) -> Matrix | Finding:
    """Return answers below each other, or the first finding instead."""
    parts: list[Matrix] = []
    for answer in answers:
        if isinstance(answer, Finding):
            return answer
        if parts and answer.shape[1] != parts[0].shape[1]:
            return refuse("batch-matters", "rows get answers of different widths", _OWN_ROW, "model.onnx")
        parts.append(answer)
    return np.concatenate(parts)


def difference(again: Matrix, first: Matrix, card: Card) -> float:
    """Return the largest difference of two answers: of a probability, or relative to the spread of the values."""
    scale = 1.0 if card.task == "classification" else max(float(first.std()), 1e-6 * float(np.abs(first).max()), 1e-30)
    return float(np.abs(again - first).max()) / scale


def check_missing(predict: Predict, card: Card, rows: Rows) -> Iterator[Finding]:
    """Yield what happens to missing values and unknown levels.

    Parameters
    ----------
    rows : (n, inputs) float32
        From `lwnode.checker.probe_rows.missing_rows`.
    """
    found = ask(predict, card, rows)
    if isinstance(found, Finding):
        yield found


def check_extremes(predict: Predict, card: Card, rows: Rows) -> Iterator[Finding]:
    """Yield what happens at the edge of what the profile allows; asked last.

    Parameters
    ----------
    rows : (n, inputs) float32
        From `lwnode.checker.probe_rows.extreme_rows`.
    """
    found = ask(predict, card, rows)
    if isinstance(found, Finding):
        yield warn(
            "extremes-not-answered",
            f"for values at the edge of what its profile allows: {found.message}",
            "look at your rows for typing errors, and leave those out; publisher: clip the inputs, or say so in the "
            "limits",
            "model.onnx",
        )


def check_time(seconds_per_row: float) -> Iterator[Finding]:
    """Yield whether a row takes long.

    Parameters
    ----------
    seconds_per_row : float
        Wall time.
    """
    if seconds_per_row > _SLOW:
        yield warn(
            "slow",
            f"a row takes about {seconds_per_row:.2g} s here",
            "ask for fewer rows at a time; publisher: a smaller model would do for more people",
            "model.onnx",
        )
