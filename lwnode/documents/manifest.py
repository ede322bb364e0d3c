# SPDX-License-Identifier: Apache-2.0
"""The manifest: the signed list of a learnware's files.  A learnware's id is the SHA-256 of its manifest.

On the wire it is an in-toto statement in the shape that the OpenSSF model-signing tools read (predicate type
``https://model_signing/signature/v1.0``); what is ours stands under ``predicate.lwnode``.  Those tools compute the
subject digest over the file digests without the names, so it never serves as an id here.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from lwnode.documents.canonical import decode, digest, encode
from lwnode.documents.decoders import converted
from lwnode.errors import DocumentError

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://model_signing/signature/v1.0"
FILE_LIMIT = 16  # files of one learnware
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}\.[a-z0-9]{1,16}")
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """One file of a learnware: flat lower-case name, SHA-256, size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a publisher signs.

    Parameters
    ----------
    publisher : str
        Fingerprint of the organisation's root key.
    organisation : str
        The name the publisher claims.
    created : datetime
        UTC.
    audience : {"private", "partners", "consortium", "public"}
        Who may have it.
    partners : tuple of str
        Fingerprints, where the audience is ``partners``.
    profile : str
        Id of the island profile.
    previous : str
        Id of the learnware that this one replaces; empty where it is the first version.
    lineage : tuple of str
        Ids of the learnwares it was made from.
    files : tuple of FileEntry
        All files, by name in ascending order.
    """

    schema: Literal["lwnode.manifest/1"] = "lwnode.manifest/1"
    publisher: str
    organisation: str
    created: datetime
    audience: Literal["private", "partners", "consortium", "public"]
    partners: tuple[str, ...] = ()
    profile: str
    previous: str = ""
    lineage: tuple[str, ...] = ()
    files: tuple[FileEntry, ...]

    def __post_init__(self) -> None:
        """Refuse a manifest without meaning.

        Raises
        ------
        DocumentError
            A file name, digest or size that cannot be; files out of order or named twice.
        """
        names = [entry.name for entry in self.files]
        if not names or names != sorted(set(names)) or len(names) > FILE_LIMIT:
            raise DocumentError(f"the manifest must list 1 to {FILE_LIMIT} files, each once, in order")
        for entry in self.files:
            if not _NAME.fullmatch(entry.name) or not _HEX.fullmatch(entry.sha256) or entry.size < 0:
                raise DocumentError("the manifest lists a file with an impossible name, digest or size")
        ids = [
            self.publisher,
            self.profile,
            *self.lineage,
            *self.partners,
            *filter(None, [self.previous]),
        ]
        if not all(_HEX.fullmatch(value) for value in ids):
            raise DocumentError("the manifest holds an id that is not a SHA-256")
        if (self.audience == "partners") != bool(self.partners):
            raise DocumentError("named partners and the audience 'partners' go together")
        if self.created.tzinfo is None:
            raise DocumentError("the manifest's time has no zone")

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self.files)

    def file(self, name: str) -> FileEntry | None:
        """Return the entry of that name, or None."""
        return next((entry for entry in self.files if entry.name == name), None)

    def to_bytes(self) -> bytes:
        """Return the canonical bytes of the statement; ``Manifest.from_bytes(m.to_bytes()) == m``."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        sizes = {entry["name"]: entry["size"] for entry in plain.pop("files")}
        total = hashlib.sha256(b"".join(bytes.fromhex(entry.sha256) for entry in self.files)).hexdigest()
        own: dict[str, Any] = {**plain, "sizes": sizes}
        return encode(
            {
                "_type": STATEMENT_TYPE,
                "subject": [{"name": "learnware", "digest": {"sha256": total}}],
                "predicateType": PREDICATE_TYPE,
                "predicate": {
                    "serialization": {
                        "method": "files",
                        "hash_type": "sha256",
                        "allow_symlinks": False,
                        "ignore_paths": ["keys.json", "manifest.sig"],
                    },
                    "resources": [
                        {"name": entry.name, "algorithm": "sha256", "digest": entry.sha256} for entry in self.files
                    ],
                    "lwnode": own,
                },
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Read a manifest.

        Raises
        ------
        DocumentError
            Not canonical, or not a statement of this kind.
        """
        statement: Any = decode(data, dict)
        try:
            predicate = statement["predicate"]
            own: dict[str, Any] = dict(predicate["lwnode"])
            sizes = own.pop("sizes")
            own["files"] = [
                {"name": entry["name"], "sha256": entry["digest"], "size": sizes[entry["name"]]}
                for entry in predicate["resources"]
            ]
            manifest = converted(own, cls)
        except (KeyError, TypeError, ValueError, AttributeError, msgspec.MsgspecError) as error:
            raise DocumentError("not a learnware's manifest") from error
        if manifest.to_bytes() != data:
            raise DocumentError("not the canonical form of a learnware's manifest")
        return manifest

    @property
    def id(self) -> str:
        """The learnware's id."""
        return digest(self.to_bytes())
