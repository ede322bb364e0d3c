# SPDX-License-Identifier: Apache-2.0
"""The answer of a search by data, above the list: the best choice, or how to go on.

Rules
-----
* The answer is a sentence with its figures; the figures of one learnware are compared with those of several.
* A combination is shown by weight, each member in its colour and with its name.

Used by the market's view.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from lwnode_gui import reasons, words
from lwnode_gui.formats import number, percent, plain, sentences
from lwnode_gui.market.list_model import name
from lwnode_gui.market.state import MarketState
from lwnode_gui.readings import Offer
from lwnode_gui.widgets.buttons import Button
from lwnode_gui.widgets.containers import Card
from lwnode_gui.widgets.flow import Flow
from lwnode_gui.widgets.layout import box, clear, column, row
from lwnode_gui.widgets.painted import ShareBar, Swatch
from lwnode_gui.widgets.text import Badge, Label

if TYPE_CHECKING:
    from lwnode.market.results import Found

translate = QCoreApplication.translate

_SMALL = 0.005  # share of the rows below which nobody needs to be told


def sentence(state: MarketState) -> str:
    """Return the best choice in words."""
    answer = state.answer
    if answer is None:
        return ""
    multiple, best = answer.found.multiple, state.best
    if multiple is None:
        if best is None or best.match is None:
            return ""
        text = translate("Market", "{0} from {1}.").format(name(best), plain(best.offer.ware.organisation, 120))
        match, share = best.match.match, best.match.covered.share
        much = translate("Market", "It matches your data to {0}.").format(percent(match)) if match is not None else ""
        rows = translate("Market", "It covers {0} of your rows.").format(percent(share)) if share is not None else ""
        return sentences(text, much, rows)
    text = translate("Market", "Combine %n model(s).", "", len(state.members))
    together = multiple.covered.share
    alone = best.match.covered.share if best is not None and best.match is not None else None
    if together is not None and alone is not None:
        more = translate("Market", "Together they cover {0} of your rows, the best single model {1}.")
        return sentences(text, more.format(percent(together), percent(alone)))
    if together is not None:
        return sentences(text, translate("Market", "Together they cover {0} of your rows.").format(percent(together)))
    return text


def rest(state: MarketState) -> str:
    """Return why, and which part of the rows nobody covers."""
    answer = state.answer
    if answer is None:
        return ""
    found = answer.found
    code, reason = found.reason_code, found.reason
    if found.multiple is not None:
        code, reason = found.multiple.reason_code, found.multiple.reason
    why = reasons.sentence(code, reason)
    why = sentences(why, *_more(found))
    share = found.uncovered.share
    if found.multiple is not None or share is None or share < _SMALL:
        return why  # the share that a combination covers stands in its sentence
    text = translate("Market", "Nobody covers {0} of your {1} rows.")
    return sentences(why, text.format(percent(share), number(answer.rows)))


def _more(found: Found) -> tuple[str, ...]:
    """Return how many more models that fit there are of publishers who have their places at the top already."""
    held = [match for match in found.held if match.verdict in ("fits", "partly")]
    names = {match.publisher: plain(match.organisation, 120) for match in held}
    count = Counter(match.publisher for match in held)
    return tuple(
        translate("Market", "%n more of {0} follow(s) after the others.", "", more).format(names[who])
        for who, more in count.items()
    )


class BestCard(Card):
    """The best choice."""

    shown = Signal(str)  # id of the learnware to look at

    def __init__(self) -> None:
        self._verdict = Badge(words.verdict("fits"))
        super().__init__(translate("BestCard", "Best choice"), action=self._verdict, gap=6)
        self._sentence = Label("", wrap=True)
        self._rest = Label("", "caption", wrap=True)
        self._members = column(gap=2)
        self._combination = box(self._members)
        self.add(self._sentence, self._combination, self._rest)
        self.hide()

    def show_state(self, state: MarketState) -> None:
        """Show the answer, or nothing where there is none."""
        text = sentence(state)
        self.setVisible(bool(text) and state.phase == "list")
        if not text or state.answer is None:
            return
        found = state.answer.found
        self.title.setText(self.tr("Best choice for {0}").format(plain(state.answer.source.label, 60)))
        self._sentence.setText(text)
        self._rest.setText(rest(state))
        self._verdict.show_sign(words.verdict(found.multiple.verdict if found.multiple is not None else found.verdict))
        self._show_members(state.members)

    def _show_members(self, members: tuple[tuple[Offer | None, float], ...]) -> None:
        clear(self._members)
        self._combination.setVisible(bool(members))
        if not members:
            return
        shares = tuple(weight for _, weight in members)
        bar = ShareBar(shares, self.tr("Weights of the combination"))
        legend = Flow(12, 2)
        for at, (offer, _) in enumerate(members):
            legend.addWidget(self._member(at, offer))
        self._members.addWidget(bar)
        self._members.addLayout(legend)

    def _member(self, at: int, offer: Offer | None) -> QWidget:
        if offer is None:
            return box(row(Swatch(at), Label(self.tr("no longer in the catalogue"), "caption"), gap=6))
        button = Button(plain(offer.ware.name, 60), "link")
        button.explain(self.tr("Show this model"))
        button.clicked.connect(lambda: self.shown.emit(offer.ware.id))
        return box(row(Swatch(at), button, gap=0))
