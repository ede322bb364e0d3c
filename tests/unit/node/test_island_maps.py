# SPDX-License-Identifier: Apache-2.0
"""The kept map of an island: it stays where it is when somebody arrives and after a restart, and is only a picture."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lwnode.errors import CancelledError, SpecificationError
from lwnode.market import Entry
from lwnode.market.organizer.layout import STEP
from lwnode.node.island_maps import island_layout, place_rows
from lwnode.types import silent
from tests.support.market import domain, entry, market, numbers, sketch

PROFILE = numbers(6)


class Values(dict[str, str]):
    """The store's single values, in memory."""

    def set(self, key: str, value: str) -> None:
        self[key] = value


def engine(values: Values) -> Any:
    return SimpleNamespace(store=SimpleNamespace(meta=values))


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return market(9, PROFILE, rows=300)


def test_nobody_moves_much_when_somebody_arrives_and_nobody_after_a_restart(entries: list[Entry]) -> None:
    values = Values()
    first, _ = island_layout(engine(values), entries[:6], silent)
    again, _ = island_layout(engine(values), entries[:6], silent)
    assert np.array_equal(again.positions, first.positions)
    more, profile = island_layout(engine(values), entries, silent)
    assert profile == PROFILE
    assert more.ids == tuple(f"e{i}" for i in range(9))
    moves = np.linalg.norm(more.positions[:6] - first.positions, axis=1)
    assert moves.max() <= STEP * first.radius + 1e-9
    anew, _ = island_layout(engine(Values()), entries, silent)
    assert not np.allclose(anew.positions, more.positions, atol=1e-3), "without what was kept it is another map"
    restarted, _ = island_layout(engine(Values(values)), entries, silent)
    if more.settled:
        assert np.array_equal(restarted.positions, more.positions)
    else:
        assert np.linalg.norm(restarted.positions - more.positions, axis=1).max() <= STEP * more.radius + 1e-9


def test_the_frame_stays_when_others_bring_other_bounds(entries: list[Entry]) -> None:
    values = Values()
    island_layout(engine(values), entries[:1], silent)
    wider = numbers(6, scale=2.0, name="wider")
    others = [entry(f"w{i}", sketch(domain(20 + i, 300), wider)) for i in range(3)]
    layout, profile = island_layout(engine(values), [entries[0], *others], silent)
    assert profile == PROFILE, "three of four have the other one"
    assert layout.ids == ("e0", "w0", "w1", "w2")


def test_rows_lie_with_the_learnware_of_their_source_and_are_not_kept(entries: list[Entry]) -> None:
    values = Values()
    layout, profile = island_layout(engine(values), entries, silent)
    before = dict(values)
    place = np.array(place_rows(layout, profile, domain(3, 300, draw=1)))
    assert layout.ids[int(np.linalg.norm(layout.positions - place, axis=1).argmin())] == "e3"
    assert values == before
    with pytest.raises(SpecificationError):
        place_rows(layout, profile, {"c0": np.zeros(5)})


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "nonsense",
        lambda text: text[: len(text) // 2],
        lambda text: text.replace('"axes":[[', '"axes":[[["a"],', 1),
        lambda text: text.replace('"origin":[', '"origin":[1.0,', 1),
        lambda text: text.replace('"e0"', "7", 1),
    ],
)
def test_a_kept_map_that_cannot_be_read_is_laid_out_anew(
    entries: list[Entry], damage: Any, caplog: pytest.LogCaptureFixture
) -> None:
    values = Values()
    first, _ = island_layout(engine(values), entries[:4], silent)
    (key,) = values
    values[key] = damage(values[key])
    with caplog.at_level(logging.WARNING, logger="lwnode"):
        again, _ = island_layout(engine(values), entries[:4], silent)
    assert "laid out anew" in caplog.text
    assert np.allclose(again.positions, first.positions)


def test_a_cancelled_map_leaves_the_one_before(entries: list[Entry]) -> None:
    values = Values()
    island_layout(engine(values), entries[:4], silent)
    before = dict(values)

    def stop(share: float | None, doing: str) -> None:
        if share == 0.9:
            raise CancelledError("cancelled")

    with pytest.raises(CancelledError):
        island_layout(engine(values), entries, stop)
    assert values == before


def test_two_islands_have_two_maps(entries: list[Entry]) -> None:
    values = Values()
    narrow = numbers(3)
    island_layout(engine(values), entries[:2], silent)
    island_layout(engine(values), [entry("n", sketch(domain(0, 200, 3), narrow))], silent)
    assert len(values) == 2


def test_one_learnware_is_a_map(entries: list[Entry]) -> None:
    layout, _ = island_layout(engine(Values()), entries[:1], silent)
    assert layout.positions.shape == (1, 2)
    assert np.isfinite(layout.positions).all()
