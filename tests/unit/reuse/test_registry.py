# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest

from lwnode import reuse
from lwnode.errors import DataError, ReuseError, SettingsError
from lwnode.reuse import registry
from tests.support.reuse import classes, evidence, labels, members

UNLABELLED = ("top-1", "average", "vote", "mix", "fuse", "job-selector")
LABELLED = ("choose", "prune", "stack", "augment")


def everything(kind: str, count: int = 4, rows: int = 10, seed: int = 0):
    """Members, evidence with rows, and labels for any method but alignment."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(2 * rows, 3))
    if kind == "probabilities":
        P = rng.dirichlet(np.ones(3), (count, 2 * rows))
        y = np.arange(rows) % 3
    else:
        P, y = rng.normal(size=(count, 2 * rows)), rng.normal(size=rows)
    whole = evidence(P, kind=kind, rows=X, densities=rng.random((count, 2 * rows)))
    first, second = whole.take(slice(0, rows)), whole.take(slice(rows, None))
    targets = y.astype(np.int64) if kind == "probabilities" else y[:, None]
    return members(count), first, reuse.Labelled(evidence=second, targets=targets)


def test_every_method_has_a_test_here() -> None:
    assert set(reuse.METHODS) == {*UNLABELLED, *LABELLED, "align", "align-labels", "auto"}
    assert {*LABELLED, "align-labels"} == reuse.NEED_LABELS


@pytest.mark.parametrize("method", [*UNLABELLED, *LABELLED, "auto"])
@pytest.mark.parametrize("count", [1, 4])
def test_classes_by_every_method(method: str, count: int) -> None:
    team, mine, known = everything("probabilities", count)
    found = reuse.combine(method, team, mine, labelled=known if method in LABELLED else None)
    assert found.values.shape == (10, 3)
    assert found.values.sum(axis=1) == pytest.approx(np.ones(10))
    assert found.report.weights.sum(axis=0) == pytest.approx(np.ones(10))
    assert found.report.method == (("top-1" if count == 1 else "mix") if method == "auto" else method)
    assert (found.prior is not None) == (found.report.method == "fuse")


@pytest.mark.parametrize("method", [*UNLABELLED, *LABELLED, "auto"])
@pytest.mark.parametrize("count", [1, 4])
def test_values_by_every_method(method: str, count: int) -> None:
    team, mine, known = everything("values", count)
    if method in reuse.NEED_CLASSES:
        with pytest.raises(SettingsError, match="classes"):
            reuse.combine(method, team, mine)
        return
    found = reuse.combine(method, team, mine, labelled=known if method in LABELLED else None)
    assert np.isfinite(found.values).all()
    assert found.report.method == (("top-1" if count == 1 else "mix") if method == "auto" else method)


@pytest.mark.parametrize("method", LABELLED)
def test_labels_are_asked_for(method: str) -> None:
    team, mine, _ = everything("values")
    with pytest.raises(SettingsError, match="labelled rows") as caught:
        reuse.combine(method, team, mine)
    assert caught.value.hint


@pytest.mark.parametrize("method", [*UNLABELLED, *LABELLED])
@pytest.mark.parametrize("kind", ["values", "probabilities"])
def test_a_rule_answers_for_other_rows_than_it_was_fitted_on(method: str, kind: str) -> None:
    team, mine, known = everything(kind)
    if kind == "values" and method in reuse.NEED_CLASSES:
        return
    both = reuse.combine(method, team, mine, labelled=known)
    some = reuse.combine(method, team, mine, evidence=mine.take(slice(2, 5)), labelled=known)
    assert some.values == pytest.approx(both.values[2:5])
    assert some.report.weights == pytest.approx(both.report.weights[:, 2:5])


def test_what_the_registry_says_of_methods_is_true() -> None:
    """Methods that are said not to learn from labels, or from the user's rows, do not."""
    for kind in ("values", "probabilities"):
        team, mine, known = everything(kind)
        _, other, _ = everything(kind, seed=1)
        for method in (*UNLABELLED, *LABELLED):
            if kind == "values" and method in reuse.NEED_CLASSES:
                continue
            labelled = known if method in LABELLED else None
            found = reuse.combine(method, team, mine, evidence=other, labelled=labelled).values
            if method not in reuse.LEARN_FROM_LABELS:
                assert np.array_equal(found, reuse.combine(method, team, mine, evidence=other, labelled=known).values)
            if method not in reuse.LEARN_FROM_ROWS:
                assert np.array_equal(found, reuse.combine(method, team, other, labelled=labelled).values), method


def test_auto_by_kind_and_number() -> None:
    assert reuse.resolve("auto", 1, "probabilities") == "top-1"
    assert reuse.resolve("auto", 2, "probabilities") == "mix"
    assert reuse.resolve("auto", 2, "probabilities", same_classes=False) == "fuse"
    assert reuse.resolve("auto", 1, "probabilities", same_classes=False) == "top-1"
    assert reuse.resolve("auto", 2, "values") == "mix"
    assert reuse.combine("auto", members(1), evidence([[1.0, 2.0]])).report.method == "top-1"
    apart = classes(np.array([[[0.4, 0.6, np.nan]], [[np.nan, 0.4, 0.6]]]))
    assert reuse.combine("auto", members(2), apart).report.method == "fuse"


