# SPDX-License-Identifier: Apache-2.0
"""Training in a process of its own: the same result, an end at any moment, and nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from lwnode.documents import Card, Figure
from lwnode.errors import (
    CancelledError,
    CheckFailedError,
    DataError,
    Finding,
    LwnodeError,
    ModelError,
    UnsafeModelError,
    WorkerError,
)
from lwnode.training import Row, Table, Trained, as_table, encode, process, train, train_in_worker
from lwnode.training.exchange import error_from_plain, error_to_plain, read_trained, write_trained
from tests.support.training import answers, columns, table


def _large() -> Table:
    """A table that takes minutes with the thorough preset."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 20))
    return Table.from_arrays(X, (X[:, 0] + rng.normal(size=20_000) > 0).astype(int))


def _workers(folder: Path) -> list[int]:
    """Processes whose command names the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(folder).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return [pid for pid in found if pid != os.getpid()]


def test_the_result_is_that_of_the_same_process(tmp_path: Path) -> None:
    heard: list[tuple[float | None, str]] = []
    there = train_in_worker(
        table(300), preset="quick", seed=5, folder=tmp_path, progress=lambda share, doing: heard.append((share, doing))
    )
    here = train(table(300), preset="quick", seed=5)
    X = encode(here.card.inputs, columns(200, seed=9))
    np.testing.assert_array_equal(answers(there.model, X), answers(here.model, X))
    assert there.card == here.card
    assert [(row.family, row.loss, row.won) for row in there.leaderboard] == [
        (row.family, row.loss, row.won) for row in here.leaderboard
    ]
    assert heard[-1] == (1.0, "done")
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_worker_is_gone_within_a_second(tmp_path: Path) -> None:
    begun: list[float] = []

    def progress(share: float | None, doing: str) -> None:
        if share is not None and share > 0.0 and not begun:
            assert _workers(tmp_path)
            begun.append(time.monotonic())
            raise CancelledError("stopped by a person")

    with pytest.raises(CancelledError, match="stopped by a person"):
        train_in_worker(_large(), preset="thorough", folder=tmp_path, progress=progress)
    assert time.monotonic() - begun[0] < 1.0
    assert list(tmp_path.iterdir()) == []
    assert _workers(tmp_path) == []


def test_a_silent_worker_can_be_cancelled_too(tmp_path: Path) -> None:
    calls: list[float] = []

    def progress(share: float | None, doing: str) -> None:
        calls.append(time.monotonic())
        if len(calls) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_in_worker(_large(), preset="thorough", folder=tmp_path, progress=progress)
    assert max(np.diff(calls)) < 0.5
    assert min(np.diff(calls)) >= 0.09
    assert list(tmp_path.iterdir()) == []


def test_the_worker_sees_no_identifier_and_no_secret_and_its_folder_is_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, list[str]]] = []
    write = process.write_table

    def spy(made: Table, path: Path) -> None:
        write(made, path)
        import pyarrow as pa

        seen.append((path.parent.stat().st_mode & 0o777, pa.ipc.open_file(pa.OSFile(str(path))).schema.names))

    monkeypatch.setattr(process, "write_table", spy)
    monkeypatch.setenv("LWNODE_PASSPHRASE", "Zebedee")
    environments: list[bytes] = []

    def progress(share: float | None, doing: str) -> None:
        for pid in _workers(tmp_path):
            with contextlib.suppress(OSError):  # it may just have ended
                environments.append((Path("/proc") / str(pid) / "environ").read_bytes())

    columns = {**table(60).columns, "mrn": np.array([f"m{i}" for i in range(60)], dtype=object)}
    made = as_table(columns, target="outcome")
    assert made.roles["mrn"] == "identifier"
    train_in_worker(made, preset="quick", folder=tmp_path, progress=progress)
    assert any(b"OMP_NUM_THREADS=1" in environment for environment in environments)
    assert not any(b"Zebedee" in environment for environment in environments)
    assert seen == [(0o700, ["age", "dose", "ward", "outcome", "cost"])]


def test_errors_come_back_with_type_and_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = table(49)
    with pytest.raises(DataError, match="needs 50") as caught:
        train_in_worker(bare, folder=tmp_path)
    assert "label more rows" in caught.value.hint
    # past the check in front, so that the worker is the one to refuse
    monkeypatch.setattr(process, "pose", lambda made, task: _Passed())
    with pytest.raises(DataError, match="needs 50") as caught:
        train_in_worker(bare, folder=tmp_path)
    assert "label more rows" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


class _Passed:
    task = "classification"


def test_too_little_memory_is_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    made = Table.from_arrays(rng.normal(size=(60_000, 40)), rng.integers(0, 2, 60_000))
    with pytest.raises(WorkerError, match="memory") as caught:
        train_in_worker(made, preset="quick", memory=300 * 2**20, folder=tmp_path)
    assert "worker_memory" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_dies_is_reported_without_what_it_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(place: Path, *rest: object) -> None:
        (place / "table.arrow").write_bytes(b"not Arrow: Zebedee")

    monkeypatch.setattr(process, "write_table", lambda made, path: broken(path.parent))
    with pytest.raises(WorkerError, match=r"ended with status 1 \(ArrowInvalid in \w+\.pxi:\d+\)") as caught:
        train_in_worker(table(60), preset="quick", folder=tmp_path)
    assert "Zebedee" not in str(caught.value) + caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_killed_worker_is_reported(tmp_path: Path) -> None:
    def progress(share: float | None, doing: str) -> None:
        if share is not None:
            for pid in _workers(tmp_path):
                os.kill(pid, signal.SIGKILL)

    with pytest.raises(WorkerError, match="signal 9"):
        train_in_worker(_large(), preset="thorough", folder=tmp_path, progress=progress)
    assert list(tmp_path.iterdir()) == []


PARENT = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from lwnode.training import train_in_worker
from tests.unit.training.test_process import _large
def progress(share, doing):
    if share is not None:
        print(doing, flush=True)
train_in_worker(_large(), preset="thorough", folder=Path(sys.argv[1]), progress=progress)
"""


