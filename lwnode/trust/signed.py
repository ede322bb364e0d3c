# SPDX-License-Identifier: Apache-2.0
"""Signed documents besides manifests and keys: island profiles and withdrawals.

Rules
-----
* Each kind has its own payload type, ``application/vnd.lwnode.<kind>+json``; what was signed as one kind is never read
  as another.
* They are signed by a release key.  Keys documents are not among the kinds: only roots sign those.
* A withdrawal speaks for its own publisher only.

Called by the node when it sends a profile or takes a learnware back, and for each one that arrives.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from lwnode.documents import Keys, Profile, Withdrawal, decode, encode
from lwnode.errors import TrustError
from lwnode.trust.envelope import ENVELOPE_LIMIT, open_envelope, seal
from lwnode.trust.keyring import release_keys

D = TypeVar("D", Profile, Withdrawal)

_TYPES: MappingProxyType[type[Profile] | type[Withdrawal], str] = MappingProxyType(
    {
        Profile: "application/vnd.lwnode.profile+json",
        Withdrawal: "application/vnd.lwnode.withdrawal+json",
    }
)


def seal_document(document: Profile | Withdrawal, release_key: EllipticCurvePrivateKey) -> bytes:
    """Return the signed document; the same document and key always give the same bytes.

    Raises
    ------
    TypeError
        Another kind of document, or a key that is not an elliptic curve key.
    """
    if type(document) not in _TYPES or not isinstance(release_key, EllipticCurvePrivateKey):
        raise TypeError("a release key signs profiles and withdrawals this way, and nothing else")
    return seal(_TYPES[type(document)], encode(document), release_key)


def open_document(data: bytes, kind: type[D], keys: Keys, *, limit: int = ENVELOPE_LIMIT) -> D:
    """Return the document of an envelope that one of the publisher's release keys signed.

    ``open_document(seal_document(d, k), type(d), keys) == d`` where ``keys`` name ``k``.

    Parameters
    ----------
    data : bytes
        The envelope's canonical bytes.
    kind : type
        `Profile` or `Withdrawal`.
    keys : Keys
        The signer's keys document, verified.
    limit : bytes
        Longer data are refused before parsing.

    Raises
    ------
    DocumentError
        Not an envelope, or its payload is not a document of this kind in canonical form.
    SignatureError
        Signed as another kind, or by none of the publisher's release keys.
    TrustError
        A withdrawal that was signed by another publisher than it names.
    """
    document = decode(open_envelope(data, _TYPES[kind], release_keys(keys), limit=limit), kind)
    if isinstance(document, Withdrawal):
        _check_withdrawal(document, keys)
    return document


def _check_withdrawal(withdrawal: Withdrawal, keys: Keys) -> None:
    if withdrawal.publisher != keys.publisher:
        raise TrustError(
            "a withdrawal in the name of another publisher than the one who signed it",
            hint="the learnware stays in the catalogue",
        )
    if not withdrawal.reason.strip() or withdrawal.created.tzinfo is None:
        raise TrustError("a withdrawal needs a reason, and a time with its zone")
