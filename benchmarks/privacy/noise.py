# SPDX-License-Identifier: Apache-2.0
"""The noise of private releases, against the accountant of another house."""

from __future__ import annotations

import math

import dp_accounting
import numpy as np

from benchmarks.harness import Row, at_most
from lwnode.errors import PrivacyBudgetError
from lwnode.specification import compose, default_delta, epsilon_for, mu_for, plan_release, published_rows
from lwnode.specification.scalars import residual_sensitivity

CASES = 200
_ROUNDING = 1e-9  # of floats, relative


def measure(*, quick: bool) -> list[Row]:
    """Return the largest relative differences, and how often noise was too small."""
    rng = np.random.default_rng(0)
    apart, under, plans = [], 0, 0
    while len(apart) < CASES:
        epsilon = float(np.exp(rng.uniform(math.log(0.1), math.log(10.0))))
        rows = int(np.exp(rng.uniform(math.log(200), math.log(1e6))))
        stated = float(10.0 ** rng.uniform(-9, -3)) if rng.random() < 0.5 else None
        delta = default_delta(rows) if stated is None else stated
        reach = float(rng.choice([math.sqrt(2.0), 2.0]))
        exact = dp_accounting.get_sigma_gaussian(epsilon, delta)
        try:
            plan = plan_release(rows, reach=reach, epsilon=epsilon, delta=stated)
        except PrivacyBudgetError:
            ours = 1.0 / mu_for(epsilon, delta)
        else:
            plans += 1
            n = published_rows(rows)
            parts = (
                reach / n / plan.embedding_noise,
                residual_sensitivity(rows, 1) / plan.residual_noise,
                1.0 / plan.count_noise,
            )
            ours = 1.0 / math.hypot(*parts)
        apart.append(abs(ours / exact - 1.0))
        under += ours < exact * (1.0 - _ROUNDING)
    return [
        at_most("noise of a release against dp-accounting", "relative", max(apart), 1e-4, cases=CASES, releases=plans),
        at_most("releases with too little noise", "releases", under, 0, cases=CASES),
        *_compositions(rng),
    ]


def _compositions(rng: np.random.Generator) -> list[Row]:
    """Compose 1 to 20 releases here and there."""
    apart, under = [], 0
    for _ in range(CASES):
        mus = np.exp(rng.uniform(math.log(0.02), math.log(2.0), size=rng.integers(1, 21)))
        delta = float(10.0 ** rng.uniform(-9, -3))
        ours = epsilon_for(compose(mus), delta)
        exact = dp_accounting.get_epsilon_gaussian(1.0 / math.sqrt(float((mus**2).sum())), delta)
        apart.append(abs(ours / exact - 1.0) if exact > 0 else abs(ours))
        under += ours < exact * (1.0 - _ROUNDING)
    return [
        at_most("epsilon of a composition against dp-accounting", "relative", max(apart), 1e-4, cases=CASES),
        at_most("compositions said to cost too little", "compositions", under, 0, cases=CASES),
    ]
