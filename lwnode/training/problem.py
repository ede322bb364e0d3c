# SPDX-License-Identifier: Apache-2.0
"""What is to be learnt: the task, the encoded rows and labels, or why there is nothing to learn.

Rules
-----
* Only rows with a label take part; fewer than 50 are refused, as no figure would mean anything.
* A class needs 5 rows.  Messages say how many classes are short, never which.

Called by `lwnode.training.fit`, and by the node to say early that a data set cannot be trained on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Input
from lwnode.errors import DataError
from lwnode.training.columns import as_levels, counted, distinct
from lwnode.training.inputs import encode, model_inputs
from lwnode.training.table import Table
from lwnode.types import Task

ROW_LIMIT = 50  # fewest rows with a label
CLASS_ROWS = 5  # fewest rows of a class
CLASS_LIMIT = 100  # most classes
_FEW_VALUES = 10  # distinct whole numbers up to which a target is taken for classes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """Rows and labels, ready for any family.

    Parameters
    ----------
    task : {"classification", "regression"}
    target : str
    inputs : tuple of Input
    X : (n, d) float32
        As `lwnode.training.encode` gives it.
    y : (n,) int positions in ``classes``, or float64 values
    classes : tuple of str
        In the order of their numbers or the alphabet; empty for a regression.
    unlabelled : int
        Rows that took no part.
    """

    task: Task
    target: str
    inputs: tuple[Input, ...]
    X: NDArray[np.float32]
    y: NDArray[Any]
    classes: tuple[str, ...]
    unlabelled: int


def guess_task(table: Table) -> Task:
    """Return the task that the target suggests: classes, or more than ten different numbers.

    Raises
    ------
    DataError
        The table has no target.
    """
    labels = table.labels()
    kind = table.types[str(table.target)]
    if kind == "category" or (kind == "integer" and distinct(labels) <= _FEW_VALUES):
        return "classification"
    return "regression"


def pose(table: Table, task: Task | None = None) -> Problem:
    """Return the table as a problem to be learnt.

    Parameters
    ----------
    table : Table
        With a target.
    task : {"classification", "regression"}, optional
        Default: :func:`guess_task`.

    Raises
    ------
    DataError
        No target, no usable feature, fewer than 50 rows with a label, one class or value only, a class with fewer
        than 5 rows, more than 100 classes, or a target that does not suit the task.
    """
    if task not in (None, "classification", "regression"):
        raise DataError(f"a table cannot be trained for '{task}'", hint="tasks are: classification, regression")
    task = task or guess_task(table)
    target = str(table.target)
    labels = table.labels()
    labelled = table.labelled
    count = int(labelled.sum())
    if count < ROW_LIMIT:
        raise DataError(
            f"table '{table.name}' has {counted(count, 'row')} with a value of '{target}', training needs {ROW_LIMIT}",
            hint="label more rows; with so few, neither the model nor its figures would mean anything",
        )
    if task == "regression" and labels.dtype == object:
        raise DataError(
            f"target '{target}' is not a number", hint="say task='classification', or name a target with numbers"
        )
    used = table.select(labelled)
    y, classes = _classes(used, target) if task == "classification" else (_values(used, target), ())
    inputs = model_inputs(used)
    return Problem(
        task=task,
        target=target,
        inputs=inputs,
        X=encode(inputs, used.columns),
        y=y,
        classes=classes,
        unlabelled=table.rows - count,
    )


def _values(table: Table, target: str) -> NDArray[np.float64]:
    values = table.labels()
    if values.min() == values.max():
        raise DataError(f"target '{target}' has the same value in every row", hint="name a target that varies")
    return values


def _classes(table: Table, target: str) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    labels = table.labels()
    numeric = labels.dtype != object
    found = np.unique(labels) if numeric else np.array(sorted(set(labels.tolist())), dtype=object)
    other = "; or say task='regression'" if numeric else ""
    if len(found) < 2:
        raise DataError(f"target '{target}' has one class only", hint="add rows of another class")
    if len(found) > CLASS_LIMIT:
        raise DataError(
            f"target '{target}' has {len(found)} classes, at most {CLASS_LIMIT} can be told apart",
            hint="group the classes" + other,
        )
    places = {label: i for i, label in enumerate(found.tolist())}
    y = np.array([places[label] for label in labels.tolist()], dtype=np.intp)
    counts = np.bincount(y, minlength=len(found))
    short = int((counts < CLASS_ROWS).sum())
    if short:
        raise DataError(
            f"target '{target}': {short} of {len(found)} classes too small, with fewer than {CLASS_ROWS} rows",
            hint="merge rare classes with others, or leave their rows out" + other,
        )
    return y, tuple(str(label) for label in as_levels(found))
