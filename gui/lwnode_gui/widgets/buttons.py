# SPDX-License-Identifier: Apache-2.0
"""Buttons, chips and choices.

Rules
-----
* One primary button a view; a disabled one has its reason next to it.
* The keyboard reaches every button; a click with the mouse leaves the focus where it was.
* The wheel changes a choice only while it has the focus, so that scrolling a page changes nothing.

Called by all views.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QPushButton, QSizePolicy

from lwnode_gui.formats import tip
from lwnode_gui.icons import Name, icon, pixmap
from lwnode_gui.theme import current

Kind = Literal["", "primary", "small", "quiet", "link", "chip", "nav", "safe", "unsafe"]

_ICON_COLOR: dict[Kind, str] = {"primary": "accent_text", "quiet": "accent", "nav": "text2"}


class Button(QPushButton):
    """A button.

    Parameters
    ----------
    text : str
        Shown as it is: an ampersand is an ampersand.
    kind : str
        How it looks.
    symbol : str, optional
        An icon left of the text.
    """

    def __init__(self, text: str, kind: Kind = "", symbol: Name | None = None) -> None:
        super().__init__()
        self._kind, self._symbol = kind, symbol
        self.setProperty("kind", kind)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCheckable(kind in ("chip", "nav"))
        self.setAutoDefault(False)
        self.name(text)
        if symbol is not None:
            self._draw()
            current().changed.connect(self._draw)

    def name(self, text: str) -> None:
        """Show another text."""
        gap = ("  " if self._kind == "nav" else " ") if self._symbol is not None else ""
        self.setText(gap + text.replace("&", "&&"))
        self.setAccessibleName(text)

    def become(self, kind: Kind) -> None:
        """Look like another kind of button."""
        if kind != self._kind:
            self._kind = kind
            self.setProperty("kind", kind)
            self.style().unpolish(self)
            self.style().polish(self)
            self._draw()

    def explain(self, text: str) -> None:
        """Say more in the tool tip and to a screen reader."""
        self.setToolTip(tip(text))
        self.setAccessibleDescription(text)

    def _draw(self) -> None:
        if self._symbol is None:
            return
        size = current().px(20 if self._kind == "nav" else 16)
        color = _ICON_COLOR.get(self._kind, "text")
        self.setIcon(icon(self._symbol, color, size, checked="accent" if self._kind == "nav" else ""))
        self.setIconSize(QSize(size, size))


class Choice(QComboBox):
    """A choice of one among several."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        current().changed.connect(self.update)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn the wheel only with the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the field, and our own arrow on it."""
        super().paintEvent(event)
        painter = QPainter(self)
        size = current().px(14)
        ratio = max(1, round(self.devicePixelRatioF()))
        spot = QRect(self.width() - size - current().px(10), (self.height() - size) // 2, size, size)
        painter.drawPixmap(spot, pixmap("chevron", "text2", size, ratio))
        painter.end()
