# SPDX-License-Identifier: Apache-2.0
"""Groceries, three views: owner i publishes columns of view i mod 3, user u has those of view (u + 1) mod 3.

A third of the market reads exactly the user's columns; in the *strict* market nobody does.  What a learnware reads and
the user lacks is filled from its specification.  Each specification lives in the frame of its own view; where two are
compared on fewer columns, γ is 1 / number of these, as the profile's rule has it.

Called by the run of all experiments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.experiments import groceries
from benchmarks.experiments.baselines import boosted
from benchmarks.experiments.groceries import Store
from benchmarks.experiments.plan import TUNED_ON, Plan
from benchmarks.experiments.questions import Question, answer, market, through
from benchmarks.experiments.same_columns import ALONE
from benchmarks.experiments.scores import Outcome, Tally
from benchmarks.experiments.sketches import EXACT, entry, second_version, sketch
from lwnode.documents import Profile
from lwnode.market import Entry
from lwnode.reuse import SCALE, Evidence, Framed, Presence, combine, densities, fill, loss_of_filling, members_of
from lwnode.specification import to_frame
from lwnode.types import Matrix, Vector

NAME = "groceries, three views"
STRICT = "groceries, three views, strict"
ALIGNED_AT = (300,)  # labels with which the models are asked again, on fresh seeds only: a map for each takes long
NO_FILLING = "mix, loss by filling not read"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Owner:
    """One store's learnware: ``predict`` takes rows of its own frame."""

    view: tuple[str, ...]
    entry: Entry
    predict: Callable[[Matrix], Vector]


def run(seed: int, plan: Plan) -> Outcome:
    """Measure one seed, both markets."""
    kept = groceries.stores(seed)
    views = [groceries.VIEWS[at % 3] for at in range(len(kept))]
    models = [
        boosted(to_frame(groceries.profile(view), _rows(store.X, view)), store.y)
        for store, view in zip(kept, views, strict=True)
    ]
    alone = [self_trained(store, user, seed, plan) for user, store in enumerate(kept[: plan.users])]
    found: Outcome = {}
    for kind in plan.kinds:
        frames = {view: _frame(view, kept, views, kind, seed) for view in groceries.VIEWS}
        owners = [
            Owner(view=view, entry=_published(at, store, view, frames[view], kind, seed), predict=model)
            for at, (store, view, model) in enumerate(zip(kept, views, models, strict=True))
        ]
        for name in (NAME, STRICT):
            tally = Tally(scenario=name, specification=kind)
            for user, store in enumerate(kept[: plan.users]):
                have = groceries.VIEWS[(user + 1) % 3]
                others = [
                    owner
                    for at, owner in enumerate(owners)
                    if at != user and not (name == STRICT and owner.view == have)
                ]
                labelled = kind in plan.labelled_kinds
                question = ask(others, store, frames[have], user, seed, plan if labelled else None)
                market(question, tally)
                asked = name == STRICT or (kind == EXACT and not plan.quick and seed not in TUNED_ON)
                mapped = through(question) if asked else None
                answer(question, tally, plan, first=kind == EXACT, labelled=labelled, mapped=mapped)
                _more(question, tally, mapped, first=kind == EXACT)
                for (method, labels), loss in alone[user].items():
                    tally.add(method, loss, labels)
            found |= tally.outcome()
    return found


