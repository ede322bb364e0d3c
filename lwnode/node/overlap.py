# SPDX-License-Identifier: Apache-2.0
"""Data sets that share rows or people: one person, two budgets, which a person should know before drawing from both.

Equal contents share one budget whatever they are called (`lwnode.node.budget`).  A part in common cannot be charged
like that, so it is a finding.

Called when a data set is registered, and by the draft.
"""

from __future__ import annotations

import secrets

from lwnode.errors import Finding
from lwnode.node.engine import Engine
from lwnode.store import DataSet, StoredSketch
from lwnode.training import Table
from lwnode.training.row_sketch import RowSketch, sketch_people, sketch_rows

_KEY = "key of the row sketches"
_FEWEST = 3  # rows in common below which chance or an estimate's error explains them


def remember_rows(engine: Engine, dataset: DataSet, table: Table) -> None:
    """Keep the sketch of a data set's rows, where it is not there already."""
    if engine.store.row_sketches.has(dataset.name, table.content):
        return
    key = engine.store.meta.get(_KEY)
    if key is None:
        key = secrets.token_hex(32)
        engine.store.meta.set(_KEY, key)
    secret = bytes.fromhex(key)
    engine.store.row_sketches.put(
        StoredSketch(
            dataset=dataset.name,
            content=table.content,
            source=dataset.source or table.content,
            rows=sketch_rows(table, secret).to_bytes(),
            people=sketch_people(table, secret).to_bytes(),
        )
    )


def shared_rows(engine: Engine, dataset: DataSet) -> tuple[Finding, ...]:
    """Return a warning for every other data set that has rows or people of this one.

    Notes
    -----
    Numbers are estimates from sketches of 4,096 hashes: exact for small tables, within some per cent for large ones; a
    part of less than one row in a thousand can go unnoticed there.
    """
    sketches = engine.store.row_sketches.list()
    own = [sketch for sketch in sketches if (sketch.dataset, sketch.content) == (dataset.name, dataset.content)]
    found: dict[str, tuple[int, str]] = {}
    for mine in own:
        for other in sketches:
            if other.dataset == dataset.name or other.content == dataset.content:
                continue
            rows = RowSketch.from_bytes(mine.rows).shared(RowSketch.from_bytes(other.rows))
            people = RowSketch.from_bytes(mine.people).shared(RowSketch.from_bytes(other.people))
            count, what = max((rows, "rows"), (people, "identifiers"))
            if count >= max(_FEWEST, found.get(other.dataset, (0, ""))[0]):
                found[other.dataset] = (count, what)
    return tuple(
        Finding(
            code="shared-rows",
            severity="warn",
            message=f"about {count:,} {what} of '{dataset.name}' are also in data set '{name}', which has a budget of "
            "its own; what both say about the same people adds up beyond each",
            where=name,
        )
        for name, (count, what) in sorted(found.items())
    )
