# SPDX-License-Identifier: Apache-2.0
"""Private keys as PEM: PKCS#8, under scrypt and AES-256 where a passphrase is given.

Rules
-----
* The container is standard (RFC 5958; PBES2 of RFC 8018 with scrypt as in RFC 7914 §7), so ``openssl pkey`` opens it.
* The library's own "best available encryption" stretches a passphrase by 2,048 rounds of PBKDF2 only: a third of a
  millisecond a guess.  scrypt with the parameters below takes hundreds of times as long, and 16 MiB for each guess.
* A passphrase is taken or refused, never ignored: an unprotected file where a passphrase was given is an error too.

Called by `lwnode.trust.keyfile` only.  Pure but for the random salt.
"""

from __future__ import annotations

import base64
import hashlib
import os
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from lwnode.errors import SettingsError, TrustError
from lwnode.trust.identity import PrivateKey

PASSPHRASE_LIMIT = 1_000  # bytes
_N, _R, _P = 2**14, 8, 5  # 16 MiB; OpenSSL opens nothing that takes more than 32 MiB
_PBES2: Final = bytes.fromhex("06092a864886f70d01050d")  # 1.2.840.113549.1.5.13
_SCRYPT: Final = bytes.fromhex("06092b06010401da47040b")  # 1.3.6.1.4.1.11591.4.11
_AES256_CBC: Final = bytes.fromhex("060960864801650304012a")  # 2.16.840.1.101.3.4.1.42
_SEQUENCE, _OCTETS, _INTEGER = 0x30, 0x04, 0x02


def check_passphrase(passphrase: bytes | None) -> None:
    """Return where a passphrase can be used.

    Raises
    ------
    SettingsError
        Empty or too long.
    """
    if passphrase is not None and not 1 <= len(passphrase) <= PASSPHRASE_LIMIT:
        raise SettingsError(
            f"a passphrase has 1 to {PASSPHRASE_LIMIT} bytes",
            hint="give one, or none at all to rely on the protection of your account alone",
        )


def private_pem(key: PrivateKey, passphrase: bytes | None) -> bytes:
    """Return a private key as PEM; ``load_private_pem(private_pem(k, p), p)`` is the same key."""
    if passphrase is None:
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    salt, start = os.urandom(16), os.urandom(16)
    stretched = hashlib.scrypt(passphrase, salt=salt, n=_N, r=_R, p=_P, maxmem=2**26, dklen=32)
    padder, cipher = PKCS7(128).padder(), Cipher(AES256(stretched), CBC(start)).encryptor()
    hidden = cipher.update(padder.update(plain) + padder.finalize()) + cipher.finalize()
    scrypt = _der(_SEQUENCE, _der(_OCTETS, salt), *(_integer(value) for value in (_N, _R, _P)))
    scheme = _der(
        _SEQUENCE,
        _PBES2,
        _der(
            _SEQUENCE,
            _der(_SEQUENCE, _SCRYPT, scrypt),
            _der(_SEQUENCE, _AES256_CBC, _der(_OCTETS, start)),
        ),
    )
    text = base64.b64encode(_der(_SEQUENCE, scheme, _der(_OCTETS, hidden))).decode()
    lines = [text[begin : begin + 64] for begin in range(0, len(text), 64)]
    name = "ENCRYPTED PRIVATE KEY"
    return "\n".join([f"-----BEGIN {name}-----", *lines, f"-----END {name}-----", ""]).encode()


def load_private_pem(data: bytes, passphrase: bytes | None) -> PrivateKey:
    """Read a private key.

    Raises
    ------
    TrustError
        Wrong passphrase, one missing or one too many; damaged; a key of another kind.
    """
    try:
        key = load_pem_private_key(data, passphrase)
    except TypeError as error:
        if passphrase is None:
            raise TrustError(
                "the key is protected by a passphrase",
                hint="set LWNODE_PASSPHRASE, or LWNODE_PASSPHRASE_FILE to a file that holds it",
            ) from error
        raise TrustError(
            "the key is not protected, although a passphrase was given",
            hint="the file was exchanged, or the keys were made without a passphrase: restore it, or leave it out",
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise TrustError(
            "the key cannot be read: " + ("damaged" if passphrase is None else "wrong passphrase, or damaged"),
            hint="try the passphrase again; if it is right, restore the keys from a backup",
        ) from error
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return key
    if isinstance(key, Ed25519PrivateKey):
        return key
    raise TrustError("a private key of a kind that is not used here", hint="restore the keys from a backup")


def _der(tag: int, *parts: bytes) -> bytes:
    """Return one DER value (X.690 §8.1) of at most 65,535 bytes."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes(1 if len(body) < 0x100 else 2, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def _integer(value: int) -> bytes:
    return _der(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))
