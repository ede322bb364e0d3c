# SPDX-License-Identifier: Apache-2.0
"""A publication is there whole or not at all, whenever its process is killed and wherever the disk runs full."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.store import audit, open_store

_ROOT = Path(__file__).parents[3]
_SCRIPT = [sys.executable, str(_ROOT / "tests/support/store_crash.py")]
_ENVIRONMENT = {**os.environ, "PYTHONPATH": str(_ROOT), "OMP_NUM_THREADS": "1"}


class Nursery:
    """The helper process whose children publish and die."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen(
            [*_SCRIPT, "serve", str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env=_ENVIRONMENT,
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def tell(self, command: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        assert self.process.wait(10) == 0
        self.process.stdout.close()


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    found = Nursery(tmp_path / "home")
    yield found
    found.close()


def test_killed_at_any_moment_nothing_is_there_by_halves(nursery: Nursery, tmp_path: Path) -> None:
    chance, said, rounds = random.Random(7), 0, 25
    for _ in range(rounds):
        nursery.tell("loop")
        lines = {nursery.line(), nursery.line()}
        child = next(int(line) for line in lines if line.isdigit())
        assert "open" in lines
        time.sleep(chance.uniform(0.01, 0.2))
        os.kill(child, signal.SIGKILL)
        while not (line := nursery.line()).startswith("exit"):
            said += line == "done"
        with open_store(tmp_path / "home") as store:  # the dead process's lock is taken over
            held = audit(store)
        assert held >= said  # what was said to be done is there
    assert said <= held <= said + rounds
    assert said > rounds


def test_killed_at_each_step_of_a_publication(nursery: Nursery, tmp_path: Path) -> None:
    home, number, before, after = tmp_path / "home", 0, 0, 0
    finished = False
    while not finished:
        number += 1
        nursery.tell(f"step {number}")
        lines = [nursery.line(), nursery.line()]
        finished = "done" in lines
        if finished:
            lines.append(nursery.line())
        assert f"exit {0 if finished else signal.SIGKILL}" in lines
        with open_store(home) as store:
            held = audit(store)
        assert held in (0, 1)
        if held and not finished:  # the last steps are after the commit
            after += 1
            shutil.rmtree(home)
        before += not held
    assert number > 40
    assert before > 30
    assert after >= 1


def test_a_disk_that_runs_full(tmp_path: Path) -> None:
    """On a real file system of a few megabytes, where the kernel says that there is no room."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("needs a user namespace to mount a small file system")
    disk = tmp_path / "disk"
    disk.mkdir()
    prepare = 'mount -t tmpfs -o size=4m none "$1" && mkdir "$1/ballast" && head -c 900000 /dev/zero > "$1/ballast/b"'
    result = subprocess.run(
        [
            "unshare",
            "-rm",
            "sh",
            "-c",
            prepare + ' && shift && exec "$@"',
            "sh",
            str(disk),
            *_SCRIPT,
            "fill",
            str(disk),
        ],
        capture_output=True,
        text=True,
        env=_ENVIRONMENT,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "no room left on the disk" in result.stdout
    assert result.stdout.splitlines()[-1] == "intact"
