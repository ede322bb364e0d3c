# SPDX-License-Identifier: Apache-2.0
"""``lwnode.texts/1``: texts of any language as rows of 32 numbers, through hashed words, word parts and characters.

Families of features are counted: words, their first 3 and 4 and their last 2 and 3 characters, and the word that begins
the text.  Where a script sets no spaces (Chinese, Japanese, Thai …), and for symbols such as emoji, each character is a
word, and pairs of neighbours stand for word parts.  Each feature's hash gives it a public direction, 32 signs (feature
hashing: Weinberger et al., ICML 2009; projection by signs: Achlioptas, PODS 2001).

Rules
-----
* NFKC and casefold come first; marks belong to their letter's word; anything else separates words.
* Counts enter by their root.  Every family has length 1 and the sum is divided by the root of the number of families
  that the text has, so each coordinate has variance 1 whatever the length; a text without words is all zeros.
* Hashes are polynomials over the code points, mixed (splitmix64, Steele et al., OOPSLA 2014): the same in every
  process and on every machine, for every text.  They hide nothing and resist nobody: rows are not to be published.
* Nothing follows from the texts that are encoded: a row is the same whatever stands beside it.
* A text is read up to a million characters; texts pass in blocks of bounded memory.

Called by the registry.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import DataError
from lwnode.types import Matrix, Points, Progress, silent

ID = "lwnode.texts/1"
WIDTH = 32
CHARACTER_LIMIT = 1_000_000  # of one text

_BLOCK = 1 << 18  # characters at a time, at least one text
_HEADS, _TAILS = (3, 4), (2, 3)  # characters of the word parts
_LONGEST = 64  # characters of a word whose order counts
_ROW_SHIFT = np.uint64(40)  # bits of a feature's hash; those above are its text's place in the block
_END = 10  # code point that ends each text in a block
_APART, _LETTER, _ALONE = 0, 1, 2  # classes of characters

# Scripts that set no spaces between words: first and last code point (Unicode blocks).
_UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029),
    (0x3038, 0x303B), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF), (0x1B000, 0x1B16F), (0x20000, 0x3FFFF),
)  # fmt: skip

Hashes = NDArray[np.uint64]
Positions = NDArray[np.intp]
_BASE = np.uint64(0x9E3779B97F4A7C15)
_SALTS = {name: np.uint64(1 + 2 * number) for number, name in enumerate(("code", "word", "first", "pair", "direction"))}


def encode_texts(texts: Sequence[str], progress: Progress = silent) -> Matrix:
    """Return the rows of texts.

    Parameters
    ----------
    texts : sequence of str
    progress : callable

    Returns
    -------
    (n, WIDTH) float64, raw

    Raises
    ------
    DataError
        Something that is not a text.

    Notes
    -----
    O(characters + words·WIDTH), all of it in NumPy.
    """
    out = np.zeros((len(texts), WIDTH))
    for start, part in _blocks(texts):
        progress(start / len(texts), "encoding the texts")
        out[start : start + len(part)] = _encoded(part)
    return out


def _blocks(texts: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the position of a block's first text, and its normalised texts."""
    start, part, size = 0, [], 0
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise DataError("something among the texts is not a text", hint="give a list of str; a missing text is ''")
        part.append(unicodedata.normalize("NFKC", text[:CHARACTER_LIMIT]).casefold().replace("\n", " "))
        size += len(part[-1]) + 1
        if size >= _BLOCK:
            yield start, part
            start, part, size = number + 1, [], 0
    if part:
        yield start, part


def _encoded(texts: list[str]) -> Matrix:
    """Return the rows of normalised texts."""
    codes = np.frombuffer(("\n".join(texts) + "\n").encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.intp)
    ends = codes == _END
    of_text = np.cumsum(ends) - ends
    total, families = np.zeros((len(texts), WIDTH)), np.zeros(len(texts))
    for hashes, rows in _features(codes, of_text):
        if len(hashes):
            _add(total, families, hashes, rows)
    return total / np.sqrt(np.maximum(families, 1.0))[:, None]


