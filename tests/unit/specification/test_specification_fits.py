# SPDX-License-Identifier: Apache-2.0
"""The two fits, and the quadratic programme they end with."""

import numpy as np
import pytest

from lwnode.documents import Profile
from lwnode.specification.embedding import embedding
from lwnode.specification.exact_fit import FAST, fit_exact
from lwnode.specification.features import RandomFeatures
from lwnode.specification.frame import box, public_rows
from lwnode.specification.kernels import gaussian, kernel_means, squared_norm
from lwnode.specification.landmarks import Landmarks
from lwnode.specification.posterior_fit import fit_posterior, likely_spread
from lwnode.specification.simplex import simplex_weights
from tests.support.clock import cpu_seconds
from tests.support.specification import clusters, numbers


def distance2(Z: np.ndarray, b: np.ndarray, X: np.ndarray, gamma: float) -> float:
    own = b @ gaussian(Z, Z, gamma) @ b
    return float(own - 2 * b @ kernel_means(Z, X, gamma) + squared_norm(X, gamma))


def noisy(X: np.ndarray, noise: float, seed: int = 0) -> np.ndarray:
    exact = embedding(numbers(X.shape[1])).mean([X])
    return exact + np.random.default_rng(seed).normal(scale=noise, size=len(exact))


def plausible(X: np.ndarray, noise: float = 1e-5, *, size: int = 50, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    profile = numbers(X.shape[1])
    low, high = box(profile)
    start = public_rows(profile, size, np.random.default_rng(0))
    return fit_posterior(noisy(X, noise, seed), embedding(profile), noise=noise, start=start, low=low, high=high)


def exact(X: np.ndarray, **changes: object) -> tuple[np.ndarray, np.ndarray]:
    low, high = box(numbers(X.shape[1]))
    settings = {"size": 50, "gamma": 1 / X.shape[1], "seed": 0, "low": low, "high": high, **changes}
    return fit_exact(X, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [1, 4, 10, 60])
def test_a_fit_to_an_exact_embedding_comes_near_the_rows(width: int) -> None:
    X = clusters(2000, width)
    Z, b = plausible(X)
    assert distance2(Z, b, X, 1 / width) < (0.0005 if width < 60 else 0.02)
    assert b.min() > 0
    assert b.sum() == pytest.approx(1)
    assert np.abs(Z).max() <= 4


@pytest.mark.parametrize(("size", "noise"), [(1, 0.01), (2, 0.01), (300, 0.01), (50, 1e-12), (50, 10.0)])
def test_any_number_of_points_can_be_fitted_under_any_noise(size: int, noise: float) -> None:
    Z, b = plausible(clusters(500, 4), noise, size=size)
    assert Z.shape == (size, 4)
    assert np.isfinite(Z).all()
    assert b.sum() == pytest.approx(1)


def test_a_fit_to_an_embedding_takes_a_second_at_most() -> None:
    X = clusters(1000, 10)
    assert cpu_seconds(lambda: plausible(X)) < 1.0  # measured: 0.2


@pytest.mark.parametrize("width", [8, 40])
def test_noise_is_not_fitted(width: int) -> None:
    """The most plausible points lie nearer to the rows than those that follow the target as if it were exact."""
    profile = numbers(width)
    X = np.random.default_rng(9).normal(size=(2000, width))
    low, high = box(profile)
    start = public_rows(profile, 50, np.random.default_rng(0))
    plausible_ones, followed = [], []
    for seed in range(3):
        target = noisy(X, 0.02, seed)
        for noise, found in ((0.02, plausible_ones), (1e-4, followed)):
            Z, b = fit_posterior(target, embedding(profile), noise=noise, start=start, low=low, high=high)
            found.append(distance2(Z, b, X, profile.gamma))
    assert np.mean(plausible_ones) < 0.7 * np.mean(followed)


@pytest.mark.parametrize(
    "profile",
    [
        numbers(1), numbers(2), numbers(1, gamma=30.0), numbers(3, gamma=1e-12), numbers(2, gamma=1e12),
        numbers(600), numbers(600, gamma=1e-4),
        Profile.from_bounds({"a": ["f", "m"]}), Profile.from_bounds({"a": ["x"]}),
    ],
    ids=lambda profile: f"{profile.width} columns, gamma {profile.gamma:g}",
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 30])
def test_every_profile_can_be_fitted_under_little_noise(profile: Profile, size: int) -> None:
    low, high = box(profile)
    of, rows = embedding(profile), public_rows(profile, 300, np.random.default_rng(1))
    start = public_rows(profile, size, np.random.default_rng(0))
    for noise in (1e-7, 1e-5, 1e-3):
        target = of.mean([rows]) + np.random.default_rng(2).normal(scale=noise, size=of.count)
        Z, b = fit_posterior(target, of, noise=noise, start=start, low=low, high=high)
        assert np.isfinite(Z).all()
        assert ((low <= Z) & (high >= Z)).all()
        assert b.sum() == pytest.approx(1)


