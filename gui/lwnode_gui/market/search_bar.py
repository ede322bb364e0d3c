# SPDX-License-Identifier: Apache-2.0
"""The line on top of the market: words, the rows to match with, and the button.

Rules
-----
* Typing searches by itself; Enter and the button search now; Escape clears.
* While a search by data runs, the button stops it.

Used by the market's view.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from lwnode_gui.formats import plain, tip
from lwnode_gui.market.state import MarketState
from lwnode_gui.readings import Source
from lwnode_gui.theme import current
from lwnode_gui.tokens import BODY
from lwnode_gui.widgets.buttons import Button, Choice
from lwnode_gui.widgets.layout import row

if TYPE_CHECKING:
    from lwnode.node.records import DataSetInfo

_WORDS_ONLY = Source()


class _Words(QLineEdit):
    """The field for words; Escape empties it."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Empty the field on Escape, where there is something in it."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            event.accept()
        else:
            super().keyPressEvent(event)


class SearchBar(QWidget):
    """Words, data, and the button."""

    typed = Signal(str)
    pressed = Signal()
    stopped = Signal()
    chosen = Signal(object)  # Source

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.words = _Words()
        self.words.setPlaceholderText(self.tr("Search models, publishers, tasks…"))
        self.words.setAccessibleName(self.tr("Search the market"))
        self.words.setMaxLength(200)
        self.data = Choice(self.tr("Data to match with"))
        self.data.setMinimumWidth(current().px(264))
        self.button = Button(self.tr("Search"), "primary")
        self._searching = False
        self._sources: list[Source | None] = []  # None opens the dialog
        self._source = _WORDS_ONLY
        self._file: Source | None = None
        self._datasets: tuple[DataSetInfo, ...] | None = None
        self.setLayout(row((self.words, 1), self.data, self.button, gap=12))
        self.words.textChanged.connect(self.typed)
        self.words.returnPressed.connect(self.pressed)
        self.button.clicked.connect(self._press)
        self.data.activated.connect(self._choose)
        self._fill((), _WORDS_ONLY)

    def show_state(self, state: MarketState) -> None:
        """Show the data sets, what is chosen, and whether a search runs."""
        if state.source.path and state.source != self._file:
            self._file = state.source
            self._datasets = None
        if state.datasets != self._datasets:
            self._fill(state.datasets, state.source)
        self._source = state.source
        self._select(state.source)
        if state.searching != self._searching:
            self._searching = state.searching
            self.button.name(self.tr("Stop") if state.searching else self.tr("Search"))
        # a result has the primary button itself
        self.button.become("" if state.searching or state.phase == "nothing" else "primary")
        usable = state.phase in ("list", "nothing")
        for widget in (self.words, self.data, self.button):
            widget.setEnabled(usable)

    def _fill(self, datasets: tuple[DataSetInfo, ...], source: Source) -> None:
        self._datasets = datasets
        self.data.clear()
        self._sources = []
        entries: list[tuple[str, Source | None]] = [(self.tr("Match with: words only"), _WORDS_ONLY)]
        with_data = self.tr("Match with: {0}")
        entries += [(with_data.format(plain(item.name, 60)), Source(name=item.name)) for item in datasets]
        if self._file is not None:
            entries.append((with_data.format(plain(self._file.label, 60)), self._file))
        entries.append((self.tr("Choose a file…"), None))
        metrics, room = current().metrics(BODY), self.data.minimumWidth() - current().px(46)
        for text, item in entries:
            self.data.addItem(metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room))
            self.data.setItemData(self.data.count() - 1, tip(text), Qt.ItemDataRole.ToolTipRole)
            self.data.setItemData(self.data.count() - 1, text, Qt.ItemDataRole.AccessibleTextRole)
            self._sources.append(item)
        self._select(source)

    def _select(self, source: Source) -> None:
        if source in self._sources:
            self.data.setCurrentIndex(self._sources.index(source))

    def _press(self) -> None:
        (self.stopped if self._searching else self.pressed).emit()

    def _choose(self, at: int) -> None:
        source = self._sources[at]
        if source is None:
            self.choose_file()
        else:
            self.chosen.emit(source)

    def choose_file(self) -> None:
        """Ask for a file and match with it."""
        kinds = self.tr("Tables") + " (*.csv *.tsv *.parquet)"
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Choose a table to match with"), str(Path.home()), kinds)
        if name:
            self.chosen.emit(Source(path=name))
        else:
            self._select(self._source)
