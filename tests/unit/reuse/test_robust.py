# SPDX-License-Identifier: Apache-2.0
"""A model that comes many times has one voice, and those who only agree have many."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lwnode import reuse
from lwnode.reuse import Evidence, Members
from lwnode.reuse.robust import one_voice
from tests.support.reuse import classes, evidence, members


def market(kind: str, count: int = 6, rows: int = 300) -> tuple[Members, Evidence]:
    """Learnwares that agree more or less, each where it is dense."""
    rng = np.random.default_rng(3)
    truth = rng.normal(size=(rows, 3))
    said = truth + 0.6 * rng.normal(size=(count, rows, 3))
    densities = rng.random((count, rows))
    if kind == "values":
        return members(count), evidence(said, densities=densities)
    shares = np.exp(said)
    return members(count), classes(shares / shares.sum(axis=2, keepdims=True), densities=densities)


def repeated(team: Members, given: Evidence, who: int, times: int) -> tuple[Members, Evidence]:
    """The same market in which one learnware comes several times more."""
    at = np.concatenate([np.arange(len(team.ids)), np.repeat(who, times)])
    more = dataclasses.replace(
        team,
        ids=(*team.ids, *(f"again {number}" for number in range(times))),
        distances=team.distances[at],
        shares=None if team.shares is None else team.shares[at],
        temperatures=None if team.temperatures is None else team.temperatures[at],
    )
    return more, dataclasses.replace(
        given, predictions=given.predictions[at], densities=given.densities[at], covered=given.covered[at]
    )


@pytest.mark.parametrize(("method", "kind"), [("fuse", "classes"), ("mix", "classes"), ("mix", "values")])
def test_a_learnware_that_comes_ten_times_moves_nothing(method: str, kind: str) -> None:
    team, given = market(kind)
    once = reuse.combine(method, team, given)
    for who in range(3):
        often = reuse.combine(method, *repeated(team, given, who, 9))
        assert often.values == pytest.approx(once.values, abs=1e-9)
        part = once.report.weights[who].mean()
        assert often.report.weights[[who, *range(6, 15)]].sum(axis=0).mean() == pytest.approx(part, abs=1e-9)


def test_who_counts_as_the_same() -> None:
    for kind, scale in (("classes", 1.0), ("values", 3.0)):
        team, given = market(kind)
        assert one_voice(given).tolist() == [1.0] * 6
        _, twice = repeated(team, given, 2, 1)
        assert one_voice(twice).tolist() == [1.0, 1.0, 0.5, 1.0, 1.0, 1.0, 0.5]
        for moved, voices in ((1e-5, 0.5), (0.1 * scale, 1.0)):
            other = twice.predictions.copy()
            other[6] += moved
            assert one_voice(dataclasses.replace(twice, predictions=other))[2] == voices
        unknown = twice.predictions.copy()
        unknown[6, :, 0] = np.nan
        assert one_voice(dataclasses.replace(twice, predictions=unknown))[2] == 1.0, "it knows other classes"
    silent = dataclasses.replace(given, predictions=np.full_like(given.predictions, np.nan))
    assert one_voice(silent).tolist() == [pytest.approx(1 / 6)] * 6
    huge = dataclasses.replace(given, predictions=np.where(np.arange(6)[:, None, None] == 1, 1e308, given.predictions))
    assert np.isfinite(one_voice(huge)).all()


def test_settled_shares_are_left_as_they_are() -> None:
    team, given = market("values")
    weights = np.array([0.4, 0.2, 0.1, 0.1, 0.1, 0.1])
    more, often = repeated(dataclasses.replace(team, weights=None), given, 0, 1)
    settled = dataclasses.replace(more, weights=np.append(weights, 0.4))
    fewer = reuse.combine("mix", dataclasses.replace(team, weights=np.append([0.8], weights[1:])), given)
    assert reuse.combine("mix", settled, often).values == pytest.approx(fewer.values, abs=1e-9)
