# SPDX-License-Identifier: Apache-2.0
"""What a learnware sees of a table whose columns have other names and units, or are there in part."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lwnode.documents import Card, Input, Profile
from lwnode.errors import DataError
from lwnode.market import Entry
from lwnode.reuse import SCALE, densities, loss_of_filling, own_rows, seen_through, unframed, views_of
from lwnode.specification.frame import raw_matrix, to_frame
from tests.support.market import Columns, domain, entry, numbers, sketch

WARD = Profile.from_bounds(
    {"age_years": (0.0, 110.0), "systolic_mmhg": (60.0, 220.0), "sex": ["f", "m"], "glucose": (1.0, 30.0)},
    units={"age_years": "a", "systolic_mmhg": "mm[Hg]", "glucose": "mmol/L"},
    name="ward",
)
MAP = {"年龄": "age_years", "pressure": "systolic_mmhg", "gender": "sex"}


def patients(n: int = 300, seed: int = 0) -> Columns:
    rng = np.random.default_rng(seed)
    age = rng.normal(60, 12, n)
    return {
        "age_years": age,
        "systolic_mmhg": 40 + 1.5 * age + rng.normal(0, 5, n),
        "sex": np.where(rng.random(n) < age / 100, "m", "f").astype(object),
        "glucose": 3 + age / 10 + rng.normal(0, 0.3, n),
    }


def own(rows: Columns) -> Columns:
    """The same rows as another ward writes them: without glucose, pressure in kPa, sex in words."""
    return {
        "年龄": rows["age_years"],
        "pressure": rows["systolic_mmhg"] / 7.50061683,
        "gender": np.where(rows["sex"] == "m", "male", "female").astype(object),
        "sex_of_the_nurse": np.full(len(rows["sex"]), "f", dtype=object),
    }


def reading(name: str, profile: Profile, rows: Columns, *inputs: str) -> Entry:
    card = Card(family="test", task="regression", inputs=tuple(Input(name=n, type="number") for n in inputs))
    return dataclasses.replace(entry(name, sketch(rows, profile, size=30)), card=card)


@pytest.fixture(scope="module")
def ward() -> list[Entry]:
    return [reading(f"w{i}", WARD, patients(seed=i), "age_years", "glucose") for i in range(2)]


def test_what_is_there_stays_and_what_lacks_is_filled_from_the_specification(ward: list[Entry]) -> None:
    rows = patients(40, seed=9)
    columns = own(rows)
    views, left_out = views_of(ward, columns, {"pressure": "kPa"}, MAP)
    assert left_out == {}
    assert [view.missing for view in views] == [("glucose",)] * 2
    completed = views[0].completed(columns)
    assert completed["age_years"] == pytest.approx(rows["age_years"])
    assert completed["systolic_mmhg"] == pytest.approx(rows["systolic_mmhg"], rel=1e-6)
    assert completed["sex"].tolist() == rows["sex"].tolist()
    assert np.corrcoef(completed["glucose"], rows["glucose"])[0, 1] > 0.8
    blind = np.abs(rows["glucose"] - patients()["glucose"].mean()).mean()
    assert np.abs(completed["glucose"] - rows["glucose"]).mean() < 0.85 * blind


def test_a_missing_category_is_filled_with_a_level(ward: list[Entry]) -> None:
    rows = patients(40, seed=9)
    columns = {name: rows[name] for name in ("age_years", "systolic_mmhg", "glucose")}
    views, _ = views_of(ward, columns, {}, {})
    filled = views[0].completed(columns)["sex"]
    assert set(filled.tolist()) <= {"f", "m"}


def test_points_of_a_frame_become_columns_again(ward: list[Entry]) -> None:
    rows = patients(20)
    back = unframed(WARD, to_frame(WARD, raw_matrix(WARD, rows)))
    assert back["sex"].tolist() == rows["sex"].tolist()
    for name in ("age_years", "systolic_mmhg", "glucose"):
        assert back[name] == pytest.approx(rows[name], rel=1e-5)


def test_a_table_under_other_names_is_seen_as_if_they_were_the_same() -> None:
    profile = numbers(6)
    entries = [reading(f"e{i}", profile, domain(i, 300), "c0") for i in range(3)]
    columns = domain(1, 50, draw=1)
    other = {f"C_{name[1:]}": values for name, values in columns.items()}
    views, _ = views_of(entries, other, {}, {})
    seen = seen_through(views, other, scale=SCALE["regression"], units={})
    plain = densities(entries, columns, scale=SCALE["regression"])
    assert seen.distances == pytest.approx(plain.distances)
    assert seen.densities == pytest.approx(plain.densities)
    assert np.array_equal(seen.covered, plain.covered)
    assert all(view.loss(other, lambda rows: rows[:, :1]) == 0.0 for view in views)


def test_the_loss_is_that_of_the_missing_columns(ward: list[Entry]) -> None:
    columns = own(patients(40, seed=9))
    views, _ = views_of(ward, columns, {"pressure": "kPa"}, MAP)
    spec = ward[0].framed

    def glucose(rows: np.ndarray) -> np.ndarray:
        return rows[:, -1:]

    known = np.arange(WARD.width - 1)
    wanted = loss_of_filling(glucose, known, spec.points, spec.weights, WARD.gamma, WARD.width)
    assert views[0].loss(columns, glucose) == pytest.approx(wanted)
    assert views[0].loss(columns, lambda rows: rows[:, :1]) == pytest.approx(0.0)
    assert wanted > 0.0


def test_learnwares_by_name_and_through_a_map_stand_beside_each_other(ward: list[Entry]) -> None:
    plain = reading("plain", numbers(6), domain(0, 300), "c0")
    columns = domain(0, 40, draw=1) | own(patients(40, seed=9))
    views, left_out = views_of([ward[0], plain, ward[1]], columns, {"pressure": "kPa"}, MAP)
    assert left_out == {}
    assert [view.entry.id for view in views] == ["w0", "plain", "w1"]
    assert views[1].reach is None
    rows = own_rows(views, columns)
    assert rows.rows.shape == (40, 6 + 4)
    assert rows.features == 9
    assert np.array_equal(rows.known[0], rows.known[2]), "one map and one frame share their coordinates"
    frame = to_frame(numbers(6), raw_matrix(numbers(6), columns))
    assert rows.rows[:, rows.known[1]] == pytest.approx(frame)
    assert (rows.known[0] < 0).sum() == 1


def test_who_is_out_of_reach_is_left_out_with_a_reason(ward: list[Entry]) -> None:
    columns = own(patients(40, seed=9))
    _, left_out = views_of(ward, columns, {}, {})
    assert set(left_out) == {"w0", "w1"}
    assert all("Too few of its columns" in reason for reason in left_out.values())
    beside = reading("beside", WARD, patients(), "age_years", "shoe_size")
    views, left_out = views_of([beside, ward[0]], columns, {"pressure": "kPa"}, MAP)
    assert [view.entry.id for view in views] == ["w0"]
    assert "shoe_size" in left_out["beside"]
    views, left_out = views_of(ward, {"zzz": np.arange(9.0)}, {}, {})
    assert views == ()
    assert len(left_out) == 2


def test_a_column_of_that_name_in_another_unit_is_converted_not_taken() -> None:
    rows = patients(40, seed=9)
    columns = dict(rows) | {"systolic_mmhg": rows["systolic_mmhg"] / 7.50061683}
    one = reading("w", WARD, patients(), "age_years")
    views, left_out = views_of([one], columns, {"systolic_mmhg": "kPa"}, {})
    assert left_out == {}
    assert views[0].missing == ()
    assert views[0].completed(columns)["systolic_mmhg"] == pytest.approx(rows["systolic_mmhg"], rel=1e-6)


def test_a_map_that_cannot_be_is_refused(ward: list[Entry]) -> None:
    columns = own(patients(40, seed=9))
    with pytest.raises(DataError, match="no column 'nobody'"):
        views_of(ward, columns, {}, {"nobody": "age_years"})
    with pytest.raises(DataError, match="a column 'shoe'"):
        views_of(ward, columns, {}, {"年龄": "shoe"})
    views, _ = views_of(ward, columns, {"pressure": "kPa"}, MAP)
    with pytest.raises(DataError, match="lacks columns of the map: gender"):
        views[0].completed({name: values for name, values in columns.items() if name != "gender"})
