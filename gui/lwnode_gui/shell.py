# SPDX-License-Identifier: Apache-2.0
"""The window: side bar, screens, status line.

Rules
-----
* It opens at once and connects in the background; until a node answers, it says so.
* Closing it stops nothing that the node does, and leaves no thread and no timer.

Made by the application.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from lwnode.errors import LwnodeError
from lwnode_gui.connection import Connection
from lwnode_gui.icons import Name
from lwnode_gui.island_map.view import MapView
from lwnode_gui.market.state import MarketState
from lwnode_gui.market.view import MarketView
from lwnode_gui.offline import OfflineView
from lwnode_gui.outbox import OutboxView
from lwnode_gui.partners import PartnersView
from lwnode_gui.sidebar import SideBar
from lwnode_gui.status_line import StatusLine
from lwnode_gui.widgets.containers import Pages
from lwnode_gui.widgets.layout import box, column, row

if TYPE_CHECKING:
    from lwnode.node.records import Status

MARKET, MAP, PARTNERS, OUTBOX = range(4)
"""The screens in the order of the side bar."""


class Shell(QMainWindow):
    """The window.

    Parameters
    ----------
    connection : Connection
        Started and closed by the window.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.setWindowTitle("lwnode")
        self.resize(1280, 800)
        self.setMinimumSize(1000, 640)
        self.connection = connection
        connection.setParent(self)
        self.market, self.map = MarketView(connection), MapView(connection)
        self.partners, self.outbox = PartnersView(connection), OutboxView(connection)
        entries: list[tuple[Name, str]] = [
            ("market", self.tr("Market")),
            ("map", self.tr("Map")),
            ("partners", self.tr("Partners")),
            ("outbox", self.tr("Outbox")),
        ]
        self.side, self.status = SideBar(entries), StatusLine()
        self.offline = OfflineView()
        self.screens = Pages()
        for screen in (self.market, self.map, self.partners, self.outbox):
            self.screens.addWidget(screen)
        self.pages = Pages()
        self.pages.addWidget(self.offline)
        self.pages.addWidget(self.screens)
        content = column((self.pages, 1), self.status, gap=12, margins=(24, 18, 24, 0))
        root: QWidget = box(row(self.side, (content, 1), gap=0), "root")
        self.setCentralWidget(root)
        self._connect()
        self.open(MARKET)

    def _connect(self) -> None:
        self.side.opened.connect(self.open)
        self.side.outbox_wanted.connect(lambda: self.open(OUTBOX))
        self.offline.retried.connect(self.connection.retry)
        self.connection.connected.connect(self._connected)
        self.connection.lost.connect(self._lost)
        self.connection.status_read.connect(self._status)
        self.connection.outbox_read.connect(self.side.safety.show_outbox)
        self.connection.outbox_failed.connect(lambda _: self.side.safety.show_outbox(None))
        self.market.presenter.changed.connect(self._market)
        self.market.presenter.progressed.connect(lambda share: self.status.show_own("search", share))

    def start(self) -> None:
        """Connect; call it once the window is shown."""
        self.connection.start()

    def open(self, screen: int) -> None:
        """Open a screen."""
        self.screens.setCurrentIndex(screen)
        self.side.mark(screen)
        if self.connection.is_open:
            views = (self.market, self.map, self.partners, self.outbox)
            views[screen].first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _connected(self) -> None:
        self.pages.setCurrentWidget(self.screens)

    def _lost(self, error: LwnodeError) -> None:
        self.offline.show_error(error)
        self.pages.setCurrentWidget(self.offline)
        self.offline.retry.setFocus(Qt.FocusReason.OtherFocusReason)
        self.side.safety.show_outbox(None)
        self.status.show_status(None)

    def _status(self, status: Status) -> None:
        self.side.show_organisation(status.organisation)
        self.status.show_status(status)

    def _market(self, state: MarketState) -> None:
        self.status.show_own("search" if state.searching else "", None)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the connection and its thread."""
        self.connection.close()
        event.accept()
