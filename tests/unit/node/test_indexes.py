# SPDX-License-Identifier: Apache-2.0
"""The node's search indexes: kept in the home, in step with the catalogue, and never the reason for another answer."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import lwnode
from lwnode.errors import CancelledError, DiskFullError
from lwnode.market import Found, island_search, mixture, nearest
from lwnode.market.islands import Island
from lwnode.node import indexes
from lwnode.node.engine import Engine
from lwnode.node.facade import Node
from tests.support.homes import engine_of, make_node, reopen
from tests.support.market import Columns, domain, numbers, sketch, stacked
from tests.support.stock import stock

SIZE = 40
FRAME, WIDER = numbers(4), numbers(4, scale=1.5, name="wider")


def sketches(numbers_: range, profile=FRAME) -> list:
    """Several hospitals in each of eight domains."""
    return [sketch(domain(i % 8, 100, 4, draw=i), profile, size=10, seed=i) for i in numbers_]


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed home with 40 learnwares of one island, 12 of them in another frame."""
    root = tmp_path_factory.mktemp("stocked")
    with make_node(root, "clinic") as node:
        stock(engine_of(node), [*sketches(range(28)), *sketches(range(28, SIZE), WIDER)])
    return root


@pytest.fixture
def root(stocked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, for a market in which islands are large from 13 learnwares on."""
    monkeypatch.setattr(island_search, "SHARE_POOL", 6)
    monkeypatch.setattr(mixture, "NEAREST", 6)
    monkeypatch.setattr(nearest, "WHOLE", 12)
    monkeypatch.setattr(indexes, "WHOLE", 12)
    shutil.copytree(stocked, tmp_path / "root")
    return tmp_path / "root"


@pytest.fixture
def node(root: Path) -> Iterator[Node]:
    with reopen(root, "clinic") as opened:
        yield opened


def rows(seed: int = 3) -> Columns:
    return stacked(domain(seed, 60, 4, draw=1000), domain(seed + 2, 40, 4, draw=1000))


def table(columns: Columns) -> lwnode.Table:
    return lwnode.Table.from_arrays(np.column_stack(list(columns.values())), columns=list(columns))


def ask(node: Node, seed: int = 3, **more: object) -> Found:
    found = node.search(lwnode.Requirement(data=table(rows(seed)), **more), top=5, everything=True)
    return found._result.found


def same(found: Found, other: Found) -> bool:
    """Whether two answers say the same, however they were found."""

    def words(one: Found) -> tuple:
        return (
            one.verdict,
            one.reason_code,
            [(match.learnware, match.reason_code) for match in (*one.single, *one.nearest)],
            sorted(dict(one.multiple.members)) if one.multiple is not None else None,
            one.considered,
            one.uncovered.rows.tolist(),
        )

    def figures(one: Found) -> list[float]:
        shares = sorted(share for _, share in one.multiple.members) if one.multiple is not None else []
        return [*(match.ranked for match in one.nearest), *(match.distance for match in one.single), *shares]

    return words(found) == words(other) and figures(found) == pytest.approx(figures(other), abs=1e-9)


def whole(node: Node, monkeypatch: pytest.MonkeyPatch, seed: int = 3) -> Found:
    """The answer when everything is compared."""
    with monkeypatch.context() as patch:
        patch.setattr(nearest, "WHOLE", 500)
        return ask(node, seed)


def reads(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the learnwares that are read from here on."""
    seen: list[str] = []
    plain = engine.market._read
    monkeypatch.setattr(engine.market, "_read", lambda row: (seen.append(row.id), plain(row))[1])
    return seen


def test_the_index_gives_what_comparing_everything_gives(node: Node, monkeypatch) -> None:
    for seed in range(4):
        found, plain = ask(node, seed), whole(node, monkeypatch, seed)
        assert same(found, plain)
        assert (found.certificate.method, plain.certificate.method) == ("certified", "exhaustive")
        assert found.certificate.compared < plain.certificate.compared == SIZE
        assert found.certificate.last == pytest.approx(plain.certificate.last, abs=1e-9)
        assert found.certificate.last <= found.certificate.next <= plain.certificate.next + 1e-9
    assert any(ask(node, seed).multiple is not None for seed in range(4))


def test_a_node_that_is_opened_again_reads_those_that_are_near(root: Path, monkeypatch) -> None:
    with reopen(root, "clinic") as node:
        first = ask(node)
    with reopen(root, "clinic") as node:
        seen = reads(engine_of(node), monkeypatch)
        assert same(ask(node), first)
        assert len(seen) < SIZE / 2
        assert {match.learnware for match in first.nearest} <= set(seen)


def test_what_arrives_is_found_and_what_is_withdrawn_is_not(node: Node, monkeypatch) -> None:
    ask(node)
    (new,) = stock(engine_of(node), [sketch(rows(), FRAME, size=10)], name="new")
    assert ask(node).nearest[0].learnware == new
    node.withdraw(new, reason="a trial")
    again = ask(node)
    assert new not in [match.learnware for match in again.nearest]
    assert same(again, whole(node, monkeypatch))
    index = engine_of(node).market.indexes._opened[FRAME.id]
    assert new not in index
    assert len(index) == SIZE


def test_an_index_follows_a_catalogue_that_changed_without_it(root: Path) -> None:
    with reopen(root, "clinic") as node:
        gone = ask(node).nearest[0].learnware
        kept = root / "kept"
        shutil.copytree(root / "clinic" / "indexes", kept)
        node.withdraw(gone, reason="a trial")
    shutil.rmtree(root / "clinic" / "indexes")
    shutil.copytree(kept, root / "clinic" / "indexes")
    with reopen(root, "clinic") as node:
        assert gone not in [match.learnware for match in ask(node).nearest]
        assert gone not in engine_of(node).market.indexes._opened[FRAME.id]


def test_most_of_an_index_withdrawn_gives_the_room_back(root: Path) -> None:
    with reopen(root, "clinic") as node:
        ask(node)
        engine = engine_of(node)
        for row in engine.ready()[15:]:
            engine.store.catalogue.set_state(row.id, "refused", "a trial")
    points = next((root / "clinic" / "indexes").rglob("points"))
    before = points.stat().st_size
    with reopen(root, "clinic") as node:
        ask(node)
    assert sum(file.stat().st_size for file in (root / "clinic" / "indexes").rglob("points")) < before / 2


def test_another_majority_asks_in_its_own_frame(node: Node, monkeypatch) -> None:
    ask(node)
    stock(engine_of(node), sketches(range(100, 130), WIDER), name="new")
    for seed in range(2):
        assert same(ask(node, seed), whole(node, monkeypatch, seed))
    assert set(engine_of(node).market.indexes._opened) == {FRAME.id, WIDER.id}


def test_a_search_by_words_ranks_only_who_matches(node: Node, monkeypatch) -> None:
    stock(engine_of(node), sketches(range(200, 220)), name="maternity")
    everyone = {match.learnware for match in ask(node).nearest}
    found = ask(node, semantic={"name": "maternity"})
    assert found.considered == 20
    assert found.certificate.method == "certified"
    with monkeypatch.context() as patch:
        patch.setattr(nearest, "WHOLE", 500)
        assert same(ask(node, semantic={"name": "maternity"}), found)
    assert {match.learnware for match in found.nearest} != everyone


@pytest.mark.parametrize("file", ["table", "points"])
@pytest.mark.parametrize("share", [0.0, 0.6])
def test_a_damaged_index_is_made_again(root: Path, file: str, share: float) -> None:
    with reopen(root, "clinic") as node:
        first = ask(node)
    for damaged in (root / "clinic" / "indexes").rglob(file):
        data = bytearray(damaged.read_bytes())
        for place in range(int(share * len(data)), len(data), 50):
            data[place] ^= 0xFF
        damaged.write_bytes(bytes(data))
    with reopen(root, "clinic") as node:
        assert same(ask(node), first)


def test_an_index_without_its_end_gets_it_again(root: Path) -> None:
    with reopen(root, "clinic") as node:
        first = ask(node)
        stock(engine_of(node), sketches(range(300, 305)))
        second = ask(node)
    assert first.considered + 5 == second.considered
    for file in (root / "clinic" / "indexes").rglob("points"):
        os.truncate(file, file.stat().st_size - 10)
    with reopen(root, "clinic") as node:
        assert same(ask(node), second)


def test_work_that_was_ended_goes_on_from_there(node: Node, monkeypatch) -> None:
    engine = engine_of(node)
    offers = engine.market.offers(engine.ready())
    columns = rows()

    def stop(share: float | None, doing: str) -> None:
        if doing == "reading what is new on offer" and share:
            raise CancelledError("ended by a person")

    with pytest.raises(CancelledError):
        engine.market.search(columns, offers, units={}, top=5, progress=stop)
    assert same(ask(node), whole(node, monkeypatch))


def test_a_full_disk_says_so_and_loses_nothing(node: Node, monkeypatch) -> None:
    first = ask(node)
    stock(engine_of(node), sketches(range(400, 403)))

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "no room")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        with pytest.raises(DiskFullError, match="search index") as error:
            ask(node)
        assert "intact" in error.value.hint
    assert len(engine_of(node).market.indexes._opened[FRAME.id]) == SIZE
    assert ask(node).considered == first.considered + 3
    assert same(ask(node), whole(node, monkeypatch))


