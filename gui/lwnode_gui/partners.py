# SPDX-License-Identifier: Apache-2.0
"""The partners' screen: this node's key, and the organisations whose keys it holds.

Called by the shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from lwnode.errors import LwnodeError
from lwnode_gui import words
from lwnode_gui.connection import Connection
from lwnode_gui.formats import breakable, day, number, plain, said
from lwnode_gui.readings import Circle, read_circle
from lwnode_gui.theme import current
from lwnode_gui.widgets.buttons import Button
from lwnode_gui.widgets.containers import Card, PageHeader
from lwnode_gui.widgets.layout import add_top, box, clear, column, row
from lwnode_gui.widgets.notices import MessageBar
from lwnode_gui.widgets.painted import KeyPicture
from lwnode_gui.widgets.tables import Cell, Column, DataTable
from lwnode_gui.widgets.text import Label

if TYPE_CHECKING:
    from lwnode.node.records import PartnerInfo, Status


class PartnersView(QWidget):
    """My key at the left, the partners at the right."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._connection = connection
        self._circle: Circle | None = None
        self._count = -1
        self.message = MessageBar()
        self._mine = Card(self.tr("My key"), gap=10)
        self._mine.setFixedWidth(current().px(300))
        self._mine_box = box(column(gap=10))
        self._mine.add(self._mine_box)
        columns = (
            Column(head=self.tr("Organisation"), strong=True),
            Column(head=self.tr("Trust"), width=118),
            Column(head=self.tr("Key"), width=136, mono=True),
            Column(head=self.tr("Models"), width=80, right=True),
            Column(head=self.tr("Known since"), width=144, dim=True),
        )
        self.table = DataTable(self.tr("Partners"), columns, row=38, fit=True)
        self._listed = Card(self.tr("Partners"))
        none = self.tr("No partners yet. They appear when you join a hub or import a model.")
        self._none = Label(none, "dim", wrap=True)
        self._listed.add_table(self.table)
        self._listed.add(self._none)
        sentence = self.tr(
            "Organisations whose keys this node holds. Compare fingerprints by telephone before you rely on one."
        )
        body = row(column(self._mine, None), (column(self._listed, None), 1), gap=16)
        self.setLayout(column(PageHeader(self.tr("Partners"), sentence), self.message, (body, 1), gap=12))
        self.first: QWidget = self.table  # what has the focus when the screen is opened
        connection.connected.connect(self._read)
        connection.status_read.connect(self._status)

    def showEvent(self, event: QShowEvent) -> None:
        """Read the partners when the screen is opened."""
        super().showEvent(event)
        self._read()

    def _status(self, status: Status) -> None:
        if self._count not in (-1, status.partners):
            self._read()
        self._count = status.partners

    def _read(self) -> None:
        self._connection.submit("circle", lambda node, _: read_circle(node), done=self.show_circle, failed=self._failed)

    def _failed(self, error: LwnodeError) -> None:
        self.message.say("danger", said(str(error)), said(error.hint))

    def show_circle(self, circle: Circle) -> None:
        """Show the key and the partners."""
        self.message.hide()
        if circle == self._circle:
            return
        self._circle = circle
        self._show_mine(circle)
        self._listed.title.setText(self.tr("%n partner(s)", "", len(circle.partners)))
        self.table.setVisible(bool(circle.partners))
        self._none.setVisible(not circle.partners)
        self.table.replace([_cells(partner) for partner in circle.partners])

    def _show_mine(self, circle: Circle) -> None:
        layout = self._mine_box.layout()
        assert layout is not None
        clear(layout)
        head: QHBoxLayout = row(gap=12)
        add_top(head, KeyPicture(circle.readable, 48))
        head.addWidget(Label(breakable(plain(circle.organisation, 120)), "strong", wrap=True), 1)
        groups = circle.readable.split("-")
        lines = "\n".join("-".join(groups[at : at + 2]) for at in range(0, len(groups), 2))
        key = Label(lines, "mono", select=True)
        key.setAlignment(Qt.AlignmentFlag.AlignLeft)
        key.setAccessibleName(self.tr("Fingerprint of my key: {0}").format(circle.readable))
        key.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        text = self.tr("Safe to show and to read aloud: it stands for your public key and holds no secret.")
        copy = Button(self.tr("Copy"), "small", "copy")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(circle.readable))
        for part in (box(head), key, Label(text, "caption", wrap=True), box(row(copy, None))):
            layout.addWidget(part)


def _cells(partner: PartnerInfo) -> tuple[Cell, ...]:
    return (
        Cell(text=plain(partner.organisation, 120)),
        Cell(text=words.trust(partner.state).text, more=words.trust_meaning(partner.state)),
        Cell(text=partner.short, more=partner.publisher),
        Cell(text=number(partner.learnwares)),
        Cell(text=day(partner.since)),
    )
