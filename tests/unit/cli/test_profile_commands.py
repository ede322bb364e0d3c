# SPDX-License-Identifier: Apache-2.0
"""The profile commands as a person types them: drawing at a price, matching, mapping, the next version."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lwnode.cli import main
from tests.support.homes import SAMPLE

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = main([*arguments, "--home", str(tmp_path / "home")])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    assert call("init", "--organisation", "Test hospital", "--no-passphrase")[0] == 0
    return call


@pytest.fixture
def ward(tmp_path: Path) -> Path:
    """A ward's own table: names and units of its own."""
    rng = np.random.default_rng(0)
    lines = ["年龄,SBP_kPa,place"]
    lines += [
        f"{a:.0f},{b:.2f},{'north' if i % 2 else 'south'}"
        for i, (a, b) in enumerate(zip(rng.uniform(20, 90, 4000), rng.normal(17, 2, 4000), strict=True))
    ]
    file = tmp_path / "ward.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_a_profile_is_drawn_from_data_at_a_price(run: Run, ward: Path, tmp_path: Path) -> None:
    assert run("data", "add", str(ward), "--name", "ward")[0] == 0
    status, out, err = run("profile", "new", "--from-data", "ward", "--epsilon", "0.5")
    assert status == 0, err
    assert "ε 0.5 was charged; 0.50 of 4 is spent" in out
    assert "place: many rows have a level that is not a common one" in out
    status, out, _ = run("profile", "new", "--from-data", "ward", "--epsilon", "0.5")
    assert status == 0
    assert "the same draw as before, free" in out
    file = tmp_path / "half.json"
    place = {"name": "place", "type": "category", "levels": ["north", "south"]}
    file.write_text(json.dumps({"name": "wards", "columns": [place, {"name": "年龄", "unit": "a"}]}))
    status, out, _ = run("profile", "new", str(file), "--from-data", "ward", "--epsilon", "1", "--json")
    assert status == 0
    made = json.loads(out)
    assert made["profile"]["name"] == "wards"
    columns = {column["name"]: column for column in made["profile"]["columns"]}
    assert columns["place"]["levels"] == ["north", "south"]
    assert columns["年龄"]["unit"] == "a"
    assert made["profile"]["origin"] == "quantiles"
    status, out, _ = run("budget", "ward")
    assert "bounds of 3 columns for a profile" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "needs its FILE"),
        (("--epsilon", "1"), "needs its FILE"),
        (("--from-data", "nobody", "--epsilon", "1"), "no data set 'nobody'"),
        (("--from-data", "ward"), "have a price"),
        (("--from-data", "ward", "--epsilon", "0.01"), "too few"),
        (("--from-data", "ward", "--epsilon", "-1"), "epsilon"),
        (("--from-data", "ward", "--epsilon", "9"), "cap"),
    ],
)
def test_what_cannot_be_drawn_is_one_line_with_a_remedy(
    run: Run, ward: Path, arguments: tuple[str, ...], words: str
) -> None:
    assert run("data", "add", str(ward), "--name", "ward")[0] == 0
    status, out, err = run("profile", "new", *arguments)
    assert status != 0
    assert out == ""
    assert err.count("\n") == 1
    assert words in err
    assert " -- " in err
    assert "nothing was drawn" in run("budget", "ward")[1]


def test_a_table_is_matched_and_added_under_a_map(run: Run, ward: Path, tmp_path: Path) -> None:
    file = tmp_path / "profile.json"
    columns = [
        {"name": "age_years", "unit": "a", "low": 0, "high": 110},
        {"name": "systolic_mmhg", "unit": "mm[Hg]", "low": 60, "high": 220},
    ]
    file.write_text(json.dumps({"name": "two", "columns": columns}))
    identity = json.loads(run("profile", "new", str(file), "--json")[1])["id"]
    assert run("profile", "new", str(SAMPLE / "profile.json"))[0] == 0
    status, out, _ = run("profile", "match", str(ward))
    assert status == 0
    assert out.index("two (") < out.index("hospital discharges")
    assert "SBP_kPa" in out
    assert "× 7.50062" in out
    assert "missing: " in out
    assert "not used: place" in out
    assert run("data", "list")[1].startswith("no data set yet"), "matching registers nothing"
    status, out, err = run("data", "add", str(ward), "--profile", identity[:12], "--accept-map", "--json")
    assert status == 0, err
    features = {c["name"]: c for c in json.loads(out)["columns"] if c["role"] == "feature"}
    assert set(features) == {"age_years", "systolic_mmhg"}
    maps = ("--map", "年龄=age_years", "--map", "SBP_kPa=systolic_mmhg")
    assert run("data", "add", str(ward), "--name", "again", "--profile", identity[:12], *maps)[0] == 0
    for bad, words in (("年龄", "is not COLUMN=PROFILE_COLUMN"), ("年龄=nobody", "no column 'nobody'")):
        status, _, err = run("data", "add", str(ward), "--name", "x", "--profile", identity[:12], "--map", bad)
        assert status == 2
        assert words in err


def test_the_next_version_says_what_it_needs(run: Run) -> None:
    identity = json.loads(run("profile", "new", str(SAMPLE / "profile.json"), "--json")[1])["id"]
    status, out, _ = run("profile", "next", identity[:12])
    assert status == 0
    assert "no next version: 0 learnwares" in out
    status, _, err = run("profile", "next", identity[:12], "--share")
    assert status == 2
    assert "no next version to share" in err
