# SPDX-License-Identifier: Apache-2.0
"""An application without a display, and the proof that a test left no window, thread or timer behind."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Iterator

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from lwnode.node.facade import Node
from lwnode_gui import language
from lwnode_gui.app import application
from lwnode_gui.connection import Connection
from lwnode_gui.shell import Shell
from lwnode_gui.story import Story
from lwnode_gui.theme import Theme, install
from tests.support.windows import settle

OpenWindow = Callable[..., Shell]


@pytest.fixture(scope="session")
def app() -> QApplication:
    return application()


@pytest.fixture(autouse=True)
def spoken(app: QApplication, request: pytest.FixtureRequest) -> Iterator[str]:
    """The language and theme; parametrise indirectly with ``(language, theme)``."""
    name, theme = getattr(request, "param", ("en", "light"))
    translators = language.install(name)
    install(Theme(theme, language=name, scale=1.0))
    yield name
    for translator in translators:
        QCoreApplication.removeTranslator(translator)


@pytest.fixture
def standard_fonts(app: QApplication) -> None:
    """Skip where the fonts that the screens are measured with are not installed."""
    if missing := {"Noto Sans", "Noto Sans CJK SC"} - set(QFontDatabase.families()):
        pytest.skip(f"the layout is measured with fonts that are not here: {', '.join(sorted(missing))}")


@pytest.fixture(autouse=True)
def nothing_left_behind(app: QApplication) -> Iterator[None]:
    """Fail where a test leaves a visible window, the window's thread, a Qt thread or a running timer."""
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    settle(lambda: True)
    gc.collect()
    # by type(), not isinstance(): asking other libraries' objects for their class may wake them up
    kinds = [thing for thing in gc.get_objects() if issubclass(type(thing), (QTimer, QThread))]
    things = [thing for thing in kinds if isValid(thing)]
    left = [repr(thing) for thing in things if isinstance(thing, QTimer) and thing.isActive()]
    left += [repr(thing) for thing in things if isinstance(thing, QThread) and thing.isRunning()]
    left += [thread.name for thread in threading.enumerate() if thread.name == "lwnode-window"]
    left += [repr(window) for window in QApplication.topLevelWidgets() if window.isVisible()]
    assert not left


@pytest.fixture
def open_window(app: QApplication) -> Iterator[OpenWindow]:
    """Open a window on a story's node (or any backend), connected and at rest; closed at the end."""
    opened: list[Shell] = []

    def open_one(backend: Story | None = None, *, ready: bool = True, every: float = 0.0) -> Shell:
        story = backend if backend is not None else Story()
        shell = Shell(Connection(lambda: Node(story), every=every))
        opened.append(shell)
        shell.show()
        shell.start()
        if ready:
            settle(lambda: shell.market.state.phase != "connecting" and shell.connection.outbox is not None)
        return shell

    yield open_one
    for shell in opened:
        shell.close()
        shell.deleteLater()


@pytest.fixture
def shell(open_window: OpenWindow) -> Shell:
    return open_window()
