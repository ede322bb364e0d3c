# SPDX-License-Identifier: Apache-2.0
"""Reuse: run found learnwares on one's own rows, each in a worker process, and combine their answers."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import NotFoundError, ReuseError, SettingsError
from lwnode.market import Entry
from lwnode.node.actions.action import action
from lwnode.node.actions.training import run_model
from lwnode.node.comparison import compare
from lwnode.node.data import DataRef, comparable, load
from lwnode.node.engine import Engine
from lwnode.node.records import Predictions, Reused, ReuseMember, ReuseReport
from lwnode.reuse import SCALE, Combination, Evidence, align_probabilities, choose, combine, densities, stack_values
from lwnode.training import Table
from lwnode.types import Matrix, Progress, Vector, silent


def _like(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the members that answer the same question as the first: the same task and the same classes."""
    lead = entries[0].card
    return tuple(e for e in entries if e.card.task == lead.task and set(e.card.classes) == set(lead.classes))


def _members(engine: Engine, ids: tuple[str, ...]) -> tuple[Entry, ...]:
    """Return the named learnwares that answer one question, in the order named.

    Raises
    ------
    ReuseError
        None was named.
    NotFoundError
        One is not ready here.
    """
    if not ids:
        raise ReuseError("no learnware was named", hint="search first, or give ids with --with")
    full = tuple(dict.fromkeys(engine.store.catalogue.get(identity).id for identity in ids))
    entries = engine.entries(full)
    if len(entries) < len(full):
        raise NotFoundError(
            f"{len(full) - len(entries)} of the learnwares are not ready here", hint="try `lwnode sync`"
        )
    return _like(entries)


def _answers(engine: Engine, entries: tuple[Entry, ...], table: Table, progress: Progress) -> list[Matrix]:
    """Return every member's own answers for the rows, (n, own outputs) each."""
    out = []
    for number, entry in enumerate(entries):
        progress(0.1 + 0.6 * number / len(entries), f"running '{entry.name}' in its own process")
        model = engine.model_of(engine.store.catalogue.get(entry.id))
        if model is None:
            raise ReuseError(
                f"the model of '{entry.name}' is not here yet", hint=f"get it with `lwnode fetch {entry.id[:12]}`"
            )
        out.append(run_model(engine, entry.card, model, table, progress).values)
    return out


def _combined(
    engine: Engine,
    method: str,
    entries: tuple[Entry, ...],
    table: Table,
    progress: Progress,
    distances: Vector | None = None,
    weights: dict[str, float] | None = None,
) -> tuple[Combination, NDArray[np.bool_], Vector]:
    """Return the combination for a table's rows, who covers which row, and the distances that weighed them."""
    card = entries[0].card
    answers = _answers(engine, entries, table, progress)
    progress(0.75, "looking where their data were")
    presence = densities(entries, comparable(table), scale=SCALE[card.task], units=table.units)
    if card.task == "classification":
        stacked, union = align_probabilities(answers, [entry.card.classes for entry in entries])
        stacked = stacked[:, :, [union.index(label) for label in card.classes]]
    else:
        stacked = stack_values(answers)
    evidence = Evidence(
        kind="probabilities" if card.task == "classification" else "values",
        predictions=stacked,
        densities=presence.densities,
        distances=presence.distances if distances is None else distances,
        covered=presence.covered,
        weights=None if weights is None else np.array([weights.get(entry.id, 0.0) for entry in entries]),
    )
    combination = combine(method, evidence, [entry.id for entry in entries])
    return combination, presence.covered, evidence.distances


def _note(taking_part: int, left_out: int) -> str:
    """Return what happened in a sentence."""
    text = f"{taking_part} learnwares took part, each where its own data were"
    return text if not left_out else f"{text}; {left_out} answer another question and were left out"


@action
def reuse(
    engine: Engine,
    *,
    members: tuple[str, ...],
    data: DataRef,
    reference: DataRef | None = None,
    method: str = "auto",
    weights: dict[str, float] | None = None,
    labelled: DataRef | None = None,
    progress: Progress = silent,
) -> Reused:
    """Predict the rows of ``data`` with the members.

    ``reference`` are the rows that weigh them (default: ``data``); ``weights`` are the shares of a multiple
    recommendation, where the members come from one.
    """
    choose(method, len(members))
    if weights is not None and not any(weights.get(member, 0.0) > 0 for member in members):
        raise SettingsError("the weights name none of the members")
    entries = _members(engine, members)
    card = entries[0].card
    table = load(engine, data)
    distances = None
    if reference is not None:
        weighing = load(engine, reference)
        distances = densities(entries, comparable(weighing), scale=SCALE[card.task], units=weighing.units).distances
    combination, covered, distances = _combined(engine, method, entries, table, progress, distances, weights)
    known = {entry.id: entry for entry in entries}
    report = ReuseReport(
        method=combination.report.method,
        members=tuple(
            ReuseMember(learnware=i, name=known[i].name, organisation=known[i].organisation, weight=weight)
            for i, weight in combination.report.members
        ),
        covered=np.asarray(covered.any(axis=0)),
        note=_note(len(entries), len(set(members)) - len(entries)),
    )
    if labelled is not None:
        progress(0.85, "comparing with a model trained on your labels alone")
        rows = load(engine, labelled)
        held, _, _ = _combined(engine, method, entries, rows, progress, distances, weights)
        comparison, best, note = compare(held.values, rows, card)
        report = dataclasses.replace(report, comparison=comparison, best=best, note=note)
    return Reused(predictions=Predictions(values=combination.values, classes=card.classes), report=report)
