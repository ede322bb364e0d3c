# SPDX-License-Identifier: Apache-2.0
"""The price of a private release, its refusals, and the noise itself."""

import functools
import json
import math
import re

import numpy as np
import pytest

from lwnode.errors import PrivacyBudgetError, SettingsError
from lwnode.specification import mechanism, mu_for, plan_release
from lwnode.specification.noise import GRID, noised
from lwnode.specification.plan import MOST_NOISE
from tests.support.specification import numbers

priced = functools.partial(plan_release, reach=math.sqrt(2.0))


def test_noise_is_never_below_the_sensitivity_over_mu() -> None:
    for rows, g in ((1099, 1), (5050, 1), (90_000, 1), (4000, 7)):
        plan = priced(rows, epsilon=1.0, rows_per_person=g)
        mu = mu_for(1.0, plan.delta)
        assert plan.embedding_noise >= math.sqrt(2) * g / rows / (mu * math.sqrt(0.90))
        assert plan.residual_noise >= math.sqrt(2) * g / rows / (mu * math.sqrt(0.05))
        assert plan.count_noise >= g / (mu * math.sqrt(0.05))
    assert priced(90_000, epsilon=1.0).residual_noise >= 2 / 90_000 / (mu_for(1.0, 1e-5) * math.sqrt(0.05))


def test_the_plan_tells_no_more_of_the_rows_than_two_digits() -> None:
    assert priced(3000, epsilon=1.0) == priced(3099, epsilon=1.0)
    assert priced(12_001, epsilon=1.0) == priced(12_999, epsilon=1.0)
    assert priced(5000, epsilon=1.0) == priced(5099, epsilon=1.0)  # the residual changes its method there


@pytest.mark.parametrize(("epsilon", "person"), [(1.0, 1), (0.3, 1), (2.0, 5), (1.0, 400)])
def test_a_refusal_says_how_many_rows_or_which_epsilon_would_do(epsilon: float, person: int) -> None:
    with pytest.raises(PrivacyBudgetError, match=r"^80 rows .*too few") as caught:
        priced(80, epsilon=epsilon, rows_per_person=person)
    rows = int(re.search(r"at least (\d+) rows", caught.value.hint)[1])
    assert priced(rows, epsilon=epsilon, rows_per_person=person).embedding_noise <= MOST_NOISE
    with pytest.raises(PrivacyBudgetError):
        priced(rows - 1, epsilon=epsilon, rows_per_person=person)
    if named := re.search(r"epsilon ([\d.]+) would do", caught.value.hint):
        enough = float(named[1])
        assert priced(80, epsilon=enough, rows_per_person=person).embedding_noise <= MOST_NOISE
        with pytest.raises(PrivacyBudgetError):
            priced(80, epsilon=enough - 0.02, rows_per_person=person)
    else:
        assert person == 400  # no epsilon below the limit would do


def test_a_person_has_at_least_one_row() -> None:
    with pytest.raises(SettingsError):
        priced(1000, epsilon=1.0, rows_per_person=0)


def test_the_mechanism_is_one_text_for_one_draw() -> None:
    profile = numbers()
    text = mechanism(profile, 1, 1e-5, 1, 50)
    assert text == mechanism(profile, 1.0, 0.00001, 1, 50)
    assert json.loads(text)["profile"] == profile.id
    others = [
        mechanism(numbers(seed=8), 1, 1e-5, 1, 50),
        mechanism(profile, 1.1, 1e-5, 1, 50),
        mechanism(profile, 1, 1e-6, 1, 50),
        mechanism(profile, 1, 1e-5, 2, 50),
        mechanism(profile, 1, 1e-5, 1, 51),
    ]
    assert len({text, *others}) == 6


def test_noise_has_its_deviation_and_lies_on_the_grid() -> None:
    exact = np.full(20_000, 0.1)
    released = noised(exact, 0.02, np.random.default_rng(0))
    assert (released - 0.1).mean() == pytest.approx(0, abs=4 * 0.02 / math.sqrt(20_000))
    assert (released - 0.1).std() == pytest.approx(0.02, rel=0.03)
    assert np.array_equal(released / GRID, np.round(released / GRID))
    assert len(np.unique(released)) == 20_000  # the grid is fine enough for the noise


def test_noise_comes_from_the_generator_alone() -> None:
    exact = np.zeros(5)
    assert np.array_equal(noised(exact, 1.0, np.random.default_rng(3)), noised(exact, 1.0, np.random.default_rng(3)))