def _add(total: Matrix, families: NDArray[np.float64], hashes: Hashes, rows: Positions) -> None:
    """Add a family of features, at length 1, to the rows of the texts that have it."""
    keys = (rows.astype(np.uint64) << _ROW_SHIFT) | (hashes >> (np.uint64(64) - _ROW_SHIFT))
    keys.sort()
    new = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    counts = np.diff(np.r_[new, len(keys)])
    keys = keys[new]
    rows = (keys >> _ROW_SHIFT).astype(np.intp)
    begins = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]])
    weighed = _directions(keys & ((np.uint64(1) << _ROW_SHIFT) - np.uint64(1)))
    weighed *= np.sqrt(counts).astype(np.float32)[:, None]
    lengths = np.sqrt(np.add.reduceat(counts, begins))  # roots of counts, squared, are the counts
    total[rows[begins]] += np.add.reduceat(weighed, begins, axis=0) / lengths[:, None]
    families[rows[begins]] += 1.0


def _directions(hashes: Hashes) -> Points:
    """Return each feature's public signs, (k, WIDTH)."""
    octets = _mixed(hashes + _SALTS["direction"]).astype("<u8", copy=False).view(np.uint8).reshape(-1, 8)
    return _signs_of_octets()[octets[:, : -(-WIDTH // 8)]].reshape(len(hashes), -1)[:, :WIDTH]


@cache
def _signs_of_octets() -> Points:
    """Return the signs that each of the 256 octets stands for, (256, 8)."""
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    return bits.astype(np.float32) * np.float32(2.0) - np.float32(1.0)


def _features(codes: Positions, of_text: Positions) -> Iterator[tuple[Hashes, Positions]]:
    """Yield the hashes of each family, and the text that each belongs to."""
    kinds = _kinds(codes)
    letter, alone = kinds == _LETTER, kinds == _ALONE
    starts = np.flatnonzero((letter & ~np.r_[False, letter[:-1]]) | alone)
    stops = np.flatnonzero((letter & ~np.r_[letter[1:], False]) | alone) + 1
    if not len(starts):
        return
    values, lengths, rows = _mixed(codes.astype(np.uint64) + _SALTS["code"]), stops - starts, of_text[starts]
    words = _words(values, letter | alone, starts, stops)
    yield words, rows
    first = np.r_[True, rows[1:] != rows[:-1]]
    yield _mixed(words[first] + _SALTS["first"]), rows[first]
    whole = letter[starts]
    for count in _HEADS:
        yield _part(values, starts[whole], lengths[whole], count, 1), rows[whole]
    for count in _TAILS:
        yield _part(values, stops[whole] - 1, lengths[whole], count, -1), rows[whole]
    pairs = np.flatnonzero(alone[:-1] & alone[1:])
    yield _mixed(values[pairs] * _BASE + values[pairs + 1] + _SALTS["pair"]), of_text[pairs]


def _words(values: Hashes, inside: NDArray[np.bool_], starts: Positions, stops: Positions) -> Hashes:
    """Return the hash of each word: a polynomial over its characters, from running sums."""
    place = np.zeros(len(values), dtype=np.intp)
    place[starts] = starts
    place = np.minimum(np.arange(len(values)) - np.maximum.accumulate(place), _LONGEST - 1)
    sums = np.cumsum(np.where(inside, values * _powers()[place], np.uint64(0)), dtype=np.uint64)
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), sums])
    return _mixed(sums[stops] - sums[starts] + _SALTS["word"])


def _part(values: Hashes, begin: Positions, lengths: Positions, count: int, step: int) -> Hashes:
    """Return the hash of so many characters from one end of each word, fewer where it is shorter."""
    total = np.full(len(begin), count * (2 + step), dtype=np.uint64)
    for number in range(count):
        there = number < lengths
        at = np.where(there, begin + step * number, 0)
        total = total * _BASE + np.where(there, values[at], np.uint64(0))
    return _mixed(total)


@cache
def _powers() -> Hashes:
    """Return the powers of the base, modulo 2^64."""
    return np.array([pow(int(_BASE), power, 1 << 64) for power in range(_LONGEST)], dtype=np.uint64)


def _mixed(values: Hashes) -> Hashes:
    """Return the finalizer of splitmix64 over each value."""
    z = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)), dtype=np.uint64)


def _kinds(codes: Positions) -> NDArray[np.uint8]:
    """Return the class of each character, looked up once for each one that occurs."""
    table = np.zeros(int(codes.max()) + 1, dtype=np.uint8)
    seen = np.flatnonzero(np.bincount(codes, minlength=len(table)))
    table[seen] = [_kind(int(code)) for code in seen]
    return table[codes]


def _kind(code: int) -> int:
    """Return whether a character belongs to a word, is a word by itself, or separates."""
    category = unicodedata.category(chr(code))
    if category == "So" or (category[0] in "LMN" and any(low <= code <= high for low, high in _UNSPACED)):
        return _ALONE
    return _LETTER if category[0] in "LMN" else _APART
