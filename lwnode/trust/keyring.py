# SPDX-License-Identifier: Apache-2.0
"""Keys documents: which keys speak for an organisation, and how one version follows another.

Rules
-----
1. A keys document is signed by at least ``threshold`` of its own Ed25519 roots.  Roots sign nothing else, and no other
   key signs it.
2. Version 1 names its publisher by the fingerprint of its first root, so nobody can write a first version for another.
3. A later version must be signed by the threshold of the known version's roots *and* of its own (The Update Framework,
   specification §5.3.4): whoever steals an operational key cannot rotate, and whoever holds a new root must also hold
   the old one.  Without a known version, a later version is accepted only while the first root is still the same.
4. A version never falls; one version never has two contents.
5. An expired document is refused.  `open_keys` leaves this rule to the caller, who walks a chain of versions.
6. Root keys are Ed25519 and release keys are P-256, so one key can never serve in both roles.

With a known version the signatures of its roots are verified before the payload is parsed.  A first version carries its
own roots, so its payload must be parsed (canonical, bounded) to be verified; nothing of it is used before.

Called by the node for each keys document that arrives, and by the keystore for its own.  Pure: no files, no clock.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lwnode.documents import Keys, decode, encode
from lwnode.errors import RollbackError, TrustError
from lwnode.trust.envelope import read_envelope, seal, verify_envelope
from lwnode.trust.identity import PublicKey, by_fingerprint, fingerprint, public_key_from_text, spki

PAYLOAD_TYPE: Final = "application/vnd.lwnode.keys+json"
ROOT_LIMIT = 8  # root keys of one organisation; two versions' roots fit into one envelope
RELEASE_LIMIT = 64  # release keys of one organisation
NAME_LIMIT = 120  # characters of the organisation's name

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_JOINERS = "\u200c\u200d"  # letters of several scripts need them


def root_keys(keys: Keys) -> Mapping[str, Ed25519PublicKey]:
    """Return the roots of a keys document by their fingerprints.

    Raises
    ------
    TrustError
        None, too many, one twice, or one that is not an Ed25519 key.
    """
    found = _parse(keys.root, limit=ROOT_LIMIT)
    roots = {name: key for name, key in found.items() if isinstance(key, Ed25519PublicKey)}
    if len(roots) != len(keys.root):
        raise TrustError("a keys document with a root that is not an Ed25519 key")
    return roots


def release_keys(keys: Keys) -> Mapping[str, EllipticCurvePublicKey]:
    """Return the release keys of a keys document by their fingerprints.

    Raises
    ------
    TrustError
        None, too many, one twice, or one that is not a P-256 key.
    """
    found = _parse(keys.release, limit=RELEASE_LIMIT)
    release = {name: key for name, key in found.items() if isinstance(key, EllipticCurvePublicKey)}
    if len(release) != len(keys.release):
        raise TrustError("a keys document with a release key that is not a P-256 key")
    return release


def seal_keys(keys: Keys, *roots: Ed25519PrivateKey) -> bytes:
    """Return the signed keys document.

    Raises
    ------
    TrustError
        The document has no meaning.
    """
    check_keys(keys)
    return seal(PAYLOAD_TYPE, encode(keys), *roots)


def open_keys(data: bytes, *, known: Keys | None) -> Keys:
    """Return a keys document that its own roots signed, and the known version's roots too; its expiry is not looked at.

    Parameters
    ----------
    data : bytes
        The envelope's canonical bytes.
    known : Keys or None
        The version that was accepted before; None at the first meeting.

    Raises
    ------
    DocumentError
        Not an envelope, or not a keys document in canonical form.
    SignatureError
        Too few signatures of the known or of the own roots.
    RollbackError
        Older than the known version.
    TrustError
        Another publisher, two contents of one version, or keys that cannot be.
    """
    envelope = read_envelope(data)
    if known is not None:
        verify_envelope(envelope, PAYLOAD_TYPE, root_keys(known), threshold=known.threshold)
    keys = decode(envelope.payload, Keys)
    check_keys(keys)
    verify_envelope(envelope, PAYLOAD_TYPE, root_keys(keys), threshold=keys.threshold)
    if known is not None:
        _check_successor(keys, known)
    elif keys.publisher != fingerprint(spki(public_key_from_text(keys.root[0]))):
        raise TrustError(
            "keys whose root was exchanged since this organisation was founded, and no earlier version is known",
            hint="ask for its first keys document and the ones that follow",
        )
    return keys


def stored_keys(data: bytes) -> Keys:
    """Return a keys document that was verified when it was taken in, and kept since.

    Its own roots' signatures are checked again; that an earlier version vouched for exchanged roots was checked then.

    Raises
    ------
    DocumentError, SignatureError, TrustError
        It was damaged or exchanged since.
    """
    envelope = read_envelope(data)
    keys = decode(envelope.payload, Keys)
    check_keys(keys)
    verify_envelope(envelope, PAYLOAD_TYPE, root_keys(keys), threshold=keys.threshold)
    return keys


def verify_keys(data: bytes, *, known: Keys | None, now: datetime) -> Keys:
    """Return a keys document that may be used from now on.

    Parameters
    ----------
    data, known
        As :func:`open_keys`.
    now : datetime
        With its zone.

    Raises
    ------
    DocumentError, SignatureError, RollbackError, TrustError
        As :func:`open_keys`; also expired.
    """
    keys = open_keys(data, known=known)
    check_fresh(keys, now=now)
    return keys


def check_fresh(keys: Keys, *, now: datetime) -> None:
    """Return where the keys document has not expired.

    Raises
    ------
    TrustError
        It has.
    """
    if now >= keys.expires:
        raise TrustError(
            f"the keys of this organisation expired on {keys.expires:%Y-%m-%d}",
            hint="ask the organisation to renew its keys; check this computer's clock",
        )


def check_keys(keys: Keys) -> None:
    """Return where a keys document means something.

    Raises
    ------
    TrustError
        An impossible publisher, name, version, time, threshold or key.
    """
    if not _FINGERPRINT.fullmatch(keys.publisher):
        raise TrustError("a keys document whose publisher is not a fingerprint")
    if not plausible_name(keys.organisation):
        raise TrustError(f"an organisation's name is one line of 1 to {NAME_LIMIT} visible characters")
    if not 1 <= keys.version < 2**31:
        raise TrustError("a keys document with an impossible version")
    if not all(moment.utcoffset() == timedelta(0) for moment in (keys.created, keys.expires)):
        raise TrustError("a keys document whose times are not UTC")
    if keys.created >= keys.expires:
        raise TrustError("a keys document that expired before it was made")
    roots, _ = root_keys(keys), release_keys(keys)
    if not 1 <= keys.threshold <= len(roots):
        raise TrustError("a keys document whose threshold its roots cannot reach")
    if keys.version == 1 and keys.publisher != fingerprint(spki(public_key_from_text(keys.root[0]))):
        raise TrustError("a first keys document that does not belong to its publisher")


def plausible_name(organisation: str) -> bool:
    """Tell whether a name is one line of visible characters, none of which turns the direction of what follows."""
    return (
        1 <= len(organisation) <= NAME_LIMIT
        and organisation.strip() == organisation
        and not any(
            unicodedata.category(character) in ("Cc", "Cf", "Co", "Cn", "Zl", "Zp") and character not in _JOINERS
            for character in organisation
        )
    )


def _check_successor(keys: Keys, known: Keys) -> None:
    if keys.publisher != known.publisher:
        raise TrustError("keys of another publisher")
    if keys.version < known.version:
        raise RollbackError(
            f"keys of version {keys.version}, while version {known.version} is known",
            hint="an old file was sent again: keep the keys you have, and tell the publisher if it happens once more",
        )
    if keys.version == known.version and keys != known:
        raise TrustError(
            f"two different keys documents of version {known.version}",
            hint="call the organisation: its root key may be in other hands",
        )


def _parse(texts: tuple[str, ...], *, limit: int) -> Mapping[str, PublicKey]:
    if not 1 <= len(texts) <= limit:
        raise TrustError(f"a keys document lists 1 to {limit} keys for each role")
    found = by_fingerprint(public_key_from_text(text) for text in texts)
    if len(found) != len(texts):
        raise TrustError("a keys document that lists a key twice")
    return found
