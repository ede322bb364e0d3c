# SPDX-License-Identifier: Apache-2.0
"""Models that answer nonsense, change their mind, or do not belong to their specification."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from lwnode.checker.probe_rows import extreme_rows, missing_rows, probe_rows
from lwnode.documents import Column, Figure, Profile
from lwnode.errors import ModelError, UnsafeModelError, WorkerError
from lwnode.specification import Labels, specify
from tests.support.checker import (
    CARD,
    INPUTS,
    NAMES,
    PROFILE,
    SEMANTIC,
    checked,
    codes,
    honest,
    probabilities,
    raw,
    rows,
    sketch,
    truth,
    ware,
    with_figures,
)  # fmt: skip

Answer = dict[str, np.ndarray]


def spoilt(how: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], Answer]:
    """The honest model with its probabilities spoilt."""
    return lambda X: {"probabilities": how(honest(X)["probabilities"])}


def raising(error: Exception) -> Callable[[np.ndarray], Answer]:
    def predict(X: np.ndarray) -> Answer:
        raise error

    return predict


NONSENSE = {
    "not a number": (spoilt(lambda p: np.full_like(p, np.nan)), "answer-not-finite"),
    "infinite": (spoilt(lambda p: p / np.zeros_like(p)), "answer-not-finite"),
    "no probabilities": (spoilt(lambda p: 2 * p), "answer-not-probabilities"),
    "negative": (spoilt(lambda p: p - np.float32([0.5, -0.5])), "answer-not-probabilities"),
    "a row less": (spoilt(lambda p: p[:-1]), "answer-shape"),
    "a vector": (spoilt(lambda p: p[:, 0]), "answer-shape"),
    "a class more": (spoilt(lambda p: np.column_stack([p, 0 * p[:, 0]])), "label-set"),
    "one class": (spoilt(lambda p: 0 * p[:, :1] + 1), "label-set"),
    "values for a classifier": (lambda X: {"values": honest(X)["probabilities"][:, 1:]}, "answer-kind"),
    "nothing": (lambda X: {}, "answer-kind"),
    "it died": (raising(WorkerError("the worker ended by itself (signal 11)")), "model-fails"),
    "it hangs": (raising(WorkerError("the worker took longer than 30 s")), "model-fails"),
    "it is refused": (raising(UnsafeModelError("the operator 'RandomNormal'")), "model-refused"),
    "other columns": (raising(ModelError("rows of shape (1, 3) for a model that takes 4")), "model-takes-other-inputs"),
}


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_is_refused(what: str) -> None:
    predict, code = NONSENSE[what]
    report = checked(ware(), predict)
    assert (report.status, report.ran, report.findings[0].code) == (-1, False, code)
    assert codes(report) == {code}  # and it is not asked on


# --- steady answers


def test_another_answer_the_second_time() -> None:
    calls = itertools.count()
    report = checked(
        ware(), lambda X: probabilities(np.clip(honest(X)["probabilities"][:, 1] + 0.01 * next(calls), 0, 1))
    )
    assert report.status == -1
    assert "answers-change" in codes(report)


def test_answers_that_follow_the_order() -> None:
    report = checked(ware(), lambda X: probabilities(np.linspace(0.1, 0.9, len(X))))
    assert report.status == -1
    assert {"rows-mixed", "batch-matters"} <= codes(report)


def test_answers_that_follow_the_batch() -> None:
    def relative(X: np.ndarray) -> Answer:
        age = X[:, 0] - np.nanmean(X[:, 0])
        return probabilities(1 / (1 + np.exp(-np.nan_to_num(age) / 9)))

    report = checked(ware(), relative)
    assert (report.status, codes(report) & {"answers-change", "rows-mixed"}) == (-1, set())
    assert "batch-matters" in codes(report)


def test_the_last_digits_may_follow_the_batch() -> None:
    def rounded(X: np.ndarray) -> Answer:
        return probabilities(np.clip(honest(X)["probabilities"][:, 1] + 1e-5 * (len(X) % 2), 0, 1))

    assert checked(ware(), rounded).status == 1


# --- odd rows


def test_missing_values_that_it_does_not_take_are_noted() -> None:
    def picky(X: np.ndarray) -> Answer:
        if np.isnan(X).any():
            raise ModelError("the model gives no answer to 1 of 4 rows, which have missing values")
        return honest(X)

    report = checked(ware(), picky)
    assert (report.status, codes(report)) == (1, {"missing-not-taken"})


def test_dying_of_a_missing_value_is_no_contradiction() -> None:
    def fragile(X: np.ndarray) -> Answer:
        if np.isnan(X).any():
            raise WorkerError("the worker reports: the model cannot compute these rows")
        return honest(X)

    report = checked(ware(), fragile)
    assert (report.status, codes(report)) == (1, {"missing-not-taken"})


def test_extremes_without_an_answer_are_a_warning() -> None:
    def overflowing(X: np.ndarray) -> Answer:
        p = honest(X)["probabilities"]
        return {"probabilities": np.where(X[:, :1] > 140, np.nan, p).astype(np.float32)}

    report = checked(ware(), overflowing)
    assert (report.status, codes(report)) == (1, {"extremes-not-answered"})


def test_a_slow_model_is_said_to_be() -> None:
    ticks = itertools.count(step=30)
    from lwnode.checker import check_learnware

    report = check_learnware(ware(), honest, clock=lambda: float(next(ticks)))
    assert codes(report) == {"slow"}
    assert report.seconds_per_row == pytest.approx(30 / len(sketch().points), rel=0.2)


def test_what_is_asked_is_what_the_columns_can_be() -> None:
    spec = sketch()
    probe = probe_rows(spec, CARD)
    assert probe.judged
    assert set(np.unique(probe.rows[:, 2])) <= {0.0, 1.0}
    assert np.array_equal(probe.rows[:, :2], spec.points[:, :2])
    assert np.array_equal(probe.filled().rows, probe.rows)
    edges = extreme_rows(spec, CARD, probe.rows)
    assert np.isfinite(edges).all()
    assert edges[:, 0].min() == pytest.approx(-50.0)  # bounds 0 to 100 are at -2 and 2 of a box that ends at -4 and 4
    assert edges[:, 0].max() == pytest.approx(150.0)
    gone = missing_rows(probe.rows)
    assert np.isnan(gone).sum(axis=1).tolist() == [1, 1, 1, 3]


def test_a_level_that_the_model_does_not_know_is_missing() -> None:
    card = replace(CARD, inputs=(*INPUTS[:2], replace(INPUTS[2], levels=("m", "x"))))
    column = probe_rows(sketch(), card).rows[:, 2]
    assert set(np.unique(column[np.isfinite(column)])) == {0.0}
    assert np.isnan(column).any()


# --- model and specification


def test_one_answer_for_everybody() -> None:
    report = checked(ware(), lambda X: probabilities(np.full(len(X), 0.4)))
    assert report.status == 1
    assert "answers-constant" in codes(report)


@pytest.mark.parametrize("privacy", ["private", "no-noise", "public"])
def test_a_claim_of_99_with_labels_at_chance(privacy: str) -> None:
    X = rows()
    coin = Labels(of_rows=np.random.default_rng(1).integers(0, 2, len(X)), names=NAMES)
    private = {"epsilon": 2.0, "rng": np.random.default_rng(0)} if privacy == "private" else {}
    spec = specify(raw(X), PROFILE, privacy=privacy, labels=coin, labelled=True, **private)
    card = with_figures(CARD, {"accuracy": (0.99, 0.98, 1.0)})
    report = checked(ware(card=card, spec=spec))
    assert report.status == 1
    assert "accuracy-not-seen" in codes(report)
    modest = with_figures(CARD, {"accuracy": (0.55, 0.5, 0.6)})
    assert "accuracy-not-seen" not in codes(checked(ware(card=modest, spec=spec)))


def test_a_model_of_another_question_expects_other_shares() -> None:
    report = checked(ware(), lambda X: probabilities(honest(X)["probabilities"][:, 1] * 0.02 + 0.97))
    assert {"shares-differ", "accuracy-not-seen"} <= codes(report)
    assert "97" in next(f.message for f in report.findings if f.code == "shares-differ") or "98" in next(
        f.message for f in report.findings if f.code == "shares-differ"
    )


def test_labels_turned_round() -> None:
    turned = checked(ware(), lambda X: {"probabilities": honest(X)["probabilities"][:, ::-1]})
    assert "accuracy-not-seen" in codes(turned)


def test_a_specification_that_counts_other_classes() -> None:
    spec = sketch()
    other = replace(spec, card=replace(spec.card, labels=("no", "perhaps")))
    report = checked(ware(spec=other))
    assert (report.status, report.findings[0].code) == (-1, "label-names")


# --- regression


def cost_ware(values: Callable[[np.ndarray], np.ndarray], *, bounds: tuple[float, float] = (0.0, 100.0)) -> set[str]:
    columns = (*PROFILE.features, Column(name="cost", type="number", role="target", low=bounds[0], high=bounds[1]))
    profile = Profile(name="costs", columns=columns, gamma=PROFILE.gamma)
    spec = specify(raw(rows()), profile, privacy="no-noise")
    card = replace(
        CARD, task="regression", classes=(), target="cost", figures=(Figure(name="r2", value=1, low=1, high=1),)
    )
    semantic = replace(SEMANTIC, task="Regression", outputs=())
    report = checked(
        ware(card=card, semantic=semantic, spec=spec, profile=profile),
        lambda X: {"values": np.nan_to_num(values(X))[:, None].astype(np.float32)},
    )
    assert report.status == 1
    return codes(report)


def test_values_inside_and_outside_the_targets_bounds() -> None:
    assert cost_ware(lambda X: X[:, 0]) == set()
    assert cost_ware(lambda X: X[:, 0], bounds=(0.0, 10.0)) == {"values-outside"}
    assert cost_ware(lambda X: X[:, 0] * 0 + 5) == {"answers-constant"}


def test_bins_of_the_target_are_its_bounds_too() -> None:
    X = rows()
    labels = Labels.from_numbers(X[:, 0], low=0.0, high=100.0)
    spec = specify(raw(X), PROFILE, privacy="no-noise", labels=labels, labelled=True)
    card = replace(
        CARD, task="regression", classes=(), target="cost", figures=(Figure(name="r2", value=1, low=1, high=1),)
    )
    semantic = replace(SEMANTIC, task="Regression", outputs=())
    of = ware(card=card, semantic=semantic, spec=spec)
    assert codes(checked(of, lambda X: {"values": np.nan_to_num(X[:, :1])})) == set()
    assert codes(checked(of, lambda X: {"values": np.nan_to_num(1000 + X[:, :1])})) == {"values-outside"}


def test_shares_need_no_labelled_points() -> None:
    of = ware(spec=sketch(labelled=False))
    assert "shares-differ" in codes(checked(of, lambda X: probabilities(np.full(len(X), 0.97) - 1e-3 * (X[:, 0] > 50))))
    assert truth(rows()).mean() == pytest.approx(0.4, abs=0.05)
