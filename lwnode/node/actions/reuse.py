# SPDX-License-Identifier: Apache-2.0
"""Reuse: run found learnwares on one's own rows, each in a worker process, and combine their answers."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Card
from lwnode.errors import DataError, NotFoundError, ReuseError, SettingsError
from lwnode.market import Entry
from lwnode.node.actions.action import action
from lwnode.node.actions.training import run_model
from lwnode.node.comparison import compare
from lwnode.node.data import DataRef, comparable, load
from lwnode.node.engine import Engine
from lwnode.node.records import Predictions, Reused, ReuseMember, ReuseReport
from lwnode.reuse import (
    LEARN_FROM_LABELS,
    LEARN_FROM_ROWS,
    SCALE,
    Evidence,
    Labelled,
    Members,
    align_probabilities,
    combine,
    densities,
    members_of,
    out_of_fold,
    pick,
    resolve,
    stack_values,
)
from lwnode.reuse.base import Kind
from lwnode.specification.frame import raw_matrix, to_frame
from lwnode.training import Table
from lwnode.training.columns import as_levels
from lwnode.training.problem import ROW_LIMIT
from lwnode.types import Matrix, Progress, Vector, part, silent


def _kind(card: Card) -> Kind:
    return "probabilities" if card.task == "classification" else "values"


def _like(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the members that answer the same question as the first: the same task and the same classes."""
    lead = entries[0].card
    return tuple(e for e in entries if e.card.task == lead.task and set(e.card.classes) == set(lead.classes))


