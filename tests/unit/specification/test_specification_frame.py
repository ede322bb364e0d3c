# SPDX-License-Identifier: Apache-2.0
"""Columns into the frame and back."""

import math
import traceback

import numpy as np
import pytest

from lwnode.documents import Column, Profile
from lwnode.errors import SpecificationError
from lwnode.specification import from_frame, raw_matrix, to_frame
from lwnode.specification.frame import blocks, box, public_rows
from tests.support.specification import mixed, numbers

ROOT = math.sqrt(2)
COLUMNS = {
    "age": np.array([0, 50, 100, 200]),
    "sex": np.array(["f", "m", None, "unheard of"], dtype=object),
    "load": np.array([5.0, -5.0, np.nan, np.inf]),
    "ward": np.array(["a", "c", "b", None], dtype=object),
    "not in the profile": np.array(list("wxyz")),
}


def test_raw_rows_have_one_coordinate_per_level() -> None:
    raw = raw_matrix(mixed(), COLUMNS)
    assert raw[0].tolist() == [0, 1, 0, 5, 1, 0, 0]
    assert raw[1].tolist() == [50, 0, 1, -5, 0, 0, 1]
    assert np.isnan(raw[2, 1:3]).all()  # None
    assert np.isnan(raw[3, 1:3]).all()  # an unknown level is a missing value
    assert np.isnan(raw[3, 4:]).all()


def test_the_frame_puts_bounds_at_two_and_missing_values_in_the_middle() -> None:
    frame = to_frame(mixed(), raw_matrix(mixed(), COLUMNS))
    assert frame[:, 0].tolist() == [-2, 0, 2, 4]  # 200 would be at 6: clipped
    assert frame[:, 3].tolist() == [2, -2, 0, 0]  # an infinity is a missing value
    assert frame[0, 1:3].tolist() == [ROOT, 0]
    assert frame[2, 1:3].tolist() == [ROOT / 2, ROOT / 2]
    assert frame[3, 4:].tolist() == pytest.approx([ROOT / 3] * 3)
    assert np.linalg.norm(frame[0, 1:3] - frame[1, 1:3]) == pytest.approx(2)  # two levels are 2 apart


def test_one_missing_coordinate_makes_the_category_missing() -> None:
    frame = to_frame(mixed(), np.array([[50, 1, np.nan, 0, 0, 0, 1]]))
    assert frame[0, 1:3].tolist() == [ROOT / 2, ROOT / 2]


def test_levels_may_be_numbers() -> None:
    profile = Profile.from_bounds({"grade": ["1", "2"], "x": (0, 1)})
    for grades in (np.array([1, 2]), np.array([1.0, 2.0]), np.array([1, 2.0], dtype=object), np.array(["1", "2"])):
        raw = raw_matrix(profile, {"grade": grades, "x": np.zeros(2)})
        assert raw[:, :2].tolist() == [[1, 0], [0, 1]]
    assert np.isnan(raw_matrix(profile, {"grade": np.array([1.5]), "x": np.zeros(1)})[0, 0])


def test_numbers_may_come_with_none() -> None:
    raw = raw_matrix(numbers(1), {"c0": np.array([1, None, 2.5], dtype=object)})
    assert np.array_equal(raw[:, 0], [1, np.nan, 2.5], equal_nan=True)


def test_points_return_to_their_units() -> None:
    frame = public_rows(mixed(), 50, np.random.default_rng(0))
    points = from_frame(mixed(), frame)
    assert points.dtype == np.float32
    assert to_frame(mixed(), points.astype(float)) == pytest.approx(frame, abs=1e-5)


def test_blocks_give_the_same_rows_in_pieces() -> None:
    raw = np.tile(raw_matrix(mixed(), COLUMNS), (2_000, 1))
    parts = list(blocks(mixed(), raw))
    assert len(parts) > 1
    assert max(len(part) for part in parts) <= 5_000
    assert np.array_equal(np.concatenate(parts), to_frame(mixed(), raw))
    some = np.arange(7_999, 0, -1)
    assert np.array_equal(np.concatenate(list(blocks(mixed(), raw, some))), to_frame(mixed(), raw[some]))


def test_public_rows_know_the_profile_only() -> None:
    rows = public_rows(mixed(), 2000, np.random.default_rng(1))
    low, high = box(mixed())
    assert ((rows >= low) & (rows <= high)).all()
    assert rows[:, 0].std() == pytest.approx(1, abs=0.1)
    assert set(np.round(rows[:, 1:3].sum(axis=1), 9)) == {round(ROOT, 9)}
    assert (rows[:, 4:] > 0).mean(axis=0) == pytest.approx([1 / 3] * 3, abs=0.05)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({k: v for k, v in COLUMNS.items() if k != "ward"}, "lack columns of the profile: ward"),
        ({**COLUMNS, "age": np.array(["old", "young", "a", "b"])}, "'age' should hold numbers"),
        ({**COLUMNS, "age": np.zeros(3)}, "different lengths"),
        ({**COLUMNS, "age": np.zeros((4, 2))}, "not one-dimensional"),
    ],
)
def test_columns_that_do_not_fit_are_refused(columns: dict, words: str) -> None:
    with pytest.raises(SpecificationError, match=words):
        raw_matrix(mixed(), columns)


def test_a_refusal_quotes_no_value_of_a_row_also_not_in_its_traceback() -> None:
    told = "secret"[::-1]  # a traceback shows this file's lines as well
    with pytest.raises(SpecificationError) as caught:
        raw_matrix(mixed(), {**COLUMNS, "age": np.array(["61", told, "44", "50"], dtype=object)})
    assert told not in "".join(traceback.format_exception(caught.value))


def test_a_profile_of_an_encoder_takes_no_other_columns() -> None:
    with pytest.raises(SpecificationError, match="but not its columns"):
        raw_matrix(numbers(2, encoder="convolutions/1"), {"c0": np.zeros(2), "c1": np.zeros(2)})


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(SpecificationError, match="7 columns"):
        to_frame(mixed(), np.zeros((3, 6)))


def test_bounds_beyond_float32_are_refused() -> None:
    profile = Profile(name="time", columns=(Column(name="t", type="number", low=1.7e9, high=1.7e9 + 1000),), gamma=1.0)
    with pytest.raises(SpecificationError, match="more digits") as caught:
        from_frame(profile, np.zeros((1, 1)))
    assert "subtract" in caught.value.hint
