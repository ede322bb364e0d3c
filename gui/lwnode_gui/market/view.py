# SPDX-License-Identifier: Apache-2.0
"""The market's screen: puts its parts together and shows one state.

Called by the shell.
"""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QListView, QPushButton, QWidget

from lwnode_gui.connection import Connection
from lwnode_gui.formats import plain, said, spoken_list
from lwnode_gui.market.best import BestCard
from lwnode_gui.market.chips import Chips
from lwnode_gui.market.delegate import BAR, CardDelegate
from lwnode_gui.market.detail import DetailPanel
from lwnode_gui.market.list_model import MarketModel
from lwnode_gui.market.nothing import NothingView
from lwnode_gui.market.presenter import MarketPresenter
from lwnode_gui.market.search_bar import SearchBar
from lwnode_gui.market.state import MarketState
from lwnode_gui.readings import Answer, Source
from lwnode_gui.theme import current
from lwnode_gui.widgets.buttons import Button
from lwnode_gui.widgets.containers import PageHeader, Pages
from lwnode_gui.widgets.layout import box, column, row
from lwnode_gui.widgets.notices import EmptyState, MessageBar

_PANEL, _NARROW_PANEL = 348, 312  # pixels at 100 %
_NARROW = 940  # pixels of page width below which the panel is narrow
_WORDS = 10  # that are named