def ask(owners: Sequence[Owner], store: Store, profile: Profile, user: int, seed: int, plan: Plan | None) -> Question:
    """Return one store's question, in the frame of its view; without a plan it has no labels."""
    have = tuple(column.name for column in profile.features)
    shared = [tuple(name for name in owner.view if name in have) for owner in owners]
    entries = [owner.entry for owner in owners]
    known = [
        np.array([owner.view.index(name) for name in columns]) for owner, columns in zip(owners, shared, strict=True)
    ]

    def answers(owner: Owner, at: Matrix, X: Matrix, columns: tuple[str, ...]) -> Vector:
        own, spec = owner.entry.profile, owner.entry.framed
        frame = to_frame(groceries.profile(columns), _rows(X, columns))
        return owner.predict(fill(frame, at, spec.points, spec.weights, own.gamma, own.width))

    def evidence(X: Matrix) -> tuple[Evidence, Presence]:
        seen = densities(entries, groceries.named(X, have), scale=SCALE["regression"])
        given = [answers(owner, at, X, columns) for owner, at, columns in zip(owners, known, shared, strict=True)]
        made = Evidence(
            kind="values", predictions=np.stack(given)[:, :, None], densities=seen.densities, covered=seen.covered,
            rows=to_frame(profile, _rows(X, have)),
        )  # fmt: skip
        return made, seen

    mine, seen = evidence(store.Xt)
    lost = [
        loss_of_filling(
            owner.predict, at, owner.entry.framed.points, owner.entry.framed.weights, owner.entry.profile.gamma,
            owner.entry.profile.width,
        )
        for owner, at in zip(owners, known, strict=True)
    ]  # fmt: skip
    at = np.random.default_rng([seed, user]).permutation(len(store.y))
    labels = () if plan is None else tuple(n for n in plan.labels if n <= len(at))
    pool = at[: max(labels, default=0)]
    return Question(
        members=replace(
            members_of(entries, seen.distances, filling_loss=np.array(lost)),
            gamma=profile.gamma,
            framed=tuple(_framed(owner, have) for owner in owners),
        ),
        mine=mine,
        truth=store.yt[:, None],
        pool=evidence(store.X[pool])[0] if labels else None,
        targets=store.y[pool][:, None],
        chosen={n: np.arange(n) for n in labels},
    )


def self_trained(store: Store, user: int, seed: int, plan: Plan) -> dict[tuple[str, int], float]:
    """Return the losses of models trained on the user's labels alone, in its own columns."""
    have = groceries.VIEWS[(user + 1) % 3]
    profile = groceries.profile(have)
    U, Ut = (to_frame(profile, _rows(X, have)) for X in (store.X, store.Xt))
    order = np.random.default_rng([seed, user]).permutation(len(store.y))
    losses: dict[tuple[str, int], float] = {}
    for labels in plan.labels:
        if labels > len(order):
            continue
        at = order[:labels]
        for name, train in ALONE:
            losses[name, labels] = float(np.sqrt(np.mean(np.square(train(U[at], store.y[at])(Ut) - store.yt))))
    return losses


def _frame(
    view: tuple[str, ...], kept: Sequence[Store], views: Sequence[tuple[str, ...]], kind: str, seed: int
) -> Profile:
    """Return the frame of a view, in the version that its owners' points ask for."""
    raw = [_rows(store.X, view) for store, own in zip(kept, views, strict=True) if own == view]
    return second_version(groceries.profile(view), raw, kind, seed)


def _published(at: int, store: Store, view: tuple[str, ...], profile: Profile, kind: str, seed: int) -> Entry:
    return entry(f"store {at}", sketch(_rows(store.X, view), profile, kind, (seed, at)))


def _framed(owner: Owner, have: tuple[str, ...]) -> Framed:
    known = np.array([have.index(name) if name in have else -1 for name in owner.view], dtype=np.int64)
    spec = owner.entry.framed
    return Framed(
        points=spec.points, weights=spec.weights, known=known, predict=lambda rows: owner.predict(rows)[:, None],
        noise=spec.noise,
    )  # fmt: skip


def _more(question: Question, tally: Tally, mapped: Question | None, *, first: bool) -> None:
    """Note the mix without the loss by filling, and label-aware alignment."""
    plain = replace(question.members, filling_loss=None)
    tally.add(NO_FILLING, question.loss(combine("mix", plain, question.mine).values))
    if mapped is None or not first:
        return
    for labels in mapped.chosen:
        if labels in ALIGNED_AT:
            made = combine("augment", mapped.members, mapped.mine, labelled=mapped.labelled(labels))
            tally.add("align-labels", mapped.loss(made.values), labels)


def _rows(X: Matrix, columns: tuple[str, ...]) -> Matrix:
    return X[:, [groceries.COLUMNS.index(name) for name in columns]]
