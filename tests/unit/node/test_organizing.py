# SPDX-License-Identifier: Apache-2.0
"""A node's search lists one for all that are the same, and a few of each publisher; its map stays where it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import lwnode
from lwnode.errors import CancelledError, DataError, NotFoundError, SettingsError
from lwnode.node import wire
from lwnode.node.actions.market import SearchResult
from lwnode.node.facade import Node
from lwnode.node.handles import Requirement
from lwnode.node.records import IslandMap, Ware
from lwnode.node.side_by_side import ask_side_by_side
from lwnode.types import silent
from tests.support.folded import COLUMNS, publish_draw, publish_much, rows
from tests.support.homes import engine_of, make_node, reopen
from tests.support.memory_hub import MemoryHub


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(scope="module")
def node(place: Path) -> Iterator[Node]:
    made = make_node(place, "much")
    yield made
    made.close()


@pytest.fixture(scope="module")
def wares(node: Node) -> dict[str, Ware]:
    return publish_much(node)


@pytest.fixture
def asked() -> Requirement:
    return Requirement(data=dict(zip(COLUMNS, rows(99, 300).T, strict=True)))


def test_the_same_stands_under_who_came_first(node: Node, wares: dict[str, Ware], asked: Requirement) -> None:
    found = node.search(asked)
    (fold,) = found.folds
    assert (fold.id, fold.under) == (wares["again"].id, wares["draw 0"].id)
    assert not fold.copy, "it is the publisher's own"
    assert fold.reason == "the very same sketch; the models were not run side by side"
    assert found.considered == 5
    assert set(found.compatible) == {ware.id for ware in wares.values()}, "reuse knows all of them"


def test_models_under_alike_sketches_are_asked_side_by_side_beside_everything_else(
    tmp_path: Path, asked: Requirement, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = MemoryHub()
    with make_node(tmp_path, "A", hub) as node:
        node.add_profile(lwnode.Profile.from_bounds(dict.fromkeys(COLUMNS, (-4.0, 4.0))))
        first = publish_draw(node, 0, 2.0, "first")
        same, other = publish_draw(node, 0, 2.5, "same"), publish_draw(node, 0, -2.0, "other")
        broken = publish_draw(node, 0, 2.1, "broken")
        engine = engine_of(node)
        assert engine.checks is not None
        whole = engine.model_of
        monkeypatch.setattr(engine, "model_of", lambda row: b"no model" if row.id == broken.id else whole(row))
        before = node.search(asked)
        assert {fold.id for fold in before.folds} == {same.id, other.id, broken.id}
        assert not any(fold.checked for fold in before.folds)
        assert engine.checks.wait(60)
        (fold,) = node.search(asked).folds
        assert (fold.id, fold.under, fold.checked) == (same.id, first.id, True)
        assert fold.reason == "the very same sketch and same answers on 100% of 72 of their points"
        pair = tuple(sorted((same.id, first.id)))
        assert engine.store.agreements.get(*pair) == (1.0, 72)
        ask_side_by_side(engine, *sorted((same.id, "f" * 64)), progress=silent)
        assert engine.store.agreements.get(*sorted((same.id, "f" * 64))) is None, "one of them is not here"
    with reopen(tmp_path, "A", hub) as node:
        assert node.search(asked).folds == (fold,), "asked once, and remembered"


def test_a_publisher_has_three_places_and_the_fourth_is_named(
    node: Node, wares: dict[str, Ware], asked: Requirement
) -> None:
    found = node.search(asked)
    assert len(found.single) == 3
    assert len(found.held) == 1
    assert {match.publisher for match in (*found.single, *found.held)} == {wares["again"].publisher}


def test_everything_is_listed_on_demand(node: Node, wares: dict[str, Ware], asked: Requirement) -> None:
    found = node.search(asked, everything=True)
    assert {match.learnware for match in found.single} == {ware.id for ware in wares.values()}
    assert (found.held, found.folds) == ((), ())


def test_the_pool_score_is_asked_for(node: Node, wares: dict[str, Ware], asked: Requirement) -> None:
    assert node.search(asked).pool_scores == {}
    scores = node.search(asked, pool_score=True).pool_scores
    assert set(scores) == {ware.id for name, ware in wares.items() if name != "again"}
    with pytest.raises(SettingsError) as caught:
        node.search(Requirement(text="draw"), pool_score=True)
    assert caught.value.hint


def test_it_travels(node: Node, wares: dict[str, Ware], asked: Requirement) -> None:
    result = node.search(asked, pool_score=True)._result
    back = wire.from_json(wire.to_json(result), SearchResult)
    assert back.found.folds == result.found.folds
    assert [match.learnware for match in back.found.held] == [match.learnware for match in result.found.held]
    assert back.found.pool_scores == result.found.pool_scores


def test_folding_can_be_cancelled_and_goes_on(
    node: Node, wares: dict[str, Ware], asked: Requirement, place: Path
) -> None:
    engine = engine_of(node)
    fresh = type(engine.folds)(engine.store.agreements, lambda pairs: None)
    calls = 0

    def stop(share: float | None, doing: str) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise CancelledError("cancelled")

    with pytest.raises(CancelledError):
        fresh.of(engine.ready(), engine.entries(), stop)
    assert set(fresh.of(engine.ready(), engine.entries())) == {wares["again"].id}


def test_what_is_withdrawn_leads_nobody_and_a_new_start_comes_to_the_same(place: Path, asked: Requirement) -> None:
    with make_node(place, "short") as node:
        node.add_profile(_profile())
        first = publish_draw(node, 0, 2.0, "first")
        second = publish_draw(node, 0, 2.5, "second")
        assert [fold.id for fold in node.search(asked).folds] == [second.id]
        drawn = node.map()
    with reopen(place, "short") as node:
        assert [fold.id for fold in node.search(asked).folds] == [second.id]
        assert node.map() == drawn
        node.withdraw(first.id, reason="test")
        found = node.search(asked)
        assert found.folds == ()
        assert [match.learnware for match in found.single] == [second.id]


def test_the_map_has_one_place_for_all_that_are_the_same(
    node: Node, wares: dict[str, Ware], asked: Requirement
) -> None:
    drawn = node.map()
    assert {point.id for point in drawn.points} == {ware.id for name, ware in wares.items() if name != "again"}
    by_id = {point.id: point for point in drawn.points}
    assert by_id[wares["draw 0"].id].same == (wares["again"].id,)
    assert (drawn.island.learnwares, drawn.yours) == (5, None)
    assert drawn.islands == (drawn.island,)
    assert {point.publisher for point in drawn.points} == {wares["again"].publisher}


def test_rows_are_placed_and_nobody_moves_for_them(node: Node, wares: dict[str, Ware], asked: Requirement) -> None:
    before = node.map()
    drawn = node.map(data=asked.data)
    assert drawn.yours is not None
    assert drawn.points == before.points
    assert node.map(before.island.id[:10], data=asked.data) == drawn
    assert wire.from_json(wire.to_json(drawn), IslandMap) == drawn


def test_a_map_that_cannot_be_says_why(node: Node, wares: dict[str, Ware], tmp_path: Path) -> None:
    strange = {"a": rows(1)[:, 0], "z": rows(1)[:, 1]}
    with pytest.raises(DataError) as caught:
        node.map(data=strange)
    assert "--across" in caught.value.hint
    with pytest.raises(DataError) as caught:
        node.map(node.map().island.id, data=strange)
    assert "b, c" in caught.value.hint
    with pytest.raises(NotFoundError):
        node.map("no such island")
    with make_node(tmp_path, "empty") as empty, pytest.raises(NotFoundError) as none:
        empty.map()
    assert none.value.hint


def _profile() -> lwnode.Profile:
    return lwnode.Profile.from_bounds(dict.fromkeys(COLUMNS, (-4.0, 4.0)))
