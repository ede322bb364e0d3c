# SPDX-License-Identifier: Apache-2.0
"""The map between a table's own column names and a profile's: proposed, confirmed, kept.

Rules
-----
* A map is only ever applied where a person confirmed it: pair by pair, or all that are sure at once.
* It is kept with the data set and applied whenever its file is read.
* What matching learns from values (about the 1 % and 99 % quantiles, the levels) stays in this process.

Called by the data actions, and by whatever loads a registered data set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lwnode.documents import Column, Profile
from lwnode.errors import DataError, SettingsError
from lwnode.market.organizer.own_columns import described
from lwnode.node import wire
from lwnode.specification.matching import ColumnMap, Pair, match_columns, stated_pair
from lwnode.training import Table
from lwnode.training.roles import nearest


def to_text(pairs: Sequence[Pair]) -> str:
    """Return a map as its data set keeps it; empty without pairs."""
    return wire.to_json(tuple(pairs)).decode() if pairs else ""


def from_text(text: str) -> tuple[Pair, ...]:
    """Return the map that a data set keeps; the inverse of `to_text`."""
    pairs: tuple[Pair, ...] = wire.from_json(text.encode(), tuple[Pair, ...]) if text else ()
    return pairs


def columns_to_match(table: Table) -> tuple[Column, ...]:
    """Return a table's columns as the matching takes them: not the target, no text, no identifiers.

    What a person withheld is among them: under a map it fills its place in the profile, with nothing in it.
    """
    names = [
        name
        for name in table.names
        if table.types[name] != "text" and (table.roles[name] not in ("target", "identifier") or name in table.withheld)
    ]
    return described({name: table.columns[name] for name in names}, table.units)


def proposed(table: Table, profile: Profile) -> ColumnMap:
    """Return how a table's columns would map to a profile's features."""
    ours = (column for column in columns_to_match(table) if column.name not in table.withheld)
    return match_columns(tuple(ours), profile.features)


def confirmed(table: Table, profile: Profile, stated: Mapping[str, str], *, accept: bool) -> tuple[Pair, ...]:
    """Return the map that a person confirmed, of every feature of the profile.

    Parameters
    ----------
    table : Table
        As its file names its columns.
    profile : Profile
    stated : mapping
        Column of the table → column of the profile, by a person.
    accept : bool
        Whether pairs that are sure are taken as proposed.

    Raises
    ------
    SettingsError
        A column is mapped twice, or features of the profile have no partner; says which.
    DataError
        A column that is not there, or kinds or units that exclude a pair.
    """
    theirs = {column.name: column for column in profile.columns}
    ours = {column.name: column for column in columns_to_match(table)}
    if len(set(stated.values())) != len(stated):
        raise SettingsError("the map gives two columns one name", hint="map each column of the profile once")
    pairs = [_stated(table, ours, theirs, name, other) for name, other in stated.items()]
    open_features = [column for column in profile.features if column.name not in set(stated.values())]
    free = {name: column for name, column in ours.items() if name not in stated}
    doubtful: list[Pair] = []
    if accept:
        for withheld in (False, True):
            candidates = tuple(column for name, column in free.items() if (name in table.withheld) == withheld)
            found = match_columns(candidates, open_features)
            pairs += [pair for pair in found.pairs if pair.sure]
            doubtful += [pair for pair in found.pairs if not pair.sure]
            taken = {pair.theirs for pair in pairs}
            open_features = [column for column in open_features if column.name not in taken]
    else:
        same = ((name, theirs[name]) for name in free if any(name == column.name for column in open_features))
        pairs += [pair for name, column in same if (pair := stated_pair(free[name], column)) is not None]
    lacking = sorted({column.name for column in profile.features} - {pair.theirs for pair in pairs})
    if lacking:
        near = "; ".join(f"--map '{pair.ours}={pair.theirs}' ({pair.confidence:.0%})" for pair in doubtful[:5])
        raise SettingsError(
            f"no column is confirmed for: {', '.join(lacking)}",
            hint=f"if this is right, confirm it: {near}" if near else "see `lwnode profile match`, then add --map",
        )
    return tuple(pairs)


def _stated(table: Table, ours: Mapping[str, Column], theirs: Mapping[str, Column], name: str, other: str) -> Pair:
    """Return the pair that a person stated."""
    if name not in table.columns:
        raise DataError(f"there is no column '{name}'", hint=nearest(name, table.columns))
    if other not in theirs:
        raise DataError(f"the profile has no column '{other}'", hint=nearest(other, theirs))
    column = theirs[other]
    if column.role != "feature" or name not in ours:
        if column.role == "feature":
            raise DataError(
                f"column '{name}' is text, an identifier or the target, and '{other}' is a feature of the profile",
                hint="map another column",
            )
        return Pair(ours=name, theirs=other, reasons=("confirmed",))
    pair = stated_pair(ours[name], column)
    if pair is None:
        raise DataError(
            f"column '{name}' cannot be '{other}': their kinds or units exclude each other",
            hint=f"the profile's is a {column.type} in {column.unit or 'no unit'}; bring the column to that first",
        )
    return pair
