# SPDX-License-Identifier: Apache-2.0
"""What a column's name says: its words as concepts, the unit in it, and how alike two names are.

Rules
-----
* A name is cut at separators, between letters and digits of another case, and around Chinese characters.  Words and
  phrases of the glossary become concepts; what is left stays a word, of Chinese the pairs of characters.
* A unit at the end of a name or in brackets is a hint about the unit, not a word.
* Words that are not the same may still be alike: a prefix, the same consonants, many common pairs of letters.  Two
  concepts of the glossary are the same or they are not: ``age`` is nothing of ``wage``.

Called by `lwnode.specification.matching`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from lwnode.specification.glossary import CONCEPTS, LIGHT, SPELLINGS
from lwnode.specification.units import is_unit, standard_unit

_BRACKETS = re.compile(r"[(\[（【<]([^)\]）】>]*)[)\]）】>]")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PIECE = re.compile(r"[a-z]+\d*|\d+[a-z]*|[\u3400-\u9fff]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_UNIT_WORDS = frozenset({
    "mmhg", "kpa", "bpm", "kg", "kgs", "lb", "lbs", "pounds", "cm", "inches", "feet", "years", "yrs", "yr", "months",
    "weeks", "days", "hours", "hrs", "minutes", "mins", "pct", "percent", "celsius", "fahrenheit", "degc", "degf",
    "mmoll", "umoll", "gl", "gdl", "mgdl",
})  # fmt: skip
_LONGEST = 4  # words of a phrase of the glossary
_LIGHT_WEIGHT = 0.3
_SAME_START, _SAME_CONSONANTS, _ALIKE = 0.85, 0.75, 0.6
_LONGEST_NAME = 200  # characters that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A name in words.

    Parameters
    ----------
    concepts : tuple of str
        In order, each once.
    unit : str
        That the name ends with, in UCUM; empty where it has none.
    plain : str
        Letters, digits and characters alone, in lower case.
    """

    concepts: tuple[str, ...]
    unit: str
    plain: str


@lru_cache(maxsize=8_192)
def words_of(name: str) -> Words:
    """Return a name, or a description, in words."""
    text = unicodedata.normalize("NFKC", name[:_LONGEST_NAME])
    unit = next((standard_unit(inner) for inner in _BRACKETS.findall(text) if is_unit(inner)), "")
    if unit:
        text = _BRACKETS.sub(lambda found: " " if is_unit(found[1]) else f" {found[1]} ", text)
    pieces = _PIECE.findall(_HUMP.sub(" ", text).lower())
    kept = pieces
    if not unit:
        kept, unit = _without_unit(pieces)
    return Words(concepts=tuple(dict.fromkeys(_concepts(kept or pieces))), unit=unit, plain="".join(kept or pieces))


def alike(a: Words, b: Words) -> float:
    """Return how alike two names are, 0 to 1: 1 where they have the same concepts."""
    if not a.plain or not b.plain:
        return 0.0
    if a.plain == b.plain:
        return 1.0
    known = CONCEPTS.issuperset(a.concepts) and CONCEPTS.issuperset(b.concepts)
    whole = 0.0 if known else 0.9 * _pairs_alike(a.plain, b.plain)
    return max(_set_alike(a.concepts, b.concepts), whole if whole >= _ALIKE else 0.0)


def shared(a: Words, b: Words) -> tuple[str, ...]:
    """Return the concepts that two names have in common."""
    return tuple(concept for concept in a.concepts if concept in b.concepts)


def _without_unit(pieces: list[str]) -> tuple[list[str], str]:
    """Return the words before a unit at the end, and that unit."""
    for count in (3, 2):
        if len(pieces) > count - 1:
            joined = pieces[-count:]
            for text in ("/".join(joined), joined[0] + "/" + "".join(joined[1:]), "".join(joined)):
                if is_unit(text):
                    return pieces[:-count], standard_unit(text)
    if pieces and len(pieces) > 1 and (pieces[-1] in _UNIT_WORDS or _is_chinese_unit(pieces[-1])):
        return pieces[:-1], standard_unit(pieces[-1])
    return pieces, ""


def _is_chinese_unit(piece: str) -> bool:
    return bool(_CHINESE.fullmatch(piece)) and is_unit(piece)


def _concepts(pieces: list[str]) -> Iterable[str]:
    """Yield the concepts of words, the longest phrases first."""
    at = 0
    while at < len(pieces):
        for count in range(min(_LONGEST, len(pieces) - at), 0, -1):
            phrase = " ".join(pieces[at : at + count])
            found = SPELLINGS.get(phrase) or SPELLINGS.get(phrase.removesuffix("s"))
            if found:
                yield from found
                at += count
                break
        else:
            piece = pieces[at]
            yield from _chinese(piece) if _CHINESE.fullmatch(piece) else (piece,)
            at += 1


def _chinese(text: str) -> Iterable[str]:
    """Yield the concepts of a run of Chinese characters: words of the glossary, else pairs of characters."""
    at, rest = 0, ""

    def pairs(run: str) -> Iterable[str]:
        return (run,) if 0 < len(run) < 3 else (run[i : i + 2] for i in range(len(run) - 1))

    while at < len(text):
        for count in range(min(8, len(text) - at), 0, -1):
            found = SPELLINGS.get(text[at : at + count])
            if found and (count > 1 or len(text) == 1):
                yield from pairs(rest)
                yield from found
                at, rest = at + count, ""
                break
        else:
            rest += text[at]
            at += 1
    yield from pairs(rest)


def _weight(concept: str) -> float:
    return _LIGHT_WEIGHT if concept in LIGHT or concept.isdigit() else 1.0


def _set_alike(a: tuple[str, ...], b: tuple[str, ...]) -> float:
    """Return a soft Dice coefficient of two sets of concepts."""
    if not a or not b:
        return 0.0
    total = sum(map(_weight, a)) + sum(map(_weight, b))
    found = sum(_weight(x) * max(_word_alike(x, y) for y in b) for x in a)
    found += sum(_weight(y) * max(_word_alike(x, y) for x in a) for y in b)
    return found / total


@lru_cache(maxsize=65_536)
def _word_alike(x: str, y: str) -> float:
    if x == y:
        return 1.0
    short, long = sorted((x, y), key=len)
    if len(short) < 2 or short.isdigit() or (x in CONCEPTS and y in CONCEPTS):
        return 0.0
    if len(short) >= 3 and long.startswith(short):
        return _SAME_START
    if _consonants(x) == _consonants(y) != "":
        return _SAME_CONSONANTS
    found = 0.9 * _pairs_alike(x, y)
    return found if found >= _ALIKE else 0.0


def _consonants(word: str) -> str:
    return word[0] + re.sub(r"[aeiou\s]", "", word[1:]) if word.isascii() and word[0].isalpha() else ""


def _pairs_alike(x: str, y: str) -> float:
    """Return the Dice coefficient of the pairs of neighbouring letters."""
    first, second = ({word[i : i + 2] for i in range(len(word) - 1)} for word in (x, y))
    return 2.0 * len(first & second) / (len(first) + len(second)) if first and second else 0.0
