# SPDX-License-Identifier: Apache-2.0
"""The line icons: one path each on a field of 24 × 24, drawn in the colour and size that are asked for.

Icons stand beside words, never alone.  Read by buttons, the side bar, message bars and empty states.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from lwnode_gui.theme import current

Name = Literal[
    "market", "map", "outbox", "partners", "check", "cross", "warn", "info", "copy", "power", "box", "chevron"
]  # fmt: skip

_PATHS: dict[Name, str] = {
    "market": "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16.2 16.2 20.5 20.5",
    "map": "M4 4v16h16M9 14.500v.2M12.500 9.500v.2M17 6.500v.2M16.500 13.500v.2",
    "outbox": "M4 13.500h4.200l1.8 3h4l1.8-3H20M4 13.5 7 5h10l3 8.500V20H4z",
    "partners": "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.8 20c0-3.5 2.7-6 6.2-6s6.2 2.5 6.2 6"
    "M16 4.300a3.5 3.5 0 0 1 0 6.500M17.5 14.300c2.3.8 3.7 2.9 3.7 5.7",
    "check": "M5 12.5 9.7 17 19 7.3",
    "cross": "M6.2 6.2 17.8 17.800M17.8 6.2 6.2 17.8",
    "warn": "M12 4 2.8 19.500h18.400zM12 10v4.300M12 17v.2",
    "info": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5.500M12 7.600v.2",
    "copy": "M8.5 8.500H19V20H8.500zM5 16V4.500h10.5",
    "power": "M12 3.500v8M7.3 6.600a7.5 7.5 0 1 0 9.4 0",
    "box": "M12 3.5 20 8v8.500L12 21l-8-4.500V8zM4 8l8 4.500L20 8M12 12.500V21",
    "chevron": "M6 9.5 12 15l6-5.5",
}
_RATIOS = (1, 2, 3)  # device pixels to a pixel


def pixmap(name: Name, color: str, size: int, ratio: int = 1) -> QPixmap:
    """Return an icon of ``size`` pixels in the colour of a token, for a screen of ``ratio`` device pixels each."""
    stroke = current().color(color).name()
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke-width="1.9" '
        f'stroke-linecap="round" stroke-linejoin="round" stroke="{stroke}"><path d="{_PATHS[name]}"/></svg>'
    )
    out = QPixmap(size * ratio, size * ratio)
    out.fill(Qt.GlobalColor.transparent)
    painter = QPainter(out)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size * ratio, size * ratio))
    painter.end()
    out.setDevicePixelRatio(ratio)
    return out


def icon(name: Name, color: str, size: int, *, checked: str = "") -> QIcon:
    """Return an icon for a button; ``checked`` names the colour while the button is checked."""
    out = QIcon()
    for ratio in _RATIOS:
        out.addPixmap(pixmap(name, color, size, ratio), QIcon.Mode.Normal, QIcon.State.Off)
        if checked:
            out.addPixmap(pixmap(name, checked, size, ratio), QIcon.Mode.Normal, QIcon.State.On)
    return out
