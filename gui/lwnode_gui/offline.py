# SPDX-License-Identifier: Apache-2.0
"""What the window shows while no node answers: what is missing, and the command that helps.

Called by the shell.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QWidget

from lwnode.errors import LwnodeError
from lwnode_gui.connection import NotRunningError
from lwnode_gui.formats import said, sentences
from lwnode_gui.terminal import command
from lwnode_gui.widgets.buttons import Button
from lwnode_gui.widgets.layout import column, row
from lwnode_gui.widgets.notices import EmptyState
from lwnode_gui.widgets.text import Label

translate = QCoreApplication.translate


def remedy(error: LwnodeError) -> str:
    """Return what to type in a terminal; empty where no command helps."""
    if not isinstance(error, NotRunningError):
        return ""
    if error.made:
        return command("daemon", home=error.home)
    return command("init", "--organisation", translate("Offline", "My organisation"), home=error.home)


class OfflineView(QWidget):
    """No node."""

    retried = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._command = Label("", "mono", select=True)
        copy = Button(self.tr("Copy"), "quiet", "copy")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._command.text()))
        self._frame = QFrame()
        self._frame.setProperty("bar", "plain")
        self._frame.setLayout(row(self._command, copy, gap=12, margins=(14, 4, 6, 4)))
        self._looks = Label(self.tr("This window looks again every few seconds by itself."), "caption")
        self.retry = Button(self.tr("Try again"), "primary")
        self.retry.clicked.connect(self.retried)
        self._state = EmptyState("power", "", "", self._frame, self.retry, self._looks)
        self.setLayout(column((self._state, 1)))
        self.wait()

    def wait(self) -> None:
        """Say that the window is connecting."""
        self._state.title.setText(self.tr("Connecting to your node…"))
        self._state.body.say("")
        for part in (self._frame, self.retry, self._looks):
            part.hide()

    def show_error(self, error: LwnodeError) -> None:
        """Say why there is no node and what to do."""
        made = isinstance(error, NotRunningError) and error.made
        absent = isinstance(error, NotRunningError) and not error.made
        title = self.tr("Your node is not running") if made else self.tr("Your node does not answer")
        body = self.tr("This window shows what your node knows. Start the node in a terminal:")
        if absent:
            title = self.tr("There is no node here yet")
            body = self.tr("Make one in a terminal; it creates your organisation's key on this computer:")
        elif not made:
            body = sentences(said(str(error)) + ".", said(error.hint))
        self._state.title.setText(title)
        self._state.body.say(body)
        self._command.setText(remedy(error))
        self._frame.setVisible(bool(self._command.text()))
        self.retry.show()
        self._looks.show()
