# SPDX-License-Identifier: Apache-2.0
"""Freezing: a reused combination as one model, as a recipe to be replayed, or as a student that it taught.

Rules
-----
* The combination is what the action `reuse` answers, whatever the method: a file is kept only where it answers the
  user's own rows as that does, and a student's agreement with it is reported.
* What no single file can hold exactly is refused with the reason, never approximated in silence.
* Foreign models run in their workers; here their bytes are only put together.
"""

from __future__ import annotations

import dataclasses
from typing import Final, Literal

import numpy as np

from lwnode.documents import Card, Origin
from lwnode.documents.recipe import Ingredient, Recipe
from lwnode.errors import ReuseError
from lwnode.market import Entry
from lwnode.models import Worker
from lwnode.models.probe import FAITHFUL, TOLERANCE
from lwnode.node.actions.action import action
from lwnode.node.actions.reuse import reuse
from lwnode.node.actions.training import keep, leader_rows, registered
from lwnode.node.data import DataRef, comparable
from lwnode.node.engine import Engine
from lwnode.node.origins import start_of
from lwnode.node.records import Frozen, Predictions, Reused
from lwnode.reuse import SCALE, densities
from lwnode.training import Lesson, Table, distil_in_worker, encode
from lwnode.training.composing import Composed, Gate, Member, compose
from lwnode.types import Progress, Task, Vector, part, silent

_COMPOSED: Final = ("top-1", "average", "mix")  # methods that one file can hold


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Combination:
    """What was reused: who took part, by what weights and distances, and what it answered."""

    entries: tuple[Entry, ...]
    method: str
    weights: Vector
    distances: Vector | None
    answers: Predictions


@action
def freeze(
    engine: Engine,
    *,
    members: tuple[str, ...],
    data: DataRef,
    form: Literal["model", "recipe", "student"] = "model",
    method: str = "auto",
    weights: dict[str, float] | None = None,
    preset: Literal["quick", "balanced", "thorough"] = "balanced",
    seed: int = 0,
    progress: Progress = silent,
) -> Frozen:
    """Keep a combination of learnwares: as one model file, as a recipe, or as a student that it taught.

    ``data`` are the rows that weigh the members, on which the result is compared with the combination, and which a
    student is taught with; they need no labels.
    """
    dataset, table = registered(engine, data)
    bare = DataRef(table=table)
    reused = reuse(engine, members=members, data=bare, method=method, weights=weights, progress=part(progress, 0, 0.4))
    combined = _combination(engine, reused, table, weights)
    if form == "recipe":
        recipe = _recipe(combined)
        note = f"a recipe of {len(combined.entries)} learnwares; it needs them here when it is replayed"
        return Frozen(form=form, recipe=recipe, agreement=1.0, rows=table.rows, note=note)
    ids = tuple(sorted(entry.id for entry in combined.entries))
    if form == "student":
        lesson = _lesson(combined, ids)
        trained = distil_in_worker(
            table,
            lesson,
            preset=preset,
            seed=seed,
            memory=engine.settings.worker_memory,
            folder=engine.home.scratch,
            progress=part(progress, 0.4, 1.0),
        )
        card = dataclasses.replace(trained.card, encoder=table.encoder)
        board = leader_rows(trained.leaderboard)
        kept = keep(engine, dataset=dataset, card=card, model=trained.model, leaderboard=board, preset="distilled")
        (figure,) = trained.card.figures
        note = f"on {trained.held_out} rows it was not taught on, the student agrees with the combination to "
        note += f"{figure.value:.0%} ({figure.low:.0%} to {figure.high:.0%})"
        return Frozen(form=form, model=kept, agreement=figure.value, rows=trained.held_out, note=note)
    progress(0.5, "putting the models together")
    composed = _composed(engine, combined)
    progress(0.7, "comparing with the combination on your rows")
    agreement, difference = _replayed(engine, composed, combined, table, part(progress, 0.7, 1.0))
    lead = combined.entries[0].card
    count = len(combined.entries)
    card = Card(
        family=f"{combined.method} of {count} models" if count > 1 else lead.family,
        task=lead.task,
        inputs=composed.inputs,
        classes=composed.classes,
        target=lead.target,
        figures_note="none: nothing was measured on labels",
        probe_agreement=agreement,
        probe_difference=difference,
        encoder=lead.encoder,
        origin=Origin(kind="composed" if count > 1 else "unchanged", learnwares=ids),
    )
    kept = keep(engine, dataset=dataset, card=card, model=composed.model, leaderboard=(), preset="composed")
    what = f"one file of {count} models" if count > 1 else "the one model that took part"
    note = f"{what}; it answers your {table.rows} rows as the combination does"
    return Frozen(form=form, model=kept, agreement=agreement, difference=difference, rows=table.rows, note=note)


