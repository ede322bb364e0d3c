# SPDX-License-Identifier: Apache-2.0
"""The result that nothing fits, or that there is too little data to tell.

Rules
-----
* It is a result, not a failure: it has no red, and it says what can be done.
* The nearest are shown with the reason why they are not recommended, and without a way to use them from here.

Used by the market's view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QWidget

from lwnode_gui import reasons, words
from lwnode_gui.formats import breakable, number, percent, plain, sentences, spoken_list
from lwnode_gui.icons import Name
from lwnode_gui.market.state import MarketState
from lwnode_gui.readings import Answer
from lwnode_gui.terminal import command
from lwnode_gui.theme import current
from lwnode_gui.widgets.buttons import Button
from lwnode_gui.widgets.containers import Card, Rule, Scroll
from lwnode_gui.widgets.layout import Item, add, add_top, box, clear, column, row
from lwnode_gui.widgets.notices import Icon
from lwnode_gui.widgets.painted import Bar, Quantity
from lwnode_gui.widgets.ruler import Ruler
from lwnode_gui.widgets.tables import Cell, Column, DataTable
from lwnode_gui.widgets.text import Label

if TYPE_CHECKING:
    from lwnode.node.records import DataSetInfo

translate = QCoreApplication.translate

_NAMED = 4  # columns that are named
_SHOWN = 3  # of the nearest
_NARROW = 940  # pixels of page width below which the side card and the table are narrow
_ORGANISATION = 2  # column of the table


class NothingView(QWidget):
    """What was compared and how far away it is; what can be done; what nobody covers."""

    other_data = Signal()
    whole_list = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._result = _ResultCard()
        self._ways = Card(self.tr("What you can do"), gap=10)
        self._gap = Card(self.tr("What nobody covers"), gap=8)
        self._gap.setFixedWidth(current().px(300))
        self._ways_list, self._gap_list = column(gap=10), column(gap=8)
        self._ways.add(box(self._ways_list))
        self._gap.add(box(self._gap_list))
        left = column(self._result, self._ways, None, gap=12)
        scroll = Scroll(self.tr("Result of the search"), row((left, 1), column(self._gap, None), gap=16))
        self.setLayout(column((scroll, 1)))
        self._shown: Answer | None = None

    def show_state(self, state: MarketState) -> None:
        """Show the result."""
        if state.answer is None or state.answer is self._shown:
            return
        self._shown = state.answer
        self._result.show_answer(state.answer)
        chosen = next((item for item in state.datasets if item.name == state.answer.source.name), None)
        self._show_ways(chosen, state.home)
        self._show_gap(state.answer)

    def _show_ways(self, chosen: DataSetInfo | None, home: str) -> None:
        clear(self._ways_list)
        other = Button(self.tr("Choose a file…"), "primary")
        other.clicked.connect(self.other_data)
        whole = Button(self.tr("Show all models"), "small")
        whole.clicked.connect(self.whole_list)
        ways: list[tuple[Name, str, str, Button]] = [
            ("market", self.tr("Match with other rows"), self.tr("Another table, or a part of this one."), other)
        ]
        if chosen is not None and chosen.target:
            typed = command("train", chosen.name, home=home)
            copy = Button(self.tr("Copy the command"), "small", "copy")
            copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(typed))
            text = self.tr("Train on your own %n row(s)", "", chosen.rows)
            ways.append(("box", text, self.tr("In a terminal: {0}").format(typed), copy))
        ways.append(("info", self.tr("Look at the whole list"), self.tr("By words, without your rows."), whole))
        for at, (symbol, title, text, button) in enumerate(ways):
            if at:
                self._ways_list.addWidget(Rule())
            add(self._ways_list, _way(symbol, title, text, button))

    def _show_gap(self, answer: Answer) -> None:
        clear(self._gap_list)
        uncovered, found = answer.found.uncovered, answer.found
        parts: list[Item] = []
        if uncovered.share is not None:
            of = self.tr("of your %n row(s)", "", answer.rows)
            parts += [Quantity(percent(uncovered.share), of, size=26)]
            parts += [Bar(uncovered.share, self.tr("Share that nobody covers"), color="text2"), 4]
            worth = self.tr("A gap shows where a new model is worth most. Only you see this.")
            parts.append(Label(worth, "dim", wrap=True))
        else:
            parts.append(Label(self.tr("It cannot be told which rows are covered."), "dim", wrap=True))
        if found.skipped:
            parts += [4, Rule(), Label(self.tr("Not compared"), "strong")]
        for item in found.skipped:
            count = self.tr("%n model(s): {0}", "", item.count).format(reasons.sentence(item.code, item.reason))
            parts.append(Label(count, wrap=True))
            if item.columns:
                names = spoken_list(tuple(plain(name, 40) for name in item.columns), _NAMED)
                parts.append(Label(breakable(names), "caption", wrap=True))
        for part in parts:
            add(self._gap_list, part)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the table what a narrow window leaves."""
        narrow = self.width() < current().px(_NARROW)
        self._gap.setFixedWidth(current().px(240 if narrow else 300))
        self._result.narrow(narrow)


