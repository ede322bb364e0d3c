# SPDX-License-Identifier: Apache-2.0
"""Profiles at a node: drawn and charged once, followed by a version, matched to tables that name columns otherwise."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import Ridge

import lwnode
from lwnode.documents import Column, Profile
from lwnode.errors import DataError, LwnodeError, PrivacyBudgetError, SettingsError, SpecificationError
from lwnode.node import column_maps
from lwnode.node.data import load_dataset, matching_profile, own_profile
from lwnode.node.facade import Node
from lwnode.node.profile_file import read_profile
from lwnode.training import Table, read_table
from tests.support.homes import SAMPLE, TARGET, engine_of, make_node, semantic

GENERAL = SAMPLE / "hospital_a_general.csv"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with make_node(tmp_path, "one") as made:
        yield made


# -------------------------------------------------------------------- drawn from data
def test_bounds_are_drawn_and_charged_once(node: Node) -> None:
    node.add(GENERAL, name="general", target=TARGET)
    made = node.private_profile("general", epsilon=0.5)
    assert made.profile.origin == "quantiles"
    assert made.epsilon_charged == 0.5
    assert made.epsilon_spent == pytest.approx(0.5, abs=1e-6)
    assert {c.name for c in made.profile.features} == {c.name for c in read_profile(SAMPLE / "profile.json").features}
    assert made.profile.gamma == 1 / 10
    assert all(c.type == "number" for c in made.profile.features)
    again = node.private_profile("general", epsilon=0.5)
    assert again.profile == made.profile
    assert again.epsilon_charged == 0.0
    assert again.epsilon_spent == made.epsilon_spent
    assert len(node.budget("general").charges) == 1
    assert node.profile(made.id) == made.profile
    named = node.private_profile("general", epsilon=0.5, name="other name")
    assert named.epsilon_charged == 0.0
    assert named.profile.columns == made.profile.columns


def test_a_draft_in_drawn_bounds_composes_with_them(node: Node) -> None:
    node.add(GENERAL, name="general", target=TARGET)
    made = node.private_profile("general", epsilon=0.5)
    model = node.train("general", preset="quick")
    draft = node.draft(model, semantic(), privacy=lwnode.Budget(epsilon=1.0), profile=made.id)
    assert draft.epsilon == 1.0
    assert 1.0 < draft.epsilon_spent < 1.5
    assert len(node.budget("general").charges) == 2


def test_the_cap_refuses_before_a_draw(node: Node) -> None:
    node.add(GENERAL, name="general", target=TARGET)
    with pytest.raises(PrivacyBudgetError, match="cap"):
        node.private_profile("general", epsilon=5.0)
    with pytest.raises(PrivacyBudgetError, match="too few") as refusal:
        node.private_profile("general", epsilon=0.05)
    assert "epsilon" in refusal.value.hint
    assert node.budget("general").charges == ()


def test_what_is_typed_is_kept_and_not_drawn(node: Node) -> None:
    node.add(GENERAL, name="general", target=TARGET)
    typed = (
        Column(name="age_years", type="integer", unit="a", low=0, high=120),
        Column(name="bmi_kg_m2", type="number", unit="kg/m2"),
    )
    made = node.private_profile("general", epsilon=0.5, typed=typed)
    columns = {c.name: c for c in made.profile.columns}
    assert columns["age_years"] == typed[0]
    assert columns["bmi_kg_m2"].unit == "kg/m2"
    assert columns["bmi_kg_m2"].low is not None
    assert node.budget("general").charges[0].what == "bounds of 10 columns for a profile"
    every = (
        *(Column(name=c.name, type="number", low=0, high=1) for c in made.profile.features),
        Column(name="ward", type="category", role="ignored"),
    )
    with pytest.raises(SettingsError, match="nothing to draw"):
        node.private_profile("general", epsilon=0.5, typed=every)
    with pytest.raises(DataError, match="no column"):
        node.private_profile("general", epsilon=0.5, typed=(Column(name="agee", type="number"),))


def test_levels_that_only_the_rows_know_are_left_out_with_the_reason(node: Node) -> None:
    rng = np.random.default_rng(0)
    columns = {
        "x": rng.normal(10, 2, 4000),
        "sex": rng.choice(["f", "m"], 4000).astype(object),
        "site": rng.choice(["Hefei", "Wuhu"], 4000).astype(object),
    }
    node.add(lwnode.read_table(_csv(columns, node)), name="d")
    made = node.private_profile("d", epsilon=1.0)
    by_name = {c.name: c for c in made.profile.columns}
    assert by_name["sex"].levels == ("f", "m")
    assert by_name["site"].role == "ignored"
    assert by_name["site"].levels == ()
    assert [(f.code, f.where) for f in made.findings] == [("bounds-open", "site"), ("kinds-from-rows", "x, sex, site")]
    assert "Hefei" not in json.dumps(dataclasses.asdict(made.profile))


def test_nothing_told_is_charged_once_and_said(node: Node) -> None:
    site = np.random.default_rng(0).choice(["Hefei", "Wuhu"], 4000).astype(object)
    node.add(lwnode.read_table(_csv({"site": site}, node)), name="d")
    for _ in range(2):
        with pytest.raises(SpecificationError, match="nothing could be told"):
            node.private_profile("d", epsilon=1.0)
    assert len(node.budget("d").charges) == 1


def _csv(columns: dict[str, np.ndarray], node: Node) -> Path:
    file = engine_of(node).home.root / "rows.csv"
    names = list(columns)
    lines = [",".join(names)] + [",".join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def few_rows(tmp_path: Path) -> Path:
    """The first rows of the general hospital, which train quickly."""
    file = tmp_path / "few.csv"
    file.write_text("".join(GENERAL.read_text(encoding="utf-8").splitlines(keepends=True)[:401]), encoding="utf-8")
    return file


# -------------------------------------------------------------------- own bounds are never private
def test_no_private_way_takes_the_data_s_own_bounds(node: Node, tmp_path: Path) -> None:
    few = few_rows(tmp_path)
    table = read_table(few, target=TARGET)
    own = own_profile(table)
    with pytest.raises(SpecificationError):
        lwnode.specify(table, privacy=lwnode.Budget(epsilon=1.0))
    with pytest.raises(SpecificationError, match="bounds taken from the data"):
        lwnode.specify(table, privacy=lwnode.Budget(epsilon=1.0), profile=own)
    model = node.train(few, target=TARGET, preset="quick")
    with pytest.raises(SpecificationError, match="public bounds"):
        node.draft(model, semantic())
    info = node.add_profile(own)
    assert matching_profile(engine_of(node), table) is None
    with pytest.raises(SpecificationError, match="bounds taken from the data"):
        node.draft(model, semantic(), profile=info.id)
    with pytest.raises(SettingsError, match="private data"):
        node.add_profile(own, share=True)
    assert all(node.budget(d.name).charges == () for d in node.datasets())


def test_printing_a_profile_does_not_wash_its_origin(node: Node, tmp_path: Path) -> None:
    own = own_profile(read_table(GENERAL, target=TARGET))
    plain = dataclasses.asdict(own)
    file = tmp_path / "printed.json"
    file.write_text(json.dumps(plain))
    assert read_profile(file).origin == "own data"
    file.write_text(json.dumps({**plain, "origin": "public"}))
    with pytest.raises(SettingsError, match="origin"):
        read_profile(file)


# -------------------------------------------------------------------- versions
def test_a_version_of_one_s_own_stands_for_the_one_before(node: Node) -> None:
    first = read_profile(SAMPLE / "profile.json")
    node.add_profile(first)
    engine, table = engine_of(node), read_table(GENERAL, target=TARGET)
    second = dataclasses.replace(first, gamma=0.4, version=2, previous=first.id)
    engine.store.profiles.put(second, source="partner")
    assert matching_profile(engine, table) == first, "a partner's version replaces nothing by being sent"
    node.add_profile(second)
    assert matching_profile(engine, table) == second


def test_the_next_version_needs_published_learnwares(node: Node) -> None:
    info = node.add_profile(read_profile(SAMPLE / "profile.json"))
    found = node.next_profile(info.id)
    assert found.profile is None
    assert "needed" in found.reason
    with pytest.raises(SettingsError, match="no next version"):
        node.next_profile(info.id, share=True)


def test_the_next_version_is_shown_then_shared(node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lwnode.market import profile_versions

    node.add_profile(read_profile(SAMPLE / "profile.json"))
    model = node.train(few_rows(tmp_path), target=TARGET, preset="quick")
    ware = node.publish(node.draft(model, semantic(), privacy="no-noise"))
    monkeypatch.setattr(profile_versions, "ENOUGH", 1)
    monkeypatch.setattr(profile_versions, "PUBLISHERS", 1)
    shown = node.next_profile(ware.profile)
    assert shown.profile is not None
    assert (shown.learnwares, shown.kept) == (1, False)
    assert shown.id not in {p.id for p in node.profiles()}
    shared = node.next_profile(ware.profile, share=True)
    assert shared.id == shown.id
    assert node.profile(shown.id).previous == ware.profile
    assert engine_of(node).store.profiles.record(shown.id).signed
    engine = engine_of(node)
    engine.store.catalogue.put(dataclasses.replace(engine.store.catalogue.get(ware.id), audience="private"))
    assert node.next_profile(ware.profile).learnwares == 0, "what never left has no say"


# -------------------------------------------------------------------- tables with other names and units
def other_names(tmp_path: Path) -> Path:
    """The general hospital's table as another information system would export it."""
    import csv

    heads = {
        "patient_id": "病历号", "age_years": "AgeMonths", "bmi_kg_m2": "BMI", "systolic_mmhg": "SBP (kPa)",
        "heart_rate_bpm": "心率", "glucose_mmol_l": "glucose_mg_dl", "creatinine_umol_l": "crea",
        "haemoglobin_g_l": "Hgb g/dL", "medications": "n_meds", "prior_admissions_12m": "prev_admissions",
        "length_of_stay_days": "LOS_hours", "ward": "dept", TARGET: "back",
    }  # fmt: skip
    factor = {"age_years": 12, "systolic_mmhg": 0.133322, "glucose_mmol_l": 18.0156, "haemoglobin_g_l": 0.1}
    factor["length_of_stay_days"] = 24
    file = tmp_path / "export.csv"
    with GENERAL.open(encoding="utf-8", newline="") as source, file.open("w", encoding="utf-8", newline="") as out:
        rows = list(csv.DictReader(source))
        writer = csv.writer(out)
        writer.writerow(heads.values())
        for row in rows:
            writer.writerow([f"{float(row[h]) * factor[h]:.6g}" if h in factor and row[h] else row[h] for h in heads])
    return file


