# SPDX-License-Identifier: Apache-2.0
"""What reuse is worth on real public data: the product's own code against what a user can do without a market.

``python -m benchmarks experiments [--quick] [--seeds 0,1,2,3,4] [--peer PYTHON] [--json FILE]`` measures all; a part
alone: ``python -m benchmarks.experiments PART …``; `merge` puts runs of parts and of single seeds together.  Plots go
to ``build/experiments``; ``python -m benchmarks.experiments.page`` writes ``docs/experiments.md`` from the rows.

==================  ===================================================================================================
`same_columns`      groceries, forty stores with the same columns, and markets with liars
`views`             groceries, three views of the columns; *strict*: nobody has the user's
`other_target`      groceries, a target that no learnware was made for
`classes`           Fashion-MNIST, WordNet's glosses, digits: classifiers that know other classes; markets with liars
`digits_market`     the reference engine's market of digits, in both systems
==================  ===================================================================================================

The data: `groceries`, `items`; specifications `sketches`; every method on one user's question `questions`; from losses
to rows `scores`, `bars`; beside them `published`, `plots`, `page`.

Data that are not installed are skipped with the reason; ``make data`` installs or names them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from benchmarks.experiments import (
    bars,
    classes,
    digits_market,
    groceries,
    items,
    other_target,
    plots,
    same_columns,
    views,
)
from benchmarks.experiments.plan import Plan, plan_of
from benchmarks.experiments.scores import Outcome, figures
from benchmarks.harness import Row

Run = Callable[[int, Plan], Outcome]

# Name → (what measures one seed, why its data are not there)
PARTS: Mapping[str, tuple[Run, Callable[[], str]]] = MappingProxyType(
    {
        "same-columns": (same_columns.run, groceries.reason_absent),
        "views": (views.run, groceries.reason_absent),
        "other-target": (other_target.run, groceries.reason_absent),
        "fashion": (lambda seed, plan: classes.run("fashion", seed, plan), lambda: items.reason_absent("fashion")),
        "liars": (classes.lied_to, lambda: items.reason_absent("fashion")),
        "wordnet": (lambda seed, plan: classes.run("wordnet", seed, plan), lambda: items.reason_absent("wordnet")),
        "digits": (lambda seed, plan: classes.run("digits", seed, plan), lambda: ""),
        "digits-market": (digits_market.run, lambda: ""),
    }
)


def measure(
    *,
    quick: bool,
    peer: str | None = None,
    seeds: tuple[int, ...] | None = None,
    parts: tuple[str, ...] = tuple(PARTS),
) -> list[Row]:
    """Return the rows of all parts, and draw their plots.

    Parameters
    ----------
    quick : bool
        One seed, two kinds of specifications, eight users; no method that trains or searches much, no networks.  Its
        bars are shown and not judged.
    peer : str, optional
        Python of the reference engine's environment (`make peer`).
    seeds : tuple of int, optional
    parts : tuple of str
        Of `PARTS`.
    """
    plan = plan_of(quick=quick, seeds=seeds, peer=peer)
    rows: list[Row] = []
    runs: list[tuple[int, Outcome]] = []
    for part in parts:
        run, absent = PARTS[part]
        reason = absent()
        if reason:
            rows.append(Row(name=part, unit="", ours=None, bar="", holds=None, reason=reason))
            continue
        for seed in plan.seeds:
            begin = time.process_time()
            runs.append((seed, run(seed, plan)))
            print(f"{part}, seed {seed}: {time.process_time() - begin:.0f} CPU s", file=sys.stderr, flush=True)
    found = figures(runs)
    plots.draw(found)
    judged = bars.rows(found)
    if quick:  # bars are for whole markets and five seeds
        judged = [replace(row, holds=None) for row in judged]
    return [*judged, *rows]
