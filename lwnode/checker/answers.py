# SPDX-License-Identifier: Apache-2.0
"""Asking the model under check, and what an answer must be.

Rules
-----
* A question never raises what the model did wrong: it returns an answer, or the finding that says why there is none.
  Only `lwnode.errors.CancelledError` passes through.
* The checker trusts nothing that a worker has checked already: the callable may be anything.
* What this computer does not allow is never held against the model, and what it does with missing values alone is no
  contradiction.

Called by the consistency and the behaviour of this room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lwnode.checker.report import note, refuse, warn
from lwnode.documents import Card
from lwnode.errors import Finding, ModelError, UnsafeModelError, WorkerError, WorkerLimitError
from lwnode.models.format import output_of
from lwnode.types import Mask, Matrix

Rows: TypeAlias = NDArray[np.float32]  # (n, inputs of the card), encoded as the card says
Predict: TypeAlias = Callable[[Rows], Mapping[str, NDArray[np.float32]]]
"""From encoded rows to one named matrix, as `lwnode.models.Worker.predict`; may raise any `ModelError`, and can then be
asked again."""

_SUM: Final = 1e-3  # that the probabilities of a row may be off
_TELL: Final = "do not use it, and tell its publisher"
_EXPORT: Final = f"publisher: export or train it again; user: {_TELL}"


def ask(predict: Predict, card: Card, rows: Rows) -> Matrix | Finding:
    """Return the model's answer to rows, (n, k) float64, or why there is none.

    Parameters
    ----------
    predict : callable
    card : Card
        What the model is said to be.
    rows : (n, inputs) float32, n >= 1
    """
    try:
        found = predict(rows)
    except UnsafeModelError as error:
        return refuse("model-refused", str(error), error.hint or _TELL, "model.onnx")
    except WorkerLimitError as error:
        return warn("model-not-run-here", str(error), error.hint, "model.onnx")
    except WorkerError as error:
        if np.isnan(rows).any():
            return _missing(str(error))
        message = f"the model does not run: {error}"
        return refuse("model-fails", message, f"check it once more with `lwnode check ID`; {_EXPORT}", "model.onnx")
    except ModelError as error:
        if np.isnan(rows).any():
            return _missing(str(error))
        return refuse("model-takes-other-inputs", f"not as its card says: {error}", _EXPORT, "model.onnx")
    return judge(found, card, rows)


def judge(found: Mapping[str, NDArray[np.float32]], card: Card, rows: Rows) -> Matrix | Finding:
    """Return an answer that is one, (n, k) float64, or what is wrong with it."""
    wanted = output_of(card.task)
    if set(found) != {wanted}:
        given = ", ".join(sorted(found)) or "nothing"
        return refuse("answer-kind", f"a model for {card.task} gives {wanted}; this one gives {given}", _EXPORT)
    values = np.asarray(found[wanted], dtype=np.float64)
    if values.ndim != 2 or values.shape[0] != len(rows) or not values.shape[1]:
        return refuse("answer-shape", f"an answer of shape {values.shape} to {len(rows)} rows", _EXPORT, "model.onnx")
    if card.task == "classification" and values.shape[1] != len(card.classes):
        message = f"the model answers with {values.shape[1]} classes, and its card names {len(card.classes)}"
        return refuse("label-set", message, _EXPORT, "card.json")
    if card.task == "regression" and values.shape[1] != 1:
        return refuse("answer-shape", f"a regression answers with {values.shape[1]} values a row", _EXPORT)
    finite: Mask = np.asarray(np.isfinite(values).all(axis=1))
    complete: Mask = ~np.asarray(np.isnan(rows).any(axis=1))
    if not finite[complete].all():
        share = float(np.mean(~finite[complete]))
        message = f"the model's answer to {share:.0%} of complete rows is not a number"
        return refuse("answer-not-finite", message, _EXPORT, "model.onnx")
    if not finite.all():
        return _missing("no number comes back for rows with missing values")
    if card.task == "classification" and (values.min() < 0.0 or np.abs(values.sum(axis=1) - 1.0).max() > _SUM):
        message = "the model's probabilities are negative, or those of a row do not sum to 1"
        return refuse("answer-not-probabilities", message, _EXPORT, "model.onnx")
    return values


def _missing(why: str) -> Finding:
    return note(
        "missing-not-taken",
        f"the model takes no missing values: {why}",
        "fill in the missing values of your rows, or leave these rows out; publisher: say so in the limits",
        "model.onnx",
    )
