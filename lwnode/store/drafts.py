# SPDX-License-Identifier: Apache-2.0
"""Drafts: learnwares that are ready to be looked at, and to be published by their digest.

Rules
-----
* A draft is known by the digest of its manifest, which becomes the learnware's id: what is published is what was shown,
  byte for byte.
* It is published only after it was shown, and once.
* The same content gives the same draft again (`Drafts.find`), so that nobody drafts until the sketch looks good.

Called by the node when it drafts, previews and publishes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lwnode.documents import FileEntry, digest
from lwnode.errors import Finding, StoreError
from lwnode.store.cells import moment_of, pack, stamp, unpack
from lwnode.store.database import Cells, Database
from lwnode.store.lookup import id_of

_IDS = "SELECT digest AS id FROM draft WHERE digest >= ? AND digest < ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRecord:
    """A draft.

    Parameters
    ----------
    digest : str
        SHA-256 of ``manifest``: the id of the learnware to be.
    content_key : str
        Names everything that the draft was made from.
    dataset, model : str
        Name of the data set, id of the model.
    manifest : bytes
        Exactly the bytes that will be signed.
    files : tuple of FileEntry
        Name, SHA-256 and size of every file that will leave.
    findings : tuple of Finding
        What the audit saw.
    epsilon : float or None
        What was charged for it; None where nothing was.
    created : datetime
        UTC.
    shown : bool
        A person has seen exactly these files.
    published : datetime or None
        UTC; None until it is.
    override : str
        Why a person published despite a refusal; empty where none did.
    """

    digest: str
    content_key: str
    dataset: str
    model: str
    manifest: bytes
    files: tuple[FileEntry, ...]
    findings: tuple[Finding, ...] = ()
    epsilon: float | None = None
    created: datetime
    shown: bool = False
    published: datetime | None = None
    override: str = ""


class Drafts:
    """The drafts of this node."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, draft: DraftRecord) -> None:
        """Keep a draft; one that is there already keeps that it was shown, and when it was published.

        Raises
        ------
        StoreError
            Its digest is not that of its manifest, or it says that it was published but never shown.
        """
        if digest(draft.manifest) != draft.digest:
            raise StoreError("the draft's digest is not that of its manifest")
        with self._database.transaction():
            self._database.write(
                "INSERT INTO draft VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE SET"
                " content_key = excluded.content_key, dataset = excluded.dataset, model = excluded.model,"
                " files = excluded.files, findings = excluded.findings, epsilon = excluded.epsilon,"
                " override = excluded.override",
                draft.digest,
                draft.content_key,
                draft.dataset,
                draft.model,
                draft.manifest,
                pack(draft.files, tuple[FileEntry, ...]),
                pack(draft.findings, tuple[Finding, ...]),
                draft.epsilon,
                stamp(draft.created),
                int(draft.shown),
                None if draft.published is None else stamp(draft.published),
                draft.override,
            )

    def get(self, digest_or_prefix: str) -> DraftRecord:
        """Return the draft of that digest, or of the only digest that begins like this.

        Raises
        ------
        NotFoundError
            There is none.
        StoreError
            More than one digest begins like this; the message says how many.
        """
        found = id_of(self._database, digest_or_prefix, what="draft", ids=_IDS)
        (row,) = self._database.rows("SELECT * FROM draft WHERE digest = ?", found)
        return _draft(row)

    def find(self, content_key: str) -> DraftRecord | None:
        """Return the newest draft that was made from the same content, or None where there is none."""
        sql = "SELECT * FROM draft WHERE content_key = ? ORDER BY created DESC, digest LIMIT 1"
        row = self._database.row(sql, content_key)
        return None if row is None else _draft(row)

    def list(self) -> tuple[DraftRecord, ...]:
        """Return all drafts, the newest first."""
        return tuple(_draft(row) for row in self._database.rows("SELECT * FROM draft ORDER BY created DESC, digest"))

    def mark_shown(self, digest: str) -> None:
        """Note that a person has seen what would leave.

        Raises
        ------
        NotFoundError
            There is no such draft.
        """
        with self._database.transaction():
            found = self.get(digest).digest
            self._database.write("UPDATE draft SET shown = 1 WHERE digest = ?", found)

    def mark_published(self, digest: str, now: datetime) -> None:
        """Note that it was published; the first time counts.

        Raises
        ------
        NotFoundError
            There is no such draft.
        StoreError
            It was never shown.
        """
        with self._database.transaction():
            draft = self.get(digest)
            if not draft.shown:
                raise StoreError("the draft was never shown", hint="look at it first: lwnode publish --preview")
            self._database.write(
                "UPDATE draft SET published = ? WHERE digest = ? AND published IS NULL", stamp(now), draft.digest
            )


def _draft(row: Cells) -> DraftRecord:
    return DraftRecord(
        **{
            **row,
            "files": unpack(row["files"], tuple[FileEntry, ...]),
            "findings": unpack(row["findings"], tuple[Finding, ...]),
            "created": moment_of(row["created"]),
            "shown": bool(row["shown"]),
            "published": None if row["published"] is None else moment_of(row["published"]),
        }
    )
