# SPDX-License-Identifier: Apache-2.0
"""Short vectors: what they estimate, and that they depend on nobody else."""

from __future__ import annotations

import itertools

import numpy as np

from lwnode.market.organizer import vector_of_rows, vectors_of
from lwnode.specification import mmd2, raw_matrix
from lwnode.specification.frame import to_frame
from lwnode.specification.kernels import gaussian
from tests.support.market import domain, mixed, numbers, patients, sketch

PROFILE = numbers(8)


def test_squared_distances_estimate_the_squared_mmd() -> None:
    specs = [sketch(domain(i, 300, 8), PROFILE, size=30, seed=i) for i in range(12)]
    vectors = vectors_of(specs, PROFILE).astype(np.float64)
    ratios = [
        float(np.sum((vectors[i] - vectors[j]) ** 2)) / mmd2(specs[i], specs[j])
        for i, j in itertools.combinations(range(12), 2)
    ]
    assert abs(np.mean(ratios) - 1.0) < 0.1
    assert np.std(ratios) < 0.25


def test_a_vector_is_the_same_whoever_else_is_there() -> None:
    specs = [sketch(domain(i, 80, 8), PROFILE, size=5 + i, seed=i) for i in range(6)]
    together = vectors_of(specs, PROFILE)
    for i, spec in enumerate(specs):
        np.testing.assert_allclose(vectors_of([spec], PROFILE)[0], together[i], atol=1e-6)
    assert vectors_of([], PROFILE).shape == (0, together.shape[1])


def test_rows_and_their_sketch_are_near() -> None:
    for profile, rows in ((PROFILE, domain(1, 500, 8)), (mixed(), patients(1, 500))):
        raw = raw_matrix(profile, rows)
        spec = sketch(rows, profile, size=60)
        X = to_frame(profile, raw)
        own = gaussian(X, X, profile.gamma).mean()
        cross = float((gaussian(X, spec.frame, profile.gamma) @ spec.weights).mean())
        norm2 = float(spec.weights @ gaussian(spec.frame, spec.frame, profile.gamma) @ spec.weights)
        estimate = float(np.sum((vector_of_rows(raw, profile) - vectors_of([spec], profile)).astype(float) ** 2))
        assert abs(estimate - (own - 2 * cross + norm2)) < 0.003
