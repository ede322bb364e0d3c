# SPDX-License-Identifier: Apache-2.0
"""Round trips of tables, and what holds for scores and encodings whatever the data."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lwnode.documents import Figure, Input
from lwnode.errors import DataError
from lwnode.training import Table, auc, encode, log_loss, read_table
from lwnode.training.columns import as_levels, as_numbers, from_numbers
from lwnode.training.exchange import take_table, write_table
from lwnode.training.intervals import delong, published, wilson
from tests.support.training import table as visits

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=8
)  # quotes, delimiters and every script among them
NUMBERS = st.floats(-1e9, 1e9).map(lambda value: round(value, 3))


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[object]]]:
    """Names, and columns of numbers or words with some of them missing, the first column never."""
    rows = draw(st.integers(1, 30))
    width = draw(st.integers(1, 4))
    names = [f"c{i}" for i in range(width + 1)]
    columns: list[list[object]] = [[float(i) for i in range(rows)]]
    for _ in range(width):
        values = draw(st.sampled_from([NUMBERS, WORDS]))
        columns.append(draw(st.lists(st.none() | values, min_size=rows, max_size=rows)))
    return names, columns


@settings(max_examples=60, deadline=None)
@given(tables(), st.sampled_from(",;\t|"))
def test_a_csv_file_and_a_parquet_file_of_one_content_are_one_table(
    data: tuple[list[str], list[list[object]]], delimiter: str
) -> None:
    names, columns = data
    with tempfile.TemporaryDirectory() as folder:
        text, binary = Path(folder) / "a.csv", Path(folder) / "a.parquet"
        with text.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter=delimiter)
            writer.writerow(names)
            writer.writerows([["" if v is None else v for v in row] for row in zip(*columns, strict=True)])
        first = read_table(text, delimiter=delimiter)
        # what a CSV file cannot tell apart: words that look like numbers, dates or nothing
        arrays = [
            pa.array([None if v is None else str(v) for v in values] if kind else values)
            for values, kind in zip(columns, [first.columns[n].dtype == object for n in names], strict=True)
        ]
        pq.write_table(pa.table(dict(zip(names, arrays, strict=True))), binary)
        second = read_table(binary)
    same = [n for n in names if first.types[n] == second.types[n] and _plain(columns[names.index(n)])]
    for name in same:
        np.testing.assert_array_equal(first.columns[name], second.columns[name])
    if len(same) == len(names):
        assert first.content == second.content
    assert first.read == first.rows + sum(part.count for part in first.rejected) == len(columns[0])


def _plain(values: list[object]) -> bool:
    return not any(isinstance(v, str) and v.strip() in ("NA", "NULL", "null", "nan", "NaN") for v in values)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["1", "2.5", "x", "", '"q"']), max_size=5), min_size=1, max_size=40))
def test_read_is_used_plus_rejected_for_any_lines(rows: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_text("a,b,c\n" + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
        filled = [row for row in rows if row and row != [""]]  # an empty line is no row
        if not any(len(row) == 3 and any(row) for row in filled):
            with pytest.raises(DataError) as caught:
                read_table(path, delimiter=",")
            assert caught.value.hint
            return
        table = read_table(path, delimiter=",")
    assert table.read == len(filled)
    assert table.rows == sum(len(row) == 3 and any(row) for row in filled)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 60))
def test_a_table_goes_to_the_worker_and_comes_out_as_it_was(seed: int, rows: int) -> None:
    table = visits(60, seed).select(np.random.default_rng(seed).integers(0, 60, rows))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.arrow"
        write_table(table, path)
        back = take_table(path)
        assert not path.exists()
    assert set(back.names) == set(table.names) - {"cost"}  # what is ignored stays at home
    for name in back.names:
        np.testing.assert_array_equal(back.columns[name], table.columns[name])
        assert (back.types[name], back.roles[name]) == (table.types[name], table.roles[name])
    assert (back.target, back.name) == (table.target, table.name)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=20))
def test_levels_of_numbers_read_back_as_the_numbers(values: list[float]) -> None:
    column = from_numbers(np.array(values))
    back, lost = as_numbers(as_levels(column.values))
    assert lost == 0
    np.testing.assert_array_equal(back, column.values)
    assert column.infinite == int(np.isinf(values).sum())


@given(st.lists(st.sampled_from(["a", "b", "strange", None]), max_size=30))
def test_encoded_levels_are_positions_or_missing(values: list[str | None]) -> None:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    coded = encode((Input(name="w", type="category", levels=("a", "b")),), {"w": column})[:, 0]
    back = [None if np.isnan(place) else ("a", "b")[int(place)] for place in coded]
    assert back == [value if value in ("a", "b") else None for value in values]


SCORED = st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=50).filter(
    lambda pairs: len({label for label, _ in pairs}) == 2
)


@given(SCORED)
def test_auc_is_symmetric_and_unmoved_by_a_monotone_change(pairs: list[tuple[bool, int]]) -> None:
    y = np.array([label for label, _ in pairs])
    p = np.array([score for _, score in pairs], dtype=float)
    value = auc(y, p)
    assert 0.0 <= value <= 1.0
    assert abs(auc(~y, -p) - value) < 1e-12
    assert auc(y, np.exp(p / 5)) == value
    low, high = delong(y, p)
    assert 0.0 <= low <= value + 1e-12
    assert value - 1e-12 <= high <= 1.0


@given(st.integers(0, 50), st.integers(1, 50))
def test_wilson_contains_the_share(right: int, more: int) -> None:
    n = max(right, more)
    low, high = wilson(right, n)
    assert 0.0 <= low <= right / n + 1e-12
    assert right / n - 1e-12 <= high <= 1.0


@given(st.sampled_from(["auc", "rmse"]), st.lists(st.floats(0.001, 1e6), min_size=3, max_size=3))
def test_what_is_published_promises_no_more_than_was_measured(name: str, values: list[float]) -> None:
    low, value, high = sorted(values)
    out = published(Figure(name=name, value=value, low=low, high=high))
    assert out.low <= low * (1 + 1e-6) + 1e-9
    assert out.high >= high * (1 - 1e-6) - 1e-9
    assert out.low <= out.value <= out.high
    assert name == "rmse" or published(out) == out


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=20))
def test_the_log_loss_of_certainty_is_zero_and_of_doubt_is_more(p: list[float]) -> None:
    shares = np.array(p)
    assert log_loss(np.ones(len(p)), np.ones(len(p))) == 0.0
    assert log_loss(np.ones(len(p)), shares) >= 0.0


def test_the_content_does_not_depend_on_the_order_of_columns() -> None:
    columns = visits(60).columns
    turned = Table.from_frame(pa.table({name: pa.array(list(columns[name])) for name in reversed(list(columns))}))
    assert turned.content == Table.from_frame(pa.table({n: pa.array(list(columns[n])) for n in columns})).content
