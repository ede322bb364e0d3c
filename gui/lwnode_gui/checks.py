# SPDX-License-Identifier: Apache-2.0
"""What is looked for in every rendered screen: cut text, and layouts that need more room than they have.

A layout that needs more room than the window has squeezes in silence; this says so.

Called by the screenshots and the tests.
"""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QScrollArea, QStackedWidget, QWidget

_SLACK = 1  # pixels of rounding


def cut_texts(window: QWidget) -> list[str]:
    """Return the visible labels and buttons whose text does not fit."""
    out: list[str] = []
    for label in window.findChildren(QLabel):
        if not label.isVisible() or not label.text():
            continue
        if label.wordWrap():
            cut = label.heightForWidth(label.width()) > label.height() + _SLACK
        else:
            cut = label.sizeHint().width() > label.width() + _SLACK
        if cut or label.minimumSizeHint().height() > label.height() + _SLACK:
            out.append(f"label: {label.text()[:60]}")
    for button in window.findChildren(QAbstractButton):
        if button.isVisible() and button.sizeHint().width() > button.width() + _SLACK:
            out.append(f"button: {button.text()[:60]}")
    return out


def overflow(window: QWidget) -> list[str]:
    """Return the layouts that need more room than their widgets have."""
    out: list[str] = []
    for area in window.findChildren(QScrollArea):
        content = area.widget()
        if area.isVisible() and content is not None and content.width() > area.viewport().width() + _SLACK:
            out.append(f"{area.accessibleName()}: {content.width()} wide, shows {area.viewport().width()}")
    for widget in [window, *window.findChildren(QWidget)]:
        layout = widget.layout()
        if layout is None or not widget.isVisible() or isinstance(widget, QStackedWidget):
            continue  # a stack also makes room for pages that are hidden; those that show are looked at themselves
        width, height = layout.minimumSize().width(), layout.minimumSize().height()
        if layout.hasHeightForWidth():
            height = layout.minimumHeightForWidth(widget.width())
        if width > widget.width() + _SLACK or height > widget.height() + _SLACK:
            name = widget.objectName() or type(widget).__name__
            out.append(f"{name}: needs {width}x{height}, has {widget.width()}x{widget.height()}")
    return out


def unnamed(window: QWidget) -> list[str]:
    """Return the visible controls that a screen reader could not name."""
    out: list[str] = []
    for kind in (QAbstractButton, QLineEdit, QComboBox):
        for control in window.findChildren(kind):
            inside = control.parent() is not None and isinstance(control.parent(), (QLineEdit, QComboBox))
            if control.isVisible() and not inside and not control.accessibleName():
                out.append(f"{type(control).__name__} {control.objectName()}")
    return out