def test_how_far_populations_lie_is_read_off_the_target() -> None:
    of, start = embedding(numbers(4)), public_rows(numbers(4), 50, np.random.default_rng(0))
    near, far = np.random.default_rng(1).normal(size=(2, 3000, 4)) + np.array([[[0.0]], [[0.8]]])
    widths = [likely_spread(noisy(X, 0.005), of, noise=0.005, start=start).shift for X in (near, far)]
    assert widths[0] < 0.2 < 0.4 < widths[1]


@pytest.mark.parametrize("profile", [numbers(6), numbers(50)], ids=["landmarks", "features"])
def test_gradients_and_ways_are_those_of_the_coordinates(profile: Profile) -> None:
    of, rng = embedding(profile), np.random.default_rng(0)
    Z, b, pull = rng.normal(size=(7, profile.width)), rng.dirichlet(np.ones(7)), rng.normal(size=of.count)
    step, slope = of.placed(Z).gradients(b, pull)
    assert of.placed(Z).mean(b) == pytest.approx(b @ of.coordinates(Z), abs=1e-6)
    assert slope == pytest.approx(of.coordinates(Z) @ pull, abs=1e-4)
    small = 1e-2 * rng.normal(size=Z.shape)
    change = (b @ (of.coordinates(Z + small) - of.coordinates(Z - small))) @ pull / 2
    assert (step * small).sum() == pytest.approx(change, rel=0.02, abs=1e-4)

    axes, at_start, (shifts, moves, tilts) = of.ways(Z, 40)
    assert at_start == pytest.approx(axes @ of.coordinates(Z).mean(axis=0), abs=1e-6)

    def at(moved: np.ndarray) -> np.ndarray:
        return axes @ of.coordinates(moved).mean(axis=0)

    step = 0.02
    each = step * np.eye(Z.size).reshape(-1, *Z.shape)
    one_by_one = np.array([at(Z + one) - at(Z - one) for one in each]) / (2 * step)
    together = one_by_one.reshape(*Z.shape, -1).sum(axis=0)
    tilted = (np.eye(7) / 7 - 1 / 49) @ of.coordinates(Z) @ axes.T
    for found, slopes in ((shifts, together), (moves, one_by_one), (tilts, tilted)):
        assert np.abs(found - slopes.T @ slopes).max() < 0.01 * np.abs(found).max()


def test_the_profile_decides_in_what_its_embeddings_are_noised() -> None:
    assert isinstance(embedding(numbers(10)), Landmarks)
    assert isinstance(embedding(numbers(40)), RandomFeatures)
    assert isinstance(embedding(numbers(40, gamma=0.5 / 40)), Landmarks)
    assert embedding(numbers(10)) is embedding(numbers(10))


def test_landmarks_are_the_kernel_where_they_see() -> None:
    """Near the landmarks inner products are the kernel's; nowhere are two rows farther apart than in its own space."""
    of, rng = Landmarks.of(numbers(3)), np.random.default_rng(0)
    rows = np.concatenate([of.points[:40], rng.uniform(-4, 4, (40, 3))])
    found = of.coordinates(rows)
    assert found[:40] @ found[:40].T == pytest.approx(gaussian(rows[:40], rows[:40], of.gamma), abs=1e-4)
    apart = ((found[:, None] - found) ** 2).sum(axis=2)
    assert (apart <= 2 - 2 * gaussian(rows, rows, of.gamma) + 1e-9).all()
    assert of.mean([rows[:30], rows[30:]]) == pytest.approx(found.mean(axis=0), abs=1e-9)


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
