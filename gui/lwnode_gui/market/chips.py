# SPDX-License-Identifier: Apache-2.0
"""The chips that filter the market's list, and what the list holds in words.

Used by the market's view.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from lwnode_gui import words
from lwnode_gui.formats import number, seconds
from lwnode_gui.market.arrange import FITTING, KNOWN, PRIVATE, SAME, Facet
from lwnode_gui.market.state import MarketState
from lwnode_gui.widgets.buttons import Button
from lwnode_gui.widgets.flow import Flow
from lwnode_gui.widgets.layout import clear, row
from lwnode_gui.widgets.text import Label

translate = QCoreApplication.translate


def facet_name(facet: Facet) -> str:
    """Return what a chip is called."""
    fixed = {
        FITTING: translate("Market", "Fits my data"),
        KNOWN: translate("Market", "Verified"),
        PRIVATE: translate("Market", "Private sketch"),
        SAME: translate("Market", "Show what is the same"),
    }
    return fixed[facet] if facet in fixed else words.vocabulary("task", facet[1])


def summary(state: MarketState) -> str:
    """Return what the list holds, in words."""
    shown, total = len(state.rows), state.total
    if state.answer is not None and not state.searching:
        compared = translate("Market", "%n model(s) compared", "", state.answer.found.considered)
        text = f"{compared} · {seconds(state.answer.seconds)}"
    elif shown == total:
        text = translate("Market", "%n model(s)", "", total)
    else:
        text = translate("Market", "{0} of {1} models").format(number(shown), number(total))
    if state.announced:
        text += " · " + translate("Market", "%n more announced, files not here yet", "", state.announced)
    return text


class Chips(QWidget):
    """The chips at the left, the summary at the right."""

    toggled = Signal(object)  # Facet

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._offered: tuple[Facet, ...] = ()
        self._buttons: dict[Facet, Button] = {}
        self._flow = Flow()
        self.summary = Label("", "caption")
        self.summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setLayout(row((self._flow, 1), self.summary, gap=12))

    def show_state(self, state: MarketState) -> None:
        """Show the chips that are offered, and which are on."""
        self.summary.setText(summary(state) if state.phase in ("list", "nothing") else "")
        offered = state.facets if state.phase == "list" else ()
        if offered != self._offered:
            focused = next((facet for facet, chip in self._buttons.items() if chip.hasFocus()), None)
            self._offered = offered
            clear(self._flow)
            self._buttons = {}
            for facet in offered:
                chip = Button(facet_name(facet), "chip")
                chip.clicked.connect(lambda _on=False, facet=facet: self.toggled.emit(facet))
                self._flow.addWidget(chip)
                self._buttons[facet] = chip
            if focused in self._buttons:
                self._buttons[focused].setFocus()
        for facet, chip in self._buttons.items():
            chip.setChecked(facet in state.chosen)