def test_a_table_is_matched_shown_and_read_under_a_confirmed_map(node: Node, tmp_path: Path) -> None:
    profile = read_profile(SAMPLE / "profile.json")
    info = node.add_profile(profile)
    node.add_profile(Profile.from_bounds({"quite": (0, 1), "other": (0, 1)}))
    file = other_names(tmp_path)
    found = node.match_profiles(file)
    assert found[0].profile == info.id
    assert found[0].missing == ()
    pairs = {pair.theirs: pair for pair in found[0].pairs}
    assert pairs["systolic_mmhg"].ours == "SBP (kPa)"
    assert pairs["systolic_mmhg"].factor == pytest.approx(7.50062, rel=1e-4)
    assert found[1].pairs == ()
    doubtful = {pair.ours: pair.theirs for pair in found[0].pairs if not pair.sure}
    added = node.add(
        file, name="export", target="back", profile=info.id, columns={**doubtful, "back": TARGET}, accept_map=True
    )
    assert added.target == TARGET
    assert {c.name for c in added.columns if c.role == "feature"} == {c.name for c in profile.features}
    engine = engine_of(node)
    dataset = engine.store.datasets.get("export")
    assert dataset.path == str(file)
    assert len(column_maps.from_text(dataset.renamed)) == 11
    back, plain = load_dataset(engine, dataset), read_table(GENERAL, target=TARGET, profile=profile)
    for column in profile.features:
        np.testing.assert_allclose(back.columns[column.name], plain.columns[column.name], rtol=1e-4)
    assert back.content == dataset.content
    model = node.train("export", preset="quick")
    assert {item.name for item in model.info.card.inputs} <= {c.name for c in profile.features}
    assert node.draft(model, semantic(), privacy=lwnode.Budget(epsilon=1.0)).epsilon == 1.0


