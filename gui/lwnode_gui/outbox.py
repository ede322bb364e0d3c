# SPDX-License-Identifier: Apache-2.0
"""The outbox's screen: everything that has left this node, and whether the record is unbroken.

Rules
-----
* The bar on top says what the check of the chain found; where it was not checked, it says so.
* Nothing can be changed or deleted from here.

Called by the shell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QModelIndex
from PySide6.QtWidgets import QWidget

from lwnode.errors import LwnodeError
from lwnode_gui.connection import Connection
from lwnode_gui.formats import breakable, groups, minute, number, plain, said, sentences, size
from lwnode_gui.theme import current
from lwnode_gui.widgets.buttons import Button
from lwnode_gui.widgets.containers import Card, PageHeader
from lwnode_gui.widgets.facts import Fact, FactList
from lwnode_gui.widgets.layout import box, clear, column, row
from lwnode_gui.widgets.notices import MessageBar
from lwnode_gui.widgets.painted import Quantity
from lwnode_gui.widgets.tables import Cell, Column, DataTable
from lwnode_gui.widgets.text import Label

if TYPE_CHECKING:
    from lwnode.node.records import HubLink, OutboxInfo, OutboxRow

translate = QCoreApplication.translate


def kind_word(kind: str) -> str:
    """Return what kind of thing left."""
    known = {
        "file": translate("Outbox", "file"),
        "manifest": translate("Outbox", "manifest"),
        "profile": translate("Outbox", "island profile"),
        "withdrawal": translate("Outbox", "withdrawal"),
        "keys document": translate("Outbox", "public keys"),
    }
    return known.get(kind, plain(kind, 40))


class OutboxView(QWidget):
    """What has left."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._connection = connection
        self._rows: tuple[OutboxRow, ...] = ()
        self._hubs: tuple[HubLink, ...] = ()
        again = Button(self.tr("Check again"))
        again.clicked.connect(connection.check_outbox)
        self.chain = MessageBar(again)
        self._raw, self._left, self._wire = Quantity(), Quantity(), Quantity()
        stats = Card()
        stats.add(
            row(
                (_stat(self.tr("Raw rows"), self._raw), 1),
                (_stat(self.tr("Left in all"), self._left), 1),
                (_stat(self.tr("Sent on the wire, polls included"), self._wire), 1),
                gap=24,
            )
        )
        columns = (
            Column(head=self.tr("When"), width=176, dim=True),
            Column(head=self.tr("What"), strong=True),
            Column(head=self.tr("To"), width=156),
            Column(head=self.tr("Size"), width=84, right=True),
            Column(head="ε", width=48, right=True),
        )
        self.table = DataTable(self.tr("Everything that has left"), columns, row=36)
        listed = Card()
        listed.parts.setContentsMargins(3, 8, 3, 8)
        listed.add_table(self.table)
        self._detail = Card(self.tr("The chosen entry"))
        self._detail.setFixedWidth(current().px(300))
        self._facts = box(column())
        self._detail.add(self._facts)
        sentence = self.tr("Everything that has left this node, in order. Entries cannot be changed or removed.")
        body = row((column(listed, None), 1), column(self._detail, None), gap=16)
        self.setLayout(column(PageHeader(self.tr("Outbox"), sentence), self.chain, stats, (body, 1), gap=12))
        self.first: QWidget = self.table  # what has the focus when the screen is opened
        self.table.selectionModel().currentChanged.connect(self._choose)
        connection.outbox_read.connect(self.show_outbox)
        connection.outbox_failed.connect(self._failed)

    def show_outbox(self, outbox: OutboxInfo) -> None:
        """Show the entries, the totals and the state of the chain."""
        if outbox.broken_at is None:
            text = self.tr("Unbroken: all %n entry(s) verified", "", outbox.count)
            self.chain.say("ok", text)
        else:
            text = self.tr("Broken at entry {0}").format(number(outbox.broken_at))
            more = self.tr("From there on nothing is proven. Restore a backup, and ask who changed it.")
            self.chain.say("danger", text, more)
        broken = outbox.broken_at is not None
        self._raw.say("–" if broken else number(outbox.rows_left), self.tr("cannot be proven") if broken else "")
        self._left.say(size(sum(outbox.totals.values())))
        self._wire.say(size(outbox.wire_sent))
        hubs = self._connection.status.hubs if self._connection.status is not None else ()
        if outbox.entries == self._rows and hubs == self._hubs:
            return
        self._hubs = hubs
        chosen = self.table.currentIndex().row()
        self._rows = outbox.entries
        self.table.replace([_cells(entry, recipient(entry.to, self._hubs)) for entry in outbox.entries])
        if self._rows:
            self.table.selectRow(min(max(chosen, 0), len(self._rows) - 1))
        self._choose(self.table.currentIndex())

    def _failed(self, error: LwnodeError) -> None:
        self.chain.say(
            "danger", self.tr("The outbox could not be checked"), sentences(said(str(error)) + ".", said(error.hint))
        )

    def _choose(self, index: QModelIndex) -> None:
        layout = self._facts.layout()
        assert layout is not None
        clear(layout)
        if not 0 <= index.row() < len(self._rows):
            layout.addWidget(Label(self.tr("Nothing has left yet."), "dim", wrap=True))
            return
        entry = self._rows[index.row()]
        facts = [
            Fact(name=self.tr("Entry"), value=number(entry.number)),
            Fact(name=self.tr("Sent"), value=minute(entry.time)),
            Fact(name=self.tr("What"), value=breakable(plain(entry.what, 200))),
            Fact(name=self.tr("Kind"), value=kind_word(entry.kind)),
            Fact(name=self.tr("To"), value=breakable(recipient(entry.to, self._hubs))),
            Fact(name=self.tr("Size"), value=self.tr("{0} bytes").format(number(entry.size))),
            Fact(name="sha256", value=groups(entry.digest), role="mono", select=True),
            Fact(name=self.tr("By"), value=breakable(plain(entry.who, 120))),
        ]
        if entry.learnware:
            facts.append(Fact(name=self.tr("Model"), value=groups(entry.learnware), role="mono", select=True))
        layout.addWidget(FactList([fact for fact in facts if fact.value], 72))


def _stat(name: str, value: Quantity) -> QWidget:
    return box(column(Label(name, "caption"), value, gap=2))


def recipient(to: str, hubs: Sequence[HubLink]) -> str:
    """Return who received an entry: the name of a hub where it is one of ours, else what the record says."""
    return next((plain(hub.name, 120) for hub in hubs if hub.hub == to and hub.name), plain(to, 120))


def _cells(entry: OutboxRow, to: str) -> tuple[Cell, ...]:
    kind = kind_word(entry.kind)
    return (
        Cell(text=minute(entry.time)),
        Cell(text=plain(entry.what, 200) or kind, more=f"{plain(entry.what, 200)}, {kind}" if entry.what else kind),
        Cell(text=to, more=plain(entry.to, 120)),
        Cell(text=size(entry.size)),
        Cell(text=number(entry.epsilon) if entry.epsilon is not None else "–"),
    )
