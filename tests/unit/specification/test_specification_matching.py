# SPDX-License-Identifier: Apache-2.0
"""The map between column names: measured on renamed tables, with units and levels, and what it never does."""

from __future__ import annotations

import dataclasses
import time

import pytest

from lwnode.documents import Column
from lwnode.specification.column_names import alike, words_of
from lwnode.specification.matching import SURE, ColumnMap, Pair, match_columns, stated_pair
from lwnode.specification.units import alternatives, conversion, is_unit, standard_unit
from tests.support.renamings import RENAMINGS, mangled_data, renamed_sample
from tests.support.specification import sample_profile


def number(name: str, unit: str = "", low: float | None = None, high: float | None = None, **more: str) -> Column:
    return Column(name=name, type="number", unit=unit, low=low, high=high, **more)  # type: ignore[arg-type]


def category(name: str, *levels: str) -> Column:
    return Column(name=name, type="category", levels=levels)


def single(ours: Column, theirs: Column) -> Pair | None:
    found = match_columns([ours], [theirs])
    return found.pairs[0] if found.pairs else None


# -------------------------------------------------------------------- measured quality
@pytest.mark.parametrize("which", RENAMINGS)
@pytest.mark.parametrize("values", [True, False])
def test_the_sample_under_other_names(which: str, values: bool) -> None:
    ours, truth = renamed_sample(which, values=values)
    found = match_columns(ours, sample_profile().features)
    assert {pair.ours: pair.theirs for pair in found.pairs} == {name: theirs for name, (theirs, _) in truth.items()}
    assert set(found.ours_left) == {"patient_no", "dbp", "weight"}
    right = sum(pair.factor == pytest.approx(truth[pair.ours][1], rel=0.01) for pair in found.pairs)
    assert right == 10 if values else right >= 8  # a unit that nobody says and no value shows cannot be known


@pytest.mark.parametrize(
    ("which", "values", "recall", "precision"),
    [
        ("breast cancer", True, 0.97, 0.98),
        ("breast cancer", False, 0.83, 0.92),
        ("wine", True, 0.98, 0.98),
        ("wine", False, 0.95, 0.98),
    ],
)
def test_mangled_names_with_columns_missing(which: str, values: bool, recall: float, precision: float) -> None:
    right = given = there = sure_and_wrong = 0
    for seed in range(6):
        ours, theirs, truth = mangled_data(which, seed, values=values)
        pairs = match_columns(ours, theirs).pairs
        right += sum(truth[pair.ours] == pair.theirs for pair in pairs)
        sure_and_wrong += sum(pair.sure and truth[pair.ours] != pair.theirs for pair in pairs)
        given, there = given + len(pairs), there + len(truth)
    assert right / there >= recall
    assert right / given >= precision
    assert sure_and_wrong == 0


# -------------------------------------------------------------------- what speaks for a pair
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("sys_bp", "systolic_mmhg"), ("SBP", "systolic blood pressure"), ("收缩压(mmHg)", "systolic_mmhg"),
        ("心率", "heart_rate_bpm"), ("性别", "sex"), ("LOS", "length_of_stay_days"), ("住院天数", "los"),
        ("TotalCholesterol", "chol_total"), ("客户年龄", "customer_age"), ("余额", "balance"), ("Hgb", "haemoglobin"),
    ],
)  # fmt: skip
def test_names_that_mean_the_same(ours: str, theirs: str) -> None:
    assert alike(words_of(ours), words_of(theirs)) >= 0.8


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("systolic_bp", "heart_rate"), ("age", "wage"), ("体重", "身高"), ("x1", "glucose"), ("", "age"), ("!!", "??")],
)
def test_names_that_do_not(ours: str, theirs: str) -> None:
    assert alike(words_of(ours), words_of(theirs)) < 0.5


def test_two_alike_columns_are_a_question() -> None:
    found = match_columns([number("systolic_1"), number("systolic_2")], [number("systolic")])
    assert len(found.pairs) == 1
    assert not found.pairs[0].sure
    assert "another column" in found.pairs[0].reasons[-1]


def test_the_same_name_with_nothing_against_it_is_sure() -> None:
    pair = single(number("q17"), number("q17"))
    assert pair is not None
    assert pair.sure
    assert pair.reasons == ("same name",)


def test_values_alone_are_never_sure() -> None:
    pair = single(number("v1", "mmol/L", 4, 10), number("glucose", "mmol/L", 3, 12))
    assert pair is None or not pair.sure


def test_the_same_name_with_values_elsewhere_is_a_question() -> None:
    pair = single(number("score", "", 1000, 2000), number("score", "", 0, 10))
    assert pair is not None
    assert not pair.sure


