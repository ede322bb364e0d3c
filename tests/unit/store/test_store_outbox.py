# SPDX-License-Identifier: Apache-2.0
"""The outbox: what has left, in order, and nothing that can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from lwnode.errors import StoreError
from lwnode.store import Store, Traffic
from tests.support.store import START, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def send(store: Store, number: int, **changes: object) -> None:
    fields = {"kind": "announce", "to": "hub", "what": "n", "digest": f"d{number}", "size": number, "who": "Ada"}
    store.outbox.append(**{**fields, **changes})  # type: ignore[arg-type]  # a test may change any field


def test_a_row_comes_back_as_it_is(store: Store) -> None:
    entry = store.outbox.append(
        kind="file", to="hub-1", what="模型 x\n", digest="ab" * 32, size=7, epsilon=0.1, who="Ada", learnware="cd" * 32
    )
    assert store.outbox.entries() == (entry,)
    assert (entry.seq, entry.time, entry.to, entry.epsilon) == (1, entry.time, "hub-1", 0.1)
    assert entry.time.utcoffset() == START.utcoffset()


def test_pages_go_back_in_time(store: Store) -> None:
    for number in range(1, 8):
        send(store, number, epsilon=None)
    assert [entry.seq for entry in store.outbox.entries(limit=3)] == [7, 6, 5]
    assert [entry.seq for entry in store.outbox.entries(limit=3, before=5)] == [4, 3, 2]
    assert store.outbox.entries(before=1) == ()


def test_totals_and_once(store: Store) -> None:
    assert store.outbox.totals() == {}
    for number in (1, 2):
        send(store, number)
    send(store, 5, kind="file")
    assert store.outbox.totals() == {"announce": 3, "file": 5}
    assert store.outbox.once("hub", "d1")
    assert not store.outbox.once("hub-2", "d1")
    assert not store.outbox.once("hub", "d3")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE outbox SET size = 0",
        "DELETE FROM outbox WHERE seq = 2",
        "INSERT OR REPLACE INTO outbox SELECT 1, time, kind, recipient, 'other', digest, size, epsilon, who, learnware,"
        " previous, hash FROM outbox LIMIT 1",
        "REPLACE INTO outbox SELECT * FROM outbox LIMIT 1",
    ],
)
def test_append_only(statement: str, store: Store) -> None:
    for number in (1, 2):
        send(store, number)
    before = store.outbox.entries()
    with pytest.raises(StoreError, match=r"never (changed|shortened)"), store.transaction():
        store._database.write(statement)
    assert store.outbox.entries() == before


@pytest.mark.parametrize(
    "column", ["time", "kind", "recipient", "what", "digest", "size", "epsilon", "who", "learnware"]
)
def test_a_changed_cell_is_found(column: str, store: Store) -> None:
    for number in range(1, 6):
        send(store, number, epsilon=0.5)
    value = "9" if column in ("size", "epsilon") else "'other'"
    with store.transaction():
        store._database.write("DROP TRIGGER outbox_fixed")
        store._database.write(f"UPDATE outbox SET {column} = {value} WHERE seq = 3")
    assert store.outbox.verify() == 3


@pytest.mark.parametrize("gone", [1, 3, 5])
def test_a_missing_row_is_found_at_the_end_too(gone: int, store: Store) -> None:
    for number in range(1, 6):
        send(store, number)
    assert store.outbox.verify() is None
    with store.transaction():
        store._database.write("DROP TRIGGER outbox_kept")
        store._database.write("DELETE FROM outbox WHERE seq = ?", gone)
    assert store.outbox.verify() == gone


def test_a_long_chain_is_verified_in_pages(store: Store) -> None:
    with store.transaction():
        for number in range(2_100):
            send(store, number)
    assert store.outbox.verify() is None
    with store.transaction():
        store._database.write("DROP TRIGGER outbox_fixed")
        store._database.write("UPDATE outbox SET who = 'nobody' WHERE seq = 2050")
    assert store.outbox.verify() == 2_050


def test_an_empty_outbox_is_whole(store: Store) -> None:
    assert store.outbox.verify() is None


def test_bytes_on_the_wire_are_counted_by_hub_and_day(store: Store) -> None:
    day, next_day = date(2026, 11, 24), date(2026, 11, 25)
    store.outbox.count("hub", day, sent=10, received=5, content=3)
    store.outbox.count("hub", day, sent=1)
    store.outbox.count("hub-2", day, received=7)
    store.outbox.count("hub", next_day, sent=2)
    assert store.outbox.traffic() == (
        Traffic(hub="hub", day=next_day, sent=2, received=0, content=0),
        Traffic(hub="hub", day=day, sent=11, received=5, content=3),
        Traffic(hub="hub-2", day=day, sent=0, received=7, content=0),
    )
