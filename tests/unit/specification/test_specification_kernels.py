# SPDX-License-Identifier: Apache-2.0
"""Kernel and random features, against loops over rows."""

import math

import numpy as np
import pytest

from lwnode.specification import kernels
from lwnode.specification.features import features, frequencies, mean_features
from tests.support.specification import clusters

GAMMA = 0.25


def plain(a: np.ndarray, b: np.ndarray) -> float:
    return math.exp(-GAMMA * sum((x - y) ** 2 for x, y in zip(a, b, strict=True)))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "_CELLS", 64)  # so that every chunked loop really loops


X, Z = clusters(37), clusters(5, seed=1)
PLAIN = np.array([[plain(x, z) for z in Z] for x in X])


def test_kernel_and_its_means_are_what_they_say() -> None:
    assert kernels.gaussian(X, Z, GAMMA) == pytest.approx(PLAIN)
    assert kernels.gaussian(X.astype(np.float32), Z.astype(np.float32), GAMMA).dtype == np.float32
    assert kernels.kernel_means(Z, X, GAMMA) == pytest.approx(PLAIN.mean(axis=0))
    assert kernels.density(X, Z, np.arange(5.0), GAMMA) == pytest.approx(PLAIN @ np.arange(5.0))
    whole = np.mean([[plain(a, b) for b in X] for a in X])
    assert kernels.squared_norm(X, GAMMA) == pytest.approx(whole)
    nearest = [min(sum((x - z) ** 2) for z in Z) for x in X]
    assert kernels.nearest2(X, Z) == pytest.approx(nearest)


def test_no_rows_have_no_densities() -> None:
    assert kernels.density(X[:0], Z, np.ones(5), GAMMA).shape == (0,)
    assert kernels.nearest2(X[:0], Z).shape == (0,)


@pytest.mark.parametrize("width", [1, 4, 40])
def test_features_have_norm_one_and_estimate_the_kernel(width: int) -> None:
    A, gamma = clusters(30, width), 1 / width
    W = frequencies(width, 4096, gamma, 7)
    assert W.shape == (width, 4096)
    phi = features(A, W).astype(np.float64)
    assert np.linalg.norm(phi, axis=1) == pytest.approx(1, abs=1e-6)
    assert phi @ phi.T == pytest.approx(kernels.gaussian(A, A, gamma), abs=0.06)


def test_frequencies_are_public_and_of_the_kernels_spectrum() -> None:
    W = frequencies(6, 3000, GAMMA, 7)
    assert np.array_equal(W, frequencies(6, 3000, GAMMA, 7))
    assert not np.array_equal(W, frequencies(6, 3000, GAMMA, 8))
    assert W.std(axis=1) == pytest.approx(math.sqrt(2 * GAMMA), rel=0.1)
    block = W[:, :6] / np.linalg.norm(W[:, :6], axis=0)
    assert block.T @ block == pytest.approx(np.eye(6), abs=1e-5)  # orthogonal in blocks


def test_the_mean_of_features_does_not_depend_on_blocks() -> None:
    W = frequencies(4, 32, GAMMA, 7)
    expected = features(X, W).astype(np.float64).mean(axis=0)
    assert mean_features([X], W) == pytest.approx(expected, abs=1e-6)
    assert mean_features([X[:10], X[10:11], X[11:]], W) == pytest.approx(expected, abs=1e-6)
