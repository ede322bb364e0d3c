# SPDX-License-Identifier: Apache-2.0
"""Checking a learnware again, and on rows of one's own."""

from __future__ import annotations

from lwnode.errors import SettingsError
from lwnode.node.actions.action import action
from lwnode.node.checking import check_row, public_evidence
from lwnode.node.data import DataRef, load
from lwnode.node.engine import Engine
from lwnode.node.records import Ware
from lwnode.node.wares import ware_of
from lwnode.types import Progress, silent


@action
def check(engine: Engine, *, id: str, data: DataRef | None = None, progress: Progress = silent) -> Ware:
    """Check a learnware, its model in a worker process; on rows with labels, its figures too.

    Where its publisher declared its data public and they are a data set of this node, they are taken by themselves.
    """
    row = engine.store.catalogue.get(id)
    if row.state != "ready":
        raise SettingsError(f"the learnware is {row.state}", hint="only complete learnwares can be checked")
    labelled = load(engine, data) if data is not None else public_evidence(engine, engine.read(row))
    check_row(engine, row, labelled=labelled, progress=progress)
    return ware_of(engine, row)
