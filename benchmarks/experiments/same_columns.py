# SPDX-License-Identifier: Apache-2.0
"""Groceries, everybody with the same columns: forty stores, each of which asks the thirty-nine others.

Further markets have three liars more, who publish the specification of everybody's rows.

Called by the run of all experiments; users with another target ask as here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.experiments import groceries, lies
from benchmarks.experiments.baselines import boosted, ridge, trees
from benchmarks.experiments.groceries import Store
from benchmarks.experiments.plan import Plan
from benchmarks.experiments.questions import DEFAULT, Question, answer, market
from benchmarks.experiments.scores import Outcome, Tally
from benchmarks.experiments.sketches import EXACT, ONE, entry, framed, second_version, sketch
from lwnode.market import Entry
from lwnode.reuse import SCALE, Evidence, combine, densities, members_of
from lwnode.specification import to_frame
from lwnode.types import Matrix, Vector

NAME = "groceries, same columns"
OWN = "the user's own model"
BOOSTED, RIDGE, TREES = "self-trained boosting", "self-trained ridge", "self-trained trees"
ALONE = ((BOOSTED, boosted), (RIDGE, ridge), (TREES, trees))
LIARS = 3
LYING = {how: f"groceries, {LIARS} liars: {how}" for how in lies.KINDS}


def run(seed: int, plan: Plan) -> Outcome:
    """Measure one seed."""
    kept = groceries.stores(seed)
    users = kept[: plan.users]
    models = [boosted(store.X, store.y) for store in kept]
    asked = [np.stack([model(store.Xt) for model in models])[:, :, None] for store in users]
    pool = [np.stack([model(store.X) for model in models])[:, :, None] for store in users]
    alone = [self_trained(store, (store.y, store.yt), (seed, user), plan) for user, store in enumerate(users)]
    found: Outcome = {}
    for kind in plan.kinds:
        entries = published(kept, kind, seed)
        everybody = np.concatenate([store.X for store in kept])
        liar = entry("liar", sketch(everybody, entries[0].profile, kind, (seed, len(kept))))
        tally = Tally(scenario=NAME, specification=kind)
        lying = {how: Tally(scenario=name, specification=kind) for how, name in LYING.items() if kind in (EXACT, ONE)}
        for user, store in enumerate(users):
            labelled = kind in plan.labelled_kinds
            question = ask(
                entries, user, store, (pool[user] if labelled else None, asked[user]), (store.y, store.yt), seed, plan
            )
            market(question, tally)
            answer(question, tally, plan, first=kind == EXACT, labelled=labelled)
            tally.add(OWN, question.loss(asked[user][user]))
            for (method, labels), loss in alone[user].items():
                tally.add(method, loss, labels)
            seen = densities([liar], groceries.named(store.Xt), scale=SCALE["regression"])
            for how, told in lying.items():
                market(question, told)
                fooled = lies.with_liars(question, seen, how, LIARS, user)
                told.add(DEFAULT["values"], question.loss(combine("mix", fooled.members, fooled.mine).values))
        for told in (tally, *lying.values()):
            found |= told.outcome()
    return found


def published(kept: Sequence[Store], kind: str, seed: int) -> list[Entry]:
    """Return the entries of all stores."""
    profile = second_version(groceries.profile(), [store.X for store in kept], kind, seed)
    return [entry(f"store {at}", sketch(store.X, profile, kind, (seed, at))) for at, store in enumerate(kept)]


def ask(
    entries: Sequence[Entry],
    user: int,
    store: Store,
    answers: tuple[NDArray[np.float64] | None, NDArray[np.float64]],
    targets: tuple[Vector, Vector],
    seed: int,
    plan: Plan,
) -> Question:
    """Return one store's question to the others.

    Parameters
    ----------
    entries : sequence of Entry
        Of all stores.
    user : int
    store : Store
        Of the user.
    answers : (own, asked), (40, n, 1) float64 each
        Of all models at the rows that may be labelled (None: none may) and at those that are asked about.
    targets : (own, asked), (n,) float64 each
    seed : int
    plan : Plan
    """
    others = [at for at in range(len(entries)) if at != user]
    market_entries = [entries[at] for at in others]
    profile = entries[0].profile

    def evidence(X: Matrix, predictions: NDArray[np.float64]) -> tuple[Evidence, Vector]:
        seen = densities(market_entries, groceries.named(X), scale=SCALE["regression"])
        made = Evidence(
            kind="values", predictions=predictions[others], densities=seen.densities, covered=seen.covered,
            rows=to_frame(profile, X),
        )  # fmt: skip
        return made, seen.distances

    mine, distances = evidence(store.Xt, answers[1])
    rows = len(store.X)
    labels = () if answers[0] is None else plan.labels
    return Question(
        members=replace(members_of(market_entries, distances), framed=framed(market_entries)),
        mine=mine,
        truth=targets[1][:, None],
        pool=None if answers[0] is None else evidence(store.X, answers[0])[0],
        targets=targets[0][:, None],
        chosen={n: drawn(seed, user, n, rows) for n in labels if n <= rows},
    )


def drawn(seed: int, user: int, labels: int, rows: int) -> NDArray[np.intp]:
    """Return which of the user's own rows are labelled."""
    return np.random.default_rng([seed, user, labels]).choice(rows, labels, replace=False)


def self_trained(
    store: Store, targets: tuple[Vector, Vector], seed: tuple[int, int], plan: Plan
) -> dict[tuple[str, int], float]:
    """Return the losses of models trained on the user's labels alone; ridge sees rows in the public frame."""
    frame = groceries.profile()
    U, Ut = to_frame(frame, store.X), to_frame(frame, store.Xt)
    losses: dict[tuple[str, int], float] = {}
    for labels in plan.labels:
        if labels > len(U):
            continue
        at = drawn(*seed, labels, len(U))
        for name, train in ALONE:
            answers = train(U[at], targets[0][at])(Ut)
            losses[name, labels] = float(np.sqrt(np.mean(np.square(answers - targets[1]))))
    return losses
