# SPDX-License-Identifier: Apache-2.0
"""A profile as a person writes it: a JSON file with ``name`` and ``columns``.

A column has a name, a type, a unit, bounds or levels, and a role.  The canonical document is made from it; this form is
only for typing.

Rules
-----
* Whatever stands in the file, it is a profile or a `SettingsError` that says what to correct; sizes are checked first.
* A profile of private bounds stays one when it is printed and read again: ``origin`` is taken from the file.
"""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

from lwnode.documents import Column, Profile
from lwnode.documents.profile import COLUMN_LIMIT, LEVEL_LIMIT
from lwnode.errors import DocumentError, SettingsError
from lwnode.paths import expanded
from lwnode.training import Table

_KEYS = {"name", "unit", "type", "low", "high", "categories", "levels", "role", "description"}
_ORIGINS = ("bounds", "partner", "quantiles", "own data")
_LIMIT = 16 * 2**20  # bytes


def template_of(table: Table) -> dict[str, Any]:
    """Return a profile of a table's columns to be completed by a person.

    Bounds and levels are left open: they must be public, such as what is possible or usual, never the data's own.
    """
    columns: list[dict[str, Any]] = []
    for name in table.names:
        role, kind = table.roles[name], table.types[name]
        entry: dict[str, Any] = {"name": name, "type": kind, "role": role, "unit": table.units.get(name, "")}
        if role == "feature" and kind == "category":
            entry["levels"] = []
        elif role == "feature":
            entry["low"] = entry["high"] = None
        columns.append(entry)
    return {"name": table.name, "columns": columns}


def read_profile(file: Path | str) -> Profile:
    """Read a profile from a person's JSON file.

    Raises
    ------
    SettingsError
        No such file, not JSON, an unknown key, or a column without meaning; says which.
    """
    content, file = _content(file)
    columns = _columns(content)
    features = sum(column.role == "feature" for column in columns)
    gamma, seed, origin = content.get("gamma"), content.get("seed", 7), content.get("origin", "bounds")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise SettingsError("the profile's seed must be a whole number", hint=f"correct {file.name}")
    if origin not in _ORIGINS:
        raise SettingsError("the profile's origin is none", hint="it is one of: " + ", ".join(_ORIGINS))
    try:
        made = Profile(
            name=str(content.get("name") or file.stem),
            columns=columns,
            gamma=float(gamma) if isinstance(gamma, (int, float)) else 1.0 / max(1, features),
            origin=origin,
            seed=seed,
        )
        _ = made.id  # text that cannot be written is found now
    except (DocumentError, OverflowError) as error:
        raise SettingsError(str(error), hint=f"correct {file.name}") from error
    return made


def read_columns(file: Path | str) -> tuple[tuple[Column, ...], str]:
    """Read the columns of a person's JSON file, bounds and levels open or not, and the name it states.

    Raises
    ------
    SettingsError
        As `read_profile`, but for what is open.
    """
    content, file = _content(file)
    columns = _columns(content)
    for column in columns:
        if column.low is not None and column.high is not None and not column.low < column.high:
            raise SettingsError(f"column '{column.name}': the low bound must be below the high bound")
    return columns, str(content.get("name") or "")


def _content(file: Path | str) -> tuple[dict[str, Any], Path]:
    """Return a file's JSON object with its list of columns."""
    file = expanded(file)
    hint = "`lwnode profile template TABLE` prints one to begin with"
    try:
        if file.stat().st_size > _LIMIT:
            raise SettingsError(f"{file.name} is larger than any profile", hint=hint)
        text = file.read_text(encoding="utf-8")
        content = json.loads(text)
    except FileNotFoundError:
        raise SettingsError(f"there is no file {file}", hint="check the path") from None
    except (OSError, ValueError, RecursionError) as error:  # also bytes that are not UTF-8, brackets without end
        raise SettingsError(f"{file.name} is not a JSON file in UTF-8", hint=hint) from error
    if not isinstance(content, dict) or not isinstance(content.get("columns"), list):
        raise SettingsError(f"{file.name} has no list of columns")
    if len(content["columns"]) > COLUMN_LIMIT:
        raise SettingsError(f"{file.name} has more than {COLUMN_LIMIT} columns", hint="leave out what is no feature")
    return content, file


def _columns(content: dict[str, Any]) -> tuple[Column, ...]:
    return tuple(_column(number, entry) for number, entry in enumerate(content["columns"], 1))


def _column(number: int, entry: Any) -> Column:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise SettingsError(f"column {number} of the profile has no name")
    name = entry["name"]
    for key in set(entry) - _KEYS:
        near = difflib.get_close_matches(str(key), _KEYS, n=1)
        raise SettingsError(f"column '{name}': unknown key '{key}'", hint=f"did you mean '{near[0]}'?" if near else "")
    kind, role = entry.get("type", "number"), entry.get("role", "feature")
    if kind not in ("number", "integer", "category", "text"):
        raise SettingsError(f"column '{name}': the type must be number, integer, category or text")
    if role not in ("feature", "target", "identifier", "ignored"):
        raise SettingsError(f"column '{name}': the role must be feature, target, identifier or ignored")
    levels = entry.get("levels") or entry.get("categories") or []
    if not isinstance(levels, list) or len(levels) > LEVEL_LIMIT:
        raise SettingsError(f"column '{name}': levels are a list of at most {LEVEL_LIMIT}")
    words = entry.get("unit") or "", entry.get("description") or ""
    if not all(isinstance(word, str) for word in words):
        raise SettingsError(f"column '{name}': unit and description are text")
    return Column(
        name=name,
        type=kind,
        role=role,
        unit=words[0],
        low=_bound(name, entry.get("low")),
        high=_bound(name, entry.get("high")),
        levels=tuple(map(str, levels)),
        description=words[1],
    )


def _bound(name: str, value: Any) -> float | None:
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingsError(f"column '{name}': bounds must be numbers") from error
