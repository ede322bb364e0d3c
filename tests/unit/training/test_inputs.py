# SPDX-License-Identifier: Apache-2.0
"""The matrix a model takes, and what the inputs may say about the rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lwnode.documents import Input
from lwnode.errors import DataError
from lwnode.training import as_table, encode, model_inputs, read_table
from tests.support.training import csv_file, table


def test_rare_levels_are_not_published() -> None:
    levels = np.array(["c"] * 30 + ["a"] * 10 + ["rare"] * 9 + ["once", None], dtype=object)
    made = as_table({"ward": levels, "x": np.arange(51.0)})
    inputs = model_inputs(made)
    assert inputs[0] == Input(name="ward", type="category", levels=("a", "c"))
    coded = encode(inputs, made.columns)[:, 0]
    assert coded[:40].tolist() == [1.0] * 30 + [0.0] * 10
    assert np.isnan(coded[40:]).all()


def test_at_most_a_hundred_levels_and_the_frequent_ones_are_kept(tmp_path: Path) -> None:
    names = [f"l{i:03d}" for i in range(120)]
    rows = [name for i, name in enumerate(names) for _ in range(10 + (i >= 20))]
    path = csv_file(tmp_path, "a\n" + "\n".join(rows) + "\n")
    made = read_table(path, types={"a": "category"})
    assert model_inputs(made)[0].levels == tuple(names[20:])


def test_the_order_of_levels_says_nothing_about_their_frequency() -> None:
    few_a = np.array(["a"] * 10 + ["b"] * 90, dtype=object)
    few_b = np.array(["a"] * 90 + ["b"] * 10, dtype=object)
    assert model_inputs(as_table({"w": few_a})) == model_inputs(as_table({"w": few_b}))


def test_columns_without_information_are_not_inputs() -> None:
    made = as_table({"x": np.arange(60.0), "y": np.array(list("ab") * 30, dtype=object)})
    constant = made.select(np.zeros(60, dtype=int))
    with pytest.raises(DataError, match="no column to learn from") as caught:
        model_inputs(constant)
    assert "feature" in caught.value.hint
    assert [port.name for port in model_inputs(constant, every=True)] == ["x", "y"]
    absent = as_table({"w": np.array(["a", None] * 30, dtype=object)})  # one level, and whether it is known
    assert model_inputs(absent)[0].levels == ("a",)


def test_numbers_go_in_as_they_are_and_what_does_not_fit_is_missing() -> None:
    inputs = (Input(name="x", type="number"), Input(name="w", type="category", levels=("1", "b")))
    columns = {"x": np.array([1.5, 1e300, np.nan, -0.0]), "w": np.array(["b", "zzz", None, "1"], dtype=object)}
    coded = encode(inputs, columns)
    assert coded.dtype == np.float32
    np.testing.assert_array_equal(coded, np.array([[1.5, 1], [np.nan, np.nan], [np.nan, np.nan], [0, 0]], "f4"))
    numbers = encode(inputs, {**columns, "w": np.array([1.0, 2.0, np.nan, 1.0])})  # a level stored as a number
    np.testing.assert_array_equal(numbers[:, 1], np.array([0, np.nan, np.nan, 0], "f4"))
    text = encode(inputs[:1], {"x": np.array(["2.5", None], dtype=object)})  # a number stored as text
    np.testing.assert_array_equal(text[:, 0], np.array([2.5, np.nan], "f4"))


def test_columns_that_do_not_suit_are_refused_without_a_value() -> None:
    inputs = model_inputs(table(100))
    assert [port.name for port in inputs] == ["age", "dose", "ward"]
    columns = dict(table(100).columns)
    with pytest.raises(DataError, match="needs a column 'dose'") as caught:
        encode(inputs, {"age": columns["age"], "Dose": columns["dose"], "ward": columns["ward"]})
    assert caught.value.hint == "did you mean 'Dose'?"
    with pytest.raises(DataError, match="something else is there: 100 values") as caught:
        encode(inputs, {**columns, "age": np.array(["Zebedee"] * 100, dtype=object)})
    assert "Zebedee" not in str(caught.value)
    with pytest.raises(DataError, match="differ in length"):
        encode(inputs, {**columns, "age": columns["age"][:5]})
