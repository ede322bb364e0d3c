# SPDX-License-Identifier: Apache-2.0
"""The island profile: made from typed bounds, its ids, and what it refuses to be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lwnode.documents import Column, Profile, decode, encode
from lwnode.errors import DocumentError

BOUNDS: dict[str, Any] = {"age": (0, 110), "sex": ["f", "m"], "stay": (0, 60.5)}
PROFILE = Profile.from_bounds(BOUNDS, units={"age": "a", "stay": "d"}, name="admissions", target="readmitted")


def test_from_bounds():
    age, sex, stay, readmitted = PROFILE.columns
    assert (age.type, age.low, age.high, age.unit) == ("number", 0.0, 110.0, "a")
    assert (sex.type, sex.levels, sex.low) == ("category", ("f", "m"), None)
    assert (stay.high, stay.unit) == (60.5, "d")
    assert readmitted.role == "target"
    assert PROFILE.target == readmitted
    assert PROFILE.features == (age, sex, stay)
    assert PROFILE.width == 4
    assert PROFILE.gamma == 1 / 3
    assert PROFILE.origin == "bounds"


def test_gamma_may_be_stated():
    assert Profile.from_bounds(BOUNDS, gamma=0.25).gamma == 0.25
    assert Profile.from_bounds(BOUNDS).target is None


def test_round_trip():
    assert decode(encode(PROFILE), Profile) == PROFILE


def test_two_nodes_with_the_same_bounds_have_the_same_profile():
    again = Profile.from_bounds(dict(BOUNDS), units={"stay": "d", "age": "a"}, name="admissions", target="readmitted")
    assert again.id == PROFILE.id


@pytest.mark.parametrize(
    ("changes", "same_schema"),
    [
        ({"name": "other"}, True),
        ({"gamma": 0.5}, True),
        ({"version": 2}, True),
        ({"seed": 8}, True),
        ({"origin": "quantiles"}, True),
        ({"encoder": "hashed words"}, False),
        ({"columns": PROFILE.columns[:3]}, True),  # without the target
        ({"columns": (replace(PROFILE.columns[0], high=120.0), *PROFILE.columns[1:])}, True),
        ({"columns": (replace(PROFILE.columns[0], description="years"), *PROFILE.columns[1:])}, True),
        ({"columns": (replace(PROFILE.columns[0], type="integer"), *PROFILE.columns[1:])}, True),
        ({"columns": (replace(PROFILE.columns[0], unit="mo"), *PROFILE.columns[1:])}, False),
        ({"columns": (replace(PROFILE.columns[0], name="Age"), *PROFILE.columns[1:])}, False),
        ({"columns": (PROFILE.columns[1], PROFILE.columns[0], *PROFILE.columns[2:])}, False),
        (
            {"columns": (PROFILE.columns[0], replace(PROFILE.columns[1], levels=("m", "f")))},
            False,
        ),
        ({"columns": PROFILE.columns[1:]}, False),
    ],
)
def test_ids_tell_profiles_and_schema_ids_tell_schemas_apart(changes, same_schema):
    other = replace(PROFILE, **changes)
    assert other.id != PROFILE.id
    assert (other.schema_id == PROFILE.schema_id) == same_schema


def column(**changes: Any) -> tuple[Column, ...]:
    base: dict[str, Any] = {"name": "age", "type": "number", "low": 0.0, "high": 1.0}
    return (Column(**{**base, **changes}),)


WITHOUT_MEANING: dict[str, dict[str, Any]] = {
    "no name": {"name": " "},
    "no columns": {"columns": ()},
    "no feature": {"columns": column(role="identifier")},
    "a column twice": {"columns": column() * 2},
    "a column without a name": {"columns": column(name="")},
    "too many columns": {"columns": tuple(column(name=f"c{n}")[0] for n in range(2_001))},
    "gamma 0": {"gamma": 0.0},
    "gamma below 0": {"gamma": -1.0},
    "gamma NaN": {"gamma": float("nan")},
    "gamma infinite": {"gamma": float("inf")},
    "no low bound": {"columns": column(low=None)},
    "no high bound": {"columns": column(high=None)},
    "bounds equal": {"columns": column(low=1.0)},
    "bounds the wrong way": {"columns": column(low=2.0)},
    "an infinite bound": {"columns": column(high=float("inf"))},
    "a bound of NaN": {"columns": column(low=float("nan"))},
    "bounds too far apart": {"columns": column(low=-1.7e308, high=1.7e308)},
    "a category without levels": {"columns": column(type="category")},
    "a level twice": {"columns": column(type="category", levels=("f", "f"))},
    "too many levels": {"columns": column(type="category", levels=tuple(map(str, range(1_001))))},
    "free text as a feature": {"columns": column(type="text")},
}


@pytest.mark.parametrize("changes", WITHOUT_MEANING.values(), ids=WITHOUT_MEANING.keys())
def test_without_meaning(changes):
    with pytest.raises(DocumentError):
        replace(PROFILE, **changes)


@pytest.mark.parametrize("changes", [{"gamma": -1}, {"columns": []}, {"name": ""}])
def test_without_meaning_on_the_wire(changes):
    import msgspec

    plain = {**msgspec.to_builtins(PROFILE), **changes}
    with pytest.raises(DocumentError):
        decode(encode(plain), Profile)


@pytest.mark.parametrize(
    ("bounds", "units"),
    [
        ({"age": (0, 110)}, {"stay": "d"}),
        ({"age": (0,)}, {}),
        ({"age": (0, 1, 2)}, {}),
        ({"age": (110, 0)}, {}),
        ({"age": (0, float("inf"))}, {}),
        ({"sex": ["f", "f"]}, {}),
        ({"sex": []}, {}),
        ({}, {}),
    ],
)
def test_bounds_that_cannot_be(bounds, units):
    with pytest.raises(DocumentError):
        Profile.from_bounds(bounds, units=units)
