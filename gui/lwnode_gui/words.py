# SPDX-License-Identifier: Apache-2.0
"""What the records' values are called on the screen.

Rules
-----
* A badge is a kind (which colours it), a glyph and a word; the word alone must be enough.
* A value that is not known here is shown as it is, never left out.

Called by views and delegates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QCoreApplication, QLocale

from lwnode_gui.formats import number, percent, plain
from lwnode_gui.readings import Offer

if TYPE_CHECKING:
    from lwnode.documents import Figure
    from lwnode.market.results import Fold
    from lwnode.types import Verdict

translate = QCoreApplication.translate

Kind = Literal["ok", "warn", "danger", "info", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A badge: its kind, glyph and word."""

    kind: Kind
    glyph: str
    word: str

    @property
    def text(self) -> str:
        """Glyph and word."""
        return f"{self.glyph} {self.word}" if self.glyph else self.word


def trust(state: str) -> Sign:
    """Return how a publisher is known."""
    known = {
        "own": Sign(kind="info", glyph="●", word=translate("Words", "Yours")),
        "pinned": Sign(kind="ok", glyph="✓", word=translate("Words", "Verified")),
        "introduced": Sign(kind="warn", glyph="↔", word=translate("Words", "Introduced")),
        "blocked": Sign(kind="danger", glyph="✕", word=translate("Words", "Blocked")),
        "unknown": Sign(kind="danger", glyph="?", word=translate("Words", "Unknown")),
    }
    return known.get(state, Sign(kind="none", glyph="?", word=plain(state, 24)))


def trust_meaning(state: str) -> str:
    """Return what a trust badge means, in a sentence."""
    known = {
        "own": translate("Words", "You published it."),
        "pinned": translate("Words", "Somebody here compared the publisher's fingerprint."),
        "introduced": translate(
            "Words", "A hub or a file introduced the publisher; nobody here compared the fingerprint yet."
        ),
        "blocked": translate("Words", "Somebody here blocked the publisher."),
        "unknown": translate("Words", "The publisher's keys are not known here."),
    }
    return known.get(state, "")


def verdict(value: Verdict) -> Sign:
    """Return what a search concluded about one learnware or the whole."""
    return {
        "fits": Sign(kind="ok", glyph="✓", word=translate("Words", "fits")),
        "partly": Sign(kind="warn", glyph="◐", word=translate("Words", "fits partly")),
        "too little data": Sign(kind="none", glyph="…", word=translate("Words", "too little data")),
        "nothing fits": Sign(kind="none", glyph="○", word=translate("Words", "does not fit")),
    }[value]


def fold(value: Fold) -> str:
    """Return why a learnware is the same to a user as another, in a sentence."""
    if value.copy:
        return translate("Words", "A copy by another publisher: it is the very same sketch, and came later.")
    if value.checked:
        return translate("Words", "Its sketch and its answers are the same, as far as noise can tell.")
    return translate("Words", "It is the very same sketch; the models were not run side by side.")


def dependence(value: str) -> str:
    """Return whether the columns hang together alike."""
    known = {
        "seen": translate("Words", "The columns hang together alike"),
        "not seen": translate("Words", "The columns do not hang together alike"),
        "not testable": translate("Words", "Whether the columns hang together alike could not be checked"),
    }
    return known.get(value, plain(value))


def vocabulary(field: str, value: str) -> str:
    """Return a value of a semantic specification in the language of the window."""
    from lwnode.documents.vocabulary import VOCABULARY, label

    language: Literal["en", "zh"] = "zh" if QLocale().language() == QLocale.Language.Chinese else "en"
    return label(field, value, language) if value in VOCABULARY[field] else plain(value, 60)


def privacy(offer: Offer) -> str:
    """Return the privacy of a specification, in one or two words."""
    if offer.ware.privacy == "private" and offer.ware.epsilon is not None:
        return f"ε = {number(offer.ware.epsilon)}"
    known = {
        "no-noise": translate("Words", "no privacy noise"),
        "public": translate("Words", "public data"),
        "imported": translate("Words", "made elsewhere"),
    }
    return known.get(offer.ware.privacy, translate("Words", "privacy not known"))


