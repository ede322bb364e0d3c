# SPDX-License-Identifier: Apache-2.0
"""Letting a window work, and nodes that misbehave."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication

from lwnode.errors import LwnodeError
from lwnode.types import Progress
from lwnode_gui.story import Story


def settle(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Let the window work until a condition holds; fail where it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the window did not get there"
        QCoreApplication.processEvents()
        time.sleep(0.002)
    for _ in range(3):
        QCoreApplication.processEvents()


class Held(Story):
    """A node whose answer to one action waits until it is let go; it reports progress meanwhile."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.entered = threading.Event()
        self.let_go = threading.Event()
        self.ended = threading.Event()

    def call(self, action: str, arguments: Mapping[str, Any], progress: Progress) -> Any:
        if action != self.action:
            return super().call(action, arguments, progress)
        self.entered.set()
        try:
            while not self.let_go.wait(0.005):
                progress(0.25, "comparing")
        finally:
            self.ended.set()
        return super().call(action, arguments, progress)


class Failing(Story):
    """A node that fails at some actions."""

    def __init__(self, errors: Mapping[str, Exception], **options: Any) -> None:
        super().__init__(**options)
        self.errors = dict(errors)

    def call(self, action: str, arguments: Mapping[str, Any], progress: Progress) -> Any:
        if action in self.errors:
            raise self.errors[action]
        return super().call(action, arguments, progress)


class Recorder:
    """Collects what a background call brings back."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.errors: list[LwnodeError] = []
        self.heard: list[tuple[float | None, str]] = []

    def done(self, answer: Any) -> None:
        self.answers.append(answer)

    def failed(self, error: LwnodeError) -> None:
        self.errors.append(error)

    def hear(self, share: float | None, doing: str) -> None:
        self.heard.append((share, doing))
