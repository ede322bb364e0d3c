# SPDX-License-Identifier: Apache-2.0
import dataclasses
import gc
from weakref import ref

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from lwnode import reuse
from lwnode.errors import ReuseError
from lwnode.reuse import Framed, align, fill
from lwnode.reuse.auto import _folds
from lwnode.reuse.feature_map import feature_map, mmd2_and_slope
from tests.support import regions
from tests.support.reuse import blend, evidence, labels, members, plain_mmd2


def test_the_slope_is_that_of_the_squared_distance() -> None:
    rng = np.random.default_rng(0)
    X, Z, b = rng.normal(size=(6, 3)), rng.normal(size=(4, 3)), rng.dirichlet(np.ones(4))
    value, slope = mmd2_and_slope(X, Z, b, 0.4)
    own = plain_mmd2(Z, Z, b, 0.4) - plain_mmd2(X, Z, b, 0.4) + value
    other = rng.normal(size=(6, 3))
    assert own == pytest.approx(
        plain_mmd2(Z, Z, b, 0.4) - plain_mmd2(other, Z, b, 0.4) + mmd2_and_slope(other, Z, b, 0.4)[0]
    )
    numeric = approx_fprime(X.ravel(), lambda flat: plain_mmd2(flat.reshape(6, 3), Z, b, 0.4), 1e-6)
    assert slope.ravel() == pytest.approx(numeric, abs=1e-5)


def test_mapped_rows_look_more_like_the_specification_and_keep_what_is_known() -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(size=(150, 2))
    Z = np.column_stack([z[:, 0], np.tanh(z[:, 0]) + 0.5 * z[:, 1], z[:, 1]])[:60]
    target = Framed(points=Z, weights=np.full(60, 1 / 60), known=np.array([1, -1, -1]))
    rows = np.column_stack([z[:, 1], z[:, 0]])
    mapped = feature_map(rows, target, 0.5)(rows)
    assert mapped[:, 0].tolist() == rows[:, 1].tolist()
    filled = fill(rows[:, [1]], [0], Z, target.weights, 0.5, 3)
    before, after = (plain_mmd2(some[:60], Z, target.weights, 0.5) for some in (filled, mapped))
    assert after < 0.7 * before
    assert feature_map(rows, target, 0.5)(rows).tolist() == mapped.tolist()


def test_nothing_in_common_is_mapped_too() -> None:
    rng = np.random.default_rng(2)
    Z = rng.normal(size=(40, 2)) + np.array([1.0, -1.0])
    target = Framed(points=Z, weights=np.full(40, 1 / 40), known=np.array([-1, -1]))
    rows = rng.normal(size=(80, 3))
    mapped = feature_map(rows, target, 0.5)(rows)
    flat = np.repeat(Z.mean(axis=0)[None], 80, axis=0)
    assert plain_mmd2(mapped, Z, target.weights, 0.5) < 0.7 * plain_mmd2(flat, Z, target.weights, 0.5)


@pytest.fixture(scope="module")
def strict():
    view = regions.VIEWS[1]
    wares = regions.market(8, 1, views=True, strict=1)
    X, _ = regions.user(1, 120)
    XL, yL = regions.user(1, 400)
    framed = tuple(
        Framed(
            points=one.points,
            weights=one.weights,
            known=np.array([view.index(c) if c in view else -1 for c in one.columns]),
            predict=one,
            gamma=one.gamma,
        )
        for one in wares
    )
    team = dataclasses.replace(regions.members(wares, X, view), framed=framed)
    return team, regions.evidence(wares, X, view), regions.labelled(wares, XL[:100], yL[:100], view), X


def test_alignment_asks_the_models_again_and_labels_help_it(strict) -> None:
    team, given, known, X = strict
    aligned = reuse.combine("align", team, given)
    assert not np.allclose(aligned.values, reuse.combine("mix", team, given).values)
    aware = reuse.combine("align-labels", team, given, labelled=known)
    assert regions.rmse(aware.values, X) < regions.rmse(aligned.values, X)
    again = reuse.combine("align", team, given, evidence=given.take(slice(3, 7)))
    assert again.values == pytest.approx(aligned.values[3:7])


def test_mapping_is_the_default_where_everybody_lacks_something(strict) -> None:
    team, given, known, _ = strict
    found = reuse.combine("auto", team, given)
    assert found.report.method == "align"
    assert found.values == pytest.approx(reuse.combine("align", team, given).values)
    few = known.take(np.arange(20))
    assert reuse.pick("mix", team, given, few).method == "align"
    assert reuse.pick("mix", team, given, known).trials[0].method == "align"
    assert reuse.pick("top-1", team, given, few).method == "top-1"
    view = np.arange(team.framed[0].points.shape[1])
    whole = (dataclasses.replace(team.framed[0], known=view), *team.framed[1:])
    deaf = (dataclasses.replace(team.framed[0], predict=None), *team.framed[1:])
    for other in (whole, deaf, None):
        assert reuse.pick("mix", dataclasses.replace(team, framed=other), given, few).method == "mix"
    assert reuse.pick("mix", team, dataclasses.replace(given, rows=None), few).method == "mix"


