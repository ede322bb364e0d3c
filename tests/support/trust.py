# SPDX-License-Identifier: Apache-2.0
"""Organisations with fixed keys, so that what they sign is the same in every run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lwnode.documents import FileEntry, Keys, Manifest
from lwnode.trust import fingerprint, seal_keys, spki
from lwnode.trust.identity import spki_text

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def root(name: str) -> Ed25519PrivateKey:
    """Return the Ed25519 key that belongs to a name."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"root " + name.encode()).digest())


def operational(name: str) -> EllipticCurvePrivateKey:
    """Return the P-256 key that belongs to a name."""
    return derive_private_key(int.from_bytes(hashlib.sha256(b"p256 " + name.encode()).digest()) >> 1, SECP256R1())


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """A publisher: its root, its release key and its first keys document."""

    root: Ed25519PrivateKey
    release: EllipticCurvePrivateKey
    keys: Keys

    @property
    def document(self) -> bytes:
        """The signed keys document."""
        return seal_keys(self.keys, self.root)


def organisation(name: str = "alpha") -> Organisation:
    """Return the organisation of a name."""
    first, release = root(name), operational(name)
    keys = Keys(
        publisher=fingerprint(spki(first.public_key())),
        organisation=f"{name} hospital",
        version=1,
        created=NOW,
        expires=NOW + timedelta(days=730),
        root=(spki_text(first.public_key()),),
        threshold=1,
        release=(spki_text(release.public_key()),),
    )
    return Organisation(root=first, release=release, keys=keys)


def successor(keys: Keys, **changes: object) -> Keys:
    """Return the next version of a keys document with some fields changed."""
    return replace(keys, **{"version": keys.version + 1, **changes})  # type: ignore[arg-type]


def manifest_of(publisher: Organisation, files: dict[str, bytes], profile: str = "0" * 64) -> Manifest:
    """Return the manifest of some files."""
    return Manifest(
        publisher=publisher.keys.publisher,
        organisation=publisher.keys.organisation,
        created=NOW,
        audience="consortium",
        profile=profile,
        files=tuple(
            FileEntry(name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data))
            for name, data in sorted(files.items())
        ),
    )
