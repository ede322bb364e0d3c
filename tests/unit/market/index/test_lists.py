# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from lwnode.market.index.lists import Grouping, Lists, Look, Order


@pytest.fixture(scope="module")
def vectors():
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(30, 40))
    X = centres[rng.integers(30, size=3000)] + 0.3 * rng.normal(size=(3000, 40))
    X *= 0.5 / np.linalg.norm(X, axis=1).max()
    return X.astype(np.float32)


@pytest.fixture(scope="module")
def lists(vectors):
    grouping = Grouping.of(vectors, 1)
    return Lists(grouping, Order.of(grouping, vectors), vectors, np.square(vectors).sum(axis=1))


@pytest.mark.parametrize("reach", [0.0, 0.02, 0.1, 0.2, 0.5, np.inf])
def test_nothing_within_reach_is_passed_over(vectors, lists, reach: float) -> None:
    rng = np.random.default_rng(5)
    for _ in range(10):
        query = vectors[rng.integers(3000)] + 0.01 * rng.normal(size=40)
        look = Look(lists, query)
        places, squares = look.within(reach)
        rows = lists.order.rows[places]
        assert len(set(rows.tolist())) == len(rows)
        exact = np.square(vectors.astype(np.float64) - query).sum(axis=1)
        assert set(np.flatnonzero(exact <= reach**2)) <= set(rows.tolist())
        assert squares == pytest.approx(exact[rows], abs=1e-5)
    assert reach == np.inf or len(rows) < 3000


def test_every_row_is_in_one_list_and_within_its_radius(vectors, lists) -> None:
    order = lists.order
    assert sorted(order.rows.tolist()) == list(range(3000))
    assert order.starts[-1] == 3000
    turned = vectors @ lists.grouping.turn.T
    for i, centre in enumerate(lists.grouping.centres):
        held = turned[order.rows[order.starts[i] : order.starts[i + 1]]]
        assert len(held) == 0 or np.linalg.norm(held - centre, axis=1).max() == pytest.approx(order.radius[i], abs=1e-6)
    assert len(lists.grouping.centres) == 109


def test_the_likely_ones_are_the_nearest_of_the_nearest_lists(vectors, lists) -> None:
    query = vectors[0].astype(np.float64)
    exact = np.square(vectors.astype(np.float64) - query).sum(axis=1)
    places, squares = Look(lists, query).likely(len(lists.sizes), 200)
    rows = lists.order.rows[places]
    assert squares == pytest.approx(exact[rows], abs=1e-5)
    assert set(np.argsort(exact)[:20]) <= set(rows.tolist())
    few, _ = Look(lists, query).likely(2, 10_000)
    away = np.linalg.norm(lists.grouping.centres - lists.grouping.turn @ vectors[0], axis=1)
    held = [set(range(*lists.order.starts[i : i + 2].tolist())) for i in np.argsort(away)[:2]]
    assert set(few.tolist()) == held[0] | held[1]


def test_the_same_vectors_give_the_same_lists(vectors) -> None:
    first, second = Grouping.of(vectors, 1), Grouping.of(vectors, 1)
    assert np.array_equal(first.centres, second.centres)
    assert np.array_equal(Order.of(first, vectors).rows, Order.of(second, vectors).rows)
