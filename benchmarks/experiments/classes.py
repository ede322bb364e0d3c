# SPDX-License-Identifier: Apache-2.0
"""Images, texts and digits: classifiers that know a few classes each, users with a mix of classes.

Beside the ordinary users there are, for images, users with every class in equal shares, and markets with ten liars.

Called by the run of all experiments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.experiments import class_market, lies
from benchmarks.experiments.baselines import fused_without_shares, softmax
from benchmarks.experiments.class_market import Family, Learnware, User
from benchmarks.experiments.items import DATA, Items, Positions
from benchmarks.experiments.plan import Plan
from benchmarks.experiments.questions import Question, answer, market
from benchmarks.experiments.scores import Outcome, Tally
from benchmarks.experiments.sketches import EXACT, ONE, entry, framed, sketch
from lwnode.errors import PrivacyBudgetError
from lwnode.market import Entry
from lwnode.reuse import SCALE, Evidence, Presence, combine, densities, members_of
from lwnode.reuse.log_odds import temperatures
from lwnode.specification import Labels, to_frame

SELF = "self-trained"
NO_SHARES = "fusion without estimated shares"
HONEST = "fuse, honest market"
NO_SPECIFICATION, NO_TEMPERATURE = "fuse, specifications not read", "fuse, temperatures not read"
BALANCED = "fashion, all classes in equal shares"
NETWORKS = "fashion, small networks"
LIARS, LIED_TO = 10, 15  # liars in a market, and users that meet them
_SHORT = 0.9  # a user may have so much less than the labels that are asked for
LYING = {how: f"fashion, {LIARS} liars: {how}" for how in lies.KINDS}


def run(name: str, seed: int, plan: Plan) -> Outcome:
    """Measure one seed of one data set: for images with both families of models, and with balanced users."""
    data = DATA[name]()
    users, owners = class_market.drawn(data, seed)
    users = users[: plan.users]
    enough = min(len(user.pool) for user in users) / _SHORT  # a class may have no more items
    plan = replace(plan, labels=tuple(n for n in plan.labels if n <= enough))
    images = name == "fashion"
    groups = [_group(data, name, "linear", users, owners, seed)]
    if images:
        equal, _ = class_market.drawn(data, seed, balanced=True)
        learnwares = groups[0].learnwares
        groups.append(Group(scenario=BALANCED, family="linear", users=equal[: plan.users], learnwares=learnwares))
    if images and not plan.quick:
        groups.append(_group(data, NETWORKS, "network", users, owners, seed))
    answers = {group.scenario: [Answers(data, user, group) for user in group.users] for group in groups}
    alone = [self_trained(data, user, plan) for user in users]
    found: Outcome = {}
    for kind in plan.kinds:
        try:
            sketches = class_market.sketched(data, owners, kind, seed)
        except PrivacyBudgetError:  # so few rows are refused, and then nobody of the market publishes
            continue
        for group in groups:
            entries = class_market.published(group.learnwares, sketches)
            labelled = kind in plan.labelled_kinds and group.scenario != BALANCED
            asked = plan if labelled else replace(plan, labels=())
            tally = Tally(scenario=group.scenario, specification=kind)
            questions = [
                ask(data, entries, user, given, asked)
                for user, given in zip(group.users, answers[group.scenario], strict=True)
            ]
            for number, question in enumerate(questions):
                market(question, tally)
                answer(question, tally, plan, first=kind == EXACT, labelled=labelled)
                _taken_apart(question, tally)
                for labels, loss in alone[number].items() if group.scenario != BALANCED else ():
                    tally.add(SELF, loss, labels)
            found |= tally.outcome()
    return found


def lied_to(seed: int, plan: Plan) -> Outcome:
    """Measure markets of images with liars, and the honest market for the same users."""
    data = DATA["fashion"]()
    users, owners = class_market.drawn(data, seed)
    users = users[: min(plan.users, LIED_TO)]
    group = _group(data, "fashion", "linear", users, owners, seed)
    answers = [Answers(data, user, group) for user in users]
    found: Outcome = {}
    for kind in (EXACT, ONE):
        entries = class_market.published(group.learnwares, class_market.sketched(data, owners, kind, seed))
        liar = _liar(data, owners, kind, seed)
        tallies = {how: Tally(scenario=LYING[how], specification=kind) for how in LYING}
        for number, (user, given) in enumerate(zip(users, answers, strict=True)):
            question = ask(data, entries, user, given, replace(plan, labels=()))
            seen = densities([liar], data.table(user.asked), scale=SCALE["classification"])
            honest = question.loss(_fused(question))
            for how, tally in tallies.items():
                market(question, tally)
                tally.add(HONEST, honest)
                tally.add("fuse", question.loss(_fused(lies.with_liars(question, seen, how, LIARS, number))))
        for tally in tallies.values():
            found |= tally.outcome()
    return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """Users who ask one market."""

    scenario: str
    family: Family
    users: Sequence[User]
    learnwares: Sequence[Learnware]


def _group(
    data: Items, scenario: str, family: Family, users: Sequence[User], owners: Sequence[Positions], seed: int
) -> Group:
    learnwares = [class_market.trained(data, items, family, seed) for items in owners]
    return Group(scenario=scenario, family=family, users=users, learnwares=learnwares)


class Answers:
    """Probabilities of all models for one user's items, (N, n, C), NaN outside a label set."""

    def __init__(self, data: Items, user: User, group: Group) -> None:
        self.asked = _probabilities(data, user.asked, group)
        self.pool = _probabilities(data, user.pool, group)


