# SPDX-License-Identifier: Apache-2.0
"""One signature: made and verified, for the two kinds of key.

Rules
-----
* Ed25519 as RFC 8032; ECDSA on P-256 with SHA-256, deterministic nonces (RFC 6979), DER.
* An ECDSA signature ``(r, s)`` has a twin ``(r, n - s)`` that anyone can compute.  We write the one with the smaller
  ``s`` and accept only that one, so that a signed document has one form, and no id ever depends on signature bytes.

Called by `lwnode.trust.envelope` only: everything signed goes through an envelope.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from lwnode.errors import SignatureError
from lwnode.trust.identity import PrivateKey, PublicKey

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256, FIPS 186-4 D.1.2.3


def sign(key: PrivateKey, message: bytes) -> bytes:
    """Return the signature of ``message``; the same key and message always give the same bytes.

    Raises
    ------
    ValueError
        An elliptic curve key that is not on P-256.
    """
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(message)
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("only Ed25519 and P-256 keys sign")
    r, s = decode_dss_signature(key.sign(message, ECDSA(SHA256(), deterministic_signing=True)))
    return encode_dss_signature(r, min(s, _ORDER - s))


def verify(key: PublicKey, signature: bytes, message: bytes) -> None:
    """Return where ``signature`` is the key's signature of ``message``.

    Raises
    ------
    SignatureError
        It is not, or not in the one form that is written.
    """
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, message)
            return
        r, s = decode_dss_signature(signature)
        if encode_dss_signature(r, s) != signature or s > _ORDER // 2:
            raise SignatureError("a signature that is not in its one byte form")
        key.verify(signature, message, ECDSA(SHA256()))
    except (InvalidSignature, ValueError) as error:
        raise SignatureError(
            "the signature does not belong to these bytes",
            hint="the file was changed or damaged after it was signed: ask for it again",
        ) from error
