# SPDX-License-Identifier: Apache-2.0
"""The text search of a large catalogue: how long a query takes, and whether it finds all that it should.

100,000 cards (`benchmarks.search.cards`) are put into a store.  Words are then asked for as often as cards use them, so
the common ones, which are the slow ones, come up most.  What is found is compared with what a plain look at every
card's text says, which knows nothing of the index.
"""

from __future__ import annotations

import re
import tempfile
import time
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from benchmarks.harness import Row, at_least, at_most
from benchmarks.search.cards import FUNCTION_WORDS, Words, chinese, english, row_of, semantics
from lwnode.documents import Semantic
from lwnode.documents.vocabulary import VOCABULARY, label
from lwnode.paths import Home
from lwnode.store import Store

SIZE, QUICK_SIZE, TOGETHER = 100_000, 5_000, 1_000
QUERIES, COMPARED = 240, 12  # of each kind; those whose result is compared with a look at all cards
SHOWN, ALL = 100, 10**9  # results that a person sees, and all of them
BAR = 20.0  # CPU milliseconds
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_BETWEEN = r"[\W_]*"  # stands between characters, and says nothing


def measure(*, quick: bool, peer: str | None = None) -> list[Row]:
    """Return the rows of this part."""
    size = QUICK_SIZE if quick else SIZE
    with tempfile.TemporaryDirectory(prefix="lwnode-bench-") as folder:
        home = Home(Path(folder))
        texts, seconds = fill(home, size)
        bytes_each = home.database.stat().st_size / size
        with Store.open(home, now=lambda: datetime.now(UTC)) as store:
            asked = questions(np.random.default_rng(7))
            rows = [_timed(store, kind, [query for query, _ in pairs]) for kind, pairs in asked.items()]
            rows += [_understood(store, asked["misspelt word"]), _complete(store, texts, asked)]
    about = {"cards": size}
    return [
        *rows,
        Row(name="words: putting one card", unit="CPU ms", ours=1e3 * seconds, bar="", holds=None, params=about),
        Row(name="words: database, each card", unit="bytes", ours=bytes_each, bar="", holds=None, params=about),
    ]


def fill(home: Home, size: int) -> tuple[dict[str, str], float]:
    """Put so many cards into a new store; return what they say, by id, and the CPU seconds for one."""
    texts: dict[str, str] = {}
    seconds = 0.0
    cards = enumerate(semantics(size))
    with Store.open(home, now=lambda: datetime.now(UTC)) as store:
        while some := [(row_of(place, semantic), semantic) for place, semantic in islice(cards, TOGETHER)]:
            begin = time.process_time()
            with store.transaction():
                for row, _ in some:
                    store.catalogue.put(row)
            seconds += time.process_time() - begin
            texts |= {row.id: _said(row.organisation, semantic) for row, semantic in some}
    return texts, seconds / size


def questions(rng: np.random.Generator) -> dict[str, list[tuple[str, str]]]:
    """Return queries of each kind, each with the word that is meant."""
    han = chinese()
    every = english()
    latin = Words(every.words[len(FUNCTION_WORDS) :])  # nobody asks for function words
    characters = [str(rng.choice(list(word))) for word in han.drawn(QUERIES, rng)]
    out = {
        "Chinese, 1 character": ["肺", "医", *characters],
        "Chinese, 2 characters": ["肺炎", "医院", *_of_length(han, 2, rng)],
        "Chinese, 3 characters": ["心电图", *_of_length(han, 3, rng)],
        "English word": ["hospital", "pneumonia", *latin.drawn(QUERIES, rng)],
        "word of the vocabulary": list(islice(cycle(_vocabulary()), QUERIES)),
    }
    kinds = {kind: [(word, word) for word in words[:QUERIES]] for kind, words in out.items()}
    kinds["beginning of a word"] = [
        (word[: rng.integers(3, min(len(word), 7))], word) for word, _ in kinds["English word"]
    ]
    whole = "\n".join(every.words)
    long = (word for word in latin.drawn(100 * QUERIES, rng) if len(word) >= 5)
    wrong = ((_misspelt(word, rng), word) for word in long)
    kinds["misspelt word"] = list(islice(((query, word) for query, word in wrong if query not in whole), QUERIES))
    return kinds