def _probabilities(data: Items, at: Positions, group: Group) -> NDArray[np.float64]:
    out = np.full((len(group.learnwares), len(at), data.classes), np.nan)
    read = class_market.inputs(data, at, group.family)
    for own, learnware in zip(out, group.learnwares, strict=True):
        own[:, learnware.model.classes] = softmax(learnware.model.logits(read))
    return out


def ask(data: Items, entries: Sequence[Entry], user: User, given: Answers, plan: Plan) -> Question:
    """Return one user's question to the market."""

    def evidence(at: Positions, predictions: NDArray[np.float64]) -> tuple[Evidence, Presence]:
        seen = densities(entries, data.table(at), scale=SCALE["classification"])
        made = Evidence(
            kind="probabilities", predictions=predictions, densities=seen.densities, covered=seen.covered,
            rows=to_frame(data.profile, np.asarray(data.E[at], dtype=np.float64)),
        )  # fmt: skip
        return made, seen

    mine, seen = evidence(user.asked, given.asked)
    chosen = {n: np.arange(min(n, len(user.pool))) for n in plan.labels}
    members = members_of(entries, seen.distances, classes=tuple(map(str, range(data.classes))))
    return Question(
        members=replace(members, framed=framed(entries)),
        mine=mine,
        truth=data.y[user.asked],
        pool=evidence(user.pool, given.pool)[0] if chosen else None,
        targets=data.y[user.pool],
        chosen=chosen,
    )


def self_trained(data: Items, user: User, plan: Plan) -> dict[int, float]:
    """Return the errors of linear models trained on the user's labels alone, on what the learnwares' models read.

    Images are scaled by all items that the user has, labelled or not.
    """
    asked = class_market.inputs(data, user.asked, "linear")
    errors: dict[int, float] = {}
    for labels in plan.labels:
        at = user.pool[:labels]
        F = class_market.inputs(data, at, "linear")
        model = (
            class_market.scaled(F, data.y[at], np.concatenate([asked, F]), ridge=0.02)
            if data.name == "fashion"
            else class_market.fitted(data, at, "linear", 0, ridge=0.02)
        )
        likeliest = model.classes[model.logits(asked).argmax(axis=1)]
        errors[labels] = float(np.mean(likeliest != data.y[user.asked]))
    return errors


def _fused(question: Question) -> NDArray[np.float64]:
    return combine("fuse", question.members, question.mine).values


def _taken_apart(question: Question, tally: Tally) -> None:
    """Note what the default is worth without its parts."""
    mine, members = question.mine, question.members
    tally.add(
        NO_SHARES, question.loss(fused_without_shares(mine.predictions, mine.densities, temperatures(members)))
    )  # fmt: skip
    blind = replace(question, mine=replace(mine, densities=np.ones_like(mine.densities)))
    tally.add(NO_SPECIFICATION, question.loss(_fused(blind)))
    bare = replace(question, members=replace(members, temperatures=None))
    tally.add(NO_TEMPERATURE, question.loss(_fused(bare)))


def _liar(data: Items, owners: Sequence[Positions], kind: str, seed: int) -> Entry:
    """Return the entry of a liar: the specification of everybody's items."""
    everybody = np.unique(np.concatenate(owners))
    names = tuple(map(str, range(data.classes)))
    labels = Labels.from_classes(data.y[everybody], names)
    made = sketch(np.asarray(data.E[everybody]), data.profile, kind, (seed, len(owners)), labels)
    return entry("liar", made, task="classification", classes=names)
