# SPDX-License-Identifier: Apache-2.0
"""From foreign bytes to a learnware: the only way in, for archives and for files that come one by one.

Rules
-----
* The order is always: size limits → signature over the exact bytes of the manifest → sizes that the manifest declares →
  names, sizes and digests of the files, as sets that must be equal → canonical form of each document → meaning.
* Of an archive, only the signed manifest is unpacked before its signature was verified.
* The model's bytes are compared with their digest and not looked into; that happens in the worker.
* Everything stays in memory up to the limits.  A refused learnware leaves nothing behind but its error.

Called by the node for everything that arrives, and for its own drafts before they are signed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from lwnode.archive import layout
from lwnode.archive.container import open_container
from lwnode.archive.learnware import Learnware
from lwnode.archive.limits import LIMITS, Limits
from lwnode.archive.meaning import check_meaning
from lwnode.documents import Card, Keys, Manifest, Profile, Semantic, SpecificationCard, decode, digest
from lwnode.errors import ArchiveError, TrustError
from lwnode.specification import Specification
from lwnode.trust import open_manifest, peek_publisher

_CHANGED = "the file was changed, damaged or mixed up on its way: ask for it again"


def check_manifest(manifest: Manifest, limits: Limits = LIMITS) -> None:
    """Return where a verified manifest lists files that may be fetched: the names of the layout, within the limits.

    Raises
    ------
    ArchiveError
        A name is missing or unknown, or a file is too large.
    """
    if tuple(entry.name for entry in manifest.files) != layout.FILES:
        raise ArchiveError(
            "the manifest lists other files than a learnware has",
            hint="the publisher may use a newer version: update this program",
        )
    for entry in manifest.files:
        if entry.size > limits.of(entry.name):
            raise ArchiveError(
                f"{entry.name} has {entry.size} bytes, {limits.of(entry.name)} allowed", hint="ask for a smaller model"
            )


def check_files(
    manifest: Manifest,
    files: Mapping[str, bytes],
    limits: Limits = LIMITS,
    *,
    model_required: bool = True,
    bundle: bytes = b"",
) -> Learnware:
    """Return the learnware that a manifest and its files make, whoever signed it.

    Parameters
    ----------
    manifest : Manifest
        Verified by the caller, or a draft's.
    files : mapping
        Name → content.
    limits : Limits
    model_required : bool
        Whether ``model.onnx`` must be among the files; where it is, it is checked.
    bundle : bytes
        The signed manifest; empty for a draft.

    Raises
    ------
    ArchiveError
        Other files than a learnware has, too large, or without meaning.
    TrustError
        A file is missing, unsigned, or not what was signed.
    DocumentError, SpecificationError
        A document or the points were signed and are not what they should be.
    """
    check_manifest(manifest, limits)
    expected = set(layout.FILES)
    if not model_required and layout.MODEL not in files:
        expected.remove(layout.MODEL)
    if set(files) != expected:
        raise TrustError("the files are not the ones that were signed: one is missing or was added", hint=_CHANGED)
    for entry in manifest.files:
        if entry.name in expected and (
            len(files[entry.name]) != entry.size or digest(files[entry.name]) != entry.sha256
        ):
            raise TrustError(f"{entry.name} is not the file that was signed", hint=_CHANGED)
    card = decode(files[layout.CARD], Card, limit=limits.document)
    profile = _profile(files[layout.PROFILE], limits.document)
    semantic = decode(files[layout.SEMANTIC], Semantic, limit=limits.document)
    specification_card = decode(files[layout.SPECIFICATION], SpecificationCard, limit=limits.document)
    check_meaning(manifest, profile, semantic, card, specification_card)
    return Learnware(
        id=manifest.id,
        bundle=bundle,
        manifest=manifest,
        semantic=semantic,
        card=card,
        profile=profile,
        specification=Specification.from_bytes(files[layout.POINTS], specification_card, profile),
        model=files.get(layout.MODEL),
    )


@lru_cache(maxsize=64)
def _profile(data: bytes, limit: int) -> Profile:
    """Return the profile in a file: one object for all learnwares of an island that are read."""
    return decode(data, Profile, limit=limit)


def read_files(
    bundle: bytes,
    files: Mapping[str, bytes],
    keys: Keys,
    limits: Limits = LIMITS,
    *,
    model_required: bool = True,
) -> Learnware:
    """Return the learnware that a signed manifest and its files make.

    Parameters
    ----------
    bundle : bytes
        The signed manifest.
    files : mapping
        Name → content.
    keys : Keys
        The publisher's keys document, verified.
    limits : Limits
    model_required : bool
        Whether ``model.onnx`` must be among the files; where it is, it is checked.

    Raises
    ------
    DocumentError, TrustError
        As `lwnode.trust.open_manifest`.
    ArchiveError, TrustError, DocumentError, SpecificationError
        As :func:`check_files`.
    """
    manifest = open_manifest(bundle, keys, limit=limits.envelope)
    return check_files(manifest, files, limits, model_required=model_required, bundle=bundle)


def read_archive(source: bytes, lookup: Callable[[str], Keys], limits: Limits = LIMITS) -> Learnware:
    """Return the learnware in an archive.

    Parameters
    ----------
    source : bytes
        The archive.
    lookup : callable
        Publisher → its verified keys document; raises one of our errors where it is not known.
    limits : Limits

    Raises
    ------
    ArchiveError
        Not a learnware archive, damaged, too large, or outside the subset of the zip format that is read.
    ArchiveError, TrustError, DocumentError, SpecificationError
        As :func:`read_files`.

    Notes
    -----
    Memory: the archive and its files.  An archive that nobody we know signed costs its directory and its manifest.
    """
    container = open_container(source, limits)
    bundle = container.read(layout.BUNDLE)
    manifest = open_manifest(bundle, lookup(peek_publisher(bundle)), limit=limits.envelope)
    check_manifest(manifest, limits)
    sizes = {name: size for name, size in container.sizes.items() if name not in (layout.BUNDLE, layout.KEYS)}
    if sizes != {entry.name: entry.size for entry in manifest.files}:
        raise TrustError("the archive's files are not the ones that were signed", hint=_CHANGED)
    return check_files(manifest, {name: container.read(name) for name in sizes}, limits, bundle=bundle)


def embedded_keys(source: bytes, limits: Limits = LIMITS) -> bytes:
    """Return the signed keys document in an archive, unverified; empty where it carries none.

    Whoever wants to be introduced to a publisher by an archive opens this with `lwnode.trust.verify_keys`, asks a
    person, and reads the archive with the keys that were accepted.

    Raises
    ------
    ArchiveError
        As :func:`read_archive`.
    """
    container = open_container(source, limits)
    return container.read(layout.KEYS) if layout.KEYS in container.sizes else b""
