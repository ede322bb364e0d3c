# SPDX-License-Identifier: Apache-2.0
"""A row of the catalogue as the faces see it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from lwnode.archive import Learnware
from lwnode.documents import Card, Manifest, SpecificationCard, decode
from lwnode.errors import DocumentError, StoreError
from lwnode.node.checking import check_info
from lwnode.node.engine import Engine
from lwnode.node.records import Ware
from lwnode.specification import attacker_auc
from lwnode.store import CatalogueRow


def trust_of(engine: Engine, publisher: str) -> Literal["own", "introduced", "pinned", "blocked", "unknown"]:
    """Return how a publisher is known here."""
    if publisher == engine.keys.publisher:
        return "own"
    for partner in engine.store.partners.list():
        if partner.publisher == publisher:
            return partner.state
    return "unknown"


def ware_of(engine: Engine, row: CatalogueRow) -> Ware:
    """Return a learnware with what its documents say, as far as they are here."""
    manifest = Manifest.from_bytes(row.manifest)
    blobs = engine.store.blobs
    card: Card | None = None
    spec: SpecificationCard | None = None
    reason = row.reason
    if row.state in ("ready", "withdrawn"):
        entry, sketch = manifest.file("card.json"), manifest.file("specification.json")
        try:
            card = decode(blobs.get(entry.sha256), Card) if entry and blobs.has(entry.sha256) else None
            spec = decode(blobs.get(sketch.sha256), SpecificationCard) if sketch and blobs.has(sketch.sha256) else None
        except (StoreError, DocumentError) as error:
            reason = f"one of its files is damaged: {error}"
    return Ware(
        id=row.id,
        name=row.semantic.name if row.semantic is not None else "",
        organisation=row.organisation,
        publisher=row.publisher,
        state=row.state,
        reason=reason,
        trust=trust_of(engine, row.publisher),
        own=row.own,
        audience=row.audience,
        size=row.size,
        created=manifest.created,
        received=row.received,
        semantic=row.semantic,
        card=card,
        rows=spec.rows if spec else 0,
        privacy=spec.privacy.mode if spec else "",
        epsilon=spec.privacy.epsilon if spec else None,
        delta=spec.privacy.delta if spec else None,
        attacker=attacker_auc(spec.privacy.mu) if spec and spec.privacy.mu is not None else None,
        profile=row.profile,
        previous=manifest.previous,
        sketch=spec,
        check=check_info(engine, row.id),
    )


def ready_row(ware: Learnware, organisation: str, *, own: bool, hub: str, received: datetime) -> CatalogueRow:
    """Return the catalogue's row of a verified learnware whose files are all here.

    ``organisation`` is the name in the publisher's keys document, which the root signed; the manifest only repeats it.
    """
    manifest = ware.manifest
    return CatalogueRow(
        id=ware.id,
        publisher=manifest.publisher,
        organisation=organisation,
        bundle=ware.bundle,
        manifest=manifest.to_bytes(),
        semantic=ware.semantic,
        profile=manifest.profile,
        schema_id=ware.profile.schema_id,
        audience=manifest.audience,
        state="ready",
        reason="",
        own=own,
        hub=hub,
        received=received,
        size=manifest.size,
    )
