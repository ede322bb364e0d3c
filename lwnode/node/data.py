# SPDX-License-Identifier: Apache-2.0
"""How actions name data: a registered data set, a file, or a table that came with the call.

Rows stay where they are: a data set keeps the path of its file and the digest of what was registered.  A table that
came from memory has no place of its own, so the home keeps a private copy of it, which never leaves.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lwnode.documents import Column, Profile
from lwnode.errors import DataError
from lwnode.node import column_maps, wire
from lwnode.node.engine import Engine
from lwnode.paths import expanded
from lwnode.specification.encoders import IMAGES, encode, encoder_columns, encoder_profile, has_profile, pixels
from lwnode.store import DataSet
from lwnode.training import Table, as_table, read_table
from lwnode.training.columns import Values, distinct
from lwnode.training.persons import capped
from lwnode.training.renaming import renamed


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRef:
    """Data as an argument: a table, a path, or a name; where both stand, a registered name comes before a path.

    Parameters
    ----------
    name : str
        Of a registered data set.
    path : str
        Absolute path of a CSV or Parquet file, or of a ``.npz`` file of images.
    target : str
        Target column of the file, empty where there is none.
    roles : mapping
        Column → role, as a person said it now of the file or of the registered data set.
    table : Table or None
    """

    name: str = ""
    path: str = ""
    target: str = ""
    roles: dict[str, str] | None = None
    table: Table | None = None


def refer(data: Any, *, target: str = "", withhold: Iterable[str] = ()) -> DataRef:
    """Return how to name ``data``: a record with a name, a table, items, an array, a frame, a path or a name.

    Columns to withhold become roles of what is named.
    """
    ref, roles = _refer(data, target), dict.fromkeys(withhold, "ignored")
    if not roles:
        return ref
    if ref.table is not None:
        return dataclasses.replace(ref, table=ref.table.assign(roles=roles))
    return dataclasses.replace(ref, roles={**(ref.roles or {}), **roles})


def _refer(data: Any, target: str) -> DataRef:
    name = getattr(data, "name", None)
    if isinstance(data, DataRef):
        return data
    if isinstance(data, Table):
        return DataRef(table=data.assign(target=target) if target and data.target != target else data)
    if isinstance(data, str) and os.sep not in data:
        path = "" if Path(data).suffix == "" and not expanded(data).is_file() else str(expanded(data))
        return DataRef(name=data, path=path, target=target)
    if isinstance(data, (str, Path)):
        return DataRef(path=str(expanded(data)), target=target)
    if isinstance(name, str) and hasattr(data, "rows_per_person"):
        return DataRef(name=name, target=target)
    return DataRef(table=as_table(data, target=target or None))


def load(engine: Engine, ref: DataRef, *, profile: Profile | None = None) -> Table:
    """Return the table that ``ref`` names, read now.

    Raises
    ------
    DataError
        It cannot be read, or a registered file is gone.
    NotFoundError
        No data set of that name.
    """
    if ref.table is not None:
        check_table(ref.table)
        return ref.table if profile is None else ref.table.describe(profile)
    if "\0" in ref.path:
        raise DataError("the path cannot be a path", hint="check the path")
    if ref.name and (not ref.path or is_registered(engine, ref.name)):
        table = load_dataset(engine, engine.store.datasets.get(ref.name))
        return table.assign(roles=ref.roles) if ref.roles else table
    if ref.path:
        return as_table(ref.path, target=ref.target or None, roles=ref.roles or None, profile=profile)
    raise DataError("no data were named", hint="give a file, a table or the name of a registered data set")


def is_registered(engine: Engine, name: str) -> bool:
    """Return whether there is a data set of exactly that name."""
    return any(dataset.name == name for dataset in engine.store.datasets.list())


def check_table(table: Table) -> None:
    """Refuse a table from a caller that is not one.

    Raises
    ------
    DataError
        No columns, columns of different lengths, without a type or a role, or not of the type they are said to be.
    """
    lengths = {values.shape for values in table.columns.values()}
    if len(lengths) != 1 or len(next(iter(lengths))) != 1:
        raise DataError("a table needs columns of one length", hint="give one value for each row and column")
    if set(table.types) != set(table.columns) or set(table.roles) != set(table.columns):
        raise DataError("a table needs a type and a role for every column", hint="make it with Table.from_arrays")
    if table.target is not None and table.target not in table.columns:
        raise DataError(f"there is no target column '{table.target}'", hint="name a column of the table")
    if not table.withheld <= table.columns.keys() - {table.target}:
        raise DataError("a column that is withheld is not there, or is the target", hint="make it with Table.assign")
    if table.encoder or table.items is not None:
        _check_encoded(table)
    for name, values in table.columns.items():
        numeric = table.types[name] in ("number", "integer")
        if values.dtype != (np.float64 if numeric else object):
            raise DataError(f"column '{name}' does not hold what its type says", hint="make it with Table.from_arrays")


def _check_encoded(table: Table) -> None:
    """Refuse a table that only says that an encoder made it."""
    shape = (table.rows, 32)
    if table.items is None or table.items.dtype != np.uint8 or table.items.shape != shape:
        raise DataError("an encoded table needs the digest of each item", hint="make it with Images or Texts")
    if not set(encoder_columns(table.encoder)) <= set(table.columns):
        raise DataError(f"the table lacks columns of {table.encoder}", hint="make it with Images or Texts")


def load_dataset(engine: Engine, dataset: DataSet, profile: Profile | None = None) -> Table:
    """Return the rows of a registered data set as they are now, at most so many of each person.

    With a profile its file is read as that profile says, instead of the data set's own.

    Raises
    ------
    DataError
        The file is gone or can no longer be read.
    """
    table = _read_dataset(engine, dataset, profile)
    return capped(table, dataset.person, dataset.rows_per_person) if dataset.person else table


def _read_dataset(engine: Engine, dataset: DataSet, profile: Profile | None) -> Table:
    if dataset.blob:
        table: Table = wire.from_json(engine.store.blobs.get(dataset.blob), Table)
        return table.assign(target=dataset.target) if dataset.target and table.target != dataset.target else table
    if not Path(dataset.path).is_file():
        raise DataError(
            f"the file of data set '{dataset.name}' is no longer at its place",
            hint="put it back, or register it again with `lwnode data add`",
        )
    roles = {column.name: column.role for column in dataset.columns if column.name != dataset.target}
    if profile is None and dataset.profile:
        profile = engine.store.profiles.get(dataset.profile)
    if pairs := column_maps.from_text(dataset.renamed):
        table = renamed(read_table(dataset.path), pairs)
        table = table if profile is None else table.describe(profile)
        table = table.assign(target=dataset.target or None, roles=roles)
    else:
        table = read_table(dataset.path, target=dataset.target or None, roles=roles, profile=profile)
    withheld = frozenset(dataset.withheld) - {dataset.target}  # what a person said; the roles above hold more
    return dataclasses.replace(table, withheld=withheld)


def comparable(table: Table) -> dict[str, Values]:
    """Return the columns by which a table's rows are compared with others: its features.

    A column of one value is nothing to learn from and still says where the rows are, unless a person withheld it.
    Pixels have no frame of their own: what the image encoder makes of them stands beside them.
    """
    columns = table.features()
    for name, values in table.columns.items():
        ignored = table.roles[name] == "ignored" and name not in table.withheld and table.types[name] != "text"
        if ignored and distinct(values) == 1:
            columns[name] = values
    if table.encoder.startswith(pixels.PREFIX):
        rows = np.column_stack([table.columns[name] for name in encoder_columns(table.encoder)])
        encoded = encode(IMAGES, pixels.images_of(table.encoder, rows))
        columns.update(zip(encoder_columns(IMAGES), encoded.T, strict=True))
    return columns


def matching_profile(engine: Engine, table: Table) -> Profile | None:
    """Return the known public profile whose features the table has, or None.

    The widest one is taken; among equals one's own, then the one that has been known longest, so that nobody can put
    another in its place by sending it later.  A version that one made or shared oneself stands for the version before.
    Images and texts have their encoder's, known or not.
    """
    if table.encoder and has_profile(table.encoder):
        fixed = encoder_profile(table.encoder)
        engine.store.profiles.put(fixed)
        return fixed
    names = set(table.names) - {table.target}  # by the header alone: what cells suggest says something of rows

    def own(profile: Profile) -> bool:
        return engine.store.profiles.record(profile.id).source == "own"

    every = engine.store.profiles.list()
    replaced = {known.previous for known in every if known.previous and own(known)}
    fitting = [
        known
        for known in reversed(every)
        if known.origin != "own data"
        and known.id not in replaced
        and {column.name for column in known.features} <= names
    ]

    def worth(profile: Profile) -> tuple[int, bool]:
        return len(profile.features), own(profile)

    return max(fitting, key=worth, default=None)


def is_its_file(table: Table, profile: Profile | None) -> bool:
    """Return whether reading the table's file again gives the same table: a part of it, or a changed one, does not."""
    if table.path is None or not Path(table.path).is_file():
        return False
    try:
        again = read_table(table.path, target=table.target, roles=dict(table.roles), profile=profile)
    except DataError:
        return False
    return again.content == table.content


