# SPDX-License-Identifier: Apache-2.0
"""Groceries for another target: learnwares know a basket's value, the user asks what its discounts were worth.

The learnwares' outputs are features of the user's problem, so nothing is answered without labels.  There is no single
learnware that solves the task: what counts is the loss beside that of self-training with the same labels.  Nothing here
reads a specification.

Called by the run of all experiments.
"""

from __future__ import annotations

import numpy as np

from benchmarks.experiments import groceries, same_columns
from benchmarks.experiments.baselines import boosted
from benchmarks.experiments.plan import Plan
from benchmarks.experiments.questions import market
from benchmarks.experiments.scores import Outcome, Tally
from benchmarks.experiments.sketches import EXACT
from lwnode.reuse import combine

NAME = "groceries, another target"
FEATURES = ("augment",)  # methods that learn from the user's columns and the learnwares' outputs


def run(seed: int, plan: Plan) -> Outcome:
    """Measure one seed."""
    kept = groceries.stores(seed)
    models = [boosted(store.X, store.y) for store in kept]
    entries = same_columns.published(kept, EXACT, seed)
    tally = Tally(scenario=NAME, specification=EXACT)
    for user, store in enumerate(kept[: plan.users]):
        pool, asked = (np.stack([model(X) for model in models])[:, :, None] for X in (store.X, store.Xt))
        question = same_columns.ask(entries, user, store, (pool, asked), (store.z, store.zt), seed, plan)
        market(question, tally)
        for labels in question.chosen:
            known = question.labelled(labels)
            for method in FEATURES:
                made = combine(method, question.members, question.mine, labelled=known)
                tally.add(method, question.loss(made.values), labels)
        alone = same_columns.self_trained(store, (store.z, store.zt), (seed, user), plan)
        for (method, labels), loss in alone.items():
            tally.add(method, loss, labels)
    return tally.outcome()