def test_maps_are_fitted_once_for_the_same_rows_and_no_longer_kept_than_they(strict, monkeypatch) -> None:
    team, given, known, _ = strict
    fitted = []
    monkeypatch.setattr(align, "feature_map", lambda *given: fitted.append(1) or feature_map(*given))
    mine, others = dataclasses.replace(team), dataclasses.replace(given)
    chosen = reuse.pick("mix", mine, others, known)
    reuse.combine(chosen.method, mine, others, labelled=known)
    first = reuse.combine("align", mine, others)
    assert len(fitted) == len(team.ids)
    second = reuse.combine("align", mine, given.take(slice(0, 50)), evidence=given)
    assert len(fitted) == 2 * len(team.ids), "other rows give other maps"
    assert not np.allclose(first.values, second.values)
    gone = ref(mine)
    del mine
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("method", ["align", "align-labels"])
def test_rows_left_out_are_answered_through_maps_that_know_no_label(strict, method) -> None:
    team, given, known, _ = strict
    few = known.take(np.arange(10))
    at_once = reuse.out_of_fold(method, team, given, few)
    for out in range(0, 10, 3):
        fold = np.flatnonzero(_folds(few) == _folds(few)[out])
        learn = np.setdiff1d(np.arange(10), fold)
        alone = reuse.combine(method, team, given, evidence=few.evidence.take(fold), labelled=few.take(learn))
        assert at_once[fold] == pytest.approx(alone.values, abs=0.02)  # trees may split on the last bit


def test_who_lacks_nothing_is_not_asked_again() -> None:
    def never(rows):
        raise AssertionError("asked")

    framed = (Framed(points=np.zeros((2, 1)), weights=np.full(2, 0.5), known=np.array([0]), predict=never),)
    given = evidence([[3.0, 4.0]], rows=np.zeros((2, 1)))
    assert reuse.combine("align", members(1, framed=framed), given).values[:, 0].tolist() == [3.0, 4.0]


def test_what_alignment_needs_is_said(strict) -> None:
    team, given, _, _ = strict
    silent = tuple(dataclasses.replace(one, predict=None) for one in team.framed)
    odd = tuple(dataclasses.replace(one, predict=lambda rows: np.zeros((len(rows), 2))) for one in team.framed)
    for some, there in (
        (dataclasses.replace(team, framed=None), given),
        (dataclasses.replace(team, framed=silent), given),
        (dataclasses.replace(team, framed=odd), given),
        (team, dataclasses.replace(given, rows=None)),
    ):
        with pytest.raises(ReuseError) as caught:
            reuse.combine("align", some, there)
        assert caught.value.hint


def test_frames_must_be_frames() -> None:
    for wrong in ({"points": np.zeros(3)}, {"weights": np.ones(3)}, {"known": np.zeros(3, dtype=np.int64)}):
        with pytest.raises(ValueError, match=r"frame|known"):
            Framed(**({"points": np.zeros((2, 2)), "weights": np.full(2, 0.5)} | wrong))


def test_the_job_selector_takes_shares_from_points() -> None:
    rng = np.random.default_rng(3)
    places = [rng.normal(size=(30, 2)) + shift for shift in (0.0, 0.0, 4.0)]
    framed = tuple(Framed(points=Z, weights=np.full(30, 1 / 30)) for Z in places)
    rows = np.concatenate([rng.normal(size=(20, 2)), rng.normal(size=(20, 2)) + 4.0])
    f = np.stack([[np.mean(np.exp(-1.0 * ((x - Z) ** 2).sum(axis=1))) for x in rows] for Z in places])
    from lwnode.reuse.job_selector import job_selector

    given = evidence(np.array([[1.0] * 40, [1.0] * 40, [9.0] * 40]), densities=f, rows=rows)
    found = blend(job_selector, given, gamma=0.25, framed=framed)
    assert (found.values[:20, 0] == 1.0).mean() > 0.9
    assert (found.values[20:, 0] == 9.0).mean() > 0.9
    assert set(np.unique(found.weights)) == {0.0, 1.0}
    blunt = dataclasses.replace(given, densities=np.ones_like(f))  # points tell who is near, whatever else is said
    assert (blend(job_selector, blunt, gamma=0.25, framed=framed).values == found.values).all()
    quiet = dataclasses.replace(given, predictions=np.where(given.predictions == 9.0, np.nan, given.predictions))
    assert (blend(job_selector, quiet, gamma=0.25, framed=framed).values == 1.0).all()


def test_labels_without_the_users_rows_cannot_augment() -> None:
    given = evidence([[1.0], [2.0]])
    with pytest.raises(ReuseError, match="features"):
        reuse.combine("augment", members(2), given, labelled=labels([[1.0], [2.0]], [1.0]))