@pytest.mark.parametrize("known", [False, True], ids=["before it was indexed", "after"])
def test_one_that_cannot_be_read_keeps_nobody_else_from_being_found(root: Path, known: bool, caplog) -> None:
    with reopen(root, "clinic") as node:
        engine = engine_of(node)
        first = ask(node)
        best = first.nearest[0].learnware
        if not known:
            engine.market.indexes.discard()
        entry = next(e for e in engine.store.catalogue.files(best) if e.name == "specification.safetensors")
        engine.store.blobs.path(entry.sha256).write_bytes(b"damaged")
    with reopen(root, "clinic") as node:
        found = ask(node)
    assert found.considered == SIZE - 1
    assert [match.learnware for match in found.nearest][:4] == [match.learnware for match in first.nearest][1:]
    assert best[:12] in caplog.text


def test_nobody_waits_for_an_index_to_forget(node: Node) -> None:
    """A document is applied inside a transaction, which a search that is under way may wait for."""
    market, done = engine_of(node).market, threading.Event()
    with market.indexes._lock:
        threading.Thread(target=lambda: (market.forget("0" * 64), done.set())).start()
        assert done.wait(5)
    ask(node)


def test_catching_up_leaves_nothing_to_read_for_the_search(node: Node, monkeypatch) -> None:
    engine = engine_of(node)
    engine.market.catch_up(lambda share, doing: None)
    assert len(engine.market.indexes._opened[FRAME.id]) == SIZE
    engine.market._entries.clear()
    seen = reads(engine, monkeypatch)
    ask(node)
    assert len(seen) < SIZE / 2


