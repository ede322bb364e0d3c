# SPDX-License-Identifier: Apache-2.0
"""Signed bytes: DSSE envelopes (Dead Simple Signing Envelope, protocol 1.0.0).

Rules
-----
* The order is always size → envelope → signatures over the exact payload bytes → the caller may parse the payload.
  Nothing here looks into the payload, and nothing is serialised again to be verified.
* What is signed is the pre-authentication encoding, which holds the payload's type: bytes signed as one kind of
  document are never accepted as another.
* The envelope itself has one byte form (canonical JSON), base64 included.
* Key ids are fingerprints, each named once.  A signature under a key that the caller did not name is passed over (a
  rotated keys document carries old and new); one under a named key must verify.
* The algorithm follows from the key that the caller named, never from the wire.

Called by `lwnode.trust.bundle`, `lwnode.trust.signed` and `lwnode.trust.keyring`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from lwnode.documents import decode, encode
from lwnode.documents.canonical import DOCUMENT_LIMIT
from lwnode.errors import SignatureError
from lwnode.trust.identity import PrivateKey, PublicKey, fingerprint, spki
from lwnode.trust.signature import sign, verify

ENVELOPE_LIMIT = DOCUMENT_LIMIT * 3 // 2  # bytes: the largest document in base64, and room for its signatures
SIGNATURE_LIMIT = 16  # signatures of one envelope

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """One signature on the wire: fingerprint of the key, signature bytes (base64 in JSON)."""

    keyid: str
    sig: bytes


class Envelope(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An envelope on the wire: a msgspec structure because its field names are not ours."""

    payload: bytes
    payload_type: str
    signatures: tuple[Signature, ...]


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed: DSSE's pre-authentication encoding of type and payload."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def signed_envelope(payload_type: str, payload: bytes, signers: Sequence[PrivateKey]) -> Envelope:
    """Return the envelope of a payload, signed by each key.

    Raises
    ------
    ValueError
        No signer, or one of them twice.
    """
    message = pae(payload_type, payload)
    signatures = tuple(
        Signature(keyid=fingerprint(spki(signer.public_key())), sig=sign(signer, message)) for signer in signers
    )
    if not signatures or len({signature.keyid for signature in signatures}) != len(signatures):
        raise ValueError("an envelope needs signers, each once")
    return Envelope(payload=payload, payload_type=payload_type, signatures=signatures)


def seal(payload_type: str, payload: bytes, *signers: PrivateKey) -> bytes:
    """Return the envelope of a payload as canonical bytes; the same input always gives the same bytes."""
    return encode(signed_envelope(payload_type, payload, signers))


def read_envelope(data: bytes, *, limit: int = ENVELOPE_LIMIT) -> Envelope:
    """Return the envelope in ``data`` without verifying anything.

    Raises
    ------
    DocumentError
        Too long, not JSON, or not in canonical form.
    """
    return decode(data, Envelope, limit=limit)


def verify_envelope(
    envelope: Envelope, payload_type: str, keys: Mapping[str, PublicKey], *, threshold: int = 1
) -> tuple[str, ...]:
    """Return the fingerprints of the named keys that signed the envelope.

    Parameters
    ----------
    envelope : Envelope
    payload_type : str
        The only type that is accepted.
    keys : mapping
        Fingerprint → public key; the signers that count.
    threshold : int
        How many of them must have signed, ≥ 1.

    Raises
    ------
    SignatureError
        Signed as something else, by too few of the keys, by one of them over other bytes, or with key ids that are
        empty, malformed or named twice.
    """
    if threshold < 1:
        raise ValueError("a threshold is at least 1")
    if envelope.payload_type != payload_type:
        raise SignatureError(
            f"signed as another kind of document than {payload_type}",
            hint="the file is not what it was handed over as",
        )
    ids = [signature.keyid for signature in envelope.signatures]
    if len(ids) > SIGNATURE_LIMIT or len(set(ids)) != len(ids):
        raise SignatureError("an envelope with too many signatures, or two of one key")
    if not all(_FINGERPRINT.fullmatch(keyid) for keyid in ids):
        raise SignatureError("an envelope with a key id that is not a fingerprint")
    message = pae(envelope.payload_type, envelope.payload)
    signers: list[str] = []
    for signature in envelope.signatures:
        if (key := keys.get(signature.keyid)) is not None:
            verify(key, signature.sig, message)
            signers.append(signature.keyid)
    if len(signers) < threshold:
        raise SignatureError(
            f"signed by {len(signers)} of the keys that count, {threshold} needed",
            hint="it is signed by somebody else, or with a key that the publisher has not told us of: ask for its keys",
        )
    return tuple(signers)


def open_envelope(
    data: bytes,
    payload_type: str,
    keys: Mapping[str, PublicKey],
    threshold: int = 1,
    limit: int = ENVELOPE_LIMIT,
) -> bytes:
    """Return the payload of a sealed envelope after its signatures were verified.

    ``open_envelope(seal(t, p, k), t, by_fingerprint([k.public_key()])) == p``.

    Parameters
    ----------
    data : bytes
        The envelope's canonical bytes.
    payload_type, keys, threshold
        As :func:`verify_envelope`.
    limit : bytes
        Longer data are refused before parsing.

    Raises
    ------
    DocumentError
        As :func:`read_envelope`.
    SignatureError
        As :func:`verify_envelope`.
    """
    envelope = read_envelope(data, limit=limit)
    verify_envelope(envelope, payload_type, keys, threshold=threshold)
    return envelope.payload
