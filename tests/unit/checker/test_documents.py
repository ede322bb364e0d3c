# SPDX-License-Identifier: Apache-2.0
"""Words, cards and profiles that contradict each other, one fault at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lwnode.documents import Figure, Input, Port
from tests.support.checker import CARD, INPUTS, SEMANTIC, checked, codes, sketch, ware, with_figures

AGE, STAY, SEX = INPUTS


def ports(*names: str) -> tuple[Port, ...]:
    return tuple(Port(name=name) for name in names)


BEYOND = Figure(name="accuracy", value=1.2, low=1.1, high=1.3)
NEGATIVE = Figure(name="rmse", value=-1, low=-2, high=0)
EXPLAINED = Figure(name="r2", value=0.5, low=0.4, high=0.6)

REFUSED = {
    "another kind of data": ({}, {"data": "Text"}, "data-kind"),
    "another task": ({}, {"task": "Regression"}, "documents-contradict"),
    "no description": ({}, {"description": " "}, "semantic-empty"),
    "a licence that is none": ({}, {"license": "Mine"}, "semantic-vocabulary"),
    "an input that the model does not take": ({}, {"inputs": ports("age", "stay", "sex", "ward")}, "inputs-differ"),
    "an input that is not described": ({}, {"inputs": ports("age", "stay")}, "inputs-differ"),
    "another unit in words": ({}, {"inputs": (Port(name="age", unit="mo"), *ports("stay", "sex"))}, "column-unit"),
    "another unit in the profile": ({"inputs": (replace(AGE, unit="mo"), STAY, SEX)}, {"inputs": ()}, "column-unit"),
    "a unit of another kind": ({"inputs": (replace(AGE, unit="kg"), STAY, SEX)}, {"inputs": ()}, "column-unit"),
    "words where the model takes numbers": (
        {"inputs": (AGE, STAY, Input(name="sex", type="number"))}, {}, "column-kind",
    ),
    "classes by other names": ({}, {"outputs": ports("ill", "well")}, "outputs-differ"),
    "a class more": ({}, {"outputs": ports("no", "yes", "maybe")}, "outputs-differ"),
    "its own target as an input": ({"target": "stay"}, {}, "target-is-input"),
    "an input twice": ({"inputs": (AGE, AGE, SEX)}, {"inputs": ()}, "documents-contradict"),
    "an accuracy above 1": ({"figures": (BEYOND,)}, {}, "figure-impossible"),
    "an error below 0": ({"figures": (NEGATIVE,)}, {}, "figure-impossible"),
    "a regression's figure": ({"figures": (EXPLAINED,)}, {}, "figure-of-another-task"),
    "a figure outside its interval": (
        {"figures": (Figure(name="auc", value=0.9, low=0.5, high=0.6),)}, {}, "documents-contradict",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", REFUSED)
def test_a_contradiction_is_refused(fault: str) -> None:
    card, semantic, code = REFUSED[fault]
    spec = sketch(labelled=False)
    report = checked(ware(card=replace(CARD, **card), semantic=replace(SEMANTIC, **semantic), spec=spec), None)
    assert code in {finding.code for finding in report.findings if finding.severity == "refuse"}
    assert report.status == -1


NOTED = {
    "inputs in another order": ({}, {"inputs": ports("sex", "age", "stay")}, "inputs-order"),
    "outputs in another order": ({}, {"outputs": ports("yes", "no")}, "outputs-order"),
    "a level more": ({"inputs": (AGE, STAY, replace(SEX, levels=("f", "m", "x")))}, {}, "column-levels"),
    "a licence without a name": ({}, {"license": "Others"}, "licence-not-named"),
    "no figures": ({"figures": ()}, {}, "no-figures"),
    "an encoder of later versions": ({"encoder": "lwnode.sounds/1"}, {"inputs": ()}, "encoder-unknown"),
}


@pytest.mark.parametrize("oddity", NOTED)
def test_an_oddity_is_no_contradiction(oddity: str) -> None:
    card, semantic, code = NOTED[oddity]
    report = checked(ware(card=replace(CARD, **card), semantic=replace(SEMANTIC, **semantic)), None)
    assert code in codes(report)
    assert all(finding.severity != "refuse" for finding in report.findings)


@pytest.mark.parametrize(
    ("card", "semantic"),
    [
        ({"inputs": (replace(AGE, unit="years"), STAY, SEX)}, {}),  # another spelling of the same unit
        ({"inputs": (replace(AGE, unit=""), STAY, SEX)}, {}),  # a unit that is said once
        ({}, {"inputs": (), "outputs": ()}),  # as an older draft leaves them
        ({"inputs": (AGE, STAY, replace(SEX, levels=("f",)))}, {}),  # a level that was too rare to be listed
    ],
)
def test_what_means_the_same_is_the_same(card: dict[str, object], semantic: dict[str, object]) -> None:
    report = checked(ware(card=replace(CARD, **card), semantic=replace(SEMANTIC, **semantic)), None)
    assert codes(report) == {"model-not-here"}


def test_numbers_as_levels_are_numbers() -> None:
    """A code such as 0 and 1 is read as a number by one table and as a category by another; both can be right."""
    from lwnode.documents import Profile

    coded = Profile.from_bounds({"age": (0.0, 100.0), "stay": (0.0, 30.0), "sex": ["0", "1"]}, target="ill")
    spec = sketch()
    moved = replace(spec, profile=coded, card=replace(spec.card, profile=coded.id))
    card = replace(CARD, inputs=(AGE, STAY, Input(name="sex", type="number")))
    report = checked(ware(card=card, spec=moved, profile=coded))
    assert (report.status, report.findings) == (1, ())


def test_figures_of_its_own_task_pass() -> None:
    card = with_figures(CARD, {"accuracy": (1.0, 0.98, 1.0), "auc": (0.5, 0.4, 0.6), "lift": (7.0, 5.0, 9.0)})
    assert codes(checked(ware(card=card), None)) == {"model-not-here"}
