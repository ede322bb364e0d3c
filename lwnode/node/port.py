# SPDX-License-Identifier: Apache-2.0
"""The node's side of a transport: what goes out, what comes in, and what is written down about both.

Rules
-----
* Everything incoming is untrusted: size, signature, canonical form, meaning, in that order, before it is kept.
* A document that fails is remembered as refused with its reason and never stops the ones behind it.
* Effect and cursor are one transaction, so a row of the hub's log is applied once.
* What leaves is in the outbox before its first byte is sent.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from lwnode.archive import read_files
from lwnode.archive.layout import MODEL, SPECIFICATION
from lwnode.documents import FileEntry, Profile, SpecificationCard, Withdrawal, decode, digest
from lwnode.errors import ArchiveError, DocumentError, SpecificationError, StoreError, TrustError
from lwnode.node.engine import Engine
from lwnode.node.transport import Operation, Row
from lwnode.node.wares import ready_row
from lwnode.store import CatalogueRow, PartnerRow
from lwnode.trust import (
    open_document,
    open_manifest,
    peek_document_publisher,
    peek_publisher,
    peek_signers,
    verify_keys,
)

log = logging.getLogger(__name__)

_BAD = (TrustError, DocumentError, ArchiveError, SpecificationError, StoreError)
_KIND = {"keys": "keys document", "profile": "profile", "announce": "manifest", "withdraw": "withdrawal"}


class StorePort:
    """Implements `lwnode.node.transport.Port` over an engine's store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._store = engine.store

    # ------------------------------------------------------------ going out
    def box(self, hub: str) -> str:
        """Return the random id that was born with this node's delivery queue."""
        return self._store.delivery.box(hub)

    def outgoing(self, hub: str, after: int, limit: int) -> tuple[Operation, ...]:
        """Return what waits for the hub, in order."""
        return self._store.delivery.after(hub, after, limit)

    def files_before(self, operation: Operation) -> tuple[FileEntry, ...]:
        """Return the files that a manifest lists; other operations have none."""
        if operation.kind != "announce":
            return ()
        return open_manifest(operation.body, self._engine.keys.keys).files

    def read_file(self, sha256: str) -> bytes:
        """Return a file of this node."""
        return self._store.blobs.get(sha256)

    def leaving(self, hub: str, operation: Operation, files: Sequence[FileEntry]) -> None:
        """Enter the document and its files into the outbox, once for each hub and digest."""
        learnware, epsilon, who = "", None, "node"
        if operation.kind == "announce":
            manifest = open_manifest(operation.body, self._engine.keys.keys)
            learnware = manifest.id
            who = self._store.meta.get(f"published by {learnware}") or "node"
            sketch = manifest.file(SPECIFICATION)
            if sketch is not None:
                epsilon = decode(self._store.blobs.get(sketch.sha256), SpecificationCard).privacy.epsilon
        elif operation.kind == "withdraw":
            learnware = open_document(operation.body, Withdrawal, self._engine.keys.keys).learnware
        with self._store.transaction():
            items = [(_KIND[operation.kind], "", digest(operation.body), len(operation.body), epsilon)]
            items += [("file", entry.name, entry.sha256, entry.size, None) for entry in files]
            for kind, what, sha256, size, spent in items:
                if not self._store.outbox.once(hub, sha256):
                    self._store.outbox.append(
                        kind=kind,
                        to=hub,
                        what=what,
                        digest=sha256,
                        size=size,
                        epsilon=spent,
                        who=who,
                        learnware=learnware,
                    )

    def acknowledged(self, hub: str, seq: int) -> None:
        """Mark everything up to ``seq`` as durable at the hub."""
        self._store.delivery.acknowledge(hub, seq)

    # ------------------------------------------------------------ coming in
    def cursor(self, hub: str) -> int:
        """Return the height up to which the hub's log was applied here."""
        return self._store.delivery.cursor(hub)

    def incoming(self, hub: str, base: int, rows: Sequence[Row]) -> int:
        """Apply the rows above the cursor in one transaction and return the new cursor."""
        with self._store.transaction():
            height = self._store.delivery.cursor(hub)
            if base > height:
                return height
            for row in rows:
                if row.height == height + 1:
                    self._apply(hub, row)
                    height = row.height
            self._store.delivery.set_cursor(hub, height)
        return height

    def _apply(self, hub: str, row: Row) -> None:
        handler = {
            "keys": self._keys,
            "profile": self._profile,
            "announce": self._announce,
            "withdraw": self._withdraw,
        }.get(row.kind)
        if handler is None:
            log.info("a document of unknown kind from hub %s was passed over", hub)
            return
        try:
            handler(hub, row.body)
        except _BAD as error:
            log.warning("a %s from hub %s was refused: %s", row.kind, hub, error.code)

    def _keys(self, hub: str, body: bytes) -> None:
        found = verify_keys(body, known=None, now=self._engine.now())
        if found.publisher == self._engine.keys.publisher:
            return
        known = {partner.publisher: partner for partner in self._store.partners.list()}.get(found.publisher)
        if known is not None:
            accepted = verify_keys(known.keys, known=None, now=self._engine.now())
            found = verify_keys(body, known=accepted, now=self._engine.now())
        self._store.partners.put(
            PartnerRow(
                publisher=found.publisher,
                organisation=found.organisation,
                keys=body,
                version=found.version,
                hub=hub,
                since=self._engine.now(),
            )
        )

    def _profile(self, hub: str, body: bytes) -> None:
        publisher = self._engine.publisher_of(peek_signers(body))
        profile = open_document(body, Profile, self._engine.keys_of(publisher))
        if profile.origin == "own data":
            raise DocumentError("a shared profile must not hold the bounds of private data")
        self._store.profiles.put(
            profile, source="own" if publisher == self._engine.keys.publisher else "partner", signed=body
        )

    def _announce(self, hub: str, body: bytes) -> None:
        publisher = peek_publisher(body)
        keys = self._engine.keys_of(publisher)
        manifest = open_manifest(body, keys)
        if manifest.publisher != publisher:
            raise TrustError("the manifest names another publisher than its signature")
        if manifest.audience == "private":
            raise TrustError("a private learnware was announced")
        if self._store.catalogue.has(manifest.id):
            return
        row = CatalogueRow(
            id=manifest.id,
            publisher=publisher,
            organisation=keys.organisation,
            bundle=body,
            manifest=manifest.to_bytes(),
            profile=manifest.profile,
            audience=manifest.audience,
            own=publisher == self._engine.keys.publisher,
            hub=hub,
            received=self._engine.now(),
            size=manifest.size,
        )
        self._store.catalogue.put(row)
        self._complete(row)

    def _withdraw(self, hub: str, body: bytes) -> None:
        publisher = peek_document_publisher(body)
        document = open_document(body, Withdrawal, self._engine.keys_of(publisher))
        if document.publisher != publisher:
            raise TrustError("a withdrawal by somebody else than it names")
        self._store.catalogue.withdraw(document.learnware, publisher, document.reason)

    # ------------------------------------------------------------ files
    def wanted(self, hub: str, limit: int) -> tuple[FileEntry, ...]:
        """Return files of announced learnwares that come with the catalogue, or were asked for, and are not here.

        A learnware whose last file arrived just before this process was killed is finished here.
        """
        for row in self._store.catalogue.list():
            if row.state == "announced" and row.hub == hub:
                self._complete(row)
        return self._store.catalogue.files_wanted(self._engine.settings.bundle_limit, hub=hub, count=limit)

    def received(self, hub: str, sha256: str, data: bytes) -> None:
        """Keep a file that was wanted, and finish the learnwares that it completes.

        Raises
        ------
        TrustError
            The bytes are not what the digest says.
        """
        if digest(data) != sha256:
            raise TrustError("a file that is not what its digest says")
        rows = [row for row in self._store.catalogue.list() if row.state in ("announced", "ready")]
        lists = [row for row in rows if any(e.sha256 == sha256 for e in self._store.catalogue.files(row.id))]
        if not lists:
            return
        self._store.blobs.put(data)
        for row in lists:
            if row.state == "announced":
                self._complete(row)

    def _complete(self, row: CatalogueRow) -> None:
        """Verify a learnware whose files are here and make it ready, or refuse it with the reason.

        A model above the bundle limit may still be missing: the learnware can be found and compared without it.
        """
        here = {e.name: e for e in self._store.catalogue.files(row.id) if self._store.blobs.has(e.sha256)}
        missing = [e for e in self._store.catalogue.files(row.id) if e.name not in here]
        if any(e.name != MODEL for e in missing) or (missing and row.size <= self._engine.settings.bundle_limit):
            return
        try:
            files = {name: self._store.blobs.get(entry.sha256) for name, entry in here.items()}
            ware = read_files(row.bundle, files, self._engine.keys_of(row.publisher), model_required=not missing)
        except _BAD as error:
            self._store.catalogue.set_state(row.id, "refused", str(error))
            log.warning("learnware %s was refused: %s", row.id[:12], error.code)
            return
        with self._store.transaction():
            self._store.catalogue.put(
                ready_row(ware, row.organisation, own=row.own, hub=row.hub, received=row.received)
            )
            self._store.profiles.put(ware.profile, source="own" if row.own else "partner", signed=b"")

    def traffic(self, hub: str, *, sent: int, received: int) -> None:
        """Count bytes on the wire, polls and acknowledgements included."""
        self._store.outbox.count(hub, self._engine.now().date(), sent=sent, received=received)
