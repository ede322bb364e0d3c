# SPDX-License-Identifier: Apache-2.0
"""The inputs of several models as one matrix, and each model's own matrix out of it.

Rules
-----
* Columns are one where their names are.  A column that is a number for one and a category for another, or has two
  units, is refused: a matrix cannot be both.
* Levels are joined in the order in which they come; a level that a model does not know is missing for it.

Called by `lwnode.training.composing`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lwnode.documents import Input
from lwnode.errors import ModelError
from lwnode.models.format import INPUT
from lwnode.models.graph import Draft

_SINGLE = 1  # element type of ONNX


def join_inputs(several: Sequence[Sequence[Input]]) -> tuple[Input, ...]:
    """Return the inputs of all, each once, in the order in which they come.

    Raises
    ------
    ModelError
        One column of two types or two units.
    """
    found: dict[str, Input] = {}
    for inputs in several:
        for item in inputs:
            known = found.get(item.name, item)
            if known.type != item.type or (known.unit and item.unit and known.unit != item.unit):
                raise ModelError(
                    f"column '{item.name}' has two types or units among the models, so no single file can hold them",
                    hint="keep the combination as a recipe, or leave one of them out",
                )
            levels = tuple(dict.fromkeys((*known.levels, *item.levels)))
            found[item.name] = Input(name=item.name, type=item.type, unit=known.unit or item.unit, levels=levels)
    return tuple(found.values())


def seen_as(draft: Draft, joined: Sequence[Input], own: Sequence[Input]) -> str:
    """Add the nodes that make a model's own matrix out of the joined one; return its name.

    Parameters
    ----------
    draft : Draft
    joined : sequence of Input
        From `join_inputs`.
    own : sequence of Input
        The model's, all of them among the joined.
    """
    places = {item.name: place for place, item in enumerate(joined)}
    order = [places[item.name] for item in own]
    source = INPUT
    if order != list(range(len(joined))):
        source = draft.node("Gather", INPUT, draft.constant(order, np.int64), attributes={"axis": 1})
    pieces: list[str] = []
    plain: list[int] = []  # neighbours that are taken as they are

    def take_plain() -> None:
        if plain:
            pieces.append(draft.node("Gather", source, draft.constant(plain, np.int64), attributes={"axis": 1}))
            plain.clear()

    for place, item in enumerate(own):
        levels = joined[places[item.name]].levels
        if item.levels == levels[: len(item.levels)] and len(item.levels) == len(levels):
            plain.append(place)
            continue
        take_plain()
        pieces.append(_own_positions(draft, source, place, levels, item.levels))
    if not pieces:
        return source
    take_plain()
    return pieces[0] if len(pieces) == 1 else draft.node("Concat", *pieces, attributes={"axis": 1})


def _own_positions(draft: Draft, source: str, place: int, levels: tuple[str, ...], own: tuple[str, ...]) -> str:
    """Add one column of a category with a model's own positions, (n, 1); NaN for a level that it does not know."""
    positions = draft.constant(np.arange(len(levels))[None])
    column = draft.node("Gather", source, draft.constant([place], np.int64), attributes={"axis": 1})
    hot = draft.node("Cast", draft.node("Equal", column, positions), attributes={"to": _SINGLE})
    table = np.array([[own.index(level) + 1.0 if level in own else 0.0] for level in levels])
    found = draft.node("MatMul", hot, draft.constant(table))
    known = draft.node("Greater", found, draft.constant(0.5))
    return draft.node("Where", known, draft.node("Sub", found, draft.constant(1.0)), draft.constant(np.nan))
