# SPDX-License-Identifier: Apache-2.0
"""Training, adopting and trying this node's own models."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, TypeAlias

import msgspec

from lwnode.documents import Card, Input, digest
from lwnode.documents.decoders import decoder
from lwnode.errors import DataError, ModelError, SettingsError
from lwnode.models import Worker
from lwnode.models import adopt as take_in
from lwnode.node import column_maps
from lwnode.node.actions.action import action
from lwnode.node.actions.data import framed, register
from lwnode.node.data import DataRef, is_registered, load, load_dataset
from lwnode.node.engine import Engine
from lwnode.node.origins import start_of
from lwnode.node.privacy import PrivacyChoice
from lwnode.node.private_training import PRESET, train_privately
from lwnode.node.records import LeaderRow, ModelInfo, Predictions
from lwnode.store import DataSet, ModelRecord
from lwnode.training import Row, Table, encode, train_in_worker, tune_in_worker
from lwnode.training.columns import Values
from lwnode.types import Matrix, Progress, silent

Ask: TypeAlias = Callable[[Mapping[str, Values], Progress], Matrix]

_TRIAL = 32  # rows on which an adopted model is tried


def registered(engine: Engine, data: DataRef, rows_per_person: int = 1) -> tuple[DataSet, Table]:
    """Return the data set that ``data`` names and its rows; a plain table is registered by its own name first."""
    if data.name and (not data.path or is_registered(engine, data.name)):
        dataset = engine.store.datasets.get(data.name)
        if data.target and not dataset.target:
            withheld = tuple(name for name in dataset.withheld if name != data.target)
            dataset = dataclasses.replace(dataset, target=data.target, withheld=withheld)
            table = load_dataset(engine, dataset)
            engine.store.datasets.put(dataset)
            return dataset, table
        if data.target and data.target != dataset.target:
            raise SettingsError(
                f"data set '{dataset.name}' predicts '{dataset.target}'",
                hint=f"register the file under another name to predict '{data.target}'; it shares the budget",
            )
        return dataset, load_dataset(engine, dataset)
    source, table, frame = framed(engine, data)
    for dataset in engine.store.datasets.list():
        if source.content in (dataset.content, dataset.source) and dataset.target == (table.target or ""):
            known = _withholding(engine, dataset, source)
            return known, load_dataset(engine, known)  # as it was registered: its persons, profile and map
    dataset = register(engine, table, name=table.name, rows_per_person=rows_per_person, profile=frame, source=source)
    return dataset, table


def _withholding(engine: Engine, dataset: DataSet, source: Table) -> DataSet:
    """Return a registered data set that withholds what a person withheld now too; all else stays as it was said."""
    moved = {pair.ours: pair.theirs for pair in column_maps.from_text(dataset.renamed)}
    more = {moved.get(name, name) for name in source.withheld} - {*dataset.withheld, dataset.target}
    if not more:
        return dataset
    columns = tuple(
        dataclasses.replace(column, role="ignored") if column.name in more else column for column in dataset.columns
    )
    dataset = dataclasses.replace(dataset, columns=columns, withheld=tuple(sorted({*dataset.withheld, *more})))
    engine.store.datasets.put(dataset)
    return dataset


def model_info(record: ModelRecord) -> ModelInfo:
    """Return a model as the faces see it."""
    return ModelInfo(
        id=record.id,
        name=record.name,
        dataset=record.dataset,
        family=record.family,
        task=record.task,
        figures=record.card.figures,
        leaderboard=decoder(tuple[LeaderRow, ...]).decode(record.leaderboard_json),
        card=record.card,
        created=record.created,
    )


def keep(
    engine: Engine, *, dataset: DataSet, card: Card, model: bytes, leaderboard: tuple[LeaderRow, ...], preset: str
) -> ModelInfo:
    """Keep a model as one of this node's own.

    What was made from learnwares does not take the place of a model that was trained here and is the same bytes.
    """
    identity = digest(model)
    record = ModelRecord(
        id=identity,
        name=f"{dataset.name}: {card.family}",
        dataset=dataset.name,
        family=card.family,
        task=card.task,
        card=card,
        model=engine.store.blobs.put(model),
        leaderboard_json=msgspec.json.encode(leaderboard).decode(),
        preset=preset,
        created=engine.now(),
        rows=dataset.content,
    )
    with engine.store.transaction():
        same = [known for known in engine.store.models.list() if known.id == identity]
        if card.origin is None or not any(known.card.origin is None for known in same):
            engine.store.models.put(record)
    return model_info(record)


@action
def train(
    engine: Engine,
    *,
    data: DataRef,
    task: Literal["", "classification", "regression"] = "",
    preset: Literal["quick", "balanced", "thorough"] = "balanced",
    seed: int = 0,
    privacy: PrivacyChoice | None = None,
    family: Literal["", "linear", "network", "images"] = "",
    classes: tuple[str, ...] = (),
    bounds: tuple[float, float] | None = None,
    start: str = "",
    progress: Progress = silent,
) -> ModelInfo:
    """Train models on a data set in a process of their own and keep the best one; or one private model; or a start.

    With ``start``, the id of a learnware, its model is trained further on the data set's labels, of which ten are
    enough; where that makes it no better, it stays as it is, and the leaderboard says so.

    With ``privacy`` one model is fitted that is (ε, δ)-private itself, charged to the data set's budget: of ``family``,
    by default linear.  It takes no preset and no seed.  ``classes`` or ``bounds`` describe the target in public where
    the profile does not.
    """
    if not 0 <= seed < 2**32:
        raise SettingsError("the seed must be between 0 and 4294967295")
    dataset, table = registered(engine, data)
    if not table.target:
        raise DataError(
            f"data set '{dataset.name}' has no target column", hint="say which column to predict with target="
        )
    if start:
        return _train_further(engine, dataset, table, task, start, seed, privacy, (*classes, family), progress)
    if privacy is not None:
        return _train_privately(engine, dataset, table, task, family, privacy, classes, bounds, progress)
    if family or classes or bounds is not None:
        raise SettingsError(
            "a family, classes and bounds are stated for a private model", hint="give privacy=, or leave them out"
        )
    trained = train_in_worker(
        table,
        task=task or None,
        preset=preset,
        seed=seed,
        memory=engine.settings.worker_memory,
        folder=engine.home.scratch,
        progress=progress,
    )
    rows = leader_rows(trained.leaderboard)
    card = dataclasses.replace(trained.card, encoder=table.encoder)
    return keep(engine, dataset=dataset, card=card, model=trained.model, leaderboard=rows, preset=preset)


def _train_further(
    engine: Engine,
    dataset: DataSet,
    table: Table,
    task: Literal["", "classification", "regression"],
    identity: str,
    seed: int,
    privacy: PrivacyChoice | None,
    stated: tuple[str, ...],
    progress: Progress,
) -> ModelInfo:
    """Train a learnware's model further on the labels of a data set."""
    if privacy is not None or any(stated):
        raise SettingsError(
            "a private model is trained from nothing: what it started from would not be private",
            hint="leave out either the start, or privacy, family, classes and bounds",
        )
    start = start_of(engine, identity)
    if task and task != start.card.task:
        raise SettingsError(f"the model to start from is for {start.card.task}", hint="leave the task out")
    tuned = tune_in_worker(
        table,
        start,
        seed=seed,
        memory=engine.settings.worker_memory,
        folder=engine.home.scratch,
        progress=progress,
    )
    rows = leader_rows(tuned.leaderboard)
    return keep(engine, dataset=dataset, card=tuned.card, model=tuned.model, leaderboard=rows, preset=tuned.preset)