def test_the_same_rows_under_two_maps_share_one_budget(node: Node, tmp_path: Path) -> None:
    file = other_names(tmp_path)
    plain = Profile.from_bounds({"x": (0, 2000), "y": (10, 50)}, name="xy")
    info = node.add_profile(plain)
    node.add(file, name="raw")
    node.add(file, name="one", profile=info.id, columns={"AgeMonths": "x", "BMI": "y"})
    node.add(file, name="two", profile=info.id, columns={"crea": "x", "BMI": "y"})
    node.private_profile("raw", epsilon=1.0)
    spent = node.budget("raw").epsilon_spent
    assert node.budget("one").epsilon_spent == pytest.approx(spent)
    assert node.budget("two").epsilon_spent == pytest.approx(spent)
    node.add(file, name="one")
    assert engine_of(node).store.datasets.get("one").renamed == ""


def test_a_profile_that_reads_a_number_as_a_category_gives_no_second_budget(node: Node, tmp_path: Path) -> None:
    file = tmp_path / "wards.csv"
    rng = np.random.default_rng(0)
    lines = [f"{w},{x:.4f},{y:.4f}" for w, x, y in zip(rng.integers(0, 3, 400), *rng.random((2, 400)), strict=True)]
    file.write_text("\n".join(["ward,x,y", *lines]))
    number = node.add_profile(Profile.from_bounds({"ward": (0, 5), "x": (0, 1), "y": (0, 1)}, name="number"))
    level = node.add_profile(Profile.from_bounds({"ward": ["0", "1", "2"], "x": (0, 1), "y": (0, 1)}, name="level"))
    first, second = node.add(file, name="one", profile=number.id), node.add(file, name="two", profile=level.id)
    assert first.content != second.content
    node.private_profile("one", epsilon=3.0)
    assert node.budget("two").epsilon_spent == pytest.approx(node.budget("one").epsilon_spent)


