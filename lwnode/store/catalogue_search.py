# SPDX-License-Identifier: Apache-2.0
"""Text and facet search over the catalogue.

Rules
-----
* Two indexes over the same folded text: whole words (and their beginnings, and single characters of Chinese), and
  trigrams for what stands inside a word.
* Order: all terms in the name, then all in name and tags, then all anywhere; within each, whole words before parts of
  words, then BM25.
* Facets are exact: a value of the vocabulary in any case, or a tag.  Values of one field are alternatives, fields are
  all required.
* The index holds what is ready, and is changed in the transaction that changes the row.

Called by the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from lwnode.documents import Semantic
from lwnode.documents.vocabulary import VOCABULARY, label, standard
from lwnode.errors import SettingsError
from lwnode.store.database import Database, Value
from lwnode.store.text import Term, all_of, index_text, inside, terms

Facet: TypeAlias = Mapping[str, str | tuple[str, ...]]

FIELDS = ("data", "task", "model", "library", "license", "scenario", "tags")
_TIERS = (("name",), ("name", "tags"), ("name", "tags", "body"))
_FACET_LIMIT = 64  # values of all facets together

_WORDS = (
    "SELECT rowid AS number, -bm25(catalogue_words, 10.0, 4.0, 1.0) AS score FROM catalogue_words"
    " WHERE catalogue_words MATCH ?{facets} ORDER BY score DESC, number LIMIT ?"
)
_PARTS = "SELECT number, 0.0 AS score FROM catalogue_text WHERE {terms}{facets} ORDER BY number LIMIT ?"
_ALL = (
    "SELECT number, 0.0 AS score FROM catalogue WHERE state = 'ready' AND semantic NOT NULL{facets}"
    " ORDER BY number DESC LIMIT ?"
)
_BY_WORD = "number IN (SELECT rowid FROM catalogue_words WHERE catalogue_words MATCH ?)"
_BY_PART = "number IN (SELECT rowid FROM catalogue_parts WHERE catalogue_parts MATCH ?)"
# the + keeps SQLite from asking the text index once for each learnware that has the facet: 800 ms against 3 ms
_BY_FACET = " AND +{{number}} IN (SELECT learnware FROM catalogue_facet WHERE field = ? AND value IN ({values}))"


class CatalogueSearch:
    """The index of what the catalogue's ready learnwares say about themselves."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
            Rank: 0 to 1 where all terms are in the name, 1 to 2 in name and tags, 2 to 3 anywhere; smaller is better.

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
            found = self._ranked(terms(query), condition, values, limit)
        ids = {
            int(row["number"]): str(row["id"])
            for row in self._database.rows(
                f"SELECT number, id FROM catalogue WHERE number IN ({_marks(len(found))})",  # noqa: S608 - marks only
                *found,
            )
        }
        return tuple((ids[number], rank) for number, rank in found.items() if number in ids)

    def _ranked(self, query: tuple[Term, ...], condition: str, values: tuple[str, ...], limit: int) -> dict[int, float]:
        found: dict[int, float] = {}
        if not query:
            return found
        each_term = " AND ".join(_BY_PART if term.partial else _BY_WORD for term in query)
        words = _WORDS.format(facets=condition.format(number="rowid"))
        parts = _PARTS.format(terms=each_term, facets=condition.format(number="number"))
        for tier, columns in enumerate(_TIERS):
            for number, score in self._found(words, all_of(query, columns), *values, limit):
                found.setdefault(number, tier + 0.5 / (1.0 + max(0.0, score)))
            if len(found) < limit and any(term.partial for term in query):
                each = [inside(term, columns) if term.partial else all_of((term,), columns) for term in query]
                for number, _ in self._found(parts, *each, *values, limit + len(found)):
                    found.setdefault(number, tier + 0.75)
            if len(found) >= limit:
                break
        return dict(list(found.items())[:limit])

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
