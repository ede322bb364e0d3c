# SPDX-License-Identifier: Apache-2.0
"""Homes, clocks and rows for tests of the store."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lwnode.documents import Card, Column, FileEntry, Manifest, Semantic, digest
from lwnode.paths import Home
from lwnode.store import CatalogueRow, DataSet, DraftRecord, ModelRecord, Store

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PUBLISHER, PROFILE = "ab" * 32, "cd" * 32


def clock() -> Callable[[], datetime]:
    """Return a clock that goes on by a second with each look."""
    ticks = iter(range(10**9))
    return lambda: START + timedelta(seconds=next(ticks))


def open_store(root: Path, *, restored: bool = False) -> Store:
    return Store.open(Home(root), now=clock(), restored=restored)


class Undone(Exception):  # noqa: N818 - nothing went wrong
    """Ends a block that is to be undone."""


@contextlib.contextmanager
def undone(store: Store) -> Iterator[None]:
    """Do the block in a transaction and undo it."""
    with contextlib.suppress(Undone), store.transaction():
        yield
        raise Undone


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def dataset(name: str = "admissions", **changes: object) -> DataSet:
    fields = {
        "name": name,
        "path": "/data/admissions.csv",
        "columns": (Column(name="age", type="number", unit="a", low=0.0, high=110.0), Column(name="性别", type="text")),
        "rows": 500,
        "content": sha(name),
        "added": START,
    }
    return DataSet(**{**fields, **changes})  # type: ignore[arg-type]  # a test may change any field


def model(id_: str, name: str = "risk", **changes: object) -> ModelRecord:
    card = Card(family="boosting", task="classification", inputs=())
    fields = {
        "id": id_,
        "name": name,
        "dataset": "admissions",
        "family": "boosting",
        "task": "classification",
        "card": card,
        "model": sha(id_),
        "created": START,
    }
    return ModelRecord(**{**fields, **changes})  # type: ignore[arg-type]  # a test may change any field


def manifest(files: dict[str, bytes], *, publisher: str = PUBLISHER, created: datetime = START) -> Manifest:
    entries = tuple(
        FileEntry(name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        for name, data in sorted(files.items())
    )
    return Manifest(
        publisher=publisher,
        organisation="Hefei No. 1",
        created=created,
        audience="consortium",
        profile=PROFILE,
        files=entries,
    )


def learnware(
    tag: str = "one",
    *,
    semantic: Semantic | None = None,
    files: dict[str, bytes] | None = None,
    publisher: str = PUBLISHER,
    **changes: object,
) -> CatalogueRow:
    """Return a catalogue row with a real manifest; ``tag`` makes it another learnware."""
    signed = manifest(files if files is not None else {"card.json": tag.encode()}, publisher=publisher)
    data = signed.to_bytes()
    fields = {
        "id": digest(data),
        "publisher": publisher,
        "organisation": "Hefei No. 1",
        "bundle": b"{}" + tag.encode(),
        "manifest": data,
        "semantic": semantic,
        "profile": PROFILE,
        "audience": "consortium",
        "hub": "hub-1",
        "received": START,
        "size": signed.size,
    }
    return CatalogueRow(**{**fields, **changes})  # type: ignore[arg-type]  # a test may change any field


def ready(name: str, *, tags: tuple[str, ...] = (), description: str = "x", **more: object) -> CatalogueRow:
    """Return a learnware that search can find."""
    semantic = Semantic(name=name, tags=tags, description=description, **more)  # type: ignore[arg-type]  # any field
    return learnware(repr((name, tags, description, more)), semantic=semantic, state="ready")


def publish(store: Store, number: int) -> str:
    """Do what a publication does to a store: files, then everything else in one transaction; return the id."""
    files = {"card.json": f"card {number}".encode(), "specification.safetensors": bytes(4_000) + f"{number}".encode()}
    for data in files.values():
        store.blobs.put(data)
    drawn = store.blobs.put(files["specification.safetensors"])
    signed = manifest(files)
    row = learnware(
        str(number), files=files, own=True, state="ready", semantic=Semantic(name=f"Model {number}", description="d")
    )
    with store.transaction():
        store.ledger.charge(
            "admissions",
            f"key {number}",
            mu=0.25,
            epsilon=1.0,
            delta=1e-5,
            what="specification",
            blob=drawn,
            cap_check=lambda charges: None,
        )
        store.drafts.put(
            DraftRecord(
                digest=row.id,
                content_key=f"key {number}",
                dataset="admissions",
                model="m",
                manifest=row.manifest,
                files=signed.files,
                epsilon=1.0,
                created=START,
                shown=True,
            )
        )
        store.catalogue.put(row)
        store.delivery.enqueue("hub-1", "announce", row.bundle)
        store.outbox.append(
            kind="announce", to="hub-1", what="n", digest=row.id, size=9, epsilon=1.0, who="Ada", learnware=row.id
        )
        store.drafts.mark_published(row.id, START)
    return row.id


def audit(store: Store) -> int:
    """Assert that nothing in a store is there by halves, and return how many publications it holds."""
    entries, drafts = store.ledger.entries(), store.drafts.list()
    ids = {row.id for row in store.catalogue.list()}
    assert store.ledger.verify() is None
    assert store.outbox.verify() is None
    assert [entry.key for entry in entries] == [f"key {number}" for number in range(len(entries))]
    assert all(store.ledger.draw(entry.key) == entry.blob for entry in entries)
    assert {draft.content_key for draft in drafts} == {entry.key for entry in entries}
    assert all(draft.published is not None for draft in drafts)
    assert {draft.digest for draft in drafts} == ids
    assert {entry.learnware for entry in store.outbox.entries(limit=10**6)} == ids
    assert [operation.seq for operation in store.delivery.after("hub-1", 0, -1)] == list(range(1, len(ids) + 1))
    assert len(store.catalogue.search_text("model", limit=10**6)) == len(ids)
    for entry in entries:
        store.blobs.get(entry.blob)
    for sha256 in store.blobs.all():
        store.blobs.get(sha256)
    return len(entries)
