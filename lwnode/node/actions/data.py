# SPDX-License-Identifier: Apache-2.0
"""Data sets, their budgets, and the profiles they are framed by."""

from __future__ import annotations

import dataclasses
import re

from lwnode.documents import Column, Profile
from lwnode.errors import DataError, SettingsError
from lwnode.node import column_maps, wire
from lwnode.node.actions.action import action
from lwnode.node.budget import budget_of
from lwnode.node.data import DataRef, is_its_file, load, matching_profile
from lwnode.node.engine import Engine
from lwnode.node.overlap import remember_rows, shared_rows
from lwnode.node.records import BudgetInfo, DataSetInfo, ProfileInfo
from lwnode.specification.matching import Pair
from lwnode.store import DataSet
from lwnode.training import Table
from lwnode.training.persons import capped
from lwnode.training.renaming import renamed
from lwnode.trust import seal_document

_MOST_ROWS = 1_000_000  # of one person
_NAME = re.compile(r"[\w][\w .-]{0,79}")


def info_of(engine: Engine, dataset: DataSet) -> DataSetInfo:
    """Return a data set with its budget."""
    budget = budget_of(engine, dataset)
    return DataSetInfo(
        name=dataset.name,
        path=dataset.path,
        target=dataset.target,
        rows=dataset.rows,
        rejected=dataset.rejected,
        rows_per_person=dataset.rows_per_person,
        person=dataset.person,
        columns=dataset.columns,
        content=dataset.content,
        epsilon_spent=budget.epsilon_spent,
        epsilon_cap=budget.epsilon_cap,
        added=dataset.added,
    )


def columns_of(table: Table, profile: Profile | None) -> tuple[Column, ...]:
    """Return the table's columns; units and bounds come from the profile where it names the column."""
    known = {column.name: column for column in profile.columns} if profile is not None else {}
    return tuple(
        dataclasses.replace(known[name], type=table.types[name], role=table.roles[name])
        if name in known
        else Column(name=name, type=table.types[name], role=table.roles[name], unit=table.units.get(name, ""))
        for name in table.names
    )


def register(
    engine: Engine,
    table: Table,
    *,
    name: str,
    rows_per_person: int,
    profile: Profile | None = None,
    source: Table,
    pairs: tuple[Pair, ...] = (),
    person: str = "",
) -> DataSet:
    """Enter a table under a name; new content under an old name stays on its ledger.

    ``source`` is the table before a profile or a map of columns (``pairs``) said anything of it.
    """
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise SettingsError("a data set's name starts with a letter or digit and has at most 80 characters")
    if not 1 <= rows_per_person <= _MOST_ROWS:
        raise SettingsError(f"rows per person must be between 1 and {_MOST_ROWS}")
    if not table.rows:
        raise DataError("the table has no rows", hint="check the file and its delimiter")
    path = str(source.path) if source.path is not None and is_its_file(source, None) else ""
    dataset = DataSet(
        name=name,
        path=path,
        target=table.target or "",
        task="",
        columns=columns_of(table, profile),
        rows=table.rows,
        rejected=sum(item.count for item in table.rejected),
        rows_per_person=rows_per_person,
        person=person,
        content=table.content,
        profile=profile.id if profile is not None else "",
        blob="" if path else engine.store.blobs.put(wire.to_json(table)),
        added=engine.now(),
        renamed=column_maps.to_text(pairs),
        source=source.content,
        withheld=tuple(sorted(table.withheld)),
    )
    engine.store.datasets.put(dataset)
    remember_rows(engine, dataset, table)
    return dataset


def framed(engine: Engine, data: DataRef, profile: str = "") -> tuple[Table, Table, Profile | None]:
    """Return a table as it is, and with the types, roles and units that a profile gives its columns.

    The profile is the one that is asked for, else the known one that matches the columns: what a consortium leaves out
    of its frame, such as a ward's name, is then left out here too.
    """
    table = load(engine, data)
    if profile:
        frame = engine.store.profiles.get(profile)
        return table, load(engine, data, profile=frame), frame
    found = matching_profile(engine, table)
    if table.encoder and found is not None:
        return table, table.describe(found), found  # encoding once is enough
    if found is None or not set(table.names) - {table.target} <= {column.name for column in found.columns}:
        return table, table, None  # a profile that does not speak of every column must not silence one by itself
    return table, load(engine, data, profile=found), found


