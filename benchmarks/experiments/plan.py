# SPDX-License-Identifier: Apache-2.0
"""What a run measures: seeds, kinds of specifications, numbers of labels, how many users.

Called by every experiment.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.experiments.sketches import EXACT, NO_NOISE, ONE, TWO

SEEDS = (0, 1, 2, 3, 4)
TUNED_ON = (0, 1, 2)  # seeds on which the constants of the methods were once chosen; the others are fresh
LABELS = (10, 30, 100, 300, 1_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run.

    Parameters
    ----------
    seeds : tuple of int
    kinds : tuple of str
        Kinds of specifications, the exact one first.
    labelled_kinds : tuple of str
        Those under which users with labels are measured too.
    labels : tuple of int
        Ascending.
    users : int
        Most users of a market that ask.
    quick : bool
        Leaves out what takes long: methods that search or train much, small convolutional networks.
    peer : str or None
        Python of the reference engine's environment.
    """

    seeds: tuple[int, ...] = SEEDS
    kinds: tuple[str, ...] = (EXACT, NO_NOISE, TWO, ONE)
    labelled_kinds: tuple[str, ...] = (EXACT, ONE)
    labels: tuple[int, ...] = LABELS
    users: int = 1_000
    quick: bool = False
    peer: str | None = None


def plan_of(*, quick: bool, seeds: tuple[int, ...] | None, peer: str | None) -> Plan:
    """Return the plan of a whole run, or of a quick one: one seed, two kinds, two numbers of labels, few users."""
    if not quick:
        return Plan(seeds=seeds or SEEDS, peer=peer)
    return Plan(
        seeds=seeds or (SEEDS[-1],), kinds=(EXACT, ONE), labels=(30, 300), users=8, quick=True, peer=peer
    )  # fmt: skip