def test_the_report_says_who_had_which_part() -> None:
    P = np.array([[1.0, 1.0, 1.0], [2.0, 2.0, np.nan]])
    f = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    covered = np.array([[True, False, False], [True, False, True]])
    report = reuse.combine("mix", members(2, ids=("a", "b")), evidence(P, densities=f, covered=covered)).report
    assert report.members == (("a", pytest.approx(2 / 3)), ("b", pytest.approx(1 / 3)))
    assert report.weights == pytest.approx(np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]))
    assert report.coverage == pytest.approx([1.0, 0.0, 0.0])
    assert report.covered_share == pytest.approx(1 / 3)
    assert report.reached.tolist() == [True, True, False]
    assert not report.unanswered.any()


def test_rows_without_an_answer_are_marked() -> None:
    found = reuse.combine("average", members(2), evidence([[1.0, np.nan], [3.0, np.nan]]))
    assert found.report.unanswered.tolist() == [False, True]
    assert np.isnan(found.values[1, 0])
    assert sum(part for _, part in found.report.members) == pytest.approx(1.0)
    with pytest.raises(ReuseError):
        reuse.combine("mix", members(2), evidence(np.full((2, 3), np.nan)))


@pytest.mark.parametrize("method", [*UNLABELLED, *LABELLED])
def test_nobody_answers_anything(method: str) -> None:
    """Not even where others did answer the labelled rows."""
    team, mine, known = everything("probabilities")
    silent = dataclasses.replace(mine, predictions=np.full_like(mine.predictions, np.nan))
    with pytest.raises(ReuseError, match="no model gave an answer"):
        reuse.combine(method, team, silent, labelled=known)


@pytest.mark.parametrize("method", [*UNLABELLED, *LABELLED])
@pytest.mark.parametrize("kind", ["values", "probabilities"])
def test_rows_are_combined_in_pieces(monkeypatch, method: str, kind: str) -> None:
    team, mine, known = everything(kind, rows=40)
    if kind == "values" and method in reuse.NEED_CLASSES:
        return
    whole = reuse.combine(method, team, mine, labelled=known)
    monkeypatch.setattr(registry, "_PIECE", 35)
    pieces = reuse.combine(method, team, mine, labelled=known)
    assert pieces.values == pytest.approx(whole.values, rel=1e-9)
    assert pieces.report.weights == pytest.approx(whole.report.weights, rel=1e-9)


@pytest.mark.parametrize("method", [*UNLABELLED, *LABELLED])
def test_labels_of_a_class_that_nobody_knows_are_refused_by_name(method: str) -> None:
    P = np.array([[[0.6, 0.4, np.nan]] * 3, [[0.3, 0.7, np.nan]] * 3])
    known = labels(P, [0, 2, 1], kind="probabilities", rows=np.zeros((3, 1)))
    given = classes(P, rows=np.zeros((3, 1)))
    with pytest.raises(ReuseError, match="'eight'"):
        reuse.combine(method, members(2, classes=("six", "seven", "eight")), given, labelled=known)
    with pytest.raises(ReuseError, match="number 2"):
        reuse.combine(method, members(2), given, labelled=known)


def test_labels_that_are_none() -> None:
    with pytest.raises(DataError):
        labels([[1.0, 2.0]], [1.0, np.nan])
    P = np.full((1, 2, 2), 0.5)
    for targets in ([0, 2], [-1, 0]):
        with pytest.raises(ValueError, match="position"):
            labels(P, targets, kind="probabilities")
    with pytest.raises(ValueError, match="targets"):
        labels([[1.0, 2.0]], [1.0])


def test_wrong_calls_are_refused() -> None:
    with pytest.raises(SettingsError, match="stacking"):
        reuse.combine("stacking", members(1), evidence([[1.0]]))
    with pytest.raises(SettingsError, match="classes"):
        reuse.combine("vote", members(2), evidence([[1.0], [2.0]]))
    with pytest.raises(ValueError, match="one id"):
        reuse.combine("mix", members(1), evidence([[1.0], [2.0]]))
    given = evidence([[1.0], [2.0]], rows=np.zeros((1, 3)))
    with pytest.raises(ValueError, match="same learnwares"):
        reuse.combine("mix", members(2), given, evidence=evidence([[1.0]]))
    with pytest.raises(ValueError, match="one frame"):
        reuse.combine("mix", members(2), given, evidence=evidence([[1.0], [2.0]], rows=np.zeros((1, 2))))
    with pytest.raises(ValueError, match="shares"):
        reuse.combine("mix", members(2, shares=np.ones((2, 4))), given)


@pytest.mark.parametrize(
    "changes",
    [
        {"densities": np.ones((1, 1))},
        {"densities": np.full((2, 1), np.nan)},
        {"densities": np.full((2, 1), -1.0)},
        {"covered": np.ones((2, 2), dtype=bool)},
        {"predictions": np.ones((2, 2))},
        {"predictions": np.ones((2, 0, 1))},
        {"rows": np.ones((2, 3))},
        {"rows": np.full((1, 3), np.nan)},
    ],
)
def test_evidence_must_go_together(changes) -> None:
    with pytest.raises(ValueError, match=r"predictions|densities|rows"):
        dataclasses.replace(evidence([[1.0], [2.0]]), **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"ids": ()},
        {"distances": np.zeros(3)},
        {"distances": np.array([np.nan, 1.0])},
        {"gamma": 0.0},
        {"weights": np.array([1.0])},
        {"weights": np.array([1.0, -1.0])},
        {"weights": np.zeros(2)},
        {"filling_loss": np.array([np.nan, 0.0])},
        {"temperatures": np.ones(1)},
        {"shares": np.ones((1, 3))},
        {"framed": ()},
    ],
)
def test_members_must_go_together(changes) -> None:
    with pytest.raises(ValueError, match=r"learnware|gamma|weights|filling|shares|temperatures"):
        dataclasses.replace(members(2), **changes)
