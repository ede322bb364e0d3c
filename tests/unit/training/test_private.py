# SPDX-License-Identifier: Apache-2.0
"""Private models: what they are worth, what their files say, and what they refuse."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from lwnode.documents import Column, Input, Profile
from lwnode.errors import CancelledError, PrivacyBudgetError, SettingsError, SpecificationError
from lwnode.models import scan
from lwnode.models.arrays import arrays
from lwnode.specification import mu_for
from lwnode.specification.composition import SampledGaussian
from lwnode.training import auc, r2
from lwnode.training.private import (
    Shape,
    Target,
    agree,
    mechanism,
    network,
    public_target,
    train_private,
    train_private_images,
)
from lwnode.training.private.descent import Schedule, descend_sampled
from lwnode.training.private.draws import Draws
from lwnode.training.private.graph import dense_answers
from lwnode.training.private.logistic import fit_logistic, softmax
from lwnode.training.private.network import first_weights, fit_network, loss_of
from lwnode.training.private.problem import Rows, coordinates, public_inputs
from lwnode.training.private.ridge import fit_ridge
from tests.support.private import PROFILE, island
from tests.support.training import answers, columns, table

OUTCOME = Target(name="outcome", classes=("no", "yes"))
COST = Target(name="cost", low=0.0, high=200.0)


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# ------------------------------------------------------------------ worth
@pytest.mark.parametrize("rows_per_person", [1, 3])
def test_logistic_loses_little_at_epsilon_one(rows_per_person: int) -> None:
    n, width = 10_000 * rows_per_person, 20
    F, y = island(n + 10_000, width)
    terms = agree(n, epsilon=1.0, rows_per_person=rows_per_person)
    draws = Draws(_rng(), rows=terms.learnt, rows_per_person=rows_per_person)
    some = int(terms.learnt)
    rows = Rows(target=Target(name="y", classes=("a", "b")), F=F[:some], labels=y[:some])
    weight, bias = fit_logistic(rows, np.ones(width, dtype=bool), draws, terms.mu, lambda share: None)
    free = LogisticRegression().fit(F[:some], y[:some])
    found = auc(y[n:], softmax(F[n:] @ weight + bias)[:, 1])
    assert auc(y[n:], free.decision_function(F[n:])) - found < 0.01
    assert draws.mu == pytest.approx(terms.mu, rel=1e-9)


def test_many_rows_lead_to_the_model_without_noise() -> None:
    F, _ = island(40_000, 4, seed=2)
    truth = softmax(F @ np.array([[1.5, 0, -1], [0, 1, -0.5], [-1, 1, 0], [0.5, -1, 0.5]]) + [0.5, 0, -1])
    y = (_rng().random((40_000, 1)) > truth.cumsum(axis=1)).sum(axis=1)
    rows = Rows(target=Target(name="y", classes=("a", "b", "c")), F=F, labels=y)
    draws = Draws(_rng(), rows=40_000.0, rows_per_person=1)
    weight, bias = fit_logistic(rows, np.ones(4, dtype=bool), draws, 20.0, lambda share: None)
    free = LogisticRegression(C=100).fit(F, y).predict_proba(F)
    assert np.abs(softmax(F @ weight + bias) - free).mean() < 0.01


def test_ridge_loses_little_at_epsilon_one() -> None:
    F, _ = island(18_000, 20, seed=3)
    y = np.clip(F @ np.linspace(-0.1, 0.1, 20) + 0.05 * _rng().normal(size=18_000), -1, 1)
    terms = agree(10_000, epsilon=1.0)
    rows = Rows(target=Target(name="y", low=-1, high=1), F=F[:8_000], labels=y[:8_000])
    draws = Draws(_rng(), rows=terms.learnt, rows_per_person=1)
    weight, bias = fit_ridge(rows, np.ones(20, dtype=bool), draws, terms.mu, lambda share: None)
    free = r2(y[8_000:], Ridge().fit(F[:8_000], y[:8_000]).predict(F[8_000:]))
    assert free - r2(y[8_000:], F[8_000:] @ weight[:, 0] + bias[0]) < 0.02


def test_the_network_learns_what_no_line_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_MOST_STEPS", 80)
    F = _rng(4).uniform(-2, 2, (1_000, 2))
    y = (F[:, 0] * F[:, 1] > 0).astype(np.intp)
    target = Target(name="y", classes=("a", "b"))
    rows = Rows(target=target, F=F, labels=y)
    layers = fit_network(rows, Draws(_rng(), rows=1_000.0, rows_per_person=1), 8.0, 1, lambda share: None)
    test = _rng(5).uniform(-2, 2, (2_000, 2))
    assert auc(test[:, 0] * test[:, 1] > 0, dense_answers(test, target, layers)[:, 1]) > 0.9


def test_descent_on_samples_learns_and_says_what_it_costs() -> None:
    F, y = island(3_000, 4, seed=1)
    target = Target(name="y", classes=("a", "b"))
    weights, release = descend_sampled(
        first_weights(4, 2),
        loss_of(target),
        F.astype(np.float32),
        y,
        np.ones(3_000, dtype=bool),
        Schedule(steps=40, rate=8.0),
        noise=1.6,
        row_rate=0.1,
        rows=3_000.0,
        rows_per_person=1,
        rng=_rng(),
        tick=lambda share: None,
    )
    assert release == SampledGaussian(noise=1.6, rate=0.1, steps=40)
    score = np.tanh(F @ weights["w0"] + weights["b0"]) @ (weights["w1"][:, 1] - weights["w1"][:, 0])
    assert auc(y, score) > 0.8


def test_draws_have_the_noise_they_say() -> None:
    draws = Draws(_rng(), rows=100.0, rows_per_person=2)
    found = draws.average(np.full(20_000, 50.0), reach=3.0, mu=0.5)
    assert found.std() == pytest.approx(2 * 3.0 / 100.0 / 0.5, rel=0.02)
    assert found.mean() == pytest.approx(0.5, abs=0.01)
    assert draws.deviation(3.0, 0.5, 20_000) >= 2 * 3.0 / 100.0 / 0.5
    draws.average(np.zeros(1), reach=1.0, mu=1.2)
    assert draws.mu == pytest.approx(1.3)


# ------------------------------------------------------------------ files and cards
@pytest.mark.parametrize("family", ["linear", "network"])
@pytest.mark.parametrize("target", [OUTCOME, COST], ids=["classes", "values"])
def test_a_file_takes_the_raw_matrix_and_says_what_the_card_says(family: str, target: Target) -> None:
    rows = table(1_500, target=target.name)
    made = train_private(rows, PROFILE, target, family=family, epsilon=4.0, rng=_rng())
    assert scan(made.model).width == 3
    raw = np.array([[60, 1, 5], [np.nan, np.nan, np.nan], [1e9, 2, -1e9], [np.inf, 7, 5], [0.1, 0.5, 3]], np.float32)
    found = answers(made.model, raw)
    middle = answers(
        made.model, np.array([[60, np.nan, 15], [60, np.nan, 15], [240, 2, -15], [60, np.nan, 5]], np.float32)
    )
    assert np.allclose(found[1], middle[0], atol=1e-5)  # what is missing is the middle of its bounds
    assert np.allclose(found[2], middle[2], atol=1e-5)  # the box ends a bound's width beyond the bounds
    assert np.allclose(found[3], middle[3], atol=1e-5)  # infinite is missing, and so is a level that is none
    if target.classes:
        assert np.allclose(found.sum(axis=1), 1, atol=1e-5)
    else:
        assert found.min() >= 0.0
        assert found.max() <= 200.0
    card = made.card
    assert card.inputs == public_inputs(PROFILE)
    assert (card.classes, card.target) == (target.classes, target.name)
    assert card.figures_note == "noised, inside ε"
    assert [figure.name for figure in card.figures] == (["accuracy", "log loss"] if target.classes else ["rmse"])
    assert card.privacy is not None
    assert (card.privacy.mode, card.privacy.epsilon, card.privacy.delta) == ("private", 4.0, 1e-5)
    assert card.privacy.mu == made.release.mu == mu_for(4.0, 1e-5)
    assert card.probe_agreement == 1.0
    assert card.probe_difference < 1e-4 * (1 if target.classes else 200)


def test_coordinates_are_the_ones_of_the_frame() -> None:
    X = np.array([[60, 1, 15], [np.nan, 9, 30]], dtype=np.float32)
    half = np.sqrt(2)
    assert coordinates(PROFILE, X) == pytest.approx(
        np.array([[0, 0, half, 0, 0], [0, half / 3, half / 3, half / 3, 2]]), abs=1e-6
    )


def test_images_become_a_file_of_convolutions() -> None:
    rng = _rng(1)
    labels = rng.integers(0, 2, 1_200)
    pictures = rng.random((1_200, 7, 6)) * 0.5
    pictures[labels == 1, :3] += 0.4
    names = tuple(Input(name=f"pixel {i}", type="number") for i in range(42))
    made = train_private_images(
        pictures.reshape(-1, 42),
        labels.astype(np.float64),
        Shape(height=7, width=6, channels=1),
        Target(name="bright", classes=("0", "1")),
        inputs=names,
        encoder="lwnode.pixels/1/7x6x1",
        epsilon=6.0,
        rng=_rng(),
    )
    assert made.card.encoder == "lwnode.pixels/1/7x6x1"
    assert made.card.probe_agreement == 1.0
    found = answers(made.model, pictures.reshape(-1, 42).astype(np.float32))
    assert auc(labels, found[:, 1]) > 0.95
    assert np.isfinite(answers(made.model, np.full((1, 42), np.nan, np.float32))).all()


def test_figures_are_near_and_their_intervals_wide_enough() -> None:
    made = [train_private(table(1_500), PROFILE, OUTCOME, epsilon=2.0, rng=_rng(s)) for s in range(4)]
    other = columns(4_000, seed=9)
    truth = other["outcome"] == "yes"
    inside = 0
    for one in made:
        named = table(4_000, seed=9)
        X = np.column_stack(
            [
                np.asarray(other["age"], dtype=np.float32),
                np.array([("cardiology", "geriatrics", "surgery").index(w) if w else np.nan for w in other["ward"]]),
                np.asarray(other["dose"], dtype=np.float32),
            ]
        ).astype(np.float32)
        assert named.rows == len(X)
        right = float(((answers(one.model, X)[:, 1] > 0.5) == truth).mean())
        figure = one.card.figures[0]
        assert abs(figure.value - right) < 0.15
        inside += figure.low - 0.02 <= right <= figure.high + 0.02
    assert inside >= 3


def test_the_file_and_the_card_hold_nothing_that_saw_a_row_without_noise() -> None:
    """The same rows with other noise: every array that is not public differs."""
    first, second = (train_private(table(800), PROFILE, OUTCOME, epsilon=3.0, rng=_rng(s)) for s in (1, 2))
    public = set()
    held = [arrays(one.model) for one in (first, second)]
    assert held[0].keys() == held[1].keys()
    for name in held[0]:
        if np.array_equal(held[0][name], held[1][name]):
            public.add(name)
    assert len(held[0]) - len(public) == 2  # weights and biases
    again = train_private(table(800), PROFILE, OUTCOME, epsilon=3.0, rng=_rng(1))
    assert again.model == first.model
    assert again.card == first.card


# ------------------------------------------------------------------ rules and refusals
def test_rows_without_a_public_class_take_no_part() -> None:
    rows = table(1_000)
    labels = rows.columns["outcome"].copy()
    labels[:200] = "somebody's secret"
    labels[200:300] = None
    odd = dataclasses.replace(rows, columns={**rows.columns, "outcome": labels})
    made = train_private(odd, PROFILE, OUTCOME, epsilon=3.0, rng=_rng())
    assert made.card.classes == ("no", "yes")
    assert b"secret" not in made.model
    assert OUTCOME.positions(labels)[:300].max() == -1


def test_labels_nobody_has_are_answered_all_the_same() -> None:
    rows = table(1_000)
    empty = dataclasses.replace(rows, columns={**rows.columns, "outcome": np.full(1_000, "other", dtype=object)})
    made = train_private(empty, PROFILE, OUTCOME, epsilon=1.0, rng=_rng())
    assert made.card.figures == ()
    assert np.isfinite(answers(made.model, np.zeros((1, 3), np.float32))).all()


def test_bounds_from_the_rows_are_refused() -> None:
    own = dataclasses.replace(PROFILE, origin="own data")
    with pytest.raises(SpecificationError, match="cannot carry a private model"):
        train_private(table(500), own, OUTCOME, epsilon=1.0, rng=_rng())


def test_too_few_rows_are_refused_with_what_would_do() -> None:
    with pytest.raises(PrivacyBudgetError, match="too few"):
        agree(40, epsilon=1.0)
    with pytest.raises(PrivacyBudgetError) as caught:
        train_private(table(100), PROFILE, OUTCOME, epsilon=0.1, rng=_rng())
    assert "rows would do" in caught.value.hint


def test_the_target_is_described_in_public() -> None:
    assert public_target(PROFILE, "outcome") == OUTCOME
    assert public_target(PROFILE, "cost", bounds=(0.0, 200.0)) == COST
    assert public_target(PROFILE, "outcome", classes=("a", "b")).classes == ("a", "b")
    for name, task in (("cost", None), ("age", None), ("outcome", "regression")):
        with pytest.raises(SpecificationError):
            public_target(PROFILE, name, task=task)  # type: ignore[arg-type]
    bare = dataclasses.replace(
        PROFILE, columns=(*PROFILE.columns[:3], Column(name="o", type="category", role="target"))
    )
    with pytest.raises(SpecificationError, match="public classes"):
        public_target(bare, "o")
    for bad in ({"classes": ("a",)}, {"classes": ("a", "a")}, {"low": 1.0, "high": 1.0}, {"low": 0.0, "high": np.inf}):
        with pytest.raises(SpecificationError):
            Target(name="y", **bad)  # type: ignore[arg-type]


def test_a_mechanism_is_named_by_everything_that_is_agreed() -> None:
    terms = agree(1_000, epsilon=1.0)
    texts = {
        mechanism(PROFILE.id, OUTCOME, "linear", terms),
        mechanism(PROFILE.id, OUTCOME, "network", terms),
        mechanism("other", OUTCOME, "linear", terms),
        mechanism(PROFILE.id, COST, "linear", terms),
        mechanism(PROFILE.id, OUTCOME, "linear", agree(1_000, epsilon=2.0)),
        mechanism(PROFILE.id, OUTCOME, "linear", agree(1_000, epsilon=1.0, rows_per_person=2)),
    }
    assert len(texts) == 6
    assert agree(1_049, epsilon=1.0) == agree(1_000, epsilon=1.0)  # only the rounded number of rows counts


def test_unknown_families_and_pictures_of_no_shape_are_refused() -> None:
    with pytest.raises(SettingsError, match="no private family"):
        train_private(table(500), PROFILE, OUTCOME, family="boosting", epsilon=1.0, rng=_rng())
    with pytest.raises(SpecificationError):
        Shape(height=2, width=8, channels=1)


def test_a_training_can_be_cancelled() -> None:
    def stop(share: float | None, doing: str) -> None:
        if share and share > 0.2:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        train_private(table(3_000), PROFILE, OUTCOME, family="network", epsilon=1.0, rng=_rng(), progress=stop)


def test_a_profile_of_numbers_alone_or_of_levels_alone_will_do() -> None:
    kept = {"age": (0, 120), "dose": (0, 30)}
    for profile in (Profile.from_bounds(kept), Profile.from_bounds({"ward": ["cardiology", "geriatrics", "surgery"]})):
        made = train_private(table(900), profile, OUTCOME, epsilon=3.0, rng=_rng())
        assert made.card.probe_agreement == 1.0
