# SPDX-License-Identifier: Apache-2.0
"""Public keys: their one byte form, their fingerprints, and a spelling that people can read to each other.

Rules
-----
* Two kinds of key exist: Ed25519 (roots) and ECDSA on P-256 (everything operational).  The algorithm follows from the
  key, never from a field of a message.
* A key is named by its fingerprint, the SHA-256 of its SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).  Only the shortest
  DER form is accepted, so that one key has one fingerprint: no compressed points, no explicit curve parameters.

Called by the rest of this room, and by the faces that show an organisation's id.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from lwnode.documents import digest
from lwnode.errors import TrustError

PublicKey: TypeAlias = Ed25519PublicKey | EllipticCurvePublicKey
PrivateKey: TypeAlias = Ed25519PrivateKey | EllipticCurvePrivateKey

_SPKI_LIMIT = 128  # bytes; P-256 takes 91, Ed25519 44
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # RFC 4648 §6
_PART = 13  # characters of the fingerprint in front of each check character
_GROUP = 7  # characters between two hyphens
_HEX = re.compile(r"[0-9a-f]{64}")


def spki(key: PublicKey) -> bytes:
    """Return the SubjectPublicKeyInfo of a public key, DER."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def spki_text(key: PublicKey) -> str:
    """Return the SubjectPublicKeyInfo in base64, as a keys document holds it."""
    return base64.b64encode(spki(key)).decode()


def fingerprint(spki_der: bytes) -> str:
    """Return the SHA-256 of a SubjectPublicKeyInfo in hexadecimal."""
    return digest(spki_der)


def by_fingerprint(keys: Iterable[PublicKey]) -> Mapping[str, PublicKey]:
    """Return the keys under their fingerprints, the form in which envelopes are opened."""
    return {fingerprint(spki(key)): key for key in keys}


def public_key(spki_der: bytes) -> PublicKey:
    """Read a public key; ``spki(public_key(der)) == der`` for every ``der`` that is accepted.

    Raises
    ------
    TrustError
        Not a key, not Ed25519 or P-256, or not in its one byte form.
    """
    if len(spki_der) > _SPKI_LIMIT:
        raise TrustError("a public key that is too long")
    try:
        key = load_der_public_key(spki_der)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise TrustError("bytes that are not a public key") from error
    if isinstance(key, EllipticCurvePublicKey):
        if not isinstance(key.curve, SECP256R1):
            raise TrustError(f"a key on the curve {key.curve.name}; only P-256 is used")
    elif not isinstance(key, Ed25519PublicKey):
        raise TrustError("a key of an unknown algorithm; only Ed25519 and P-256 are used")
    if spki(key) != spki_der:
        raise TrustError("a public key that is not in its one byte form")
    return key


def public_key_from_text(text: str) -> PublicKey:
    """Read a public key from strict base64.

    Raises
    ------
    TrustError
        As :func:`public_key`; also base64 with foreign characters or spare bits.
    """
    try:
        der = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise TrustError("a public key that is not base64") from error
    if base64.b64encode(der).decode() != text:
        raise TrustError("a public key that is not canonical base64")
    return public_key(der)


def readable(digest_hex: str) -> str:
    """Spell a fingerprint for people: eight groups of seven letters and digits, every 14th a check character.

    Parameters
    ----------
    digest_hex : str
        64 hexadecimal digits.

    Returns
    -------
    str
        63 characters; ``from_readable(readable(f)) == f``.

    Notes
    -----
    Base32 (RFC 4648 §6) with a Luhn check over 32 symbols for each quarter: it notices every single wrong character and
    nearly every exchange of two neighbours.
    """
    if not _HEX.fullmatch(digest_hex):
        raise ValueError("a fingerprint has 64 hexadecimal digits")
    body = base64.b32encode(bytes.fromhex(digest_hex)).decode().rstrip("=")
    parts = (body[start : start + _PART] for start in range(0, len(body), _PART))
    checked = "".join(part + _check_character(part) for part in parts)
    return "-".join(checked[start : start + _GROUP] for start in range(0, len(checked), _GROUP))


def from_readable(text: str) -> str:
    """Return the fingerprint that :func:`readable` spelled; case, hyphens and blanks do not matter.

    Raises
    ------
    TrustError
        Too short or long, foreign characters, or a check character that does not agree.
    """
    typed = text.upper().replace("-", "").replace(" ", "").replace("0", "O").replace("1", "I").replace("8", "B")
    if len(typed) != 4 * (_PART + 1) or any(character not in _ALPHABET for character in typed):
        raise TrustError("this is not an organisation's id", hint="an id has eight groups of seven letters and digits")
    body = ""
    for start in range(0, len(typed), _PART + 1):
        part, check = typed[start : start + _PART], typed[start + _PART]
        if _check_character(part) != check:
            wrong = start // (_PART + 1) * 2 + 1
            raise TrustError("the id holds a typing mistake", hint=f"compare groups {wrong} and {wrong + 1} once more")
        body += part
    found = base64.b32decode(body + "====").hex()
    if readable(found).replace("-", "") != typed:  # four spare bits of base32 that are not zero
        raise TrustError("the id holds a typing mistake", hint="compare the last group once more")
    return found


def _check_character(part: str) -> str:
    """Return the Luhn check character of ``part`` over the base32 alphabet."""
    size = len(_ALPHABET)
    total = 0
    for position, character in enumerate(reversed(part)):
        value = _ALPHABET.index(character) * (2 if position % 2 == 0 else 1)
        total += value // size + value % size
    return _ALPHABET[-total % size]