def test_what_is_kept_in_memory_does_not_grow_with_the_market(node: Node, monkeypatch) -> None:
    from lwnode.node import market_view

    monkeypatch.setattr(market_view, "KEPT", 10)
    for seed in range(3):
        assert same(ask(node, seed), whole(node, monkeypatch, seed))
    assert len(engine_of(node).market._entries) == 10


def test_frames_that_were_not_asked_for_longest_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "_FRAMES", 2)
    frames = [numbers(4, scale=1.0 + i / 10, name=f"frame {i}") for i in range(4)]

    def opened(*asked: int) -> set[int]:
        kept = indexes.Indexes(tmp_path / "index", set)
        for at in asked:
            kept.of(Island(profile=frames[at], entries=()))
            os.utime(tmp_path / "index" / frames[at].id, (next(clock),) * 2)  # a disk may not tell two moments apart
        kept.close()
        return {at for at, frame in enumerate(frames) if (tmp_path / "index" / frame.id).exists()}

    clock = iter(range(1_000_000, 2_000_000))
    assert opened(0) == {0}
    assert opened(1) == {0, 1}
    assert opened(0) == {0, 1}
    assert opened(2) == {0, 2}, "1 was not asked for longest"
    assert opened(1, 2, 3) == {1, 2, 3}, "who is open stays"
    assert opened(3) == {2, 3}
