# SPDX-License-Identifier: Apache-2.0
"""A combination of models as one model file.

=========  =========================================================================================================
average    the mean of all answers, by their weights
mix        each model by its weight times the density of the row under its specification; the answers beyond four
           weighted median absolute deviations from the weighted median are left out (`lwnode.reuse.mix`)
=========  =========================================================================================================

The weights of a mix are what a model's distance from the rows is worth, frozen: the file is weighed by
no rows any more.

Rules
-----
* Exact or not at all: the median is taken by sorting (TopK), not approximated.  What no single file can hold, such as
  other columns than a model reads or operators of versions that do not go together, is refused with a `ModelError`.
* Inputs are joined by name.  A category's levels are joined too, and each model sees the positions of its own.
* Densities and the mean are float64 inside, the answer float32.

Called by `lwnode.node.actions.freezing`, which replays rows through the file and the combination and compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Card, Input, Profile
from lwnode.errors import ModelError
from lwnode.models.composition import Composition
from lwnode.models.format import INPUT, WIDTH_LIMIT, output_of
from lwnode.models.graph import Draft
from lwnode.training.joined_inputs import join_inputs, seen_as
from lwnode.training.private.graph import frame_nodes
from lwnode.types import Matrix, Vector

How = Literal["average", "mix"]
CUT: Final = 4.0  # weighted median absolute deviations that are kept
MEMBERS: Final = 64  # models in one file
_MAD: Final = 1.4826
_UNREACHED: Final = 1e-12
_HALF: Final = 1e-9
_TINY: Final = 1e-300
_SAME: Final = 1e-9
_DOUBLE, _SINGLE, _LONG = 11, 1, 7  # element types of ONNX


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gate:
    """Where a model speaks.

    Parameters
    ----------
    profile : Profile
    points : (m, width) float64, island frame
    weights : (m,) float64
    gamma : float
        Of the density's kernel ``exp(-gamma |x - z|^2)``.
    """

    profile: Profile
    points: Matrix
    weights: Vector
    gamma: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Member:
    """A model of a combination.

    Parameters
    ----------
    model : bytes
        Its file; foreign bytes are only parsed, never run.
    card : Card
    weight : float
        Its part, or its part before the density of the row; >= 0.
    gate : Gate or None
        Needed for a mix.
    """

    model: bytes
    card: Card
    weight: float
    gate: Gate | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Composed:
    """A combination as one file, with what it takes and gives."""

    model: bytes
    inputs: tuple[Input, ...]
    classes: tuple[str, ...]


def compose(members: Sequence[Member], how: How, classes: Sequence[str] = ()) -> Composed:
    """Return a combination of models as one file.

    Parameters
    ----------
    members : sequence of Member
        One to `MEMBERS`, of one task.
    how : {"average", "mix"}
    classes : sequence of str
        Labels of the combination, in order; a class that a model does not know it has no say in.

    Raises
    ------
    ModelError
        No single file can hold them; the hint says what can be done.
    UnsafeModelError
        A file is outside the format, or the whole is too large.

    Notes
    -----
    The file's size is the sum of the models' and of 8 bytes a coordinate of each specification's points.
    """
    tasks = {member.card.task for member in members}
    if not 1 <= len(members) <= MEMBERS or len(tasks) != 1 or tasks == {"feature extraction"}:
        raise _cannot(f"1 to {MEMBERS} models of one task fit into one file")
    if sum(member.weight for member in members) <= 0.0 or min(member.weight for member in members) < 0.0:
        raise ValueError("weights must be >= 0 and not all 0")
    if how == "mix" and any(member.gate is None for member in members):
        raise ValueError("a mix needs a gate for each model")
    task = members[0].card.task
    wanted = [member.card.inputs for member in members]
    frames = {member.gate.profile: _inputs_of(member.gate.profile) for member in members if member.gate is not None}
    frames = frames if how == "mix" else {}
    inputs = join_inputs([*wanted, *frames.values()])
    if len(inputs) > WIDTH_LIMIT:
        raise _cannot("together they read too many columns")
    whole = Composition()
    draft = Draft(source=INPUT, target=output_of(task), prefix="mix ")
    seen = [seen_as(draft, inputs, own) for own in wanted]
    whole.add(draft)
    answers = [whole.embed(member.model, source=source) for member, source in zip(members, seen, strict=True)]
    draft = Draft(source=INPUT, target=output_of(task), prefix="answer ")
    outputs = max(1, len(classes))
    stacked = _stacked(draft, members, answers, tuple(classes))
    known = np.array([[not classes or label in member.card.classes for member in members] for label in classes or [""]])
    parts = _gated(draft, members, inputs, frames) if how == "mix" else _constant(draft, members)
    values = _averaged(draft, stacked, parts) if how == "average" else _mixed(draft, stacked, parts, known)
    if task == "classification":
        values = _shares(draft, values, outputs)
    draft.node("Cast", values, last=True, attributes={"to": _SINGLE})
    whole.add(draft)
    model = whole.to_onnx(width=len(inputs), columns=outputs, task=task)
    return Composed(model=model, inputs=inputs, classes=tuple(classes))


def _inputs_of(profile: Profile) -> tuple[Input, ...]:
    """Return a profile's features as inputs."""
    return tuple(
        Input(name=column.name, type="category", unit=column.unit, levels=column.levels)
        if column.type == "category"
        else Input(name=column.name, type="number", unit=column.unit)
        for column in profile.features
    )


