# SPDX-License-Identifier: Apache-2.0
"""The signed manifest: a DSSE envelope in a Sigstore bundle v0.3.

Rules
-----
* The bundle is what the OpenSSF ``model_signing verify key`` tool takes: an in-toto payload, one P-256 signature, and
  the SHA-256 of the PEM public key as hint.  Plain ``openssl dgst -sha256 -verify`` verifies the signature over the
  envelope's pre-authentication encoding.
* Only release keys of the publisher's verified keys document open a manifest: no other role, no other publisher.
* The payload is parsed after its signature was verified.  A learnware's id is the digest of the payload, so it does not
  depend on the bundle or the signature.

Called by the archive, and by the node when it publishes and when it takes in an announcement.
"""

from __future__ import annotations

from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lwnode.documents import Keys, Manifest, decode, digest, encode
from lwnode.errors import SignatureError, TrustError
from lwnode.trust.envelope import ENVELOPE_LIMIT, Envelope, signed_envelope, verify_envelope
from lwnode.trust.keyring import release_keys

MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"


class _PublicKeyIdentifier(msgspec.Struct, frozen=True, kw_only=True):
    hint: str


class _VerificationMaterial(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    public_key: _PublicKeyIdentifier
    tlog_entries: tuple[str, ...]  # entries of a transparency log, of which we have none


class Bundle(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A Sigstore bundle on the wire: a msgspec structure because its field names are not ours."""

    media_type: str
    verification_material: _VerificationMaterial
    dsse_envelope: Envelope


def key_hint(key: EllipticCurvePublicKey) -> str:
    """Return the SHA-256 of the PEM of a public key, by which the OpenSSF tool recognises it."""
    return digest(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def seal_manifest(manifest: Manifest, release_key: EllipticCurvePrivateKey) -> bytes:
    """Return the signed manifest; the same manifest and key always give the same bytes.

    Raises
    ------
    TypeError
        A key that is not an elliptic curve key, such as a root.
    """
    if not isinstance(release_key, EllipticCurvePrivateKey):
        raise TypeError("manifests are signed by a P-256 release key")
    return encode(
        Bundle(
            media_type=MEDIA_TYPE,
            verification_material=_VerificationMaterial(
                public_key=_PublicKeyIdentifier(hint=key_hint(release_key.public_key())), tlog_entries=()
            ),
            dsse_envelope=signed_envelope(PAYLOAD_TYPE, manifest.to_bytes(), [release_key]),
        )
    )


def read_bundle(data: bytes, *, limit: int = ENVELOPE_LIMIT) -> Bundle:
    """Return the bundle in ``data`` without verifying anything.

    Raises
    ------
    DocumentError
        Too long, not JSON, not in canonical form.
    """
    return decode(data, Bundle, limit=limit)


def open_manifest(data: bytes, keys: Keys, *, limit: int = ENVELOPE_LIMIT) -> Manifest:
    """Return the manifest of a bundle that one of the publisher's release keys signed.

    ``open_manifest(seal_manifest(m, k), keys) == m`` where ``keys`` name ``k`` and the manifest names their publisher.

    Parameters
    ----------
    data : bytes
        The bundle's canonical bytes.
    keys : Keys
        The publisher's keys document, verified.
    limit : bytes
        Longer data are refused before parsing.

    Raises
    ------
    DocumentError
        Not a bundle, or its payload is not a manifest in canonical form.
    SignatureError
        Not signed, by exactly one key, and that a release key of the publisher.
    TrustError
        Signed by this publisher in the name of another.
    """
    bundle = read_bundle(data, limit=limit)
    material, envelope = bundle.verification_material, bundle.dsse_envelope
    if bundle.media_type != MEDIA_TYPE or material.tlog_entries:
        raise SignatureError(
            "a signature file of an unknown kind", hint="a Sigstore bundle v0.3 with a key is expected"
        )
    if len(envelope.signatures) != 1:
        raise SignatureError("a manifest carries one signature")
    named = release_keys(keys)
    (signer,) = verify_envelope(envelope, PAYLOAD_TYPE, named)
    if material.public_key.hint != key_hint(named[signer]):
        raise SignatureError("the bundle names another key than the one that signed it")
    manifest = Manifest.from_bytes(envelope.payload)
    if manifest.publisher != keys.publisher:
        raise TrustError(
            "a manifest in the name of another publisher than the one who signed it",
            hint="do not use this learnware; tell the publisher that is named in it",
        )
    return manifest
