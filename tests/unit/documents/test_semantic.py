# SPDX-License-Identifier: Apache-2.0
"""The semantic specification and its vocabularies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lwnode.documents import Port, Semantic
from lwnode.documents.semantic import check
from lwnode.documents.vocabulary import VOCABULARY, label, standard

GOOD = Semantic(
    name="Readmission",
    description="Predicts readmission.",
    data="Table",
    task="Classification",
    library="Scikit-learn",
    scenario=("Health",),
    license="MIT",
)


def test_a_full_one_passes():
    assert check(GOOD) == ()


def test_all_faults_are_found_at_once():
    found = check(Semantic())
    assert {finding.where for finding in found} == {
        "name", "description", "data", "task", "library", "license", "scenario"
    }  # fmt: skip
    assert {finding.severity for finding in found} == {"refuse"}


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"name": "  "}, "semantic-empty", "name"),
        ({"name": "x" * 121}, "semantic-long", "name"),
        ({"name": "two\nlines"}, "semantic-long", "name"),
        ({"description": "x" * 8_001}, "semantic-long", "description"),
        ({"limits": "x" * 8_001}, "semantic-long", "limits"),
        ({"license": "Mine"}, "semantic-vocabulary", "license"),
        ({"data": "table"}, "semantic-vocabulary", "data"),
        ({"scenario": ()}, "semantic-vocabulary", "scenario"),
        ({"scenario": ("Health", "Space")}, "semantic-vocabulary", "scenario"),
        ({"task": "Segmentation"}, "semantic-task", "task"),
        ({"tags": ("",)}, "semantic-tags", "tags"),
        ({"tags": tuple("x" * (n + 1) for n in range(25))}, "semantic-tags", "tags"),
    ],
)
def test_each_fault_is_found_alone(changes, code, where):
    (finding,) = check(replace(GOOD, **changes))
    assert (finding.code, finding.where) == (code, where)


def test_filling_keeps_what_a_person_wrote():
    typed = Semantic(name="N", task="regression", license="mit", scenario=("HEALTH",))
    filled = typed.filled(data="Table", task="Classification", library="Scikit-learn", inputs=(Port(name="age"),))
    assert (filled.data, filled.task, filled.license, filled.scenario) == ("Table", "Regression", "MIT", ("Health",))
    assert filled.inputs == (Port(name="age"),)
    assert typed.task == "regression"


def test_vocabulary():
    assert label("scenario", "Health", "zh") == "健康"
    assert label("scenario", "Health") == "Health"
    assert label("scenario", "Space", "zh") == "Space"
    assert standard("license", " apache-2.0 ") == "Apache-2.0"
    assert standard("license", "Mine") == "Mine"
    for field, values in VOCABULARY.items():
        assert len({value.lower() for value in values}) == len(values), field
        assert all(text.strip() for text in values.values())
    with pytest.raises(TypeError):
        VOCABULARY["data"]["Video"] = "视频"  # type: ignore[index]


@pytest.mark.parametrize(("codes", "accepted"), [(("en", "zh"), True), (("English",), False), (("",), False)])
def test_languages_are_codes(codes: tuple[str, ...], accepted: bool) -> None:
    found = {finding.code for finding in check(Semantic(name="n", description="d", languages=codes))}
    assert ("semantic-languages" not in found) == accepted
