# SPDX-License-Identifier: Apache-2.0
"""What a search lists: one for all that are the same, a few of each publisher, and the reference's score on demand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lwnode.market import Entry, Fold, search
from lwnode.market.pool_score import pool_scores
from tests.support.market import domain, entry, numbers, sketch

PROFILE = numbers(6)
ROWS = domain(0, 300, draw=9)


def draws(publisher: str, count: int, *, first: int = 0) -> list[Entry]:
    """Learnwares of one publisher, each of another draw of one domain."""
    made = []
    for draw in range(first, first + count):
        one = entry(f"{publisher}{draw}", sketch(domain(0, 800, draw=draw), PROFILE, seed=draw))
        made.append(dataclasses.replace(one, publisher=publisher, organisation=f"hospital {publisher}"))
    return made


@pytest.fixture(scope="module")
def crowd() -> list[Entry]:
    """Publisher a has five learnwares, b and c one each; all fit."""
    return [*draws("a", 5), *draws("b", 1, first=5), *draws("c", 1, first=6)]


def test_a_publisher_has_so_many_places_and_the_order_stays(crowd: list[Entry]) -> None:
    free, limited = search(ROWS, crowd), search(ROWS, crowd, each=3)
    order = [match.learnware for match in free.single]
    assert len(order) == 7
    assert free.held == ()
    listed = [match.learnware for match in limited.single]
    assert [identity[0] for identity in listed].count("a") == 3
    assert listed == [identity for identity in order if identity in listed]
    of_a = [identity for identity in order if identity[0] == "a"]
    assert listed == [identity for identity in order if identity not in of_a[3:]]
    assert [match.learnware for match in limited.held if match.learnware in of_a[3:]] == of_a[3:]
    everybody = {match.learnware for match in (*limited.single, *limited.nearest, *limited.held)}
    assert everybody == set(order), "nobody is lost"
    assert limited.verdict == free.verdict
    assert {match.publisher for match in limited.held} == {"a"}


def test_a_publisher_of_very_many_does_not_keep_others_from_being_looked_at() -> None:
    (other,) = draws("b", 1, first=90)
    # the rows are one publisher's own: sixteen that are nearer than the other, who fits as well
    base = sketch(ROWS, PROFILE, size=60)
    flood = []
    for at in range(30):
        points = base.points + np.random.default_rng(at).normal(0.0, 0.01, base.points.shape).astype(np.float32)
        made = entry(f"a{at}", dataclasses.replace(base, points=points))
        flood.append(dataclasses.replace(made, publisher="a"))
    free, limited = search(ROWS, [*flood, other], top=5), search(ROWS, [*flood, other], top=5, each=3)
    assert "b90" not in {match.learnware for match in free.single}
    assert "b90" in {match.learnware for match in limited.single}
    assert len(limited.single) == 4


def test_what_is_folded_stands_under_its_leader(crowd: list[Entry]) -> None:
    fold = Fold(id="a1", under="a0", copy=False, checked=False, reason="the very same sketch")
    found = search(ROWS, crowd, folds_of=lambda entries: {"a1": fold})
    assert found.folds == (fold,)
    assert found.considered == 7
    assert "a1" not in {match.learnware for match in (*found.single, *found.nearest, *found.held)}
    assert found.under("a0") == (fold,)
    assert found.under("b5") == ()


def test_nothing_is_folded_under_what_is_not_there(crowd: list[Entry]) -> None:
    fold = Fold(id="a1", under="gone", copy=False, checked=False, reason="")
    found = search(ROWS, crowd, folds_of=lambda entries: {"a1": fold})
    assert found.folds == ()
    assert found.considered == 7


def test_pool_scores_come_only_when_asked_for_and_are_of_who_is_there(crowd: list[Entry]) -> None:
    assert search(ROWS, crowd).pool_scores == {}
    found = search(ROWS, crowd, pool_score=True)
    assert found.multiple is None
    by_id = {match.learnware: match.ranked for match in found.nearest}
    expected = pool_scores(np.square(np.array(list(by_id.values()))))
    assert found.pool_scores == pytest.approx(dict(zip(by_id, expected, strict=True)), abs=0.1)  # a mixture may be in
    assert max(found.pool_scores.values()) >= 0.92
    alone = search(ROWS, crowd[:2], pool_score=True)
    assert min(alone.pool_scores.values()) < 0.1, "the farther of two has nothing, near as it is"


def test_a_publisher_has_at_least_one_place(crowd: list[Entry]) -> None:
    with pytest.raises(ValueError, match="at least one place"):
        search(ROWS, crowd, each=0)
