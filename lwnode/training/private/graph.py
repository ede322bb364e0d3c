# SPDX-License-Identifier: Apache-2.0
"""Private models as model files: the public frame, then layers.

A file takes the same raw float32 matrix as every model here, so the scaling and clipping of the frame are nodes in
front: numbers are shifted and scaled in float64 and clipped at the box, a missing one is the middle; a category's
position becomes its levels' coordinates, all alike where it is missing.

Rules
-----
* The graph says what `lwnode.training.private.problem.coordinates` computes; a probe of public rows is replayed.
* Scaling comes from the profile, weights from noised sums: no constant in the file saw a row without noise.

Called by `lwnode.training.private.train` and the networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.models.format import INPUT, output_of
from lwnode.models.graph import Draft, assemble
from lwnode.specification.frame import LEVEL, box, scaling
from lwnode.training.private.target import Target
from lwnode.types import Matrix, Vector

TANH: Final = "Tanh"
_FLOAT, _DOUBLE = 1, 11  # element types of ONNX

Single = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A dense layer.

    Parameters
    ----------
    weight : (in, out) float
    bias : (out,) float
    bend : str
        Operator behind it: ``Tanh``, or empty for none.
    """

    weight: Matrix
    bias: Vector
    bend: str = ""


def frame_nodes(draft: Draft, profile: Profile, source: str = INPUT) -> str:
    """Add the nodes that bring raw rows into a profile's frame; return the name of the (n, width) float32 result.

    ``source`` names a matrix with a column for each of the profile's features, in order.
    """
    centre, scale = scaling(profile)
    low, high = box(profile)
    numbers = [i for i, column in enumerate(profile.features) if column.type != "category"]
    starts = np.cumsum([0, *(column.width for column in profile.features)])
    pieces: list[str] = []
    places: list[int] = []
    if numbers:
        at = starts[numbers]
        raw = draft.node("Gather", source, draft.constant(numbers, np.int64), attributes={"axis": 1})
        absent = draft.node("Or", draft.node("IsNaN", raw), draft.node("IsInf", raw))
        wide = draft.node("Cast", raw, attributes={"to": _DOUBLE})
        moved = draft.node("Sub", wide, draft.constant(centre[at], np.float64))
        scaled = draft.node("Mul", moved, draft.constant(scale[at], np.float64))
        filled = draft.node("Where", absent, draft.constant(0.0, np.float64), scaled)
        narrow = draft.node("Cast", filled, attributes={"to": _FLOAT})
        pieces.append(draft.node("Clip", narrow, draft.constant(low[at][0]), draft.constant(high[at][0])))
        places.extend(at.tolist())
    levels = [
        (number, level, int(starts[number]) + level)
        for number, column in enumerate(profile.features)
        if column.type == "category"
        for level in range(column.width)
    ]
    if levels:
        columns, positions, at_levels = (list(part) for part in zip(*levels, strict=True))
        spread = draft.node("Gather", source, draft.constant(columns, np.int64), attributes={"axis": 1})
        own = draft.node("Cast", draft.node("Equal", spread, draft.constant(positions)), attributes={"to": _FLOAT})
        same = np.equal.outer(columns, columns)
        share = LEVEL / same.sum(axis=0)  # of every level where none is the row's own
        mixed = draft.node("MatMul", own, draft.constant(LEVEL * np.eye(len(columns)) - same * share))
        pieces.append(draft.node("Add", mixed, draft.constant(share)))
        places.extend(at_levels)
    joined = pieces[0] if len(pieces) == 1 else draft.node("Concat", *pieces, attributes={"axis": 1})
    if places == sorted(places):
        return joined
    order = np.argsort(places)
    return draft.node("Gather", joined, draft.constant(order, np.int64), attributes={"axis": 1})


def answer_nodes(draft: Draft, hidden: str, target: Target) -> None:
    """Add what makes the answer of the last layer's result: probabilities, or a value between the public bounds."""
    if target.classes:
        draft.node("Softmax", hidden, last=True, attributes={"axis": 1})
        return
    inside = draft.node("Clip", hidden, draft.constant(-1.0), draft.constant(1.0))
    scaled = draft.node("Mul", inside, draft.constant(target.reach))
    draft.node("Add", scaled, draft.constant(target.centre), last=True)


def dense_nodes(draft: Draft, hidden: str, layers: Sequence[Layer]) -> str:
    """Add dense layers; return the name of the last one's result."""
    for layer in layers:
        hidden = draft.node("Gemm", hidden, draft.constant(layer.weight), draft.constant(layer.bias))
        if layer.bend:
            hidden = draft.node(layer.bend, hidden)
    return hidden


def dense_file(profile: Profile, target: Target, layers: Sequence[Layer]) -> bytes:
    """Return the model file of dense layers on a profile's frame."""
    draft = Draft(source=INPUT, target=output_of(target.task))
    answer_nodes(draft, dense_nodes(draft, frame_nodes(draft, profile), layers), target)
    return assemble(draft.done(), width=len(profile.features), columns=target.outputs, task=target.task)


def dense_answers(F: Matrix, target: Target, layers: Sequence[Layer]) -> Matrix:
    """Return what dense layers give for rows in the frame: (n, C) probabilities, or (n, 1) values."""
    hidden = F
    for layer in layers:
        hidden = hidden @ layer.weight + layer.bias
        hidden = np.tanh(hidden) if layer.bend == TANH else hidden
    return answers(hidden, target)


def answers(hidden: Matrix, target: Target) -> Matrix:
    """Return the answer for the last layer's result."""
    if not target.classes:
        return np.clip(hidden, -1.0, 1.0) * target.reach + target.centre
    shares = np.exp(hidden - hidden.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))
