# SPDX-License-Identifier: Apache-2.0
"""The user's own columns as matching takes them, and their values under a map.

Rules
-----
* Quantiles and levels describe a table to this process only: no result holds them.
* A value that cannot be converted is missing, as anywhere.

Called by the world, and by the node where data meet a profile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Column
from lwnode.market.islands import Columns
from lwnode.specification.matching import Pair
from lwnode.types import Vector

_MOST_LEVELS = 50  # that take part in the matching


def described(columns: Columns, units: Mapping[str, str]) -> tuple[Column, ...]:
    """Return columns with what matching may know of them: about their 1 % and 99 % quantiles, or their levels.

    Parameters
    ----------
    columns : mapping
        Name → (n,) numbers (NaN where missing), or levels as text (None where missing).
    units : mapping
        Name → unit, where one is stated.
    """
    out: list[Column] = []
    for name, values in columns.items():
        unit = units.get(name, "")
        if values.dtype.kind not in "biuf":
            levels = sorted({str(value) for value in values.tolist() if value is not None})
            few = tuple(levels) if len(levels) <= _MOST_LEVELS else ()
            out.append(Column(name=name, type="category", unit=unit, levels=few))
            continue
        numbers = values.astype(np.float64)
        finite = numbers[np.isfinite(numbers)]
        low, high = map(float, np.quantile(finite, [0.01, 0.99])) if len(finite) else (None, None)
        out.append(Column(name=name, type="number", unit=unit, low=low, high=high))
    return tuple(out)


def mapped(columns: Columns, pairs: Sequence[Pair], wanted: Mapping[str, Column]) -> dict[str, NDArray[Any]]:
    """Return columns under the other side's names, in its units and with its levels.

    Parameters
    ----------
    columns : mapping
        As `described`.
    pairs : sequence of Pair
        ``ours`` are names of the columns.
    wanted : mapping
        Name → column of the other side.
    """
    out: dict[str, NDArray[Any]] = {}
    for pair in pairs:
        values = columns[pair.ours]
        if wanted[pair.theirs].type != "category":
            out[pair.theirs] = pair.factor * _numbers(values) + pair.offset
        elif pair.levels:
            spelled = dict(pair.levels)
            levels = np.empty(len(values), dtype=object)
            levels[:] = [None if value is None else spelled.get(str(value), str(value)) for value in values.tolist()]
            out[pair.theirs] = levels
        else:
            out[pair.theirs] = values
    return out


def _numbers(values: NDArray[Any]) -> Vector:
    """Return numbers, read from levels such as ``"3"`` where these are text."""
    if values.dtype.kind in "biuf":
        return values.astype(np.float64)
    return np.array([_number(value) for value in values.tolist()], dtype=np.float64)


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return float("nan")
