# SPDX-License-Identifier: Apache-2.0
import dataclasses
from typing import Any

import numpy as np
import pytest

from lwnode.reuse import Framed
from lwnode.reuse.job_selector import job_selector
from lwnode.reuse.losses import losses, mean_errors
from lwnode.reuse.top1 import choose, top1
from tests.support.reuse import blend, classes, evidence, labels, members


def test_top1_is_the_nearest_or_the_largest_share() -> None:
    given, D = evidence([[1.0, 1.0], [2.0, np.nan]]), np.array([0.4, 0.1])
    nearest = blend(top1, given, distances=D)
    assert nearest.values[0, 0] == 2.0
    assert np.isnan(nearest.values[1, 0])
    assert nearest.weights.tolist() == [[0.0, 0.0], [1.0, 0.0]]
    assert blend(top1, given, distances=D, weights=np.array([0.9, 0.1])).values[0, 0] == 1.0


def _places(noise: float = 0.0) -> dict[str, Any]:
    """A learnware at 0 and 4, whose data hold the user's rows at 0 and more, and a nearer one beside them at 1."""
    rng = np.random.default_rng(0)
    wide = np.concatenate([rng.normal(size=(30, 2)) * 0.3, rng.normal(size=(30, 2)) * 0.3 + 4.0])
    beside = rng.normal(size=(60, 2)) * 0.3 + [1.0, 0.0]
    framed = tuple(Framed(points=Z, weights=np.full(60, 1 / 60), noise=noise) for Z in (wide, beside))
    return {"framed": framed, "gamma": 0.25, "distances": np.array([0.5, 0.3])}


def test_top1_is_the_one_whose_data_hold_the_rows_though_another_is_nearer() -> None:
    rows = np.random.default_rng(1).normal(size=(40, 2)) * 0.3
    given = evidence(np.array([[1.0] * 40, [2.0] * 40]), rows=rows)
    assert set(blend(top1, given, **_places()).values[:, 0]) == {1.0}
    assert set(blend(top1, given, **_places(), weights=np.array([0.1, 0.9])).values[:, 0]) == {1.0}
    assert set(blend(top1, given, **_places(noise=0.01)).values[:, 0]) == {2.0}
    nowhere = dataclasses.replace(given, rows=rows + 100.0)
    assert set(blend(top1, nowhere, **_places()).values[:, 0]) == {2.0}


def test_top1_passes_over_who_answers_nothing() -> None:
    given = evidence([[np.nan, np.nan], [2.0, 3.0]])
    assert blend(top1, given, distances=np.array([0.1, 0.4])).values[:, 0].tolist() == [2.0, 3.0]
    silent = evidence([[np.nan], [np.nan]])
    assert np.isnan(blend(top1, silent, distances=np.array([0.1, 0.4])).values[0, 0])


def test_where_columns_lack_the_one_that_loses_least_speaks() -> None:
    given = evidence([[1.0, 1.5], [2.0, 2.5], [3.0, 3.0]])
    near = {"distances": np.array([0.1, 0.2, 0.2])}
    lost = np.array([0.9, 0.1, 0.0])  # the third always says the same, and so loses nothing that shows
    for method in (top1, job_selector):
        assert blend(method, given, **near).values[:, 0].tolist() == [1.0, 1.5]
        assert blend(method, given, **near, filling_loss=lost).values[:, 0].tolist() == [2.0, 2.5]
        assert blend(method, given, **near, filling_loss=np.full(3, np.inf)).values[:, 0].tolist() == [1.0, 1.5]


def test_top1_gives_probabilities() -> None:
    P = np.array([[[0.7, np.nan, 0.3]]])
    assert blend(top1, classes(P)).values == pytest.approx(np.array([[0.7, 0.0, 0.3]]))


def test_the_least_loss_is_chosen_and_of_equal_ones_the_nearest() -> None:
    given = evidence([[1.0], [2.0], [3.0]])
    found = blend(choose, given, labels([[0.0, 5.0], [1.0, 1.1], [9.0, 9.0]], [1.0, 1.0]))
    assert found.values[0, 0] == 2.0
    same = labels([[1.0], [1.0], [1.0]], [0.0])
    assert blend(choose, given, same, distances=np.array([0.3, 0.2, 0.1])).values[0, 0] == 3.0


def test_silence_is_charged_as_the_worst_answer() -> None:
    known = labels([[0.0, np.nan, 0.0], [0.1, 3.0, 0.1], [0.2, 1.0, np.inf]], [0.0, 0.0, 0.0])
    assert mean_errors(known)[:, 0] == pytest.approx([9.0 / 3, (0.02 + 9.0) / 3, (0.04 + 1.0 + 0.01) / 3])
    assert int(losses(known).argmin()) == 2


def test_an_unknown_class_is_a_wrong_answer() -> None:
    P = np.array([[[0.9, 0.1, np.nan]] * 2, [[0.2, 0.2, 0.6]] * 2])
    known = labels(P, [2, 2], kind="probabilities")
    assert losses(known)[1] < losses(known)[0]


def test_broken_answers_lose_and_overflow_nothing() -> None:
    known = labels([[1e300, -1e308], [2.0, 2.0]], [1.0, 1.0])
    assert np.isfinite(losses(known)).all()
    assert blend(choose, evidence([[0.0], [7.0]]), known).values[0, 0] == 7.0


def test_labels_are_needed_to_choose() -> None:
    with pytest.raises(ValueError, match="labels"):
        choose(members(1), evidence([[1.0]]))
