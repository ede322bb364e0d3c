# SPDX-License-Identifier: Apache-2.0
"""The reference's score: its formula, and why it decides nothing here."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lwnode.market.pool_score import pool_scores


def plain(distances: list[float]) -> list[float]:
    """The formula written out."""
    low, high, offset = min(distances), max(distances), 0.1 * sum(distances) / len(distances)
    if low == high:
        return [1.0] * len(distances)
    if low < offset:
        offset = low
    elif (high - low) / (high - offset) < 0.92:
        offset = high - (high - low) / 0.92
    scores = [(high - d) / (high - offset) for d in distances]
    return [min(math.sqrt(s), 0.7) if s < 0.7 else s for s in scores]


@pytest.mark.parametrize("seed", range(6))
def test_it_is_the_formula(seed: int) -> None:
    rng = np.random.default_rng(seed)
    d = rng.random(12) * [1.0, 0.1, 1.0, 1.0, 1.0, 1.0][seed] + [0.0, 0.9, 0.2, 0.0, 5.0, 0.01][seed]
    np.testing.assert_allclose(pool_scores(d), plain(d.tolist()), atol=1e-12)


def test_values_worked_out_by_hand() -> None:
    # mean 0.5, offset 0.05 <= 0.1; (0.9 - 0.1) / (0.9 - 0.05) = 0.941 >= 0.92
    np.testing.assert_allclose(pool_scores(np.array([0.1, 0.5, 0.9])), [0.8 / 0.85, math.sqrt(0.4 / 0.85), 0.0])
    np.testing.assert_allclose(pool_scores(np.array([1.0, 2.0])), [0.92, 0.0])


def test_its_best_is_high_even_where_nothing_is_near() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        far = 1.0 + 0.2 * rng.random(20)
        assert pool_scores(far).max() >= 0.92 - 1e-12


def test_it_depends_on_who_else_is_there() -> None:
    near, among = pool_scores(np.array([0.3, 0.5])), pool_scores(np.array([0.3, 0.5, 2.0]))
    assert among[1] > near[1] + 0.3


def test_equal_and_no_distances_and_images() -> None:
    assert pool_scores(np.full(3, 0.4)).tolist() == [1.0, 1.0, 1.0]
    assert pool_scores(np.empty(0)).tolist() == []
    d = np.array([1e-5, 4e-5, 2e-4])
    np.testing.assert_allclose(pool_scores(d, images=True), plain((1 - np.exp(-d / 5e-5)).tolist()))


@pytest.mark.parametrize("bad", [np.array([-0.1, 0.2]), np.array([np.nan]), np.array([[0.1]])])
def test_what_is_no_distance_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="squared distances"):
        pool_scores(bad)
