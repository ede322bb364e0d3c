# SPDX-License-Identifier: Apache-2.0
"""Residual and tail level, and how far one person can move them."""

import math
import tracemalloc

import numpy as np
import pytest

from lwnode.specification import scalars, to_frame
from lwnode.specification.kernels import gaussian
from lwnode.specification.scalars import (
    count_below,
    cross_fitted_tail,
    exact_tail,
    private_tail,
    residual,
    residual_sensitivity,
)
from tests.support.specification import clusters, numbers

PROFILE = numbers()
Z, B = clusters(20, seed=4), np.random.default_rng(0).dirichlet(np.ones(20))
X = clusters(400)


def test_the_residual_is_the_distance_to_the_rows() -> None:
    signed = np.concatenate([B, np.full(400, -1 / 400)])
    both = np.concatenate([Z, X])
    expected = math.sqrt(signed @ gaussian(both, both, PROFILE.gamma) @ signed)
    assert residual(Z, B, PROFILE, X) == pytest.approx(expected)


def test_the_residual_of_the_rows_themselves_is_rounding() -> None:
    assert residual(X, np.full(400, 1 / 400), PROFILE, X) < 1e-4


@pytest.mark.parametrize("near", [True, False])
def test_many_rows_give_nearly_the_same_residual(monkeypatch: pytest.MonkeyPatch, near: bool) -> None:
    points, weights = (X[::8], np.full(50, 1 / 50)) if near else (Z, B)
    exact = residual(points, weights, PROFILE, X)
    monkeypatch.setattr(scalars, "EXACT_ROWS", 100)
    assert residual(points, weights, PROFILE, X) == pytest.approx(exact, rel=0.1)


def test_many_rows_take_bounded_memory() -> None:
    rows = np.tile(X, (150, 1))  # 60,000 rows: a whole kernel matrix would be 29 GB
    tracemalloc.start()
    found = residual(Z, B, PROFILE, rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40e6
    assert found == pytest.approx(residual(Z, B, PROFILE, X), rel=0.1)


def test_the_residuals_method_follows_from_the_published_rows() -> None:
    assert residual_sensitivity(5000, 1) == residual_sensitivity(5099, 1) == pytest.approx(math.sqrt(2) / 5000)
    assert residual_sensitivity(5100, 2) == pytest.approx(2 * 2 / 5100)


def test_the_private_tail_follows_from_the_points() -> None:
    K = gaussian(Z, Z, 16 * PROFILE.gamma)
    own = [sum(B[k] * K[j, k] for k in range(20) if k != j) / (1 - B[j]) for j in range(20)]
    tail = private_tail(Z, B, PROFILE.gamma)
    below = sum(weight for weight, value in zip(B, own, strict=True) if value < tail)
    assert min(abs(value - tail) for value in own) < 1e-12
    assert below < 0.2 <= below + max(B)
    assert private_tail(Z[:1], np.ones(1), PROFILE.gamma) == 0.0


def test_rows_below_the_tail_are_counted() -> None:
    tail = private_tail(Z, B, PROFILE.gamma)
    density = gaussian(to_frame(PROFILE, X), Z, 16 * PROFILE.gamma) @ B
    assert count_below(Z, B, tail, PROFILE, X) == int((density <= tail).sum())
    assert count_below(Z, B, -1.0, PROFILE, X) == 0


def test_the_exact_tail_leaves_out_five_percent() -> None:
    tail = exact_tail(Z, PROFILE, X)
    distances = ((X[:, None] - Z[None]) ** 2).sum(axis=2).min(axis=1)
    assert (-distances > tail).mean() == pytest.approx(0.95, abs=0.005)


def test_a_tail_of_rows_that_were_left_out_is_wider() -> None:
    rows = X[:60]

    def memorise(seen: np.ndarray) -> np.ndarray:
        return to_frame(PROFILE, rows[seen])

    assert exact_tail(rows, PROFILE, rows) == pytest.approx(0, abs=1e-12)
    tail = cross_fitted_tail(memorise, PROFILE, rows)
    fresh = -((clusters(500, seed=0)[400:, None] - rows[None]) ** 2).sum(axis=2).min(axis=1)
    assert 0.85 < (fresh > tail).mean() <= 1
