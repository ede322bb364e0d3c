# SPDX-License-Identifier: Apache-2.0
"""Everything that is known about one learnware, beside the list.

Rules
-----
* How it compares comes first, then what is the same, what it is for, how good it is, what it needs, and whose it is.
* What its publisher wrote is shown as plain text; what is not known is left out, not invented.

Used by the market's view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lwnode_gui import reasons, words
from lwnode_gui.formats import breakable, day, groups, number, paragraphs, percent, plain, sentences, size, spoken_list
from lwnode_gui.market.arrange import Row
from lwnode_gui.market.list_model import name
from lwnode_gui.readings import Offer
from lwnode_gui.widgets.buttons import Button
from lwnode_gui.widgets.containers import Card, Rule, Scroll
from lwnode_gui.widgets.facts import Fact, FactList
from lwnode_gui.widgets.layout import Item, add, clear, column, row
from lwnode_gui.widgets.painted import KeyPicture, Quantity
from lwnode_gui.widgets.text import Badge, Label

if TYPE_CHECKING:
    from lwnode.documents import Input

translate = QCoreApplication.translate

_LEVELS = 6  # levels of a category, tags or fields that are named


class DetailPanel(Card):
    """One learnware."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("The chosen model"))
        self._shown: Row | None = None
        self._body = QVBoxLayout()
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(8)
        self.area = Scroll(self.tr("The chosen model"), self._body)
        self.parts.setContentsMargins(3, 14, 3, 8)
        self.parts.addLayout(row((self.area, 1), margins=(13, 0, 5, 0)))

    def show_row(self, shown: Row | None) -> None:
        """Show a learnware, or that none is chosen."""
        if shown is not None and shown == self._shown:
            return
        self._shown = shown
        clear(self._body)
        if shown is None:
            add(self._body, Label(self.tr("Choose a model to see more about it."), "dim", wrap=True))
            add(self._body, None)
            return
        for part in (*_head(shown), *_comparison(shown), *_same(shown), *_purpose(shown.offer), *_figures(shown.offer)):
            add(self._body, part)
        for part in (*_inputs(shown.offer), *_privacy(shown.offer), *_publisher(shown.offer)):
            add(self._body, part)
        add(self._body, None)
        self.area.verticalScrollBar().setValue(0)


def _section(title: str) -> tuple[Item, ...]:
    return 2, Rule(), Label(title, "strong")


def _head(shown: Row) -> tuple[Item, ...]:
    ware = shown.offer.ware
    badge = Badge(words.trust(ware.trust), words.trust_meaning(ware.trust))
    organisation = Label(breakable(plain(ware.organisation, 120)), "dim", wrap=True)
    head: list[Item] = [Label(breakable(name(shown)), "title", wrap=True), row(badge, (organisation, 1))]
    if ware.semantic is not None and ware.semantic.description:
        head.append(Label(paragraphs(ware.semantic.description), wrap=True))
    return tuple(head)


def _comparison(shown: Row) -> tuple[Item, ...]:
    match = shown.match
    if match is None:
        return ()
    covered = match.covered
    value = Quantity(words.share(match.match), translate("Market", "match"))
    title = Label(translate("Market", "Compared with your rows"), "strong", wrap=True)
    cover = Quantity(words.share(covered.share), translate("Market", "of your rows"))
    small: list[str] = []
    if match.match_low is not None and match.match_high is not None:
        text = translate("Market", "Match between {0} and {1} (90 % interval).")
        small.append(text.format(percent(match.match_low), percent(match.match_high)))
    text = translate("Market", "Distance {0} (MMD); rows of the same source would be about {1} away.")
    small.append(text.format(number(match.distance, 3), number(match.floor, 3)))
    small.append(words.dependence(match.dependence) + translate("Market", "."))
    return (
        2,
        Rule(),
        row((title, 1), Badge(words.verdict(match.verdict))),
        row(value, cover, None, gap=24),
        Label(reasons.sentence(match.reason_code, match.reason), wrap=True),
        Label(sentences(*small), "caption", wrap=True),
    )


def _same(shown: Row) -> tuple[Item, ...]:
    if shown.under is not None:
        text = translate("Market", "It stands under the model {0}.").format(groups(shown.under.under))
        title = translate("Market", "The same to you as another model")
        return (*_section(title), Label(sentences(words.fold(shown.under), text), wrap=True))
    if not shown.same:
        return ()
    lines: list[Item] = []
    for other in shown.same:
        assert other.under is not None
        who = plain(other.offer.ware.organisation, 120)
        small = f"{who} · {groups(other.offer.ware.id)}"
        text = sentences(words.fold(other.under))
        lines.append(
            column(
                Label(breakable(name(other)), wrap=True),
                Label(breakable(small), "caption", wrap=True),
                Label(text, "caption", wrap=True),
                gap=0,
            )
        )
    return (*_section(translate("Market", "The same to you")), *lines)


