# SPDX-License-Identifier: Apache-2.0
"""Gaussian and sampled releases together, against closed forms and an independent integration."""

import dp_accounting
import numpy as np
import pytest
from dp_accounting import pld
from dp_accounting.privacy_accountant import NeighboringRelation
from scipy import optimize
from scipy.special import ndtr

from lwnode.errors import DocumentError, SettingsError
from lwnode.specification import compose, epsilon_for
from lwnode.specification.composition import Gaussian, SampledGaussian, epsilon_of, from_text, noise_for

DELTA = 1e-5
TRAININGS = [
    SampledGaussian(noise=2.0, rate=0.02, steps=500),
    SampledGaussian(noise=4.0, rate=0.1, steps=200),
    SampledGaussian(noise=3.0, rate=0.01, steps=100),
]


def test_gaussian_releases_cost_what_accounting_says() -> None:
    releases = [Gaussian(mu=0.1), Gaussian(mu=0.268), Gaussian(mu=1.0)]
    assert epsilon_of(releases, DELTA) == epsilon_for(compose([0.1, 0.268, 1.0]), DELTA)
    assert epsilon_of([], DELTA) == 0.0


def test_a_sample_of_everything_is_the_plain_release() -> None:
    every = SampledGaussian(noise=8.0, rate=1.0, steps=50)
    assert epsilon_of([every], DELTA) == pytest.approx(epsilon_for(2 / 8 * 50**0.5, DELTA), rel=1e-12)


def test_nearly_everything_comes_from_below_to_the_plain_release() -> None:
    near = epsilon_of([SampledGaussian(noise=8.0, rate=0.9999, steps=50)], DELTA)
    plain = epsilon_for(2 / 8 * 50**0.5, DELTA)
    assert plain * 0.995 < near <= plain * (1 + 1e-4)


@pytest.mark.parametrize("release", TRAININGS)
def test_a_training_agrees_with_dp_accounting(release: SampledGaussian) -> None:
    accountant = pld.PLDAccountant(NeighboringRelation.REPLACE_ONE, value_discretization_interval=3e-5)
    step = dp_accounting.PoissonSampledDpEvent(release.rate, dp_accounting.GaussianDpEvent(release.noise))
    accountant.compose(dp_accounting.SelfComposedDpEvent(step, release.steps))
    assert epsilon_of([release], DELTA) == pytest.approx(accountant.get_epsilon(DELTA), rel=1e-4)


def _exact_delta(noise: float, rate: float, epsilon: float) -> float:
    """The divergence of ``(1 - q) N(0) + q N(-1)`` from ``(1 - q) N(0) + q N(1)``, in closed form."""

    def tail(x: float, side: float) -> float:
        return (1 - rate) * float(ndtr(x / noise)) + rate * float(ndtr((x - side) / noise))

    def loss(x: float) -> float:
        far, near = np.exp((-x - 0.5) / noise**2), np.exp((x - 0.5) / noise**2)
        return float(np.log1p(rate * (far - 1)) - np.log1p(rate * (near - 1)))

    # the loss falls in x, so the best region is everything below one point
    end = optimize.brentq(lambda x: loss(x) - epsilon, -30 * noise, 30 * noise, xtol=1e-14)
    return tail(end, -1.0) - float(np.exp(epsilon)) * tail(end, 1.0)


@pytest.mark.parametrize(("noise", "rate"), [(1.0, 0.3), (2.0, 0.05), (0.7, 0.5)])
@pytest.mark.parametrize("delta", [1e-2, 1e-4])
def test_one_step_is_never_said_to_cost_less_nor_much_more(noise: float, rate: float, delta: float) -> None:
    epsilon = epsilon_of([SampledGaussian(noise=noise, rate=rate, steps=1)], delta)
    assert _exact_delta(noise, rate, epsilon) <= delta * (1 + 1e-9)
    assert _exact_delta(noise, rate, epsilon * (1 - 1e-4)) > delta


