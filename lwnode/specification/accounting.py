# SPDX-License-Identifier: Apache-2.0
"""Differential privacy in numbers: from (ε, δ) to the noise of a Gaussian release, and back.

Every release here is a Gaussian mechanism, and what counts is ``mu = sensitivity / standard deviation``: a release
with mu is mu-GDP (Dong, Roth and Su, JRSS-B 2022), several compose exactly to the root of the sum of squares, and
(ε, δ) follow without slack (Balle and Wang, ICML 2018, theorem 8).

Rules
-----
* Rounding never favours the releaser: `mu_for` returns a mu that keeps (ε, δ), `epsilon_for` an ε that holds for mu.
* The published δ and number of rows say no more of the number of rows than its first two digits.

Called by the release, the ledger and the budget display.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import NormalDist

from lwnode.errors import SettingsError

LARGEST_EPSILON = 100.0  # beyond it there is nothing left to protect
_NORMAL = NormalDist()
_STEPS = 200  # halvings of the search interval at most: down to the last bit of a float, which some sixty reach


def mu_for(epsilon: float, delta: float) -> float:
    """Return the largest mu of a Gaussian mechanism that is (ε, δ)-differentially private.

    Parameters
    ----------
    epsilon : float
        Above 0, at most `LARGEST_EPSILON`.
    delta : float
        Above 0, below 1.

    Raises
    ------
    SettingsError
        Outside these ranges.
    """
    if not 0.0 < epsilon <= LARGEST_EPSILON:
        raise SettingsError(
            f"epsilon must be above 0 and at most {LARGEST_EPSILON:g}", hint="1 is a good start; smaller protects more"
        )
    _check_delta(delta)
    low, high = 0.0, 50.0
    for _ in range(_STEPS):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        low, high = (middle, high) if _delta(epsilon, middle) <= delta else (low, middle)
    return low


def epsilon_for(mu: float, delta: float) -> float:
    """Return the smallest ε for which a mu-GDP release is (ε, δ)-differentially private.

    Raises
    ------
    SettingsError
        Mu is negative or not finite, δ is not between 0 and 1.
    """
    _check_delta(delta)
    if not 0.0 <= mu < math.inf:
        raise SettingsError("mu must be a number from 0 upwards")
    if mu == 0.0 or _delta(0.0, mu) <= delta:
        return 0.0
    low, high = 0.0, mu * mu / 2.0 + mu * math.sqrt(2.0 * math.log(1.0 / delta))  # a tail bound: delta is met there
    for _ in range(_STEPS):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        low, high = (low, middle) if _delta(middle, mu) <= delta else (middle, high)
    return high


def compose(mus: Iterable[float]) -> float:
    """Return the mu of several releases of the same rows together, ``sqrt(sum mu^2)``; 0 for none."""
    return math.hypot(*mus)


def default_delta(rows: int) -> float:
    """Return ``min(1e-5, 1 / (10 n))``, n rounded up to two digits so that δ does not give the number away.

    Raises
    ------
    SettingsError
        Fewer than one row.
    """
    return min(1e-5, 1.0 / (10 * -_rounded_down(-_positive(rows))))


def published_rows(rows: int) -> int:
    """Return the number of rows that may be said aloud: rounded down to two digits.

    Raises
    ------
    SettingsError
        Fewer than one row.
    """
    return _rounded_down(_positive(rows))


def attacker_auc(mu: float) -> float:
    """Return the best area under the curve that any membership attack on a mu-GDP release can reach."""
    return _NORMAL.cdf(mu / math.sqrt(2.0))


def attacker_tpr(mu: float, fpr: float) -> float:
    """Return the best true positive rate of a membership attack at a false positive rate in (0, 1)."""
    return _NORMAL.cdf(_NORMAL.inv_cdf(fpr) + mu)


def _delta(epsilon: float, mu: float) -> float:
    """Return the δ at which a mu-GDP release is (ε, δ)-private: Φ(μ/2 - ε/μ) - e^ε Φ(-μ/2 - ε/μ)."""
    from scipy.special import log_ndtr

    if mu == 0.0:
        return 0.0
    return float(math.exp(log_ndtr(mu / 2 - epsilon / mu)) - math.exp(epsilon + log_ndtr(-mu / 2 - epsilon / mu)))


def _check_delta(delta: float) -> None:
    if not 0.0 < delta < 1.0:
        raise SettingsError(
            "delta must be between 0 and 1", hint="leave it out, and it follows from the number of rows"
        )


def _positive(rows: int) -> int:
    if rows < 1:
        raise SettingsError("there must be at least one row")
    return rows


def _rounded_down(number: int) -> int:
    """Round towards minus infinity to two digits."""
    unit = int(10 ** max(0, len(str(abs(number))) - 2))
    return number // unit * unit
