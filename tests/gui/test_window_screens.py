# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from itertools import product

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget

from lwnode_gui import checks, icons, shots
from lwnode_gui.theme import Theme, current, install
from lwnode_gui.tokens import DARK, LIGHT, Tokens, contrast

pytestmark = pytest.mark.gui

BOTH = [("en", "light"), ("zh_CN", "dark")]


@pytest.mark.usefixtures("standard_fonts")
@pytest.mark.parametrize("name", shots.SCREENS)
@pytest.mark.parametrize("spoken", BOTH, indirect=True, ids=["en-light", "zh-dark"])
def test_every_screen_fits(name: str, spoken: str) -> None:
    assert shots.shoot(name, spoken, shots.SIZE, None) == []


@pytest.mark.usefixtures("standard_fonts")
@pytest.mark.parametrize("name", ["market_matched", "market_nothing_fits", "map_with_data", "outbox", "partners"])
@pytest.mark.parametrize("spoken", BOTH, indirect=True, ids=["en-light", "zh-dark"])
def test_every_screen_fits_a_small_window(name: str, spoken: str) -> None:
    assert shots.shoot(name, spoken, shots.SMALL, None) == []


@pytest.mark.usefixtures("standard_fonts")
def test_larger_text_of_the_desktop_cuts_nothing(app: QApplication) -> None:
    install(Theme("light", language="en", scale=1.25))
    assert shots.shoot("market_matched", "en", (1500, 940), None) == []
    assert shots.shoot("market_nothing_fits", "en", (1500, 940), None) == []


def test_the_checks_find_what_they_are_for(app: QApplication) -> None:
    window = QWidget()
    layout = QHBoxLayout(window)
    label = QLabel("a sentence that is much longer than the room that it is given")
    label.setFixedWidth(60)
    layout.addWidget(label)
    layout.addWidget(QLabel("beside"))
    window.setFixedSize(40, 30)
    window.show()
    assert any("a sentence" in text for text in checks.cut_texts(window))
    assert checks.overflow(window)
    window.close()


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast(tokens: Tokens) -> None:
    grounds = ("background", "surface", "surface2")
    pairs = [
        *product(("text", "text2"), grounds),
        ("accent", "surface"),
        ("accent_text", "accent"),
        ("text", "accent_weak"),
    ]
    pairs += [(name, f"{name}_weak") for name in ("accent", "ok", "warn", "danger")]
    pairs += [("text", f"{name}_weak") for name in ("ok", "warn", "danger")]
    for text, ground in pairs:
        assert contrast(getattr(tokens, text), getattr(tokens, ground)) >= 4.5, (text, ground)
    for outline in ("line", "accent"):
        for ground in ("background", "surface"):
            assert contrast(getattr(tokens, outline), getattr(tokens, ground)) >= 3.0, (outline, ground)
    for color in tokens.series:
        assert contrast(color, tokens.surface) >= 3.0
        assert contrast(color, tokens.accent_text) >= 4.5


def test_contrast_is_what_the_standard_says() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_the_theme_changes_while_the_window_is_open(app: QApplication) -> None:
    shell = shots.window(shots.Story("en"))
    shots.wait(lambda: shell.market.state.phase == "list")
    spot = shell.market.chips.mapTo(shell, shell.market.chips.rect().center())
    light = QColor(shell.grab().toImage().pixel(spot))
    current().choose("dark")
    shots.wait(lambda: True)
    dark = QColor(shell.grab().toImage().pixel(spot))
    assert light.name().upper() == LIGHT.background
    assert dark.name().upper() == DARK.background
    shell.close()
    shell.deleteLater()


@pytest.mark.parametrize("name", icons._PATHS)
def test_every_icon_draws_something(name: icons.Name) -> None:
    image = icons.pixmap(name, "text", 24, 2).toImage()
    drawn = sum(image.pixelColor(x, y).alpha() > 0 for x in range(0, 48, 2) for y in range(0, 48, 2))
    assert 20 < drawn < 400
