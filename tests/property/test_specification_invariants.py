# SPDX-License-Identifier: Apache-2.0
"""What must hold for every table: round trips, metric properties, and the sensitivities behind the privacy claim."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lwnode.specification import Specification, from_frame, mmd2, mu_for, published_rows, to_frame
from lwnode.specification import scalars as scalars_module
from lwnode.specification.accounting import compose, epsilon_for
from lwnode.specification.audit.row_index import RowIndex
from lwnode.specification.features import RandomFeatures, features, frequencies
from lwnode.specification.frame import LEVEL, blocks, box, public_rows
from lwnode.specification.kernels import gaussian
from lwnode.specification.landmarks import Landmarks
from lwnode.specification.scalars import count_below, residual, residual_sensitivity
from lwnode.specification.simplex import simplex_weights
from tests.support.specification import mixed, numbers, private_card

SEEDS = st.integers(0, 2**32 - 1)
ANYTHING = st.floats(allow_nan=True, allow_infinity=True, width=64)


def random_specification(seed: int, *, profile=None) -> Specification:
    rng = np.random.default_rng(seed)
    profile = profile or mixed()
    size = int(rng.integers(1, 30))
    frame = rng.uniform(*box(profile), size=(size, profile.width))
    return Specification(
        points=from_frame(profile, frame), weights=rng.dirichlet(np.ones(size)), profile=profile,
        card=private_card(profile),
    )  # fmt: skip


@given(SEEDS)
@settings(max_examples=50, deadline=None)
def test_files_round_trip(seed: int) -> None:
    spec = random_specification(seed)
    again = Specification.from_bytes(spec.to_bytes(), spec.card, spec.profile)
    assert again.to_bytes() == spec.to_bytes()
    assert np.array_equal(again.frame, spec.frame)


@given(arrays(np.float64, (6, 7), elements=ANYTHING))
@settings(max_examples=200, deadline=None)
def test_whatever_the_rows_the_frame_is_finite_and_inside_its_box(raw: np.ndarray) -> None:
    frame = to_frame(mixed(), raw)
    low, high = box(mixed())
    assert np.isfinite(frame).all()
    assert ((frame >= low) & (frame <= high)).all()
    missing = ~np.isfinite(raw)
    assert (frame[:, [0, 3]][missing[:, [0, 3]]] == 0).all()
    assert (frame[missing[:, 4:].any(axis=1), 4:] == LEVEL / 3).all()


@given(SEEDS, st.floats(-1000, 1000), st.floats(0.5, 1e6))
@settings(max_examples=100, deadline=None)
def test_the_frame_and_raw_units_are_inverse(seed: int, middle: float, width: float) -> None:
    columns = tuple(dataclasses.replace(c, low=middle - width, high=middle + width) for c in numbers(2).columns)
    profile = dataclasses.replace(numbers(2), columns=columns)
    frame = np.random.default_rng(seed).uniform(-4, 4, size=(5, 2))
    assert to_frame(profile, from_frame(profile, frame).astype(float)) == pytest.approx(frame, abs=1e-3)


@given(SEEDS, SEEDS, SEEDS)
@settings(max_examples=60, deadline=None)
def test_the_distance_is_a_metric(first: int, second: int, third: int) -> None:
    a, b, c = (random_specification(seed) for seed in (first, second, third))
    ab, bc, ac = (math.sqrt(mmd2(x, y)) for x, y in ((a, b), (b, c), (a, c)))
    assert 0 <= ab <= math.sqrt(2)
    assert mmd2(a, b) == pytest.approx(mmd2(b, a), abs=1e-12)
    assert mmd2(a, a) == pytest.approx(0, abs=1e-12)
    assert ac <= ab + bc + 1e-9


@given(arrays(np.float64, (8, 3), elements=st.floats(-4, 4)), st.integers(0, 50), st.integers(1, 64))
@settings(max_examples=100, deadline=None)
def test_every_row_has_a_feature_vector_of_norm_one(rows: np.ndarray, seed: int, count: int) -> None:
    phi = features(rows, frequencies(3, count, 0.7, seed)).astype(np.float64)
    assert np.linalg.norm(phi, axis=1) == pytest.approx(1, abs=1e-6)


@given(SEEDS, st.integers(1, 4), st.integers(5, 40), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_person_moves_nothing_by_more_than_is_planned(seed: int, person: int, n: int, many: bool) -> None:
    """Replace one person's rows by the farthest others there are, under both methods of the residual."""
    rng = np.random.default_rng(seed)
    profile = numbers(3, gamma=float(rng.choice([0.1, 1 / 3, 5.0])))
    one = rng.normal(size=(n, 3)) * rng.choice([0.1, 1.0, 3.0])
    other = one.copy()
    of = Landmarks.of(profile) if rng.random() < 0.5 else RandomFeatures.of(profile, 32, one)
    if rng.random() < 0.5:
        one[:person], other[:person] = rng.uniform(-4, 4, 3), rng.choice([-4.0, 4.0, 0.0], 3)
    else:  # where coordinates are longest
        near = public_rows(profile, 200, rng)
        one[:person] = near[0]
        other[:person] = near[np.argmin(gaussian(near[:1], near, profile.gamma))]
    moved = of.mean(blocks(profile, one)) - of.mean(blocks(profile, other))
    assert np.linalg.norm(moved) <= of.reach * person / n * (1 + 1e-6)

    Z = one[: max(1, n // 3)] if rng.random() < 0.5 else rng.uniform(-4, 4, (4, 3))
    b = rng.dirichlet(np.ones(len(Z)))
    exact_rows = scalars_module.EXACT_ROWS
    scalars_module.EXACT_ROWS = 0 if many else exact_rows
    try:
        change = abs(residual(Z, b, profile, one) - residual(Z, b, profile, other))
        assert change <= residual_sensitivity(n, person) * (1 + 1e-5)
    finally:
        scalars_module.EXACT_ROWS = exact_rows
    tail = float(rng.uniform(0, 0.5))
    assert abs(count_below(Z, b, tail, profile, one) - count_below(Z, b, tail, profile, other)) <= person


def test_the_planned_sensitivity_of_the_residual_is_reached() -> None:
    """Without this, a bound that is far too generous would pass: here one row moves it by 0.9 of the plan."""
    profile = numbers(3)
    far, near = np.full((1, 3), 4.0), np.full((1, 3), -4.0)
    rows = np.concatenate([np.tile(near, (9, 1)), near])
    other = np.concatenate([np.tile(near, (9, 1)), far])
    change = abs(residual(near, np.ones(1), profile, rows) - residual(near, np.ones(1), profile, other))
    assert change > 0.9 * residual_sensitivity(10, 1)


@given(st.floats(1e-3, 50), st.floats(1e-12, 0.5))
@settings(max_examples=200, deadline=None)
def test_budget_and_noise_are_inverse(epsilon: float, delta: float) -> None:
    mu = mu_for(epsilon, delta)
    assert mu > 0
    assert epsilon_for(mu, delta) == pytest.approx(epsilon, rel=1e-6, abs=1e-9)
    assert epsilon_for(compose([mu, mu]), delta) >= epsilon


@given(st.integers(1, 10**9))
def test_published_rows_are_few_and_never_too_many(rows: int) -> None:
    said = published_rows(rows)
    assert said <= rows < said * 1.1 + 1
    assert len(str(said).rstrip("0")) <= 2


@given(SEEDS, st.integers(1, 12))
@settings(max_examples=80, deadline=None)
def test_simplex_weights_beat_every_corner(seed: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(m, m + 2))
    K, c = A @ A.T, rng.normal(size=m)
    b = simplex_weights(K, c)
    assert b.min() >= 0
    assert b.sum() == pytest.approx(1)
    corners = np.diag(K) - 2 * c
    assert b @ K @ b - 2 * b @ c <= corners.min() + 1e-4 * (1 + abs(corners).max())


@given(SEEDS, st.integers(4, 12), st.integers(0, 200))
@settings(max_examples=100, deadline=None)
def test_a_row_put_anywhere_is_found_and_the_same_array_without_it_is_clean(seed: int, f: int, at: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(50, f)) * 10.0 ** rng.integers(-3, 4, f)
    index = RowIndex(rows, np.full(rows.shape, 1 / 50))
    cells = rng.normal(size=400).astype(np.float32).astype(np.float64)
    assert index.stored_in(cells, rounding=5e-7) == 0
    cells[at : at + f] = rows[7].astype(np.float32)
    assert index.stored_in(cells, rounding=5e-7) == 1


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_public_rows_lie_in_the_box(seed: int) -> None:
    rows = public_rows(mixed(), 20, np.random.default_rng(seed))
    low, high = box(mixed())
    assert ((rows >= low) & (rows <= high)).all()
