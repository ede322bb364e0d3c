# SPDX-License-Identifier: Apache-2.0
"""The worker process: right answers, an end to every wait, and a process that sees nothing of its user."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from lwnode.errors import CancelledError, ModelError, WorkerError
from lwnode.models import Worker
from lwnode.models.channel import _command, _environment
from tests.support.models import fixed_answer, slow

FAIR = fixed_answer([[0.25, 0.75]])
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def test_answers_keep_their_rows_over_several_frames():
    rows = np.random.default_rng(0).normal(size=(9000, 3)).astype(np.float32)
    with Worker(fixed_answer([[1.0]], output="values")) as worker:
        assert worker.predict(rows)["values"].shape == (9000, 1)
        assert worker.predict(rows[:1])["values"].tolist() == [[1.0]]
    with Worker(FAIR) as worker:
        answer = worker.predict(rows.astype(np.float64))
        assert list(answer) == ["probabilities"]
        assert answer["probabilities"].dtype == np.float32


def test_an_empty_table_gets_an_empty_answer_of_the_right_width():
    with Worker(FAIR) as worker:
        assert worker.predict(np.empty((0, 3)))["probabilities"].shape == (0, 2)


def test_the_model_says_what_it_is():
    with Worker(FAIR) as worker:
        found = worker.load()
        assert (found.task, found.width, found.columns) == ("classification", 3, 2)


@pytest.mark.parametrize("shape", [(4, 2), (4, 4), (4,), (4, 0), (2, 2, 3)])
def test_rows_of_another_width_are_the_callers_mistake_and_cost_no_worker(shape):
    with Worker(FAIR) as worker:
        with pytest.raises(ModelError) as caught:
            worker.predict(np.ones(shape))
        assert not isinstance(caught.value, WorkerError)
        assert worker.predict(np.ones((1, 3)))["probabilities"].shape == (1, 2)


def test_rows_with_missing_values_may_be_more_than_a_model_takes():
    rows = np.ones((6, 3))
    rows[2:4, 1] = np.nan
    with Worker(fixed_answer([[1.0]], output="values")) as worker:  # it adds the columns up, times nothing
        with pytest.raises(ModelError, match="2 of 6 rows") as caught:
            worker.predict(rows)
        assert "missing" in caught.value.hint
        assert not isinstance(caught.value, WorkerError)
        assert len(worker.predict(rows[:2])["values"]) == 2


def test_workers_start_side_by_side_and_end_with_the_context():
    workers = [Worker(FAIR) for _ in range(3)]
    for worker in workers:
        with worker:
            assert worker.predict(np.ones((2, 3)))["probabilities"].shape == (2, 2)
        assert not _alive(worker.pid)
        with pytest.raises(WorkerError, match="closed"):
            worker.predict(np.ones((2, 3)))
        worker.close()  # twice is fine


def test_a_limit_that_cannot_work_is_the_callers_mistake():
    for limits in ({"memory": 1 << 20}, {"seconds": 0}, {"wall": 0}):
        with pytest.raises(ValueError, match="a worker needs"):
            Worker(FAIR, **limits)


@pytest.mark.parametrize("folded", [True, False], ids=["while loading", "while predicting"])
def test_a_caller_who_has_had_enough_is_rid_of_the_process_within_a_second(folded):
    began = time.monotonic()

    def progress(share, doing):
        if time.monotonic() - began > 1.5:
            raise CancelledError("enough")

    worker = Worker(slow(folded=folded))
    with pytest.raises(CancelledError, match="enough"):
        worker.predict(np.ones((2, 2)), progress)
    assert time.monotonic() - began < 1.5 + 1
    assert not _alive(worker.pid)


def test_progress_is_told_the_share_and_what_is_done():
    seen = []
    with Worker(FAIR) as worker:
        worker.predict(np.ones((9000, 3)), lambda share, doing: seen.append((share, doing)))
    assert [doing for _, doing in seen] == ["predicting"] * len(seen)
    assert seen[0][0] == 0
    assert seen[-1][0] == pytest.approx(8192 / 9000)


def test_a_worker_that_is_killed_is_noticed():
    with Worker(FAIR) as worker:
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(WorkerError, match="signal 9"):
            worker.predict(np.ones((2, 3)))


PARENT = """
import os, signal, sys, threading, time
import numpy as np
from lwnode.models import Worker
from tests.support.models import slow
def go():
    worker = Worker(slow(folded=False))
    worker.load()
    print(worker.pid, flush=True)
    worker.predict(np.ones((2, 2)))
