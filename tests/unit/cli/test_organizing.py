# SPDX-License-Identifier: Apache-2.0
"""`lwnode search`: what is the same under one, a few of each publisher, `--all`, `--pool-score`; `lwnode map`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lwnode.cli import main
from tests.support.folded import publish_much, write_rows
from tests.support.homes import make_node
from tests.support.memory_hub import MemoryHub

Run = Callable[..., tuple[int, str, str]]

WITHOUT_A_NETWORK = """
import sys

def look(event, given):
    if event in ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"):
        raise SystemExit(f"{event} {given}")

sys.addaudithook(look)
from lwnode.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("homes")
    with make_node(root, "much", MemoryHub()) as node:
        publish_much(node)
    return root / "much"


@pytest.fixture
def data(tmp_path: Path) -> str:
    return str(write_rows(tmp_path / "mine.csv"))


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = main([*arguments, "--home", str(home)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def test_a_person_reads_what_stands_where_and_how_to_see_it(run: Run, data: str) -> None:
    status, out, _ = run("search", data)
    assert status == 0
    assert "and 1 more of much hospital; --all lists it" in out
    assert "The same to you as 'draw 0': " in out
    assert "(the very same sketch; the models were not run side by side)" in out
    assert "pool" not in out
    status, out, _ = run("search", data, "--all")
    assert status == 0
    assert "more of" not in out
    assert "The same to you" not in out
    assert "again" in out


def test_a_program_reads_the_same(run: Run, data: str) -> None:
    found = json.loads(run("search", data, "--json")[1])
    assert len(found["single"]) == 3
    assert len(found["held"]) == 1
    (fold,) = found["folds"]
    assert fold["reason"].startswith("the very same sketch")
    assert found["pool_scores"] == {}
    everything = json.loads(run("search", data, "--all", "--json")[1])
    assert {match["learnware"] for match in everything["single"]} == {
        fold["id"],
        *(match["learnware"] for match in (*found["single"], *found["held"])),
    }
    assert everything["folds"] == everything["held"] == []


def test_with_the_network_down_the_ranking_is_the_same(run: Run, data: str, home: Path) -> None:
    for arguments in (("search", data), ("search", data, "--across", "--all"), ("search", "--text", "drww")):
        _, there, _ = run(*arguments, "--json")
        command = [sys.executable, "-c", WITHOUT_A_NETWORK, *arguments, "--json", "--home", str(home)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout) == json.loads(there)


def test_a_person_reads_which_word_was_taken_for_which(run: Run, data: str) -> None:
    told = "No learnware says 'drww'; looked for 'draw' instead."
    for arguments in (("--text", "drww"), (data, "--text", "drww")):
        status, out, _ = run("search", *arguments)
        assert status == 0
        assert told in out
    found = json.loads(run("search", "--text", "drww", "--json")[1])
    assert {ware["name"] for ware in found["listed"]} >= {"draw 0"}
    spelt = [{"asked": "drww", "taken": ["draw"]}]
    assert found["spelt"] == json.loads(run("search", data, "--text", "drww", "--json")[1])["spelt"] == spelt
    assert "No learnware says" not in run("search", "--text", "draw")[1]
    status, out, _ = run("search", "--text", "drww", "--library", "PyTorch")
    assert status == 6
    assert out.strip() == "nothing matches these words and tags"


def test_the_pool_score_says_what_it_is_relative_to(run: Run, data: str) -> None:
    out = run("search", data, "--pool-score")[1]
    table, note = out.split("The pool score")
    assert "pool" in table
    assert "among those that were compared here" in note
    assert "even where nothing fits" in out
    scores = json.loads(run("search", data, "--pool-score", "--json")[1])["pool_scores"]
    assert len(scores) == 4
    status, _, err = run("search", "--text", "draw", "--pool-score")
    assert status == 2
    assert " -- " in err


def test_a_map_names_the_places_and_what_it_does_not_show(run: Run, data: str) -> None:
    status, out, _ = run("map")
    assert status == 0
    assert "5 learnwares" in out
    assert "Your rows lie" not in out
    assert "of the differences" in out
    status, out, _ = run("map", data)
    assert status == 0
    assert "Your rows lie at " in out


def test_a_program_reads_the_map(run: Run, data: str) -> None:
    drawn = json.loads(run("map", data, "--json")[1])
    assert len(drawn["points"]) == 4
    assert sum(len(point["same"]) for point in drawn["points"]) == 1
    assert all(point["own"] for point in drawn["points"])
    assert len(drawn["yours"]) == 2
    again = json.loads(run("map", "--island", drawn["island"]["id"][:8], "--json")[1])
    assert again["points"] == drawn["points"], "a new process draws the same map"
    assert again["yours"] is None


def test_a_map_that_cannot_be_is_one_line_with_a_remedy(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("x,y\n1,2\n3,4\n", encoding="utf-8")
    for arguments, expected in ((("map", "--island", "zz"), 1), (("map", str(other)), 2)):
        status, out, err = run(*arguments)
        assert status == expected
        assert out == ""
        assert err.count("\n") == 1
        assert " -- " in err
