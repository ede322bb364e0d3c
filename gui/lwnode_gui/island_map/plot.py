# SPDX-License-Identifier: Apache-2.0
"""Places in the plane: a dot for each model, a cross for the user's rows.

Rules
-----
* What a mark means is told by its shape, and by its colour besides.
* Both axes have one scale: a distance on the screen means the same in every direction.
* The keyboard goes from a dot to the next one in the direction of an arrow; what is chosen is said to a screen reader.

Used by the map's view, beside a table of the same models.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip

from lwnode_gui.formats import tip
from lwnode_gui.theme import current
from lwnode_gui.tokens import CAPTION
from lwnode_gui.widgets.painted import Painted

_DOT = 6  # radius, in pixels at 100 %
_REACH = 14  # how near the mouse must be
_EDGE = 28  # room around the places
_TIGHT = 1e-9  # a map smaller than this is one place
_DIRECTIONS = {
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A model on the map: where it lies, whether it is one's own, and what is said of it."""

    x: float
    y: float
    own: bool
    text: str


class Plot(Painted):
    """The places of an island.

    Parameters
    ----------
    name : str
        For screen readers.
    yours : str
        What the cross is called.
    """

    chosen = Signal(int)  # position among the places

    def __init__(self, name: str, yours: str) -> None:
        super().__init__(name)
        self._name, self._yours_name = name, yours
        self._places: tuple[Place, ...] = ()
        self._yours: tuple[float, float] | None = None
        self._at = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(current().px(260), current().px(220))

    def show_places(self, places: Sequence[Place], yours: tuple[float, float] | None) -> None:
        """Show other places; none is chosen."""
        self._places, self._yours, self._at = tuple(places), yours, -1
        self._tell()

    def mark(self, at: int) -> None:
        """Mark a place as the chosen one."""
        if at != self._at:
            self._at = at
            self._tell()

    def _tell(self) -> None:
        text = self._places[self._at].text if 0 <= self._at < len(self._places) else ""
        self.setAccessibleName(f"{self._name}: {text}" if text else self._name)
        self.update()

    # ------------------------------------------------------------- where things are
    def spots(self) -> list[QPointF]:
        """Return the middle of every dot on the screen, in the order of the places."""
        spot = self._to_screen()
        return [spot(place.x, place.y) for place in self._places]

    def your_spot(self) -> QPointF | None:
        """Return the middle of the cross on the screen, None where there is none."""
        return None if self._yours is None else self._to_screen()(*self._yours)

    def _to_screen(self) -> Callable[[float, float], QPointF]:
        """Return what brings a place to the screen: everything inside, up is up, one scale for both axes."""
        all_places = [(place.x, place.y) for place in self._places] + ([self._yours] if self._yours else [])
        xs, ys = [x for x, _ in all_places] or [0.0], [y for _, y in all_places] or [0.0]
        middle_x, middle_y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
        wide, high = max(xs) - min(xs), max(ys) - min(ys)
        room_x, room_y = (side - 2 * current().px(_EDGE) for side in (self.width(), self.height()))
        scale = min(room_x / max(wide, _TIGHT), room_y / max(high, _TIGHT)) if max(wide, high) > _TIGHT else 0.0
        return lambda x, y: QPointF(
            self.width() / 2 + (x - middle_x) * scale, self.height() / 2 - (y - middle_y) * scale
        )

    def at(self, where: QPointF) -> int:
        """Return the position of the place under a point of the screen, -1 where there is none."""
        distances = [math.hypot(spot.x() - where.x(), spot.y() - where.y()) for spot in self.spots()]
        nearest = min(range(len(distances)), key=distances.__getitem__, default=-1)
        return nearest if nearest >= 0 and distances[nearest] <= current().px(_REACH) else -1

    # ------------------------------------------------------------- painting
    def draw(self, painter: QPainter, width: int, height: int) -> None:
        """Paint the frame, the dots, the cross, and the ring of what is chosen."""
        theme = current()
        painter.setBrush(theme.color("surface2"))
        focused = self.hasFocus()
        painter.setPen(QPen(theme.color("accent" if focused else "border"), 2 if focused else 1))
        painter.drawRoundedRect(QRectF(1, 1, width - 2, height - 2), 8, 8)
        spots, radius = self.spots(), theme.px(_DOT)
        for place, spot in zip(self._places, spots, strict=True):
            _dot(painter, spot, radius, own=place.own)
        if (cross := self.your_spot()) is not None:
            _cross(painter, cross, theme.px(9))
            self._name_cross(painter, cross, width)
        if 0 <= self._at < len(spots):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("text"), 2))
            painter.drawEllipse(spots[self._at], radius + 4, radius + 4)

    def _name_cross(self, painter: QPainter, spot: QPointF, width: int) -> None:
        theme = current()
        painter.setFont(theme.font(CAPTION, strong=True))
        painter.setPen(theme.color("text"))
        text, high = self._yours_name, painter.fontMetrics().height()
        wide = painter.fontMetrics().horizontalAdvance(text)
        left = spot.x() + theme.px(14)
        if left + wide > width - 4:
            left = spot.x() - theme.px(14) - wide
        painter.drawText(QPointF(left, spot.y() + high / 3), text)

    # ------------------------------------------------------------- mouse and keys
    def event(self, event: QEvent) -> bool:
        """Say what is under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = self.at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), tip(self._places[at].text) if at >= 0 else "", self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what is clicked."""
        if (at := self.at(event.position())) >= 0:
            self._choose(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the next dot in the direction of an arrow, to the first or to the last."""
        key = Qt.Key(event.key())
        if key in _DIRECTIONS and self._places:
            self._choose(self.towards(*_DIRECTIONS[key]))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and self._places:
            self._choose(0 if key == Qt.Key.Key_Home else len(self._places) - 1)
        else:
            super().keyPressEvent(event)

    def towards(self, right: float, down: float) -> int:
        """Return the place that comes next in a direction, the chosen one where none does.

        What lies aside counts twice, so that an arrow goes where it points, and every place can be reached.
        """
        if not 0 <= self._at < len(self._places):
            return 0
        spots = self.spots()
        here = spots[self._at]
        best, least = self._at, math.inf
        for at, spot in enumerate(spots):
            ahead = (spot.x() - here.x()) * right + (spot.y() - here.y()) * down
            aside = abs((spot.x() - here.x()) * down) + abs((spot.y() - here.y()) * right)
            cost = ahead + 2.0 * aside
            if at != self._at and ahead > 0.0 and cost < least:
                best, least = at, cost
        return best

    def _choose(self, at: int) -> None:
        self.mark(at)
        self.chosen.emit(at)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring of the focus."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring of the focus away."""
        super().focusOutEvent(event)
        self.update()


class Mark(Painted):
    """A mark of the map in its legend."""

    def __init__(self, *, own: bool = False, cross: bool = False) -> None:
        super().__init__()
        self._own, self._cross = own, cross
        self.setFixedSize(current().px(18), current().px(18))

    def draw(self, painter: QPainter, width: int, height: int) -> None:
        """Paint it."""
        middle = QPointF(width / 2, height / 2)
        if self._cross:
            _cross(painter, middle, current().px(7))
        else:
            _dot(painter, middle, current().px(_DOT), own=self._own)


def _dot(painter: QPainter, spot: QPointF, radius: float, *, own: bool) -> None:
    """Paint a model: a disc, or a square where it is one's own."""
    theme = current()
    painter.setPen(QPen(theme.color("surface"), 1.5))
    painter.setBrush(theme.series(1 if own else 0))
    if own:
        painter.drawRect(QRectF(spot.x() - radius, spot.y() - radius, 2 * radius, 2 * radius))
    else:
        painter.drawEllipse(spot, radius, radius)


def _cross(painter: QPainter, spot: QPointF, arm: float) -> None:
    """Paint the user's rows."""
    for color, wide in (("surface", 6.0), ("text", 3.0)):
        painter.setPen(QPen(current().color(color), wide, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(spot.x() - arm, spot.y() - arm), QPointF(spot.x() + arm, spot.y() + arm))
        painter.drawLine(QPointF(spot.x() - arm, spot.y() + arm), QPointF(spot.x() + arm, spot.y() - arm))
