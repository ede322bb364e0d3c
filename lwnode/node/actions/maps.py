# SPDX-License-Identifier: Apache-2.0
"""The map of an island: local, and nothing is sent."""

from __future__ import annotations

from collections import defaultdict

from lwnode.errors import DataError, NotFoundError
from lwnode.market import SENTENCES, Entry
from lwnode.market.islands import Obstacle, common_profile, obstacle
from lwnode.node.actions.action import action
from lwnode.node.data import DataRef, comparable, load, stated_units
from lwnode.node.engine import Engine
from lwnode.node.island_maps import island_layout, place_rows
from lwnode.node.records import IslandInfo, IslandMap, MapPoint
from lwnode.training.columns import Values
from lwnode.types import Progress, silent


@action
def map_(engine: Engine, *, island: str = "", data: DataRef | None = None, progress: Progress = silent) -> IslandMap:
    """Return the map of an island, with one's own rows on it; on this computer, nothing is sent.

    Without ``island`` (the beginning of its id) it is the largest one that the data reach, or the largest of all.
    """
    unfit = engine.store.checks.invalid()
    rows = {row.id: row for row in engine.ready() if row.id not in unfit}
    progress(0.1, "reading the catalogue")
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in engine.entries(tuple(rows)):
        groups[entry.schema].append(entry)
    islands = tuple(sorted((_info(group) for group in groups.values()), key=lambda info: (-info.learnwares, info.id)))
    table = load(engine, data) if data is not None else None
    columns: dict[str, Values] = {}
    stops: dict[str, Obstacle | None] = {}
    if data is not None and table is not None:
        columns, units = comparable(table), stated_units(engine, data, table)
        stops = {info.id: obstacle(groups[info.id][0].profile, columns, units) for info in islands}
    chosen = _chosen(islands, island, reached=[info for info in islands if stops.get(info.id) is None])
    if (stop := stops.get(chosen.id)) is not None:
        raise DataError(
            f"the data do not reach the island '{chosen.name}'",
            hint=" ".join([SENTENCES[stop.code], ", ".join(stop.columns)]).strip(),
        )
    entries = {entry.id: entry for entry in groups[chosen.id]}
    found = engine.folds.of(engine.ready(), tuple(entries.values()), progress)
    folds = [fold for fold in found.values() if {fold.id, fold.under} <= entries.keys()]
    same: dict[str, list[str]] = defaultdict(list)
    for fold in folds:
        same[fold.under].append(fold.id)
        del entries[fold.id]
    layout, profile = island_layout(engine, tuple(entries.values()), progress)
    points = tuple(
        MapPoint(
            id=identity,
            name=entries[identity].name,
            organisation=entries[identity].organisation,
            publisher=entries[identity].publisher,
            x=float(x),
            y=float(y),
            own=rows[identity].own,
            same=tuple(same.get(identity, ())),
        )
        for identity, (x, y) in zip(layout.ids, layout.positions, strict=True)
    )
    return IslandMap(
        island=chosen,
        points=points,
        yours=place_rows(layout, profile, columns) if table is not None else None,
        explained=layout.explained,
        kept=layout.kept,
        settled=layout.settled,
        islands=islands,
    )


def _info(group: list[Entry]) -> IslandInfo:
    return IslandInfo(id=group[0].schema, name=common_profile(group).name, learnwares=len(group))


def _chosen(islands: tuple[IslandInfo, ...], island: str, *, reached: list[IslandInfo]) -> IslandInfo:
    """Return the island that was asked for.

    Raises
    ------
    NotFoundError
        There is none, or none or several of that id.
    DataError
        The data reach none.
    """
    if not islands:
        raise NotFoundError("there is nothing to draw yet", hint="join a hub with `lwnode join`, or publish")
    if island:
        named = [info for info in islands if info.id.startswith(island)]
        if len(named) != 1:
            raise NotFoundError(
                f"{'no island has' if not named else 'several islands have'} an id that begins with '{island}'",
                hint="`lwnode map` lists the islands",
            )
        return named[0]
    if not reached:
        raise DataError(
            "no island has your columns", hint="`lwnode search DATA --across` shows which columns would be which"
        )
    return reached[0]
