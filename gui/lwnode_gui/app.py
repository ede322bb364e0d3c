# SPDX-License-Identifier: Apache-2.0
"""The application: arguments, language, theme, window, event loop.

Called by `lwnode_gui.main`.
"""

from __future__ import annotations

import argparse
import signal
import socket
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLocale, QSocketNotifier, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from lwnode_gui import language as languages
from lwnode_gui.connection import Connection, open_daemon
from lwnode_gui.shell import Shell
from lwnode_gui.singletons import keep_alive
from lwnode_gui.theme import Theme, install


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    out = argparse.ArgumentParser(prog="lwnode-desktop", description="The window of a running lwnode node.")
    out.add_argument("--home", type=Path, metavar="DIRECTORY", help="the node's home (default: LWNODE_HOME)")
    out.add_argument("--language", default="system", choices=("system", *languages.LANGUAGES))
    out.add_argument("--theme", default="system", choices=("system", "light", "dark"))
    return out


def application(arguments: Sequence[str] = ()) -> QApplication:
    """Return the Qt application, made where there is none."""
    keep_alive()
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = QApplication(["lwnode", *arguments])
    app.setApplicationName("lwnode")
    app.setDesktopFileName("lwnode-desktop")
    return app


def run(argv: Sequence[str] | None = None) -> int:
    """Open the window and stay until it is closed.

    Returns
    -------
    int
        0.
    """
    options = parser().parse_args(argv)
    app = application()
    language = languages.choose(options.language, QLocale.system().uiLanguages())
    kept = languages.install(language)
    theme = install(Theme(options.theme, language=language))
    window = Shell(Connection(lambda: open_daemon(options.home)))
    interrupt = _Interrupt(app)
    window.show()
    window.start()
    status = app.exec()
    interrupt.close()
    del kept, theme
    return status


class _Interrupt:
    """Closes the window on Ctrl-C and SIGTERM: Python hears of a signal only while it runs, so a socket wakes it."""

    def __init__(self, app: QApplication) -> None:
        self._read, self._write = socket.socketpair()
        self._write.setblocking(False)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(app.closeAllWindows)
        self._before = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        self._handlers = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}

    def close(self) -> None:
        """Leave signals as they were."""
        signal.set_wakeup_fd(self._before)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._notifier.setEnabled(False)
        self._read.close()
        self._write.close()