def _united(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the classifiers whose classes can be united with the first one's: the same classes, or the same target."""
    lead = entries[0].card
    target = lead.target.casefold()
    return tuple(
        e
        for e in entries
        if e.card.task == lead.task
        and (set(e.card.classes) == set(lead.classes) or (target and e.card.target.casefold() == target))
    )


def _taking_part(entries: tuple[Entry, ...], method: str) -> tuple[tuple[Entry, ...], str]:
    """Return who can be combined, and the method that is meant."""
    kind = _kind(entries[0].card)
    if kind == "probabilities":
        together = _united(entries)
        same = len({frozenset(entry.card.classes) for entry in together}) == 1
        if (name := resolve(method, len(together), kind, same_classes=same)) == "fuse":
            return together, name
    alike = _like(entries)
    return alike, resolve(method, len(alike), kind)


def _members(engine: Engine, ids: tuple[str, ...]) -> tuple[Entry, ...]:
    """Return the named learnwares, in the order named.

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
    return entries


def _answers(engine: Engine, entries: tuple[Entry, ...], table: Table, progress: Progress) -> list[Matrix]:
    """Return every member's own answers for the rows, (n, own outputs) each."""
    out = []
    for number, entry in enumerate(entries):
        progress(number / len(entries), f"running '{entry.name}' in its own process")
        model = engine.model_of(engine.store.catalogue.get(entry.id))
        if model is None:
            raise ReuseError(
                f"the model of '{entry.name}' is not here yet", hint=f"get it with `lwnode fetch {entry.id[:12]}`"
            )
        out.append(run_model(engine, entry.card, model, table, progress).values)
    return out


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Asked:
    """What the members said of a table, how far it is from their data, and the classes in their common order."""

    evidence: Evidence
    distances: Vector
    classes: tuple[str, ...]


def _asked(engine: Engine, entries: tuple[Entry, ...], table: Table, progress: Progress) -> _Asked:
    """Run the members on a table."""
    card = entries[0].card
    answers = _answers(engine, entries, table, part(progress, 0.0, 0.9))
    progress(0.9, "looking where their data were")
    columns = comparable(table)
    presence = densities(entries, columns, scale=SCALE[card.task], units=table.units)
    classes: tuple[str, ...] = ()
    if card.task == "classification":
        stacked, classes = align_probabilities(answers, [entry.card.classes for entry in entries])
        if set(classes) == set(card.classes):
            stacked, classes = stacked[:, :, [classes.index(label) for label in card.classes]], card.classes
    else:
        stacked = stack_values(answers)
    frame = entries[0].profile
    evidence = Evidence(
        kind=_kind(card),
        predictions=stacked,
        densities=presence.densities,
        covered=presence.covered,
        rows=to_frame(frame, raw_matrix(frame, columns)) if {c.name for c in frame.features} <= set(columns) else None,
    )
    return _Asked(evidence=evidence, distances=presence.distances, classes=classes)


def _targets(rows: Table, asked: _Asked) -> NDArray[np.float64] | NDArray[np.int64]:
    """Return the labels of the rows that have one, as the reuse methods take them.

    Raises
    ------
    DataError
        No row has a label, or labels are unknown to the learnwares, or no numbers where the learnwares answer numbers.
    """
    values = rows.labels()[rows.labelled]
    if not len(values):
        raise DataError("none of the labelled rows has a label", hint="name the label column with target=")
    if not asked.classes:
        if values.dtype == object:
            raise DataError("the labels are not numbers", hint="name a target column with numbers")
        return np.asarray(values, dtype=np.float64)[:, None]
    names = [str(level) for level in as_levels(values)]
    if strange := set(names) - set(asked.classes):
        raise DataError(
            f"{len(strange)} label(s) are unknown to the learnwares",
            hint="bring the labels to the learnwares' spelling",
        )
    return np.array([asked.classes.index(name) for name in names], dtype=np.int64)


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
    recommendation, where the members come from one; methods that can learn from the labels of ``labelled``.
    """
    resolve(method, len(members), "values")
    if weights is not None and not any(weights.get(member, 0.0) > 0 for member in members):
        raise SettingsError("the weights name none of the members")
    entries, name = _taking_part(_members(engine, members), method)
    table = load(engine, data)
    asked = _asked(engine, entries, table, part(progress, 0.1, 0.5))
    mine, distances = asked.evidence, asked.distances
    if reference is not None:
        weighing = load(engine, reference)
        if name in LEARN_FROM_ROWS:
            there = _asked(engine, entries, weighing, part(progress, 0.5, 0.7))
            mine, distances = there.evidence, there.distances
        else:
            scale = SCALE[entries[0].card.task]
            distances = densities(entries, comparable(weighing), scale=scale, units=weighing.units).distances
    shares = None if weights is None else np.array([weights.get(entry.id, 0.0) for entry in entries])
    team = members_of(
        entries, distances, classes=asked.classes, weights=shares if shares is not None and shares.any() else None
    )
    known: Labelled | None = None
    rows: Table | None = None
    if labelled is not None:
        rows = load(engine, labelled)
        said = _asked(engine, entries, rows, part(progress, 0.7, 0.85))
        known = Labelled(evidence=said.evidence.take(np.flatnonzero(rows.labelled)), targets=_targets(rows, asked))
    if method == "auto":
        name = pick(name, team, mine, known).method
    used = known if name in LEARN_FROM_LABELS else None
    combination = combine(name, team, mine, evidence=asked.evidence, labelled=used)
    by_id = {entry.id: entry for entry in entries}
    report = ReuseReport(
        method=combination.report.method,
        members=tuple(
            ReuseMember(learnware=i, name=by_id[i].name, organisation=by_id[i].organisation, weight=weight)
            for i, weight in combination.report.members
        ),
        covered=np.asarray(asked.evidence.covered.any(axis=0)),
        note=_note(len(entries), len(set(members)) - len(entries)),
        prior=() if combination.prior is None else tuple(map(float, combination.prior)),
        labels=combination.report.labels,
    )
    if rows is not None and known is not None:
        report = _compared(name, team, mine, known, rows, asked.classes, report, progress)
    predictions = Predictions(values=combination.values, classes=asked.classes)
    return Reused(predictions=predictions, report=report)


def _compared(
    name: str,
    team: Members,
    mine: Evidence,
    known: Labelled,
    rows: Table,
    classes: tuple[str, ...],
    report: ReuseReport,
    progress: Progress,
) -> ReuseReport:
    """Return the report with the comparison, where there are labels enough for one."""
    if len(known) < ROW_LIMIT:
        note = f"{report.note}; {len(known)} labels are too few to compare with a model trained on them alone"
        return dataclasses.replace(report, note=note)
    progress(0.85, "comparing with a model trained on your labels alone")
    held = out_of_fold(name, team, mine, known)
    comparison, best, note = compare(held, rows, classes)
    return dataclasses.replace(report, comparison=comparison, best=best, note=note)
