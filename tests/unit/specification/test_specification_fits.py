# SPDX-License-Identifier: Apache-2.0
"""The two fits, and the quadratic programme they end with."""

import time

import numpy as np
import pytest

from lwnode.specification.embedding_fit import fit_embedding, steps_for
from lwnode.specification.exact_fit import FAST, fit_exact
from lwnode.specification.features import frequencies, mean_features
from lwnode.specification.frame import box, public_rows
from lwnode.specification.kernels import gaussian, kernel_means, squared_norm
from lwnode.specification.simplex import simplex_weights
from tests.support.specification import clusters, numbers


def distance2(Z: np.ndarray, b: np.ndarray, X: np.ndarray, gamma: float) -> float:
    own = b @ gaussian(Z, Z, gamma) @ b
    return float(own - 2 * b @ kernel_means(Z, X, gamma) + squared_norm(X, gamma))


def embedded(X: np.ndarray, *, steps: int = 300, size: int = 50, D: int = 512) -> tuple[np.ndarray, np.ndarray]:
    profile = numbers(X.shape[1])
    low, high = box(profile)
    W = frequencies(profile.width, D, profile.gamma, profile.seed)
    start = public_rows(profile, size, np.random.default_rng(0))
    return fit_embedding(mean_features([X], W), W, start=start, low=low, high=high, steps=steps)


def exact(X: np.ndarray, **changes: object) -> tuple[np.ndarray, np.ndarray]:
    low, high = box(numbers(X.shape[1]))
    settings = {"size": 50, "gamma": 1 / X.shape[1], "seed": 0, "low": low, "high": high, **changes}
    return fit_exact(X, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [4, 10])
def test_a_fit_to_the_embedding_comes_near_the_rows(width: int) -> None:
    X = clusters(2000, width)
    Z, b = embedded(X)
    assert distance2(Z, b, X, 1 / width) < 0.002
    assert b.min() > 0
    assert b.sum() == pytest.approx(1)
    assert np.abs(Z).max() <= 4


def test_a_fit_to_the_embedding_takes_half_a_second_at_most() -> None:
    X = clusters(1000, 10)
    started = time.process_time()
    embedded(X)
    assert time.process_time() - started < 0.5  # measured: 0.03


def test_steps_fall_with_the_noise() -> None:
    assert steps_for(0.0, 10) == steps_for(0.01, 10) == 300
    assert steps_for(0.1, 10) == steps_for(0.1, 3) == 190
    assert steps_for(1 / 3, 10) == 60
    assert steps_for(1 / 3, 20) == 114  # more columns, more steps
    assert steps_for(1 / 3, 100) == 300


def test_stopping_early_does_not_fit_the_noise() -> None:
    X, profile = clusters(2000, 10), numbers(10)
    W = frequencies(10, 128, profile.gamma, profile.seed)
    low, high = box(profile)
    start = public_rows(profile, 50, np.random.default_rng(0))
    noise = 1 / 3 / np.sqrt(256)
    found: dict[int, list[float]] = {60: [], 300: []}
    for seed in range(3):
        target = mean_features([X], W) + np.random.default_rng(seed).normal(scale=noise, size=256)
        for steps, results in found.items():
            Z, b = fit_embedding(target, W, start=start, low=low, high=high, steps=steps)
            results.append(distance2(Z, b, X, profile.gamma))
    assert np.mean(found[60]) < 0.9 * np.mean(found[300])


@pytest.mark.parametrize("rows", [300, 3000])
def test_the_exact_fit_beats_rows_with_the_best_weights(rows: int) -> None:
    X = clusters(rows, 6)
    Z, b = exact(X)
    some = X[np.random.default_rng(1).choice(rows, 50, replace=False)]
    weights = simplex_weights(gaussian(some, some, 1 / 6), kernel_means(some, X, 1 / 6))
    assert distance2(Z, b, X, 1 / 6) < 0.5 * distance2(some, weights, X, 1 / 6)


