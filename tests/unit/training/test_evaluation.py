# SPDX-License-Identifier: Apache-2.0
"""Scores against scikit-learn and by hand; intervals by how often they hold."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from lwnode.documents import Figure
from lwnode.training import accuracy, auc, log_loss, macro_auc, r2, rmse
from lwnode.training.evaluation import temperature
from lwnode.training.intervals import bootstrap, delong, figures, published, wilson


def _shares(rng: np.random.Generator, y: np.ndarray, classes: int) -> np.ndarray:
    z = rng.normal(size=(len(y), classes)) + 1.5 * np.eye(classes)[y]
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def test_scores_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 300)
    p = np.round(rng.random(300) * 0.6 + 0.4 * y, 1)  # many ties
    assert auc(y, p) == pytest.approx(metrics.roc_auc_score(y, p))
    assert log_loss(y, np.clip(p, 0.05, 0.95)) == pytest.approx(metrics.log_loss(y, np.clip(p, 0.05, 0.95)))
    labels = rng.integers(0, 4, 400)
    shares = _shares(rng, labels, 4)
    assert macro_auc(labels, shares) == pytest.approx(metrics.roc_auc_score(labels, shares, multi_class="ovr"))
    assert log_loss(labels, shares) == pytest.approx(metrics.log_loss(labels, shares))
    assert accuracy(labels, shares.argmax(axis=1)) == metrics.accuracy_score(labels, shares.argmax(axis=1))
    truth, guess = rng.normal(size=100), rng.normal(size=100)
    assert rmse(truth, guess) == pytest.approx(metrics.root_mean_squared_error(truth, guess))
    assert r2(truth, guess) == pytest.approx(metrics.r2_score(truth, guess))


def test_scores_by_hand() -> None:
    assert auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) == 0.75
    assert auc([0, 1], [0.5, 0.5]) == 0.5
    assert log_loss([1], [0.0]) == pytest.approx(-np.log(1e-7))


@pytest.mark.parametrize(("y", "p"), [([1, 1], [0.1, 0.2]), ([0, 1], [0.1]), ([], [])])
def test_scores_refuse_what_cannot_be_scored(y: list[int], p: list[float]) -> None:
    with pytest.raises(ValueError, match=r"both classes|of one length"):
        auc(y, p)


def test_wilson_is_the_textbook_interval() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)


def test_delong_is_the_textbook_variance_by_brute_force() -> None:
    rng = np.random.default_rng(2)
    y = rng.random(60) < 0.4
    p = np.round(rng.normal(size=60) + y, 1)
    a, b = p[y], p[~y]
    wins = (a[:, None] > b[None, :]) + 0.5 * (a[:, None] == b[None, :])
    variance = wins.mean(axis=1).var(ddof=1) / len(a) + wins.mean(axis=0).var(ddof=1) / len(b)
    low, high = delong(y, p)
    logit = [np.log(v / (1 - v)) for v in (low, wins.mean(), high)]
    half = 1.959964 * np.sqrt(variance) / (wins.mean() * (1 - wins.mean()))
    assert [logit[1] - logit[0], logit[2] - logit[1]] == pytest.approx([half, half], rel=1e-6)


def test_delong_holds_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    truth = 0.760250  # of two normal distributions one standard deviation apart
    held = 0
    for _ in range(300):
        y = np.arange(120) < 50
        low, high = delong(y, rng.normal(size=120) + y)
        held += low <= truth <= high
    assert 0.91 <= held / 300 <= 0.985


def test_a_perfect_ranking_still_has_an_interval() -> None:
    low, high = delong(np.arange(20) < 8, -np.arange(20.0))
    assert 0.6 < low < 0.75
    assert high == 1.0


def test_the_bootstrap_keeps_every_class_and_its_seed() -> None:
    y = np.array([0] * 3 + [1] * 40 + [2] * 2)
    shares = _shares(np.random.default_rng(4), y, 3)
    first = figures("classification", y, shares, np.random.default_rng(5))
    assert first == figures("classification", y, shares, np.random.default_rng(5))
    assert [figure.name for figure in first] == ["auc", "accuracy"]
    assert all(figure.low <= figure.value <= figure.high for figure in first)


def test_regression_figures() -> None:
    rng = np.random.default_rng(6)
    y = rng.normal(100, 20, 400)
    scores = (y + rng.normal(0, 10, 400))[:, None]
    by_name = {figure.name: figure for figure in figures("regression", y, scores, rng)}
    assert by_name["r2"].low < 0.75 < by_name["r2"].high
    assert by_name["rmse"].low < 10 < by_name["rmse"].high


def test_the_bootstrap_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(7).normal(size=200)
    low, high = bootstrap(lambda rows: values[rows].mean(), np.zeros(200, dtype=int), np.random.default_rng(8))
    assert (high - low) == pytest.approx(2 * 1.96 * values.std() / np.sqrt(200), rel=0.15)


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (Figure(name="auc", value=0.8149, low=0.7811, high=0.8403), (0.81, 0.78, 0.85)),
        (Figure(name="auc", value=0.81, low=0.78, high=0.84), (0.81, 0.78, 0.84)),
        (Figure(name="accuracy", value=1.0, low=0.9951, high=1.0), (1.0, 0.99, 1.0)),
        (Figure(name="r2", value=-0.031, low=-0.108, high=0.042), (-0.03, -0.11, 0.05)),
        (Figure(name="rmse", value=1234.5, low=1101.0, high=1309.0), (1200.0, 1100.0, 1400.0)),
        (Figure(name="rmse", value=0.01234, low=0.0111, high=0.0131), (0.012, 0.011, 0.014)),
        (Figure(name="rmse", value=0.0, low=0.0, high=0.0), (0.0, 0.0, 0.0)),
    ],
)
def test_published_figures_have_two_digits_and_an_interval_rounded_outwards(
    figure: Figure, expected: tuple[float, float, float]
) -> None:
    out = published(figure)
    assert (out.value, out.low, out.high) == expected


def test_temperature_finds_by_how_much_a_model_boasts() -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(size=(20_000, 3))
    y = np.array([rng.choice(3, p=p) for p in np.exp(true) / np.exp(true).sum(axis=1, keepdims=True)])
    for heat in (1.0, 2.5):
        boastful = np.exp(heat * true)
        assert temperature(y, boastful / boastful.sum(axis=1, keepdims=True)) == pytest.approx(heat, rel=0.05)


def test_temperature_is_bounded_where_rows_are_few() -> None:
    sure = np.array([[0.6, 0.4], [0.4, 0.6]])
    assert temperature([0, 1], sure) == pytest.approx(0.5, abs=0.01)
    assert temperature([1, 0], sure) == pytest.approx(20.0, rel=0.05)