def leader_rows(board: tuple[Row, ...]) -> tuple[LeaderRow, ...]:
    """Return a leaderboard as the faces see it."""
    return tuple(
        LeaderRow(
            family=row.family,
            figure=row.figure.name if row.figure else "",
            value=row.figure.value if row.figure else None,
            low=row.figure.low if row.figure else None,
            high=row.figure.high if row.figure else None,
            seconds=row.seconds,
            note=row.note,
        )
        for row in board
    )


def _train_privately(
    engine: Engine,
    dataset: DataSet,
    table: Table,
    task: Literal["", "classification", "regression"],
    family: str,
    privacy: PrivacyChoice,
    classes: tuple[str, ...],
    bounds: tuple[float, float] | None,
    progress: Progress,
) -> ModelInfo:
    """Train one private model, or return the one that was drawn before as it was kept."""
    card, model, board = train_privately(
        engine,
        dataset,
        table,
        task=task or None,
        family=family,
        privacy=privacy,
        classes=classes,
        bounds=bounds,
        progress=progress,
    )
    identity = digest(model)
    known = next((record for record in engine.store.models.list() if record.id == identity), None)
    if known is not None:
        return model_info(known)
    card = dataclasses.replace(card, encoder=table.encoder)
    return keep(engine, dataset=dataset, card=card, model=model, leaderboard=leader_rows(board), preset=PRESET)