class _ResultCard(Card):
    """The verdict, the ruler and the nearest."""

    def __init__(self) -> None:
        super().__init__(gap=8)
        self._verdict = Label("", "section", wrap=True)
        self._sentence = Label("", "dim", wrap=True)
        near = translate("NothingView", "✓ as near as rows of the same source")
        self._ruler = Ruler(near, translate("NothingView", "further away"), translate("NothingView", "Distances"))
        self._floor = Label("", "caption", wrap=True)
        columns = (
            Column(head="", width=30, dim=True),
            Column(head=translate("NothingView", "Nearest, not recommended"), dim=True),
            Column(head=translate("NothingView", "Organisation"), width=146, dim=True),
            Column(head=translate("NothingView", "Distance"), width=84, right=True, dim=True),
            Column(head=translate("NothingView", "Covers"), width=72, right=True, dim=True),
            Column(head=translate("NothingView", "Why not"), width=160, dim=True),
        )
        self._table = DataTable(translate("NothingView", "Nearest, not recommended"), columns, row=30, fit=True)
        self.add(self._verdict, self._sentence, 4, self._ruler, self._floor)
        self.add_table(self._table)

    def narrow(self, narrow: bool) -> None:
        """Leave the organisation to the tool tip where there is little room."""
        self._table.setColumnHidden(_ORGANISATION, narrow)

    def show_answer(self, answer: Answer) -> None:
        """Show a result."""
        found = answer.found
        little = found.verdict == "too little data"
        nothing = translate("NothingView", "Nothing fits your data")
        self._verdict.setText(translate("NothingView", "Too little data to tell") if little else nothing)
        count = translate("NothingView", "%n model(s) compared with {0}.", "", found.considered)
        says = reasons.sentence(found.reason_code, found.reason)
        warning = translate("NothingView", "Using the nearest would be a guess.")
        count = count.format(plain(answer.source.label, 60))
        self._sentence.setText(sentences(count, says, warning if found.nearest else ""))
        nearest = found.nearest[:_SHOWN]
        for widget in (self._ruler, self._floor, self._table):
            widget.setVisible(bool(nearest))
        if not nearest:
            return
        floor = max(match.floor for match in nearest)
        self._ruler.show_distances(floor, tuple(match.distance for match in nearest))
        text = translate(
            "NothingView", "distance to your rows (MMD); rows of the same source would be at most {0} away"
        )
        self._floor.setText(text.format(number(floor, 3)))
        self._table.replace(
            [
                (
                    Cell(text=str(at + 1)),
                    Cell(text=plain(match.name, 120), more=f"{plain(match.name)}\n{plain(match.organisation)}"),
                    Cell(text=plain(match.organisation, 120)),
                    Cell(text=number(match.distance, 3)),
                    Cell(text=words.share(match.covered.share)),
                    Cell(
                        text=reasons.why_not(match.reason_code) or plain(match.reason, 80),
                        more=reasons.sentence(match.reason_code, match.reason),
                    ),
                )
                for at, match in enumerate(nearest)
            ]
        )


def _way(symbol: Name, title: str, text: str, button: Button) -> Item:
    line = row(gap=12)
    add_top(line, Icon(symbol))
    line.addLayout(column(Label(title, "strong", wrap=True), Label(text, "caption", wrap=True), gap=1), 1)
    line.addWidget(button)
    return line
