# SPDX-License-Identifier: Apache-2.0
"""The node itself: status, outbox, jobs, settings, and the doctor."""

from __future__ import annotations

import shutil
import sys
from dataclasses import fields

from lwnode.errors import LwnodeError, SettingsError
from lwnode.node.actions.action import action
from lwnode.node.actions.partners import links
from lwnode.node.engine import Engine
from lwnode.node.records import Check, JobInfo, OutboxInfo, OutboxRow, Status
from lwnode.settings import write
from lwnode.trust import readable

_DOCUMENTS = frozenset({"keys document", "profile", "manifest", "withdrawal", "join request"})
_LITTLE_ROOM = 2**30  # bytes
_DIGITS = 15  # of a job's number
_MOST = 10_000_000  # entries of the outbox at a time


@action
def status(engine: Engine) -> Status:
    """Show this node at a glance."""
    import lwnode

    ready = engine.ready()
    return Status(
        version=lwnode.__version__,
        organisation=engine.keys.keys.organisation,
        publisher=engine.keys.publisher,
        short=readable(engine.keys.publisher)[:15],
        home=str(engine.home.root),
        daemon=engine.daemon,
        catalogue=len(ready),
        own=sum(row.own for row in ready),
        partners=len(engine.store.partners.list()),
        hubs=links(engine),
        hub=engine.hub.info() if engine.hub is not None else None,
        left=sum(engine.store.outbox.totals().values()),
        running=tuple(job for job in jobs(engine) if job.state == "running"),
    )


@action
def outbox(engine: Engine, *, limit: int = 100) -> OutboxInfo:
    """Show what has left this node, and check the chain."""
    if not 1 <= limit <= _MOST:
        raise SettingsError(f"the limit must be between 1 and {_MOST}")
    store = engine.store.outbox
    rows = store.entries(limit=limit)
    newest = store.entries(limit=1)
    totals = dict(store.totals())
    traffic = store.traffic()
    return OutboxInfo(
        entries=tuple(
            OutboxRow(
                number=row.seq,
                time=row.time,
                kind=row.kind,
                to=row.to,
                what=row.what,
                digest=row.digest,
                size=row.size,
                epsilon=row.epsilon,
                who=row.who,
                learnware=row.learnware,
            )
            for row in rows
        ),
        count=newest[0].seq if newest else 0,
        totals=totals,
        broken_at=store.verify(),
        wire_sent=sum(row.sent for row in traffic),
        wire_received=sum(row.received for row in traffic),
        rows_left=_unaccounted(engine),
    )


def _unaccounted(engine: Engine) -> int:
    """Return how many entries of the outbox no signed document accounts for.

    A file is accounted for where a manifest that this node signed lists its digest: it was in a draft, was scanned for
    copies of rows, and was shown.  Learnwares that a person wrote to a file consist of such files.
    """
    listed = {
        entry.sha256
        for row in engine.store.catalogue.list()
        if row.own
        for entry in engine.store.catalogue.files(row.id)
    }
    strange = 0
    for row in engine.store.outbox.entries(limit=_MOST):
        signed_file = row.kind == "file" and (row.digest in listed or row.to == "a file")
        strange += not (row.kind in _DOCUMENTS or signed_file)
    return strange


@action
def jobs(engine: Engine) -> tuple[JobInfo, ...]:
    """List the long work of this node, the newest first."""
    return tuple(
        JobInfo(
            id=str(job.id),
            kind=job.kind,
            state=job.state,
            share=job.share,
            doing=job.doing,
            error=job.error,
            started=job.started,
            finished=job.ended,
        )
        for job in engine.store.jobs.list()
    )


@action
def cancel(engine: Engine, *, job: str) -> JobInfo:
    """End a running job; nothing half-made is kept."""
    if not (job.isascii() and job.isdigit() and str(int(job[:_DIGITS])) == job):
        raise SettingsError(f"'{job}' is not a job's number", hint="`lwnode jobs list` shows them")
    engine.store.jobs.get(int(job))
    engine.cancelled.add(int(job))
    return next(item for item in jobs(engine) if item.id == job)


@action
def config(engine: Engine, *, key: str = "", value: str = "") -> dict[str, str]:
    """Show the settings, or set one; a daemon takes it up at its next start."""
    if key and key not in {field.name for field in fields(engine.settings)}:
        write(engine.home.settings, key, value or "0")  # raises, and suggests the nearest one
    settings = write(engine.home.settings, key, value) if key and value else engine.settings
    return {field.name: str(getattr(settings, field.name)) for field in fields(settings) if key in ("", field.name)}


@action
def keys(engine: Engine) -> dict[str, str]:
    """Show the fingerprint that partners compare, and since when the keys are valid."""
    document = engine.keys.keys
    return {
        "organisation": document.organisation,
        "fingerprint": document.publisher,
        "readable": readable(document.publisher),
        "version": str(document.version),
        "expires": document.expires.isoformat(),
    }


@action
def doctor(engine: Engine) -> tuple[Check, ...]:
    """Check the home, the chains, the disk and the worker process."""
    out: list[Check] = []

    def note(name: str, ok: bool, message: str, hint: str = "") -> None:
        out.append(Check(name=name, ok=ok, message=message, hint="" if ok else hint))

    mode = engine.home.root.stat().st_mode & 0o777
    note("home", mode == 0o700, f"mode {mode:o}", f"chmod 700 {engine.home.root}")
    free = shutil.disk_usage(engine.home.root).free
    note("disk", free > _LITTLE_ROOM, f"{free / 2**30:.1f} GiB free", "make room: a node needs 1 GiB to work in")
    broken = engine.store.outbox.verify()
    note("outbox", broken is None, "unbroken" if broken is None else f"broken at entry {broken}", "restore a backup")
    changed = engine.store.ledger.verify()
    note("ledger", changed is None, "unbroken" if changed is None else f"changed at {changed}", "restore a backup")
    encrypted = engine.keys.encrypted
    note(
        "keys", encrypted, "encrypted" if encrypted else "not encrypted, protected by file permissions only",
        "make the node with a passphrase (LWNODE_PASSPHRASE_FILE for a server)",
    )  # fmt: skip
    try:
        note("worker", True, _try_worker(engine))
    except LwnodeError as error:
        note("worker", False, str(error), error.hint)
    note("python", sys.version_info >= (3, 11), sys.version.split()[0])
    return tuple(out)


def _try_worker(engine: Engine) -> str:
    """Run one of this node's models on one row in a worker process, and return what was seen."""
    import numpy as np

    from lwnode.models import Worker

    found = engine.store.models.list()
    if not found:
        return "not tried: there is no model yet"
    with Worker(engine.store.blobs.get(found[0].model)) as worker:
        worker.predict(np.zeros((1, len(found[0].card.inputs)), dtype=np.float32))
        return f"models run in a process of their own, confinement: {worker.level}"
