# SPDX-License-Identifier: Apache-2.0
"""Everything that is looked at before a draft is shown, in one place and in bounded time.

Rules
-----
* Checks that need no trial come first, and look at every row.  Rehearsed attacks have a time of their own, take a
  sample where rows are many, and say in a note where the time was not enough.
* Rehearsals are made with fresh noise, are charged to nobody, and leave nothing behind.
* Findings name columns, files and counts, never a value of a row.  Refusals come first.
* Data declared public are not asked for what they tell.

Called by `lwnode.node.actions.drafting`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from lwnode.documents import Card, Semantic
from lwnode.documents.semantic import check as check_semantic
from lwnode.errors import DataError, Finding, SpecificationError
from lwnode.models import arrays
from lwnode.models.kept_rows import kept_rows, words
from lwnode.specification import Specification, audit_arrays, audit_columns, audit_points
from lwnode.specification.audit import (
    MakeOf,
    audit_distances,
    audit_levels,
    audit_tracing,
    audit_unique_rows,
    audit_words,
    distances,
    rehearse,
    trace,
)
from lwnode.training import Table, encode, pose
from lwnode.training.membership import audit_membership, membership, preset_trainer
from lwnode.types import Matrix, PrivacyMode, Progress, part, silent

# of CPU for rehearsed attacks, as in the settings; at 3,000 rows of 10 columns the scans before them take 0.3
SECONDS = 2.5
_FEW_ROWS = 50
_SKETCH_SHARE = 0.55  # of the time, after which no further sketch is rehearsed
_REHEARSALS = 24
_SHORTEST_WORD = 3  # characters; shorter ones stand in a file by chance
_ORDER = {"refuse": 0, "warn": 1, "note": 2}


def audit_draft(
    spec: Specification,
    table: Table,
    raw: Matrix,
    *,
    model: bytes,
    card: Card,
    semantic: Semantic,
    mode: PrivacyMode,
    make: MakeOf | None,
    preset: str,
    rng: np.random.Generator,
    seconds: float = SECONDS,
    progress: Progress = silent,
) -> tuple[Finding, ...]:
    """Return everything that is to be said about a draft, refusals first.

    Parameters
    ----------
    spec : Specification
        That would leave.
    table : Table
        The rows behind specification and model.
    raw : (n, width) float64, raw
        The same rows in the specification's profile.
    model : bytes
        That would leave.
    card : Card
    semantic : Semantic
    mode : {"private", "no-noise", "public"}
    make : callable or None
        From positions of rows and a generator to a specification of these rows, made as this one was: same profile,
        mode, ε, δ, rows per person, size and labels.  Without it, and for public data, nothing is rehearsed.
    preset : str
        Of the model's record; what is not a preset, such as ``adopted``, cannot be trained again.
    rng : numpy.random.Generator
        Of the rehearsals' coins and noise.
    seconds : float
        Of CPU for rehearsed attacks, about: one that has begun is finished.
    progress : callable
        May raise `lwnode.errors.CancelledError`.
    """
    found = [*check_semantic(semantic), *_names(spec, card)]
    progress(0.0, "looking for copies of rows")
    if mode != "public":
        found += _sketch(spec, raw, mode)
        found += _model(model, table, raw, spec, card, trained_here=preset != "adopted")
        found += _lists(spec, table, model, card)
        began = time.thread_time()

        def until(share: float) -> Callable[[], bool]:
            return lambda: time.thread_time() - began < share * seconds

        if make is not None:
            found += _rehearsed(spec, raw, make, rng, until(_SKETCH_SHARE), part(progress, 0.3, 0.6))
        found += _attacked(table, card, preset, until(1.0), part(progress, 0.6, 1.0))
    return tuple(sorted(found, key=lambda finding: _ORDER[finding.severity]))


def _names(spec: Specification, card: Card) -> tuple[Finding, ...]:
    return audit_columns(sorted({c.name for c in spec.profile.columns} | {item.name for item in card.inputs}))


def _sketch(spec: Specification, raw: Matrix, mode: PrivacyMode) -> Iterator[Finding]:
    """What the points say, without a trial."""
    copies = audit_points(spec, raw)
    yield from copies
    if not any(finding.severity == "refuse" for finding in copies):  # which says it already
        yield from audit_unique_rows(spec, raw)
    if mode == "no-noise":
        message = "the sketch carries no privacy guarantee: an attacker who knows much may tell who is in the data"
        yield Finding(code="no-noise", severity="warn", message=message, where="specification.safetensors")


def _model(
    model: bytes, table: Table, raw: Matrix, spec: Specification, card: Card, *, trained_here: bool
) -> Iterator[Finding]:
    """What the model file holds of the rows."""
    inside = arrays(model)
    names = tuple(item.name for item in card.inputs)
    if set(names) <= set(table.names):
        rows = encode(card.inputs, table.features(names))
        yield from audit_arrays(inside, rows.astype(np.float64))
    yield from audit_arrays(inside, raw, profile=spec.profile)
    kept = kept_rows(model, rows=len(raw), trained_here=trained_here)
    foreign = card.origin is not None and card.origin.kind != "distilled"  # its trees were grown on other rows
    yield from (finding for finding in kept if not (foreign and finding.code == "small-leaves"))
    if len(raw) < _FEW_ROWS:
        message = f"{len(raw)} rows are too few: a model of so few people tells about each of them"
        yield Finding(code="few-rows", severity="refuse", message=message)


def _lists(spec: Specification, table: Table, model: bytes, card: Card) -> Iterator[Finding]:
    """Rare levels in what would be listed, and rare values among the words of the model file."""
    listed = {column.name: column.levels for column in spec.profile.columns if column.levels}
    own = spec.profile.origin in ("own data", "bounds")
    public: dict[str, tuple[str, ...]] = {} if own else listed
    if own:
        yield from audit_levels(listed, table.columns, where="profile.json")
    ports = {item.name: set(item.levels) - set(public.get(item.name, ())) for item in card.inputs}
    classes = {card.target: set(card.classes) - set(public.get(card.target, ()))}
    yield from audit_levels({**classes, **ports}, table.columns, where="card.json")
    told = {word for levels in (*listed.values(), *(item.levels for item in card.inputs)) for word in levels}
    spelt = {word for word in words(model) if len(word) >= _SHORTEST_WORD} - told - set(card.classes)
    texts = {name: values for name, values in table.columns.items() if values.dtype == object}
    yield from audit_words(spelt, texts, where="model.onnx")


def _rehearsed(
    spec: Specification,
    raw: Matrix,
    make: MakeOf,
    rng: np.random.Generator,
    more: Callable[[], bool],
    progress: Progress,
) -> Iterator[Finding]:
    """Attacks on sketches made as this one was."""
    try:
        runs = rehearse(raw, spec.profile, make, rng=rng, most=_REHEARSALS, more=more, progress=progress)
    except SpecificationError:
        runs = None
    traces = trace(runs) if runs is not None else ()
    if runs is None or not traces:
        message = (
            "no attack on the sketch was rehearsed: a part of the rows is too few for another one, or time was short"
        )
        yield Finding(code="tracing-not-measured", severity="note", message=message, where="specification.safetensors")
        return
    yield from audit_tracing(traces, spec.card.privacy)
    if spec.card.privacy.mode != "private":
        yield from audit_distances(distances(runs))


def _attacked(
    table: Table, card: Card, preset: str, more: Callable[[], bool], progress: Progress
) -> tuple[Finding, ...]:
    """Attacks on models trained as this one was."""
    if card.task == "feature extraction" or card.privacy is not None:  # private training is not run again
        return audit_membership(None)
    try:
        problem = pose(table, card.task)
    except DataError:
        return audit_membership(None)
    train = preset_trainer(problem, card.family, preset) if more() else None
    if train is None or not more():
        return audit_membership(None)
    return audit_membership(membership(problem, train, more=more, progress=progress))