class MarketView(QWidget):
    """The market."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.presenter = MarketPresenter(connection, self)
        self.state = MarketState()
        self._answer: Answer | None = None
        self._focused = False
        sentence = self.tr("Find a model that fits your data. The search runs on this computer and sends nothing.")
        self.bar, self.chips, self.best = SearchBar(), Chips(), BestCard()
        self.detail, self.nothing = DetailPanel(), NothingView()
        self.model, self.list = MarketModel(), QListView()
        dismiss = Button(self.tr("Close"), "small")
        dismiss.clicked.connect(self.presenter.dismiss)
        self.message, self.spelt = MessageBar(dismiss), MessageBar()
        self.pages = Pages()
        self._make_list()
        self._no_hits, self._empty = self._make_empty_states()
        self._left = Pages()
        self._left.setMinimumHeight(current().px(118))
        self._left.addWidget(self.list)
        self._left.addWidget(self._no_hits)
        best = row((self.best, 1), margins=(0, 0, BAR, 0))
        listed = row((column(best, (self._left, 1), gap=12), 1), self.detail, gap=16 - BAR)
        self._listed = box(listed)
        for page in (self._listed, self.nothing, self._empty):
            self.pages.addWidget(page)
        self.setLayout(
            column(
                PageHeader(self.tr("Market"), sentence),
                self.message,
                self.bar,
                self.chips,
                self.spelt,
                (self.pages, 1),
                gap=12,
            )
        )
        self.first: QWidget = self.list  # what has the focus when the screen is opened; a focus proxy would trap Tab
        self._connect()
        self.show_state(self.state)

    # ------------------------------------------------------------- making
    def _make_list(self) -> None:
        self.list.setModel(self.model)
        self.list.setItemDelegate(CardDelegate(self.list))
        self.list.setAccessibleName(self.tr("Models on offer"))
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(False)
        self.list.setTabKeyNavigation(False)
        current().changed.connect(self.list.viewport().update)

    def _make_empty_states(self) -> tuple[EmptyState, EmptyState]:
        clear = Button(self.tr("Clear words and filters"))
        clear.clicked.connect(self._clear)
        title, fewer = self.tr("No model here is called that"), self.tr("Try fewer words or filters.")
        none = EmptyState("market", title, fewer, clear)
        again = Button(self.tr("Look again"))
        again.clicked.connect(self.presenter.retry)
        body = self.tr(
            "Models appear here when you publish one, import one from a file, or join a hub and your partners "
            "publish theirs."
        )
        return none, EmptyState("box", self.tr("The catalogue is empty"), body, again)

    def _connect(self) -> None:
        self.presenter.changed.connect(self.show_state)
        self.bar.typed.connect(self.presenter.type_words)
        self.bar.pressed.connect(self.presenter.search)
        self.bar.stopped.connect(self.presenter.stop)
        self.bar.chosen.connect(self.presenter.choose_source)
        self.chips.toggled.connect(self.presenter.toggle)
        self.best.shown.connect(self.choose)
        self.nothing.other_data.connect(self.bar.choose_file)
        self.nothing.whole_list.connect(lambda: self.presenter.choose_source(Source()))
        self.list.selectionModel().currentChanged.connect(self._show_detail)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self._find)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        leave.activated.connect(self._escape)

    # ------------------------------------------------------------- showing
    def show_state(self, state: MarketState) -> None:
        """Show what there is to show."""
        self.state = state
        self.bar.show_state(state)
        self.chips.show_state(state)
        self.best.show_state(state)
        self.nothing.show_state(state)
        chosen = self.model.at(self.list.currentIndex().row())
        fresh = state.answer is not None and state.answer is not self._answer
        self._answer = state.answer
        if (
            self.model.replace(state.rows) or fresh
        ) and state.rows:  # a new answer shows its best, else the choice stays
            at = self.model.row_of(chosen.offer.ware.id) if chosen is not None and not fresh else -1
            self._select(max(at, 0))
        self.detail.show_row(self.model.at(self.list.currentIndex().row()))
        self.detail.setVisible(bool(state.rows))
        self._left.setCurrentWidget(self.list if state.rows else self._no_hits)
        self._order()
        page = {"list": self._listed, "nothing": self.nothing}.get(state.phase, self._empty)
        self.pages.setCurrentWidget(page)
        self.pages.setVisible(state.phase != "connecting")
        self._show_spelt(state)
        self._show_problem(state)
        if state.phase == "list" and not self._focused:  # the first list there is gets the first focus
            self._focused = True
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _order(self) -> None:
        """Let Tab go through the screen as it is read; chips and members are made anew now and then."""
        links, buttons = self.best.findChildren(QPushButton), self.detail.findChildren(QPushButton)
        chips = self.chips.findChildren(QPushButton)
        bar: list[QWidget] = [self.bar.words, self.bar.data, self.bar.button]
        for before, after in pairwise([*bar, *chips, *links, self.list, self.detail.area, *buttons]):
            QWidget.setTabOrder(before, after)

    def _show_spelt(self, state: MarketState) -> None:
        if not state.spelt or not state.rows or state.phase != "list":
            self.spelt.hide()
            return
        asked = spoken_list(tuple(plain(spelt.asked, 40) for spelt in state.spelt), _WORDS)
        taken = spoken_list(tuple(plain(word, 40) for spelt in state.spelt for word in spelt.taken), _WORDS)
        title, body = self.tr("No model says {0}").format(asked), self.tr("These say a similar word: {0}")
        self.spelt.say("info", title, body.format(taken))

    def _show_problem(self, state: MarketState) -> None:
        if state.problem is None:
            self.message.hide()
            return
        self.message.say("danger", said(str(state.problem)), said(state.problem.hint))

    def _show_detail(self) -> None:
        self.detail.show_row(self.model.at(self.list.currentIndex().row()))
        self._order()

    def choose(self, identity: str) -> None:
        """Choose a learnware of the list and bring it into view."""
        at = self.model.row_of(identity)
        if at >= 0:
            self._select(at)

    def _select(self, at: int) -> None:
        index = self.model.index(at, 0)
        self.list.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.list.scrollTo(index)

    # ------------------------------------------------------------- keys
    def _find(self) -> None:
        self.bar.words.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.words.selectAll()

    def _escape(self) -> None:
        if self.state.searching:
            self.presenter.stop()
        elif self.bar.words.text() or self.state.chosen:
            self._clear()

    def _clear(self) -> None:
        self.bar.words.clear()
        self.presenter.clear()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the list what a narrow window leaves."""
        narrow = self.width() < current().px(_NARROW)
        self.detail.setFixedWidth(current().px(_NARROW_PANEL if narrow else _PANEL))
