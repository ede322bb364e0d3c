# SPDX-License-Identifier: Apache-2.0
"""Small things that are painted: bars, dots, shares of a combination, a number with its unit, the picture of a key.

Rules
-----
* A painter takes its size from the font's measures, so that a larger text size cuts nothing.
* A state is told by shape as well as colour, and every picture has an accessible name.

Called by all views.
"""

from __future__ import annotations

import hashlib
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from lwnode_gui.formats import number
from lwnode_gui.theme import current
from lwnode_gui.tokens import CAPTION, SECTION


class Painted(QWidget):
    """A widget that paints itself in `draw` and is painted again when the theme changes."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        current().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint with round edges."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.draw(painter, self.width(), self.height())
        painter.end()

    def draw(self, painter: QPainter, width: int, height: int) -> None:
        """Paint it in (width, height) pixels."""
        raise NotImplementedError


class Bar(Painted):
    """A share as a bar; where the share is unknown, an empty one."""

    def __init__(self, share: float | None, name: str, *, width: int = 0, color: str = "accent") -> None:
        super().__init__(name)
        self._share, self._color = share, color
        self.setFixedHeight(current().px(6))
        if width:
            self.setFixedWidth(current().px(width))

    def set_share(self, share: float | None) -> None:
        """Show another share."""
        self._share = share
        self.update()

    def draw(self, painter: QPainter, width: int, height: int) -> None:
        """Paint the groove and the share."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(current().color("surface2" if current().tokens.name == "light" else "border"))
        painter.drawRoundedRect(QRectF(0, 0, width, height), height / 2, height / 2)
        if self._share:
            painter.setBrush(current().color(self._color))
            length = max(height, width * min(self._share, 1.0))
            painter.drawRoundedRect(QRectF(0, 0, length, height), height / 2, height / 2)


class Dot(Painted):
    """A state: full is on, half is some, a ring is off."""

    def __init__(self) -> None:
        super().__init__()
        self._state: Literal["on", "some", "off"] = "off"
        self.setFixedSize(current().px(12), current().px(12))

    def show_state(self, state: Literal["on", "some", "off"]) -> None:
        """Show another state."""
        self._state = state
        self.update()

    def draw(self, painter: QPainter, width: int, height: int) -> None:
        """Paint the ring, and fill it."""
        color = current().color({"on": "ok", "some": "accent", "off": "line"}[self._state])
        ring = QRectF(1.5, 1.5, width - 3, height - 3)
        painter.setPen(QPen(color, 1.6))
        painter.setBrush(color if self._state == "on" else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(ring)
        if self._state == "some":
            painter.setBrush(color)
            painter.drawPie(ring, 90 * 16, -180 * 16)


class ShareBar(Painted):
    """The members of a combination by weight, side by side in the colours of the series."""

    def __init__(self, shares: tuple[float, ...], name: str) -> None:
        super().__init__(name)
        self._shares = shares
        self.setFixedHeight(max(current().px(22), current().metrics(CAPTION, strong=True).height() + 6))

    def draw(self, painter: QPainter, width: int, height: int) -> None:
        """Paint one block a member, with its weight where there is room."""
        clip = QPainterPath()
        clip.addRoundedRect(QRectF(0, 0, width, height), 6, 6)
        painter.setClipPath(clip)
        painter.setFont(current().font(CAPTION, strong=True))
        left = 0.0
        for at, share in enumerate(self._shares):
            block = QRectF(left, 0, width * share - (2 if at < len(self._shares) - 1 else 0), height)
            painter.fillRect(block, current().series(at))
            label = number(share, 2)
            if painter.fontMetrics().horizontalAdvance(label) + 12 < block.width():
                painter.setPen(current().color("accent_text"))
                painter.drawText(block, Qt.AlignmentFlag.AlignCenter, label)
            left += width * share


class Swatch(Painted):
    """The colour of a member in a legend."""

    def __init__(self, index: int) -> None:
        super().__init__()
        self._index = index
        self.setFixedSize(current().px(14), current().px(12))

    def draw(self, painter: QPainter, width: int, height: int) -> None:
        """Paint it."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(current().series(self._index))
        painter.drawRoundedRect(QRectF(0, 0, width, height), 3, 3)


class Quantity(Painted):
    """A number and, on the same base line, its unit."""

    def __init__(self, value: str = "–", unit: str = "", *, size: float = SECTION) -> None:
        super().__init__()
        self._value, self._unit, self._size = value, unit, size
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.say(value, unit)

    def say(self, value: str, unit: str = "") -> None:
        """Show another number."""
        self._value, self._unit = value, unit
        self.setAccessibleName(f"{value} {unit}".strip())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room both take."""
        strong, plain = current().metrics(self._size, strong=True), current().metrics(14)
        gap = current().px(7) if self._unit else 0
        width = strong.horizontalAdvance(self._value) + gap + plain.horizontalAdvance(self._unit)
        return QSize(width + 2, strong.height())

    def minimumSizeHint(self) -> QSize:
        """Return the room both take."""
        return self.sizeHint()

    def draw(self, painter: QPainter, width: int, height: int) -> None:
        """Paint the number, then the unit beside it."""
        painter.setFont(current().font(self._size, strong=True))
        metrics = painter.fontMetrics()
        base = (height + metrics.ascent() - metrics.descent()) / 2
        painter.setPen(current().color("text"))
        painter.drawText(QPointF(0, base), self._value)
        painter.setPen(current().color("text2"))
        x = metrics.horizontalAdvance(self._value) + current().px(7)
        painter.setFont(current().font(14))
        painter.drawText(QPointF(x, base), self._unit)


class KeyPicture(Painted):
    """A symmetric picture of 5 × 5 fields that belongs to a key: the same key, the same picture.

    It stands beside the name and the fingerprint, which decide; a picture alone proves nothing.
    """

    def __init__(self, key: str, size: int = 32) -> None:
        super().__init__()
        self._bits = hashlib.sha256(key.encode()).digest()
        self.setFixedSize(current().px(size), current().px(size))

    def draw(self, painter: QPainter, width: int, height: int) -> None:
        """Paint the fields."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        clip = QPainterPath()
        clip.addRoundedRect(QRectF(0, 0, width, height), 6, 6)
        painter.setClipPath(clip)
        painter.fillRect(0, 0, width, height, current().color("surface2"))
        light = current().tokens.name == "light"
        hue = (self._bits[0] * 256 + self._bits[1]) % 360
        color = QColor.fromHsl(hue, 150, 95 if light else 165)
        field = width // 6
        edge = (width - 5 * field) // 2
        for x in range(3):
            for y in range(5):
                if self._bits[2 + x * 5 + y] % 2:
                    for column in {x, 4 - x}:
                        painter.fillRect(edge + column * field, edge + y * field, field, field, color)
