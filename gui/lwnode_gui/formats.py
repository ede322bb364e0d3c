# SPDX-License-Identifier: Apache-2.0
"""Numbers, sizes, dates and foreign words as the screen shows them.

Rules
-----
* A share is rounded for reading, but 100 % and 0 % are said only where they are meant.
* Foreign text is one line or paragraphs of plain characters: control and direction characters are taken out, so that a
  name cannot rearrange what stands beside it, and endless words can be broken.

Called by everything that shows a value.
"""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QDate, QLocale

translate = QCoreApplication.translate

_SIZES = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
_LONG, _RUN = 20, 10  # letters of a word that may be broken, and of its pieces
_ENDLESS = re.compile(rf"\S{{{_LONG + 1},}}")
_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")  # scripts that break anywhere by themselves


def number(value: float, digits: int | None = None) -> str:
    """Return a number with the language's group marks; ``digits`` after the point, else as few as it needs."""
    locale = QLocale()
    if digits is not None:
        return locale.toString(float(value), "f", digits)
    if float(value).is_integer():
        return locale.toString(int(value))
    return locale.toString(float(value), "g", 4)


def percent(share: float) -> str:
    """Return a share, 0 to 1, as a percentage without decimals."""
    whole = round(share * 100)
    if whole == 100 and share < 1.0:
        whole = 99
    if whole == 0 and share > 0.0:
        whole = 1
    return f"{whole}\u00a0%"


def size(count: int) -> str:
    """Return a number of bytes in the unit that suits it, in powers of ten."""
    for unit, factor in _SIZES:
        if count >= factor * 0.9995:
            value = count / factor
            return f"{number(value, 0 if value >= 99.5 else 1 if value >= 9.95 else 2).rstrip()}\u00a0{unit}"
    return f"{count}\u00a0B"


def day(moment: datetime) -> str:
    """Return a date in local time."""
    local = moment.astimezone()
    return QLocale().toString(QDate(local.year, local.month, local.day), translate("Format", "d MMM yyyy"))


def minute(moment: datetime) -> str:
    """Return a date with the time of day, in local time."""
    return translate("Format", "{0}, {1}").format(day(moment), f"{moment.astimezone():%H:%M}")


def seconds(value: float) -> str:
    """Return a duration."""
    if value < 0.05:
        return translate("Format", "under 0.1 s")
    return translate("Format", "{0} s").format(number(value, 1 if value < 10 else 0))


def sentences(*parts: str) -> str:
    """Return sentences one after the other, as the language sets them; empty ones are left out."""
    return translate("Format", " ").join(part for part in parts if part)


def groups(digest: str, count: int = 4) -> str:
    """Return the beginning of a digest in groups of four, at most ``count`` of them."""
    parts = [digest[at : at + 4] for at in range(0, min(len(digest), 4 * count), 4)]
    return " ".join(parts) + (" …" if len(digest) > 4 * count else "")


def plain(text: str, limit: int = 2_000) -> str:
    """Return foreign text for one line: no control, format or direction characters, at most ``limit`` characters."""
    kept = "".join(" " if character.isspace() else character for character in text[: 4 * limit])
    kept = "".join(character for character in kept if unicodedata.category(character) not in ("Cc", "Cf", "Co", "Cs"))
    kept = " ".join(kept.split())
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def said(text: str) -> str:
    """Return what an error or a hint says, as a sentence begins."""
    line = plain(text, 300)
    return line[:1].upper() + line[1:]


def paragraphs(text: str, limit: int = 8_000) -> str:
    """Return foreign text with its lines kept; every line is `plain` and `breakable`."""
    lines = [breakable(plain(line, limit)) for line in text[: 4 * limit].splitlines()]
    return "\n".join(lines).strip()[:limit]


def breakable(text: str) -> str:
    """Return text in which a word without end may be broken."""
    if _WIDE.search(text):
        return text
    return _ENDLESS.sub(lambda word: "\u200b".join(re.findall(rf".{{1,{_RUN}}}", word.group())), text)


def spoken_list(items: tuple[str, ...], limit: int) -> str:
    """Return items one after the other, at most ``limit`` of them."""
    return translate("Format", ", ").join(items[:limit]) + (" …" if len(items) > limit else "")


def tip(text: str) -> str:
    """Return text for a tool tip, which would otherwise take what looks like markup as markup."""
    return "<p>" + html.escape(text).replace("\n", "<br>") + "</p>" if text else ""
