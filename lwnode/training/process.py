# SPDX-License-Identifier: Apache-2.0
"""Training in a process of its own, so that a node stays responsive and can end it within a second.

Rules
-----
* The process has a clean environment, one thread for numerics, a limit on its memory and a folder of mode 0700 that is
  removed whatever happens: by us at the end, or by the process itself when we have gone.
* It is killed, not asked, when the caller's progress raises: nothing of its work is wanted any more.
* An error there is raised here with the same type, message and hint.  What libraries there print is thrown away, and of
  a failure that is not ours only the kind is told: it may quote data.

Called by the node.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import IO, Any

import lwnode
from lwnode.errors import WorkerError
from lwnode.training.distillation import Lesson
from lwnode.training.exchange import TABLE, error_from_plain, read_trained, write_lesson, write_start, write_table
from lwnode.training.pacing import INTERVAL
from lwnode.training.presets import candidates
from lwnode.training.problem import pose
from lwnode.training.start import Start, in_its_terms, pose_from
from lwnode.training.table import Table
from lwnode.training.trained import Trained
from lwnode.types import Progress, Task, silent

MEMORY = 4 * 2**30  # bytes of address space
_BEAT = 0.2  # seconds between two looks at whether the caller has had enough
_LINE_LIMIT = 64 * 1024  # bytes of one line of progress
_KEPT = ("SYSTEMROOT", "LD_LIBRARY_PATH")  # what an interpreter may need to start at all


def train_in_worker(
    table: Table,
    *,
    task: Task | None = None,
    preset: str = "balanced",
    seed: int = 0,
    memory: int = MEMORY,
    folder: Path | None = None,
    progress: Progress = silent,
) -> Trained:
    """Train a model in a sub-process: `lwnode.training.train` for a node.

    Parameters
    ----------
    table : Table
        With a target.
    task, preset, seed
        As for `lwnode.training.train`.
    memory : bytes
        Most address space of the process.
    folder : Path, optional
        Where its temporary folder is made; default: the system's.
    progress : callable
        Told the share done and the words, and at least five times a second asked whether to go on: when it raises,
        the process is killed and the exception passes.

    Raises
    ------
    DataError
        There is nothing to learn from this table; said before a process is started.
    CancelledError
        Raised by ``progress``.
    WorkerError
        Too little memory, or the process died.

    Notes
    -----
    Starting the process and loading its libraries takes about a second, two with the neural network.
    """
    candidates(preset, pose(table, task).task)
    return _carried_out(table, None, {"task": task, "preset": preset, "seed": seed}, memory, folder, progress)


def tune_in_worker(
    table: Table,
    start: Start,
    *,
    seed: int = 0,
    memory: int = MEMORY,
    folder: Path | None = None,
    progress: Progress = silent,
) -> Trained:
    """Train a found learnware's model further in a sub-process: `lwnode.training.tune` for a node.

    Parameters
    ----------
    table : Table
        With a target.
    start : Start
        Its bytes go to the process as they are; they are not read here.
    seed, memory, folder, progress
        As for `train_in_worker`.

    Raises
    ------
    DataError
        The data do not go with the start; said before a process is started.
    CancelledError
        Raised by ``progress``.
    ModelError, WorkerError
        As `lwnode.training.tune`, or the process died.
    """
    pose_from(table, start.card)
    return _carried_out(in_its_terms(table, start.card), start, {"seed": seed}, memory, folder, progress)


def distil_in_worker(
    table: Table,
    lesson: Lesson,
    *,
    preset: str = "balanced",
    seed: int = 0,
    memory: int = MEMORY,
    folder: Path | None = None,
    progress: Progress = silent,
) -> Trained:
    """Teach a student in a sub-process: `lwnode.training.distil` for a node.

    Parameters
    ----------
    table : Table
        The user's rows.
    lesson : Lesson
        What the combination answered to them.
    preset, seed, memory, folder, progress
        As for `train_in_worker`.

    Raises
    ------
    DataError
        There is no such preset, or, from the process, there is nothing to teach.
    CancelledError
        Raised by ``progress``.
    ModelError, WorkerError
        As `lwnode.training.distil`, or the process died.
    """
    candidates(preset, lesson.task)
    return _carried_out(table, lesson, {"preset": preset, "seed": seed}, memory, folder, progress)


def _carried_out(
    table: Table,
    given: Start | Lesson | None,
    settings: dict[str, Any],
    memory: int,
    folder: Path | None,
    progress: Progress,
) -> Trained:
    """Do a piece of work in a process, which gets the table and what is given beside it."""
    work = "train" if given is None else "tune" if isinstance(given, Start) else "distil"
    with _workspace(folder) as place:
        write_table(table, place / TABLE)
        if isinstance(given, Start):
            write_start(given, place)
        elif given is not None:
            write_lesson(given, place)
        with _started(place, memory, {"work": work, **settings}) as process:
            _follow(process, progress)
        return read_trained(place)


@contextlib.contextmanager
def _workspace(folder: Path | None) -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="lwnode-training-", dir=folder))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextlib.contextmanager
def _started(place: Path, memory: int, settings: dict[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    """Start the process; kill it and everything it started when the block ends."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
    environment = {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        **one,
        "PYTHONPATH": str(Path(lwnode.__file__).parent.parent),
        "PYTHONUTF8": "1",
        "HOME": str(place),
        "TMPDIR": str(place),
    }
    arguments = [sys.executable, "-P", "-s", "-m", "lwnode.training.worker_process"]
    process = subprocess.Popen(
        [*arguments, str(place), str(memory), json.dumps(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=place,
        env=environment,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            _kill(process)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _follow(process: subprocess.Popen[bytes], progress: Progress) -> None:
    """Pass progress on until the process ends well; raise what it reports otherwise."""
    assert process.stdout is not None
    events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(process.stdout, events), daemon=True)
    reader.start()
    share: float | None = None
    doing, finished, crashed, last = "starting", False, "", -1.0
    try:
        while True:
            try:
                event = events.get(timeout=_BEAT)
            except queue.Empty:
                event = {"event": "beat"}
            if event is None:
                break
            kind = event.get("event")
            if kind == "error":
                raise error_from_plain(event)
            if kind == "progress":
                share, doing = event["share"], event["doing"]
            if kind == "crash":
                crashed = f" ({event['kind']} in {event['where']})"
            finished = finished or kind == "done"
            if monotonic() - last >= INTERVAL:
                last = monotonic()
                progress(share, doing)
        status = process.wait()
        if not finished or status != 0:
            raise _died(status, crashed)
        progress(1.0, "done")
    finally:
        if process.poll() is None:
            _kill(process)
        reader.join()


def _read(stream: IO[bytes], events: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    """Put every line of the process on the queue, then None."""
    while line := stream.readline(_LINE_LIMIT):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            events.put(event)
    events.put(None)


def _died(status: int, what: str) -> WorkerError:
    """Return what can be said about a process that ended without a result."""
    if status < 0:
        return WorkerError(
            f"the training process was ended by signal {-status}, most likely for want of memory",
            hint="raise worker_memory in the settings, close other programs, or train with a smaller preset",
        )
    return WorkerError(
        f"the training process ended with status {status}{what}", hint="try another preset; if it stays, report it"
    )
