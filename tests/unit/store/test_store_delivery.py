# SPDX-License-Identifier: Apache-2.0
"""The delivery queue: numbers without gaps, nothing lost, nothing applied twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lwnode.documents.delivery import OPERATION_LIMIT, Operation
from lwnode.errors import RollbackError, StoreError
from lwnode.store import Store
from tests.support.store import open_store, undone


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def test_numbers_count_from_one_for_each_hub(store: Store) -> None:
    queue = store.delivery
    assert [
        queue.enqueue("a", "announce", b"1"),
        queue.enqueue("a", "withdraw", b"2"),
        queue.enqueue("b", "keys", b"3"),
    ] == [
        1,
        2,
        1,
    ]
    assert queue.after("a", 0, 10) == (
        Operation(seq=1, kind="announce", body=b"1"),
        Operation(seq=2, kind="withdraw", body=b"2"),
    )
    assert [operation.seq for operation in queue.after("a", 0, 1)] == [1]
    assert [operation.seq for operation in queue.after("a", 1, 10)] == [2]
    assert queue.after("c", 0, 10) == ()
    assert (queue.waiting("a"), queue.waiting("b"), queue.waiting("c")) == (2, 1, 0)


def test_a_number_is_never_given_twice(store: Store, tmp_path: Path) -> None:
    for body in (b"1", b"2"):
        store.delivery.enqueue("a", "announce", body)
    store.delivery.acknowledge("a", 2)
    assert store.delivery.waiting("a") == 0
    store.close()
    with open_store(tmp_path) as again:
        assert again.delivery.enqueue("a", "announce", b"3") == 3


def test_an_operation_that_was_undone_leaves_no_gap(store: Store) -> None:
    with undone(store):
        store.delivery.enqueue("a", "announce", b"1")
    assert store.delivery.enqueue("a", "announce", b"2") == 1


def test_acknowledged_means_durable_there(store: Store) -> None:
    for body in (b"1", b"2", b"3"):
        store.delivery.enqueue("a", "announce", body)
    store.delivery.acknowledge("a", 2)
    store.delivery.acknowledge("a", 1)  # an older answer that came late
    store.delivery.acknowledge("a", 0)
    assert [operation.body for operation in store.delivery.after("a", 0, 10)] == [b"3"]
    with pytest.raises(RollbackError, match="only ever had 3"):
        store.delivery.acknowledge("a", 4)
    assert store.delivery.waiting("a") == 1


def test_the_box_is_born_with_the_queue(store: Store, tmp_path: Path) -> None:
    box = store.delivery.box("a")
    assert len(box) == 32
    assert store.delivery.box("a") == box != store.delivery.box("b")
    store.close()
    with open_store(tmp_path) as again:
        assert again.delivery.box("a") == box
    with open_store(tmp_path / "other") as other:
        assert other.delivery.box("a") != box


def test_what_no_hub_would_take_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="kinds of operation"):
        store.delivery.enqueue("a", "gossip", b"")
    store.delivery.enqueue("a", "announce", bytes(OPERATION_LIMIT))
    with pytest.raises(StoreError, match="cannot be sent"):
        store.delivery.enqueue("a", "announce", bytes(OPERATION_LIMIT + 1))
    assert store.delivery.waiting("a") == 1


def test_the_cursor_only_moves_up(store: Store) -> None:
    assert store.delivery.cursor("a") == 0
    store.delivery.set_cursor("a", 5)
    store.delivery.set_cursor("a", 5)
    with pytest.raises(StoreError, match="cannot go back"):
        store.delivery.set_cursor("a", 4)
    assert (store.delivery.cursor("a"), store.delivery.cursor("b")) == (5, 0)


def test_a_row_is_applied_once(store: Store) -> None:
    queue = store.delivery
    with undone(store):  # the effect too, so the row was not applied
        assert not queue.seen("a", 1)
    assert not queue.seen("a", 1)
    assert queue.seen("a", 1)
    assert not queue.seen("a", 3)
    queue.set_cursor("a", 2)
    assert [queue.seen("a", height) for height in (1, 2, 3, 4)] == [True, True, True, False]
    assert not queue.seen("b", 1)


def test_another_generation_of_the_log_starts_the_queue_again(store: Store) -> None:
    queue = store.delivery
    for body in (b"1", b"2", b"3"):
        queue.enqueue("a", "announce", body)
    queue.acknowledge("a", 2)
    queue.set_cursor("a", 9)
    box = queue.box("a")
    assert queue.note_generation("a", "first") is False
    assert queue.note_generation("a", "first") is False
    assert (queue.box("a"), queue.cursor("a")) == (box, 9)
    assert queue.note_generation("a", "second") is True
    assert queue.generation("a") == "second"
    assert queue.box("a") != box
    assert queue.cursor("a") == 0
    assert not queue.seen("a", 1)
    assert queue.after("a", 0, 9) == (Operation(seq=1, kind="announce", body=b"3"),)
