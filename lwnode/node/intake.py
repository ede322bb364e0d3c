# SPDX-License-Identifier: Apache-2.0
"""What comes in from hubs: every document is untrusted until its signature, its form and its meaning hold.

Rules
-----
* Size, signature over the exact bytes, canonical form, meaning, in that order, before anything is kept.
* A document that fails changes nothing and never stops the ones behind it; a manifest whose signature holds and whose
  content does not is kept as refused, with the reason.
* A failure of this node's own store is not the document's: it is raised, the page is undone, and comes again.
* What a blocked partner sends is kept as refused, so that nothing is missing once it is no longer blocked; what it
  withdraws is withdrawn all the same.

Called by `lwnode.node.port` inside the transaction that moves the cursor, and by actions that change trust.
"""

from __future__ import annotations

import dataclasses
import logging

from lwnode.archive import check_manifest, read_files
from lwnode.archive.layout import MODEL
from lwnode.documents import Manifest, Profile, Withdrawal
from lwnode.errors import ArchiveError, DocumentError, SpecificationError, TrustError
from lwnode.node.engine import Engine
from lwnode.node.transport import Row
from lwnode.node.wares import ready_row
from lwnode.store import CatalogueRow
from lwnode.trust import (
    check_fresh,
    open_document,
    open_keys,
    open_manifest,
    peek_document_publisher,
    peek_publisher,
    peek_signers,
)

log = logging.getLogger(__name__)

BAD = (TrustError, DocumentError, ArchiveError, SpecificationError)
BLOCKED = "its publisher is blocked here"


