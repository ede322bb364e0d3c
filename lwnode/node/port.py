# SPDX-License-Identifier: Apache-2.0
"""The node's side of a transport: what goes out, what comes in, and what is written down about both.

Rules
-----
* What leaves is in the outbox before its first byte is sent; what was withdrawn before it left sends no files.
* Effect and cursor are one transaction, so a row of the hub's log is applied once.
* A learnware that is whole is checked (`lwnode.node.check_queue`), and no thread of the transport waits for that.
* A file is kept only where a learnware waits for it.  Every publisher has its share of what is asked for, and what was
  asked for least often comes first, so that announcements whose files never come do not keep the others out.

Methods are called from the transport's threads.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from lwnode.archive.layout import SPECIFICATION
from lwnode.documents import FileEntry, SpecificationCard, Withdrawal, decode, digest
from lwnode.errors import StoreError, TrustError
from lwnode.node.checking import queue_due
from lwnode.node.engine import Engine
from lwnode.node.intake import Intake
from lwnode.node.transport import Operation, Row
from lwnode.trust import open_document, open_manifest

log = logging.getLogger(__name__)

_KIND = {"keys": "keys document", "profile": "profile", "announce": "manifest", "withdraw": "withdrawal"}
_LOOK = 10_000  # missing files among which the least asked for are chosen


class StorePort:
    """Implements `lwnode.node.transport.Port` over an engine's store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._store = engine.store
        self._intake = Intake(engine)
        self._lock = threading.Lock()
        self._asked: dict[str, int] = {}  # digest -> how often it was asked for
        self._turn = 0  # whose turn among the publishers it is
        # learnwares that may be whole already: those whose last file came just before this process was killed
        self._unfinished = {row.id for row in self._store.catalogue.list() if row.state == "announced"}

    # ------------------------------------------------------------ going out
    def box(self, hub: str) -> str:
        """Return the random id that was born with this node's delivery queue."""
        return self._store.delivery.box(hub)

    def outgoing(self, hub: str, after: int, limit: int) -> tuple[Operation, ...]:
        """Return what waits for the hub, in order."""
        return self._store.delivery.after(hub, after, limit)

    def files_before(self, operation: Operation) -> tuple[FileEntry, ...]:
        """Return the files that a manifest lists; none for other operations, or where it was withdrawn since."""
        if operation.kind != "announce":
            return ()
        manifest = open_manifest(operation.body, self._engine.keys.keys)
        withdrawn = self._store.catalogue.get(manifest.id).state == "withdrawn"
        return () if withdrawn else manifest.files

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
                    self._intake.apply(hub, row)
                    height = row.height
            self._store.delivery.set_cursor(hub, height)
        if rows:
            queue_due(self._engine)  # a document may complete what waited for it
        return height

    def wanted(self, hub: str, limit: int) -> tuple[FileEntry, ...]:
        """Return files of announced learnwares that come with the catalogue, or were asked for, and are not here."""
        self._finish()
        catalogue, most = self._store.catalogue, self._engine.settings.bundle_limit
        publishers = catalogue.publishers_waited_for(hub)
        share = -(-limit // max(1, len(publishers)))
        chosen: dict[str, FileEntry] = {}
        with self._lock:
            if len(self._asked) > 2 * _LOOK:
                self._asked.clear()
            elsewhere = self._elsewhere(hub, most)
            groups = [elsewhere] if elsewhere else []
            turn = self._turn % max(1, len(publishers))
            for publisher in (*publishers[turn:], *publishers[:turn]):
                if len(groups) * share >= limit:
                    break
                groups.append(catalogue.files_wanted(most, hub=hub, publisher=publisher, count=_LOOK))
                self._turn += 1
            for missing in groups:
                for entry in sorted(missing, key=lambda entry: self._asked.get(entry.sha256, 0))[:share]:
                    if len(chosen) < limit:
                        chosen[entry.sha256] = entry
                        self._asked[entry.sha256] = self._asked.get(entry.sha256, 0) + 1
        return tuple(chosen.values())

    def _elsewhere(self, hub: str, most: int) -> tuple[FileEntry, ...]:
        """Return missing files of learnwares that another hub announced first and this one too."""
        rows = [self._store.catalogue.get(learnware) for learnware in self._intake.also_at(hub)]
        entries = [entry for row in rows if row.size <= most for entry in self._store.catalogue.files(row.id)]
        return tuple(entry for entry in entries if not self._store.blobs.has(entry.sha256))

    def received(self, hub: str, sha256: str, data: bytes) -> None:
        """Keep a file that a learnware waits for, and finish the learnwares that it completes.

        Raises
        ------
        TrustError
            The bytes are not what the digest says.
        """
        if digest(data) != sha256:
            raise TrustError("a file that is not what its digest says")
        waiting = self._store.catalogue.waiting_for(sha256, self._engine.settings.bundle_limit)
        if not waiting:
            return
        self._store.blobs.put(data)
        with self._lock:
            self._asked.pop(sha256, None)
            self._unfinished |= {row.id for row in waiting}
        for row in waiting:
            self._intake.complete(self._store.catalogue.get(row.id))
            with self._lock:
                self._unfinished.discard(row.id)
        self._check([row.id for row in waiting])

    def _check(self, learnwares: Sequence[str]) -> None:
        """Have those that are whole now checked, outside this thread."""
        if self._engine.checks is not None:
            whole = [each for each in learnwares if self._store.catalogue.get(each).state == "ready"]
            self._engine.checks.add(whole)

    def _finish(self) -> None:
        """Try again to complete what could not be read, or was interrupted, when its last file came."""
        with self._lock:
            again, self._unfinished = self._unfinished, set()
        for learnware in again:
            try:
                self._intake.complete(self._store.catalogue.get(learnware))
            except StoreError as error:
                log.warning("learnware %s cannot be completed now: %s", learnware[:12], error.code)
                with self._lock:
                    self._unfinished.add(learnware)
        self._check(tuple(again))

    def traffic(self, hub: str, *, sent: int, received: int) -> None:
        """Count bytes on the wire, polls and acknowledgements included."""
        self._store.outbox.count(hub, self._engine.now().date(), sent=sent, received=received)
