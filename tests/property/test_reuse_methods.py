# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lwnode import reuse
from lwnode.errors import ReuseError
from tests.support.reuse import evidence

ANSWERS = st.floats(-1e30, 1e30) | st.sampled_from([0.0, 1.0, float("nan"), float("inf"), -float("inf")])
DENSITIES = st.floats(0.0, 1.0) | st.sampled_from([0.0, 1e-300])


@st.composite
def values(draw):
    members, rows = draw(st.integers(1, 6)), draw(st.integers(1, 5))

    def table(elements):
        flat = draw(st.lists(elements, min_size=members * rows, max_size=members * rows))
        return np.array(flat, dtype=np.float64).reshape(members, rows)

    distances = np.array(draw(st.lists(st.floats(0.0, 1.4), min_size=members, max_size=members)))
    return evidence(table(ANSWERS), densities=table(DENSITIES), distances=distances)


@settings(max_examples=200, deadline=None)
@given(values(), st.sampled_from(["top-1", "average", "mix", "auto"]))
def test_answers_lie_between_those_of_the_learnwares(given_evidence, method) -> None:
    P = given_evidence.predictions[:, :, 0]
    ids = [f"m{i}" for i in range(len(P))]
    finite = np.isfinite(P)
    try:
        found = reuse.combine(method, given_evidence, ids)
    except ReuseError:
        assert method in ("top-1", "auto") or not finite.any()
        return
    report, answered = found.report, ~found.report.unanswered
    assert np.all((report.weights >= 0.0) & (report.weights <= 1.0 + 1e-9))
    assert report.weights.sum(axis=0) == pytest.approx(answered.astype(float))
    if method in ("average", "mix"):
        assert np.array_equal(answered, finite.any(axis=0))
    low = np.where(finite, P, np.inf).min(axis=0)[answered]
    high = np.where(finite, P, -np.inf).max(axis=0)[answered]
    slack = 1e-9 * np.maximum(np.abs(low), np.abs(high))
    combined = found.values[answered, 0]
    assert np.all((combined >= low - slack) & (combined <= high + slack))


@settings(max_examples=60, deadline=None)
@given(values(), st.randoms(use_true_random=False))
def test_the_order_of_learnwares_does_not_matter(given_evidence, random) -> None:
    members = len(given_evidence.predictions)
    order = list(range(members))
    random.shuffle(order)
    other = evidence(
        given_evidence.predictions[order],
        densities=given_evidence.densities[order],
        distances=given_evidence.distances[order],
    )
    try:
        first = reuse.combine("mix", given_evidence, [str(i) for i in range(members)])
    except ReuseError:
        return
    second = reuse.combine("mix", other, [str(i) for i in order])
    assert second.values == pytest.approx(first.values, rel=1e-6, nan_ok=True)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.integers(0, 10**6), st.sampled_from(reuse.METHODS))
def test_probabilities_stay_probabilities(members, rows, classes, seed, method) -> None:
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.ones(classes), (members, rows))
    P[:, :, :] = np.where(rng.random((members, 1, classes)) < 0.3, np.nan, P)
    P[0] = rng.dirichlet(np.ones(classes), rows)
    found = reuse.combine(
        method,
        evidence(P, kind="probabilities", densities=rng.random((members, rows))),
        [str(i) for i in range(members)],
    )
    answered = ~found.report.unanswered
    assert answered.all() or method in ("top-1", "auto")
    assert np.all(found.values[answered] >= 0.0)
    assert found.values[answered].sum(axis=1) == pytest.approx(np.ones(int(answered.sum())))
