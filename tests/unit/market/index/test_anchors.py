# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from lwnode.market.index.anchors import MARGIN, Anchors, matrix_margin
from lwnode.market.index.exact import Query, squared_norms
from lwnode.specification.kernels import gaussian
from tests.support.market import mixed, numbers


def sketches(profile, count: int, seed: int = 0, size: int = 12):
    rng = np.random.default_rng(seed)
    points = []
    for _ in range(count):
        spread = rng.choice([0.0, 0.05, 0.5, 2.0])
        points.append(np.clip(rng.normal(size=profile.width) + spread * rng.normal(size=(size, profile.width)), -4, 4))
    return points, [rng.dirichlet(np.ones(size)) for _ in range(count)]


def placed(anchors, points, weights):
    norms = squared_norms(points, weights, anchors.gamma)
    starts = np.cumsum([0] + [len(part) for part in points[:-1]])
    return anchors.vectors(np.concatenate(points), np.concatenate(weights), starts, norms), norms


def mmd2(points, weights, gamma):
    """All squared distances, written out plainly."""
    count = len(points)
    inner = np.array(
        [[weights[i] @ gaussian(points[i], points[j], gamma) @ weights[j] for j in range(count)] for i in range(count)]
    )
    own = np.diag(inner)
    return own[:, None] + own - 2 * inner


@pytest.mark.parametrize("profile", [numbers(1), numbers(6), numbers(40), mixed()], ids=["1", "6", "40", "mixed"])
@pytest.mark.parametrize("dimensions", [1, 16, 64, 500])
def test_short_vectors_are_never_further_apart_than_the_mmd(profile, dimensions: int) -> None:
    anchors = Anchors.of(profile, dimensions)
    points, weights = sketches(profile, 25)
    vectors, _ = placed(anchors, points, weights)
    exact = np.sqrt(np.maximum(mmd2(points, weights, profile.gamma), 0.0))
    short = np.linalg.norm(vectors[:, None] - vectors, axis=2)
    assert (short - MARGIN <= exact).all()
    stored = vectors.astype(np.float32)
    scanned = (stored**2).sum(axis=1)[:, None] + (stored**2).sum(axis=1) - 2 * stored @ stored.T
    proven = np.sqrt(np.maximum(scanned - matrix_margin(1.0, 1.0, dimensions), 0.0)) - MARGIN
    assert (proven <= exact).all()


def test_more_dimensions_bound_more_tightly_and_most_of_the_distance_is_seen() -> None:
    profile = numbers(6)
    points, weights = sketches(profile, 20)
    exact = mmd2(points, weights, profile.gamma)[np.triu_indices(20, 1)]
    seen = []
    for dimensions in (2, 16, 64):
        vectors, _ = placed(Anchors.of(profile, dimensions), points, weights)
        short = np.square(vectors[:, None] - vectors).sum(axis=2)[np.triu_indices(20, 1)]
        seen.append(float((short / exact).mean()))
    assert seen == sorted(seen)
    assert seen[-1] > 0.7  # single points are what a smooth coordinate sees least


def test_a_vector_has_the_length_of_the_embedding() -> None:
    profile = numbers(6)
    points, weights = sketches(profile, 8)
    vectors, norms = placed(Anchors.of(profile), points, weights)
    assert np.square(vectors).sum(axis=1) == pytest.approx(norms, abs=1e-12)
    plain = [b @ gaussian(Z, Z, profile.gamma) @ b for Z, b in zip(points, weights, strict=True)]
    assert norms == pytest.approx(plain, rel=1e-12)


def test_sizes_that_differ_change_nothing() -> None:
    profile = numbers(4)
    anchors = Anchors.of(profile)
    some, shares = sketches(profile, 3, size=5)
    more, parts = sketches(profile, 2, size=9, seed=1)
    together, _ = placed(anchors, [*some, *more], [*shares, *parts])
    assert together[:3] == pytest.approx(placed(anchors, some, shares)[0])
    assert together[3:] == pytest.approx(placed(anchors, more, parts)[0])


def test_anchors_follow_from_the_profile_alone() -> None:
    first, second = Anchors.of(numbers(5)), Anchors.of(numbers(5))
    assert np.array_equal(first.points, second.points)
    assert np.array_equal(first.axes, second.axes)


def test_inner_products_are_exact_whatever_their_order() -> None:
    profile = numbers(6)
    points, weights = sketches(profile, 5)
    rows = np.random.default_rng(3).normal(size=(30, 6))
    query = Query.of(rows, np.full(30, 1 / 30), profile.gamma)
    plain = [(gaussian(rows, Z, profile.gamma) @ b).mean() for Z, b in zip(points, weights, strict=True)]
    assert query.inner(points, weights) == pytest.approx(plain, rel=1e-12)
    assert query.inner(points[::-1], weights[::-1])[::-1] == pytest.approx(plain, rel=1e-12)
    assert query.norm2 == pytest.approx(gaussian(rows, rows, profile.gamma).mean())
