# SPDX-License-Identifier: Apache-2.0
"""Which islands a table reaches through a map, and what is asked before anything is taken for granted."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lwnode.documents import Column, Profile
from lwnode.errors import DataError
from lwnode.market import Entry, Reach
from lwnode.market.organizer import world
from lwnode.market.organizer.own_columns import described, mapped
from lwnode.market.organizer.world import beyond, reaches
from lwnode.specification.matching import Pair
from tests.support.market import Columns, domain, entry, numbers, sketch

WARD = Profile.from_bounds(
    {"age_years": (0.0, 110.0), "systolic_mmhg": (60.0, 220.0), "sex": ["f", "m"], "glucose": (1.0, 30.0)},
    units={"age_years": "a", "systolic_mmhg": "mm[Hg]", "glucose": "mmol/L"},
    name="ward",
)


def patients(n: int = 300, seed: int = 0) -> Columns:
    rng = np.random.default_rng(seed)
    age = rng.normal(60, 12, n)
    return {
        "age_years": age,
        "systolic_mmhg": 100 + 0.5 * age + rng.normal(0, 10, n),
        "sex": np.where(rng.random(n) < age / 100, "m", "f").astype(object),
        "glucose": 4 + age / 40 + rng.normal(0, 1, n),
    }


def own(rows: Columns, *leave: str) -> Columns:
    """The same rows as another ward writes them."""
    made = {
        "年龄": rows["age_years"],
        "SBP_kPa": rows["systolic_mmhg"] / 7.50061683,
        "gender": np.where(rows["sex"] == "m", "male", "female").astype(object),
        "blood_sugar": rows["glucose"],
        "bed": np.arange(len(rows["sex"])) % 7.0,
    }
    return {name: values for name, values in made.items() if name not in leave}


@pytest.fixture(scope="module")
def ward() -> list[Entry]:
    return [entry(f"w{i}", sketch(patients(seed=i), WARD, size=20)) for i in range(2)]


def reached(entries: list[Entry], columns: Columns, stated: dict[str, str] | None = None) -> tuple[Reach, ...]:
    return reaches(beyond(entries, columns, {}), columns, {}, stated or {})


def test_what_is_sure_is_mapped_and_what_is_doubtful_is_asked(ward: list[Entry]) -> None:
    (reach,) = reached(ward, own(patients(seed=9)))
    assert (reach.name, reach.learnwares, reach.island) == ("ward", 2, WARD.schema_id)
    assert {pair.theirs for pair in reach.pairs} >= {"age_years", "systolic_mmhg"}
    assert all(pair.sure for pair in reach.pairs)
    kpa = {pair.theirs: pair for pair in reach.pairs}["systolic_mmhg"]
    assert kpa.factor == pytest.approx(7.50062, rel=1e-4)
    assert [pair.theirs for pair in reach.doubtful] == ["sex"]
    assert reach.missing == ()
    assert reach.not_compared == ("sex",)
    assert reach.left == ("bed",)
    assert not reach.complete
    assert reach.share == 0.75


def test_a_stated_pair_is_taken_with_its_levels(ward: list[Entry]) -> None:
    (reach,) = reached(ward, own(patients(seed=9)), {"gender": "sex"})
    assert reach.complete
    assert reach.enough
    assert [pair.theirs for pair in reach.pairs] == [column.name for column in WARD.features]
    sex = reach.pairs[2]
    assert dict(sex.levels) == {"male": "m", "female": "f"}
    assert "confirmed" in sex.reasons


def test_what_is_said_wins_over_what_is_likely(ward: list[Entry]) -> None:
    (reach,) = reached(ward, own(patients(seed=9)), {"bed": "glucose"})
    pairs = {pair.theirs: pair.ours for pair in reach.pairs}
    assert pairs["glucose"] == "bed"
    assert "blood_sugar" in reach.left


WRONG = {
    "a column that is not there": {"nobody": "sex"},
    "a column that no island has": {"bed": "shoe size"},
    "two columns for one": {"bed": "glucose", "blood_sugar": "glucose"},
    "a number for a category": {"blood_sugar": "sex"},
}


@pytest.mark.parametrize("name", WRONG)
def test_stated_pairs_that_cannot_be_are_refused(ward: list[Entry], name: str) -> None:
    with pytest.raises(DataError):
        reached(ward, own(patients(seed=9)), WRONG[name])


def test_units_that_exclude_each_other_are_refused(ward: list[Entry]) -> None:
    columns = own(patients(seed=9))
    units = {"bed": "kg"}
    with pytest.raises(DataError, match="cannot be"):
        reaches(beyond(ward, columns, units), columns, units, {"bed": "age_years"})


def test_an_island_that_is_reached_by_name_is_not_beyond(ward: list[Entry]) -> None:
    rows = patients(seed=9)
    assert beyond(ward, rows, {}) == ()
    assert [len(island.entries) for island in beyond(ward, rows, {"glucose": "mg/dL"})] == [2], "another unit"
    rows["glucose"] = rows["glucose"] * 18.0156
    (reach,) = reaches(beyond(ward, rows, {"glucose": "mg/dL"}), rows, {"glucose": "mg/dL"}, {})
    assert {pair.theirs: pair.factor for pair in reach.pairs}["glucose"] == pytest.approx(1 / 18.0156, rel=1e-3)


def test_images_are_not_beyond(ward: list[Entry]) -> None:
    profile = dataclasses.replace(WARD, encoder="convolution-64")
    spec = ward[0].specification
    image = dataclasses.replace(spec, profile=profile, card=dataclasses.replace(spec.card, profile=profile.id))
    assert beyond([entry("image", image)], own(patients()), {}) == ()


def test_islands_come_by_the_share_that_is_reached(ward: list[Entry]) -> None:
    wide = Profile.from_bounds(
        {"age": (0.0, 110.0), "lactate": (0.0, 20.0), "sodium": (100.0, 180.0), "potassium": (1.0, 9.0)}, name="wide"
    )
    rng = np.random.default_rng(0)
    bloods = {c.name: rng.uniform(c.low, c.high, 100) for c in wide.features if c.low is not None and c.high}
    far = [entry(f"f{i}", sketch(bloods, wide, size=10)) for i in range(5)]
    stranger = [entry("s", sketch(domain(0, 60, 3), numbers(3, name="stranger"), size=10))]
    found = reached([*stranger, *far, *ward], own(patients(seed=9)))
    assert [reach.name for reach in found] == ["ward", "wide"], "what shares nothing is not listed"
    assert [reach.enough for reach in found] == [True, False]
    assert found[0].share > found[1].share


def test_of_many_islands_those_with_common_words_are_tried(ward: list[Entry], monkeypatch) -> None:
    monkeypatch.setattr(world, "MOST_ISLANDS", 2)
    tried = []
    honest = world.match_columns
    monkeypatch.setattr(world, "match_columns", lambda a, b: tried.append(b) or honest(a, b))
    others = [entry(f"o{k}", sketch(domain(k, 60, k), numbers(k, name=f"o{k}"), size=5)) for k in range(3, 9)]
    found = reached([*others, *ward], own(patients(seed=9)))
    assert found[0].name == "ward"
    assert len(tried) == 2
    monkeypatch.setattr(world, "MOST_PAIRS", 4 * 5)
    assert [reach.name for reach in reached([*others, *ward], own(patients(seed=9)))] == ["ward"]
    assert len(tried) == 3


def test_no_value_of_the_user_is_in_a_reach(ward: list[Entry]) -> None:
    rows = {name: values + 0.123456 if values.dtype.kind == "f" else values for name, values in own(patients()).items()}
    for reach in reached(ward, rows):
        for value in map(float, np.quantile(rows["年龄"], [0.0, 0.01, 0.5, 0.99, 1.0])):
            assert f"{value:.4f}"[:6] not in repr(reach)


# -------------------------------------------------------------------- own columns
def test_columns_are_described_for_matching_only_as_far_as_it_needs() -> None:
    rows = {
        "a": np.array([1.0, np.nan, 3.0]),
        "b": np.array(["x", None, "y"], dtype=object),
        "c": np.full(3, np.nan),
        "d": np.arange(3),
        "e": np.array([f"{i}" for i in range(60)], dtype=object)[:3],
    }
    a, b, c, d, _ = described(rows, {"a": "kg"})
    assert (a.type, a.unit, a.low, a.high) == ("number", "kg", pytest.approx(1.02), pytest.approx(2.98))
    assert (b.type, b.levels) == ("category", ("x", "y"))
    assert (c.low, c.high) == (None, None)
    assert d.type == "number"
    many = {"e": np.array([f"{i}" for i in range(60)], dtype=object)}
    assert described(many, {})[0].levels == ()


def test_values_are_brought_to_the_other_side() -> None:
    rows = {
        "f": np.array([32.0, 212.0, np.nan]),
        "s": np.array(["m", None, "?"], dtype=object),
        "n": np.array(["1", None, "x"], dtype=object),
        "k": np.array([0, 1, 0]),
    }
    wanted = {
        "c": Column(name="c", type="number"),
        "sex": Column(name="sex", type="category", levels=("male", "female")),
        "count": Column(name="count", type="number"),
        "code": Column(name="code", type="category", levels=("0", "1")),
    }
    pairs = (
        Pair(ours="f", theirs="c", factor=5 / 9, offset=-160 / 9),
        Pair(ours="s", theirs="sex", levels=(("m", "male"),)),
        Pair(ours="n", theirs="count", factor=2.0),
        Pair(ours="k", theirs="code"),
    )
    made = mapped(rows, pairs, wanted)
    np.testing.assert_allclose(made["c"], [0.0, 100.0, np.nan])
    assert made["sex"].tolist() == ["male", None, "?"]
    np.testing.assert_allclose(made["count"], [2.0, np.nan, np.nan])
    assert made["code"].tolist() == [0, 1, 0]