def test_nothing_doubtful_is_applied_unasked(node: Node, tmp_path: Path) -> None:
    info = node.add_profile(read_profile(SAMPLE / "profile.json"))
    file = other_names(tmp_path)
    with pytest.raises(SettingsError, match="leads to a profile"):
        node.add(file, accept_map=True)
    with pytest.raises(SettingsError, match="no column is confirmed"):
        node.add(file, profile=info.id, columns={"BMI": "bmi_kg_m2"})
    bad: list[dict[str, str]] = [
        {"nobody": "bmi_kg_m2"}, {"BMI": "nobody"}, {"BMI": "age_years", "AgeMonths": "age_years"},
        {"dept": "bmi_kg_m2"}, {"病历号": "bmi_kg_m2"}, {"SBP (kPa)": "bmi_kg_m2"},
    ]  # fmt: skip
    for columns in bad:
        with pytest.raises(LwnodeError) as refusal:
            node.add(file, profile=info.id, columns=columns, accept_map=True)
        assert isinstance(refusal.value, (SettingsError, DataError))
        assert refusal.value.hint
    assert node.datasets() == ()


@pytest.mark.parametrize("accept", [False, True])
def test_a_withheld_column_fills_its_place_in_a_map_with_nothing(node: Node, tmp_path: Path, accept: bool) -> None:
    """It is never proposed, yet the profile asks for all of its features."""
    profile = Profile.from_bounds({"age_years": (0, 110), "bmi_kg_m2": (10, 60)}, units={"age_years": "a"})
    info = node.add_profile(profile)
    file = tmp_path / "short.csv"
    rng = np.random.default_rng(0)
    file.write_text("bmi,age_years\n" + "\n".join(f"{x:.3f},{y}" for x, y in zip(
        rng.uniform(15, 40, 300), rng.integers(20, 90, 300), strict=True)) + "\n")  # fmt: skip
    table = read_table(file, roles={"age_years": "ignored"})
    assert {pair.ours for pair in column_maps.proposed(table, profile).pairs} <= {"bmi"}
    node.add(file, name="short", profile=info.id, columns={"bmi": "bmi_kg_m2"}, accept_map=accept,
             withhold=["age_years"])  # fmt: skip
    back = load_dataset(engine_of(node), engine_of(node).store.datasets.get("short"))
    assert back.withheld == {"age_years"}
    assert np.isnan(back.without_withheld().columns["age_years"]).all()
    node.add(file, name="long", profile=info.id, columns={"bmi": "bmi_kg_m2", "age_years": "age_years"},
             withhold=["age_years"])  # fmt: skip
    assert engine_of(node).store.datasets.get("long").withheld == ("age_years",)
    with pytest.raises(SettingsError, match="other names"):
        node.adopt(Ridge().fit(np.zeros((4, 1)), np.arange(4.0)), "long", inputs=("bmi_kg_m2",))


def test_a_registered_data_set_withholds_more_later(node: Node) -> None:
    table = Table.from_arrays(np.random.default_rng(0).normal(size=(300, 2)), columns=("x", "y"), name="mem")
    node.add(table)
    node.add("mem", name="mem", withhold=["x"])
    assert engine_of(node).store.datasets.get("mem").withheld == ("x",)
    with pytest.raises(DataError, match="no column"):
        node.add(table, withhold=["z"])


def test_a_table_from_memory_keeps_its_map_in_the_copy(node: Node) -> None:
    info = node.add_profile(Profile.from_bounds({"age": (0, 110), "sex": ["f", "m"]}, units={"age": "a"}))
    rng = np.random.default_rng(0)
    sex = rng.choice(["男", "女"], 300).astype(object)
    table = Table.from_arrays(
        np.column_stack([rng.integers(0, 1200, 300).astype(object), sex]), columns=("age_months", "gender"), name="mem"
    )
    node.add(table, profile=info.id, columns={"age_months": "age", "gender": "sex"})
    engine = engine_of(node)
    back = load_dataset(engine, engine.store.datasets.get("mem"))
    assert set(back.columns["sex"]) == {"f", "m"}
    assert (back.columns["sex"] == np.where(sex == "女", "f", "m")).all()
    assert back.columns["age"].max() < 101


def test_images_have_no_bounds_to_draw_and_a_profile_of_them_matches_no_table(node: Node) -> None:
    profile = dataclasses.replace(Profile.from_bounds({"e0": (0, 1)}), encoder="somebody/1")
    info = node.add_profile(profile)
    assert node.match_profiles(GENERAL) == ()
    with pytest.raises(SettingsError, match="images or texts"):
        node.match_profiles(GENERAL, profile=info.id)
