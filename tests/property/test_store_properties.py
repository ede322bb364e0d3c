# SPDX-License-Identifier: Apache-2.0
"""Invariants of the store: exactly-once delivery, search that finds what it indexed, chains, nested values."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lwnode.documents import Column, digest
from lwnode.documents.delivery import Operation
from lwnode.errors import SettingsError
from lwnode.paths import Home
from lwnode.store import HubStore, Store
from lwnode.store.cells import moment_of, pack, stamp, unpack
from lwnode.store.chain import START, Field, Link, first_broken, link
from lwnode.store.text import fold, index_text, runs, words
from tests.support.store import START as TIME
from tests.support.store import clock, open_store, ready, sha

QUICK = settings(max_examples=60, deadline=None, derandomize=True)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


# --- delivery: rules 2 and 3 under loss, repetition, late answers, restarts and a node installed anew


class Pipe:
    """One member, one hub, and a pipe between them that loses, repeats and reorders."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.installs = 0
        self.sent: dict[str, list[bytes]] = {}
        self.acks: dict[str, list[int]] = {}
        self.answers: list[tuple[str, tuple[Operation, ...]]] = []
        self.hub = HubStore.open(Home(root / "hub"), now=clock())
        self.hub.create_invite(sha("code"), TIME + timedelta(days=1))
        self.hub.admit(sha("code"), b"key", "Clinic", TIME)
        self.member = digest(b"key")
        self.node = open_store(root / "node 0")

    def enqueue(self, count: int, _: int) -> None:
        box = self.node.delivery.box("hub")
        for _ in range(1 + count):
            self.sent.setdefault(box, []).append(f"{box} {len(self.sent.get(box, []))}".encode())
            assert self.node.delivery.enqueue("hub", "announce", self.sent[box][-1]) == len(self.sent[box])

    def answer(self, age: int, limit: int) -> None:
        """The hub says what it has, and the node answers that, or what the hub said a while ago."""
        box = self.node.delivery.box("hub")
        said = self.acks.setdefault(box, [])
        said.append(self.hub.last_seq(self.member, box))
        ack = said[-1 - min(age, len(said) - 1)]
        self.node.delivery.acknowledge("hub", ack)
        self.answers.append((box, self.node.delivery.after("hub", ack, 1 + limit)))

    def arrive(self, age: int, lost: int) -> None:
        """An answer arrives: late, once more, or with a hole."""
        if self.answers:
            box, answered = self.answers[-1 - min(age, len(self.answers) - 1)]
            operations = [operation for place, operation in enumerate(answered) if place + 1 != lost]
            assert self.hub.append(self.member, box, operations) == self.hub.last_seq(self.member, box)

    def restart(self, which: int, _: int) -> None:
        if which % 2:
            self.hub.close()
            self.hub = HubStore.open(Home(self.root / "hub"), now=clock())
        else:
            self.node.close()
            self.node = open_store(self.root / f"node {self.installs}")

    def install(self, _: int, __: int) -> None:
        """The same key, another database: a new box that starts at 1."""
        self.node.close()
        self.installs += 1
        self.node = open_store(self.root / f"node {self.installs}")

    def audit(self) -> None:
        """Each box is in the log once, in order and without a hole, and nothing else is."""
        rows = self.hub.rows(0, 10**6, 10**9)
        assert [row.height for row in rows] == list(range(1, len(rows) + 1))
        for box, bodies in self.sent.items():
            taken = bodies[: self.hub.last_seq(self.member, box)]
            assert [row.body for row in rows if row.body.startswith(box.encode())] == taken
        assert len(rows) == sum(self.hub.last_seq(self.member, box) for box in self.sent)

    def settle(self) -> None:
        """At last everything gets through, and is there once."""
        box = self.node.delivery.box("hub")
        while (ack := self.hub.last_seq(self.member, box)) < len(self.sent.get(box, [])):
            self.node.delivery.acknowledge("hub", ack)
            self.hub.append(self.member, box, self.node.delivery.after("hub", ack, 2))
        self.node.delivery.acknowledge("hub", ack)
        assert self.node.delivery.waiting("hub") == 0
        self.audit()


