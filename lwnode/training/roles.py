# SPDX-License-Identifier: Apache-2.0
"""What each column is for: feature, target, identifier or ignored.

Rules
-----
* Text and identifiers are never features.
* An identifier is text in which every row has its own value, a whole number under a name such as ``patient_id`` that
  differs from row to row for at least half of the rows, or a whole number too long to be a measurement.
* A column with one value, or none, is ignored with a note; a level that is there or not is information.
* What a person says wins over what was recognised.

Called by `lwnode.training.table`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias, get_args

import numpy as np

from lwnode.errors import DataError
from lwnode.training.columns import ColumnType, Values, distinct, missing

Role: TypeAlias = Literal["feature", "target", "identifier", "ignored"]

_FEW = 20  # rows below which nothing is concluded from a column's values
_NAME = re.compile(
    r"(^|[^a-z])(id|ids|uuid|guid|mrn|nhs|ssn|key|index|identifier|nr|rownum)($|[^a-z])|"
    r"编号|編號|病历号|病歷號|住院号|住院號|身份证|身分證|序号|序號",
)


def nearest(name: str, names: Iterable[str]) -> str:
    """Return a hint that names the column which was most likely meant."""
    names = list(names)
    folded = {known.casefold(): known for known in names}
    near = difflib.get_close_matches(name.casefold(), folded, n=1)
    if near:
        return f"did you mean '{folded[near[0]]}'?"
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"the columns are: {shown}"


def looks_like_id(name: str) -> bool:
    """Return whether a column's name is that of an identifier, such as ``patient_id``, ``PatientID`` or ``病历号``."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    return bool(_NAME.search(split.lower()))


def recognise(name: str, kind: ColumnType, values: Values, *, unnamed: bool = False) -> tuple[Role, str]:
    """Return the role that a column's name and values suggest, and a note for a person (empty where nothing is odd).

    Parameters
    ----------
    name : str
    kind : {"number", "integer", "category", "text"}
    values : (rows,) float64 or object
    unnamed : bool
        The source had no name for it, as the row numbers that some programs write have none.
    """
    rows = len(values)
    present = rows - int(missing(values).sum())
    if rows and not present:
        return "ignored", "no value in any row"
    count = distinct(values)
    if rows >= _FEW:
        if count == 1 and (present == rows or kind in ("number", "integer")):
            return "ignored", "the same value in every row"
        own = count == present
        if kind == "text" and own:
            return "identifier", ""
        long = kind == "integer" and bool(np.nanmax(np.abs(values)) >= 1e12)
        named = kind in ("integer", "text") and (looks_like_id(name) or (unnamed and own))
        if (named or long) and 2 * count >= present:
            return "identifier", ""
    return ("ignored" if kind == "text" else "feature"), ""


def stated_target(target: str | None, wanted: Mapping[str, str]) -> str | None:
    """Return the target that a person named, as such or through its role.

    Raises
    ------
    DataError
        Two of them.
    """
    named = dict.fromkeys([*([target] if target is not None else []), *(n for n, r in wanted.items() if r == "target")])
    if len(named) > 1:
        raise DataError("two targets: " + ", ".join(f"'{name}'" for name in named), hint="name one target")
    return next(iter(named), None)


def check_stated(wanted: Mapping[str, str], types: Mapping[str, ColumnType], target: str | None) -> dict[str, Role]:
    """Return what a person said about the roles, checked.

    Parameters
    ----------
    wanted : mapping
        Column name → role.
    types : mapping
        Column name → type, for all columns.
    target : str or None
        The target that was named.

    Raises
    ------
    DataError
        A column that is not there, an unknown role, text as a feature, or a target that is also something else.
    """
    out: dict[str, Role] = {}
    for name, role in wanted.items():
        if name not in types:
            raise DataError(f"there is no column '{name}'", hint=nearest(name, types))
        if role not in get_args(Role):
            raise DataError(f"'{role}' is not a role", hint="roles are: " + ", ".join(get_args(Role)))
        if role == "feature" and types[name] == "text":
            raise DataError(
                f"column '{name}' is text, which cannot be a feature",
                hint=f"if its values are levels, say so: types={{'{name}': 'category'}}; else leave it ignored",
            )
        if name == target and role != "target":
            raise DataError(f"column '{name}' is named as the target and as {role}", hint="name it once")
        out[name] = role  # type: ignore[assignment]  # checked against the closed set above
    return out