def test_a_worker_does_not_outlive_its_parent(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), str(root)], stdout=subprocess.PIPE, cwd=root
    )
    assert parent.stdout is not None
    assert parent.stdout.readline()
    workers = [pid for pid in _workers(tmp_path) if pid != parent.pid]
    assert len(workers) == 1
    parent.kill()
    parent.wait()
    parent.stdout.close()
    end = time.monotonic() + 5
    while _workers(tmp_path) and time.monotonic() < end:
        time.sleep(0.05)
    assert _workers(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    done = Trained(
        model=b"model",
        card=Card(family="random forest", task="regression", inputs=()),
        leaderboard=(
            Row(family="a", figures=(Figure(name="r2", value=0.5, low=0.4, high=0.6),), loss=1.5, seconds=2, won=True),
            Row(family="b", note="left out"),
        ),
        preset="quick",
        seed=1,
        rows=60,
        held_out=15,
    )
    write_trained(done, tmp_path)
    assert read_trained(tmp_path) == done
    (tmp_path / "model.onnx").unlink()
    with pytest.raises(WorkerError, match=r"no usable model\.onnx"):
        read_trained(tmp_path)


@pytest.mark.parametrize(
    "error",
    [
        DataError("a", hint="b"),
        ModelError("a"),
        UnsafeModelError("a", hint="c"),
        CheckFailedError("a", findings=(Finding(code="x", severity="refuse", message="m"),), hint="b"),
    ],
)
def test_every_error_survives_the_journey(error: LwnodeError) -> None:
    back = error_from_plain(json.loads(json.dumps(error_to_plain(error))))
    assert type(back) is type(error)
    assert (str(back), back.hint) == (str(error), error.hint)
    if isinstance(error, CheckFailedError):
        assert isinstance(back, CheckFailedError)
        assert back.findings == error.findings


def test_an_unknown_error_is_still_an_error() -> None:
    assert type(error_from_plain({"code": "LW-NEW", "message": "m"})) is LwnodeError
