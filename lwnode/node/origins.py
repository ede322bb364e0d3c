# SPDX-License-Identifier: Apache-2.0
"""Models that were made from learnwares: what they start from, and what a draft of them says.

Rules
-----
* The card names the learnwares, the manifest's lineage names them too; both follow from how the model was made, and
  nobody can leave one out.
* What the licences of the learnwares say, and that a wider audience would get what was given to fewer, are findings.
* A learnware that training left as it was is not published as one's own.

Called by the actions that train further, freeze and draft.
"""

from __future__ import annotations

import dataclasses
from typing import Final

from lwnode.documents import Card, Semantic
from lwnode.documents.licences import check_licences, common
from lwnode.errors import Finding, NotFoundError, ReuseError
from lwnode.node.engine import Engine
from lwnode.store import CatalogueRow
from lwnode.training import Start

_WIDTH: Final = {"private": 0, "partners": 1, "consortium": 2, "public": 3}


def start_of(engine: Engine, identity: str) -> Start:
    """Return a learnware's model as something to start from; its bytes are not read.

    Parameters
    ----------
    engine : Engine
    identity : str
        Its id, the beginning of it, or its name.

    Raises
    ------
    NotFoundError
        There is none, or it is not ready here.
    ReuseError
        Its model was not fetched yet.
    """
    row = engine.store.catalogue.get(identity)
    entries = engine.entries((row.id,))
    if not entries:
        raise NotFoundError("the learnware is not ready here", hint="try `lwnode sync`")
    model = engine.model_of(row)
    if model is None:
        raise ReuseError(
            f"the model of '{entries[0].name}' is not here yet", hint=f"get it with `lwnode fetch {row.id[:12]}`"
        )
    return Start(learnware=row.id, model=model, card=entries[0].card)


def lineage_of(card: Card, stated: tuple[str, ...]) -> tuple[str, ...]:
    """Return the learnwares that a model was made from, and what its owner states beyond."""
    made = card.origin.learnwares if card.origin is not None else ()
    return tuple(dict.fromkeys((*made, *stated)))


def described_by_origin(engine: Engine, semantic: Semantic, card: Card) -> Semantic:
    """Fill in what follows from the origin: the kind of model, and the licence where all learnwares have one."""
    if card.origin is None:
        return semantic
    model = "Fine-tuned Model" if card.origin.kind == "fine-tuned" and semantic.model == "Others" else semantic.model
    licence = semantic.license or common(_licences(engine, card))
    return dataclasses.replace(semantic, model=model, license=licence)


def check_origin(engine: Engine, card: Card, *, licence: str, audience: str) -> tuple[Finding, ...]:
    """Return what the learnwares that a model was made from mean for its draft; nothing where there is none."""
    if card.origin is None:
        return ()
    found = list(check_licences(licence, _licences(engine, card)))
    if card.origin.kind == "unchanged":
        message = "the model is a learnware as it was: nothing was learnt here. Point others to that one instead."
        found.append(Finding(code="start-unchanged", severity="refuse", message=message, where="model.onnx"))
    known = [row for row in (_row(engine, identity) for identity in card.origin.learnwares) if row is not None]
    narrower = sorted(_name(row) for row in known if _WIDTH[row.audience] < _WIDTH[audience] and not row.own)
    if narrower:
        message = f"made from {', '.join(narrower)}, which was shared with fewer than {audience}: ask its publisher"
        found.append(Finding(code="wider-audience", severity="warn", message=message, where="manifest.json"))
    return tuple(found)


def _licences(engine: Engine, card: Card) -> dict[str, str]:
    """Return the name of each learnware and its licence; empty where it is not here any more."""
    assert card.origin is not None
    found: dict[str, str] = {}
    for identity in card.origin.learnwares:
        row = _row(engine, identity)
        named = row is not None and row.semantic is not None
        found[_name(row) if row is not None and named else identity[:12]] = (
            row.semantic.license if row is not None and row.semantic is not None else ""
        )
    return found


def _row(engine: Engine, identity: str) -> CatalogueRow | None:
    try:
        return engine.store.catalogue.get(identity)
    except NotFoundError:
        return None


def _name(row: CatalogueRow) -> str:
    return row.semantic.name if row.semantic is not None else row.id[:12]
