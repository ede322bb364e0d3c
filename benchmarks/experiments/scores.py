# SPDX-License-Identifier: Apache-2.0
"""From losses of users to the share of the gap closed, and to means over seeds.

Rules
-----
* Losses are averaged over the users first.  *Gap closed* is then ``(mean of the market − x) / (mean − best single)``,
  in percent: 0 is a learnware picked blindly, 100 the best single one, which nobody can know: it is chosen on the test
  rows, user by user.
* A user's own learnware is never in its market, so more than 100 can be had only by combining.
* A figure is a mean over seeds with its standard deviation (n − 1).

Called by the experiments, the bars, the plots and the page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

MEAN, BEST = "mean of the market", "best single (oracle)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What was measured: one cell of the tables.

    Parameters
    ----------
    scenario, specification, method : str
        ``specification`` is empty where the method reads none.
    labels : int
        Of the user; 0 for none.
    """

    scenario: str
    specification: str
    method: str
    labels: int = 0


@dataclass(slots=True, kw_only=True)
class Tally:
    """Losses of one scenario under one specification and seed, user by user."""

    scenario: str
    specification: str
    losses: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, method: str, loss: float, labels: int = 0) -> None:
        """Note one user's loss."""
        self.losses[method, labels].append(loss)

    def market(self, losses: Sequence[float] | np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
        """Note what each learnware of the market alone would have cost this user."""
        self.add(MEAN, float(np.mean(losses)))
        self.add(BEST, float(np.min(losses)))

    def outcome(self) -> dict[Key, tuple[float, float]]:
        """Return (loss, gap closed in percent) of every method."""
        means = {key: float(np.mean(values)) for key, values in self.losses.items()}
        mean, best = means[MEAN, 0], means[BEST, 0]
        return {
            Key(scenario=self.scenario, specification=self.specification, method=method, labels=labels): (
                loss, 100.0 * (mean - loss) / (mean - best),
            )
            for (method, labels), loss in means.items()
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A cell over seeds.

    Parameters
    ----------
    losses, gaps : tuple of float
        One for each seed; gaps in percent.
    """

    key: Key
    seeds: tuple[int, ...]
    losses: tuple[float, ...]
    gaps: tuple[float, ...]

    @property
    def loss(self) -> float:
        """Mean loss."""
        return float(np.mean(self.losses))

    @property
    def gap(self) -> float:
        """Mean share of the gap closed, percent."""
        return float(np.mean(self.gaps))

    @property
    def gap_sd(self) -> float:
        """Standard deviation of it over the seeds; 0 for one seed."""
        return spread(self.gaps)


Outcome = dict[Key, tuple[float, float]]


def figures(runs: Iterable[tuple[int, Outcome]]) -> dict[Key, Figure]:
    """Return every cell over the seeds that measured it."""
    found: dict[Key, list[tuple[int, float, float]]] = defaultdict(list)
    for seed, outcome in runs:
        for key, (loss, gap) in outcome.items():
            found[key].append((seed, loss, gap))
    return {
        key: Figure(
            key=key,
            seeds=tuple(seed for seed, _, _ in values),
            losses=tuple(loss for _, loss, _ in values),
            gaps=tuple(gap for _, _, gap in values),
        )
        for key, values in found.items()
    }


def spread(values: Sequence[float]) -> float:
    """Return the standard deviation over seeds, 0 for one."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
