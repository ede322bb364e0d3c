# SPDX-License-Identifier: Apache-2.0
"""Text and facet search over the catalogue.

Rules
-----
* Two indexes over the same folded text: whole words (and their beginnings, and single characters of Chinese), and
  trigrams for what stands inside a word.
* Order: all terms in the name, then all in name and tags, then all anywhere; within each, words and beginnings of words
  before what stands inside one, by BM25.
* Where more than 1,000 learnwares match, the newest ones stand first in the place of BM25, whole words before
  beginnings: what so many say tells little about which is meant, and to compare them all took up to 0.3 s of 100,000.
* A word that no learnware says, not even as the beginning or a part of another, is taken for the most similar ones.
* Facets are exact: a value of the vocabulary in any case, or a tag.  Values of one field are alternatives, fields are
  all required.
* The index holds what is ready, and is changed in the transaction that changes the row.

Called by the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import TypeAlias

from lwnode.documents import Semantic
from lwnode.documents.vocabulary import VOCABULARY, label, standard
from lwnode.errors import SettingsError
from lwnode.store.database import AT_ONCE, Database, Value
from lwnode.store.indexed_words import IndexedWords, Spelt, may_be_misspelt
from lwnode.store.text import Term, all_of, index_text, inside, terms

Facet: TypeAlias = Mapping[str, str | tuple[str, ...]]

FIELDS = ("data", "task", "model", "library", "license", "scenario", "tags")
_TIERS = (("name",), ("name", "tags"), ("name", "tags", "body"))
_FACET_LIMIT = 64  # values of all facets together
_SIMILAR = 5  # words that are taken for a misspelt one
_RANKED = 1_000  # matches up to which BM25 orders them; it takes 5 µs for each

_BEST = (
    "SELECT rowid AS number, -bm25(catalogue_words, 10.0, 4.0, 1.0) AS score FROM catalogue_words"
    " WHERE catalogue_words MATCH ?{facets} ORDER BY score DESC, number LIMIT ?"
)
_NEWEST = (
    "SELECT rowid AS number, 0.0 AS score FROM catalogue_words WHERE catalogue_words MATCH ?{facets}"
    " ORDER BY rowid DESC LIMIT ?"
)
_PARTS = (
    "SELECT rowid AS number, 0.0 AS score FROM catalogue_parts WHERE catalogue_parts MATCH ?{words}{facets}"
    " ORDER BY rowid LIMIT ?"
)
_ALL = (
    "SELECT number, 0.0 AS score FROM catalogue WHERE state = 'ready' AND semantic NOT NULL{facets}"
    " ORDER BY number DESC LIMIT ?"
)
_MORE = "SELECT 1 FROM catalogue_words WHERE catalogue_words MATCH ?{facets} LIMIT 1 OFFSET ?"
_ANY_WORD = "SELECT 1 FROM catalogue_words WHERE catalogue_words MATCH ? LIMIT 1"
_ANY_PART = "SELECT 1 FROM catalogue_parts WHERE catalogue_parts MATCH ? LIMIT 1"
# the + keeps SQLite from asking the text index once for each learnware of the list: 800 ms against 3 ms
_BY_WORD = " AND +rowid IN (SELECT rowid FROM catalogue_words WHERE catalogue_words MATCH ?)"
_BY_FACET = " AND +{{number}} IN (SELECT learnware FROM catalogue_facet WHERE field = ? AND value IN ({values}))"


class CatalogueSearch:
    """The index of what the catalogue's ready learnwares say about themselves."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._words = IndexedWords(database)

    def add(self, number: int, organisation: str, semantic: Semantic) -> None:
        """Index a learnware that is not indexed, inside the open transaction."""
        name, tags, body = _texts(organisation, semantic)
        for table in (
            "INSERT INTO catalogue_text (number, name, tags, body) VALUES (?, ?, ?, ?)",
            "INSERT INTO catalogue_words (rowid, name, tags, body) VALUES (?, ?, ?, ?)",
            "INSERT INTO catalogue_parts (rowid, name, tags, body) VALUES (?, ?, ?, ?)",
        ):
            self._database.write(table, number, name, tags, body)
        self._database.write_all(
            "INSERT OR IGNORE INTO catalogue_facet (field, value, learnware) VALUES (?, ?, ?)",
            [(field, value, number) for field, value in _facets(semantic)],
        )
        self._words.add(name, tags, body)

    def remove(self, number: int) -> None:
        """Take a learnware out of the index inside the open transaction; do nothing where it is not in it."""
        old = self._database.row("SELECT name, tags, body FROM catalogue_text WHERE number = ?", number)
        if old is None:
            return
        for index in (  # the indexes keep no text of their own, so they are told what they held
            "INSERT INTO catalogue_words (catalogue_words, rowid, name, tags, body) VALUES ('delete', ?, ?, ?, ?)",
            "INSERT INTO catalogue_parts (catalogue_parts, rowid, name, tags, body) VALUES ('delete', ?, ?, ?, ?)",
        ):
            self._database.write(index, number, old["name"], old["tags"], old["body"])
        self._database.write("DELETE FROM catalogue_text WHERE number = ?", number)
        self._database.write("DELETE FROM catalogue_facet WHERE learnware = ?", number)

    def search(self, query: str, facets: Facet, limit: int) -> tuple[tuple[str, float], ...]:
        """Return what matches, the best first.

        Parameters
        ----------
        query : str
            Words; empty (or blank) for everything that has the facets, the newest first.
        facets : mapping
            Field → value, or values of which one is enough.
        limit : int
            At most so many.

        Returns
        -------
        tuple of (id, rank)
            Rank: 0 to 1 where all terms are in the name, 1 to 2 in name and tags, 2 to 3 anywhere, 3 to 4 where a word
            was taken for a similar one (`spelling`); smaller is better.

        Raises
        ------
        SettingsError
            There is no such facet, or the query is longer than anybody types.
        """
        condition, values = _condition(facets)
        if not query.strip():
            every = _ALL.format(facets=condition.format(number="number"))
            found = {number: 0.0 for number, _ in self._found(every, *values, limit)}
        else:
            asked = terms(query)
            found = self._ranked(asked, condition, values, limit)
            if not found and (meant := tuple(self._meant(term) for term in asked)) != asked:
                similar = self._ranked(meant, condition, values, limit)
                found = {number: 3.0 + rank / 3.0 for number, rank in similar.items()}
        ids = self._ids(tuple(found))
        return tuple((ids[number], rank) for number, rank in found.items() if number in ids)

    def spelling(self, query: str) -> tuple[Spelt, ...]:
        """Return the words of a query that no learnware says, each with the similar ones that are taken for it.

        Raises
        ------
        SettingsError
            The query is longer than anybody types.
        """
        asked = ((term, self._meant(term)) for term in terms(query))
        return tuple(Spelt(asked=term.words[0], taken=meant.words) for term, meant in asked if meant.similar)

    def _meant(self, term: Term) -> Term:
        """Return the similar words that learnwares say in the place of a term that none says, else the term."""
        if not term.open or not may_be_misspelt(term.words[0]) or self._said(term):
            return term
        near = (word for word in self._words.near(term.words[0]) if self._said(Term(words=(word,), open=False)))
        taken = tuple(islice(near, _SIMILAR))
        return Term(words=taken, open=False, similar=True) if taken else term

    def _said(self, term: Term) -> bool:
        """Whether any learnware says a term, as a word, as the beginning of one or inside one."""
        whole = replace(term, open=False)
        if self._database.row(_ANY_WORD, all_of((whole,), _TIERS[-1])) is not None:
            return True
        return (
            term.partial
            and self._words.holds(term.words[0])
            and self._database.row(_ANY_PART, inside((term,), _TIERS[-1])) is not None
        )

    def _goes_on(self, term: Term) -> bool:
        """Whether more may be found by the beginnings of words than by the words themselves."""
        return term.open and (not term.partial or self._words.goes_on(term.words[0]))

    def _go_into(self, query: Iterable[Term]) -> bool:
        """Whether more may be found inside words than words and their beginnings have found."""
        parts = [term.words[0] for term in query]
        return all(map(self._words.holds, parts)) and any(map(self._words.goes_into, parts))

    def _ranked(self, query: tuple[Term, ...], condition: str, values: tuple[str, ...], limit: int) -> dict[int, float]:
        found: dict[int, float] = {}
        if not query:
            return found
        by_row = condition.format(number="rowid")
        partial, whole = [term for term in query if term.partial], [term for term in query if not term.partial]
        parts = _PARTS.format(words=_BY_WORD if whole else "", facets=by_row)
        many = self._database.row(_MORE.format(facets=by_row), all_of(query, _TIERS[-1]), *values, _RANKED) is not None
        by_words = self._newest if many else self._best
        for tier, columns in enumerate(_TIERS):
            for number, place in by_words(query, columns, by_row, values, limit):
                found.setdefault(number, tier + place)
            if len(found) < limit and self._go_into(partial):
                each = [inside(partial, columns), *([all_of(whole, columns)] if whole else [])]
                for number, _ in self._found(parts, *each, *values, limit + len(found)):
                    found.setdefault(number, tier + 0.75)
            if len(found) >= limit:
                break
        return dict(list(found.items())[:limit])

    def _best(
        self, query: tuple[Term, ...], columns: tuple[str, ...], by_row: str, values: tuple[str, ...], limit: int
    ) -> Iterator[tuple[int, float]]:
        """Give what holds all terms as words or beginnings of words, by BM25, with its place in the tier."""
        for number, score in self._found(_BEST.format(facets=by_row), all_of(query, columns), *values, limit):
            yield number, 0.5 / (1.0 + max(0.0, score))

    def _newest(
        self, query: tuple[Term, ...], columns: tuple[str, ...], by_row: str, values: tuple[str, ...], limit: int
    ) -> Iterator[tuple[int, float]]:
        """Give the same, the newest first: those that hold all terms as words, then the others."""
        as_words = tuple(replace(term, open=False) for term in query)
        for place, wanted in ((0.25, as_words), (0.5, query)):
            rows = tuple(self._found(_NEWEST.format(facets=by_row), all_of(wanted, columns), *values, limit))
            yield from ((number, place) for number, _ in rows)
            if len(rows) >= limit or not any(map(self._goes_on, query)):
                break

    def _ids(self, numbers: tuple[int, ...]) -> dict[int, str]:
        ids: dict[int, str] = {}
        for start in range(0, len(numbers), AT_ONCE):
            some = numbers[start : start + AT_ONCE]
            sql = f"SELECT number, id FROM catalogue WHERE number IN ({_marks(len(some))})"  # noqa: S608 - marks only
            ids |= {int(row["number"]): str(row["id"]) for row in self._database.rows(sql, *some)}
        return ids

    def _found(self, sql: str, *values: Value) -> Iterator[tuple[int, float]]:
        for row in self._database.rows(sql, *values):
            yield int(row["number"]), float(row["score"])


