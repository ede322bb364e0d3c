# SPDX-License-Identifier: Apache-2.0
"""The cards of the market as a list model, with what a screen reader says for each.

Called by the market's view.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QCoreApplication, QModelIndex, QPersistentModelIndex, Qt

from lwnode_gui import words
from lwnode_gui.formats import number, plain, size
from lwnode_gui.market.arrange import Row

translate = QCoreApplication.translate

ROW = int(Qt.ItemDataRole.UserRole)
Index = QModelIndex | QPersistentModelIndex


class MarketModel(QAbstractListModel):
    """One row a learnware."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Row, ...] = ()

    def replace(self, rows: Sequence[Row]) -> bool:
        """Show other rows; return whether anything changed."""
        new = tuple(rows)
        if len(new) == len(self._rows) and all(a is b or a == b for a, b in zip(new, self._rows, strict=True)):
            return False
        self.beginResetModel()
        self._rows = new
        self.endResetModel()
        return True

    def row_of(self, identity: str) -> int:
        """Return the position of a learnware, -1 where it is not listed."""
        return next((at for at, row in enumerate(self._rows) if row.offer.ware.id == identity), -1)

    def at(self, position: int) -> Row | None:
        """Return the row at a position, None where there is none."""
        return self._rows[position] if 0 <= position < len(self._rows) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own default
        """Return the number of learnwares."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what is shown and said."""
        row = self.at(index.row()) if index.isValid() else None
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return name(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(row)
        return row if role == ROW else None


def name(row: Row) -> str:
    """Return the name of a learnware, or that it has none."""
    return plain(row.offer.ware.name, 200) or translate("Market", "Without a name")


def tags(row: Row) -> tuple[str, ...]:
    """Return the short facts on a card, the most important first."""
    ware = row.offer.ware
    out: list[str] = []
    if row.same:
        out.append(translate("Market", "%n more the same to you", "", len(row.same)))
    if row.under is not None:
        out.append(translate("Market", "Same as another"))
    if ware.semantic is not None:
        out.append(words.vocabulary("task", ware.semantic.task))
        data = words.vocabulary("data", ware.semantic.data)
        count = len(ware.card.inputs) if ware.card is not None else 0
        out.append(data + " · " + translate("Market", "%n column(s)", "", count) if count else data)
    out.append(words.rows(ware.rows))
    if ware.semantic is not None and ware.semantic.license:
        out.append(words.vocabulary("license", ware.semantic.license))
    return (*out, words.privacy(row.offer), size(ware.size))


def spoken(row: Row) -> str:
    """Return a card in words."""
    ware, match = row.offer.ware, row.match
    parts = [name(row), plain(ware.organisation, 120), words.trust(ware.trust).word]
    if match is not None:
        parts.append(words.verdict(match.verdict).word)
        if match.match is not None:
            parts.append(translate("Market", "match {0}").format(words.share(match.match)))
        if match.covered.share is not None:
            parts.append(translate("Market", "covers {0}").format(words.share(match.covered.share)))
    elif ware.card is not None and ware.card.figures:
        first = words.figure(ware.card.figures[0])
        parts.append(f"{first.name} {first.value} ({first.low}–{first.high})")
    return ", ".join([*parts, *tags(row)])


def position(at: int, count: int) -> str:
    """Return where in the list a card stands."""
    return translate("Market", "{0} of {1}").format(number(at + 1), number(count))
