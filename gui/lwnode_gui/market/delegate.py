# SPDX-License-Identifier: Apache-2.0
"""Paints the cards of the market.

Rules
-----
* What has no room ends in dots or is left out from the right; nothing overlaps.
* The figure at the right is neutral: no colour judges it.
* Sizes follow the text size, so that the card grows with it.

Used by the market's list.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from lwnode_gui import words
from lwnode_gui.formats import percent, plain
from lwnode_gui.market.arrange import Row
from lwnode_gui.market.list_model import ROW, name, tags
from lwnode_gui.theme import current
from lwnode_gui.tokens import BODY, CAPTION, PAGE, TITLE

translate = QCoreApplication.translate

_ALIGN = Qt.AlignmentFlag
_GAP = 12  # between two cards
_PAD = 16
BAR = 14  # right of the cards, for the scroll bar
"""Pixels that the list is wider than its cards."""
_NARROW = 560  # pixels of card width below which the figure takes less room


class CardDelegate(QStyledItemDelegate):
    """One learnware as a card: what it is and whose at the left, its figure at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the height of a card with the gap below it."""
        return QSize(200, current().px(116) + _GAP)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one card."""
        row: Row = index.data(ROW)
        theme = current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRectF = QRectF(option.rect).adjusted(1, 1, 0, -_GAP - 1)
        widget: QWidget = option.widget
        rect.setRight(widget.width() - BAR - 1)  # where the scroll bar stands, whether it is there or not
        state: QStyle.StateFlag = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        focused = selected and bool(state & QStyle.StateFlag.State_HasFocus)
        self._surface(painter, rect, selected=selected, focused=focused)
        right = theme.px(96 if rect.width() < _NARROW else 116)
        left = QRectF(rect.left() + _PAD, rect.top() + theme.px(13), rect.width() - 3 * _PAD - right, rect.height())
        self._title(painter, left, row)
        self._publisher(painter, left, row)
        self._tags(painter, left.adjusted(0, 0, _PAD, 0), row, focused)
        self._figure(painter, QRectF(rect.right() - _PAD - right, rect.top(), right, rect.height()), row)
        painter.restore()

    def _surface(self, painter: QPainter, rect: QRectF, *, selected: bool, focused: bool) -> None:
        theme = current()
        path = QPainterPath()
        path.addRoundedRect(rect, 12, 12)
        painter.fillPath(path, theme.color("accent_weak" if focused else "surface"))
        painter.setPen(QPen(theme.color("accent" if selected else "border"), 2 if selected else 1))
        painter.drawPath(path)

    def _title(self, painter: QPainter, area: QRectF, row: Row) -> None:
        theme = current()
        painter.setFont(theme.font(TITLE, strong=True))
        painter.setPen(theme.color("text"))
        text = painter.fontMetrics().elidedText(name(row), Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(QRectF(area.left(), area.top(), area.width(), theme.px(24)), _ALIGN.AlignVCenter, text)

    def _publisher(self, painter: QPainter, area: QRectF, row: Row) -> None:
        theme = current()
        sign = words.trust(row.offer.ware.trust)
        top, height = area.top() + theme.px(28), theme.px(22)
        painter.setFont(theme.font(CAPTION, strong=True))
        width = painter.fontMetrics().horizontalAdvance(sign.text) + theme.px(18)
        fill, ink = {
            "ok": ("ok_weak", "ok"),
            "warn": ("warn_weak", "warn"),
            "danger": ("danger_weak", "danger"),
            "info": ("accent_weak", "accent"),
            "none": ("surface2", "text2"),
        }[sign.kind]
        badge = QRectF(area.left(), top, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(fill))
        painter.drawRoundedRect(badge, height / 2, height / 2)
        painter.setPen(theme.color(ink))
        painter.drawText(badge, _ALIGN.AlignCenter, sign.text)
        painter.setFont(theme.font(BODY))
        painter.setPen(theme.color("text2"))
        rest = QRectF(badge.right() + 10, top, max(0.0, area.width() - width - 10), height)
        publisher = plain(row.offer.ware.organisation, 120)
        text = painter.fontMetrics().elidedText(publisher, Qt.TextElideMode.ElideRight, int(rest.width()))
        painter.drawText(rest, _ALIGN.AlignVCenter, text)

    def _tags(self, painter: QPainter, area: QRectF, row: Row, focused: bool) -> None:
        theme = current()
        painter.setFont(theme.font(CAPTION))
        x, top, height = area.left(), area.top() + theme.px(62), theme.px(22)
        for text in tags(row):
            width = painter.fontMetrics().horizontalAdvance(text) + theme.px(16)
            if x + width > area.right():
                break
            tag = QRectF(x, top, width, height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("surface" if focused else "surface2"))
            painter.drawRoundedRect(tag, 6, 6)
            painter.setPen(theme.color("text2"))
            painter.drawText(tag, _ALIGN.AlignCenter, text)
            x += width + 6

    def _figure(self, painter: QPainter, area: QRectF, row: Row) -> None:
        if row.match is not None:
            self._match(painter, area, row)
            return
        card = row.offer.ware.card
        if card is None or not card.figures:
            return
        figure = words.figure(card.figures[0])
        self._lines(painter, area, figure.value, figure.short)
        self._foot(painter, area, f"{figure.low}–{figure.high}")

    def _match(self, painter: QPainter, area: QRectF, row: Row) -> None:
        match = row.match
        assert match is not None
        if match.match is None:
            self._lines(painter, area, "–", words.verdict(match.verdict).word)
        else:
            self._lines(painter, area, percent(match.match), translate("Market", "match"))
            self._bar(painter, area, match.match)
        if match.covered.share is not None:
            self._foot(painter, area, translate("Market", "covers {0}").format(percent(match.covered.share)))

    def _bar(self, painter: QPainter, area: QRectF, share: float) -> None:
        theme = current()
        groove = QRectF(area.left() + area.width() - theme.px(92), area.top() + theme.px(72), theme.px(92), theme.px(6))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("surface2" if theme.tokens.name == "light" else "border"))
        painter.drawRoundedRect(groove, 3, 3)
        painter.setBrush(theme.color("accent"))
        width = max(groove.height(), groove.width() * share)
        painter.drawRoundedRect(QRectF(groove.left(), groove.top(), width, groove.height()), 3, 3)

    def _lines(self, painter: QPainter, area: QRectF, value: str, under: str) -> None:
        theme = current()
        painter.setFont(theme.font(PAGE, strong=True))
        painter.setPen(theme.color("text"))
        top = QRectF(area.left(), area.top() + theme.px(11), area.width(), theme.px(34))
        painter.drawText(top, _ALIGN.AlignRight | _ALIGN.AlignVCenter, value)
        painter.setFont(theme.font(CAPTION))
        painter.setPen(theme.color("text2"))
        text = painter.fontMetrics().elidedText(under, Qt.TextElideMode.ElideRight, int(area.width()))
        line = QRectF(area.left(), area.top() + theme.px(45), area.width(), theme.px(18))
        painter.drawText(line, _ALIGN.AlignRight | _ALIGN.AlignVCenter, text)

    def _foot(self, painter: QPainter, area: QRectF, text: str) -> None:
        theme = current()
        painter.setFont(theme.font(CAPTION))
        painter.setPen(theme.color("text2"))
        text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()))
        line = QRectF(area.left(), area.top() + theme.px(82), area.width(), theme.px(18))
        painter.drawText(line, _ALIGN.AlignRight | _ALIGN.AlignVCenter, text)
