# SPDX-License-Identifier: Apache-2.0
"""What signed bytes claim about themselves, before anything is verified: whose keys to look up.

Rules
-----
* Nothing returned here may be believed, shown or stored; it only selects the keys with which the same bytes are then
  opened.  Opening checks that the claim was true.
* The size limit comes first, and only the one field that is needed is read.

Called by the archive and the node in front of `open_manifest`, `open_document` and `verify_keys`.
"""

from __future__ import annotations

import re

import msgspec

from lwnode.errors import DocumentError
from lwnode.trust.bundle import PAYLOAD_TYPE, read_bundle
from lwnode.trust.envelope import Envelope, read_envelope

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


class _Document(msgspec.Struct):
    publisher: str


class _Predicate(msgspec.Struct):
    lwnode: _Document


class _Statement(msgspec.Struct):
    predicate: _Predicate


def peek_publisher(data: bytes) -> str:
    """Return the publisher that a signed manifest claims, unverified.

    Raises
    ------
    DocumentError
        Not a bundle, or no publisher in it.
    """
    envelope = read_bundle(data).dsse_envelope
    if envelope.payload_type != PAYLOAD_TYPE:
        raise DocumentError("a bundle that does not hold a manifest")
    try:
        return _plausible(msgspec.json.decode(envelope.payload, type=_Statement).predicate.lwnode)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DocumentError("a manifest that names no publisher") from error


def peek_document_publisher(data: bytes) -> str:
    """Return the publisher that a signed keys document or withdrawal claims, unverified.

    Raises
    ------
    DocumentError
        Not an envelope, or a document that names no publisher, such as a profile.
    """
    try:
        return _plausible(msgspec.json.decode(read_envelope(data).payload, type=_Document))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DocumentError("a document that names no publisher") from error


def peek_signers(data: bytes) -> tuple[str, ...]:
    """Return the fingerprints of the keys that a sealed envelope claims to be signed by, unverified.

    A profile names no publisher; whose it is follows from the key that signed it.

    Raises
    ------
    DocumentError
        Not an envelope.
    """
    envelope: Envelope = read_envelope(data)
    return tuple(signature.keyid for signature in envelope.signatures)


def _plausible(document: _Document) -> str:
    if not _FINGERPRINT.fullmatch(document.publisher):
        raise DocumentError("a publisher that is not a fingerprint")
    return document.publisher
