# SPDX-License-Identifier: Apache-2.0
"""Reuse through a map of columns: what a search across islands found is asked, and what lacks is filled."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import lwnode
from lwnode.errors import DataError, NothingFitsError, ReuseError, SettingsError
from lwnode.node.handles import Choice
from tests.support.homes import make_node, semantic

pytestmark = pytest.mark.slow

BOUNDS = {"age_years": (20.0, 100.0), "systolic_mmhg": (80.0, 220.0), "bmi_kg_m2": (15.0, 45.0), "glucose": (2.0, 16.0)}
UNITS = {"age_years": "a", "systolic_mmhg": "mm[Hg]", "bmi_kg_m2": "kg/m2", "glucose": "mmol/L"}
MAPS = {"years_old": "age_years", "RR": "systolic_mmhg", "mass_index": "bmi_kg_m2"}
KPA = 7.50061683


def patients(count: int, seed: int, age: float = 60.0) -> dict[str, np.ndarray]:
    """Patients whose glucose follows from the rest, and their risk from all four."""
    rng = np.random.default_rng(seed)
    years = rng.normal(age, 10, count)
    body = rng.normal(28, 5, count)
    return {
        "age_years": years,
        "systolic_mmhg": 100 + 0.6 * years + rng.normal(0, 12, count),
        "bmi_kg_m2": body,
        "glucose": 2 + 0.05 * years + 0.1 * body + rng.normal(0, 0.3, count),
    }


def risk(rows: dict[str, np.ndarray]) -> np.ndarray:
    return (rows["age_years"] - 60) / 10 + (rows["systolic_mmhg"] - 136) / 20 + (rows["glucose"] - 7.8)


def table(rows: dict[str, np.ndarray], target: np.ndarray | None, name: str) -> lwnode.Table:
    y = [] if target is None else [target]
    names = [*rows, *(["risk"] if y else [])]
    X = np.column_stack([*rows.values(), *y])
    plain = lwnode.Table.from_arrays(X, columns=names, name=name)
    return plain.assign(target="risk") if y else plain


def own(rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same patients as a clinic writes them: other names, pressure in kPa, no glucose."""
    return {"years_old": rows["age_years"], "RR": rows["systolic_mmhg"] / KPA, "mass_index": rows["bmi_kg_m2"]}


def clinic(count: int, seed: int, *, labelled: bool = False) -> lwnode.Table:
    rows = patients(count, seed)
    made = table(own(rows), risk(rows) if labelled else None, f"clinic {seed}")
    return dataclasses.replace(made, units={"RR": "kPa"})


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory):
    """A node with three hospitals' learnwares of four columns."""
    with make_node(tmp_path_factory.mktemp("across"), "A") as node:
        profile = lwnode.Profile.from_bounds(BOUNDS, units=UNITS, name="ward")
        ids = []
        for seed, age in enumerate((52.0, 60.0, 68.0)):
            rows = patients(250, seed, age)
            data = table(rows, risk(rows), f"hospital {seed}").describe(profile)
            model = node.train(data, task="regression", preset="quick", seed=seed)
            ids.append(node.publish(node.draft(model, semantic(f"w{seed}"), privacy="no-noise", profile=profile)).id)
        yield node, tuple(ids)


def explained(answers: np.ndarray, truth: np.ndarray) -> float:
    return 1.0 - float(np.mean((answers - truth) ** 2) / truth.var())


def test_what_a_search_across_found_is_reused(market) -> None:
    node, ids = market
    mine = clinic(200, 9)
    found = node.search(lwnode.Requirement(data=mine), maps=MAPS)
    assert found.verdict == "nothing fits"
    with pytest.raises(NothingFitsError):
        node.reuse(found)
    use = node.reuse(found, across=True)
    report = use.report
    assert report is not None
    assert report.method == "align"  # nobody reads the clinic's columns alone
    assert {member.learnware for member in report.members} <= set(ids)
    for member in report.members:
        assert member.filled == ("glucose",)
        assert member.columns == MAPS
        assert 0.0 < member.lost < 1.0
    truth = risk(patients(200, 9))
    assert explained(use.predict(mine), truth) > 0.8
    assert report.coverage.shape == (200,)
    assert np.all((report.coverage >= 0.0) & (report.coverage <= 1.0 + 1e-9))
    assert "no labels" in report.unknown
    assert report.estimate == ()


