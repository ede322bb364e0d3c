# SPDX-License-Identifier: Apache-2.0
"""Words of a text, for the catalogue's index and for a person's query.

Rules
-----
* Text and query go through the same two steps: :func:`fold` takes case, width and accents away, :func:`words` cuts at
  everything that is no letter, digit or mark.
* A Chinese, Japanese or Korean character is a word of its own.  A query for several of them in a row is a phrase, so
  that words of one, two or more characters are found without a dictionary.
* A query becomes an FTS5 expression in which only quoted words stand, so that nothing in it is syntax.

Called by the catalogue's search.  Pure: no database, no disk.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from lwnode.errors import SettingsError

TERM_LIMIT = 32  # terms of one query
TEXT_LIMIT = 65_536  # characters of one text that are indexed
_SEPARATOR = "\u241e"  # stands between two texts; no query holds it, so no phrase reaches across
PART = 3  # characters from which on a part of a word can be looked up
_OTHER = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
_SINGLE = (
    (0x1100, 0x11FF),  # Hangul
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),
    (0x3021, 0x312F),  # numerals, Hiragana, Katakana, Bopomofo
    (0x3130, 0x318F),
    (0x31A0, 0x31BF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # ideographs
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7FF),
    (0xF900, 0xFAFF),
    (0x1B000, 0x1B16F),
    (0x20000, 0x3FFFF),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One part of a query.

    Parameters
    ----------
    words : tuple of str
        Folded; more than one only for characters in a row, and for similar words.
    open : bool
        A word that may go on (``readm`` finds ``readmission``); False for characters and similar words.
    similar : bool
        Words of which one is enough, in the place of a misspelt one.
    """

    words: tuple[str, ...]
    open: bool
    similar: bool = False

    @property
    def partial(self) -> bool:
        """Whether the term is long enough to be looked up inside words."""
        return self.open and len(self.words[0]) >= PART


def fold(text: str) -> str:
    """Return text without case, width, accents and invisible characters; ``fold(fold(t)) == fold(t)``.

    Accents are taken from Latin, Greek and Cyrillic letters only: in other scripts a mark makes another letter.
    """
    if text.isascii():
        return text.casefold()
    out: list[str] = []
    for char in unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold()):
        category = unicodedata.category(char)
        if category == "Cf" or (category == "Mn" and out and _accented(out[-1])):
            continue  # invisible, or an accent
        out.append(char)
    return unicodedata.normalize("NFKC", "".join(out).translate(_OTHER))


def words(text: str) -> Iterator[str]:
    """Give the words of folded text in order; a Chinese, Japanese or Korean character is one."""
    for run in runs(text):
        yield from run.words


def runs(text: str) -> Iterator[Term]:
    """Give the words of folded text in order, characters that stand in a row together."""
    start, kind = 0, 0
    for position, char in enumerate(text + " "):
        here = _kind(char)
        if here != kind:
            if kind:
                part = text[start:position]
                yield Term(words=(part,), open=True) if kind == 1 else Term(words=tuple(part), open=False)
            start, kind = position, here


def index_text(parts: Iterable[str]) -> str:
    """Return texts as the index takes them: folded words with one blank between them."""
    return f" {_SEPARATOR} ".join(" ".join(words(fold(part[:TEXT_LIMIT]))) for part in parts if part)


def terms(query: str) -> tuple[Term, ...]:
    """Return the parts of a query, each once.

    Raises
    ------
    SettingsError
        The query is longer than anybody types.
    """
    found = tuple(dict.fromkeys(runs(fold(query[:TEXT_LIMIT]))))
    if len(found) > TERM_LIMIT or len(query) > TEXT_LIMIT:
        raise SettingsError(f"the query has more than {TERM_LIMIT} words", hint="leave some of them out")
    return found


def all_of(query: Iterable[Term], columns: tuple[str, ...]) -> str:
    """Return the FTS5 expression for texts that hold every term in one of the columns."""
    return f"{{{' '.join(columns)}}} : (" + " AND ".join(map(_quoted, query)) + ")"


def inside(query: Iterable[Term], columns: tuple[str, ...]) -> str:
    """Return the expression of the trigram index for texts that hold every term within a word."""
    return f"{{{' '.join(columns)}}} : (" + " AND ".join(f'"{term.words[0]}"' for term in query) + ")"


def _quoted(term: Term) -> str:
    if term.similar:
        return "(" + " OR ".join(f'"{word}"' for word in term.words) + ")"
    phrase = f'"{" ".join(term.words)}"'
    return f"({phrase} OR {phrase}*)" if term.open else phrase  # the whole word counts twice, so it ranks first


@lru_cache(maxsize=8_192)
def _kind(char: str) -> int:
    """Return 2 for a character that is a word of its own, 1 for one that is part of a word, else 0."""
    if unicodedata.category(char)[0] not in "LNM":
        return 0
    number = ord(char)
    return 2 if any(low <= number <= high for low, high in _SINGLE) else 1


def _accented(char: str) -> bool:
    """Whether a mark after ``char`` is an accent and not another letter."""
    number = ord(char)
    return number < 0x0530 or 0x1E00 <= number < 0x2000
