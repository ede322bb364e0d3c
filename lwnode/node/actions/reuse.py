# SPDX-License-Identifier: Apache-2.0
"""Reuse: run found learnwares on one's own rows, each in a worker process, and combine their answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import DataError, NotFoundError, ReuseError, SettingsError
from lwnode.market import Entry
from lwnode.node.actions.action import action
from lwnode.node.asking import Asked, Questioner, kind_of
from lwnode.node.comparison import FEWEST, NO_LABELS, Judged, judge
from lwnode.node.data import DataRef, comparable, load, stated_units
from lwnode.node.engine import Engine
from lwnode.node.records import LeftOut, Predictions, Reused, ReuseMember, ReuseReport
from lwnode.reuse import (
    LEARN_FROM_LABELS,
    LEARN_FROM_ROWS,
    Combination,
    Labelled,
    View,
    combine,
    out_of_fold,
    pick,
    resolve,
    views_of,
)
from lwnode.training import Table
from lwnode.training.columns import as_levels
from lwnode.types import Progress, part, silent


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
    kind = kind_of(entries[0].card)
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


def _targets(rows: Table, asked: Asked) -> NDArray[np.float64] | NDArray[np.int64]:
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
    across: bool = False,
    maps: dict[str, str] | None = None,
    progress: Progress = silent,
) -> Reused:
    """Predict the rows of ``data`` with the members.

    ``reference`` are the rows that weigh them (default: ``data``); ``weights`` are the shares of a multiple
    recommendation, where the members come from one; methods that can learn from the labels of ``labelled``.  ``across``
    also asks members whose columns have other names or are there in part, through the map that a search across islands
    shows, and fills what lacks from their specifications; ``maps`` are pairs (own column → a learnware's) that a person
    confirmed for that.
    """
    resolve(method, len(members), "values")
    if weights is not None and not any(weights.get(member, 0.0) > 0 for member in members):
        raise SettingsError("the weights name none of the members")
    weighing_ref = data if reference is None else reference
    weighing = load(engine, weighing_ref)
    units = stated_units(engine, weighing_ref, weighing)
    named = _members(engine, members)
    views, left_out = _views(named, weighing, units, maps or {}) if across or maps else (_by_name(named), {})
    taking_part, name = _taking_part(tuple(view.entry for view in views), method)
    together = {entry.id for entry in taking_part}
    others = [view.entry for view in views if view.entry.id not in together]
    left_out |= {entry.id: f"It answers another question than '{taking_part[0].name}'." for entry in others}
    chosen = tuple(view for view in views if view.entry.id in together)
    questioner = Questioner(engine=engine, views=chosen, units=units)
    table = weighing if reference is None else load(engine, data)
    asked = questioner.ask(table, part(progress, 0.1, 0.5))
    weighed, distances = asked, asked.distances
    if reference is not None:
        if name in LEARN_FROM_ROWS:
            weighed = questioner.ask(weighing, part(progress, 0.5, 0.7))
            distances = weighed.distances
        else:
            distances = questioner.distances(weighing)
    shares = None if weights is None else np.array([weights.get(entry.id, 0.0) for entry in questioner.entries])
    shares = shares if shares is not None and shares.any() else None
    team = questioner.members(asked, distances, shares, part(progress, 0.85, 0.95))
    mine = weighed.evidence
    known: Labelled | None = None
    rows: Table | None = None
    if labelled is not None:
        rows = load(engine, labelled)
        targets = _targets(rows, asked)
        said = questioner.ask(rows, part(progress, 0.7, 0.85))
        known = Labelled(evidence=said.evidence.take(np.flatnonzero(rows.labelled)), targets=targets)
    held = None
    if method == "auto":
        choice = pick(name, team, mine, known)
        name, held = choice.method, choice.held
    used = known if name in LEARN_FROM_LABELS else None
    combination = combine(name, team, mine, evidence=asked.evidence, labelled=used)
    left_out |= asked.silent
    report = _report(combination, questioner, asked, {entry.id: entry.name for entry in named}, left_out)
    if rows is not None and known is not None:
        progress(0.95, "comparing with a model trained on your labels alone")
        if held is None and len(known) >= FEWEST:
            held = out_of_fold(name, team, mine, known)
        report = _with_judgement(report, judge(held, known.targets, rows, asked.classes))
    predictions = Predictions(values=combination.values, classes=asked.classes)
    return Reused(predictions=predictions, report=report)


def _report(
    combination: Combination,
    questioner: Questioner,
    asked: Asked,
    names: Mapping[str, str],
    left_out: Mapping[str, str],
) -> ReuseReport:
    """Return the report of a combination, before labels say anything.

    Parameters
    ----------
    combination : Combination
    questioner : Questioner
    asked : Asked
    names : mapping
        Id → name of everybody who was named.
    left_out : mapping
        Id → why it took no part.
    """
    told = combination.report
    ids = [entry.id for entry in questioner.entries]
    shares = {} if told.shares is None else dict(zip(ids, map(float, told.shares), strict=True))
    return ReuseReport(
        method=told.method,
        members=_taken(told.members, questioner.views, asked),
        covered=np.asarray(asked.evidence.covered.any(axis=0)),
        coverage=told.coverage,
        left_out=tuple(LeftOut(learnware=i, name=names[i], reason=reason) for i, reason in left_out.items()),
        unknown=NO_LABELS,
        note=_note(len(questioner.views) - len(asked.silent), len(left_out)),
        prior=() if combination.prior is None else tuple(map(float, combination.prior)),
        labels=told.labels,
        shares=shares,
    )


def _with_judgement(report: ReuseReport, judged: Judged) -> ReuseReport:
    """Return the report with what labels say."""
    return dataclasses.replace(
        report,
        estimate=judged.estimate,
        unknown=judged.unknown,
        comparison=judged.comparison,
        lead=judged.lead,
        best=judged.best,
        note=f"{report.note}; {judged.note}",
    )


def _by_name(entries: tuple[Entry, ...]) -> tuple[View, ...]:
    return tuple(View(entry=entry) for entry in entries)


def _views(
    entries: tuple[Entry, ...], table: Table, units: Mapping[str, str], stated: Mapping[str, str]
) -> tuple[tuple[View, ...], dict[str, str]]:
    """Return how the table's columns reach learnwares, and why some are out of reach.

    Raises
    ------
    ReuseError
        All of them are.
    """
    views, left_out = views_of(entries, comparable(table), units, stated)
    if not views:
        identity, reason = next(iter(left_out.items()))
        name = next(entry.name for entry in entries if entry.id == identity)
        more = f" (and {len(left_out) - 1} more)" if len(left_out) > 1 else ""
        raise ReuseError(
            f"none of the learnwares can be asked about your columns: '{name}': {reason}{more}",
            hint="see what is reached with `lwnode search DATA --across`, and confirm columns with --map COLUMN=THEIRS",
        )
    return views, left_out


def _taken(
    parts: tuple[tuple[str, float], ...], views: tuple[View, ...], asked: Asked
) -> tuple[ReuseMember, ...]:  # fmt: skip
    """Return who took part, the largest part first."""
    lost = np.zeros(len(views)) if asked.lost is None else asked.lost
    by_id = {view.entry.id: (view, float(loss)) for view, loss in zip(views, lost, strict=True)}
    out: list[ReuseMember] = []
    for identity, weight in parts:
        view, loss = by_id[identity]
        if identity in asked.silent:
            continue
        member = ReuseMember(
            learnware=identity,
            name=view.entry.name,
            organisation=view.entry.organisation,
            weight=weight,
            columns={pair.ours: pair.theirs for pair in view.pairs if pair.ours != pair.theirs},
            filled=view.missing,
            lost=loss,
        )
        out.append(member)
    return tuple(out)


def _note(taking_part: int, left_out: int) -> str:
    """Return what happened in a sentence."""
    one = taking_part == 1
    text = "one learnware took part" if one else f"{taking_part} learnwares took part, each where its own data were"
    return text if not left_out else f"{text}; {left_out} took no part"
