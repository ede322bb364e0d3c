# SPDX-License-Identifier: Apache-2.0
"""The mix with labels, and the mix where columns lack."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from lwnode import reuse
from lwnode.reuse.mix import capped, filling_prior, label_prior, mix
from lwnode.reuse.residual import fit_residual
from tests.support import regions
from tests.support.reuse import blend, evidence, labels, members, plain_agreement, plain_labelled_mix


@pytest.mark.parametrize(("count", "lost"), [(5, None), (20, None), (60, None), (9, 0.2), (12, 0.2)])
def test_labels_count_as_the_formula_says(count: int, lost: float | None) -> None:
    rng = np.random.default_rng(count)
    P, f, D = rng.normal(size=(7, 30 + count)), rng.random((7, 30 + count)) + 0.01, 0.05 * rng.random(7)
    X, y = rng.normal(size=(30 + count, 3)), rng.normal(size=count)
    whole = evidence(P, densities=f, rows=X)
    team = members(7, distances=D, gamma=0.3, filling_loss=None if lost is None else np.full(7, lost))
    known = reuse.Labelled(evidence=whole.take(slice(30, None)), targets=y[:, None])
    found = reuse.combine("mix", team, whole.take(slice(0, 30)), labelled=known)
    settings: dict[str, Any] = {"half": 100, "fewest": 20} if lost is None else {"half": 20, "fewest": 10}
    settings["agreed"] = plain_agreement(P[:, :30], f[:, :30], D) if lost is None else None  # not where columns lack
    plain = plain_labelled_mix(P[:, :30], f[:, :30], D, X[:30], P[:, 30:], f[:, 30:], X[30:], y, 0.3, **settings)
    assert found.values[:, 0] == pytest.approx(plain, rel=1e-7, abs=1e-9)
    assert found.report.labels == count
    assert found.report.weights.sum(axis=0) == pytest.approx(np.ones(30))


def test_a_smaller_loss_gives_more_weight_and_outputs_are_judged_each_on_its_own() -> None:
    P = np.array([[[0.0, 9.0]] * 8, [[1.0, 1.0]] * 8, [[5.0, 2.0]] * 8])
    known = reuse.Labelled(evidence=evidence(P), targets=np.array([[0.2, 1.2]] * 8))
    u = label_prior(np.full(3, 1 / 3), known)
    assert u.sum(axis=0) == pytest.approx([1.0, 1.0])
    assert u.argmax(axis=0).tolist() == [0, 1]
    assert u[1, 1] / u[2, 1] == pytest.approx((0.04 / 0.64) ** (-0.15 * 8))


def test_one_label_and_one_learnware_and_a_perfect_learnware() -> None:
    assert blend(mix, evidence([[3.0]]), labels([[1.0]], [2.0])).values[0, 0] == 3.0
    found = blend(mix, evidence([[3.0], [4.0]]), labels([[2.0], [5.0]], [2.0])).values[0, 0]
    assert 3.0 <= found < 3.5


def test_without_the_users_features_only_the_mean_is_corrected() -> None:
    known = labels(np.zeros((3, 40)), np.full(40, 1.0))
    found = blend(mix, evidence(np.zeros((3, 2))), known)
    assert found.values[:, 0] == pytest.approx(40 / 140 * 40 / 50)


def test_the_residual_is_learnt_where_the_labels_are() -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(200, 2))
    e = np.sin(2 * X[:, :1])
    fitted = fit_residual(e, X, gamma=0.5, half=100)
    assert fitted is not None
    assert np.mean((fitted(X) - 200 / 300 * e) ** 2) < 0.1 * np.mean(e**2)
    assert np.abs(fitted(np.full((1, 2), 50.0))).max() < 0.1
    assert fit_residual(np.full((3, 1), np.nan), X[:3], gamma=0.5, half=100) is None


def test_silent_members_at_the_labels_keep_their_say_without() -> None:
    known = labels(np.full((2, 30), np.nan), np.zeros(30))
    assert blend(mix, evidence([[1.0], [3.0]]), known).values[0, 0] == pytest.approx(2.0)
    half = labels([[np.nan] * 30, [0.0] * 30], np.zeros(30))
    assert np.isfinite(blend(mix, evidence([[1.0], [np.nan]]), half).values[0, 0])


def test_loss_by_filling_weighs() -> None:
    prior = filling_prior(np.array([0.0, 0.04, np.inf]))
    assert prior == pytest.approx([1.0, np.exp(-2.0), 0.0])
    assert filling_prior(np.array([np.inf, np.inf])).tolist() == [1.0, 1.0]
    P = np.array([[0.0, 4.0], [1.0, 5.0]])
    found = blend(mix, evidence(P), filling_loss=np.array([0.0, 0.25])).values[:, 0]
    assert found == pytest.approx([np.exp(-5) / (1 + np.exp(-5)), 4 + np.exp(-5) / (1 + np.exp(-5))])


def test_claims_are_capped() -> None:
    parts = np.array([0.9, 0.05, 0.03, 0.02])[:, None, None]
    plain = np.array([0.3, 0.3, 0.2, 0.2])[:, None, None]
    assert capped(parts, plain)[:, 0, 0] == pytest.approx([0.3, 0.35, 0.21, 0.14])
    assert capped(parts, parts)[:, 0, 0] == pytest.approx(parts[:, 0, 0])
    assert capped(np.zeros((2, 1, 1)), np.zeros((2, 1, 1))).sum() == 0.0


# ------------------------------------------------------------------------------------------------ a market of regions
@pytest.fixture(scope="module")
def same():
    wares = regions.market(24, 6)
    X, _ = regions.user(6, 200)
    XL, yL = regions.user(6, 600)
    return wares, X, regions.members(wares, X), regions.evidence(wares, X), XL[:200], yL[:200]


def test_the_mix_is_better_than_the_nearest_the_mean_and_own_labels(same) -> None:
    wares, X, team, given, XL, yL = same
    error = {
        name: regions.rmse(reuse.combine(name, team, given).values, X)
        for name in ("top-1", "average", "mix", "job-selector")
    }
    assert error["mix"] < 0.8 * min(error["top-1"], error["average"])
    assert error["job-selector"] < error["top-1"]
    known = regions.labelled(wares, XL[:30], yL[:30])
    chosen = regions.rmse(reuse.combine("choose", team, given, labelled=known).values, X)
    assert error["mix"] < chosen


def lying(team, given, known, lie, density, distance, claim=None):
    """The market with more learnwares: their answers for both parts, their density and distance."""
    count = len(lie[0])

    def more(some: reuse.Evidence, lies) -> reuse.Evidence:
        return dataclasses.replace(
            some,
            predictions=np.concatenate([some.predictions, lies[:, :, None]]),
            densities=np.concatenate([some.densities, np.repeat(density(some)[None], count, axis=0)]),
            covered=np.ones((len(some.covered) + count, some.covered.shape[1]), dtype=bool),
        )

    loss = team.filling_loss
    liars = dataclasses.replace(
        team,
        ids=(*team.ids, *(f"liar{i}" for i in range(count))),
        distances=np.append(team.distances, [distance] * count),
        filling_loss=None if loss is None else np.append(loss, [claim] * count),
    )
    labelled = None if known is None else reuse.Labelled(evidence=more(known.evidence, lie[1]), targets=known.targets)
    return liars, more(given, lie[0]), labelled


LIES = {
    "constant": lambda P, rng: np.full((2, P.shape[1]), 40.0),
    "infinite": lambda P, rng: np.full((2, P.shape[1]), np.inf),
    "huge": lambda P, rng: np.full((2, P.shape[1]), 1e300),
    "garbage": lambda P, rng: 30.0 * rng.normal(size=(2, P.shape[1])),
}


@pytest.mark.parametrize("kind", sorted(LIES))
@pytest.mark.parametrize("count", [0, 100])
def test_liars_near_everybody_move_little(same, kind: str, count: int) -> None:
    wares, X, team, given, XL, yL = same
    rng = np.random.default_rng(0)
    known = regions.labelled(wares, XL[:count], yL[:count]) if count else None
    lies = tuple(LIES[kind](some.predictions, rng) for some in (given, known.evidence if known else given))
    there = lying(team, given, known, lies, lambda some: some.densities.mean(axis=0), float(np.median(team.distances)))
    before = regions.rmse(reuse.combine("mix", team, given, labelled=known).values, X)
    after = regions.rmse(reuse.combine("mix", there[0], there[1], labelled=there[2]).values, X)
    assert after < 1.25 * before + 0.02


@pytest.mark.parametrize("count", [0, 100])
def test_a_copy_that_lies_on_a_few_rows(same, count: int) -> None:
    """Its specification and answers are those of the nearest, on all labelled rows too; it lies on one other in ten."""
    wares, X, team, given, XL, yL = same
    nearest = int(team.distances.argmin())
    known = regions.labelled(wares, XL[:count], yL[:count]) if count else None
    lie = given.predictions[nearest, :, 0].copy()
    lie[np.random.default_rng(1).random(len(lie)) < 0.1] += 25.0
    lies = (lie[None], known.evidence.predictions[nearest, :, 0][None] if known else lie[None])
    there = lying(team, given, known, lies, lambda some: some.densities[nearest], float(team.distances[nearest]))
    before = regions.rmse(reuse.combine("mix", team, given, labelled=known).values, X)
    after = regions.rmse(reuse.combine("mix", there[0], there[1], labelled=there[2]).values, X)
    alone = np.sqrt(np.mean((lie - regions.truth(X)) ** 2))
    assert after < before + 0.1 * alone


@pytest.mark.parametrize("claim", [0.0, 1.0])
def test_constant_liars_among_learnwares_that_lack_columns(claim: float) -> None:
    view = regions.VIEWS[1]
    wares = regions.market(24, 5, views=True, strict=1)
    X, _ = regions.user(5, 200)
    team, given = regions.members(wares, X, view), regions.evidence(wares, X, view)
    lies = (np.full((2, 200), 40.0),) * 2
    there = lying(team, given, None, lies, lambda some: some.densities.mean(axis=0), float(team.distances.min()), claim)
    before = regions.rmse(reuse.combine("mix", team, given).values, X)
    after = regions.rmse(reuse.combine("mix", there[0], there[1]).values, X)
    assert after < 1.1 * before


def test_one_wrong_label_in_five_does_little_harm(same) -> None:
    wares, X, team, given, XL, yL = same
    rng = np.random.default_rng(2)
    noisy = yL.copy()
    wrong = rng.random(len(yL)) < 0.2
    noisy[wrong] = rng.permutation(yL)[wrong]
    clean = regions.rmse(reuse.combine("mix", team, given).values, X)
    found = reuse.combine("mix", team, given, labelled=regions.labelled(wares, XL, noisy))
    assert regions.rmse(found.values, X) < 1.5 * clean