def privacy_meaning(offer: Offer) -> str:
    """Return what the privacy of a specification means for a person, in a sentence."""
    if offer.ware.attacker is not None:
        sentence = translate(
            "Words",
            "Of two people, one in its data and one not, even an attacker who knows all the rest picks the right one "
            "at most {0} times in 100. A coin gets 50.",
        )
        return sentence.format(math.ceil(round(offer.ware.attacker * 100, 6)))
    known = {
        "no-noise": translate(
            "Words", "Its sketch was made without noise: there is no guarantee for the people in its data."
        ),
        "public": translate("Words", "Its publisher calls the data public; the sketch protects nobody."),
        "imported": translate(
            "Words", "Its sketch comes from another program: there is no guarantee, and it may repeat rows of its data."
        ),
    }
    return known.get(offer.ware.privacy, translate("Words", "Nothing is known about the privacy of its sketch."))


def privacy_terms(offer: Offer) -> str:
    """Return the terms of the guarantee, for those who know."""
    if offer.ware.attacker is None or offer.ware.delta is None or offer.ware.epsilon is None:
        return ""
    text = translate("Words", "For the sketch, not for the model: ε = {0}, δ = {1}.")
    told = text.format(number(offer.ware.epsilon), f"{offer.ware.delta:.0e}".replace("e-0", "e-"))
    return told.replace(" = ", "\u00a0=\u00a0")  # kept on one line


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureWords:
    """A published figure: its name in full and in short, value, interval, and what to hold it against."""

    name: str
    short: str
    value: str
    low: str
    high: str
    against: str


def figure(item: Figure) -> FigureWords:
    """Return a published figure in words, with as many decimals as the longest of its three numbers."""
    lower = translate("Words", "lower is better")
    names = {
        "auc": ("AUC", "AUC", translate("Words", "guessing gets 0.5")),
        "accuracy": (translate("Words", "accuracy"), translate("Words", "accuracy"), ""),
        "log_loss": (translate("Words", "log loss"), translate("Words", "log loss"), lower),
        "rmse": (translate("Words", "RMSE, root mean squared error"), "RMSE", lower),
        "mae": (translate("Words", "MAE, mean absolute error"), "MAE", lower),
        "r2": ("R²", "R²", translate("Words", "always saying the mean gets 0")),
    }
    own = plain(item.name, 40)
    name, short, against = names.get(item.name.lower(), (own, own, ""))
    digits = max(_decimals(value) for value in (item.value, item.low, item.high))
    value, low, high = (number(part, digits) for part in (item.value, item.low, item.high))
    return FigureWords(name=name, short=short, value=value, low=low, high=high, against=against)


def figures_note(note: str) -> str:
    """Return how the figures were protected, in a sentence."""
    known = {
        "rounded to two digits, not covered by epsilon": translate(
            "Words", "Rounded to two digits; the guarantee does not cover them."
        ),
    }
    return known.get(note, plain(note, 300))


def _decimals(value: float) -> int:
    """Return the digits after the point that a published number has, at most four."""
    return len(f"{value:.4f}".rstrip("0").split(".")[1]) if math.isfinite(value) else 0


def unit(code: str) -> str:
    """Return a UCUM unit as people write it; what is not known here stays as it is."""
    known = {
        "a": translate("Words", "years"),
        "mo": translate("Words", "months"),
        "wk": translate("Words", "weeks"),
        "d": translate("Words", "days"),
        "h": translate("Words", "hours"),
        "min": translate("Words", "minutes"),
        "umol/L": "µmol/L",
        "Cel": "°C",
        "mm[Hg]": "mmHg",
        "1": "",
    }
    return known.get(code, plain(code, 40))


def rows(count: int) -> str:
    """Return a number of rows behind a specification; it was rounded down before it was published."""
    return translate("Words", "{0}+ rows").format(number(count)) if count else translate("Words", "rows not known")


def share(value: float | None) -> str:
    """Return a share, or a dash where it cannot be told."""
    return percent(value) if value is not None else "–"


def job(kind: str) -> str:
    """Return what a running job does."""
    known = {
        "train": translate("Words", "Training"),
        "draft": translate("Words", "Preparing a draft"),
        "search": translate("Words", "Comparing with the catalogue"),
        "reuse": translate("Words", "Predicting"),
        "predict": translate("Words", "Predicting"),
        "fetch": translate("Words", "Fetching a model"),
        "sync": translate("Words", "Syncing the catalogue"),
        "adopt": translate("Words", "Taking in a model"),
        "map": translate("Words", "Drawing a map"),
    }
    return known.get(kind, plain(kind, 40))
