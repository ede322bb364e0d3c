# SPDX-License-Identifier: Apache-2.0
"""What several private releases cost together, where not all of them are plain Gaussian ones.

Two kinds of release are known here:

`Gaussian`
    One Gaussian mechanism, or any number of them composed: mu-GDP.
`SampledGaussian`
    Steps of a Gaussian mechanism on a Poisson sample of the rows, as in stochastic gradient descent.

Rules
-----
* Neighbouring tables differ in one person, whose rows are *replaced*.  With clipping at C a step of a sampled release
  is dominated by the pair ``(1 - q) N(0, s²) + q N(±1, s²)``, ``s`` the noise over ``rows_per_person * C``: see
  `SampledGaussian`.
* Where all releases are Gaussian the sum is exact (`lwnode.specification.accounting`); otherwise their privacy loss
  distributions are composed numerically, every rounding to the disadvantage of the releaser.
* A release has one canonical text, ``gaussian/1 mu=…`` or ``sampled-gaussian/1 noise=… rate=… steps=…``, figures as
  the shortest decimal that gives the same float again, so that a text is equal to another only where the release is.

Called by the private training, the ledger's sum and the budget display.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from lwnode.errors import DocumentError, SettingsError
from lwnode.specification.accounting import compose, epsilon_for, mu_for

if TYPE_CHECKING:
    from dp_accounting.pld.privacy_loss_distribution import PrivacyLossDistribution

STEP_LIMIT: Final = 1_000_000
TEXT_LIMIT: Final = 200  # characters
_GRAIN = 4e-5  # of the privacy loss of all steps together, about
_COARSEST = 5e-3
_LEAST_NOISE, _NOISE_GRAIN = 1e-2, 1e-4
_LOSS_BINS = 200_000.0  # of one release, about: bounds the work where noise is small
_NUMBER = r"(0|[1-9]\d*)(\.\d+)?(e[+-]\d+)?"
_GAUSSIAN = re.compile(rf"gaussian/1 mu=({_NUMBER})")
_SAMPLED = re.compile(rf"sampled-gaussian/1 noise=({_NUMBER}) rate=({_NUMBER}) steps=([1-9]\d*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaussian:
    """A release that is mu-GDP.

    Parameters
    ----------
    mu : float
        Sensitivity over standard deviation, positive and finite.
    """

    mu: float

    def __post_init__(self) -> None:
        """Refuse figures that mean nothing; `SettingsError`."""
        if not 0.0 < self.mu < math.inf:
            raise SettingsError("mu must be positive and finite")

    def to_text(self) -> str:
        """Return the canonical text."""
        return f"gaussian/1 mu={_shortest(self.mu)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledGaussian:
    """Steps of a Gaussian mechanism, each on a new Poisson sample of the rows.

    Parameters
    ----------
    noise : float
        Standard deviation of the noise on a sum, over the norm that all rows of one person together can have in it.
    rate : float
        Probability that at least one row of a person is in the sample, in (0, 1].
    steps : int
        1 to `STEP_LIMIT`.

    Notes
    -----
    Replacing a person's g rows turns ``P = Σ p_S N(u_S)`` into ``Q = Σ p_S N(v_S)``, S running over the sampled ones of
    them and ``|u_S|, |v_S| ≤ g C``.  Given that S is not empty, both are mixtures over the same S of
    ``(1 - q) N(0) + q N(u_S)`` and ``(1 - q) N(0) + q N(v_S)`` with ``q = 1 - (1 - rate of a row)^g``, and the
    hockey-stick divergence is jointly convex, so one S is the worst.  For it the divergence at α ≥ 1 is
    ``q max over A of N(u)(A) - α N(v)(A) - β N(0)(A)``, ``β ≥ 0``.  The best A is an up-set along u and, at right
    angles to v, a down-set in the direction that leads away from u; so by the envelope theorem the divergence never
    falls when v turns away from u, nor when u or v grow: the worst are opposite vectors of norm g C.  (α < 1 follows by
    exchanging P and Q.)
    """

    noise: float
    rate: float
    steps: int

    def __post_init__(self) -> None:
        """Refuse figures that mean nothing; `SettingsError`."""
        if not 0.0 < self.noise < math.inf:
            raise SettingsError("the noise must be positive and finite")
        if not 0.0 < self.rate <= 1.0:
            raise SettingsError("a sampling rate is above 0 and at most 1")
        if not 1 <= self.steps <= STEP_LIMIT:
            raise SettingsError(f"a release has 1 to {STEP_LIMIT} steps")

    @classmethod
    def of_rows(
        cls, *, noise: float, clip: float, row_rate: float, steps: int, rows_per_person: int
    ) -> SampledGaussian:
        """Return the release of a training with these settings.

        Parameters
        ----------
        noise : float
            Standard deviation on the sum of clipped gradients.
        clip : float
            Largest norm of one row's gradient.
        row_rate : float
            Probability of each row to be sampled.
        steps, rows_per_person : int
        """
        if rows_per_person < 1 or not 0.0 < clip < math.inf:
            raise SettingsError("a person has at least one row, and the clipping norm is positive")
        rate = -math.expm1(rows_per_person * math.log1p(-row_rate)) if 0.0 < row_rate < 1.0 else row_rate
        return cls(noise=noise / (clip * rows_per_person), rate=rate, steps=steps)

    def to_text(self) -> str:
        """Return the canonical text."""
        return f"sampled-gaussian/1 noise={_shortest(self.noise)} rate={_shortest(self.rate)} steps={self.steps}"


Release: TypeAlias = Gaussian | SampledGaussian


def from_text(text: str) -> Release:
    """Return the release that a canonical text names.

    Raises
    ------
    DocumentError
        Another text, also one that means a release but is not written as `to_text` does.
    """
    release: Release | None = None
    try:
        if len(text) <= TEXT_LIMIT:
            if found := _GAUSSIAN.fullmatch(text):
                release = Gaussian(mu=float(found[1]))
            elif found := _SAMPLED.fullmatch(text):
                release = SampledGaussian(noise=float(found[1]), rate=float(found[5]), steps=int(found[9]))
    except (SettingsError, ValueError) as error:
        raise DocumentError("a private release with figures that mean nothing") from error
    if release is None or release.to_text() != text:
        raise DocumentError("not the text of a private release")
    return release


def epsilon_of(releases: Iterable[Release], delta: float) -> float:
    """Return an ε for which the releases together are (ε, δ)-differentially private.

    Parameters
    ----------
    releases : iterable of Gaussian or SampledGaussian
        Of the same rows; each may depend on what the ones before said.
    delta : float
        Between 0 and 1.

    Raises
    ------
    SettingsError
        δ out of range.

    Notes
    -----
    Exact where all are Gaussian.  Otherwise privacy loss distributions (Koskela, Jälkö and Honkela, AISTATS 2020;
    Doroshenko et al., PoPETs 2022) as dp-accounting composes them, pessimistic; within about 1e-4 of ε for one of a
    hundred steps, a tenth of a second a release.
    """
    every = tuple(releases)
    mu = compose(release.mu for release in every if isinstance(release, Gaussian))
    sampled = [release for release in every if isinstance(release, SampledGaussian)]
    plain = [2.0 * math.sqrt(release.steps) / release.noise for release in sampled if release.rate == 1.0]
    sampled = [release for release in sampled if release.rate < 1.0]
    mu = compose((mu, *plain))
    if not sampled:
        return epsilon_for(mu, delta)
    epsilon_for(0.0, delta)  # refuses a delta that is none
    grain = max(_grain(release) for release in sampled)
    if mu:
        grain = max(grain, min(_COARSEST, (mu * mu + 20.0 * mu) / _LOSS_BINS))
    total = None if not mu else _one_step(2.0 / mu, 1.0, grain)
    for release in sampled:
        part = _one_step(release.noise, release.rate, grain).self_compose(release.steps)
        total = part if total is None else total.compose(part)
    assert total is not None
    found = float(total.get_epsilon_for_delta(delta))
    return found if math.isfinite(found) else math.inf


def noise_for(*, epsilon: float, delta: float, rate: float, steps: int, spent: Iterable[Release] = ()) -> float:
    """Return the least noise, to four digits and rounded up, of a sampled release that keeps (ε, δ).

    Parameters
    ----------
    epsilon, delta : float
    rate : float
    steps : int
    spent : iterable of releases
        Made of the same budget.

    Returns
    -------
    float
        As `SampledGaussian` takes it.

    Raises
    ------
    SettingsError
        A figure out of range, or what is spent leaves nothing.
    """
    from scipy.optimize import brentq

    before = tuple(spent)
    mu_for(epsilon, delta)  # refuses figures out of range
    if epsilon_of(before, delta) >= epsilon:
        raise SettingsError("nothing is left of the budget for a sampled release")

    def over(noise: float) -> float:
        """Return by how much a noise misses the budget, as a logarithm: below 0 where it keeps it."""
        found = epsilon_of((*before, SampledGaussian(noise=noise, rate=rate, steps=steps)), delta)
        return math.log(found / epsilon) if found else -math.inf

    high = 1.0
    while over(high) > 0.0:
        high *= 2.0
    low = high / 2.0
    while low > _LEAST_NOISE and over(low) <= 0.0:
        low, high = low / 2.0, low
    found = high if low <= _LEAST_NOISE else float(brentq(over, low, high, xtol=low * _NOISE_GRAIN, rtol=1e-6))
    while over(found) > 0.0:
        found *= 1.0 + _NOISE_GRAIN
    return found


@functools.lru_cache(maxsize=64)
def _one_step(noise: float, rate: float, grain: float) -> PrivacyLossDistribution:
    """Return the pessimistic privacy loss distribution of one step, one person replaced."""
    from dp_accounting.pld import privacy_loss_distribution
    from dp_accounting.privacy_accountant import NeighboringRelation

    return privacy_loss_distribution.from_gaussian_mechanism(
        noise,
        sensitivity=1.0,
        sampling_prob=rate,
        value_discretization_interval=grain,
        neighboring_relation=NeighboringRelation.REPLACE_ONE,
    )


def _grain(release: SampledGaussian) -> float:
    """Return the discretisation of a privacy loss that keeps the number of its values bounded."""
    mu = 2.0 / release.noise
    return min(_COARSEST, max(_GRAIN / math.sqrt(release.steps), (mu * mu + 20.0 * mu) / _LOSS_BINS))


def _shortest(value: float) -> str:
    """Return the shortest decimal that reads back as the same float, a whole number without a fraction."""
    text = repr(float(value))
    return text.removesuffix(".0")
