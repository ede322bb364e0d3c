# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest

from lwnode import reuse
from lwnode.errors import ReuseError
from lwnode.reuse import fuse as fusing
from lwnode.reuse.class_shares import estimated, posterior
from lwnode.reuse.fuse import fuse
from lwnode.reuse.log_odds import BOUND, log_odds
from tests.support.reuse import blend, classes, evidence, labels, members, plain_fuse

NAN = np.nan


def market(seed: int, count: int = 6, rows: int = 40, k: int = 5):
    """Calibrated learnwares with label sets and shares of their own, and the rows' true classes."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(k, rows, p=rng.dirichlet(np.ones(k)))
    P, shares = np.full((count, rows, k), NAN), np.full((count, k), NAN)
    for i in range(count):
        own = np.sort(rng.choice(k, rng.integers(2, k), replace=False))
        shares[i, own] = rng.dirichlet(np.ones(len(own)))
        seen = 2.0 * (truth[:, None] == own) + rng.normal(size=(rows, len(own)))
        p = shares[i, own] * np.exp(2.0 * seen)
        P[i][:, own] = p / p.sum(axis=1, keepdims=True)
    team = members(count, shares=shares)
    return team, classes(P, densities=rng.random((count, rows)) + 0.01), truth


@pytest.mark.parametrize("seed", range(4))
def test_the_fusion_is_that_of_the_plain_formula(seed: int) -> None:
    team, given, _ = market(seed)
    team = dataclasses.replace(team, temperatures=np.random.default_rng(seed).uniform(0.2, 3.0, 6))
    found = reuse.combine("fuse", team, given)
    values, prior = plain_fuse(given, team)
    assert found.values == pytest.approx(values, rel=1e-6, abs=1e-9)
    assert found.prior == pytest.approx(prior, rel=1e-6, abs=1e-9)
    assert found.report.weights.sum(axis=0) == pytest.approx(np.ones(40))


def test_label_sets_are_united_and_class_shares_found() -> None:
    team, given, truth = market(11, count=18, rows=200)
    found = reuse.combine("fuse", team, given)
    single = min(np.mean(np.nan_to_num(p).argmax(axis=1) != truth) for p in given.predictions)
    average = np.mean(reuse.combine("average", team, given).values.argmax(axis=1) != truth)
    assert np.mean(found.values.argmax(axis=1) != truth) < 0.3 * min(single, average)
    assert found.prior is not None
    assert np.abs(found.prior - np.bincount(truth, minlength=5) / 200).sum() < 0.15


@pytest.mark.parametrize("liars", [1, 3])
def test_liars_that_claim_everything_and_name_one_class_fall_silent(liars: int) -> None:
    team, given, truth = market(7, count=18, rows=200)
    lie = np.tile(np.eye(5)[0], (liars, 200, 1))
    wide = classes(np.concatenate([given.predictions, lie]), densities=np.ones((18 + liars, 200)))
    honest = dataclasses.replace(given, densities=np.ones((18, 200)))
    assert team.shares is not None
    claim = np.full((liars, 5), 1e-12)
    theirs = dataclasses.replace(
        members(18 + liars),
        shares=np.concatenate([team.shares, claim]),
        temperatures=np.append(np.ones(18), [1e-9] * liars),
    )
    before = np.mean(reuse.combine("fuse", team, honest).values.argmax(axis=1) != truth)
    found = reuse.combine("fuse", theirs, wide)
    assert np.mean(found.values.argmax(axis=1) != truth) <= before + 0.02
    assert found.report.weights[18:].sum(axis=0).mean() < 0.02


def test_a_copy_that_lies_on_a_few_rows_and_garbage() -> None:
    team, given, truth = market(8, count=18, rows=200)
    rng = np.random.default_rng(0)
    copy = given.predictions[0].copy()
    own = np.flatnonzero(np.isfinite(copy[0]))
    wrong = rng.random(200) < 0.1
    copy[np.ix_(wrong, own)] = np.eye(len(own))[rng.integers(len(own), size=int(wrong.sum()))]
    garbage = rng.dirichlet(np.full(5, 0.1), 200)
    more = np.concatenate([given.predictions, copy[None], garbage[None]])
    assert team.shares is not None
    shares = np.concatenate([team.shares, team.shares[:1], np.full((1, 5), 0.2)])
    theirs = members(20, shares=shares)
    f = np.concatenate([given.densities, given.densities[:1], given.densities.max(axis=0)[None]])
    before = np.mean(reuse.combine("fuse", members(18, shares=team.shares), given).values.argmax(axis=1) != truth)
    after = np.mean(reuse.combine("fuse", theirs, classes(more, densities=f)).values.argmax(axis=1) != truth)
    assert after <= before + 0.03


def test_nothing_a_card_says_gives_more_say() -> None:
    P = np.array([[[0.999999, 1e-7, 1e-30, 0.0]]])
    odds = log_odds(members(1, shares=np.full((1, 4), 1e-300), temperatures=np.array([1e-300])), P)
    assert np.abs(odds).max() <= BOUND
    said = log_odds(members(1, temperatures=np.array([NAN])), P[:, :, :2])
    assert said == pytest.approx(log_odds(members(1), P[:, :, :2]))
    assert log_odds(members(1, temperatures=np.array([1e9])), np.array([[[0.9, 0.1]]])).max() > 0.05


def test_odds_are_centred_in_the_label_set_and_0_outside() -> None:
    odds = log_odds(members(1, shares=np.array([[0.8, NAN, 0.2]])), np.array([[[0.8, NAN, 0.2], [0.2, NAN, 0.8]]]))
    assert odds[0, 0] == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)
    assert odds[0, 1] == pytest.approx([-np.log(4), 0.0, np.log(4)])


def test_abstentions_are_no_opinions() -> None:
    team, given, _ = market(1)
    P = given.predictions.copy()
    P[2, :20] = NAN
    P[:, 5] = NAN
    found = reuse.combine("fuse", team, classes(P, densities=given.densities))
    assert np.isnan(found.values[5]).all()
    assert found.report.unanswered.tolist() == [i == 5 for i in range(40)]
    assert found.report.weights[2, :20].sum() == 0.0
    assert found.report.weights[:, 5].sum() == 0.0
    assert found.values[6].sum() == pytest.approx(1.0)
    rest = np.arange(40) != 5
    alone = reuse.combine("fuse", team, classes(P[:, rest], densities=given.densities[:, rest]))
    assert found.values[rest] == pytest.approx(alone.values)


def test_rows_that_no_density_reaches_are_answered_by_all() -> None:
    team, given, _ = market(2)
    flat = dataclasses.replace(given, densities=np.ones_like(given.densities))
    far = dataclasses.replace(given, densities=np.zeros_like(given.densities))
    assert reuse.combine("fuse", team, far).values == pytest.approx(reuse.combine("fuse", team, flat).values)


def test_small_worlds() -> None:
    one = blend(fuse, classes(np.array([[[0.7, 0.3], [0.3, 0.7]]])))
    assert one.values.argmax(axis=1).tolist() == [0, 1]
    single = blend(fuse, classes(np.ones((2, 3, 1))))
    assert single.values.tolist() == [[1.0]] * 3
    assert single.prior == pytest.approx([1.0])
    apart = blend(fuse, classes(np.array([[[1.0, NAN]], [[NAN, 1.0]]])))
    assert apart.values[0] == pytest.approx([0.5, 0.5])
    unknown = blend(fuse, classes(np.array([[[0.9, 0.1, NAN]]])))
    assert unknown.values[0, 2] == 0.0


def test_shares_of_a_multiple_recommendation_count() -> None:
    P = np.array([[[0.9, 0.1]] * 4, [[0.1, 0.9]] * 4])
    given = classes(P)
    assert blend(fuse, given, weights=np.array([1.0, 0.0])).values[0, 0] > 0.8
    assert blend(fuse, given, weights=np.array([0.0, 1.0])).values[0, 0] < 0.2


def test_what_filling_costs_a_learnware_takes_say_from_it() -> None:
    team, given, _ = market(5)
    lost = np.array([0.0, 0.04, 0.25, 1.0, 0.0, np.inf])
    found = reuse.combine("fuse", dataclasses.replace(team, filling_loss=lost), given)
    same = reuse.combine("fuse", dataclasses.replace(team, weights=np.exp(-2.0 * np.sqrt(lost))), given)
    assert found.values == pytest.approx(same.values, abs=1e-12)
    assert not found.report.weights[5].any()
    everybody = reuse.combine("fuse", dataclasses.replace(team, filling_loss=np.full(6, np.inf)), given)
    assert everybody.values == pytest.approx(reuse.combine("fuse", team, given).values, abs=1e-12)


def test_values_cannot_be_fused_and_silence_cannot_be_fitted() -> None:
    with pytest.raises(ValueError, match="class probabilities"):
        blend(fuse, evidence([[1.0], [2.0]]))
    with pytest.raises(ReuseError, match="no model"):
        blend(fuse, classes(np.full((2, 3, 2), NAN)))


# ------------------------------------------------------------------------------------------------------------- labels
def test_labels_count_in_the_shares_and_in_the_trust() -> None:
    P = np.array([[[0.5, 0.5]] * 30, [[0.5, 0.5]] * 30])
    known = labels(np.array([[[0.9, 0.1]] * 10, [[0.1, 0.9]] * 10]), [0] * 10, kind="probabilities")
    found = blend(fuse, classes(P), known)
    assert found.prior is not None
    assert found.prior[0] > 0.8
    assert found.weights[0, 0] > 0.8
    counts = np.array([3.0, 1.0])
    assert estimated(np.zeros((0, 2)), counts) == pytest.approx([4 / 6, 2 / 6])
    assert estimated(np.zeros((0, 2))).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("count", [1, 5])
def test_labels_of_one_class_only_and_a_single_label(count: int) -> None:
    team, given, _ = market(3)
    known = labels(given.predictions[:, :count], [1] * count, kind="probabilities", rows=np.zeros((count, 2)))
    known = dataclasses.replace(known, evidence=dataclasses.replace(known.evidence, densities=np.ones((6, count))))
    found = reuse.combine("fuse", team, dataclasses.replace(given, rows=np.zeros((40, 2))), labelled=known)
    assert found.values.sum(axis=1) == pytest.approx(np.ones(40))
    bare = reuse.combine("fuse", team, given).prior
    assert found.prior is not None
    assert bare is not None
    assert found.prior[1] > bare[1]


def labelled_world(noise: float, informative: bool):
    """Learnwares that confuse two classes, which the user's first feature tells apart where it is informative."""
    rng = np.random.default_rng(5)
    y = rng.integers(3, size=700)
    X = rng.normal(size=(700, 4))
    if informative:
        X[:, 0] += 2.5 * (y == 1) - 2.5 * (y == 2)
    score = np.eye(3)[y] * 2.0
    score[:, 1] = score[:, 2] = score[:, 1:].max(axis=1)
    score = score + 0.7 * rng.normal(size=(6, 700, 3))
    P = np.exp(score) / np.exp(score).sum(axis=2, keepdims=True)
    whole = classes(P, rows=X)
    said = y[:300].copy()
    wrong = rng.random(300) < noise
    said[wrong] = rng.integers(3, size=int(wrong.sum()))
    known = reuse.Labelled(evidence=whole.take(slice(0, 300)), targets=said)
    return members(6), whole.take(slice(300, None)), known, y[300:]


def error(found: reuse.Combination, y) -> float:
    return float(np.mean(found.values.argmax(axis=1) != y))


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_the_users_own_features_help_from_100_labels_on(noise: float) -> None:
    team, mine, known, y = labelled_world(noise, informative=True)
    few = known.take(np.arange(fusing.OFFSET_FROM - 1))
    bare, some, many = (error(reuse.combine("fuse", team, mine, labelled=part), y) for part in (None, few, known))
    assert many < 0.5 * bare
    assert some > 0.8 * bare
    without = dataclasses.replace(mine, rows=None)
    assert error(reuse.combine("fuse", team, without, labelled=known), y) > 0.8 * bare


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_features_and_labels_that_say_nothing_do_no_harm(noise: float) -> None:
    team, mine, known, y = labelled_world(noise, informative=False)
    bare, many = (error(reuse.combine("fuse", team, mine, labelled=part), y) for part in (None, known))
    assert many < bare + 0.03


def test_the_posterior_of_a_class_far_below() -> None:
    p = posterior(np.array([[0.0, -2000.0]]), np.array([0.0, 1.0]))
    assert p[0] == pytest.approx([0.0, 1.0])
