# SPDX-License-Identifier: Apache-2.0
"""One file of several models answers as the combination of their answers does, or is not made."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lwnode.documents import Column, Input, Profile
from lwnode.errors import ModelError
from lwnode.reuse import Evidence, Members, align_probabilities, combine, stack_values
from lwnode.specification.frame import to_frame
from lwnode.specification.kernels import gaussian
from lwnode.training.composing import Gate, Member, compose
from tests.support.models import run
from tests.support.starts import INPUTS, rows, start

PROFILE = Profile(
    name="island",
    columns=(
        Column(name="ward", type="category", levels=("or", "er", "icu", "gp")),
        Column(name="a", type="number", low=-3.0, high=3.0),
        Column(name="c", type="number", low=-2.0, high=2.0),
    ),
    gamma=0.5,
)
GAMMA = 1.1
X = rows(150, 21)


def _raw(columns: np.ndarray) -> np.ndarray:
    """The rows in the profile's columns."""
    levels = np.full((len(columns), 4), np.nan)
    known = ~np.isnan(columns[:, 2])
    levels[known] = np.eye(4)[np.array([1, 2, 0])[columns[known, 2].astype(int)]]  # er, icu, or in the frame's order
    return np.column_stack([levels, columns[:, 0], columns[:, 3]]).astype(float)


FRAMED = to_frame(PROFILE, _raw(X))


def _gate(seed: int) -> Gate:
    rng = np.random.default_rng(seed)
    points = to_frame(PROFILE, _raw(rows(8, 50 + seed, holes=False)))
    weights = rng.random(8)
    return Gate(profile=PROFILE, points=points, weights=weights / weights.sum(), gamma=GAMMA)


def _members(task: str, families: tuple[str, ...]) -> list[Member]:
    found = []
    for number, family in enumerate(families):
        begun = start(family, task, seed=number)
        found.append(Member(model=begun.model, card=begun.card, weight=1.0 / (1 + number), gate=_gate(number)))
    return found


def _evidence(members: list[Member], classes: tuple[str, ...]) -> Evidence:
    answers = [run(member.model, X).astype(float) for member in members]
    if classes:
        stacked, union = align_probabilities(answers, [member.card.classes for member in members])
        stacked = stacked[:, :, [union.index(label) for label in classes]]
    else:
        stacked = stack_values(answers)
    densities = np.stack([gaussian(FRAMED, m.gate.points, GAMMA) @ m.gate.weights for m in members])
    return Evidence(
        kind="probabilities" if classes else "values",
        predictions=stacked,
        densities=densities,
        covered=np.ones(densities.shape, dtype=bool),
    )


@pytest.mark.parametrize("how", ["average", "mix"])
@pytest.mark.parametrize("task", ["regression", "classification"])
def test_the_file_answers_as_the_combination(task, how):
    members = _members(task, ("forest", "boosting", "network", "boosting"))
    classes = ("low", "mid", "top") if task == "classification" else ()
    if classes:  # one of them knows two classes only, in another order
        members[2] = _two_of_three(members[2])
    whole = compose(members, how, classes)
    team = Members(
        ids=tuple(str(n) for n in range(4)),
        distances=np.zeros(4),
        gamma=PROFILE.gamma,
        weights=np.array([member.weight for member in members]),
    )
    meant = combine(how, team, _evidence(members, classes)).values
    assert [item.name for item in whole.inputs] == ["a", "b", "ward", "c"]
    given = run(whole.model, _with_levels(whole.inputs))
    scale = meant.std()
    np.testing.assert_allclose(given, meant, atol=2e-4 * scale, rtol=1e-4)


def _two_of_three(member: Member) -> Member:
    """A model of the classes (top, low), of the network's layers."""
    from lwnode.models.layer_reader import read_layers

    layers = read_layers(member.model, width=4)
    weight, bias = layers.arrays[-2:]
    last = dataclasses.replace(layers.steps[-1], arrays=(weight[:, [2, 0]].copy(), bias[[2, 0]].copy()))
    fewer = dataclasses.replace(layers, columns=2, steps=(*layers.steps[:-1], last))
    card = dataclasses.replace(member.card, classes=("top", "low"))
    return dataclasses.replace(member, model=fewer.to_onnx(), card=card)


def _with_levels(inputs: tuple[Input, ...]) -> np.ndarray:
    """The same rows with the positions of the joined levels."""
    joined = {item.name: item for item in inputs}["ward"].levels
    moved = X.copy()
    known = ~np.isnan(X[:, 2])
    moved[known, 2] = [joined.index(INPUTS[2].levels[int(place)]) for place in X[known, 2]]
    return moved


def test_a_liar_among_them_does_not_move_a_mix():
    members = _members("regression", ("forest", "boosting", "network", "boosting", "forest"))
    from lwnode.models.layer_reader import read_layers

    layers = read_layers(start("network", "regression").model, width=4)
    lying = layers.holding([np.zeros_like(a) if n < 5 else a + np.float32(1e4) for n, a in enumerate(layers.arrays)])
    liar = Member(
        model=lying.to_onnx(), card=members[0].card, weight=0.2, gate=members[0].gate
    )  # less than half of any row
    honest = run(compose(members, "mix").model, _with_levels(compose(members, "mix").inputs))
    whole = compose([*members, liar], "mix")
    assert np.abs(run(whole.model, _with_levels(whole.inputs)) - honest).max() < 30.0
    mean = compose([*members, liar], "average")
    assert np.abs(run(mean.model, _with_levels(mean.inputs)) - honest).max() > 1000.0


def test_levels_are_each_models_own():
    one = start("network", "regression")
    turned = (*INPUTS[:2], dataclasses.replace(INPUTS[2], levels=("or", "icu", "er")), INPUTS[3])
    other = Member(model=one.model, card=dataclasses.replace(one.card, inputs=turned), weight=1.0)
    whole = compose([Member(model=one.model, card=one.card, weight=1e-12), other], "average")
    swapped = X.copy()
    swapped[:, 2] = 2.0 - X[:, 2]
    np.testing.assert_allclose(run(whole.model, X), run(one.model, swapped), rtol=1e-5)


@pytest.mark.parametrize(
    "change", [{"type": "category", "levels": ("1",)}, {"unit": "mg"}], ids=["another type", "another unit"]
)
def test_a_column_of_two_kinds_is_refused(change):
    one = start("network", "regression")
    first = dataclasses.replace(one.card, inputs=(dataclasses.replace(INPUTS[0], unit="g"), *INPUTS[1:]))
    other = dataclasses.replace(one.card, inputs=(dataclasses.replace(INPUTS[0], **change), *INPUTS[1:]))
    with pytest.raises(ModelError, match="two types or units") as caught:
        compose([Member(model=one.model, card=card, weight=1.0) for card in (first, other)], "average")
    assert "recipe" in caught.value.hint


def test_models_of_two_tasks_are_refused():
    both = [start("network", task) for task in ("regression", "classification")]
    with pytest.raises(ModelError, match="one task"):
        compose([Member(model=one.model, card=one.card, weight=1.0) for one in both], "average")
