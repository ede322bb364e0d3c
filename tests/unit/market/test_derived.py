# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from lwnode.market.derived import framed, joint
from lwnode.specification.frame import public_rows
from lwnode.specification.kernels import gaussian, squared_distances
from tests.support.market import domain, mixed, numbers, patients, plain_figures, sketch


def monte_carlo(spec, rows):
    cross = gaussian(rows, spec.points, spec.gamma) @ spec.weights
    K = gaussian(rows, rows, spec.gamma)
    off = (K.sum() - len(K)) / (len(K) * (len(K) - 1))
    return spec.norm2 - 2 * cross.mean() + off


@pytest.mark.parametrize(("profile", "columns"), [(numbers(3), domain(0, 300, 3)), (mixed(), patients(0, 300))])
def test_the_reference_is_somebody_who_knows_only_the_scales(profile, columns) -> None:
    spec = framed(sketch(columns, profile), profile)
    rows = public_rows(profile, 4000, np.random.default_rng(1))
    assert spec.reference2 == pytest.approx(monte_carlo(spec, rows), rel=0.03)


def test_references_follow_the_closed_form() -> None:
    profile = numbers(4)
    specification = sketch(domain(2, 200, 4), profile, size=12)
    plain = plain_figures(domain(2, 12, 4)["c0"][:, None].repeat(4, axis=1), specification)
    spec = framed(specification, profile)
    assert spec.reference2 == pytest.approx(plain["reference2"], rel=1e-9)
    assert spec.wide2 == pytest.approx(plain["wide2"], rel=1e-9)


def test_dependence_is_the_norm_of_joint_minus_product() -> None:
    profile = numbers(2)
    spec = framed(sketch(domain(3, 100, 2), profile, size=6), profile)
    Z, b, gamma = spec.points, spec.weights, profile.gamma
    pairs = np.array([[x, y] for x in Z[:, 0] for y in Z[:, 1]])
    weights = np.concatenate([b, -np.outer(b, b).ravel()])
    points = np.concatenate([Z, pairs])
    assert spec.dependence2 == pytest.approx(weights @ gaussian(points, points, gamma) @ weights, rel=1e-9)


@pytest.mark.parametrize("private", [False, True])
def test_a_specification_covers_its_own_rows_and_few_of_nobody(private: bool) -> None:
    profile = numbers(6)
    spec = framed(sketch(domain(4, 800), profile, private=private), profile)
    own = np.stack(list(domain(4, 2000, draw=1).values()), axis=1)
    covered = spec.covers(squared_distances(own, spec.points)).mean()
    assert covered == pytest.approx(1 - spec.level, abs=0.06)
    assert spec.false_rate < 0.3


def test_a_mixture_is_the_joint_point_set() -> None:
    profile = numbers(4)
    first, second = (framed(sketch(domain(s, 400, 4), profile, private=True, size=10), profile) for s in (5, 6))
    both = joint([first, second], np.array([0.25, 0.75]))
    K = gaussian(first.points, second.points, profile.gamma)
    expected = 0.0625 * first.norm2 + 0.5625 * second.norm2 + 2 * 0.1875 * (first.weights @ K @ second.weights)
    assert both.norm2 == pytest.approx(expected)
    assert both.residual2 == pytest.approx(0.0625 * first.residual2 + 0.5625 * second.residual2)
    assert both.noise**2 == pytest.approx(0.0625 * first.noise**2 + 0.5625 * second.noise**2)
    assert 1 / both.rows == pytest.approx(0.0625 / first.rows + 0.5625 / second.rows)
    assert both.level == pytest.approx(0.25 * first.level + 0.75 * second.level)
    assert both.private
