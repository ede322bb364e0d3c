# SPDX-License-Identifier: Apache-2.0
"""Under a profile no cell decides how another one is read: the privacy proof needs rows that stand alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lwnode.documents import Profile
from lwnode.specification import raw_matrix, to_frame
from lwnode.training import read_table

ROWS = 60
VALUES = [f"{value:.3f}" for value in np.random.default_rng(0).random(ROWS)]
TIMES = ["2020-01-02 00:00:00", "2021-01-02 00:00:00"]


def frame_of(file: Path, lines: list[str], profile: Profile, decimal: str = ".") -> np.ndarray:
    file.write_text("\n".join(["x;s", *lines]))
    table = read_table(file, profile=profile, delimiter=";", decimal=decimal)
    return to_frame(profile, raw_matrix(profile, table.features(("x", "s"))))


@pytest.mark.parametrize(
    ("cells", "levels", "odd"),
    [
        (["0", "1"], ["0", "1"], "0.5;abc"),
        (["0", "1"], ["0", "1"], "0.5;true"),
        (["0", "1"], ["0", "1"], "true;1"),
        (["1.0", "0.0"], ["0", "1"], "0.5;abc"),
        (["00", "01"], ["0", "1"], "0.5;abc"),
        (["00", "01"], ["00", "01"], "0.5;abc"),
        (["True", "False"], ["true", "false"], "0.5;maybe"),
        (["true", "false"], ["True", "False"], "0.5;1"),
        (TIMES, TIMES, "0.5;x"),
        (["a", "b"], ["a", "b"], "<5;a"),
        (["a", "b"], ["a", "b"], "1_000;a"),
        (["a", "b"], ["a", "b"], "0x10;a"),
        (["a", "b"], ["a", "b"], ";"),
    ],
)
def test_one_cell_moves_no_other_row(cells: list[str], levels: list[str], odd: str, tmp_path: Path) -> None:
    profile = Profile.from_bounds({"x": (0.0, 1.0), "s": levels})
    lines = [f"{value};{cells[i % 2]}" for i, value in enumerate(VALUES)]
    before = frame_of(tmp_path / "t.csv", lines, profile)
    after = frame_of(tmp_path / "t.csv", [*lines[:7], odd, *lines[8:]], profile)
    others = np.arange(ROWS) != 7
    assert np.isfinite(before).all()
    assert (before[:, 1:].max(axis=1) == before[:, 1:].max()).all(), "every level was known"
    if odd != ";":  # a line without any value is in no table
        assert np.array_equal(before[others], after[others])
    else:
        assert np.array_equal(before[others], after)


def test_a_decimal_comma_is_read_cell_by_cell(tmp_path: Path) -> None:
    profile = Profile.from_bounds({"x": (0.0, 1.0), "s": ["a", "b"]})
    lines = [f"{value.replace('.', ',')};a" for value in VALUES]
    before = frame_of(tmp_path / "t.csv", lines, profile, decimal=",")
    after = frame_of(tmp_path / "t.csv", [*lines[:7], "0.5;a", *lines[8:]], profile, decimal=",")
    others = np.arange(ROWS) != 7
    assert len(set(before[:, 0].tolist())) > 50
    assert np.array_equal(before[others], after[others])


def test_what_is_no_number_is_counted(tmp_path: Path) -> None:
    profile = Profile.from_bounds({"x": (0.0, 1.0), "s": ["a", "b"]})
    (tmp_path / "t.csv").write_text("x,s\n0.5,a\n<5,a\n inf ,b\n1e-1 ,b\n,a\n")
    table = read_table(tmp_path / "t.csv", profile=profile)
    assert table.columns["x"].tolist()[0] == 0.5
    assert table.columns["x"].tolist()[3] == 0.1
    (finding,) = [finding for finding in table.findings if finding.code == "not-a-number"]
    assert "2 values" in finding.message
