# SPDX-License-Identifier: Apache-2.0
"""The specification world: islands that a table does not reach by name, and how far it reaches them by meaning.

An island is out of reach when a column of its schema is not among the user's, or is there in another unit or kind.
Names, descriptions, units and quantiles often say which column is meant (`lwnode.specification.matching`); then the
island can be reached through a map, with all of its columns or with some.

Rules
-----
* Pairs that are sure are taken, pairs that a person stated are taken as stated, doubtful ones are asked about and take
  no part until somebody confirms them.
* A person states *column = column*; that holds in every island that has such a column.
* What the user's values say stays here: a reach holds names, units and conversions.
* Islands are in the order of the share of their columns that is reached.

Called by the searcher, where a person asked for the world.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lwnode.documents import Column, Profile
from lwnode.errors import DataError
from lwnode.market.entry import Offered
from lwnode.market.islands import Columns, Island, common_profile, obstacle
from lwnode.market.organizer.own_columns import described
from lwnode.market.results import Reach
from lwnode.specification.column_names import words_of
from lwnode.specification.glossary import LIGHT
from lwnode.specification.matching import Pair, match_columns, stated_pair

MOST_ISLANDS = 50  # whose columns are matched: those with the most words in common
MOST_PAIRS = 200_000  # of columns, in all islands together: some seconds
_LEAST_SHARE = 1.0 / 3.0  # of an island's columns that must be reached before anything is compared
_LEAST_COLUMNS = 3  # of them, unless that is all


def beyond(entries: Sequence[Offered], columns: Columns, units: Mapping[str, str]) -> tuple[Island, ...]:
    """Return the islands of tables that the columns do not reach by name, the largest first."""
    stops: dict[str, bool] = {}
    groups: dict[str, list[Offered]] = {}
    for entry in entries:
        if entry.schema not in stops:
            stop = obstacle(entry.profile, columns, units)
            stops[entry.schema] = stop is not None and not entry.profile.encoder
        if stops[entry.schema]:
            groups.setdefault(entry.schema, []).append(entry)
    islands = [Island(profile=common_profile(group), entries=tuple(group)) for group in groups.values()]
    return tuple(sorted(islands, key=lambda island: (-len(island.entries), island.profile.schema_id)))


def reaches(
    islands: Sequence[Island], columns: Columns, units: Mapping[str, str], stated: Mapping[str, str]
) -> tuple[Reach, ...]:
    """Return how far a table reaches islands, the largest share of their columns first.

    Parameters
    ----------
    islands : sequence of Island
        Of tables; `beyond` returns them.
    columns, units
        As `lwnode.market.search` takes them.
    stated : mapping
        Column of the user → column of an island, by a person.

    Raises
    ------
    DataError
        A stated column that is nowhere, is given twice, or cannot be the other by kind or unit.

    Notes
    -----
    One assignment problem for each of at most `MOST_ISLANDS` islands, 40 ms for 30 × 30 columns, and not more than
    `MOST_PAIRS` pairs of columns in all.
    """
    ours = {column.name: column for column in described(columns, units)}
    _check_stated(stated, ours, islands)
    words = {word for column in ours.values() for word in _words(column)}

    def in_common(island: Island) -> tuple[bool, float, int, str]:
        features = island.profile.features
        named = any(column.name in stated.values() for column in features)
        share = sum(not words.isdisjoint(_words(column)) for column in features) / len(features)
        return not named, -share, -len(island.entries), island.profile.schema_id

    found: list[Reach] = []
    compared = 0
    for island in sorted(islands, key=in_common)[:MOST_ISLANDS]:
        compared += len(ours) * len(island.profile.features)
        if compared > MOST_PAIRS and found:
            break
        reach = _reach(island, ours, stated)
        if reach.pairs or reach.doubtful:
            found.append(reach)
    return tuple(sorted(found, key=lambda reach: (-reach.share, -len(reach.doubtful), -reach.learnwares, reach.island)))


def _reach(island: Island, ours: Mapping[str, Column], stated: Mapping[str, str]) -> Reach:
    features = {column.name: column for column in island.profile.features}
    pairs = [_stated(ours[own], features[other]) for own, other in stated.items() if other in features]
    taken = {pair.ours for pair in pairs}
    rest = [column for name, column in features.items() if name not in stated.values()]
    found = match_columns([column for name, column in ours.items() if name not in taken], rest)
    pairs += [pair for pair in found.pairs if pair.sure]
    order = list(features)
    pairs.sort(key=lambda pair: order.index(pair.theirs))
    enough = len(pairs) == len(order) or (len(pairs) >= _LEAST_COLUMNS and len(pairs) >= _LEAST_SHARE * len(order))
    return Reach(
        island=island.profile.schema_id,
        name=island.profile.name,
        learnwares=len(island.entries),
        pairs=tuple(pairs),
        doubtful=tuple(pair for pair in found.pairs if not pair.sure),
        missing=found.theirs_left,
        left=found.ours_left,
        enough=enough,
    )


def _stated(ours: Column, theirs: Column) -> Pair:
    pair = stated_pair(ours, theirs)
    if pair is None:
        raise DataError(
            f"column '{ours.name}' cannot be '{theirs.name}': their kinds or units exclude each other",
            hint=f"the other is a {theirs.type} in {theirs.unit or 'no unit'}; bring the column to that first",
        )
    return pair


def _check_stated(stated: Mapping[str, str], ours: Mapping[str, Column], islands: Sequence[Island]) -> None:
    if len(set(stated.values())) != len(stated):
        raise DataError("the map gives two columns one name", hint="map each column once")
    known = {column.name for island in islands for column in island.profile.features}
    for own, other in stated.items():
        if own not in ours:
            raise DataError(f"there is no column '{own}' to compare", hint="name a column of the table, a feature")
        if other not in known:
            raise DataError(
                f"no learnware beyond your columns has a column '{other}'",
                hint="search across islands without a map first: it shows their columns",
            )


def _words(column: Column) -> set[str]:
    name = words_of(column.name)
    return {name.plain, *name.concepts} - LIGHT


def features_of(profile: Profile, reach: Reach) -> tuple[Column, ...]:
    """Return the columns of an island that a reach pairs, in the island's order."""
    paired = {pair.theirs for pair in reach.pairs}
    return tuple(column for column in profile.features if column.name in paired)
