# SPDX-License-Identifier: Apache-2.0
"""Columns that are not what they look like: each is read in a known way, with a finding, and never a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lwnode.documents import Profile
from lwnode.errors import DataError
from lwnode.specification import raw_matrix, specify, to_frame
from lwnode.specification.matching import Pair
from lwnode.training import Table, as_table, read_table
from lwnode.training.renaming import renamed

N = 60
ROWS = range(N)
# name -> values, the type and role they get, the codes of the findings
COLUMNS: dict[str, tuple[list[str], str, str, list[str]]] = {
    "constant": (["5"] * N, "integer", "ignored", ["column-constant"]),
    "one level": (["x"] * N, "category", "ignored", ["column-constant"]),
    "nothing": ([""] * N, "number", "ignored", ["column-constant"]),
    "visit_code": ([f"ID{i}" for i in ROWS], "text", "identifier", []),
    "patient_id": ([str(i) for i in ROWS], "integer", "identifier", []),
    "long number": ([str(10**13 + i) for i in ROWS], "integer", "identifier", []),
    "iso date": ([f"2024-01-{i % 28 + 1:02d}" for i in ROWS], "text", "ignored", ["column-date"]),
    "german date": ([f"{i % 28 + 1:02d}.01.2024" for i in ROWS], "text", "ignored", ["column-date"]),
    "chinese date": ([f"2024年1月{i % 28 + 1}日" for i in ROWS], "text", "ignored", ["column-date"]),
    "date number": ([str(20240101 + i % 28) for i in ROWS], "integer", "feature", ["column-date"]),
    "one odd value": ([str(i * 1.5) if i != 7 else "<5" for i in ROWS], "text", "identifier", ["mixed-values"]),
    "with units": ([f"{i} mg" for i in ROWS], "text", "identifier", ["mixed-values"]),
    "with percent": ([f"{i % 5}%" for i in ROWS], "category", "feature", ["mixed-values"]),
    "half and half": (["12" if i % 2 else "abc" for i in ROWS], "category", "feature", ["mixed-values"]),
    "infinite": (["inf" if i == 3 else str(i * 0.5) for i in ROWS], "number", "feature", ["infinite"]),
    "grade": ([f"{i % 3 + 1}a" for i in ROWS], "category", "feature", ["mixed-values"]),
    "ward": (["a" if i % 2 else "b" for i in ROWS], "category", "feature", []),
    "plain": ([str(i % 17) for i in ROWS], "integer", "feature", []),
    "year": ([str(2000 + i % 20) for i in ROWS], "integer", "feature", []),
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("columns") / "odd.csv"
    lines = [",".join(COLUMNS)] + [",".join(row) for row in zip(*(c[0] for c in COLUMNS.values()), strict=True)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def table(file: Path) -> Table:
    return read_table(file)


@pytest.mark.parametrize("name", COLUMNS)
def test_each_is_read_in_a_known_way_and_remarked(table: Table, name: str) -> None:
    values, kind, role, codes = COLUMNS[name]
    assert (table.types[name], table.roles[name]) == (kind, role)
    remarks = [finding for finding in table.findings if finding.where == name]
    assert [finding.code for finding in remarks] == codes
    shown = {value for value in values if len(value) > 3}
    assert not any(value in finding.message for finding in remarks for value in shown), "no finding quotes a value"


def test_a_target_is_not_remarked(file: Path) -> None:
    table = read_table(file, target="with percent")
    assert not [f for f in table.findings if f.where == "with percent"]


def profile() -> Profile:
    numbers = ("constant", "iso date", "half and half", "one odd value", "plain", "patient_id", "nothing")
    bounds: dict[str, Any] = dict.fromkeys(numbers, (0, 10))
    return Profile.from_bounds(bounds | {"ward": ["a", "c"], "one level": ["y"]})


def test_a_profile_s_view_of_them_is_remarked_too(file: Path) -> None:
    table = read_table(file, profile=profile())
    found = {(finding.code, finding.where) for finding in table.findings}
    assert found >= {
        ("not-a-number", "iso date"), ("not-a-number", "half and half"), ("not-a-number", "one odd value"),
        ("identifier-feature", "patient_id"), ("level-unknown", "ward"), ("level-unknown", "one level"),
    }  # fmt: skip
    constant = next(f for f in table.findings if f.where == "constant")
    assert "ignored" not in constant.message, "the profile makes it a feature"


@pytest.mark.parametrize("privacy", ["no-noise", "public", "private"])
def test_a_specification_of_them_is_finite(file: Path, privacy: str) -> None:
    frame = profile()
    table = read_table(file, profile=frame)
    raw = raw_matrix(frame, table.features([column.name for column in frame.features]))
    assert np.isfinite(to_frame(frame, raw)).all()
    how: dict[str, Any] = {"epsilon": 8.0, "rng": np.random.default_rng(0)} if privacy == "private" else {}
    spec = specify(raw, frame, privacy=privacy, size=5, **how)  # type: ignore[arg-type]
    assert np.isfinite(spec.points).all()


def test_a_level_nobody_has_seen_is_a_missing_value() -> None:
    frame = Profile.from_bounds({"ward": ["a", "c"], "x": (0, 1)})
    raw = raw_matrix(frame, {"ward": np.array(["a", "new", None], dtype=object), "x": np.zeros(3)})
    assert np.isnan(raw[1, :2]).all()
    assert (to_frame(frame, raw)[1] == to_frame(frame, raw)[2]).all()


@pytest.mark.parametrize(
    "values",
    [[1, "a", None, {}], [[1], [2, 3]], [{1}, None], [None, np.zeros(2)]],
    ids=["a dict", "lists", "a set", "an array"],
)
def test_structures_are_refused(values: list[Any]) -> None:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    with pytest.raises(DataError) as refusal:
        as_table({"x": column})
    assert refusal.value.hint


@pytest.mark.parametrize(
    "values",
    [[10**400, 1], [b"a", b"b"], [True, None], [1 + 2j], [object(), 3], [float("nan"), None], ["\ud800", "a"]],
    ids=["huge", "bytes", "truth", "complex", "object", "nothing", "half a letter"],
)
def test_odd_objects_become_a_table(values: list[Any]) -> None:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    table = as_table({"x": column})
    assert table.rows == len(values)
    assert table.content


# -------------------------------------------------------------------- read under a map
def test_a_map_renames_converts_and_respells() -> None:
    sex = np.array(["男", "女", None, "男"], dtype=object)
    table = as_table({"temp_f": np.array([98.6, 212.0, np.nan, 32.0]), "性别": sex, "rest": np.arange(4.0)})
    out = renamed(
        table,
        [
            Pair(ours="temp_f", theirs="temp", factor=5 / 9, offset=-160 / 9),
            Pair(ours="性别", theirs="sex", levels=(("男", "m"), ("女", "f"))),
        ],
    )
    assert out.names == ("temp", "sex", "rest")
    np.testing.assert_allclose(out.columns["temp"], [37.0, 100.0, np.nan, 0.0], atol=1e-9)
    assert out.columns["sex"].tolist() == ["m", "f", None, "m"]
    assert out.types["temp"] == "number"
    assert table.columns["性别"].tolist() == ["男", "女", None, "男"], "the table itself does not change"


def test_a_map_keeps_target_roles_and_remarks_under_the_new_names(file: Path) -> None:
    table = read_table(file, target="plain")
    out = renamed(table, [Pair(ours="plain", theirs="outcome"), Pair(ours="constant", theirs="same")])
    assert (out.target, out.roles["outcome"], out.roles["same"]) == ("outcome", "target", "ignored")
    assert any(finding.where == "same" for finding in out.findings)
    assert not any(finding.where == "constant" for finding in out.findings)


def test_a_map_may_swap_and_never_merges() -> None:
    table = as_table({"a": np.arange(3.0), "b": np.ones(3)})
    out = renamed(table, [Pair(ours="a", theirs="b"), Pair(ours="b", theirs="a")])
    assert out.columns["b"].tolist() == [0, 1, 2]
    for pairs in (
        [Pair(ours="a", theirs="b")],
        [Pair(ours="a", theirs="c"), Pair(ours="b", theirs="c")],
        [Pair(ours="a", theirs="c"), Pair(ours="a", theirs="d")],
        [Pair(ours="nobody", theirs="c")],
    ):
        with pytest.raises(DataError):
            renamed(table, pairs)
