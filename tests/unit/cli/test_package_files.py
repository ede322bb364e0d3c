# SPDX-License-Identifier: Apache-2.0
"""``lwnode import`` and ``lwnode export`` with files of the `learnware` package, as a person types them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lwnode.archive.package_zip import read_package_zip
from lwnode.cli import main
from lwnode.specification.interop import ImportedSet, write_json
from tests.support.archive import signed
from tests.support.package import VECTORS, YAML, package_zip
from tests.support.specification import clusters

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def node(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> tuple[int, str, str]:
        status = main([*map(str, arguments), "--home", str(tmp_path / "home")])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    assert call("init", "--organisation", "Test hospital", "--no-passphrase")[0] == 0
    return call


def test_a_specification_is_imported_searched_and_forgotten(node: Run, tmp_path: Path) -> None:
    rows = clusters(300)
    profile, sketch, data = tmp_path / "profile.json", tmp_path / "theirs.json", tmp_path / "mine.csv"
    columns = [{"name": f"c{j}", "type": "number", "low": -2, "high": 2} for j in range(4)]
    profile.write_text(json.dumps({"name": "four", "columns": columns}))
    sketch.write_bytes(
        write_json(ImportedSet(kind="table", points=rows[:150], beta=np.full(150, 1 / 150), gamma=0.1, rows=900))
    )
    with data.open("w", newline="") as file:
        csv.writer(file).writerows([[f"c{j}" for j in range(4)], *rows[150:].tolist()])
    status, out, _ = node("profile", "new", profile, "--json")
    assert status == 0
    known = json.loads(out)["id"]
    status, out, _ = node("import", sketch)
    assert status == 0
    assert "only kept" in out
    status, out, _ = node("import", sketch, "--profile", known[:12], "--json")
    assert status == 0
    (ware,) = json.loads(out)
    status, out, _ = node("search", data)
    assert status == 6  # nothing that could be used was found
    assert "compared only, never run" in out
    assert ware["id"][:12] in out
    status, out, _ = node("import")
    assert (status, out.count(ware["id"][:12])) == (0, 1)
    assert node("import", sketch, "--forget", ware["id"])[0] == 2
    assert node("import", "--forget", ware["id"][:12])[0] == 0
    assert "nothing of the learnware package" in node("import")[1]


def test_a_zip_says_what_is_inside_and_runs_nothing(node: Run, tmp_path: Path) -> None:
    file = tmp_path / "theirs.zip"
    file.write_bytes(package_zip(YAML, stat_json=(VECTORS / "table.json").read_bytes()))
    status, out, _ = node("import", file)
    assert status == 0
    assert "never run" in out
    assert "model.pkl" in out


def test_bad_files_are_one_line_with_a_remedy(node: Run, tmp_path: Path) -> None:
    for content, expected in ((b"{}", 1), (b'{"type":"x"}', 1), (package_zip("- a\n"), 4), (b"nonsense", 4)):
        file = tmp_path / "bad"
        file.write_bytes(content)
        status, _, err = node("import", file)
        assert status == expected
        assert err.startswith("lwnode: ")
        assert err.count("\n") == 1
    assert node("import", tmp_path / "absent")[0] == 2


def test_a_learnware_is_written_in_every_form(node: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.learnware"
    file.write_bytes(signed().archive)
    status, out, _ = node("import", file, "--trust", "--json")
    assert status == 0
    identity = json.loads(out)["id"]
    status, out, _ = node("export", identity[:12], "--out", tmp_path / "x.zip", "--format", "learnware", "--json")
    assert status == 0
    assert json.loads(out)["beside"] == [str(tmp_path / "x.semantic_specification.json")]
    assert read_package_zip((tmp_path / "x.zip").read_bytes()).frame is not None
    assert node("export", identity[:12], "--out", tmp_path / "y.json", "--format", "json")[0] == 0
    assert json.loads((tmp_path / "y.json").read_bytes())["type"] == "RKMETableSpecification"
    assert json.loads((tmp_path / "y.frame.json").read_bytes())["schema"] == "lwnode.profile/1"
    assert node("export", identity[:12], "--out", tmp_path / "z.learnware")[0] == 0
    assert (tmp_path / "z.learnware").read_bytes() == file.read_bytes()