if sys.argv[1] == "main":
    go()
else:
    threading.Thread(target=go, daemon=True).start()
    time.sleep(60)
"""


@linux
@pytest.mark.parametrize("thread", ["main", "other"])
def test_a_parent_that_dies_takes_a_computing_worker_along(thread):
    root = str(Path(__file__).parents[3])
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, thread], stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": root}
    ) as parent:
        pid = int(parent.stdout.readline())
        assert _alive(pid)
        parent.kill()
    ended = time.monotonic() + 2
    while _alive(pid) and time.monotonic() < ended:
        time.sleep(0.05)
    assert not _alive(pid)


@linux
def test_a_thread_that_started_a_worker_may_end_before_it():
    workers = []
    thread = threading.Thread(target=lambda: workers.append(Worker(FAIR)))
    thread.start()
    thread.join()
    time.sleep(0.7)
    with workers[0] as worker:
        assert worker.predict(np.ones((2, 3)))["probabilities"].shape == (2, 2)


@linux
def test_the_process_has_nothing_of_its_user(monkeypatch):
    for name in ("HOME", "AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "SSH_AUTH_SOCK", "LD_PRELOAD", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not yours")
    names = {"PATH", "LANG", "MALLOC_ARENA_MAX", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ORT_DISABLE_TELEMETRY"}
    assert set(_environment()) - {"LD_LIBRARY_PATH"} == names
    with Worker(FAIR) as worker:
        here = Path(f"/proc/{worker.pid}")
        status = dict(line.split(":\t") for line in (here / "status").read_text().splitlines() if ":\t" in line)
        assert os.getsid(worker.pid) == worker.pid != os.getsid(0)
        assert status["Threads"].strip() in ("2", "3")
        if worker.level == "full":
            assert (status["NoNewPrivs"].strip(), status["Seccomp"].strip()) == ("1", "2")
        limits = (here / "limits").read_text()
        for line in ("Max file size             0 ", "Max core file size        0 ", "Max open files            32 "):
            assert line in limits


@linux
def test_the_runtime_sends_and_keeps_no_telemetry(tmp_path):
    """It would leave a device id and a database of events in the cache of whoever runs it."""
    code = (
        "import os, pathlib, sys; from lwnode.models import worker_process as w;"
        "session = w._open(sys.stdin.buffer.read(), 'none')[1];"
        "threads = len(os.listdir('/proc/self/task'));"
        "print(threads, sum(1 for _ in pathlib.Path(os.environ['HOME']).rglob('*')))"
    )
    environment = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=FAIR,
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[3],
        env=environment | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.stdout.split() == [b"1", b"0"]


def test_the_interpreter_starts_isolated():
    command = _command("lwnode.models.worker_process", ["1", "2"])
    assert command[:2] == [sys.executable, "-I"]
    assert command[-2:] == [str(os.getpid()), "main"]


def test_an_interpreter_that_cannot_be_started_is_an_error_of_ours(monkeypatch):
    monkeypatch.setattr("lwnode.models.channel.sys.executable", "/nowhere/python")
    with pytest.raises(WorkerError, match="cannot be started") as caught:
        Worker(FAIR)
    assert caught.value.hint


def test_nothing_but_the_worker_process_loads_the_runtime():
    models = Path(__file__).parents[3] / "lwnode" / "models"
    loading = [path.name for path in models.glob("*.py") if "import onnxruntime" in path.read_text(encoding="utf-8")]
    assert loading == ["worker_process.py"]
    code = (
        "import sys, lwnode.models; print([n for n in ('torch', 'sklearn', 'onnx', 'onnxruntime') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=models.parents[1]
    )
    assert done.stdout.strip() == "[]"
