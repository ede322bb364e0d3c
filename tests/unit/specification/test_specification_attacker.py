# SPDX-License-Identifier: Apache-2.0
"""What an attacker could learn, as a person reads it; exact limits of what was measured."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from lwnode.errors import SettingsError
from lwnode.specification import default_delta, mu_for
from lwnode.specification.audit import attacker, clopper_pearson, resolution


@pytest.mark.parametrize(("epsilon", "of_100"), [(0.5, 55), (1.0, 58), (2.0, 64), (4.0, 75), (8.0, 89)])
def test_the_figures_of_the_scale(epsilon: float, of_100: int) -> None:
    found = attacker([mu_for(epsilon, 1e-5)], delta=1e-5)
    assert (found.of_100, found.epsilon, found.releases, found.unit) == (of_100, epsilon, 1, "record")


@pytest.mark.parametrize(("releases", "epsilon", "of_100"), [(2, 1.47, 61), (4, 2.16, 65)])
def test_releases_compose(releases: int, epsilon: float, of_100: int) -> None:
    found = attacker([mu_for(1.0, 1e-5)] * releases, delta=1e-5)
    assert (found.epsilon, found.of_100) == (epsilon, of_100)


def test_delta_follows_from_the_rows() -> None:
    few, many = attacker([0.5], rows=3000), attacker([0.5], rows=1_000_000)
    assert (few.delta, many.delta) == (default_delta(3000), default_delta(1_000_000))
    assert many.epsilon > few.epsilon
    assert many.of_100 == few.of_100  # of the same noise


def test_nothing_released_is_a_coin_and_no_noise_is_certainty() -> None:
    nothing, all_of_it = attacker([], rows=100), attacker([0.3, math.inf], rows=100)
    assert (nothing.of_100, nothing.epsilon, nothing.tpr_percent_at_1) == (50, 0.0, 1.0)
    assert (all_of_it.of_100, all_of_it.epsilon, all_of_it.tpr_percent_at_1) == (100, math.inf, 100.0)


def test_figures_are_never_rounded_down() -> None:
    from lwnode.specification import attacker_auc, attacker_tpr, epsilon_for

    for mu in np.linspace(0.01, 3.0, 50):
        found = attacker([mu], delta=1e-6)
        assert found.of_100 >= 100 * attacker_auc(mu) - 1e-5
        assert found.tpr_percent_at_1 >= 100 * attacker_tpr(mu, 0.01) - 1e-5
        assert 0 <= found.epsilon - epsilon_for(mu, 1e-6) + 1e-7 < 0.0101


def test_several_rows_make_it_about_a_person() -> None:
    found = attacker([0.3], rows=500, rows_per_person=4)
    assert (found.unit, found.rows_per_person) == ("person", 4)


@pytest.mark.parametrize("given", [{}, {"rows": 0}, {"delta": 1.0}, {"rows": 9, "rows_per_person": 0}])
def test_numbers_out_of_range_are_refused(given: dict) -> None:
    with pytest.raises(SettingsError):
        attacker([0.3], **given)
    with pytest.raises(SettingsError):
        attacker([-0.1], rows=100)


@pytest.mark.parametrize(("right", "of"), [(0, 10), (1, 10), (52, 100), (10, 10), (400, 900)])
def test_limits_are_clopper_and_pearsons(right: int, of: int) -> None:
    exact = binomtest(right, of).proportion_ci(confidence_level=0.95, method="exact")
    assert clopper_pearson(right, of) == pytest.approx((exact.low, exact.high))


def test_half_a_right_answer_narrows_nothing() -> None:
    assert clopper_pearson(5.5, 10) == (clopper_pearson(5, 10)[0], clopper_pearson(6, 10)[1])
    assert clopper_pearson(0, 0) == (0.0, 1.0)


def test_more_pairs_resolve_more() -> None:
    steps = [resolution(0.575, of) for of in (50, 200, 1000, 10_000)]
    assert steps == sorted(steps, reverse=True)
    assert 0.12 < steps[1] < 0.15
    assert steps[3] < 0.02


def test_a_mechanism_on_the_bound_passes() -> None:
    rng, of, bound = np.random.default_rng(0), 400, 0.575
    highs = [clopper_pearson(right, of)[1] for right in rng.binomial(of, bound, size=400)]
    above = [clopper_pearson(right, of)[1] for right in rng.binomial(of, bound + resolution(bound, of), size=400)]
    assert np.mean(np.array(highs) <= bound + resolution(bound, of)) > 0.95
    assert np.mean(np.array(above) <= bound + resolution(bound, of)) < 0.5
