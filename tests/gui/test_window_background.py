# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer

from lwnode.errors import CancelledError, DataError
from lwnode.types import Progress
from lwnode_gui.background import Background
from tests.support.windows import Recorder, settle

pytestmark = pytest.mark.gui


@pytest.fixture
def background(app: object) -> Iterator[Background]:
    made = Background()
    yield made
    assert made.close()


def test_work_runs_elsewhere_and_answers_here(background: Background) -> None:
    here, seen = threading.get_ident(), Recorder()
    arrived: list[int] = []

    def done(answer: int) -> None:
        arrived.append(threading.get_ident())
        seen.done(answer)

    background.submit("who", lambda _: threading.get_ident(), done=done, failed=seen.failed)
    settle(lambda: bool(seen.answers))
    assert seen.answers[0] != here
    assert arrived == [here]


def test_the_window_goes_on_while_work_runs(background: Background) -> None:
    seen, ticks = Recorder(), [0]
    timer = QTimer()
    timer.setInterval(5)
    timer.timeout.connect(lambda: ticks.__setitem__(0, ticks[0] + 1))
    timer.start()
    background.submit("long", lambda _: time.sleep(0.3), done=seen.done, failed=seen.failed)
    settle(lambda: bool(seen.answers))
    timer.stop()
    assert ticks[0] >= 20  # 60 in theory


def test_newer_work_of_the_same_name_drops_the_older_answer(background: Background) -> None:
    gate, seen = threading.Event(), Recorder()
    background.submit("words", lambda _: gate.wait(5), done=seen.done, failed=seen.failed)
    background.submit("words", lambda _: "newer", done=seen.done, failed=seen.failed)
    gate.set()
    settle(lambda: bool(seen.answers))
    assert seen.answers == ["newer"]
    assert not seen.errors


def test_dropped_work_ends_at_its_next_progress(background: Background) -> None:
    started, ended, seen = threading.Event(), threading.Event(), Recorder()

    def work(progress: Progress) -> None:
        started.set()
        try:
            while True:
                progress(None, "working")
                time.sleep(0.002)
        except CancelledError:
            ended.set()
            raise

    background.submit("match", work, done=seen.done, failed=seen.failed, heard=seen.hear)
    assert started.wait(5)
    settle(lambda: bool(seen.heard))
    background.drop("match")
    assert ended.wait(2)
    settle(lambda: not background.waiting("match"))
    assert not seen.answers
    assert not seen.errors  # giving up is no failure


def test_errors_come_back_as_they_are(background: Background) -> None:
    seen = Recorder()

    def work(_: Progress) -> None:
        raise DataError("no such file", hint="look again")

    background.submit("read", work, done=seen.done, failed=seen.failed)
    settle(lambda: bool(seen.errors))
    assert isinstance(seen.errors[0], DataError)
    assert seen.errors[0].hint == "look again"


def test_a_fault_does_not_end_the_thread(background: Background, caplog: pytest.LogCaptureFixture) -> None:
    seen = Recorder()
    background.submit("fault", lambda _: 1 // 0, done=seen.done, failed=seen.failed)
    settle(lambda: bool(seen.errors))
    assert "ZeroDivisionError" in str(seen.errors[0])
    assert "fault" in caplog.text
    background.submit("after", lambda _: 7, done=seen.done, failed=seen.failed)
    settle(lambda: seen.answers == [7])


def test_closing_drops_what_waits_and_delivers_nothing(app: object) -> None:
    made, seen = Background(), Recorder()
    entered = threading.Event()

    def work(progress: Progress) -> int:
        entered.set()
        while True:
            progress(None, "")
            time.sleep(0.002)

    made.submit("long", work, done=seen.done, failed=seen.failed)
    made.submit("next", lambda _: 1, done=seen.done, failed=seen.failed)
    assert entered.wait(5)
    assert made.close(2)
    settle(lambda: True)
    assert not seen.answers
    assert not seen.errors
    made.submit("late", lambda _: 1, done=seen.done, failed=seen.failed)  # nobody runs it, and nothing breaks


def test_signals_do_not_use_up_what_python_shares(background: Background) -> None:
    """PySide6 takes a reference from True with every emit on Python 3.11; the application gives it plenty."""
    before = min(sys.getrefcount(value) for value in (None, True, False))
    timer = QTimer()
    for _ in range(2_000):
        timer.objectNameChanged.emit("")
    assert min(sys.getrefcount(value) for value in (None, True, False)) > 1_000_000
    assert before > 1_000_000