STEP = st.sampled_from(("enqueue", "answer", "answer", "arrive", "arrive", "arrive", "restart", "install"))


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(STEP, st.integers(0, 3), st.integers(0, 3)), min_size=30, max_size=45))
def test_a_pipe_that_loses_and_repeats_delivers_once(steps: list[tuple[str, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pipe = Pipe(Path(folder))
        for name, first, second in steps:
            getattr(pipe, name)(first, second)
            pipe.audit()
        pipe.settle()
        pipe.node.close()
        pipe.hub.close()


# --- search


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("search")) as opened:
        opened.catalogue.put(ready("base", description="骨科 readmission"))
        yield opened


@QUICK
@given(TEXT)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert index_text([index_text([text])]) == index_text([text])


@QUICK
@given(TEXT)
def test_any_query_is_answered(store: Store, text: str) -> None:
    with contextlib.suppress(SettingsError):  # more words than anybody types
        store.catalogue.search_text(text, {"tags": text, "task": (text,)})
        store.catalogue.search_text(text)


@QUICK
@given(texts=st.tuples(TEXT, TEXT, TEXT), data=st.data())
def test_every_word_and_its_beginning_are_found(store: Store, texts: tuple[str, str, str], data: st.DataObject) -> None:
    name, tag, description = texts
    row = ready(name, tags=(tag,), description=description)
    store.catalogue.put(row)
    for text in texts:
        for term in runs(fold(text)):
            word = "".join(term.words)
            part = word[: data.draw(st.integers(1, len(word)))]
            for query in (word, part):
                # a mark that stands alone may fold into what is before it; then it is another word
                if "".join(words(fold(query))) == query:
                    assert row.id in {id_ for id_, _ in store.catalogue.search_text(query, limit=10**6)}, query
    store.catalogue.set_state(row.id, "refused")


@QUICK
@given(word=st.text("abcdefghijklm", min_size=5, max_size=14), data=st.data())
def test_a_word_with_one_error_is_found(store: Store, word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    letter = data.draw(st.sampled_from("abcdefghijklmz"))
    head, first, second, tail = word[:at], word[at], word[at + 1], word[at + 2 :]
    change = data.draw(st.sampled_from((second + first, second, first + letter + second, letter + second)))
    row = ready("n", description=word)
    store.catalogue.put(row)
    assert row.id in {id_ for id_, _ in store.catalogue.search_text(head + change + tail, limit=10**6)}
    store.catalogue.set_state(row.id, "refused")


@QUICK
@given(st.text("心脏骨科再入院风险", min_size=1, max_size=30), st.data())
def test_any_part_of_a_chinese_text_is_found(store: Store, text: str, data: st.DataObject) -> None:
    row = ready("n", description=text)
    store.catalogue.put(row)
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    assert row.id in {id_ for id_, _ in store.catalogue.search_text(part, limit=10**6)}
    absent = data.draw(st.text("心脏骨科再入院风险", min_size=1, max_size=3))
    assert (row.id in {id_ for id_, _ in store.catalogue.search_text(absent, limit=10**6)}) == (absent in text)
    store.catalogue.set_state(row.id, "refused")


# --- chains, times and nested values

FIELD = (
    st.none() | st.text(max_size=5) | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
)


@QUICK
@given(st.lists(st.lists(FIELD, min_size=1, max_size=4), min_size=1, max_size=6), st.data())
def test_a_chain_is_broken_where_it_was_changed(rows: list[list[Field]], data: st.DataObject) -> None:
    links: list[Link] = []
    for seq, fields in enumerate(rows, start=1):
        previous = links[-1].hash if links else START
        links.append(Link(seq, previous, link("p", previous, fields), fields))
    assert first_broken("p", links, len(links)) is None
    assert first_broken("q", links, len(links)) == 1
    at = data.draw(st.integers(0, len(links) - 1))
    column = data.draw(st.integers(0, len(rows[at]) - 1))
    other = data.draw(FIELD.filter(lambda value: repr(value) != repr(rows[at][column])))
    changed = [*rows[at][:column], other, *rows[at][column + 1 :]]
    assert first_broken("p", [*links[:at], links[at]._replace(fields=changed), *links[at + 1 :]], len(links)) == at + 1
    assert first_broken("p", links[:at] + links[at + 1 :], len(links)) == at + 1


@QUICK
@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)), st.datetimes())  # noqa: DTZ001
def test_times_come_back_in_order(one: datetime, other: datetime) -> None:
    first, second = one.replace(tzinfo=UTC), other.replace(tzinfo=UTC)
    assert moment_of(stamp(first)) == first
    assert (stamp(first) < stamp(second)) == (first < second)


@QUICK
@given(TEXT, st.floats(allow_nan=False, allow_infinity=False), st.lists(TEXT, max_size=4))
def test_nested_values_come_back(name: str, low: float, levels: list[str]) -> None:
    column = Column(name=name, type="category", low=low, levels=tuple(levels))
    both = (column, replace(column, high=low))
    assert unpack(pack(both, tuple[Column, ...]), tuple[Column, ...]) == both