def units_of(columns: tuple[Column, ...]) -> Mapping[str, str]:
    """Return column → unit for the columns that state one."""
    return {column.name: column.unit for column in columns if column.unit}


def stated_units(engine: Engine, ref: DataRef, table: Table) -> dict[str, str]:
    """Return column → unit as the table states them, and as was said when the data set was registered."""
    units = dict(table.units)
    if ref.name and is_registered(engine, ref.name):
        units |= units_of(engine.store.datasets.get(ref.name).columns)
    return units


def own_profile(table: Table) -> Profile:
    """Return a profile with the data's own bounds, for sketches that claim no privacy; its origin says so."""
    columns: list[Column] = []
    for name in table.names:
        kind = table.types[name]
        if table.roles[name] != "feature" or kind == "text":
            continue
        values = table.columns[name]
        if kind == "category":
            levels = tuple(sorted({str(value) for value in values if value is not None}))
            columns.append(Column(name=name, type="category", levels=levels))
            continue
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
        columns.append(Column(name=name, type=kind, low=low, high=high if high > low else low + 1.0))
    if not columns:
        raise DataError(
            "the table has no feature columns", hint="give at least one number or category a role of feature"
        )
    name = f"{table.name}, own bounds"
    return Profile(name=name, columns=tuple(columns), gamma=1.0 / len(columns), origin="own data")