def test_descriptions_speak_where_names_do_not() -> None:
    pair = single(number("v17", description="systolic blood pressure at admission"), number("sbp"))
    assert pair is not None
    assert "description" in " ".join(pair.reasons)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (number("age", "kg"), number("age", "a")),
        (number("age", "someunit"), number("age", "a")),
        (number("glucose", "mmol/L"), number("glucose", "mm[Hg]")),
        (number("protein", "mg/dL"), number("protein", "mmol/L")),
        (category("age", "young", "old"), number("age", "a")),
        (Column(name="note", type="text"), category("note", "a", "b")),
    ],
)
def test_units_and_kinds_exclude_a_pair_whatever_the_name(ours: Column, theirs: Column) -> None:
    assert single(ours, theirs) is None
    assert stated_pair(ours, theirs) is None


# -------------------------------------------------------------------- units
@pytest.mark.parametrize(
    ("ours", "theirs", "substance", "value", "expected"),
    [
        ("°F", "Cel", "", 98.6, 37.0), ("lb", "kg", "", 100, 45.359237), ("in", "cm", "", 10, 25.4),
        ("kPa", "mmHg", "", 16, 120.01), ("%", "1", "", 50, 0.5), ("mo", "a", "", 18, 1.5), ("h", "d", "", 36, 1.5),
        ("mg/dL", "mmol/L", "glucose", 90, 4.9957), ("mg/dL", "µmol/L", "creatinine", 1, 88.4),
        ("mmol/L", "mg/dL", "cholesterol", 5, 193.3), ("mg/dL", "mmol/L", "triglycerides", 88.57, 1.0),
        ("g/dL", "g/L", "", 13.5, 135), ("10^3/uL", "10*9/L", "", 7, 7), ("kg/m²", "kg/m2", "", 22, 22),
        ("斤", "kg", "", 120, 60), ("K", "degF", "", 310.15, 98.6),
    ],
)  # fmt: skip
def test_conversions(ours: str, theirs: str, substance: str, value: float, expected: float) -> None:
    there, back = conversion(ours, theirs, substance), conversion(theirs, ours, substance)
    assert there is not None
    assert back is not None
    assert there(value) == pytest.approx(expected, rel=2e-3)
    assert back(there(value)) == pytest.approx(value, rel=1e-6)


def test_units_that_are_not_known_are_only_themselves() -> None:
    assert conversion("furlong", "furlong") is not None
    assert conversion("furlong", "m") is None
    assert standard_unit(" furlong ") == "furlong"
    assert not is_unit("furlong")
    assert conversion("mg/dL", "mmol/L") is None, "of what?"
    assert alternatives("furlong") == ()


def test_a_unit_is_guessed_from_values_and_is_a_question() -> None:
    pair = single(number("temperature", "", 96.5, 102), number("temp", "Cel", 35, 41))
    assert pair is not None
    assert pair.factor == pytest.approx(5 / 9)
    assert not pair.sure
    assert "[degF]" in " ".join(pair.reasons)
    plain = stated_pair(number("temperature", "", 96.5, 102), number("temp", "Cel", 35, 41))
    assert plain is not None
    assert (plain.factor, plain.offset) == (1.0, 0.0)
    assert "no unit is said" in " ".join(plain.reasons)


# -------------------------------------------------------------------- levels
def test_levels_are_put_together_by_what_they_mean() -> None:
    pair = single(category("性别", "男", "女"), category("sex", "f", "m"))
    assert pair is not None
    assert dict(pair.levels) == {"男": "m", "女": "f"}
    assert not pair.sure
    same = single(category("sex", "f", "m"), category("gender", "m", "f"))
    assert same is not None
    assert same.sure
    assert same.levels == ()
    assert single(category("sex", "a", "b"), category("grade", "x", "y")) is None


def test_levels_that_are_ambiguous_are_left_alone() -> None:
    pair = stated_pair(category("sex", "f", "female", "m"), category("sex", "female", "male"))
    assert pair is not None
    assert pair.levels == ()


# -------------------------------------------------------------------- one to one, order, size
def test_the_map_is_one_to_one_and_does_not_depend_on_order() -> None:
    ours, _ = renamed_sample("abbreviations", values=True)
    first = match_columns(ours, sample_profile().features)
    again = match_columns(ours[::-1], sample_profile().features)
    assert set(first.pairs) == set(again.pairs)
    assert len({pair.ours for pair in first.pairs}) == len({pair.theirs for pair in first.pairs}) == 10


def test_nothing_to_match() -> None:
    assert match_columns([], [number("a")]) == ColumnMap(pairs=(), theirs_left=("a",))
    assert match_columns([number("a")], []).ours_left == ("a",)
    assert SURE > 0.7


def test_hostile_names_and_many_columns_are_quick() -> None:
    nasty = ["\u202e\u202eega", "a" * 100_000, "((((" * 5_000, "年" * 5_000, "_" * 5_000, "A1b2" * 2_000]
    started = time.process_time()
    match_columns([number(name) for name in nasty], sample_profile().features)
    assert time.process_time() - started < 0.5
    many = [number(f"c{i}x") for i in range(2_000)]
    started = time.process_time()
    found = match_columns(many, [dataclasses.replace(column) for column in reversed(many)])
    assert time.process_time() - started < 5
    assert all(pair.ours == pair.theirs and pair.sure for pair in found.pairs)
    assert len(found.pairs) == 2_000
