# SPDX-License-Identifier: Apache-2.0
import itertools

import numpy as np
import pytest

from lwnode.market.blend import ACCEPT, MEMBERS, Blender
from lwnode.market.index import Anchors
from lwnode.market.index.exact import Query, squared_norms
from lwnode.specification.kernels import gaussian
from lwnode.specification.simplex import simplex_weights
from tests.support.market import numbers

PROFILE = numbers(4)


class Case:
    """A market of narrow sketches, and rows of three of them."""

    def __init__(self, count: int, seed: int, *, smallest: float = 0.0, enough=lambda blend: False) -> None:
        rng = np.random.default_rng([count, seed])
        self.points = [np.clip(rng.normal(size=4) + 0.4 * rng.normal(size=(12, 4)), -4, 4) for _ in range(count)]
        self.weights = [rng.dirichlet(np.full(12, 5.0)) for _ in range(count)]
        self.members = sorted(rng.choice(count, 3, replace=False).tolist())
        self.rows = np.concatenate([self.points[i] for i in self.members]) + 0.02 * rng.normal(size=(36, 4))
        self.share = np.concatenate([self.weights[i] / 3 for i in self.members])
        query = Query.of(self.rows, self.share, PROFILE.gamma)
        self.own, self.inner = query.norm2, query.inner(self.points, self.weights)
        self.norms = squared_norms(self.points, self.weights, PROFILE.gamma)
        self.near = np.argsort(self.norms - 2 * self.inner)[:25].tolist()
        self.blender = Blender(query=query, sketch=self.sketch, norms=self.norms, smallest=smallest, enough=enough)

    def sketch(self, place: int):
        return self.points[place], self.weights[place]

    def pursued(self, dimensions: int = 500):
        anchors = Anchors.of(PROFILE, dimensions)
        starts = np.arange(len(self.points)) * 12
        short = anchors.vectors(np.concatenate(self.points), np.concatenate(self.weights), starts, self.norms)[:, :-1]
        target = anchors.vectors(self.rows, self.share, np.zeros(1, dtype=np.intp), np.array([self.own]))[0, :-1]
        return self.blender.pursue(short.astype(np.float32), np.square(short).sum(axis=1), target)

    def plain(self, blend) -> float:
        points = np.concatenate([self.rows, *(self.points[i] for i in blend.places)])
        parts = [share * self.weights[i] for i, share in zip(blend.places, blend.shares, strict=True)]
        signed = np.concatenate([self.share, *(-part for part in parts)])
        return float(signed @ gaussian(points, points, PROFILE.gamma) @ signed)


@pytest.mark.parametrize("seed", range(4))
def test_the_squared_distance_is_that_of_the_mixture(seed: int) -> None:
    case = Case(60, seed)
    for blend in (case.blender.greedy(case.near), case.pursued(), case.blender.blend((3, 9, 20))):
        assert blend.squared == pytest.approx(case.plain(blend), abs=1e-9)
        assert blend.shares.sum() == pytest.approx(1.0)
        assert (blend.shares >= 0).all()
        assert len(set(blend.places)) == len(blend.places) <= MEMBERS


def test_greedy_is_the_plain_rule() -> None:
    case = Case(60, 1)
    gram = np.array(
        [
            [
                case.weights[i] @ gaussian(case.points[i], case.points[j], PROFILE.gamma) @ case.weights[j]
                for j in case.near
            ]
            for i in case.near
        ]
    )
    inner = case.inner[case.near]

    def squared(at: list[int]) -> float:
        shares = simplex_weights(gram[np.ix_(at, at)], inner[at])
        return case.own - 2 * inner[at] @ shares + shares @ gram[np.ix_(at, at)] @ shares

    chosen, best = [0], case.own - 2 * inner[0] + gram[0, 0]
    while len(chosen) < MEMBERS:
        tried = {j: squared([*chosen, j]) for j in range(25) if j not in chosen}
        nearest = min(tried, key=tried.__getitem__)
        if tried[nearest] > ACCEPT * best:
            break
        chosen, best = [*chosen, nearest], tried[nearest]
    found = case.blender.greedy(case.near)
    assert [case.near[j] for j in chosen] == list(found.places)
    assert found.squared == pytest.approx(best, abs=1e-9)


def test_pursuit_finds_the_members_of_the_whole_market_and_greedy_does_not() -> None:
    found, greedy = 0, 0
    ratios = []
    for seed in range(10):
        case = Case(300, seed)
        pursued, plain = case.pursued(), case.blender.greedy(case.near)
        found += set(case.members) <= set(pursued.places)
        greedy += set(case.members) <= set(plain.places)
        ratios.append(pursued.squared / plain.squared)
    assert found >= 9
    assert greedy < found
    assert np.median(ratios) < 0.5


@pytest.mark.parametrize("dimensions", [4, 40])
def test_few_dimensions_only_propose_and_never_decide(dimensions: int) -> None:
    for seed in range(5):
        case = Case(100, seed)
        blend = case.pursued(dimensions)
        assert blend.squared == pytest.approx(case.plain(blend), abs=1e-9)
        alone = case.blender.blend((case.near[0],))
        assert blend.squared <= alone.squared + 1e-12


def test_every_member_of_a_pursuit_brings_something() -> None:
    for seed in range(5):
        case = Case(100, seed)
        blend = case.pursued()
        for out in blend.places if len(blend.places) > 1 else ():
            without = case.blender.blend(tuple(place for place in blend.places if place != out))
            assert blend.squared <= ACCEPT * without.squared


def test_small_shares_are_left_out() -> None:
    case = Case(60, 2, smallest=0.3)
    for places in itertools.combinations(case.near[:6], 4):
        assert (case.blender.blend(places).shares >= 0.3).all() or len(case.blender.blend(places).places) == 1


def test_nobody_joins_when_it_is_near_enough() -> None:
    case = Case(60, 3, enough=lambda blend: True)
    assert case.blender.greedy(case.near).places == (case.near[0],)
    assert len(case.pursued().places) == 1