@action
def replay(engine: Engine, *, recipe: Recipe, data: DataRef, progress: Progress = silent) -> Reused:
    """Predict the rows of ``data`` with a recipe: the same learnwares, the same weights, whatever the rows are."""
    weights = {one.learnware: one.weight for one in recipe.ingredients if one.weight > 0.0}
    found = reuse(engine, members=tuple(weights), data=data, method=recipe.method, weights=weights, progress=progress)
    missing = set(weights) - {member.learnware for member in found.report.members}
    if missing or found.predictions.classes != recipe.classes:
        raise ReuseError("the learnwares answer another question than the recipe was made for", hint="make a new one")
    return found


def _combination(engine: Engine, reused: Reused, table: Table, weights: dict[str, float] | None) -> _Combination:
    """Return what a reuse was made of, its weights such that no rows are needed to find them again."""
    entries = engine.entries(tuple(member.learnware for member in reused.report.members))
    method = reused.report.method
    distances: Vector | None = None
    if weights is not None:
        found = np.array([weights.get(entry.id, 0.0) for entry in entries])
    elif method == "mix":
        scale = SCALE[entries[0].card.task]
        distances = densities(entries, comparable(table), scale=scale, units=table.units).distances
        found = np.array([reused.report.shares[entry.id] for entry in entries])
    elif method == "top-1":
        found = np.array([member.weight for member in reused.report.members])
    else:
        found = np.ones(len(entries))
    taken = np.flatnonzero(found > 0.0)
    return _Combination(
        entries=tuple(entries[place] for place in taken),
        method=method,
        weights=found[taken],
        distances=None if distances is None else distances[taken],
        answers=reused.predictions,
    )


def _recipe(combined: _Combination) -> Recipe:
    if combined.method not in (*_COMPOSED, "vote"):
        raise ReuseError(
            f"the method {combined.method} weighs by the rows themselves, so weights alone do not repeat it",
            hint="teach a student instead (form student)",
        )
    profiles = {entry.profile.id for entry in combined.entries}
    distances = combined.distances
    return Recipe(
        method=combined.method,
        task=_task(combined),
        classes=combined.answers.classes,
        profile=profiles.pop() if len(profiles) == 1 else "",
        ingredients=tuple(
            Ingredient(
                learnware=entry.id,
                weight=float(combined.weights[place]),
                distance=None if distances is None else float(distances[place]),
            )
            for place, entry in enumerate(combined.entries)
        ),
    )


def _lesson(combined: _Combination, ids: tuple[str, ...]) -> Lesson:
    return Lesson(
        answers=combined.answers.values,
        task=_task(combined),
        classes=combined.answers.classes,
        target=combined.entries[0].card.target,
        learnwares=ids,
    )


def _task(combined: _Combination) -> Literal["classification", "regression"]:
    return "classification" if combined.entries[0].card.task == "classification" else "regression"


def _composed(engine: Engine, combined: _Combination) -> Composed:
    """Return the combination as one file."""
    if combined.method not in _COMPOSED:
        raise ReuseError(
            f"the method {combined.method} cannot be one model file exactly",
            hint="keep it as a recipe, or teach a student (form recipe or student)",
        )
    if len({entry.card.encoder for entry in combined.entries}) > 1:
        raise ReuseError("the models read different encoders", hint="keep the combination as a recipe")
    task: Task = combined.entries[0].card.task
    members = []
    for entry, weight in zip(combined.entries, combined.weights, strict=True):
        framed = entry.framed
        gate = Gate(
            profile=entry.profile,
            points=framed.points,
            weights=framed.weights,
            gamma=SCALE[task] * framed.gamma,
        )
        model = start_of(engine, entry.id).model
        members.append(Member(model=model, card=entry.card, weight=float(weight), gate=gate))
    return compose(members, "mix" if combined.method == "mix" else "average", combined.answers.classes)


def _replayed(
    engine: Engine, composed: Composed, combined: _Combination, table: Table, progress: Progress
) -> tuple[float, float]:
    """Return the share of rows that the file answers as the combination does, and the largest difference.

    Raises
    ------
    ReuseError
        It is less than `FAITHFUL`, or the table lacks a column of the specifications.
    """
    lacking = [item.name for item in composed.inputs if item.name not in table.names]
    if lacking:
        raise ReuseError("the rows lack columns of the file: " + ", ".join(lacking[:5]), hint="keep it as a recipe")
    rows = encode(composed.inputs, table.features(tuple(item.name for item in composed.inputs)))
    settings = engine.settings
    with Worker(composed.model, memory=settings.worker_memory, seconds=settings.worker_seconds) as worker:
        (given,) = worker.predict(rows, progress).values()
    meant = combined.answers.values
    scale = 1.0 if composed.classes else float(np.nanstd(meant)) or 1.0
    difference = np.where(np.isfinite(meant), np.abs(given - meant), np.inf)
    share = float((difference <= TOLERANCE * scale).all(axis=1).mean())
    if share < FAITHFUL:
        raise ReuseError(
            f"one file would answer {1.0 - share:.0%} of your rows otherwise than the combination does",
            hint="keep it as a recipe, or teach a student (form recipe or student)",
        )
    return share, float(difference[np.isfinite(difference)].max())
