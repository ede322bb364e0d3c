# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's imputer, scaler and one-hot encoder as ONNX, for columns with missing values and level positions.

The converters of skl2onnx stop at a missing value among the categories, at infrequent categories and at the imputer's
indicator columns; these do not.

Rules
-----
* The imputer and the scaler give the same bits as scikit-learn does on float32, so that a tree behind them decides the
  same: the usual multiplication with the inverse moves rows over a threshold.
* Categories are compared as float32 numbers; a missing value is a category of its own where it was one in training.
* What an unknown level becomes is asked of the fitted encoder itself.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from lwnode.errors import ModelError
from lwnode.models.graph import Draft, Fragment
from lwnode.types import Matrix, Vector


def imputer_fragment(imputer: Any, *, source: str, target: str, prefix: str = "") -> Fragment:
    """Return the fragment of a fitted `SimpleImputer`.

    Parameters
    ----------
    imputer : SimpleImputer
        Fitted on numbers; with or without its indicator columns.
    source, target : str
        Names of the float32 matrices before (n, width) and after.
    prefix : str
        Starts the names in between.

    Raises
    ------
    ModelError
        It replaces something other than NaN, or fills in text.
    """
    if not (isinstance(imputer.missing_values, float) and np.isnan(imputer.missing_values)):
        raise ModelError("the imputer replaces something other than NaN", hint="Mark missing values as NaN.")
    filling = _numbers(imputer.statistics_, "the imputer fills in text")
    kept = np.flatnonzero(~np.isnan(filling))  # a column without any value is dropped
    draft = Draft(source=source, target=target, prefix=prefix)
    data = source
    if len(kept) < len(filling):
        data = draft.node("Gather", source, draft.constant(kept, np.int64), attributes={"axis": 1})
    marked = imputer.indicator_.features_ if imputer.add_indicator else []
    missing = draft.node("IsNaN", data)
    filled = draft.node("Where", missing, draft.constant(filling[kept]), data, last=not len(marked))
    if len(marked):
        seen = draft.node("Gather", source, draft.constant(marked, np.int64), attributes={"axis": 1})
        flags = draft.node("Cast", draft.node("IsNaN", seen), attributes={"to": 1})
        draft.node("Concat", filled, flags, last=True, attributes={"axis": 1})
    return draft.done()


def scaler_fragment(scaler: Any, *, source: str, target: str, prefix: str = "") -> Fragment:
    """Return the fragment of a fitted `StandardScaler`.

    Parameters
    ----------
    scaler : StandardScaler
        Fitted.
    source, target : str
        Names of the float32 matrices before and after, (n, width).
    prefix : str
        Starts the names in between.
    """
    draft = Draft(source=source, target=target, prefix=prefix)
    mean = scaler.mean_ if scaler.with_mean else np.zeros(scaler.n_features_in_)
    scale = scaler.scale_ if scaler.with_std else np.ones(scaler.n_features_in_)
    draft.node("Div", draft.node("Sub", source, draft.constant(mean)), draft.constant(scale), last=True)
    return draft.done()


def one_hot_fragment(encoder: Any, *, source: str, target: str, prefix: str = "") -> Fragment:
    """Return the fragment of a fitted `OneHotEncoder`.

    Parameters
    ----------
    encoder : OneHotEncoder
        Fitted on numbers (positions of levels, NaN for missing).
    source, target : str
        Names of the float32 matrices before (n, columns) and after.
    prefix : str
        Starts the names in between.

    Raises
    ------
    ModelError
        It was fitted on text.

    Notes
    -----
    Each row is compared with all categories of all columns at once.  Dropped and infrequent categories, and what an
    unknown level becomes, are one matrix that the encoder's own answers to each category alone fill.
    """
    categories = [_numbers(found, "the encoder was fitted on text") for found in encoder.categories_]
    columns = np.repeat(np.arange(len(categories)), [len(found) for found in categories])
    known = np.concatenate(categories)
    draft = Draft(source=source, target=target, prefix=prefix)
    spread = draft.node("Gather", source, draft.constant(columns, np.int64), attributes={"axis": 1})
    equal = draft.node("Equal", spread, draft.constant(known))
    if np.isnan(known).any():
        missing = draft.node("And", draft.node("IsNaN", spread), draft.constant(np.isnan(known), np.bool_))
        equal = draft.node("Or", equal, missing)
    answers, unknown = _answers(encoder, categories)
    plain = answers.shape[0] == answers.shape[1] and np.array_equal(answers, np.eye(len(known))) and not unknown.any()
    hot = draft.node("Cast", equal, last=plain, attributes={"to": 1})
    if not plain:
        draft.node("Gemm", hot, draft.constant(answers), draft.constant(unknown), last=True)
    return draft.done()


def _numbers(values: Any, otherwise: str) -> Vector:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ModelError(otherwise, hint="Give categories as positions 0, 1, 2, … with NaN for missing.") from None


def _answers(encoder: Any, categories: list[Vector]) -> tuple[Matrix, Vector]:
    """Return what each category adds to the answer (categories, outputs), and what unknown levels give (outputs,)."""
    first = np.array([found[0] for found in categories])
    widths = [int(width) for width in encoder._n_features_outs]
    starts = np.concatenate([[0], np.cumsum(widths)])
    answers = np.zeros((sum(len(found) for found in categories), starts[-1]))
    unknown = np.zeros(starts[-1])
    row = 0
    for column, found in enumerate(categories):
        block = slice(starts[column], starts[column + 1])
        probe = np.tile(first, (len(found), 1))
        probe[:, column] = found
        own = _dense(encoder, probe)[:, block]
        if encoder.handle_unknown != "error":
            stranger = first.copy()
            stranger[column] = np.nanmax(np.append(found, 0.0)) + 1
            unknown[block] = _dense(encoder, stranger[None])[0, block]
        answers[row : row + len(found), block] = own - unknown[block]
        row += len(found)
    return answers, unknown


def _dense(encoder: Any, rows: Matrix) -> Matrix:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a level is unknown is what is asked
        coded = encoder.transform(rows)
    return np.asarray(coded.toarray() if hasattr(coded, "toarray") else coded, dtype=np.float64)
