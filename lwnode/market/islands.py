# SPDX-License-Identifier: Apache-2.0
"""Specification islands: which entries can be compared with the user's columns, and with each other.

Rules
-----
* An entry is compatible when every feature of its profile is among the user's columns, with the same kind of values
  and no other unit.  A column whose unit nobody states is taken to agree.
* Profiles of one schema (names, kinds, units, levels) form an island whatever their bounds: points are in raw units, so
  all of them can be brought into one frame.  The frame is that of the profile most entries have.
* What cannot be compared is counted by reason, never dropped in silence.

Called by the searcher, the organizer and `lwnode.reuse`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Column, Profile
from lwnode.errors import DataError
from lwnode.market.entry import Offered
from lwnode.market.reasons import SENTENCES
from lwnode.market.results import Skipped

Columns = Mapping[str, "NDArray[np.generic]"]
_NAMES_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Island:
    """What is on offer of one schema.

    Parameters
    ----------
    profile : Profile
        The common frame.
    entries : tuple of Entry or Offer
    """

    profile: Profile
    entries: tuple[Offered, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why a profile cannot be compared: a key of the sentences, and the columns it is about."""

    code: str
    columns: tuple[str, ...]


def row_count(columns: Columns) -> int:
    """Return the number of rows.

    Raises
    ------
    DataError
        No column, no row, or columns of different lengths.
    """
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        raise DataError("the columns have different lengths", hint="give every column the same number of rows")
    rows = lengths.pop() if lengths else 0
    if rows == 0:
        raise DataError("there are no rows to search with", hint="give a table with at least one row")
    return rows


def obstacle(profile: Profile, columns: Columns, units: Mapping[str, str]) -> Obstacle | None:
    """Return what keeps a profile from being compared with the columns, or None where nothing does.

    Parameters
    ----------
    profile : Profile
    columns : mapping
        Column name → (n,) numbers (NaN where missing), or levels as text (None where missing).
    units : mapping
        Column name → unit; a column that is not named has no stated unit.
    """
    if profile.encoder and not all(c.name in columns and c.name.startswith(profile.encoder) for c in profile.features):
        return Obstacle(code="other-data", columns=())
    missing = [c.name for c in profile.features if c.name not in columns]
    if missing:
        return Obstacle(code="missing-columns", columns=tuple(missing))
    other = [c.name for c in profile.features if not _same_kind(c, columns[c.name])]
    if other:
        return Obstacle(code="other-type", columns=tuple(other))
    unlike = [c.name for c in profile.features if not _same_unit(c, units.get(c.name, ""))]
    if unlike:
        return Obstacle(code="other-unit", columns=tuple(unlike))
    return None


def _same_kind(column: Column, values: NDArray[np.generic]) -> bool:
    """Say whether the values can be the column's; a category may be coded in numbers if one of them is a level."""
    number = values.dtype.kind in "biuf"
    if column.type != "category":
        return number
    return not number or any(_spelled(value) in column.levels for value in np.unique(values))


def _spelled(value: np.generic) -> str:
    whole = isinstance(value, np.floating) and float(value).is_integer()
    return str(int(value)) if whole else str(value)


def _same_unit(column: Column, unit: str) -> bool:
    return not unit or not column.unit or unit == column.unit


def gather(
    entries: Sequence[Offered], columns: Columns, units: Mapping[str, str]
) -> tuple[tuple[Island, ...], tuple[Skipped, ...]]:
    """Group the compatible entries into islands and count the others by reason.

    Returns
    -------
    islands : tuple of Island
        The largest first.
    skipped : tuple of Skipped
        The most frequent reason first.
    """
    found: dict[str, Obstacle | None] = {}
    groups: dict[str, list[Offered]] = defaultdict(list)
    count: Counter[str] = Counter()
    names: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        if entry.schema not in found:
            found[entry.schema] = obstacle(entry.profile, columns, units)
        stop = found[entry.schema]
        if stop is None:
            groups[entry.schema].append(entry)
        else:
            count[stop.code] += 1
            names[stop.code].update(stop.columns)
    islands = [Island(profile=common_profile(group), entries=tuple(group)) for group in groups.values()]
    islands.sort(key=lambda island: (-len(island.entries), island.entries[0].schema))
    skipped = tuple(
        Skipped(code=code, reason=SENTENCES[code], count=number, columns=tuple(sorted(names[code])[:_NAMES_SHOWN]))
        for code, number in sorted(count.items(), key=lambda item: (-item[1], item[0]))
    )
    return tuple(islands), skipped


def common_profile(entries: Sequence[Offered]) -> Profile:
    """Return the profile that most entries have; of several, the one with the smallest id."""
    objects = {id(entry.profile): entry.profile for entry in entries}
    count: Counter[Profile] = Counter()
    for key, number in Counter(id(entry.profile) for entry in entries).items():  # a wide profile is slow to hash
        count[objects[key]] += number
    most = max(count.values())
    candidates = [profile for profile, number in count.items() if number == most]
    return candidates[0] if len(candidates) == 1 else min(candidates, key=lambda profile: profile.id)
