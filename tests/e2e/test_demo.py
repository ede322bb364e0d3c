# SPDX-License-Identifier: Apache-2.0
"""The demo as a user runs it: its own processes, real Flower with TLS; and what it says holds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.federation, pytest.mark.slow, pytest.mark.timeout(240)]


def processes_of(out: Path) -> list[int]:
    """Return the ids of processes whose command line names a home of the demo."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                command = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if str(out) in command and "daemon" in command:
                found.append(int(entry.name))
    return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], str]:
    out = tmp_path_factory.mktemp("demo") / "out"
    done = subprocess.run(
        [sys.executable, "-m", "lwnode", "demo", "--out", str(out)],
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out, json.loads((out / "summary.json").read_text()), done.stdout


def test_it_finds_what_it_should(finished: tuple[Path, dict[str, Any], str]) -> None:
    _, summary, _ = finished
    assert (summary["nodes"], summary["verified"], summary["verdict"]) == (6, 3, "fits")
    first, *others = summary["ranking"]
    assert "Geriatric" in first["organisation"]
    assert all(other["verdict"] == "nothing fits" for other in others)
    assert summary["regional"]["verdict"] == "fits"
    assert {member["organisation"] for member in summary["regional"]["members"]} == {
        "Lu'an Geriatric Hospital",
        "Anhui Maternity Hospital",
    }


def test_reuse_is_worth_it(finished: tuple[Path, dict[str, Any], str]) -> None:
    _, summary, _ = finished
    auc, regional = summary["auc"], summary["regional"]["auc"]
    names = {"combined", "top1", "self50"}
    for name, value in auc.items():
        if name not in names and "geriatric" not in name:
            assert auc["combined"] - value >= 0.1
    assert auc["combined"] - auc["self50"] >= 0.05
    assert all(regional["combined"] - value >= 0.05 for name, value in regional.items() if name not in names)


def test_nothing_left_but_documents_and_files(finished: tuple[Path, dict[str, Any], str]) -> None:
    _, summary, _ = finished
    assert summary["rows_left"] == 0
    assert summary["search_sent"] == 0
    assert summary["ranking_offline_identical"] is True
    assert set(summary["left"]) == {"file", "join request", "keys document", "manifest", "profile"}
    assert set(summary["left_by_node"]["clinic"]) == {"join request", "keys document"}
    assert all(abs(epsilon - 1.0) < 1e-6 for epsilon in summary["epsilon"].values())


def test_it_says_so_in_words_and_leaves_predictions(finished: tuple[Path, dict[str, Any], str]) -> None:
    out, summary, text = finished
    for words in ("Verdict: fits", "raw rows: 0", "the same ranking", str(out / "summary.json"), "Seconds:"):
        assert words in text
    lines = (out / "clinic-predictions.csv").read_text().splitlines()
    assert len(lines) == 601
    assert summary["transport"]["engine"] == "flwr"
    assert summary["transport"]["tls"] is True
    assert summary["transport"]["tls_version"] == "TLSv1.3"
    assert set(summary["seconds"]) >= {"start", "join", "clinic: search", "total"}


def test_it_ends_its_processes(finished: tuple[Path, dict[str, Any], str]) -> None:
    assert processes_of(finished[0]) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_its_processes_when_it_is_ended(number: int, tmp_path: Path) -> None:
    out = tmp_path / "out"
    demo = subprocess.Popen(
        [sys.executable, "-m", "lwnode", "demo", "--out", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 60
    while len(processes_of(out)) < 3 and time.monotonic() < end:
        time.sleep(0.1)
    assert len(processes_of(out)) >= 3
    os.kill(demo.pid, number)
    demo.wait(30)
    end = time.monotonic() + 20
    while processes_of(out) and time.monotonic() < end:
        time.sleep(0.1)
    assert processes_of(out) == []


def test_it_touches_no_directory_of_others(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    done = subprocess.run(
        [sys.executable, "-m", "lwnode", "demo", "--out", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "not empty" in done.stderr
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
