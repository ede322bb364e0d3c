# SPDX-License-Identifier: Apache-2.0
"""The catalogue: states, withdrawals in any order, and which files are still to be fetched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lwnode.documents import Semantic
from lwnode.errors import DocumentError, NotFoundError, StoreError
from lwnode.store import Store
from tests.support.store import learnware, open_store, ready, sha


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def test_a_learnware_comes_back_as_it_is(store: Store) -> None:
    semantic = Semantic(name="风险", description="d", tags=("a", "b"), scenario=("Health",))
    put = learnware(semantic=semantic, state="ready", schema_id="ef" * 32, own=True)
    store.catalogue.put(put)
    assert store.catalogue.get(put.id) == store.catalogue.get(put.id[:10]) == put
    assert store.catalogue.has(put.id)
    assert not store.catalogue.has(put.id[:10])
    with pytest.raises(NotFoundError):
        store.catalogue.get("0" * 64)


def test_the_same_learnware_twice_is_one_row(store: Store) -> None:
    put = learnware()
    store.catalogue.put(put)
    later = replace(put, hub="hub-2", semantic=Semantic(name="n"), state="ready", reason="")
    store.catalogue.put(later)
    assert store.catalogue.list() == (later,)


def test_an_id_that_two_learnwares_begin_with(store: Store) -> None:
    rows = [learnware(str(number)) for number in range(400)]
    with store.transaction():
        for row in rows:
            store.catalogue.put(row)
    starts = [row.id[:4] for row in rows]
    twice = next((start for start in starts if starts.count(start) == 2), None)
    assert twice is not None  # 400 ids of 65,536 beginnings; fixed by the manifests
    with pytest.raises(StoreError, match="means 2 of the learnwares"):
        store.catalogue.get(twice)


def test_an_id_that_is_not_its_manifests(store: Store) -> None:
    with pytest.raises(StoreError, match="not the digest"):
        store.catalogue.put(replace(learnware(), id="0" * 64))
    with pytest.raises(DocumentError):
        store.catalogue.put(replace(learnware(), id=sha("x"), manifest=b"x"))
    assert store.catalogue.list() == ()


def test_lists_by_state(store: Store) -> None:
    rows = {state: learnware(state, state=state) for state in ("announced", "ready", "withdrawn", "refused")}
    for row in rows.values():
        store.catalogue.put(row)
    assert [row.state for row in store.catalogue.list()] == list(rows)
    assert store.catalogue.list(("ready", "refused", "ready")) == (rows["ready"], rows["refused"])
    assert store.catalogue.list(()) == ()


def test_some_that_are_ready_in_the_order_asked_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lwnode.store.catalogue.AT_ONCE", 2)
    rows = [ready(f"heart {number}") for number in range(5)]
    for row in (*rows, gone := learnware("gone", state="refused")):
        store.catalogue.put(row)
    asked = [rows[3], gone, rows[0], rows[4], rows[1]]
    assert store.catalogue.ready([row.id for row in asked] + ["0" * 64]) == (rows[3], rows[0], rows[4], rows[1])
    assert store.catalogue.ready([]) == ()


def test_withdrawn_is_final(store: Store) -> None:
    put = ready("heart")
    store.catalogue.put(put)
    store.catalogue.set_state(put.id, "withdrawn", "an error in the data")
    assert store.catalogue.search_text("heart") == ()
    with pytest.raises(StoreError, match="was withdrawn"):
        store.catalogue.set_state(put.id, "ready")
    store.catalogue.put(put)  # announced again by a hub that has not heard of it
    found = store.catalogue.get(put.id)
    assert (found.state, found.reason) == ("withdrawn", "an error in the data")
    assert store.catalogue.search_text("heart") == ()
    with pytest.raises(NotFoundError):
        store.catalogue.set_state("0" * 64, "ready")


def test_a_learnware_that_was_refused_may_become_ready(store: Store) -> None:
    put = ready("heart")
    store.catalogue.put(replace(put, state="refused", reason="no keys"))
    assert store.catalogue.search_text("heart") == ()
    store.catalogue.set_state(put.id, "ready")
    assert store.catalogue.get(put.id).reason == ""
    assert [found for found, _ in store.catalogue.search_text("heart")] == [put.id]


def test_a_withdrawal_before_its_learnware(store: Store) -> None:
    put = ready("heart")
    assert store.catalogue.withdraw(put.id, put.publisher, "an error") is False
    store.catalogue.put(put)
    found = store.catalogue.get(put.id)
    assert (found.state, found.reason) == ("withdrawn", "an error")
    assert store.catalogue.search_text("heart") == ()


def test_a_withdrawal_of_somebody_elses_learnware(store: Store) -> None:
    early, late = ready("heart"), ready("lung")
    assert store.catalogue.withdraw(early.id, "ee" * 32, "mischief") is False
    store.catalogue.put(early)
    store.catalogue.put(late)
    assert store.catalogue.withdraw(late.id, "ee" * 32, "mischief") is False
    assert {row.state for row in store.catalogue.list()} == {"ready"}
    assert store.catalogue.withdraw(late.id, late.publisher, "an error") is True
    assert store.catalogue.get(late.id).state == "withdrawn"
    assert store.catalogue.withdraw(late.id, late.publisher, "again") is True


def test_files_of_a_learnware(store: Store) -> None:
    put = learnware(files={"card.json": b"card", "model.onnx": b"model!"})
    store.catalogue.put(put)
    assert [(entry.name, entry.size) for entry in store.catalogue.files(put.id)] == [
        ("card.json", 4),
        ("model.onnx", 6),
    ]
    assert store.catalogue.files("0" * 64) == ()


def test_which_files_are_wanted(store: Store) -> None:
    small = learnware(files={"card.json": b"c", "model.onnx": b"m" * 10})
    large = learnware(files={"card.json": b"C", "model.onnx": b"M" * 1_000})
    own = learnware(files={"card.json": b"own"}, own=True)
    refused = learnware(files={"card.json": b"refused"}, state="refused")
    for row in (small, large, own, refused):
        store.catalogue.put(row)

    def wanted(limit: int, **more: object) -> list[tuple[str, int]]:
        return [(f.name, f.size) for f in store.catalogue.files_wanted(limit, **more)]  # type: ignore[arg-type]  # any

    assert wanted(100) == [("card.json", 1), ("model.onnx", 10), ("card.json", 1)]
    assert wanted(10_000) == [("card.json", 1), ("model.onnx", 10), ("card.json", 1), ("model.onnx", 1_000)]
    assert wanted(0) == []
    assert wanted(10_000, count=2) == [("card.json", 1), ("model.onnx", 10)]
    assert wanted(10_000, hub="hub-2") == []
    assert len(wanted(10_000, hub="hub-1")) == 4
    store.blobs.put(b"c")
    assert wanted(100) == [("model.onnx", 10), ("card.json", 1)]
    store.catalogue.want(large.id)  # a person asked: the limit no longer counts
    assert wanted(100) == [("model.onnx", 10), ("card.json", 1), ("model.onnx", 1_000)]
    for data in (b"m" * 10, b"C"):
        store.blobs.put(data)
    store.catalogue.set_state(small.id, "ready")
    store.catalogue.set_state(large.id, "ready")  # its model was asked for and is still missing
    assert wanted(100) == [("model.onnx", 1_000)]
    store.blobs.put(b"M" * 1_000)
    assert wanted(10_000) == []
    with pytest.raises(NotFoundError):
        store.catalogue.want("0" * 64)


def test_a_file_of_two_learnwares_is_wanted_once(store: Store) -> None:
    for extra in (b"1", b"2"):
        store.catalogue.put(learnware(files={"card.json": b"same", "profile.json": extra}))
    assert sorted(f.name for f in store.catalogue.files_wanted(100)) == ["card.json", "profile.json", "profile.json"]
