# SPDX-License-Identifier: Apache-2.0
"""Commands as a person types them: what is printed, the exit status, and one line with a remedy for bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lwnode.cli import main
from tests.support.homes import SAMPLE, TARGET

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str, home: str = "home") -> tuple[int, str, str]:
        status = main([*arguments, "--home", str(tmp_path / home)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def node(run: Run) -> Run:
    assert run("init", "--organisation", "Test hospital", "--no-passphrase")[0] == 0
    return run


def test_the_whole_path_in_commands(node: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LWNODE_AUDIT_SECONDS")  # the attacks are rehearsed for as long as a person would wait
    assert node("profile", "new", str(SAMPLE / "profile.json"))[0] == 0
    data = str(SAMPLE / "hospital_c_geriatric.csv")
    status, out, _ = node("data", "add", data, "--target", TARGET, "--name", "old patients")
    assert status == 0
    assert "3000 rows used, 0 rejected, 10 features" in out
    assert "patient_id: identifier" in out
    status, out, _ = node("train", "old patients", "--preset", "quick", "--json")
    assert status == 0
    model = json.loads(out)["id"]
    about = ("--name", "Readmission", "--description", "Back within 30 days", "--scenario", "Health")
    status, out, _ = node("publish", model[:12], "--preview", *about)
    assert status == 0
    assert "What would leave" in out
    assert "Nothing has left yet" in out
    assert "at most 58 times in 100" in out
    status, out, _ = node("drafts", "--json")
    digest = json.loads(out)[0]["digest"]
    status, out, _ = node("publish", digest[:16])
    assert status == 0
    assert "signed and published" in out
    clinic = str(SAMPLE / "new_clinic_unlabelled.csv")
    status, out, _ = node("search", clinic)
    assert status == 0
    assert "Verdict: fits" in out
    assert "Nothing was sent" in out
    predictions, kept = tmp_path / "out.csv", tmp_path / "report.json"
    status, out, _ = node("reuse", clinic, "--search", "last", "--out", str(predictions), "--report", str(kept))
    assert status == 0
    assert "nothing is known of how good" in out
    report = json.loads(kept.read_text())
    assert len(report["coverage"]) == len(report["covered"]) == 600
    assert [member["learnware"] for member in report["members"]] == [digest]
    status, _, err = node("reuse", clinic, "--search", "last", "--out", str(predictions), "--report", str(predictions))
    assert status == 2
    assert "a file each" in err
    lines = predictions.read_text().splitlines()
    assert lines[0] == "prediction,p(0),p(1),covered"
    assert len(lines) == 601
    status, out, _ = node("outbox", "list")
    assert status == 0
    assert "nothing has left" in out
    status, out, _ = node("budget", "old patients")
    assert "ε 1.00 of 4" in out
    archive = tmp_path / "x.learnware"
    assert node("export", digest[:12], "--out", str(archive))[0] == 0
    assert node("verify", str(archive))[0] == 0
    assert node("withdraw", digest[:12], "--reason", "test")[0] == 0
    assert node("search", clinic)[0] == 6
    status, out, err = node("reuse", clinic, "--search", "last", "--out", str(predictions))
    assert status == 6
    assert "nothing fits" in err


@pytest.mark.parametrize(
    ("content", "arguments", "words"),
    [
        (None, (), "there is no file"),
        (b"", (), "empty"),
        (b"a,b\n", (), "no rows"),
        ("größe,b\n1,2\n".encode("latin-1"), (), "UTF-8"),
        (b"a,b\n1,2\n3,4\n", ("--target", "bb"), "did you mean"),
        (b"a,a\n1,2\n3,4\n", (), "more than one column"),
    ],
)
def test_bad_tables_are_one_line_with_a_remedy(
    node: Run, tmp_path: Path, content: bytes | None, arguments: tuple[str, ...], words: str
) -> None:
    file = tmp_path / "table.csv"
    if content is not None:
        file.write_bytes(content)
    status, out, err = node("data", "add", str(file), *arguments)
    assert status == 2, err
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("lwnode: ")
    assert " -- " in err, "a remedy stands behind the dash"
    assert words in err
    assert node("data", "list")[1].startswith("no data set yet")


def test_a_table_that_is_not_utf_8_is_registered_under_its_encoding(node: Run, tmp_path: Path) -> None:
    file = tmp_path / "patients.csv"
    rows = "".join(f"{i};{i % 7},5;{'是' if i % 3 else '否'}\n" for i in range(60))
    file.write_bytes(("年龄;血压;再入院\n" + rows).encode("gb18030"))
    status, _, err = node("data", "add", str(file), "--target", "再入院")
    assert status == 2
    assert "--encoding" in err
    status, out, err = node("data", "add", str(file), "--target", "再入院", "--encoding", "gb18030", "--decimal", ",")
    assert status == 0, err
    assert "60 rows used, 0 rejected, 2 features" in out
    status, out, _ = node("train", "patients", "--preset", "quick", "--json")
    assert status == 0
    assert json.loads(out)["card"]["inputs"][1]["name"] == "血压"


def test_a_column_is_withheld_by_a_word(node: Run, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("a,b,y\n" + "".join(f"{i},{i * 2},{i % 2}\n" for i in range(70)))
    status, out, _ = node("data", "add", str(file), "--target", "y", "--withhold", "b")
    assert status == 0
    assert "b: ignored, no model learns from it" in out
    status, _, err = node("data", "add", str(file), "--target", "y", "--withhold", "c")
    assert status == 2
    assert "'c'" in err


def test_what_the_reading_took_as_missing_is_said(node: Run, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("a,b,y\n" + "".join(f"{'inf' if i % 7 == 0 else i},{i * 2},{i % 2}\n" for i in range(70)))
    status, out, _ = node("data", "add", str(file), "--target", "y")
    assert status == 0
    assert "a: missing, because infinite: 10 values" in out


def write(file: Path, columns: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]) -> str:
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(str(value) for value in row) for row in rows)]
    file.write_text("\n".join(lines) + "\n")
    return str(file)


def test_tables_that_cannot_be_learnt_from(node: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    few = write(tmp_path / "few.csv", {"x": rng.normal(size=40), "y": np.arange(40) % 2})
    constant = write(tmp_path / "constant.csv", {"x": np.ones(100), "y": np.arange(100) % 2})
    one = write(tmp_path / "one.csv", {"x": rng.normal(size=100), "y": np.ones(100)})
    for file, words in ((few, "50"), (constant, "feature"), (one, "one class")):
        status, _, err = node("train", file, "--target", "y", "--preset", "quick")
        assert status == 2, (file, err)
        assert words in err
        assert err.count("\n") == 1
    assert node("models")[1].startswith("no model yet")


def test_nan_and_infinity_are_missing_not_fatal(node: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    y = (x > 0).astype(int)
    x[:5], x[5:10] = np.nan, np.inf
    file = write(tmp_path / "holes.csv", {"x": x, "z": rng.normal(size=200), "y": y})
    assert node("train", file, "--target", "y", "--preset", "quick")[0] == 0


def test_no_node_no_surprise(run: Run) -> None:
    status, _, err = run("status")
    assert status == 2
    assert "lwnode init" in err


def test_init_twice(node: Run) -> None:
    status, _, err = node("init", "--organisation", "Other", "--no-passphrase")
    assert status == 2
    assert "already" in err


def test_wrong_passphrase_is_not_verified(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LWNODE_PASSPHRASE", "right")
    assert run("init", "--organisation", "n")[0] == 0
    monkeypatch.setenv("LWNODE_PASSPHRASE", "wrong")
    status, _, err = run("status")
    assert status == 4
    assert "passphrase" in err


def test_unknown_ids_and_names(node: Run) -> None:
    for arguments in (("show", "abcdef"), ("data", "show", "nothing"), ("publish", "0123"), ("budget", "nothing")):
        status, _, err = node(*arguments)
        assert status == 1, arguments
        assert err.count("\n") == 1


def test_broken_invites_and_no_network(node: Run) -> None:
    status, _, err = node("join", "lwnode:nonsense")
    assert status == 5
    assert "whole line" in err
    status, _, err = node("sync")
    assert status == 5
    assert "lwnode join" in err


def test_a_tampered_archive_is_not_verified(node: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.learnware"
    for content in (b"", b"PK\x03\x04nonsense", b"\x00" * 5000):
        file.write_bytes(content)
        status, _, err = node("import", str(file))
        assert status == 4
        assert err.count("\n") == 1
    assert node("list", "--all")[1].startswith("the catalogue is empty")


def test_usage_errors_are_two(node: Run, tmp_path: Path) -> None:
    assert node("train", "x", "--preset", "enormous")[0] == 2
    assert node("reuse", "x", "--out", str(tmp_path / "o"))[0] == 2
    assert node("config", "epsilon_kap", "3")[0] == 2
    status, _, err = node("publish", "x", "--preview", "--no-noise", "--public-data")
    assert (status, "choose one" in err) == (2, True)


def test_settings_are_kept(node: Run) -> None:
    assert node("config", "epsilon_cap", "2")[0] == 0
    assert json.loads(node("config", "epsilon_cap", "--json")[1]) == {"epsilon_cap": "2.0"}


def test_doctor_says_what_is_wrong(node: Run) -> None:
    status, out, _ = node("doctor")
    assert status == 1, "the keys of this node have no passphrase"
    assert "not encrypted" in out


def test_json_errors_carry_code_and_hint(node: Run) -> None:
    status, out, _ = node("show", "abcdef", "--json")
    assert status == 1
    error = json.loads(out)["error"]
    assert error["code"] == "LW-NOT-FOUND"


def test_foreign_text_cannot_move_the_cursor() -> None:
    from lwnode.cli.render import plain

    assert plain("safe\x1b[2Jname\u202eevil\u200b") == "safe[2Jnameevil"


def test_labels_cannot_become_formulas(tmp_path: Path) -> None:
    from lwnode.cli.predictions import write_predictions

    write_predictions(tmp_path / "p.csv", np.array([[0.9, 0.1]]), ("=cmd()", "@x"))
    assert "\n'=cmd()," in (tmp_path / "p.csv").read_text()
    assert not (tmp_path / "p.csv.part").exists()


def test_a_full_disk_is_said_and_nothing_is_lost(node: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import os

    def full(*arguments: object, **more: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    assert node("profile", "new", str(SAMPLE / "profile.json"))[0] == 0
    before = node("profile", "list")[1]
    rng = np.random.default_rng(0)
    file = write(tmp_path / "t.csv", {"x": rng.normal(size=200), "y": np.arange(200) % 2})
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        status, _, err = node("train", file, "--target", "y", "--preset", "quick")
    assert status == 1
    assert "no room left" in err
    assert node("models")[1].startswith("no model yet")
    assert node("profile", "list")[1] == before
    assert node("train", file, "--target", "y", "--preset", "quick")[0] == 0
