# SPDX-License-Identifier: Apache-2.0
"""A profile from a data set's own rows, at a price: bounds drawn once, charged, and put together with what was typed.

Rules
-----
* Noise is drawn once for (content, mechanism); the draw is stored and charged in one transaction before anything is
  made of it.  Asked again, the same bounds come back and nothing is spent.
* Whatever could refuse for public reasons does so before noise is drawn.  What the draw could not tell is a result: it
  is charged, and becomes a finding.
* Names, kinds and roles of the columns are what the owner says of them; numbers are called ``number`` whether or not
  they are whole, which only the rows would tell.

Called by the profile actions.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Literal

from lwnode.documents import Column, Profile, decode, digest, encode
from lwnode.documents.decoders import converted
from lwnode.errors import DataError, Finding, SettingsError, SpecificationError
from lwnode.node.budget import cap_check
from lwnode.node.engine import Engine
from lwnode.node.privacy import Budget
from lwnode.specification import default_delta, mu_for
from lwnode.specification.quantiles import ColumnBounds, PrivateBounds, bounds_mechanism, plan_bounds, private_bounds
from lwnode.store import Charged, DataSet
from lwnode.training import Table
from lwnode.training.roles import nearest

_REMEDY = "type it into a profile, or take a partner's"


def draw_bounds(
    engine: Engine, dataset: DataSet, table: Table, names: Sequence[str], budget: Budget
) -> tuple[PrivateBounds, float]:
    """Return private bounds of some columns, and the ε that was charged for them now.

    Raises
    ------
    PrivacyBudgetError
        Too few rows for this ε and so many columns, or the budget's cap.
    """
    epsilon = budget.epsilon
    delta = default_delta(table.rows) if budget.delta is None else budget.delta
    g = dataset.rows_per_person
    kinds = {name: table.types[name] == "category" for name in names}
    how = bounds_mechanism(kinds, epsilon=epsilon, delta=delta, rows_per_person=g)
    key = digest(encode(["bounds", table.content, how]))
    blob = engine.store.ledger.draw(key)
    if blob is not None:
        return _stored(engine, blob), 0.0
    plan_bounds(table.rows, len(names), epsilon=epsilon, delta=delta, rows_per_person=g)
    mu = mu_for(epsilon, delta)
    allowed = cap_check(engine, dataset)
    allowed((*engine.store.ledger.charged(dataset.name), Charged(mu, rows_per_person=dataset.rows_per_person)))
    made = private_bounds(
        {name: table.columns[name] for name in names}, epsilon=epsilon, delta=delta, rows_per_person=g,
        rng=engine.noise(),
    )  # fmt: skip
    blob = engine.store.blobs.put(encode(made))
    entry = engine.store.ledger.charge(
        dataset.name, key, mu=mu, epsilon=epsilon, delta=delta,
        what=f"bounds of {len(names)} column{'s' * (len(names) > 1)} for a profile", blob=blob,
        rows_per_person=dataset.rows_per_person,
        cap_check=allowed,
    )  # fmt: skip
    return _stored(engine, entry.blob), epsilon if entry.blob == blob else 0.0


def open_columns(table: Table, typed: Sequence[Column]) -> tuple[str, ...]:
    """Return the features whose bounds or levels nobody typed.

    Raises
    ------
    DataError
        A typed column is not in the table, or is of another kind there.
    SettingsError
        Everything is typed, or there is no feature.
    """
    known = {column.name: column for column in typed}
    for column in typed:
        if column.name not in table.columns:
            raise DataError(f"there is no column '{column.name}'", hint=nearest(column.name, table.columns))
        if column.role == "feature" and (column.type == "category") != (table.types[column.name] == "category"):
            raise DataError(
                f"column '{column.name}' is called {column.type}, and the table has {table.types[column.name]} there",
                hint="state the table's type, or correct the rows",
            )
    features = [name for name in table.names if table.roles[name] == "feature"]
    wanted = tuple(name for name in features if name not in known or _is_open(known[name]))
    if not wanted:
        raise SettingsError(
            "there is nothing to draw: every feature has its bounds or levels, or there is no feature",
            hint="`lwnode profile new FILE` makes a profile of typed bounds and costs nothing",
        )
    return wanted


def profile_of(
    table: Table, typed: Sequence[Column], drawn: PrivateBounds, *, name: str
) -> tuple[Profile, tuple[Finding, ...]]:
    """Return the profile of drawn and typed columns, in the table's order, and what could not be told.

    Raises
    ------
    SpecificationError
        No feature is left.
    """
    told = {column.name: column for column in drawn.columns}
    known = {column.name: column for column in typed}
    columns: list[Column] = []
    found: list[Finding] = []
    for each in table.names:
        role = table.roles[each]
        if each in told:
            column, finding = _column(told[each], known, table.units)
            columns.append(column)
            found += [finding] if finding is not None else []
        elif each in known:
            columns.append(known[each])
        elif role == "target":
            columns.append(Column(name=each, type=_kind(table, each), role="target", unit=table.units.get(each, "")))
    features = sum(column.role == "feature" for column in columns)
    if not features:
        raise SpecificationError(
            "nothing could be told of any column; the draw is charged, and the same call costs nothing more",
            hint=found[0].message if found else "type the bounds",
        )
    unsaid = [column.name for column in columns if column.name in told and column.name not in known]
    if unsaid:
        message = (
            f"nobody stated the kind of {len(unsaid)} column{'s' * (len(unsaid) > 1)}: it was recognised from the "
            "rows, which ε does not cover; type them in a profile file to be sure"
        )
        found.append(Finding(code="kinds-from-rows", severity="warn", message=message, where=", ".join(unsaid[:5])))
    profile = Profile(name=name, columns=tuple(columns), gamma=1.0 / features, origin="quantiles")
    return profile, tuple(found)


def _kind(table: Table, name: str) -> Literal["number", "category"]:
    return "category" if table.types[name] in ("category", "text") else "number"


def _is_open(column: Column) -> bool:
    if column.role != "feature":
        return False
    return not column.levels if column.type == "category" else column.low is None or column.high is None


def _column(told: ColumnBounds, known: Mapping[str, Column], units: Mapping[str, str]) -> tuple[Column, Finding | None]:
    """Return one column as it was told; one of which nothing was told is ignored, with the reason."""
    empty = Column(name=told.name, type="number", unit=units.get(told.name, ""))
    base = known.get(told.name, empty)
    if told.told == "bounds":
        made = dataclasses.replace(base, type="number", role="feature", low=told.low, high=told.high)
        message = "its values are close together for their size, so that the bounds are coarse: subtract a constant"
        return made, Finding(code="bounds-coarse", severity="warn", message=message, where=told.name) if (
            told.narrow
        ) else None
    if told.told == "levels":
        return dataclasses.replace(base, type="category", role="feature", levels=told.levels), None
    words = {
        "nothing seen": f"too few values for this epsilon: left out; {_REMEDY}",
        "other levels": "many rows have a level that is not a common one, and such levels are never read from rows: "
        f"left out; {_REMEDY}",
    }
    made = dataclasses.replace(base, type="category" if told.category else "number", role="ignored")
    return made, Finding(code="bounds-open", severity="warn", message=words[told.told], where=told.name)


def _stored(engine: Engine, blob: str) -> PrivateBounds:
    return converted(decode(engine.store.blobs.get(blob), dict), PrivateBounds)
