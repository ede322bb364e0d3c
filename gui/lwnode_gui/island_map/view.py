# SPDX-License-Identifier: Apache-2.0
"""The screen of the map: an island in the plane, and the same models in a table.

Rules
-----
* What the picture shows, the table says; choosing in one chooses in the other.
* How faithful the picture is stands under it; it replaces no search.
* It is drawn when the screen is opened, and again when the catalogue has changed.

Called by the shell.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from lwnode.errors import LwnodeError, NotFoundError
from lwnode_gui.connection import Connection
from lwnode_gui.formats import number, percent, plain, said, sentences, tip
from lwnode_gui.island_map.plot import Mark, Place, Plot
from lwnode_gui.readings import Drawing, Source, read_map
from lwnode_gui.theme import current
from lwnode_gui.tokens import BODY
from lwnode_gui.widgets.buttons import Choice
from lwnode_gui.widgets.containers import Card, PageHeader, Pages
from lwnode_gui.widgets.layout import box, column, row
from lwnode_gui.widgets.notices import EmptyState, MessageBar
from lwnode_gui.widgets.tables import Cell, Column, DataTable
from lwnode_gui.widgets.text import Label

if TYPE_CHECKING:
    from lwnode.node.records import IslandMap, MapPoint, Status

_TABLE = 372  # pixels at 100 %
_CHOICE = 312
_FEW = 6  # models of which each has all others among its five nearest


class MapView(QWidget):
    """The map of an island."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._connection = connection
        self.drawing: Drawing | None = None
        self._points: tuple[MapPoint, ...] = ()
        self._island, self._source = "", Source()
        self._count = -1
        self.message = MessageBar()
        self.islands, self.data = Choice(self.tr("Island")), Choice(self.tr("Data to place on the map"))
        for choice in (self.islands, self.data):
            choice.setMinimumWidth(current().px(_CHOICE))
        self.plot = Plot(self.tr("Map of the island"), self.tr("Your data"))
        self._faithful = Label("", "caption", wrap=True)
        self.table = DataTable(self.tr("Models on the map"), self._columns())
        drawn = Card()
        drawn.add((self.plot, 1), self._legend(), self._faithful)
        listed = Card(self.tr("Models on the map"))
        listed.setFixedWidth(current().px(_TABLE))
        listed.add_table(self.table)
        body = row((drawn, 1), column(listed, None), gap=16)
        empty = self.tr("There is nothing to draw yet"), self.tr("Models appear here as they appear in the market.")
        self.empty, self._body = EmptyState("map", *empty), box(body)
        self.pages = Pages()
        for page in (self._body, self.empty):
            self.pages.addWidget(page)
        sentence = self.tr(
            "Every model lies near those whose data are like its own. Your data are placed on this computer; nothing "
            "is sent."
        )
        bar = row(self.islands, self.data, None, gap=12)
        self.setLayout(column(PageHeader(self.tr("Map"), sentence), self.message, bar, (self.pages, 1), gap=12))
        self.first: QWidget = self.plot  # what has the focus when the screen is opened
        self._connect()

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column(head=self.tr("Model"), strong=True),
            Column(head=self.tr("Organisation"), width=120, dim=True),
            Column(head=self.tr("From yours"), width=96, right=True),
        )

    def _legend(self) -> QWidget:
        return box(
            row(
                *(Mark(), Label(self.tr("a partner's model"), "caption"), 8),
                *(Mark(own=True), Label(self.tr("your own model"), "caption"), 8),
                *(Mark(cross=True), Label(self.tr("your data"), "caption"), None),
                gap=6,
            )
        )

    def _connect(self) -> None:
        self.islands.activated.connect(lambda at: self.choose_island(str(self.islands.itemData(at))))
        self.data.activated.connect(lambda at: self.choose_data(str(self.data.itemData(at))))
        self.plot.chosen.connect(self.table.selectRow)
        self.table.selectionModel().currentChanged.connect(self._chosen)
        self._connection.connected.connect(self._forget)
        self._connection.status_read.connect(self._status)

    # ------------------------------------------------------------- asking
    def showEvent(self, event: QShowEvent) -> None:
        """Draw the map when the screen is opened for the first time."""
        super().showEvent(event)
        if self.drawing is None:
            self._read()

    def _forget(self) -> None:
        self._count, self.drawing = -1, None
        if self.isVisible():
            self._read()

    def _status(self, status: Status) -> None:
        if self._count not in (-1, status.catalogue):
            self.drawing = None
            if self.isVisible():
                self._read()
        self._count = status.catalogue

    def _read(self) -> None:
        island, source = self._island, self._source
        self._connection.submit(
            "map",
            lambda node, progress: read_map(node, island, source, progress),
            done=self.show_drawing,
            failed=self._failed,
        )

    def choose_island(self, identity: str) -> None:
        """Draw another island."""
        self._island = identity
        self._read()

    def choose_data(self, name: str) -> None:
        """Place a data set on the map of the largest island that it reaches; an empty name places none."""
        self._source, self._island = Source(name=name), ""
        self._read()

    def _failed(self, error: LwnodeError) -> None:
        if isinstance(error, NotFoundError) and self.drawing is None:
            self.message.hide()
            self.pages.setCurrentWidget(self.empty)
            return
        self.message.say("danger", said(str(error)), said(error.hint))
        if self.drawing is not None:  # what is on the screen stays, and the choices say so
            self._source, self._island = self.drawing.source, self.drawing.drawn.island.id
            self._fill(self.drawing)

    # ------------------------------------------------------------- showing
    def show_drawing(self, drawing: Drawing) -> None:
        """Show a map."""
        self.message.hide()
        self.drawing = drawing
        drawn = drawing.drawn
        self._island = drawn.island.id
        self.pages.setCurrentWidget(self._body)
        self._fill(drawing)
        self._points = _ordered(drawn)
        self.plot.show_places([self._place(point) for point in self._points], drawn.yours)
        self.table.replace([self._cells(point, drawn.yours) for point in self._points])
        self.table.setColumnHidden(2, drawn.yours is None)
        self._faithful.setText(self._faith(drawn))
        if self._points:
            self.table.selectRow(0)

    def _fill(self, drawing: Drawing) -> None:
        """Offer the islands and the data sets, and show which are chosen."""
        text = self.tr("Island: {0} ({1})")
        islands = [
            (text.format(plain(island.name, 60), number(island.learnwares)), island.id)
            for island in drawing.drawn.islands
        ]
        _offer(self.islands, islands, drawing.drawn.island.id)
        text = self.tr("Your data: {0}")
        rows = [(text.format(plain(dataset.name, 60)), dataset.name) for dataset in drawing.datasets]
        _offer(self.data, [(self.tr("Your data: none"), ""), *rows], drawing.source.name)

    def _place(self, point: MapPoint) -> Place:
        own = self.tr("your own model") if point.own else ""
        same = self.tr("%n more the same to you", "", len(point.same)) if point.same else ""
        parts = (plain(point.name, 120), plain(point.organisation, 120), own, same)
        return Place(x=point.x, y=point.y, own=point.own, text=", ".join(part for part in parts if part))

    def _cells(self, point: MapPoint, yours: tuple[float, float] | None) -> tuple[Cell, ...]:
        away = "–" if yours is None else number(_away(point, yours), 2)
        return (
            Cell(text=plain(point.name, 120), more=self._place(point).text),
            Cell(text=plain(point.organisation, 120)),
            Cell(text=away, more=self.tr("On the map, in units of MMD; a search computes the exact distance.")),
        )

    def _faith(self, drawn: IslandMap) -> str:
        shown = self.tr("The map shows {0} of the differences.").format(percent(drawn.explained))
        kept = self.tr("For {0} of the models the nearest one is among the five nearest on it.")
        kept = kept.format(percent(drawn.kept)) if len(drawn.points) > _FEW else ""
        turning = "" if drawn.settled else self.tr("It turns a little each time, until it shows what is new.")
        return sentences(shown, kept, turning)

    def _chosen(self, index: QModelIndex) -> None:
        self.plot.mark(index.row())


def _offer(choice: Choice, entries: list[tuple[str, str]], chosen: str) -> None:
    """Offer texts with what they stand for; what is too long ends in dots, and its tool tip has the whole."""
    choice.clear()
    metrics, room = current().metrics(BODY), choice.minimumWidth() - current().px(46)
    for at, (text, value) in enumerate(entries):
        choice.addItem(metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room), value)
        choice.setItemData(at, tip(text), Qt.ItemDataRole.ToolTipRole)
        choice.setItemData(at, text, Qt.ItemDataRole.AccessibleTextRole)
    choice.setCurrentIndex(choice.findData(chosen))


def _away(point: MapPoint, yours: tuple[float, float]) -> float:
    return math.hypot(point.x - yours[0], point.y - yours[1])


def _ordered(drawn: IslandMap) -> tuple[MapPoint, ...]:
    """Return the models by their distance from the user's rows, or by name where there are none."""
    yours = drawn.yours
    if yours is None:
        return tuple(sorted(drawn.points, key=lambda point: (point.name, point.id)))
    return tuple(sorted(drawn.points, key=lambda point: (_away(point, yours), point.id)))
