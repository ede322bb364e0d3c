# SPDX-License-Identifier: Apache-2.0
"""A ruler of distances: how far the nearest learnwares are from the user's rows.

Rules
-----
* The zone at the left is the distance that rows of the same source would have; it is computed, not chosen.
* Dots are numbered as the rows of the table below; two that would overlap move apart and keep their order.

Used where nothing fits.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from lwnode_gui.formats import number
from lwnode_gui.theme import current
from lwnode_gui.tokens import CAPTION
from lwnode_gui.widgets.painted import Painted

_SMALL = 11


class Ruler(Painted):
    """Distances on one line.

    Parameters
    ----------
    near, far : str
        Names of the zone at the left and of what lies beyond it.
    name : str
        For screen readers.
    """

    def __init__(self, near: str, far: str, name: str) -> None:
        super().__init__(name)
        self._near, self._far = near, far
        self._floor = 0.0
        self._distances: tuple[float, ...] = ()
        theme = current()
        self._label = theme.metrics(CAPTION, strong=True).height() + 4
        self._scale = theme.metrics(_SMALL).height()
        self.setFixedHeight(self._label + theme.px(20) + self._scale + 8)

    def show_distances(self, floor: float, distances: tuple[float, ...]) -> None:
        """Show distances against the floor."""
        self._floor, self._distances = floor, distances
        self.update()

    def end(self) -> float:
        """Return the end of the ruler: a round number beyond everything on it."""
        top = max((*self._distances, self._floor * 2, 1e-6)) * 1.08
        step = 10.0 ** math.floor(math.log10(top))
        return next(step * part for part in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * part >= top)

    def draw(self, painter: QPainter, width: int, height: int) -> None:
        """Paint the zones, the scale and the dots."""
        theme, end = current(), self.end()
        middle, half = self._label + theme.px(10), theme.px(9)
        border = width * self._floor / end
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("ok_weak"))
        painter.drawRoundedRect(QRectF(0, middle - half, border, 2 * half), 4, 4)
        painter.setBrush(theme.color("surface2"))
        painter.drawRoundedRect(QRectF(border + 2, middle - half, width - border - 2, 2 * half), 4, 4)
        self._names(painter, width, border)
        self._ticks(painter, width, end, middle + half)
        self._dots(painter, width, end, middle)

    def _names(self, painter: QPainter, width: int, border: float) -> None:
        theme = current()
        painter.setFont(theme.font(CAPTION, strong=True))
        metrics = painter.fontMetrics()
        painter.setPen(theme.color("ok"))
        painter.drawText(QRectF(0, 0, width, self._label), Qt.AlignmentFlag.AlignLeft, self._near)
        left = max(border + 6, metrics.horizontalAdvance(self._near) + theme.px(20))
        painter.setPen(theme.color("text2"))
        painter.drawText(QRectF(left, 0, width - left, self._label), Qt.AlignmentFlag.AlignLeft, self._far)

    def _ticks(self, painter: QPainter, width: int, end: float, top: float) -> None:
        theme = current()
        painter.setFont(theme.font(_SMALL))
        painter.setPen(theme.color("text2"))
        wide = theme.px(64)
        for part in range(6):
            value = end * part / 5
            x = width * part / 5
            left = min(max(x - wide / 2, 0), width - wide)
            ends = {0: Qt.AlignmentFlag.AlignLeft, 5: Qt.AlignmentFlag.AlignRight}
            side = ends.get(part, Qt.AlignmentFlag.AlignHCenter)
            painter.drawText(QRectF(left, top + 4, wide, self._scale), side, number(round(value, 6)))

    def _dots(self, painter: QPainter, width: int, end: float, middle: float) -> None:
        theme = current()
        radius = theme.px(10)
        painter.setFont(theme.font(CAPTION, strong=True))
        last = -math.inf
        for at, distance in sorted(enumerate(self._distances), key=lambda pair: pair[1]):
            x = min(max(width * distance / end, radius, last + 2 * radius), width - radius)
            last = x
            painter.setBrush(theme.color("text"))
            painter.setPen(QPen(theme.color("surface"), 2))
            painter.drawEllipse(QPointF(x, middle), radius, radius)
            painter.setPen(theme.color("surface"))
            painter.drawText(
                QRectF(x - radius, middle - radius, 2 * radius, 2 * radius), Qt.AlignmentFlag.AlignCenter, str(at + 1)
            )
