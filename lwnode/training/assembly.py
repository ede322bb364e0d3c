# SPDX-License-Identifier: Apache-2.0
"""Putting columns together to a table: names, types, roles, and notes on what is odd.

Rules
-----
* Each name is there once, is not empty and can be published: in normalisation form C, without control characters.
* What was recognised gives way to a profile, and a profile to what a person stated.

Called by `lwnode.training.table` and `lwnode.training.reading`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

from lwnode.documents import Profile
from lwnode.errors import DataError, Finding
from lwnode.training.columns import (
    ColumnType,
    Parsed,
    Values,
    clean,
    counted,
    looks_like_dates,
    note,
    odd_numbers,
    retyped,
)
from lwnode.training.roles import Role, nearest, recognise, stated_target
from lwnode.training.table import Rejected, Table


def column_names(heads: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the columns, a name made up where the source has none.

    Raises
    ------
    DataError
        A name twice.
    """
    names = tuple(clean(head) or f"column_{i + 1}" for i, head in enumerate(heads))
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        shown = ", ".join(f"'{name}'" for name in twice[:5]) + (", …" if len(twice) > 5 else "")
        raise DataError(f"more than one column is called {shown}", hint="give each column a name of its own")
    return names


def build(
    heads: Sequence[str],
    parts: Sequence[Parsed],
    *,
    name: str,
    target: str | None = None,
    roles: Mapping[str, str] | None = None,
    types: Mapping[str, str] | None = None,
    profile: Profile | None = None,
    chosen: bool = False,
    rejected: tuple[Rejected, ...] = (),
    path: Path | None = None,
    findings: Sequence[Finding] = (),
) -> Table:
    """Make a table of columns.

    Parameters
    ----------
    heads : sequence of str
        Names as the source has them.
    parts : sequence of Parsed
        A column each.
    name, rejected, path, findings
        As the table's.
    target : str, optional
        The column to predict.
    roles, types : mapping, optional
        Column name → role or type that a person stated.
    profile : Profile, optional
    chosen : bool
        The caller chose the columns: each is a feature, unless it is text.

    Raises
    ------
    DataError
        No columns or no rows, a name twice, a column, role or type that is not there, text as a feature.
    """
    names = column_names(heads)
    if not names:
        raise DataError(f"'{name}' has no columns", hint="give a table with at least one column")
    if not len(parts[0].values):
        raise DataError(f"'{name}' has column names but no rows", hint="check that the right file was exported whole")
    wanted = {clean(key): role for key, role in (roles or {}).items()}
    target = stated_target(clean(target) if target is not None else None, wanted)  # a profile's target gives way to it
    columns = dict(zip(names, (part.values for part in parts), strict=True))
    kinds = dict(zip(names, (part.type for part in parts), strict=True))
    found = [*findings, *_apply_types(columns, kinds, types or {})]
    settled: dict[str, Role] = {}
    for head, part, column in zip(heads, parts, names, strict=True):
        role, remark = recognise(column, kinds[column], columns[column], unnamed=not clean(head))
        settled[column] = "feature" if chosen and kinds[column] != "text" else role
        if remark and column != target:
            found.append(note("column-constant", column, remark + ("" if chosen else "; ignored")))
        if column != target and column not in {finding.where for finding in findings}:
            found.extend(_oddities(column, part, kinds[column], columns[column]))
        if part.infinite:
            found.append(note("infinite", column, f"missing, because infinite: {counted(part.infinite, 'value')}"))
    if target is not None and target not in columns:
        raise DataError(f"there is no target column '{target}'", hint=nearest(target, columns))
    table = Table(
        name=name,
        columns=columns,
        types=kinds,
        roles=settled,
        target=target,
        rejected=rejected,
        findings=tuple(found),
        path=path,
    )
    if profile is not None:
        table = table.describe(profile)
    return table.assign(target=target, roles=wanted)


def _oddities(name: str, part: Parsed, kind: ColumnType, values: Values) -> list[Finding]:
    """Return what a person should know about a column that is read as something else than it looks like."""
    if kind in ("text", "category") and (odd := odd_numbers(values)):
        message = f"most values are numbers and {counted(odd, 'value')} not, so it is {kind}: correct them, or call it"
        return [note("mixed-values", name, f"{message} a number, and they are missing")]
    if part.dates or (kind != "category" and looks_like_dates(values)):
        return [note("column-date", name, "it holds dates: what counts is a difference, such as days since admission")]
    return []


def _apply_types(columns: dict[str, Values], kinds: dict[str, ColumnType], types: Mapping[str, str]) -> list[Finding]:
    """Bring columns to the types that a person stated; return what was lost."""
    found: list[Finding] = []
    for key, kind in types.items():
        column = clean(key)
        if column not in columns:
            raise DataError(f"there is no column '{column}'", hint=nearest(column, columns))
        if kind not in get_args(ColumnType):
            raise DataError(f"'{kind}' is not a type", hint="types are: " + ", ".join(get_args(ColumnType)))
        kinds[column] = kind  # type: ignore[assignment]  # checked against the closed set above
        columns[column], lost = retyped(column, columns[column], kinds[column])
        found.extend(lost)
    return found