def _purpose(offer: Offer) -> tuple[Item, ...]:
    semantic = offer.ware.semantic
    if semantic is None:
        return ()
    facts = [
        Fact(name=translate("Market", "Meant for"), value=paragraphs(semantic.intended_use)),
        Fact(name=translate("Market", "Not for"), value=paragraphs(semantic.limits)),
        Fact(name=translate("Market", "Data from"), value=plain(semantic.period, 80)),
        Fact(
            name=translate("Market", "Tags"), value=spoken_list(tuple(plain(tag, 40) for tag in semantic.tags), _LEVELS)
        ),
    ]
    given = [fact for fact in facts if fact.value]
    return (*_section(translate("Market", "What it is for")), FactList(given)) if given else ()


def _figures(offer: Offer) -> tuple[Item, ...]:
    card = offer.ware.card
    if card is None or not card.figures:
        return ()
    lines: list[Item] = []
    for item in card.figures:
        figure = words.figure(item)
        text = translate("Market", "{0} to {1}").format(figure.low, figure.high)
        hint = f"{text} · {figure.against}" if figure.against else text
        lines.append(column(Quantity(figure.value, figure.name), Label(hint, "caption", wrap=True), gap=0))
    note = translate("Market", "On rows that were held out; 95 % intervals. As its publisher states them.")
    note = sentences(note, breakable(words.figures_note(card.figures_note)))
    return (*_section(translate("Market", "How good it is")), *lines, Label(note, "caption", wrap=True))


def _input(item: Input) -> str:
    if item.type == "number":
        return words.unit(item.unit) or translate("Market", "number")
    return spoken_list(tuple(plain(level, 40) for level in item.levels), _LEVELS)


def _inputs(offer: Offer) -> tuple[Item, ...]:
    card = offer.ware.card
    if card is None or not card.inputs:
        return ()
    facts = [Fact(name=breakable(plain(item.name, 80)), value=breakable(_input(item))) for item in card.inputs]
    title = translate("Market", "Needs %n column(s)", "", len(card.inputs))
    target = plain(card.target, 80)
    predicts: tuple[Item, ...] = ()
    if target:
        predicts = (Label(breakable(translate("Market", "It predicts: {0}").format(target)), "caption", wrap=True),)
    return (*_section(title), FactList(facts, 136), *predicts)


def _privacy(offer: Offer) -> tuple[Item, ...]:
    terms = words.privacy_terms(offer)
    return (
        *_section(translate("Market", "Privacy of its data")),
        Label(words.privacy_meaning(offer), wrap=True),
        *((Label(terms, "caption", wrap=True),) if terms else ()),
    )


def _publisher(offer: Offer) -> tuple[Item, ...]:
    ware = offer.ware
    facts = [
        Fact(name=translate("Market", "Key"), value=offer.fingerprint[:31], role="mono", select=True),
        Fact(name=translate("Market", "Trust"), value=words.trust_meaning(ware.trust)),
        Fact(name=translate("Market", "Made"), value=day(ware.created)),
        Fact(name=translate("Market", "Rows"), value=words.rows(ware.rows)),
        Fact(name=translate("Market", "Files"), value=size(ware.size)),
        Fact(name=translate("Market", "Id"), value=groups(ware.id), role="mono", select=True),
    ]
    if ware.semantic is not None:
        fields = tuple(words.vocabulary("scenario", value) for value in ware.semantic.scenario)
        facts.insert(2, Fact(name=translate("Market", "Field"), value=spoken_list(fields, _LEVELS)))
        licence = words.vocabulary("license", ware.semantic.license)
        facts.insert(3, Fact(name=translate("Market", "Licence"), value=licence))
    if ware.card is not None:
        facts.insert(4, Fact(name=translate("Market", "Kind"), value=plain(ware.card.family, 60)))
    button = Button(translate("Market", "Copy the id"), "small", "copy")
    button.clicked.connect(lambda: QGuiApplication.clipboard().setText(ware.id))
    picture: QWidget = KeyPicture(ware.publisher)
    given = [fact for fact in facts if fact.value]
    return (
        *_section(translate("Market", "Publisher and files")),
        row(picture, (Label(breakable(plain(ware.organisation, 120)), "strong", wrap=True), 1), gap=10),
        FactList(given),
        row(button, None),
    )
