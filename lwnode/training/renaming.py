# SPDX-License-Identifier: Apache-2.0
"""A table read under other names and units: what a confirmed map of columns does to it.

Rules
-----
* A map renames; it never merges: two columns of one name are refused.
* Numbers are converted by ``theirs = factor * ours + offset``, levels by their spelling; a value that cannot be
  converted is missing, as anywhere.
* Columns that the map does not name stay as they are.

Called by the node when a data set is registered under a map, and each time its file is read again.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

from lwnode.errors import DataError, Finding
from lwnode.specification.matching import Pair
from lwnode.training.columns import ColumnType, Values, as_levels, as_numbers, counted, note
from lwnode.training.roles import nearest
from lwnode.training.table import Table


def renamed(table: Table, pairs: Sequence[Pair]) -> Table:
    """Return the table with the columns that a map names under their other names and in their other units.

    Parameters
    ----------
    table : Table
    pairs : sequence of Pair
        ``ours`` are names of the table.

    Raises
    ------
    DataError
        A column that is not there, or two columns that would have one name.
    """
    by_name = {pair.ours: pair for pair in pairs}
    for name in by_name:
        if name not in table.columns:
            raise DataError(f"there is no column '{name}'", hint=nearest(name, table.columns))
    new = {name: by_name[name].theirs if name in by_name else name for name in table.names}
    twice = [name for name, count in Counter([*new.values()]).items() if count > 1]
    if twice or len(by_name) != len(pairs):
        raise DataError(
            f"the map gives two columns the name '{twice[0]}'" if twice else "the map names a column twice",
            hint="map one of them to something else, or rename it in the file",
        )
    columns: dict[str, Values] = {}
    types: dict[str, ColumnType] = {}
    found: list[Finding] = []
    for name in table.names:
        values, kind, remarks = _converted(table, name, by_name.get(name))
        columns[new[name]], types[new[name]] = values, kind
        found.extend(remarks)
    units = {new[name]: unit for name, unit in table.units.items() if name not in by_name}
    moved = [dataclasses.replace(item, where=new.get(item.where, item.where)) for item in table.findings]
    return dataclasses.replace(
        table,
        columns=columns,
        types=types,
        roles={new[name]: role for name, role in table.roles.items()},
        units=units,
        target=new[table.target] if table.target is not None else None,
        withheld=frozenset(new[name] for name in table.withheld),
        findings=(*moved, *found),
    )


def _converted(table: Table, name: str, pair: Pair | None) -> tuple[Values, ColumnType, tuple[Finding, ...]]:
    """Return a column's values and type under a pair, and what was lost."""
    values, kind = table.columns[name], table.types[name]
    if pair is None:
        return values, kind, ()
    if pair.levels:
        spelled = dict(pair.levels)
        levels = as_levels(values).copy()
        levels[:] = [spelled.get(value, value) if value is not None else None for value in levels.tolist()]
        return levels, "category", ()
    if pair.factor == 1.0 and pair.offset == 0.0:
        return values, kind, ()
    numbers, lost = as_numbers(values)
    message = f"missing, because not a number: {counted(lost, 'value')}"
    remarks = (note("not-a-number", pair.theirs, message),) if lost else ()
    return pair.factor * numbers + pair.offset, "number", remarks
