# SPDX-License-Identifier: Apache-2.0
"""From a budget to noise and back, against an independent implementation."""

import dp_accounting
import numpy as np
import pytest
from dp_accounting import pld

from lwnode.errors import SettingsError
from lwnode.specification import (
    attacker_auc,
    attacker_tpr,
    compose,
    default_delta,
    epsilon_for,
    mu_for,
    plan_release,
    published_rows,
)

BUDGETS = [(e, d) for e in (0.01, 0.1, 0.5, 1.0, 2.0, 4.0, 8.0, 30.0) for d in (1e-3, 1e-5, 1e-8)]


@pytest.mark.parametrize(("epsilon", "delta"), BUDGETS)
def test_noise_agrees_with_dp_accounting(epsilon: float, delta: float) -> None:
    assert 1 / mu_for(epsilon, delta) == pytest.approx(dp_accounting.get_sigma_gaussian(epsilon, delta), rel=1e-6)


@pytest.mark.parametrize("mu", [0.05, 0.268, 1.0, 3.0])
@pytest.mark.parametrize("delta", [1e-4, 1e-7])
def test_epsilon_agrees_with_dp_accounting(mu: float, delta: float) -> None:
    assert epsilon_for(mu, delta) == pytest.approx(dp_accounting.get_epsilon_gaussian(1 / mu, delta), rel=1e-6)


@pytest.mark.parametrize(("epsilon", "delta"), BUDGETS)
def test_epsilon_and_mu_are_inverse(epsilon: float, delta: float) -> None:
    assert epsilon_for(mu_for(epsilon, delta), delta) == pytest.approx(epsilon, rel=1e-9)


def test_the_parts_of_a_release_compose_to_what_is_charged() -> None:
    plan = plan_release(3000, reach=np.sqrt(2), epsilon=1.0)
    accountant = pld.PLDAccountant()
    for sensitivity, deviation in (
        (np.sqrt(2) / 3000, plan.embedding_noise),
        (np.sqrt(2) / 3000, plan.residual_noise),
        (1, plan.count_noise),
    ):
        accountant.compose(dp_accounting.GaussianDpEvent(deviation / sensitivity))
    assert 0.99 < accountant.get_epsilon(plan.delta) <= 1.0


def test_composition_is_the_root_of_squares() -> None:
    assert compose([]) == 0.0
    assert compose([0.3, 0.4]) == pytest.approx(0.5)
    four = epsilon_for(compose([mu_for(1.0, 1e-5)] * 4), 1e-5)
    assert 1.0 < four < 4.0  # cheaper than adding the epsilons


def test_many_releases_stay_finite() -> None:
    assert epsilon_for(compose([5.0] * 1000), 1e-6) == pytest.approx(158.1**2 / 2, rel=0.1)
    assert epsilon_for(0.0, 1e-6) == 0.0


@pytest.mark.parametrize(
    ("rows", "said"), [(7, 7), (99, 99), (100, 100), (119, 110), (3000, 3000), (12_345, 12_000), (999_999, 990_000)]
)
def test_rows_are_rounded_down_to_two_digits(rows: int, said: int) -> None:
    assert published_rows(rows) == said


@pytest.mark.parametrize("rows", [1, 100, 9_999, 10_000, 12_345, 20_000, 999_999, 1_000_001])
def test_delta_stays_below_its_rule_and_tells_the_bucket_only(rows: int) -> None:
    assert default_delta(rows) <= min(1e-5, 1 / (10 * rows)) * (1 + 1e-12)
    assert default_delta(rows) >= 0.9 * min(1e-5, 1 / (10 * rows))
    assert default_delta(20_000) == pytest.approx(5e-6)
    assert default_delta(12_001) == default_delta(12_999)


def test_bounds_on_attackers() -> None:
    assert attacker_auc(0.0) == pytest.approx(0.5)
    assert attacker_auc(mu_for(1.0, 1e-5)) == pytest.approx(0.575, abs=5e-4)
    assert attacker_tpr(mu_for(1.0, 1e-5), 0.01) == pytest.approx(0.020, abs=5e-4)
    assert attacker_tpr(mu_for(8.0, 1e-5), 0.01) == pytest.approx(0.255, abs=5e-4)


@pytest.mark.parametrize(
    ("epsilon", "delta"), [(0.0, 1e-5), (-1.0, 1e-5), (float("nan"), 1e-5), (101.0, 1e-5), (1.0, 0.0), (1.0, 1.0)]
)
def test_budgets_out_of_range_are_refused(epsilon: float, delta: float) -> None:
    with pytest.raises(SettingsError):
        mu_for(epsilon, delta)


@pytest.mark.parametrize("mu", [-0.1, float("inf"), float("nan")])
def test_a_mu_out_of_range_is_refused(mu: float) -> None:
    with pytest.raises(SettingsError):
        epsilon_for(mu, 1e-5)


def test_no_rows_are_refused() -> None:
    for rule in (default_delta, published_rows):
        with pytest.raises(SettingsError):
            rule(0)