@action
def add(
    engine: Engine,
    *,
    data: DataRef,
    name: str = "",
    rows_per_person: int = 1,
    profile: str = "",
    columns: dict[str, str] | None = None,
    accept_map: bool = False,
    person: str = "",
) -> DataSetInfo:
    """Register a data set: its budget and its roles; the rows stay where they are.

    With ``person``, the column that names the person, rows beyond ``rows_per_person`` of one are left out.

    ``columns`` (table column → profile column) and ``accept_map`` (what `match_profiles` is sure of) read the table
    under a profile whose names or units differ.
    """
    frame: Profile | None
    pairs: tuple[Pair, ...] = ()
    if columns or accept_map:
        if not profile:
            raise SettingsError("a map of columns leads to a profile", hint="say which one with profile=")
        known = engine.store.profiles.get(profile)
        source = load(engine, data)
        pairs = column_maps.confirmed(source, known, columns or {}, accept=accept_map)
        table, frame = renamed(source, pairs).describe(known), known
    else:
        source, table, frame = framed(engine, data, profile)
    before = next((d for d in engine.store.datasets.list() if d.name == (name or table.name)), None)
    if before is not None and before.source == source.content and not person and rows_per_person == 1:
        person, rows_per_person = before.person, before.rows_per_person  # what was said of these rows still holds
    if before is not None and before.source == source.content:
        kept = [name for name in before.withheld if name in table.columns and name != table.target]
        table = table.assign(roles={name: "ignored" for name in kept if name not in table.withheld})
    if person:
        table = capped(table, person, max(1, rows_per_person))
    dataset = register(
        engine, table, name=name or table.name, rows_per_person=rows_per_person, profile=frame, source=source,
        pairs=pairs, person=person,
    )  # fmt: skip
    return dataclasses.replace(info_of(engine, dataset), findings=(*table.findings, *shared_rows(engine, dataset)))


@action
def datasets(engine: Engine) -> tuple[DataSetInfo, ...]:
    """List the registered data sets."""
    return tuple(info_of(engine, dataset) for dataset in engine.store.datasets.list())


@action
def dataset(engine: Engine, *, name: str) -> DataSetInfo:
    """Show one registered data set."""
    return info_of(engine, engine.store.datasets.get(name))


@action
def budget(engine: Engine, *, dataset: str) -> BudgetInfo:
    """Show a data set's privacy ledger."""
    return budget_of(engine, engine.store.datasets.get(dataset))


@action
def add_profile(engine: Engine, *, profile: Profile, share: bool = False) -> ProfileInfo:
    """Keep an island profile; ``share`` signs it and sends it to the hubs that were joined."""
    if share and profile.origin == "own data":
        raise SettingsError("the profile holds the bounds of private data", hint="type public bounds, then share them")
    signed = seal_document(profile, engine.keys.release_key) if share else b""
    with engine.store.transaction():
        engine.store.profiles.put(profile, source="own", signed=signed)
        if share:
            for membership in engine.store.memberships.list():
                engine.store.delivery.enqueue(membership.hub, "profile", signed)
    if share:
        engine.wake()
    return _profile_info(engine, profile, "own")


def _profile_info(engine: Engine, profile: Profile, source: str) -> ProfileInfo:
    used = sum(1 for row in engine.ready() if row.profile == profile.id)
    return ProfileInfo(
        id=profile.id,
        name=profile.name,
        source=source,
        gamma=profile.gamma,
        columns=profile.columns,
        learnwares=used,
    )


@action
def profiles(engine: Engine) -> tuple[ProfileInfo, ...]:
    """List the island profiles that this node knows."""
    store = engine.store.profiles
    return tuple(_profile_info(engine, known, store.record(known.id).source) for known in store.list())


@action
def profile(engine: Engine, *, id: str) -> Profile:
    """Return one island profile, whole."""
    return engine.store.profiles.get(id)


__all__ = ["add", "add_profile", "budget", "dataset", "datasets", "profile", "profiles", "register"]
