# SPDX-License-Identifier: Apache-2.0
"""Tables: hairlines, no grid, numbers at the right, one line a row.

Rules
-----
* A cell is plain text, with the whole of it in the tool tip; what the screen shortens, a screen reader hears in full.
* A table that only shows takes the focus for scrolling and reading, and selects whole rows.

Called by views that list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableView

from lwnode_gui.formats import tip
from lwnode_gui.theme import current
from lwnode_gui.tokens import BODY, CAPTION

_FEW = 3  # rows that a table shows at least, where it may scroll
_BY_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
_RING = 2  # pixels of its focus ring

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its head, its width in pixels at 100 % (0 takes what is left), and how its cells look."""

    head: str
    width: int = 0
    right: bool = False
    dim: bool = False
    strong: bool = False
    mono: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell: what is shown, and what is said besides in the tool tip."""

    text: str
    more: str = ""


class TableModel(QAbstractTableModel):
    """Rows of cells."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self._columns = tuple(columns)
        self._rows: tuple[tuple[Cell, ...], ...] = ()

    def replace(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._rows = tuple(tuple(row) for row in rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own default
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own default
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the head of a column."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].head
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows, says and looks like."""
        cell, column = self._rows[index.row()][index.column()], self._columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(cell.more or cell.text)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column.head}: {cell.text}" + (f", {cell.more}" if cell.more else "")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(index.column())
        if role == Qt.ItemDataRole.ForegroundRole:
            return current().color("text2" if column.dim else "text")
        if role == Qt.ItemDataRole.FontRole:
            return current().font(CAPTION if column.mono else BODY, strong=column.strong, mono=column.mono)
        return None

    def _alignment(self, section: int) -> int:
        side = Qt.AlignmentFlag.AlignRight if self._columns[section].right else Qt.AlignmentFlag.AlignLeft
        return int(Qt.AlignmentFlag.AlignVCenter.value | side.value)


class DataTable(QTableView):
    """A table.

    Parameters
    ----------
    name : str
        For screen readers.
    columns : sequence of Column
    row : int
        Height of a row, in pixels at 100 %.
    fit : bool
        Always as high as its rows; otherwise it scrolls where there is less room, and is never higher.
    """

    def __init__(self, name: str, columns: Sequence[Column], *, row: int = 34, fit: bool = False) -> None:
        super().__init__()
        self.cells = TableModel(columns)
        self.setModel(self.cells)
        self.setAccessibleName(name)
        self._fit = fit
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        side = self.verticalHeader()
        side.hide()
        side.setMinimumSectionSize(16)
        side.setDefaultSectionSize(current().px(row))
        head = self.horizontalHeader()
        head.setFont(current().font(CAPTION))  # the style sheet's size does not reach what it measures
        head.setHighlightSections(False)
        head.setTextElideMode(Qt.TextElideMode.ElideRight)
        head.setSectionsClickable(False)
        head.setFixedHeight(current().px(28))
        for at, column in enumerate(columns):
            if column.width:
                head.setSectionResizeMode(at, QHeaderView.ResizeMode.Fixed)
                self.setColumnWidth(at, current().px(column.width))
            else:
                head.setSectionResizeMode(at, QHeaderView.ResizeMode.Stretch)
        if fit:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.replace(())

    def replace(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Show other rows."""
        self.cells.replace(rows)
        self.updateGeometry()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring where the keyboard brought the focus; a click does not need it."""
        self._ring(event.reason() in _BY_KEYBOARD)
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show the ring as soon as the keyboard is used."""
        self._ring(True)
        super().keyPressEvent(event)

    def _ring(self, shown: bool) -> None:
        if self.property("ring") != shown:
            self.setProperty("ring", shown)
            self.style().unpolish(self)
            self.style().polish(self)

    def sizeHint(self) -> QSize:
        """Return the height of all rows."""
        rows = self.verticalHeader().defaultSectionSize() * self.cells.rowCount()
        return QSize(200, self.horizontalHeader().height() + rows + 2 * _RING + 1)

    def minimumSizeHint(self) -> QSize:
        """Return the height of all rows, or of a few where it may scroll."""
        few = self.horizontalHeader().height() + self.verticalHeader().defaultSectionSize() * _FEW
        whole = self.sizeHint()
        return whole if self._fit else QSize(whole.width(), min(whole.height(), few))