def _vocabulary() -> list[str]:
    """Return what the cards' data, task, library, licence and scenario are called: in very many tags, in few names."""
    values = [
        each
        for field in ("data", "task", "library", "license", "scenario")
        for value in VOCABULARY[field]
        for each in (value, label(field, value, "zh"))
    ]
    return sorted({word for value in values for word in re.findall(r"[a-z]{4,}|[\u4e00-\u9fff]+", value.casefold())})


def _of_length(words: Words, length: int, rng: np.random.Generator) -> list[str]:
    return [word for word in words.drawn(20 * QUERIES, rng) if len(word) == length][:QUERIES]


def _misspelt(word: str, rng: np.random.Generator) -> str:
    """Return a word with two letters swapped, one left out, one doubled or one replaced."""
    at = int(rng.integers(len(word) - 1))
    head, first, second, tail = word[:at], word[at], word[at + 1], word[at + 2 :]
    letter = _LETTERS[int(rng.integers(len(_LETTERS)))]
    changes = (second + first, first, first + first + second, first + letter)
    return head + changes[int(rng.integers(len(changes)))] + tail


def _timed(store: Store, kind: str, queries: list[str]) -> Row:
    """Return how long one of the slowest twentieth of queries takes."""
    taken = [_milliseconds(partial(store.catalogue.search_text, query, limit=SHOWN)) for query in queries]
    return at_most(
        f"words: {kind}", "CPU ms", float(np.percentile(taken, 95)), BAR,
        percentile=95, median=round(float(np.median(taken)), 2), worst=round(max(taken), 1), queries=len(queries),
    )  # fmt: skip


def _milliseconds(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return 1e3 * (time.process_time() - begin)


def _understood(store: Store, pairs: list[tuple[str, str]]) -> Row:
    """Return how often the word that was meant is among those that a misspelt one is taken for."""
    right = [any(word in spelt.taken for spelt in store.catalogue.spelling(query)) for query, word in pairs]
    return Row(
        name="words: misspelt words that are understood", unit="share", ours=float(np.mean(right)), bar="", holds=None
    )


def _complete(store: Store, texts: dict[str, str], asked: dict[str, list[tuple[str, str]]]) -> Row:
    """Return for how many of the words exactly those cards are found that hold them."""
    kinds = [pairs for kind, pairs in asked.items() if kind not in ("beginning of a word", "misspelt word")]
    words = [word for pairs in kinds for word, _ in pairs[:COMPARED]]
    right = [
        {identity for identity, _ in store.catalogue.search_text(word, limit=ALL)}
        == {identity for identity, text in texts.items() if _holds(text, word)}
        for word in words
    ]
    return at_least(
        "words: words for which exactly the cards that hold them are found",
        "share",
        float(np.mean(right)),
        1.0,
        words=len(words),
    )


def _said(organisation: str, semantic: Semantic) -> str:
    """Return all that a card says; a letter stands between two texts."""
    parts = [
        semantic.name,
        semantic.description,
        organisation,
        *semantic.tags,
        *(port.name for port in semantic.inputs),
    ]
    for field in ("data", "task", "library", "license", "scenario"):
        value = getattr(semantic, field)
        for each in (value,) if isinstance(value, str) else value:
            parts += [each, label(field, each, "zh")] if each in VOCABULARY[field] else [each]
    return unicodedata.normalize("NFKC", " x ".join(parts)).casefold()


def _holds(text: str, word: str) -> bool:
    """Whether a word, a part of one, or characters in a row stand in a text."""
    if word.isascii():
        return word in text
    return word in text or (
        all(character in text for character in word) and re.search(_BETWEEN.join(word), text) is not None
    )
