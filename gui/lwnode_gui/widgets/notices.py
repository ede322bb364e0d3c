# SPDX-License-Identifier: Apache-2.0
"""What a page says about itself: message bars and empty states.

Rules
-----
* A message bar stands in the page, never in front of it, and does not hide by itself.
* It is announced to screen readers when it appears.
* A state that is empty says what to do, with at most two buttons.

Called by all views.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from lwnode_gui.icons import Name, pixmap
from lwnode_gui.theme import current
from lwnode_gui.widgets.layout import add_top, box, column, row
from lwnode_gui.widgets.text import Label

Kind = Literal["info", "ok", "warn", "danger", "plain"]

_SYMBOLS: dict[Kind, tuple[Name, str]] = {
    "info": ("info", "accent"),
    "ok": ("check", "ok"),
    "warn": ("warn", "warn"),
    "danger": ("cross", "danger"),
    "plain": ("info", "text2"),
}


class Icon(QLabel):
    """An icon beside words; it says nothing to a screen reader, the words do."""

    def __init__(self, name: Name, color: str = "text2", size: int = 20) -> None:
        super().__init__()
        self._name, self._color, self._size = name, color, size
        self._draw()
        current().changed.connect(self._draw)

    def become(self, name: Name, color: str) -> None:
        """Show another icon."""
        self._name, self._color = name, color
        self._draw()

    def _draw(self) -> None:
        side = current().px(self._size)
        self.setFixedSize(side, side)
        self.setPixmap(pixmap(self._name, self._color, side, max(1, round(self.devicePixelRatioF()))))


class MessageBar(QFrame):
    """A message in the page: what happened, and under it what it means or what to do."""

    def __init__(self, *buttons: QPushButton) -> None:
        super().__init__()
        self._icon = Icon("info")
        self.title = Label("", "strong", wrap=True)
        self.body = Label("", wrap=True)
        layout = QHBoxLayout(self)
        layout.setSpacing(12)
        layout.setContentsMargins(12, 10, 12, 10)
        self._line = layout
        add_top(layout, self._icon)
        layout.addLayout(column(None, self.title, self.body, None, gap=2), 1)
        for button in buttons:
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def say(self, kind: Kind, title: str, body: str = "") -> None:
        """Show a message and announce it."""
        told = self.isVisible() and self.title.text() == title and self.body.text() == body
        self._icon.become(*_SYMBOLS[kind])
        self.setProperty("bar", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        self.title.say(title)
        self.body.say(body)
        self._line.setAlignment(self._icon, Qt.AlignmentFlag.AlignTop if body else Qt.AlignmentFlag.AlignVCenter)
        self.setAccessibleName(title)
        self.setAccessibleDescription(body)
        self.show()
        if not told:
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, f"{title} {body}".strip()))


class EmptyState(QWidget):
    """A page without content: an icon, what is the case, a sentence, and what can be done.

    Parameters
    ----------
    symbol : str
        Name of an icon.
    title, body : str
    parts : QWidget
        Below the sentence, centred: a command to type, buttons.
    """

    def __init__(self, symbol: Name, title: str, body: str, *parts: QWidget) -> None:
        super().__init__()
        self.setObjectName("plain")
        centre = Qt.AlignmentFlag.AlignHCenter
        self.icon = Icon(symbol, "text2", 40)
        self.title = Label(title, "section", wrap=True)
        self.body = Label(body, "dim", wrap=True)
        for label in (self.title, self.body):
            label.setAlignment(centre)
        middle = column(row(None, self.icon, None), 4, self.title, self.body, gap=8)
        for part in parts:
            middle.addSpacing(4)
            middle.addLayout(row(None, part, None))
        held = box(middle)
        held.setMaximumWidth(current().px(560))
        self.setLayout(column(None, row(None, (held, 10), None), None, margins=(16, 8, 16, 24)))
