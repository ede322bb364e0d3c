# SPDX-License-Identifier: Apache-2.0
"""Asking the models of two learnwares that look alike side by side, so that what is the same is folded with proof.

Rules
-----
* It is done beside everything else, where this node checks what arrives; nothing waits for it.
* The models run in worker processes, as in a check; the rows are the points that both have published.
* A pair is asked once.  A model whose answers are none answers like no other; one that cannot run here, or whose worker
  ended, as on a busy computer, is left undecided until the node is opened again.

Called by `lwnode.node.check_queue`.
"""

from __future__ import annotations

import dataclasses

from lwnode.archive import Learnware
from lwnode.checker import answers_at_points, askable
from lwnode.errors import Finding, NotFoundError
from lwnode.market.organizer import Agreement, agreement
from lwnode.node.checking import WALL, Asking, worker_limits
from lwnode.node.engine import Engine
from lwnode.types import Matrix, Progress


def ask_side_by_side(engine: Engine, first: str, second: str, progress: Progress) -> None:
    """Ask the models of two learnwares that are here at the points of both, keep how they agree, and fold anew.

    Parameters
    ----------
    engine : Engine
    first, second : str
        Ids, the smaller one first.
    progress : callable
        May raise `lwnode.errors.CancelledError`.

    Raises
    ------
    TrustError, ArchiveError, DocumentError, SpecificationError, StoreError
        A file can no longer be read.
    CancelledError
        ``progress`` asked to stop.
    """
    if engine.store.agreements.get(first, second) is not None:
        return
    wares = [ware for identity in (first, second) if (ware := _whole(engine, identity)) is not None]
    specifications = [ware.specification for ware in wares]
    if len(wares) < 2 or not all(askable(ware.card, specifications) for ware in wares):
        return
    one, other = (_answers(engine, ware, wares, progress) for ware in wares)
    found = _agreement(wares, one, other)
    if found is not None:
        engine.store.agreements.put(first, second, share=found.share, points=found.points)
        engine.folds.settle(first, second)


def _whole(engine: Engine, identity: str) -> Learnware | None:
    """Return a learnware with its model, None where it is not here any more or its model never was."""
    try:
        row = engine.store.catalogue.get(identity)
    except NotFoundError:
        return None
    model = engine.model_of(row) if row.state == "ready" else None
    return None if model is None else dataclasses.replace(engine.read(row), model=model)


def _answers(engine: Engine, ware: Learnware, wares: list[Learnware], progress: Progress) -> Matrix | Finding:
    assert ware.model is not None
    memory, seconds = worker_limits(engine)
    with Asking(ware.model, memory=memory, seconds=seconds, wall=WALL, progress=progress) as predict:
        return answers_at_points(predict, ware.card, [each.specification for each in wares])


def _agreement(wares: list[Learnware], one: Matrix | Finding, other: Matrix | Finding) -> Agreement | None:
    if not isinstance(one, Finding) and not isinstance(other, Finding):
        return agreement(wares[0].card, wares[1].card, one, other)
    findings = [each for each in (one, other) if isinstance(each, Finding)]
    if any(each.severity != "refuse" or each.code == "model-fails" for each in findings):
        return None
    return Agreement(share=0.0, points=sum(len(ware.specification.points) for ware in wares))