def _stacked(draft: Draft, members: Sequence[Member], answers: Sequence[str], classes: tuple[str, ...]) -> str:
    """Add the answers side by side, (n, outputs, N) float64; 0 where a model does not know a class."""
    last = draft.constant([2], np.int64)
    found = []
    for member, answer in zip(members, answers, strict=True):
        wide = draft.node("Cast", answer, attributes={"to": _DOUBLE})
        own = member.card.classes
        if own != classes:
            places = np.zeros((len(own), len(classes)))
            for row, label in enumerate(own):
                if label in classes:
                    places[row, classes.index(label)] = 1.0
            wide = draft.node("MatMul", wide, draft.constant(places, np.float64))
        found.append(draft.node("Unsqueeze", wide, last))
    return draft.node("Concat", *found, attributes={"axis": 2})


def _constant(draft: Draft, members: Sequence[Member]) -> str:
    """Add parts that are the same for every row, (1, 1, N)."""
    weights = np.array([member.weight for member in members])
    return draft.constant((weights / weights.sum())[None, None, :], np.float64)


def _gated(
    draft: Draft, members: Sequence[Member], inputs: tuple[Input, ...], frames: dict[Profile, tuple[Input, ...]]
) -> str:
    """Add each model's part in every row, (n, 1, N): its weight times the density, in sum 1."""
    one = draft.constant([1], np.int64)
    rows: dict[Profile, tuple[str, str]] = {}
    for profile, own in frames.items():
        framed = frame_nodes(draft, profile, seen_as(draft, inputs, own))
        wide = draft.node("Cast", framed, attributes={"to": _DOUBLE})
        squares = draft.node("ReduceSum", draft.node("Mul", wide, wide), one, attributes={"keepdims": 1})
        rows[profile] = wide, squares
    densities = []
    zero = draft.constant(0.0, np.float64)
    for member in members:
        gate = member.gate
        assert gate is not None
        wide, squares = rows[gate.profile]
        inner = draft.node("MatMul", wide, draft.constant(-2.0 * gate.points.T, np.float64))
        norms = draft.constant((gate.points**2).sum(axis=1)[None], np.float64)
        distances = draft.node("Max", draft.node("Add", draft.node("Add", inner, squares), norms), zero)
        kernel = draft.node("Exp", draft.node("Mul", distances, draft.constant(-gate.gamma, np.float64)))
        densities.append(draft.node("MatMul", kernel, draft.constant(gate.weights[:, None], np.float64)))
    prior = np.array([member.weight for member in members])
    joined = draft.node("Concat", *densities, attributes={"axis": 1})
    parts = draft.node("Mul", joined, draft.constant(prior[None], np.float64))
    total = draft.node("ReduceSum", parts, one, attributes={"keepdims": 1})
    reached = draft.node("Greater", total, draft.constant(_UNREACHED * prior.sum(), np.float64))
    floor = draft.constant(np.maximum(prior, _TINY)[None], np.float64)
    parts = draft.node("Where", reached, parts, floor)
    total = draft.node("ReduceSum", parts, one, attributes={"keepdims": 1})
    return draft.node("Unsqueeze", draft.node("Div", parts, total), one)


