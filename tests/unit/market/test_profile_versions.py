# SPDX-License-Identifier: Apache-2.0
"""The next version of a profile: its rule, who has a say in it, and that versions stay comparable."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lwnode.documents import Profile, decode, encode
from lwnode.market.profile_versions import ENOUGH, next_version
from lwnode.specification import Specification, mmd2
from tests.support.market import domain, numbers, sketch

PROFILE = numbers(4)


def published(count: int, publishers: int = 3, spread: float = 0.2) -> list[tuple[str, Specification]]:
    return [
        (f"p{i % publishers}", sketch(domain(1, 200, 4, spread=spread, draw=i), PROFILE, size=20)) for i in range(count)
    ]


@pytest.mark.parametrize(("count", "publishers"), [(ENOUGH - 1, 3), (ENOUGH, 2), (0, 1)])
def test_too_few_propose_nothing(count: int, publishers: int) -> None:
    proposal = next_version(PROFILE, published(count, publishers))
    assert proposal.profile is None
    assert "needed" in proposal.reason
    assert proposal.learnwares == count


def test_gamma_is_one_over_the_weighted_median() -> None:
    items = published(12)
    proposal = next_version(PROFILE, items)
    assert proposal.profile is not None
    Z = np.concatenate([spec.frame for _, spec in items])
    b = np.concatenate([spec.weights for _, spec in items]) / 12
    rng = np.random.default_rng(0)
    i, j = (rng.choice(len(Z), 40_000, p=b / b.sum()) for _ in range(2))
    drawn = np.median(np.square(Z[i] - Z[j]).sum(axis=1)[i != j])
    assert proposal.median == pytest.approx(drawn, rel=0.05)
    assert proposal.profile.gamma == pytest.approx(1 / proposal.median, rel=0.05)
    assert proposal.profile.gamma > 2 * PROFILE.gamma


def test_the_new_version_differs_in_nothing_else_and_stays_comparable() -> None:
    items = published(12)
    after = next_version(PROFILE, items).profile
    assert after is not None
    assert (after.version, after.previous) == (2, PROFILE.id)
    assert dataclasses.replace(after, gamma=PROFILE.gamma, version=1, previous="") == PROFILE
    assert after.schema_id == PROFILE.schema_id
    assert decode(encode(after), Profile) == after
    moved = sketch(domain(1, 200, 4, spread=0.2, draw=99), after, size=20)
    assert 0 <= mmd2(items[0][1], moved) < 2
    assert 0 <= mmd2(moved, items[0][1]) < 2
    again = next_version(after, [*items, ("p0", moved)])
    assert again.profile is None
    assert "no change" in again.reason


def test_everybody_comes_to_the_same_proposal_in_any_order() -> None:
    items = published(12)
    assert next_version(PROFILE, items).profile == next_version(PROFILE, items[::-1]).profile
    many = [(p, s) for p, s in published(24) for _ in range(5)]
    assert next_version(PROFILE, many).median == next_version(PROFILE, many[::-1]).median


def test_publishing_often_does_not_move_gamma() -> None:
    items, wide = published(12), sketch(domain(5, 200, 4, spread=1.5), PROFILE, size=20)
    none = next_version(PROFILE, items).median
    once = next_version(PROFILE, [*items, ("p9", wide)]).median
    often = next_version(PROFILE, [*items, *[("p9", wide)] * 30]).median
    by_many = next_version(PROFILE, [*items, *[(f"q{i}", wide) for i in range(30)]]).median
    assert none is not None
    assert once is not None
    assert by_many is not None
    assert once > 1.1 * none
    assert often == pytest.approx(once, rel=0.02)
    assert by_many > 2 * once


def test_more_points_than_take_part_give_nearly_the_same() -> None:
    items = published(30)
    whole = [(p, s) for p, s in items]
    many = [(p, s) for p, s in items for _ in range(5)]
    assert sum(len(s.points) for _, s in many) > 2_000
    few, drawn = next_version(PROFILE, whole), next_version(PROFILE, many)
    assert few.median is not None
    assert drawn.median == pytest.approx(few.median, rel=0.05)


def test_other_schemas_and_points_in_one_place_say_nothing() -> None:
    other = numbers(3)
    items = [(f"p{i % 3}", sketch(domain(1, 100, 3, draw=i), other, size=5)) for i in range(12)]
    assert next_version(PROFILE, items).learnwares == 0
    spec = items[0][1]
    one = dataclasses.replace(spec, points=np.zeros((1, 3), np.float32), weights=np.ones(1))
    proposal = next_version(other, [(f"p{i % 3}", one) for i in range(12)])
    assert proposal.profile is None
    assert "same point" in proposal.reason
