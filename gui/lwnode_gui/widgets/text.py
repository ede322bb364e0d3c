# SPDX-License-Identifier: Apache-2.0
"""Labels: plain text in one of the roles of the style sheet; badges and tags.

Rules
-----
* Always plain text; what comes from outside has passed `lwnode_gui.formats.plain` or `paragraphs`.
* A wrapped label keeps its height for its width, so that nothing is cut.

Called by all views.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from lwnode_gui.formats import tip
from lwnode_gui.theme import current
from lwnode_gui.words import Sign

Role = Literal["", "page", "section", "title", "strong", "dim", "caption", "captionStrong", "mono"]


class Label(QLabel):
    """A text.

    Parameters
    ----------
    text : str
    role : str
        How it looks.
    wrap : bool
        Over as many lines as it needs.
    select : bool
        Whether it can be selected and copied, with the mouse and the keyboard.
    """

    def __init__(self, text: str = "", role: Role = "", *, wrap: bool = False, select: bool = False) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setText(text)
        if wrap:
            self.setWordWrap(True)
            policy = self.sizePolicy()
            policy.setVerticalPolicy(QSizePolicy.Policy.Minimum)
            self.setSizePolicy(policy)
            self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        if select:
            flags = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            self.setTextInteractionFlags(flags)

    def say(self, text: str) -> None:
        """Show a text, or nothing at all where it is empty."""
        self.setText(text)
        self.setVisible(bool(text))


class Elided(QWidget):
    """One line that ends in dots where there is no room; the whole text is in its tool tip and its accessible name."""

    def __init__(self, text: str = "", *, size: float = 14, color: str = "text", strong: bool = False) -> None:
        super().__init__()
        self._text, self._size, self._color, self._strong = "", size, color, strong
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.say(text)
        current().changed.connect(self.update)

    def say(self, text: str) -> None:
        """Show a text."""
        self._text = text
        self.setAccessibleName(text)
        self.setToolTip(tip(text))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room the whole text takes."""
        metrics = current().metrics(self._size, strong=self._strong)
        return QSize(metrics.horizontalAdvance(self._text) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Return room for a few letters."""
        metrics = current().metrics(self._size, strong=self._strong)
        return QSize(min(self.sizeHint().width(), metrics.horizontalAdvance("MMMM")), metrics.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text, elided."""
        painter = QPainter(self)
        font = current().font(self._size, strong=self._strong)
        painter.setFont(font)
        painter.setPen(current().color(self._color))
        text = painter.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.end()


class Badge(QLabel):
    """A glyph and a word on a quiet fill."""

    def __init__(self, sign: Sign, meaning: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFixedHeight(current().px(22))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.show_sign(sign, meaning)

    def show_sign(self, sign: Sign, meaning: str = "") -> None:
        """Show another sign."""
        self.setProperty("badge", sign.kind)
        self.setText(sign.text)
        self.setAccessibleName(sign.word)
        self.setToolTip(tip(meaning))
        self.style().unpolish(self)
        self.style().polish(self)


class Tag(QLabel):
    """A short fact on a quiet fill."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("tag", "1")
        self.setText(text)
        self.setFixedHeight(current().px(22))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
