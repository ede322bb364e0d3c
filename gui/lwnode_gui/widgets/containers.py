# SPDX-License-Identifier: Apache-2.0
"""What holds other widgets: cards, the head of a page, and the line between two things.

Rules
-----
* A card hugs its content; the page shows below it.
* Its title row has one height, with and without a button, so that neighbouring titles stand on one line.
* A table in a card bleeds to both sides, so that its text lines up with the title.

Called by all views.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from lwnode_gui.theme import current
from lwnode_gui.widgets.layout import Item, add, box, column, row
from lwnode_gui.widgets.text import Label

_PAD = 16
_BAR = 6  # pixels between a content and its scroll bar
_BLEED = 13  # cells of a table carry this much themselves: 11, and 2 of its focus ring


class Card(QFrame):
    """A surface with a title.

    Parameters
    ----------
    title, caption : str
    action : QWidget, optional
        At the right of the title row.
    gap : int
        Between its parts.
    """

    def __init__(self, title: str = "", caption: str = "", *, action: QWidget | None = None, gap: int = 8) -> None:
        super().__init__()
        self.setProperty("card", "1")
        side = _PAD - _BLEED
        self.parts = QVBoxLayout(self)
        self.parts.setSpacing(gap)
        self.parts.setContentsMargins(side, _PAD - 5 if title else _PAD, side, _PAD)
        self.title = Label(title, "title")
        self.caption = Label(caption, "caption", wrap=True)
        if title:
            head = box(row(self.title, None, action) if action is not None else row(self.title, None))
            head.setFixedHeight(current().px(30))
            self.add(column(head, self.caption, gap=0))
            self.caption.setVisible(bool(caption))

    def add(self, *items: Item) -> None:
        """Append parts inside the margins."""
        for item in items:
            if item is None or isinstance(item, int):
                add(self.parts, item)
                continue
            inner, stretch = item if isinstance(item, tuple) else (item, 0)
            add(self.parts, (row((inner, 1), gap=0, margins=(_BLEED, 0, _BLEED, 0)), stretch))

    def add_table(self, table: QWidget, stretch: int = 0) -> None:
        """Append a table, which bleeds to both sides."""
        self.parts.addWidget(table, stretch)


class _Held(QWidget):
    """The content of a scroll area: as high as it is for its width, which Qt's own hint for wrapped text is not."""

    def minimumSizeHint(self) -> QSize:
        """Ask for a width only."""
        layout = self.layout()
        return QSize(layout.minimumSize().width() if layout is not None else 0, 0)


class Scroll(QScrollArea):
    """A column that scrolls up and down, also with the keyboard, and is as wide as its place."""

    def __init__(self, name: str, content: QLayout) -> None:
        super().__init__()
        self._held = _Held()
        self._held.setObjectName("plain")
        self._held.setLayout(content)
        self.setWidget(self._held)
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().rangeChanged.connect(self._make_room)

    def _make_room(self, low: int, high: int) -> None:
        """Keep the content away from the scroll bar, while there is one."""
        layout = self._held.layout()
        if layout is not None:
            margins = layout.contentsMargins()
            layout.setContentsMargins(margins.left(), margins.top(), _BAR if high > low else 0, margins.bottom())


class Pages(QStackedWidget):
    """Pages of which one shows; they take the room there is.

    Qt's own stack demands the height that the highest page would like to have, hidden ones included.
    """

    def hasHeightForWidth(self) -> bool:
        """Say that its height does not follow from its width."""
        return False


class Rule(QFrame):
    """A line between two parts."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("rule", "1")


class PageHeader(QWidget):
    """The title of a page and, under it, a sentence that says what it means.

    Parameters
    ----------
    title, sentence : str
    actions : QWidget
        At the right.
    """

    def __init__(self, title: str, sentence: str, *actions: QWidget) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.title = Label(title, "page")
        self.sentence = Label(sentence, "dim", wrap=True)
        layout: QLayout = row((column(self.title, self.sentence, gap=2), 1), *actions, gap=8)
        self.setLayout(layout)