def _averaged(draft: Draft, stacked: str, parts: str) -> str:
    """Add the mean (n, outputs); a class that a model does not know gets 0 from it."""
    two = draft.constant([2], np.int64)
    return draft.node("ReduceSum", draft.node("Mul", stacked, parts), two, attributes={"keepdims": 0})


def _mixed(draft: Draft, stacked: str, parts: str, known: NDArray[np.bool_]) -> str:
    """Add the mean of what lies near the median, among those that know the output, times the part these have."""
    two = draft.constant([2], np.int64)
    heard = draft.node("Mul", parts, draft.constant(known[None].astype(np.float64), np.float64))
    middle = _weighted_median(draft, heard, stacked, known.shape[1])
    away = draft.node("Abs", draft.node("Sub", stacked, middle))
    spread = _weighted_median(draft, heard, away, known.shape[1])
    reach = draft.node("Mul", spread, draft.constant(CUT * _MAD, np.float64))
    same = draft.node("Mul", draft.node("Abs", middle), draft.constant(_SAME, np.float64))
    near = draft.node("LessOrEqual", away, draft.node("Add", reach, same))
    kept = draft.node("Mul", heard, draft.node("Cast", near, attributes={"to": _DOUBLE}))
    total = draft.node("ReduceSum", kept, two, attributes={"keepdims": 0})
    some = draft.node("Greater", total, draft.constant(0.0, np.float64))
    safe = draft.node("Where", some, total, draft.constant(1.0, np.float64))
    mean = draft.node("ReduceSum", draft.node("Mul", kept, stacked), two, attributes={"keepdims": 0})
    mean = draft.node("Div", mean, safe)
    if known.all():
        return mean
    return draft.node("Mul", mean, draft.node("ReduceSum", heard, two, attributes={"keepdims": 0}))


def _weighted_median(draft: Draft, weights: str, values: str, count: int) -> str:
    """Add the weighted median over the last axis, (n, outputs, 1): the middle of the lower and the upper one."""
    two, size = draft.constant([2], np.int64), draft.constant([count], np.int64)
    last = draft.constant([count - 1], np.int64)
    ordered, order = draft.several("TopK", values, size, count=2, attributes={"axis": -1, "largest": 0, "sorted": 1})
    sorted_weights = draft.node("GatherElements", weights, order, attributes={"axis": 2})
    sums = draft.node("MatMul", sorted_weights, draft.constant(np.triu(np.ones((count, count))), np.float64))
    whole = draft.node("Gather", sums, last, attributes={"axis": 2})

    def half(operator: str, share: float) -> str:
        edge = draft.node("Mul", whole, draft.constant(share, np.float64))
        below = draft.node("Cast", draft.node(operator, sums, edge), attributes={"to": _DOUBLE})
        place = draft.node("ReduceSum", below, two, attributes={"keepdims": 1})
        place = draft.node("Min", place, draft.constant(float(count - 1), np.float64))
        place = draft.node("Cast", place, attributes={"to": _LONG})
        return draft.node("GatherElements", ordered, place, attributes={"axis": 2})

    both = draft.node("Add", half("Less", 0.5 - _HALF), half("LessOrEqual", 0.5 + _HALF))
    return draft.node("Mul", both, draft.constant(0.5, np.float64))


def _shares(draft: Draft, values: str, outputs: int) -> str:
    """Add the scaling to sum 1; equal shares where all are 0."""
    one = draft.constant([1], np.int64)
    positive = draft.node("Max", values, draft.constant(0.0, np.float64))
    total = draft.node("ReduceSum", positive, one, attributes={"keepdims": 1})
    some = draft.node("Greater", total, draft.constant(0.0, np.float64))
    safe = draft.node("Where", some, total, draft.constant(1.0, np.float64))
    return draft.node("Where", some, draft.node("Div", positive, safe), draft.constant(1.0 / outputs, np.float64))


def _cannot(why: str) -> ModelError:
    return ModelError(
        f"the combination cannot be one model file: {why}", hint="keep it as a recipe, or distil it into a student"
    )