def _condition(facets: Facet) -> tuple[str, tuple[str, ...]]:
    """Return the facets as the end of a WHERE clause with a place for the ``number``, and the values for its marks."""
    condition, values = "", []
    for field, asked in facets.items():
        if field not in FIELDS:
            raise SettingsError(f"there is no facet '{field[:64]}'", hint="facets are: " + ", ".join(FIELDS))
        chosen = [_exact(field, value) for value in ((asked,) if isinstance(asked, str) else asked)]
        condition += _BY_FACET.format(values=_marks(len(chosen)))
        values += [field, *chosen]
    if len(values) > _FACET_LIMIT:
        raise SettingsError(f"more than {_FACET_LIMIT} facet values", hint="leave some of them out")
    return condition, tuple(values)


def _facets(semantic: Semantic) -> Iterator[tuple[str, str]]:
    for field in FIELDS:
        value = getattr(semantic, field)
        for part in (value,) if isinstance(value, str) else value:
            if part:
                yield field, _exact(field, part)


def _exact(field: str, value: str) -> str:
    return standard(field, value) if field in VOCABULARY else value.strip().casefold()


def _texts(organisation: str, semantic: Semantic) -> tuple[str, str, str]:
    """Return name, tags and everything else that a person would look for, as index text."""
    tags = list(semantic.tags)
    for field in ("data", "task", "library", "license", "scenario"):
        value = getattr(semantic, field)
        for part in (value,) if isinstance(value, str) else value:
            tags += [part, label(field, part, "zh")]
    ports = [text for port in (*semantic.inputs, *semantic.outputs) for text in (port.name, port.description)]
    body = [semantic.description, organisation, semantic.intended_use, semantic.limits, semantic.period, *ports]
    return index_text([semantic.name]), index_text(dict.fromkeys(tags)), index_text(body)


def _marks(count: int) -> str:
    return ", ".join("?" * count)
