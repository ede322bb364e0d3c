# SPDX-License-Identifier: Apache-2.0
"""One user's question to a market, answered by every method.

Called by the experiments; methods that are not in the product are not measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.experiments.plan import Plan
from benchmarks.experiments.scores import Tally
from lwnode.reuse import BEHIND_MAPS, METHODS, Evidence, Labelled, Members, combine, pick, through_maps, usual
from lwnode.types import Matrix

Positions = NDArray[np.intp]

AUTO = "auto"  # what the product takes by itself: the default, or what the labels clearly prefer
DEFAULT = {"values": "mix", "probabilities": "fuse"}
UNLABELLED = {
    "values": ("mix", "top-1", "average", "job-selector"),
    "probabilities": ("fuse", "mix", "top-1", "average", "vote", "job-selector"),
}
BLIND = ("average", "vote")  # read no specification, so they are measured once
LABELLED = ("choose", "prune", "stack", "augment")  # of the reference engine and the literature, beside the default
SLOW = ("job-selector", "prune", "stack", "augment")
SLOW_LABELS = {"values": (10, 30, 100, 300, 1_000), "probabilities": (30, 300)}  # with which these are measured


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """What one user has.

    Parameters
    ----------
    members : Members
        Never the user's own learnware.
    mine : Evidence
        At the rows that it asks about.
    truth : (n, 1) values or (n,) int64 class positions
        Of these rows: nobody sees them but the score.
    pool : Evidence or None
        At the rows that may be labelled.
    targets : (m, 1) values or (m,) int64 class positions, or None
        Of the pool.
    chosen : mapping
        Number of labels → positions in the pool.
    """

    members: Members
    mine: Evidence
    truth: NDArray[np.float64] | NDArray[np.int64]
    pool: Evidence | None = None
    targets: NDArray[np.float64] | NDArray[np.int64] | None = None
    chosen: Mapping[int, Positions]

    def labelled(self, labels: int) -> Labelled:
        """Return so many labelled rows."""
        assert self.pool is not None
        assert self.targets is not None
        at = self.chosen[labels]
        return Labelled(evidence=self.pool.take(at), targets=self.targets[at])

    def loss(self, values: Matrix) -> float:
        """Return the root of the mean squared error, or the share of rows whose likeliest class is wrong."""
        if self.mine.kind == "values":
            return float(np.sqrt(np.mean(np.square(values - self.truth))))
        return float(np.mean(np.nan_to_num(values, nan=-1.0).argmax(axis=1) != self.truth))


def market(question: Question, tally: Tally) -> None:
    """Note what every learnware alone would cost the user."""
    single = [question.loss(values) for values in question.mine.predictions]
    tally.market(single)


def through(question: Question) -> Question:
    """Return the question with the models' answers through maps of columns, which the alignment mixes."""
    asked = through_maps(question.members, question.mine)
    return replace(question, mine=asked(question.mine), pool=None if question.pool is None else asked(question.pool))


def answer(
    question: Question, tally: Tally, plan: Plan, *, first: bool, labelled: bool, mapped: Question | None = None
) -> None:
    """Answer by every method, and note the losses.

    Parameters
    ----------
    question : Question
    tally : Tally
    plan : Plan
    first : bool
        Whether to run the methods that read no specification too, and those that train or search.
    labelled : bool
    mapped : Question, optional
        `through` maps, where the maps were fitted already: what the alignment says is then worked out from it.
    """
    kind = question.mine.kind
    default = usual(DEFAULT[kind], question.members, question.mine)
    always = {DEFAULT[kind], default}
    for method in (*UNLABELLED[kind], *(() if mapped is None else ("align",))):
        if _runs(method, plan, first):
            tally.add(method, _loss(method, question, mapped))
    if first:
        tally.add(AUTO, _loss(default if default in BEHIND_MAPS else AUTO, question, mapped))
    if not labelled or question.pool is None:
        return
    for labels in question.chosen:
        for method in dict.fromkeys((DEFAULT[kind], default, *LABELLED)):
            rare = method in SLOW and labels not in SLOW_LABELS[kind]
            if method in always or (first and not rare and _runs(method, plan, first)):
                tally.add(method, _loss(method, question, mapped, labels), labels)
        if first and labels in SLOW_LABELS[kind]:
            chosen = pick(DEFAULT[kind], question.members, question.mine, question.labelled(labels)).method
            tally.add(AUTO, _loss(chosen, question, mapped, labels), labels)


def _loss(method: str, question: Question, mapped: Question | None, labels: int = 0) -> float:
    """Return the loss of a method with so many labels."""
    if mapped is not None and method in BEHIND_MAPS:
        return _loss(BEHIND_MAPS[method], mapped, None, labels)
    known = question.labelled(labels) if labels else None
    return question.loss(combine(method, question.members, question.mine, labelled=known).values)


def _runs(method: str, plan: Plan, first: bool) -> bool:
    return method in METHODS and (first or method not in BLIND) and not (plan.quick and method in SLOW)