def test_sampled_and_plain_releases_add_up() -> None:
    sampled, plain = TRAININGS[0], Gaussian(mu=0.3)
    both = epsilon_of([plain, sampled], DELTA)
    assert both == pytest.approx(epsilon_of([sampled, plain], DELTA), rel=1e-9)
    assert max(epsilon_of([sampled], DELTA), epsilon_of([plain], DELTA)) < both
    assert both < epsilon_of([sampled], DELTA) + epsilon_of([plain], DELTA)
    grid = pld.PLDAccountant(NeighboringRelation.REPLACE_ONE, value_discretization_interval=3e-5)
    grid.compose(dp_accounting.GaussianDpEvent(2 / 0.3))  # a replaced row is two sensitivities there
    step = dp_accounting.PoissonSampledDpEvent(sampled.rate, dp_accounting.GaussianDpEvent(sampled.noise))
    grid.compose(dp_accounting.SelfComposedDpEvent(step, sampled.steps))
    assert both == pytest.approx(grid.get_epsilon(DELTA), rel=1e-3)


def test_a_group_of_rows_costs_more_than_one_and_less_than_all_in_every_step() -> None:
    def cost(rows: int) -> float:
        release = SampledGaussian.of_rows(noise=20.0, clip=1.0, row_rate=0.01, steps=200, rows_per_person=rows)
        return epsilon_of([release], DELTA)

    costs = [cost(rows) for rows in (1, 2, 5)]
    assert costs == sorted(costs)
    assert costs[2] < epsilon_for(2 * 5 / 20 * 200**0.5, DELTA)
    release = SampledGaussian.of_rows(noise=6.0, clip=1.5, row_rate=0.1, steps=3, rows_per_person=2)
    assert release.noise == pytest.approx(2.0)
    assert release.rate == pytest.approx(0.19)


def test_the_noise_for_a_budget_keeps_it_and_wastes_little() -> None:
    spent = [Gaussian(mu=0.1)]
    noise = noise_for(epsilon=1.0, delta=DELTA, rate=0.02, steps=10, spent=spent)
    assert 0.999 < epsilon_of([*spent, SampledGaussian(noise=noise, rate=0.02, steps=10)], DELTA) <= 1.0
    with pytest.raises(SettingsError, match="nothing is left"):
        noise_for(epsilon=0.2, delta=DELTA, rate=0.02, steps=300, spent=[Gaussian(mu=1.0)])


@pytest.mark.parametrize(
    "release", [*TRAININGS, Gaussian(mu=0.26805112321129443), Gaussian(mu=2.0), Gaussian(mu=1e-12), Gaussian(mu=1e22)]
)
def test_texts_go_both_ways(release: Gaussian | SampledGaussian) -> None:
    assert from_text(release.to_text()) == release


def test_texts_are_as_documented() -> None:
    assert Gaussian(mu=0.25).to_text() == "gaussian/1 mu=0.25"
    assert TRAININGS[0].to_text() == "sampled-gaussian/1 noise=2 rate=0.02 steps=500"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gaussian/1 mu=0.250",
        "gaussian/1 mu=-1",
        "gaussian/1 mu=0",
        "gaussian/1 mu=nan",
        "gaussian/1 mu=inf",
        "gaussian/1 mu=1e999",
        "gaussian/1 mu=1 ",
        "gaussian/2 mu=1",
        "gaussian/1 mu=2.0",
        "sampled-gaussian/1 noise=2 rate=1.5 steps=500",
        "sampled-gaussian/1 noise=2 rate=0.1 steps=0",
        "sampled-gaussian/1 noise=2 rate=0.1 steps=99999999999999999999",
        "sampled-gaussian/1 noise=2 rate=0.1 steps=5\n",
        "gaussian/1 mu=" + "1" * 5000,
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(DocumentError):
        from_text(text)


@pytest.mark.parametrize(
    "figures",
    [
        {"noise": 0.0},
        {"noise": np.inf},
        {"rate": 0.0},
        {"rate": 1.1},
        {"steps": 0},
        {"steps": 10**7},
        {"noise": np.nan},
    ],
)
def test_figures_that_mean_nothing_are_refused(figures: dict[str, float]) -> None:
    with pytest.raises(SettingsError):
        SampledGaussian(**{"noise": 1.0, "rate": 0.5, "steps": 3, **figures})  # type: ignore[arg-type]
