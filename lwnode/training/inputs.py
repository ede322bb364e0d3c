# SPDX-License-Identifier: Apache-2.0
"""From a table's columns to the matrix that a model takes.

Rules
-----
* The matrix is float32, a column for each input in order: a number as it is, a category as the position of its level,
  NaN for a missing value, for a level that is not listed, and for a number that float32 cannot hold.
* Private by construction: a level with fewer than 10 rows is not listed, and at most 100 are, in the order of the
  alphabet, which says nothing about their frequency.

Called by training, and by everything that runs a model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Input
from lwnode.errors import DataError
from lwnode.training.columns import LEVEL_LIMIT, Values, as_levels, as_numbers, counted
from lwnode.training.roles import nearest
from lwnode.training.table import Table

LEVEL_ROWS = 10  # rows that a level needs to be listed
_LARGEST = float(np.finfo(np.float32).max)


def model_inputs(table: Table, *, every: bool = False) -> tuple[Input, ...]:
    """Return the inputs of a model that is trained on the table's features.

    Parameters
    ----------
    table : Table
    every : bool
        Also columns without information (one value, or no level with enough rows), which are left out otherwise: what
        a model that was fitted elsewhere takes.

    Raises
    ------
    DataError
        No feature is left.
    """
    out: list[Input] = []
    for name, values in table.features().items():
        unit = table.units.get(name, "")
        if table.types[name] == "category":
            levels = _levels(as_levels(values))
            if every or len(levels) > 1 or (levels and set(values.tolist()) != set(levels)):
                out.append(Input(name=name, type="category", unit=unit, levels=levels))
            continue
        present = values[~np.isnan(values)]
        if every or (len(present) and present.min() < present.max()):
            out.append(Input(name=name, type="number", unit=unit))
    if not out:
        raise DataError(
            f"table '{table.name}' has no column to learn from: each has one value, is text or is ignored",
            hint="give at least one column that varies the role 'feature'",
        )
    return tuple(out)


def encode(inputs: Sequence[Input], columns: Mapping[str, Values]) -> NDArray[np.float32]:
    """Return the matrix that a model with these inputs takes.

    Parameters
    ----------
    inputs : sequence of Input
    columns : mapping
        Name → (n,) float64, or object of str and None; more columns than needed do no harm.

    Returns
    -------
    (n, d) float32

    Raises
    ------
    DataError
        A column is not there, the columns differ in length, or text stands where the model takes numbers.
    """
    taken: list[NDArray[np.float32]] = []
    for port in inputs:
        if port.name not in columns:
            raise DataError(f"the model needs a column '{port.name}'", hint=nearest(port.name, columns))
        values = np.asarray(columns[port.name])
        taken.append(_positions(port, values) if port.type == "category" else _numbers(port, values))
    if len({len(values) for values in taken}) > 1:
        raise DataError("the columns differ in length", hint="give each column one value a row")
    return np.column_stack(taken) if taken else np.empty((0, 0), dtype=np.float32)


def _levels(values: Values) -> tuple[str, ...]:
    counts = Counter(values.tolist())
    counts.pop(None, None)
    frequent = [level for level, rows in counts.most_common(LEVEL_LIMIT) if rows >= LEVEL_ROWS]
    return tuple(sorted(frequent))


def _positions(port: Input, values: Values) -> NDArray[np.float32]:
    place = {level: float(i) for i, level in enumerate(port.levels)}
    levels = as_levels(values if values.dtype == object else values.astype(np.float64))
    return np.array([place.get(level, np.nan) for level in levels.tolist()], dtype=np.float32)


def _numbers(port: Input, values: Values) -> NDArray[np.float32]:
    numbers, lost = as_numbers(values if values.dtype == object else values.astype(np.float64))
    if lost:
        raise DataError(
            f"the model takes numbers in column '{port.name}', and something else is there: {counted(lost, 'value')}",
            hint="correct them or leave them empty",
        )
    return np.where(np.abs(numbers) <= _LARGEST, numbers, np.nan).astype(np.float32)