def test_the_exact_fit_descends_its_own_objective() -> None:
    X = clusters(800, 6)
    start = public_rows(numbers(6), 20, np.random.default_rng(0))
    even = np.full(20, 1 / 20)
    Z, b = exact(X, size=20, start=start)
    assert distance2(Z, b, X, 1 / 6) < 0.05 * distance2(start, even, X, 1 / 6)
    assert np.abs(Z).max() <= 4


def test_the_exact_fit_depends_on_rows_and_seed_only() -> None:
    X = clusters(1500, 5)
    first, second, other = exact(X), exact(X), exact(X, seed=1)
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])
    assert not np.array_equal(first[0], other[0])


def test_no_more_rows_than_points_are_taken_as_they_are() -> None:
    X = clusters(30)
    Z, b = exact(X)
    assert np.array_equal(Z, X)
    assert b == pytest.approx(1 / 30)


def test_rows_that_are_all_alike_are_no_obstacle() -> None:
    Z, b = exact(np.ones((200, 3)))
    assert b.sum() == pytest.approx(1)
    assert distance2(Z, b, np.ones((200, 3)), 1 / 3) == pytest.approx(0, abs=1e-5)


def test_weights_are_the_best_on_the_simplex() -> None:
    rng = np.random.default_rng(0)
    X, Z = clusters(400, 3), clusters(12, 3, seed=5)
    K, c = gaussian(Z, Z, 1 / 3), kernel_means(Z, X, 1 / 3)
    b = simplex_weights(K, c)
    assert b.min() >= 0
    assert b.sum() == pytest.approx(1)
    best = b @ K @ b - 2 * b @ c
    others = rng.dirichlet(np.full(12, 0.3), 5000)
    assert best <= (np.einsum("ij,jk,ik->i", others, K, others) - 2 * others @ c).min()
    slope = K @ b - c  # optimality: equal where a weight is positive, no lower elsewhere
    assert slope[b > 1e-9] == pytest.approx(slope[b > 1e-9].mean(), abs=1e-5)
    assert slope.min() >= slope[b > 1e-9].mean() - 1e-5


def test_points_that_coincide_share_their_weight() -> None:
    Z = np.repeat(clusters(4, 3), 3, axis=0)
    b = simplex_weights(gaussian(Z, Z, 1.0), kernel_means(Z, clusters(50, 3), 1.0))
    assert np.isfinite(b).all()
    assert b.sum() == pytest.approx(1)


def test_weighted_rows_count_as_often_as_they_weigh() -> None:
    rows = clusters(900)
    often = np.random.default_rng(0).integers(0, 4, size=900)
    box = (np.full(4, -4.0), np.full(4, 4.0))
    settings = {"size": 20, "gamma": 0.25, "seed": 1, "low": box[0], "high": box[1]}
    Z, b = fit_exact(rows, row_weights=often.astype(float), **settings)
    repeated = np.repeat(rows, often, axis=0)
    assert distance2(Z, b, repeated, 0.25) < 1.2 * distance2(*fit_exact(repeated, **settings), repeated, 0.25)
    assert distance2(Z, b, repeated, 0.25) < 0.2 * distance2(*fit_exact(rows, **settings), repeated, 0.25)


def test_many_weighted_rows_are_drawn_by_their_weights() -> None:
    rows = np.tile(clusters(2_000), (30, 1))
    weights = np.where(rows[:, 0] > 0.0, 1.0, 0.0)
    Z, b = fit_exact(rows, size=20, gamma=0.25, seed=1, low=np.full(4, -4.0), high=np.full(4, 4.0), row_weights=weights)
    assert distance2(Z, b, rows[weights > 0][:4_000], 0.25) < 2e-3


def test_without_descent_the_fit_is_k_means_and_exact_weights() -> None:
    rows = clusters(3_000)
    settings = {"size": 20, "gamma": 0.25, "seed": 1, "low": np.full(4, -4.0), "high": np.full(4, 4.0)}
    fast, full = fit_exact(rows, effort=FAST, **settings), fit_exact(rows, **settings)
    assert distance2(*full, rows, 0.25) < 0.7 * distance2(*fast, rows, 0.25)
    assert distance2(*fast, rows, 0.25) < 0.02
