# SPDX-License-Identifier: Apache-2.0
"""Rare categories in lists and in a model's words."""

import numpy as np
import pytest

from lwnode.specification.audit import audit_levels, audit_words

WARD = np.array(["Surgery"] * 40 + ["Burns"] * 9 + ["Day unit"] * 10 + [None] * 3, dtype=object)


@pytest.mark.parametrize(
    ("levels", "said"),
    [(("Burns", "Surgery"), "a level"), (("Burns",), "a level"), (("Surgery", "Day unit"), None), (("Unheard",), None)],
)
def test_levels_of_few_rows_are_a_warning_without_the_level(levels: tuple, said: str | None) -> None:
    found = audit_levels({"ward": levels}, {"ward": WARD}, where="card.json")
    assert [(one.code, one.severity, one.where) for one in found] == [("rare-levels", "warn", "card.json")] * bool(said)
    assert all(said in one.message and "Burns" not in one.message for one in found)


def test_each_column_is_counted_and_others_are_passed_over() -> None:
    place = np.array([1.0, 2.0, 2.0, np.nan] * 12 + [3.0])
    found = audit_levels({"place": ("1", "2", "3"), "gone": ("x",)}, {"place": place}, where="profile.json")
    assert [one.message.split(" lists ")[0] for one in found] == ["column 'place'"]
    both = audit_levels({"ward": ("Burns", "ICU")}, {"ward": np.append(WARD, ["ICU"])}, where="")
    assert "2 levels" in both[0].message


def test_words_of_a_model_that_single_rows_hold() -> None:
    names = np.array([f"Person {k}" for k in range(30)], dtype=object)
    columns = {"name": names, "ward": WARD}
    (found,) = audit_words({"Person 3", "Person 4", "Surgery", "input"}, columns, where="model.onnx")
    assert (found.code, found.severity) == ("rare-words", "warn")
    assert "2 values of column 'name'" in found.message
    assert "Person" not in found.message
    assert audit_words({"Surgery", "Day unit", "input", ""}, columns, where="model.onnx") == ()
