# SPDX-License-Identifier: Apache-2.0
"""The theme in use: tokens become a palette, a font and a style sheet, and widgets that paint read them here.

Rules
-----
* There is one theme for the whole application, as there is one palette; `install` sets it before any widget is made.
* Sizes follow the text size of the desktop: they pass through `Theme.px`, which knows the scale.
* Where the desktop says whether it is dark, the theme follows it, also while the window is open.

Made by the application; read by every painted widget.
"""

from __future__ import annotations

import sys
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication

from lwnode_gui.stylesheet import stylesheet
from lwnode_gui.tokens import BODY, DARK, LIGHT, Tokens

Choice = Literal["system", "light", "dark"]

MONO = ("DejaVu Sans Mono", "Cascadia Mono", "Consolas", "Menlo", "Noto Sans Mono", "monospace")
_CJK = ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei UI", "PingFang SC", "WenQuanYi Micro Hei")
_PLAIN = ("Noto Sans", "DejaVu Sans")
_NOBODYS_CHOICE = frozenset({"", "Sans", "Sans Serif", "DejaVu Sans"})  # what fontconfig gives where no desktop chose
_USUAL_POINTS = {"win32": 9.0, "darwin": 13.0}  # size of the general font that counts as 100 %


class Theme(QObject):
    """Tokens, fonts and sizes of the application.

    Parameters
    ----------
    choice : {"system", "light", "dark"}
    language : str
        Locale name; Chinese puts a Chinese family first, so that quotation marks and digits go with the characters.
    scale : float, optional
        Text size against 100 %; default: as the desktop's general font.
    """

    changed = Signal()

    def __init__(self, choice: Choice = "system", *, language: str = "en", scale: float | None = None) -> None:
        super().__init__()
        self._choice = choice
        self._language = language
        self._scale = scale if scale is not None else _desktop_scale()
        self._system_family = QApplication.font().family()
        self.tokens = self._wanted()
        if choice == "system":
            QApplication.styleHints().colorSchemeChanged.connect(self._follow)

    def _wanted(self) -> Tokens:
        if self._choice != "system":
            return DARK if self._choice == "dark" else LIGHT
        scheme = QApplication.styleHints().colorScheme()
        if scheme == Qt.ColorScheme.Unknown:
            return LIGHT
        return DARK if scheme == Qt.ColorScheme.Dark else LIGHT

    def _follow(self) -> None:
        wanted = self._wanted()
        if wanted is not self.tokens:
            self.tokens = wanted
            self.apply()

    def choose(self, choice: Choice) -> None:
        """Change the theme while the window is open."""
        self._choice = choice
        self.tokens = self._wanted()
        self.apply()

    def apply(self) -> None:
        """Give the application its style, palette, font and style sheet, and tell the widgets that paint."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        if app.style().objectName().lower() != "fusion":
            app.setStyle("Fusion")
        app.setPalette(palette(self.tokens))
        app.setFont(self.font(BODY))
        app.setStyleSheet(stylesheet(self.tokens, self.px, ", ".join(f'"{name}"' for name in MONO)))
        self.changed.emit()

    def px(self, size: float) -> int:
        """Return pixels at the scale in use for pixels at 100 %."""
        return round(size * self._scale)

    @property
    def families(self) -> tuple[str, ...]:
        """Font families in the order they are tried."""
        system = (self._system_family,) if self._system_family not in _NOBODYS_CHOICE else ()
        latin = (*system, *_PLAIN)
        return (*_CJK, *latin) if self._language.startswith("zh") else (*latin, *_CJK)

    def font(self, size: float, *, strong: bool = False, mono: bool = False) -> QFont:
        """Return a font of ``size`` pixels at 100 %."""
        font = QFont()
        font.setFamilies([*MONO, *_CJK] if mono else list(self.families))
        font.setPixelSize(self.px(size))
        font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
        return font

    def metrics(self, size: float, *, strong: bool = False) -> QFontMetrics:
        """Return the measures of :meth:`font`."""
        return QFontMetrics(self.font(size, strong=strong))

    def color(self, name: str, *, alpha: int = 255) -> QColor:
        """Return the colour of a token."""
        color = QColor(getattr(self.tokens, name))
        color.setAlpha(alpha)
        return color

    def series(self, index: int) -> QColor:
        """Return the colour of the member ``index`` of a combination."""
        return QColor(self.tokens.series[index % len(self.tokens.series)])


def palette(tokens: Tokens) -> QPalette:
    """Return the palette for what the style sheet does not reach: native dialogs, selections, tool tips."""
    role = QPalette.ColorRole
    out = QPalette()
    for target, name in (
        (role.Window, "background"),
        (role.Base, "surface"),
        (role.AlternateBase, "surface2"),
        (role.Button, "surface"),
        (role.WindowText, "text"),
        (role.Text, "text"),
        (role.ButtonText, "text"),
        (role.PlaceholderText, "text2"),
        (role.Highlight, "accent"),
        (role.HighlightedText, "accent_text"),
        (role.Link, "accent"),
        (role.Accent, "accent"),
        (role.ToolTipBase, "surface2"),
        (role.ToolTipText, "text"),
        (role.Mid, "border"),
    ):
        out.setColor(target, QColor(getattr(tokens, name)))
    return out


def _desktop_scale() -> float:
    """Return the desktop's text size against its usual one, within what the layout can take."""
    points = QApplication.font().pointSizeF()
    usual = _USUAL_POINTS.get(sys.platform, 11.0)
    return min(max(points / usual, 0.85), 2.0) if points > 0 else 1.0


_current: list[Theme] = []


def install(theme: Theme) -> Theme:
    """Make ``theme`` the application's and apply it."""
    _current[:] = [theme]
    theme.apply()
    return theme


def current() -> Theme:
    """Return the application's theme."""
    if not _current:
        raise RuntimeError("install a theme before making widgets")
    return _current[0]
