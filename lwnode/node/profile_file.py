# SPDX-License-Identifier: Apache-2.0
"""A profile as a person writes it: a JSON file with ``name`` and ``columns``.

A column has a name, a type, a unit, bounds or levels, and a role.  The canonical document is made from it; this form is
only for typing.
"""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

from lwnode.documents import Column, Profile
from lwnode.errors import DocumentError, SettingsError
from lwnode.paths import expanded
from lwnode.training import Table

_KEYS = {"name", "unit", "type", "low", "high", "categories", "levels", "role", "description"}


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
    levels = entry.get("levels") or entry.get("categories") or ()
    try:
        return Column(
            name=name,
            type=kind,
            role=role,
            unit=entry.get("unit") or "",
            low=None if entry.get("low") is None else float(entry["low"]),
            high=None if entry.get("high") is None else float(entry["high"]),
            levels=tuple(map(str, levels)),
            description=entry.get("description") or "",
        )
    except (TypeError, ValueError) as error:
        raise SettingsError(f"column '{name}': bounds must be numbers") from error


def read_profile(file: Path | str) -> Profile:
    """Read a profile from a person's JSON file.

    Raises
    ------
    SettingsError
        No such file, not JSON, an unknown key, or a column without meaning; says which.
    """
    file = expanded(file)
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"there is no file {file}", hint="check the path") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise SettingsError(
            f"{file.name} is not a JSON file in UTF-8", hint="`lwnode profile template TABLE` prints one to begin with"
        ) from error
    if not isinstance(content, dict) or not isinstance(content.get("columns"), list):
        raise SettingsError(f"{file.name} has no list of columns")
    columns = tuple(_column(number, entry) for number, entry in enumerate(content["columns"], 1))
    features = sum(column.role == "feature" for column in columns)
    gamma = content.get("gamma")
    try:
        return Profile(
            name=str(content.get("name") or file.stem),
            columns=columns,
            gamma=float(gamma) if isinstance(gamma, (int, float)) else 1.0 / max(1, features),
            seed=int(content.get("seed", 7)),
        )
    except DocumentError as error:
        raise SettingsError(str(error), hint=f"correct {file.name}") from error
