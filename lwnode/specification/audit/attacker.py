# SPDX-License-Identifier: Apache-2.0
"""What an attacker could learn, in numbers that a person can weigh.

*From two patients, one in your table and one not, even an attacker who knows all the rest picks the right one at most
58 times in 100.  A coin gets 50.*  The figure is the area under the best ROC curve that any attack on a Gaussian
release can have (`lwnode.specification.accounting`).

Rules
-----
* "At most" is meant: figures are rounded up, never down.
* A release without a guarantee has an infinite mu, and an attacker who is always right.
* δ follows from the number of rows unless it was stated, as everywhere.

Called by the node's drafts and the budget display.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lwnode.errors import SettingsError
from lwnode.specification.accounting import attacker_auc, attacker_tpr, compose, default_delta, epsilon_for

COIN = 50  # right of 100 without any knowledge
_SLACK = 1e-6  # what bisection and float division may add before a figure is rounded up


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacker:
    """The best that anybody could do with one release, or with all of a data set's releases together.

    Parameters
    ----------
    of_100 : int
        Right answers of 100 at most, where a coin gets `COIN`.
    tpr_percent_at_1 : float
        Percent of those in the data who could be named, at most, where 1 % of the others are named by mistake; one
        decimal.
    epsilon : float
        Of all releases together at ``delta``, two decimals; infinite without a guarantee.
    delta : float
    mu : float
    releases : int
    unit : {"record", "person"}
        Whom the figures are about.
    rows_per_person : int
        Most rows that one person has.
    """

    of_100: int
    tpr_percent_at_1: float
    epsilon: float
    delta: float
    mu: float
    releases: int
    unit: Literal["record", "person"]
    rows_per_person: int


def attacker(
    mus: Sequence[float], *, rows: int | None = None, delta: float | None = None, rows_per_person: int = 1
) -> Attacker:
    """Return what an attacker could learn from releases of the same rows.

    Parameters
    ----------
    mus : sequence of float
        Of the releases; for what will be after a publication, with the one to come.  None: nothing was released.
    rows : int, optional
        From which δ follows where it is not given.
    delta : float, optional
    rows_per_person : int
        That the releases were made for.

    Raises
    ------
    SettingsError
        Neither rows nor δ, or one of the numbers out of range.
    """
    if delta is None:
        if rows is None:
            raise SettingsError("an attacker's figures need the number of rows, or delta")
        delta = default_delta(rows)
    if rows_per_person < 1:
        raise SettingsError("a person has at least one row")
    if any(not mu >= 0.0 for mu in mus):
        raise SettingsError("mu must be a number from 0 upwards")
    mu = compose(mus)
    unbounded = math.isinf(mu)
    return Attacker(
        of_100=math.ceil(100.0 * attacker_auc(mu) - _SLACK),
        tpr_percent_at_1=_up(100.0 * attacker_tpr(mu, 0.01), 1),
        epsilon=math.inf if unbounded else _up(epsilon_for(mu, delta), 2),
        delta=delta,
        mu=mu,
        releases=len(mus),
        unit="record" if rows_per_person == 1 else "person",
        rows_per_person=rows_per_person,
    )


def _up(value: float, places: int) -> float:
    """Round up to decimal places."""
    return float(math.ceil(value * 10.0**places - _SLACK)) / 10.0**places