class Intake:
    """Applies documents and completes learnwares in an engine's store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._store = engine.store

    def apply(self, hub: str, row: Row) -> None:
        """Apply one row of a hub's log, wholly or not at all."""
        handlers = {
            "keys": self._keys,
            "profile": self._profile,
            "announce": self._announce,
            "withdraw": self._withdraw,
        }
        handler = handlers.get(row.kind)
        if handler is None:
            log.info("a document of unknown kind from hub %s was passed over", hub[:12])
            return
        try:
            with self._store.transaction():
                handler(hub, row.body)
        except BAD as error:
            log.warning("a %s from hub %s was refused: %s", row.kind, hub[:12], error.code)

    def _keys(self, hub: str, body: bytes) -> None:
        publisher = peek_document_publisher(body)
        if publisher == self._engine.keys.publisher:
            return
        known = self._engine.kept_keys(publisher) if self._store.partners.keys_of(publisher) is not None else None
        keys = open_keys(body, known=known)
        check_fresh(keys, now=self._engine.now())
        self._engine.introduce(keys, body, hub=hub)
        for row in self._store.catalogue.list():
            if row.publisher == keys.publisher and row.state == "announced":
                self.complete(row)

    def _profile(self, hub: str, body: bytes) -> None:
        publisher = self._engine.publisher_of(peek_signers(body))
        profile = open_document(body, Profile, self._engine.keys_of(publisher))
        if profile.origin == "own data":
            raise DocumentError("a shared profile must not hold the bounds of private data")
        own = publisher == self._engine.keys.publisher
        self._store.profiles.put(profile, source="own" if own else "partner", signed=body)

    def _announce(self, hub: str, body: bytes) -> None:
        publisher = peek_publisher(body)
        keys = self._engine.kept_keys(publisher)
        manifest = open_manifest(body, keys)
        if self._store.catalogue.has(manifest.id):
            self._heard_again(hub, manifest.id)
            return
        own = publisher == self._engine.keys.publisher
        row = CatalogueRow(
            id=manifest.id,
            publisher=publisher,
            organisation=keys.organisation,
            bundle=body,
            manifest=manifest.to_bytes(),
            profile=manifest.profile,
            audience=manifest.audience,
            own=own,
            hub=hub,
            received=self._engine.now(),
            size=manifest.size,
        )
        reason = self._objection(manifest, publisher, keys.organisation)
        if reason:
            log.warning("learnware %s was refused: %s", row.id[:12], reason)
            row = dataclasses.replace(row, state="refused", reason=reason)
        self._store.catalogue.put(row)  # one that was withdrawn before stays withdrawn
        self.complete(self._store.catalogue.get(row.id))

    def _heard_again(self, hub: str, learnware: str) -> None:
        """Note a second hub that has it: the files are then asked of both, as either may never serve them."""
        row = self._store.catalogue.get(learnware)
        if row.state == "announced" and row.hub != hub:
            also = self.also_at(hub)
            self._store.meta.set(f"also at {hub}", " ".join(sorted({*also, learnware})))

    def also_at(self, hub: str) -> tuple[str, ...]:
        """Return incomplete learnwares that a hub announced too, after another one."""
        known = (self._store.meta.get(f"also at {hub}") or "").split()
        return tuple(each for each in known if self._store.catalogue.get(each).state == "announced")

    def _objection(self, manifest: Manifest, publisher: str, organisation: str) -> str:
        """Return why a manifest whose signature holds is not taken; empty where it is."""
        own = self._engine.keys.publisher
        if publisher != own and self._store.partners.state_of(publisher) == "blocked":
            return BLOCKED
        try:
            check_manifest(manifest)
        except BAD as error:
            return str(error)
        if manifest.organisation != organisation:
            return "it names another organisation than its publisher's keys"
        if manifest.audience == "private":
            return "a private learnware must not be announced"
        if manifest.audience == "partners" and own not in (publisher, *manifest.partners):
            return "it is meant for others"
        return ""

    def _withdraw(self, hub: str, body: bytes) -> None:
        publisher = peek_document_publisher(body)
        document = open_document(body, Withdrawal, self._engine.kept_keys(publisher))
        if document.publisher != publisher:
            raise TrustError("a withdrawal by somebody else than it names")
        if self._store.catalogue.withdraw(document.learnware, publisher, document.reason):
            self._engine.market.forget(document.learnware)

    # ------------------------------------------------------------ completing
    def complete(self, row: CatalogueRow, *, fresh: bool = True) -> None:
        """Verify an announced learnware whose files are here and make it ready, or refuse it with the reason.

        A model above the bundle limit may still be missing: the learnware can be found and compared without it.  Where
        its publisher's keys have expired it waits for the renewed ones, unless it was accepted before (``fresh``).
        """
        if row.state != "announced":
            return
        entries = self._store.catalogue.files(row.id)
        here = {entry.name: entry for entry in entries if self._store.blobs.has(entry.sha256)}
        missing = [entry.name for entry in entries if entry.name not in here]
        if any(name != MODEL for name in missing) or (missing and row.size <= self._engine.settings.bundle_limit):
            return
        keys = self._engine.kept_keys(row.publisher)
        if fresh and not row.own and self._engine.now() >= keys.expires:
            return
        files = {name: self._store.blobs.get(entry.sha256) for name, entry in here.items()}
        try:
            ware = read_files(row.bundle, files, keys, model_required=not missing)
        except BAD as error:
            self._store.catalogue.set_state(row.id, "refused", str(error))
            log.warning("learnware %s was refused: %s", row.id[:12], error.code)
            return
        ready = ready_row(ware, row.organisation, own=row.own, hub=row.hub, received=row.received)
        with self._store.transaction():
            if self._store.catalogue.get(row.id).state != "announced":
                return  # it was withdrawn, or its publisher blocked, meanwhile
            self._store.catalogue.put(ready)
            self._store.profiles.put(ware.profile, source="own" if row.own else "partner", signed=b"")

    def trust_changed(self, publisher: str, *, blocked: bool) -> None:
        """Hide the learnwares of a partner that was blocked, or take up again those of one that no longer is."""
        for row in self._store.catalogue.list():
            if row.publisher != publisher:
                continue
            if blocked and row.state in ("ready", "announced"):
                self._store.catalogue.set_state(row.id, "refused", BLOCKED)
                self._engine.market.forget(row.id)
            elif not blocked and row.state == "refused" and row.reason == BLOCKED:
                self._store.catalogue.set_state(row.id, "announced", "")
                self.complete(self._store.catalogue.get(row.id), fresh=False)
