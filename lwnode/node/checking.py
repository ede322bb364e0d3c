# SPDX-License-Identifier: Apache-2.0
"""Running the market's checker: on a draft before it is shown, and on what arrived once its files are here.

Rules
-----
* The model runs in a worker process, within the settings' memory and time, and never longer than `WALL` seconds in all.
* A model that ends its worker is asked on in a new one, so that one odd row does not keep the rest from being checked.
* A report is kept whatever it says.  An invalid learnware stays in the catalogue, with its reasons, and a search leaves
  it out.

Called by the actions and by `lwnode.node.check_queue`.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from lwnode.archive import Learnware
from lwnode.checker import MEANING, VERSION, CheckReport, Evidence, Twin, check_learnware, points_digest, same_rows
from lwnode.documents import Manifest, SpecificationCard, decode
from lwnode.errors import DataError, DocumentError, NotFoundError, SpecificationError, StoreError, WorkerError
from lwnode.models import Worker
from lwnode.node.data import comparable, load_dataset
from lwnode.node.engine import Engine
from lwnode.node.records import CheckInfo
from lwnode.specification import raw_matrix
from lwnode.store import CatalogueRow, CheckRecord
from lwnode.training import Table, encode
from lwnode.types import Progress, silent

log = logging.getLogger(__name__)

WALL: Final = 30.0  # seconds of one check, waiting included; a small model takes under one
_CPU: Final = 30  # seconds


class Asking:
    """Asks one model in worker processes, as the checker asks; a context manager.

    Parameters
    ----------
    model : bytes
    memory : bytes
        Of a worker's address space.
    seconds : int
        Of processor time of a worker.
    wall : float
        Seconds for all questions together.
    progress : callable
        May raise `lwnode.errors.CancelledError`.
    """

    def __init__(self, model: bytes, *, memory: int, seconds: int, wall: float, progress: Progress) -> None:
        self._model = model
        self._memory, self._seconds = memory, seconds
        self._end = time.monotonic() + wall
        self._progress = progress
        self._worker: Worker | None = None

    def __call__(self, rows: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Return the model's answer to encoded rows.

        Raises
        ------
        ModelError
            As `lwnode.models.Worker.predict`; the next question starts another worker where this one ended.
        CancelledError
            ``progress`` asked to stop.
        """
        left = self._end - time.monotonic()
        if left <= 0.0:
            raise WorkerError("the time for its check is over", hint="check it again when the computer is less busy")
        try:
            if self._worker is None:
                self._worker = Worker(self._model, memory=self._memory, seconds=self._seconds, wall=left)
            return self._worker.predict(rows, progress=lambda share, doing: self._progress(None, doing))
        except WorkerError:
            self._close()
            raise

    def _close(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()


def examine(
    engine: Engine, ware: Learnware, *, evidence: Evidence | None = None, progress: Progress = silent
) -> CheckRecord:
    """Check a learnware, or a draft of one, and return its report; nothing is kept.

    Raises
    ------
    CancelledError
        ``progress`` asked to stop.
    """
    points = points_digest(ware.specification)
    twins = _twins(engine, points, ware.manifest.publisher)
    if ware.model is None:
        report = check_learnware(ware, None, clock=time.perf_counter, twins=twins, progress=progress)
    else:
        memory, seconds = worker_limits(engine)
        with Asking(ware.model, memory=memory, seconds=seconds, wall=WALL, progress=progress) as predict:
            report = check_learnware(
                ware, predict, clock=time.perf_counter, twins=twins, evidence=evidence, progress=progress
            )
    return _record(engine, ware.id, report, points)


def worker_limits(engine: Engine) -> tuple[int, int]:
    """Return bytes and seconds of processor time that a model may take in a check."""
    return engine.settings.worker_memory, min(engine.settings.worker_seconds, _CPU)


def check_row(
    engine: Engine, row: CatalogueRow, *, labelled: Table | None = None, progress: Progress = silent
) -> CheckRecord:
    """Check a learnware of the catalogue whose files are here, and keep the report.

    Parameters
    ----------
    engine : Engine
    row : CatalogueRow
        Ready.
    labelled : Table, optional
        Rows with labels, on which its figures are tried.

    Raises
    ------
    DataError
        The table lacks what the model reads, or its labels.
    TrustError, ArchiveError, DocumentError, SpecificationError, StoreError
        A file can no longer be read.
    CancelledError
        ``progress`` asked to stop.
    """
    ware = dataclasses.replace(engine.read(row), model=engine.model_of(row))
    evidence = None if labelled is None else evidence_of(ware, labelled)
    record = examine(engine, ware, evidence=evidence, progress=progress)
    engine.store.checks.put(record)
    if record.status < 0:
        log.warning("learnware %s was checked: %s", row.id[:12], record.findings[0].code)
    return record


def evidence_of(ware: Learnware, table: Table) -> Evidence:
    """Return a table's rows and labels as the model reads them.

    Raises
    ------
    DataError
        It lacks columns that the model reads, or has no labels.
    """
    card = ware.card
    target = table.target or (card.target if card.target in table.columns else None)
    if target is None:
        raise DataError(
            "the rows have no labels to try the figures on",
            hint=f"name the column with --target; the model predicts '{card.target}'",
        )
    rows = encode(card.inputs, table.features(tuple(item.name for item in card.inputs)))
    return Evidence(rows=rows, target=table.columns[target], same=_same(ware, table))


def public_evidence(engine: Engine, ware: Learnware) -> Table | None:
    """Return the registered data set that a public specification was made of, where it is one of this node's."""
    if ware.specification.card.privacy.mode != "public":
        return None
    for dataset in engine.store.datasets.list():
        if dataset.target != ware.card.target:
            continue
        try:
            table = load_dataset(engine, dataset, ware.profile)
        except (DataError, StoreError):
            continue  # its file is gone: then there is nothing to compare with
        if _same(ware, table):
            return table
    return None


def _same(ware: Learnware, table: Table) -> bool:
    try:
        return same_rows(ware.specification, raw_matrix(ware.profile, comparable(table)))
    except SpecificationError:
        return False  # other columns


def _twins(engine: Engine, points: str, publisher: str) -> tuple[Twin, ...]:
    """Return the learnwares of other publishers with these points."""
    found: list[Twin] = []
    for identity in engine.store.checks.with_points(points, publisher=publisher):
        row = engine.store.catalogue.get(identity)
        entry = Manifest.from_bytes(row.manifest).file("specification.json")
        try:
            card = decode(engine.store.blobs.get(entry.sha256), SpecificationCard) if entry is not None else None
        except (StoreError, DocumentError):
            card = None
        public = card is not None and card.privacy.mode == "public"
        found.append(Twin(learnware=identity, organisation=row.organisation, public=public))
    return tuple(found)


def _record(engine: Engine, learnware: str, report: CheckReport, points: str) -> CheckRecord:
    return CheckRecord(
        learnware=learnware,
        status=report.status,
        findings=report.findings,
        ran=report.ran,
        seconds_per_row=report.seconds_per_row,
        points=points,
        version=VERSION,
        time=engine.now(),
    )


def check_info(engine: Engine, learnware: str) -> CheckInfo | None:
    """Return the report of a learnware as the faces see it; None where it was not checked."""
    record = engine.store.checks.get(learnware)
    if record is None:
        return None
    return CheckInfo(
        status=record.status,  # type: ignore[arg-type]  # the store holds the three
        meaning=MEANING[record.status],  # type: ignore[index]  # the same
        findings=record.findings,
        ran=record.ran,
        seconds_per_row=record.seconds_per_row,
        time=record.time,
    )


def is_due(engine: Engine, row: CatalogueRow) -> bool:
    """Say whether a learnware is to be checked: never, by earlier checks, or before its model was here."""
    record = engine.store.checks.get(row.id)
    if row.state != "ready":
        return False
    return record is None or record.version < VERSION or (not record.ran and engine.model_of(row) is not None)


def queue_due(engine: Engine) -> None:
    """Have every learnware that was not checked yet checked, where this node checks beside its other work."""
    if engine.checks is not None:
        engine.checks.add(engine.store.checks.due(VERSION))


def check_if_due(engine: Engine, learnware: str, progress: Progress) -> None:
    """Check a learnware that arrived, once; what is not here any more is passed over.

    Raises
    ------
    CancelledError
        ``progress`` asked to stop.
    """
    try:
        row = engine.store.catalogue.get(learnware)
    except NotFoundError:
        return
    if is_due(engine, row):
        check_row(engine, row, progress=progress)
