# SPDX-License-Identifier: Apache-2.0
"""The privacy gate, and the proof that it can fail: it traces rows without noise and rows of k-means."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from lwnode.errors import PrivacyBudgetError
from lwnode.specification import attacker_auc, mu_for, specify
from lwnode.specification.audit import (
    Distances,
    Rehearsals,
    audit_distances,
    audit_tracing,
    distances,
    embedding_ratio,
    rehearse,
    trace,
    unique_rows,
)
from lwnode.specification.embedding import embedding
from tests.support.rkme import k_means_specification, specification_of
from tests.support.specification import clusters, numbers, private_card

WIDTH = 6
PROFILE = numbers(WIDTH)
RAW = clusters(400, WIDTH)
UNIQUE = np.flatnonzero(unique_rows(PROFILE, RAW))


def no_noise(rows, rng):
    return specify(RAW[rows], PROFILE, privacy="no-noise", size=30)


def private(rows, rng, epsilon: float = 1.0):
    return specify(RAW[rows], PROFILE, privacy="private", epsilon=epsilon, rng=rng)


def k_means(rows, rng):
    return k_means_specification(RAW[rows], PROFILE)


def blind(rows, rng):
    return specification_of(rng.normal(size=(20, WIDTH)), np.full(20, 0.05), RAW, PROFILE)


MAKERS = {"no-noise": (no_noise, 6), "private": (private, 12), "k-means": (k_means, 6), "blind": (blind, 12)}


@cache
def rehearsed(kind: str) -> Rehearsals:
    make, most = MAKERS[kind]
    return rehearse(RAW, PROFILE, make, rng=np.random.default_rng(1), most=most)


@pytest.mark.parametrize("kind", ["no-noise", "k-means"])
def test_rows_without_noise_are_traced(kind: str) -> None:
    everybody, unique = trace(rehearsed(kind))
    assert unique.rows == "rows that are one of a kind"
    assert unique.low > 0.6
    assert everybody.low > 0.6
    assert everybody.tpr_low > everybody.fpr_high
    found = audit_tracing((everybody, unique), rehearsed(kind).runs[0].spec.card.privacy)
    assert [(one.code, one.severity) for one in found] == [("rows-can-be-traced", "warn")] * 2


def test_private_rows_are_not() -> None:
    mu = mu_for(1.0, 1e-5)
    traces = trace(rehearsed("private"))
    for one in traces:
        assert one.low < attacker_auc(mu)
        assert one.auc < attacker_auc(mu) + 0.08
    found = audit_tracing(traces, rehearsed("private").runs[0].spec.card.privacy)
    assert [(one.code, one.severity) for one in found] == [("tracing-measured", "note")] * 2
    assert "at most 58" in found[0].message


def test_what_never_saw_a_row_gives_a_coin() -> None:
    traces = trace(rehearsed("blind"))
    assert all(one.low < 0.5 < one.high for one in traces)
    found = audit_tracing(traces, rehearsed("blind").runs[0].spec.card.privacy)
    assert {one.severity for one in found} == {"note"}


def test_a_guarantee_that_does_not_hold_is_refused() -> None:
    claimed = private_card(PROFILE).privacy  # epsilon 1, over points that were fitted without noise
    found = audit_tracing(trace(rehearsed("no-noise")), claimed)
    assert (found[0].code, found[0].severity) == ("guarantee-broken", "refuse")
    assert "fault of this program" in found[0].message


def test_pairs_are_of_one_sort_and_parted_by_coins() -> None:
    runs = rehearsed("blind").runs
    for run in runs:
        both = np.concatenate([run.inside, run.outside, run.rest])
        assert len(np.unique(both)) == len(both) == len(RAW)
        assert np.isin(run.inside, UNIQUE).tolist() == np.isin(run.outside, UNIQUE).tolist() == run.unique.tolist()
    share = np.mean([np.isin(np.arange(len(RAW)), run.inside).mean() for run in runs])
    assert 0.4 < share < 0.6


def test_few_rows_are_nearly_all_taken() -> None:
    asked: list[int] = []

    def make(rows, rng):
        asked.append(len(rows))
        return private(rows, rng)  # 110 rows are too few for half of them

    found = rehearse(RAW[:110], PROFILE, make, rng=np.random.default_rng(0), most=2)
    assert asked[0] < 60
    assert all(len(run.inside) < 30 for run in found.runs)
    with pytest.raises(PrivacyBudgetError):
        rehearse(RAW[:80], PROFILE, make, rng=np.random.default_rng(0))


def test_time_ends_it() -> None:
    found = rehearse(RAW, PROFILE, blind, rng=np.random.default_rng(0), more=lambda: False)
    assert len(found.runs) == 1
    assert trace(found) == ()


def test_points_of_k_means_follow_their_rows() -> None:
    theirs, ours = distances(rehearsed("k-means")), distances(rehearsed("private"))
    assert theirs.ratio < 0.2
    assert [(one.code, one.severity) for one in audit_distances(theirs)] == [("points-follow-rows", "warn")]
    assert audit_distances(ours) == ()
    assert 0.4 < ours.closer < 0.6


def test_distances_pass_what_tracing_finds() -> None:
    """Why distances are only a tripwire: points beside no row at all, whose weights still say who is in."""
    inside = rehearsed("no-noise")
    few = Distances(points=100, closer=0.55, low=0.45, high=0.65, ratio=1.0)
    assert audit_distances(few) == ()
    assert distances(inside).ratio > 0.5
    assert trace(inside)[0].low > 0.6


def test_no_test_of_an_embedding_is_better_than_the_ratio() -> None:
    of = embedding(PROFILE)
    rest, pair, n = RAW[:199], of.coordinates(RAW[[-1, -2]]), 200
    known = of.mean([rest]) * len(rest)
    means = [(known + row) / n for row in pair]
    deviation = float(np.linalg.norm(means[0] - means[1]))  # so that mu is 1
    rng = np.random.default_rng(0)
    scores = [[embedding_ratio(m + rng.normal(scale=deviation, size=of.count), known, n, pair) for m in means]
              for _ in range(4000)]  # fmt: skip
    first, second = np.array(scores).T
    assert (first > second).mean() == pytest.approx(attacker_auc(1.0), abs=0.03)
    assert (first > 0).mean() == pytest.approx(0.6915, abs=0.03)  # Φ(1/2): the threshold at 0 is the best guess