@action
def adopt(
    engine: Engine,
    *,
    model: bytes,
    data: DataRef,
    inputs: tuple[Input, ...],
    classes: tuple[str, ...] = (),
    task: Literal["classification", "regression", "feature extraction"] = "classification",
    family: str = "own model",
    agreement: float = 1.0,
    difference: float = 0.0,
    progress: Progress = silent,
) -> ModelInfo:
    """Keep an ONNX model of one's own, tried in a worker process first.

    ``agreement`` and ``difference`` are those of the probe that was replayed when an estimator was converted.
    """
    dataset, table = registered(engine, data)
    progress(None, "trying the model in its own process")
    rows = encode(inputs, table.features(tuple(item.name for item in inputs)))
    adopted = take_in(
        model, inputs=inputs, classes=classes, task=task, probe=rows[:_TRIAL], family=family, progress=progress
    )
    card = Card(
        family=adopted.family,
        task=adopted.task,
        inputs=inputs,
        classes=adopted.classes,
        target=table.target or "",
        figures_note="adopted; its owner published no figures",
        probe_agreement=agreement,
        probe_difference=difference,
        note=" ".join(finding.message for finding in adopted.findings),
        encoder=table.encoder,
    )
    return keep(engine, dataset=dataset, card=card, model=adopted.bytes, leaderboard=(), preset="adopted")


@action
def models(engine: Engine) -> tuple[ModelInfo, ...]:
    """List this node's models."""
    return tuple(model_info(record) for record in engine.store.models.list())


@action
def model(engine: Engine, *, id: str) -> ModelInfo:
    """Show one of this node's models."""
    return model_info(engine.store.models.get(id))


def _named(card: Card, table: Table) -> Table:
    """Return a matrix without names under the names of the model's inputs, which then stand in its order."""
    plain = table.names == tuple(f"column_{i + 1}" for i in range(len(card.inputs)))
    if not plain or any(item.type == "category" or item.name in table.columns for item in card.inputs):
        return table
    columns = {item.name: values for item, values in zip(card.inputs, table.columns.values(), strict=True)}
    return dataclasses.replace(
        table, columns=columns, types=dict.fromkeys(columns, "number"), roles=dict.fromkeys(columns, "feature")
    )


def run_model(engine: Engine, card: Card, model: bytes, table: Table, progress: Progress) -> Predictions:
    """Run a model on a table's rows in a worker process.

    Raises
    ------
    DataError
        The table lacks a column that the model reads.
    ModelError
        As `Worker.predict`, or the model answers something else than its card says.
    """
    names = tuple(item.name for item in card.inputs)
    table = _named(card, table)
    if card.encoder and not {item.name for item in card.inputs} <= set(table.names):
        raise DataError(
            f"the model reads what the encoder {card.encoder} gives, and the data are something else",
            hint="give the images or texts themselves",
        )
    lacking = [name for name in names if name not in table.names]
    if lacking:
        raise DataError(
            "the table lacks columns that the model reads: " + ", ".join(lacking[:5]),
            hint="rename the columns, choose another model, or reuse across islands (--across), which fills them",
        )
    with running(engine, card, model) as ask:
        return Predictions(values=ask(table.features(names), progress), classes=card.classes)


@contextmanager
def running(engine: Engine, card: Card, model: bytes) -> Iterator[Ask]:
    """Start a model in a worker process, and return how to ask it: columns by name → answers, (n, k) float64.

    Raises
    ------
    ModelError
        As `Worker.predict`, or the model answers something else than its card says.
    """
    kind = {"classification": "probabilities", "regression": "values"}.get(card.task, "features")
    settings = engine.settings
    with Worker(model, memory=settings.worker_memory, seconds=settings.worker_seconds) as worker:

        def ask(columns: Mapping[str, Values], progress: Progress) -> Matrix:
            answer = worker.predict(encode(card.inputs, columns), progress=progress)
            if kind not in answer:
                raise ModelError(f"the model does not answer with {kind}", hint="Use another learnware.")
            return answer[kind].astype("float64")

        yield ask


@action
def predict(engine: Engine, *, model: str, data: DataRef, progress: Progress = silent) -> Predictions:
    """Predict with one of this node's own models."""
    record = engine.store.models.get(model)
    progress(None, "predicting")
    return run_model(engine, record.card, engine.store.blobs.get(record.model), load(engine, data), progress)
