# SPDX-License-Identifier: Apache-2.0
"""The design tokens: every colour, distance and text size that the window uses.

Rules
-----
* A widget names a token, never a colour.
* Text keeps a contrast of at least 4.5 against what it stands on, outlines of controls and focus rings at least 3
  (WCAG 2.2, 1.4.3 and 1.4.11); a test measures them.
* Meaning never rests on a colour alone: a glyph and a word stand beside it.

Read by the theme, the painted widgets and the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Space = Literal[4, 8, 12, 16, 24, 32]
"""The distances between things, in pixels at 100 %."""

CAPTION, BODY, TITLE, SECTION, PAGE = 12, 14, 16, 20, 26
"""Text sizes, in pixels at 100 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The colours of one theme, as ``#RRGGBB``.

    Parameters
    ----------
    name : {"light", "dark"}
    background, surface, surface2 : str
        The page, a card on it, and a quiet fill on a card.
    border, line : str
        Edge of a card, and outline of a control.
    text, text2 : str
        Text, and text that stands back.
    accent, accent_text, accent_weak : str
        What is current or can be pressed, text on it, and its quiet fill.
    ok, ok_weak, warn, warn_weak, danger, danger_weak : str
        Verified; a person must look; refused.
    series : tuple of str
        Colours of members of a combination, in order.
    """

    name: Literal["light", "dark"]
    background: str
    surface: str
    surface2: str
    border: str
    line: str
    text: str
    text2: str
    accent: str
    accent_text: str
    accent_weak: str
    ok: str
    ok_weak: str
    warn: str
    warn_weak: str
    danger: str
    danger_weak: str
    series: tuple[str, ...]


LIGHT = Tokens(
    name="light",
    background="#F5F7FA",
    surface="#FFFFFF",
    surface2="#EEF1F5",
    border="#D5DBE3",
    line="#8590A0",
    text="#18212D",
    text2="#4D5968",
    accent="#0A5FB8",
    accent_text="#FFFFFF",
    accent_weak="#E2EEFB",
    ok="#19703A",
    ok_weak="#E2F3E8",
    warn="#8A5A00",
    warn_weak="#FBF0D9",
    danger="#B3261E",
    danger_weak="#FBE6E4",
    series=("#0A5FB8", "#B45309", "#19703A", "#8E3BA8", "#B3261E", "#0F766E"),
)

DARK = Tokens(
    name="dark",
    background="#10151B",
    surface="#182029",
    surface2="#212B36",
    border="#2F3B49",
    line="#748294",
    text="#E7ECF2",
    text2="#A9B5C3",
    accent="#6DB3FF",
    accent_text="#08192B",
    accent_weak="#16324F",
    ok="#5CCB8F",
    ok_weak="#12351F",
    warn="#E8B84A",
    warn_weak="#3A2D0D",
    danger="#FF8A80",
    danger_weak="#45191A",
    series=("#6DB3FF", "#F2A65A", "#5CCB8F", "#D29AE8", "#FF8A80", "#5FD3C8"),
)


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)
