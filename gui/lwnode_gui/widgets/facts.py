# SPDX-License-Identifier: Apache-2.0
"""A list of facts: a name at the left, its value at the right.

Called by detail panels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from lwnode_gui.theme import current
from lwnode_gui.widgets.text import Label, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A name and its value; ``role`` says how the value looks."""

    name: str
    value: str
    role: Role = ""
    select: bool = False


class FactList(QWidget):
    """Facts in two columns that line up.

    Parameters
    ----------
    facts : sequence of Fact
    width : int
        Of the column of names, in pixels at 100 %.
    """

    def __init__(self, facts: Sequence[Fact], width: int = 96) -> None:
        super().__init__()
        self.setObjectName("plain")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(0, current().px(width))
        grid.setColumnStretch(1, 1)
        for at, fact in enumerate(facts):
            name = Label(fact.name, "dim", wrap=True)
            name.setFixedWidth(current().px(width))
            value = Label(fact.value, fact.role, wrap=True, select=fact.select)
            value.setAccessibleName(f"{fact.name}: {fact.value}")
            if fact.role == "mono":  # 12 px beside 14 px: down to the base line
                value.setContentsMargins(0, current().px(3), 0, 0)
            grid.addWidget(name, at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, at, 1)
