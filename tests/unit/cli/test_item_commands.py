# SPDX-License-Identifier: Apache-2.0
"""Images and texts on the command line: registered from files, trained on, searched with and predicted."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lwnode.cli import main
from tests.support.items import images, texts

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        status = main([*arguments, "--home", str(tmp_path / "home")])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    assert call("init", "--organisation", "Test museum", "--no-passphrase")[0] == 0
    return call


def notes(folder: Path, n: int, seed: int) -> str:
    path = folder / f"notes{seed}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["note", "kind"])
        writer.writerows(zip(*texts(n, seed), strict=True))
    return str(path)


def test_texts_from_a_column(run: Run, tmp_path: Path) -> None:
    status, out, err = run("data", "add", notes(tmp_path, 400, 0), "--text", "note", "--target", "kind", "--name", "n")
    assert (status, err) == (0, "")
    assert "400 rows used" in out
    assert run("train", "n", "--preset", "quick")[0] == 0
    listed = run("models", "--json")[1]
    model = listed.split('"id"')[1].split('"')[1]
    answers = tmp_path / "answers.csv"
    status, _, err = run("predict", model, notes(tmp_path, 30, 1), "--text-column", "note", "--out", str(answers))
    assert (status, err) == (0, "")
    assert len(answers.read_text(encoding="utf-8").splitlines()) == 31
    status, out, _ = run("search", notes(tmp_path, 30, 1), "--text-column", "note")
    assert status == 6
    assert "nothing fits" in out


def test_a_text_column_that_is_not_there_is_said_in_one_line(run: Run, tmp_path: Path) -> None:
    status, out, err = run("data", "add", notes(tmp_path, 20, 0), "--text", "nothing")
    assert (status, out) == (2, "")
    assert "no column 'nothing'" in err


def test_images_from_a_file(run: Run, tmp_path: Path) -> None:
    pixels, labels = images(40, 0)
    np.savez(tmp_path / "stripes.npz", images=pixels, labels=labels)
    status, out, err = run("data", "add", str(tmp_path / "stripes.npz"), "--target", "kind")
    assert (status, err) == (0, "")
    assert "stripes: 40 rows used, 0 rejected, 40 features" in out
    (tmp_path / "bad.npz").write_bytes(b"no images")
    status, _, err = run("data", "add", str(tmp_path / "bad.npz"))
    assert status == 2
    assert "numpy.savez" in err
