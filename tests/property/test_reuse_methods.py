# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lwnode import reuse
from lwnode.errors import ReuseError
from tests.support.reuse import evidence, members

ANSWERS = st.floats(-1e30, 1e30) | st.sampled_from([0.0, 1.0, float("nan"), float("inf"), -float("inf")])
DENSITIES = st.floats(0.0, 1.0) | st.sampled_from([0.0, 1e-300])


@st.composite
def values(draw):
    members_count, rows = draw(st.integers(1, 6)), draw(st.integers(1, 5))

    def table(elements):
        flat = draw(st.lists(elements, min_size=members_count * rows, max_size=members_count * rows))
        return np.array(flat, dtype=np.float64).reshape(members_count, rows)

    distances = np.array(draw(st.lists(st.floats(0.0, 1.4), min_size=members_count, max_size=members_count)))
    return members(members_count, distances=distances), evidence(table(ANSWERS), densities=table(DENSITIES))


@settings(max_examples=200, deadline=None)
@given(values(), st.sampled_from(["top-1", "average", "mix", "job-selector", "auto"]))
def test_answers_lie_between_those_of_the_learnwares(market, method) -> None:
    team, given_evidence = market
    P = given_evidence.predictions[:, :, 0]
    finite = np.isfinite(P)
    try:
        found = reuse.combine(method, team, given_evidence)
    except ReuseError:
        assert method in ("top-1", "auto") or not finite.any()
        return
    report, answered = found.report, ~found.report.unanswered
    assert np.all((report.weights >= 0.0) & (report.weights <= 1.0 + 1e-9))
    assert report.weights.sum(axis=0) == pytest.approx(answered.astype(float))
    if method in ("average", "mix", "job-selector"):
        assert np.array_equal(answered, finite.any(axis=0))
    low = np.where(finite, P, np.inf).min(axis=0)[answered]
    high = np.where(finite, P, -np.inf).max(axis=0)[answered]
    slack = 1e-9 * np.maximum(np.abs(low), np.abs(high))
    combined = found.values[answered, 0]
    assert np.all((combined >= low - slack) & (combined <= high + slack))


@settings(max_examples=60, deadline=None)
@given(values(), st.randoms(use_true_random=False))
def test_the_order_of_learnwares_does_not_matter(market, random) -> None:
    team, given_evidence = market
    order = list(range(len(team.ids)))
    random.shuffle(order)
    other = evidence(given_evidence.predictions[order], densities=given_evidence.densities[order])
    try:
        first = reuse.combine("mix", team, given_evidence)
    except ReuseError:
        return
    second = reuse.combine("mix", members(len(order), distances=team.distances[order]), other)
    assert second.values == pytest.approx(first.values, rel=1e-6, nan_ok=True)


UNLABELLED = sorted(set(reuse.METHODS) - reuse.NEED_LABELS - {"align"})


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.integers(0, 10**6), st.sampled_from(UNLABELLED))
def test_probabilities_stay_probabilities(count, rows, classes, seed, method) -> None:
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.ones(classes), (count, rows))
    P[:, :, :] = np.where(rng.random((count, 1, classes)) < 0.3, np.nan, P)
    P[rng.random((count, rows)) < 0.2] = np.nan
    P[0] = rng.dirichlet(np.ones(classes), rows)
    given_evidence = evidence(P, kind="probabilities", densities=rng.random((count, rows)) * rng.integers(2, size=rows))
    found = reuse.combine(method, members(count, distances=rng.random(count)), given_evidence)
    answered = ~found.report.unanswered
    assert answered.all() or method in ("top-1", "auto")
    assert np.all(found.values[answered] >= 0.0)
    assert found.values[answered].sum(axis=1) == pytest.approx(np.ones(int(answered.sum())))
    assert found.report.weights.sum(axis=0) == pytest.approx(answered.astype(float))
    nobody = np.isnan(P).all(axis=(0, 1))
    assert not found.values[answered][:, nobody].any()
