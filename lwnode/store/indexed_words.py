# SPDX-License-Identifier: Apache-2.0
"""The words of the text index: whether something stands inside one, and which of them a misspelt one may mean.

Rules
-----
* Every word that may go on is kept, once, where it is long enough for a part of it to be looked up.  So what stands
  inside none of them stands in no learnware, and nobody need look there, which takes 10 ms in 100,000 learnwares.
* None is removed when its last learnware goes; to know that it was the last would take a count for each word of a card.
  The search looks for whatever it takes from here, so a word that nobody says any more finds nothing.
* Words are numbered in the order in which they were committed, so only those after the last one that is known are read.
  What is read inside an open transaction is not remembered: it may be undone, and another word then gets its number.
* At most a million are held in memory, so that nobody fills it with cards of invented words.  Where there are more,
  nothing is ruled out by them.
* Similar are words of letters that differ by few that were added, left out, replaced or swapped with the next (optimal
  string alignment): by one from 4 letters on, by two from 8 on.

Called by the catalogue's search.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from lwnode.store.database import Database
from lwnode.store.text import PART

MOST = 1_000_000  # words in memory, some 20 MB
_SHORTEST, _LONG, _LONGEST = 4, 8, 64  # letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelt:
    """A word that no learnware says, and the similar ones that are searched for in its place.

    Parameters
    ----------
    asked : str
        Folded.
    taken : tuple of str
        The nearest first.
    """

    asked: str
    taken: tuple[str, ...]


class _Known(NamedTuple):
    """The words up to a number: each a line, those that a misspelt one may mean, and whether there are no others."""

    last: int
    text: str
    similar: tuple[str, ...]
    complete: bool = True


def may_be_misspelt(word: str) -> bool:
    """Whether a word is of letters, and of so many that others can be similar to it."""
    return _SHORTEST <= len(word) <= _LONGEST and word.isalpha()


def words_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the words of index texts that are kept, each once."""
    return tuple(dict.fromkeys(word for text in texts for word in text.split() if len(word) >= PART))


class IndexedWords:
    """All words that were ever indexed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known = _Known(0, "\n", ())  # replaced as a whole: threads may read side by side

    def add(self, *texts: str) -> None:
        """Keep the words of a learnware's index texts inside the open transaction."""
        self._database.write_all(
            "INSERT OR IGNORE INTO indexed_word (word) VALUES (?)", [(word,) for word in words_in(texts)]
        )

    def holds(self, part: str) -> bool:
        """Whether a part of a word (at least `lwnode.store.text.PART` characters) may stand in any."""
        known = self._read()
        return not known.complete or part in known.text

    def goes_into(self, part: str) -> bool:
        """Whether such a part may stand in any word elsewhere than at its beginning."""
        known = self._read()
        return not known.complete or known.text.count(part) > known.text.count(f"\n{part}")

    def goes_on(self, part: str) -> bool:
        """Whether any word may begin with such a part and be longer."""
        known = self._read()
        return not known.complete or known.text.count(f"\n{part}") > known.text.count(f"\n{part}\n")

    def near(self, word: str) -> tuple[str, ...]:
        """Return the words that are similar to one, the nearest first, and those equally near by alphabet.

        Notes
        -----
        Compares with every word: about 3 ms for 30,000.
        """
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        apart = 1 if len(word) < _LONG else 2
        found = extract(word, self._read().similar, scorer=OSA.distance, score_cutoff=apart, limit=None)
        return tuple(other for _, other in sorted((distance, other) for other, distance, _ in found))

    def _read(self) -> _Known:
        known = self._known
        if not known.complete:
            return known
        sql = "SELECT number, word FROM indexed_word WHERE number > ? ORDER BY number LIMIT ?"
        rows = self._database.rows(sql, known.last, MOST + 1 - known.last)
        if rows:
            last = int(rows[-1]["number"])
            new = [str(row["word"]) for row in rows]
            known = _Known(
                last=last,
                text="".join((known.text, *(f"{word}\n" for word in new))),
                similar=(*known.similar, *filter(may_be_misspelt, new)),
                complete=last <= MOST,
            )
        if not self._database.in_transaction:
            self._known = known
        return known