def test_ids_are_reached_through_the_same_map(market) -> None:
    node, ids = market
    mine = clinic(200, 9)
    use = node.reuse(ids, data=mine, maps=MAPS)
    found = node.reuse(Choice(members=ids, across=True, maps=MAPS), data=mine)
    assert use.predictions is not None
    assert found.predictions is not None
    assert np.array_equal(use.predictions.values, found.predictions.values)
    other = clinic(30, 10)
    assert explained(use.predict(other), risk(patients(30, 10))) > 0.7
    with pytest.raises(DataError, match="lacks columns of the map"):
        use.predict(table({"years_old": np.arange(20.0, 50.0)}, None, "short"))


def test_alignment_asks_the_models_again(market) -> None:
    node, ids = market
    mine = clinic(200, 9)
    truth = risk(patients(200, 9))
    aligned = node.reuse(ids, data=mine, maps=MAPS, method="align")
    mixed = node.reuse(ids, data=mine, maps=MAPS, method="mix")
    assert aligned.report is not None
    assert aligned.report.method == "align"
    assert aligned.predictions is not None
    assert mixed.predictions is not None
    assert explained(aligned.predictions.values[:, 0], truth) > 0.7
    assert not np.allclose(aligned.predictions.values, mixed.predictions.values)


def test_labels_correct_and_judge_what_was_filled(market) -> None:
    node, ids = market
    report = node.reuse(
        ids, data=clinic(150, 9), maps=MAPS, labelled=clinic(120, 11, labelled=True), method="mix"
    ).report  # fmt: skip
    assert report is not None
    assert report.labels == 120
    assert [figure.name for figure in report.estimate] == ["r2", "rmse"]
    assert all(figure.low <= figure.value <= figure.high for figure in report.estimate)
    assert report.unknown == ""
    lead = report.lead
    assert lead is not None
    assert lead.low <= lead.value <= lead.high
    assert lead.value == pytest.approx(report.comparison[0].value - report.comparison[1].value)
    assert report.best == ("reuse" if lead.value >= 0 else "own training")


def test_what_is_not_reached_is_refused_with_a_remedy(market) -> None:
    node, ids = market
    mine = clinic(60, 9)
    with pytest.raises(DataError, match="lacks columns") as plain:
        node.reuse(ids, data=mine)
    assert "--across" in plain.value.hint
    with pytest.raises(ReuseError, match="none of the learnwares can be asked") as far:
        node.reuse(ids, data=table({"zzz": np.arange(40.0), "qqq": np.arange(40.0)}, None, "far"), across=True)
    assert "--map" in far.value.hint
    with pytest.raises(DataError, match="no column 'nobody'"):
        node.reuse(ids, data=mine, maps={"nobody": "age_years"})
    with pytest.raises(ReuseError, match="did not reach anything"):
        node.reuse(node.search(lwnode.Requirement(data=mine)), across=True)
    with pytest.raises(SettingsError, match="labelled"):
        node.reuse(ids, data=mine, maps=MAPS, method="align-labels")
    with pytest.raises(ReuseError, match="cannot be kept"):
        node.freeze(Choice(members=ids, across=True, maps=MAPS), data=mine)


def test_those_by_name_and_those_through_a_map_answer_together(market) -> None:
    node, ids = market
    profile = lwnode.Profile.from_bounds({name: BOUNDS[to] for name, to in MAPS.items() if name != "RR"}, name="own")
    rows = patients(250, 21)
    data = {name: values for name, values in own(rows).items() if name != "RR"}
    small = node.train(table(data, risk(rows), "small").describe(profile), task="regression", preset="quick")
    near = node.publish(node.draft(small, semantic("near"), privacy="no-noise", profile=profile)).id
    use = node.reuse((near, *ids), data=clinic(200, 9), maps=MAPS)
    assert use.report is not None
    filled = {member.learnware: member.filled for member in use.report.members}
    assert filled[near] == ()
    assert {filled[one] for one in ids} == {("glucose",)}
    assert use.predictions is not None
    assert explained(use.predictions.values[:, 0], risk(patients(200, 9))) > 0.7
    withdrawn = node.withdraw(near, reason="test")
    assert withdrawn is not None
