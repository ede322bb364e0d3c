# SPDX-License-Identifier: Apache-2.0
"""The side bar: the screens that exist, whose node this is, and at its foot what left.

Rules
-----
* Only screens that exist are listed.
* The badge at the foot is computed from the outbox, or is not there.

Used by the shell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFrame

from lwnode_gui.formats import breakable, number, plain
from lwnode_gui.icons import Name
from lwnode_gui.theme import current
from lwnode_gui.widgets.buttons import Button
from lwnode_gui.widgets.layout import column
from lwnode_gui.widgets.text import Label

if TYPE_CHECKING:
    from lwnode.node.records import OutboxInfo


class SafetyBadge(Button):
    """Raw data sent, from the outbox."""

    def __init__(self) -> None:
        super().__init__("", "safe")
        self.explain(self.tr("Computed from the outbox. Opens it."))
        self.hide()

    def show_outbox(self, outbox: OutboxInfo | None) -> None:
        """Show what the outbox says; nothing where it says nothing."""
        if outbox is None:
            self.hide()
            return
        if outbox.broken_at is not None:
            self.become("unsafe")
            self.name("✕ " + self.tr("Outbox broken at {0}").format(number(outbox.broken_at)))
        elif outbox.rows_left:
            self.become("unsafe")
            self.name("✕ " + self.tr("Look at the outbox"))
        else:
            self.become("safe")
            self.name(self.tr("Raw data sent: 0 bytes"))
        self.show()


class SideBar(QFrame):
    """Navigation.

    Parameters
    ----------
    entries : sequence of (str, str)
        Icon and title of each screen, in order; Ctrl+1 opens the first.
    """

    opened = Signal(int)
    outbox_wanted = Signal()

    def __init__(self, entries: Sequence[tuple[Name, str]]) -> None:
        super().__init__()
        self.setObjectName("side")
        self.setAccessibleName(self.tr("Screens"))
        self.setFixedWidth(current().px(200))
        self.organisation = Label("", "caption", wrap=True)
        self.safety = SafetyBadge()
        self.safety.clicked.connect(self.outbox_wanted)
        self.buttons: list[Button] = []
        for at, (symbol, title) in enumerate(entries):
            button = Button(title, "nav", symbol)
            button.setShortcut(QKeySequence(f"Ctrl+{at + 1}"))
            button.explain(f"{title} (Ctrl+{at + 1})")
            button.clicked.connect(lambda _on=False, at=at: self.opened.emit(at))
            self.buttons.append(button)
        head = column(Label("lwnode", "page"), self.organisation, gap=2)
        self.setLayout(column(head, 16, *self.buttons, None, self.safety, gap=2, margins=(12, 16, 12, 12)))

    def mark(self, at: int) -> None:
        """Mark a screen as the current one."""
        for index, button in enumerate(self.buttons):  # no exclusive group: Tab would reach its checked button only
            button.setChecked(index == at)

    def show_organisation(self, name: str) -> None:
        """Show whose node this is."""
        self.organisation.setText(breakable(plain(name, 120)))
