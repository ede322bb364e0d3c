# SPDX-License-Identifier: Apache-2.0
"""Public keys and the ids that people read to each other."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lwnode.errors import TrustError
from lwnode.trust import by_fingerprint, fingerprint, from_readable, public_key, readable, spki
from lwnode.trust.identity import public_key_from_text, spki_text
from tests.support.trust import operational, root


@pytest.mark.parametrize("key", [root("a").public_key(), operational("a").public_key()], ids=["root", "operational"])
def test_public_key_round_trip(key):
    der = spki(key)
    assert spki(public_key(der)) == der
    assert spki(public_key_from_text(spki_text(key))) == der
    assert fingerprint(der) == hashlib.sha256(der).hexdigest()
    assert list(by_fingerprint([key])) == [fingerprint(der)]


def _point(compressed: bool) -> bytes:
    form = PublicFormat.CompressedPoint if compressed else PublicFormat.UncompressedPoint
    return operational("a").public_key().public_bytes(Encoding.X962, form)


def _compressed_spki() -> bytes:
    point = _point(True)
    head = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
    bits = bytes([0x03, len(point) + 1, 0]) + point
    return bytes([0x30, len(head) + len(bits)]) + head + bits


def _off_curve() -> bytes:
    der = bytearray(spki(operational("a").public_key()))
    der[-1] ^= 1
    return bytes(der)


def _other(key) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("name", "der"),
    [
        ("empty", b""),
        ("noise", b"\x30\x05hello"),
        ("cut", spki(operational("a").public_key())[:-1]),
        ("longer", spki(operational("a").public_key()) + b"\0"),
        ("very long", b"\x30" * 100_000),
        ("bare point", _point(False)),
        ("compressed", _compressed_spki()),
        ("off the curve", _off_curve()),
        ("P-384", _other(ec.generate_private_key(ec.SECP384R1()))),
        ("secp256k1", _other(ec.generate_private_key(ec.SECP256K1()))),
        ("RSA", _other(rsa.generate_private_key(65537, 1024))),
        ("Ed448", _other(ed448.Ed448PrivateKey.generate())),
        ("PEM", operational("a").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # keys are new in every run
)
def test_public_key_refuses(name, der):
    with pytest.raises(TrustError):
        public_key(der)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text.rstrip("="),
        lambda text: text + "====",
        lambda text: "é" + text,
        lambda text: text[:-2] + chr(ord(text[-2]) + 1) + "=" if text.endswith("=") else text + "A",
        lambda text: base64.urlsafe_b64encode(base64.b64decode(text) + b"\xff\xff\xff").decode(),
    ],
)
def test_public_key_text_has_one_form(spoil):
    text = spki_text(root("a").public_key())
    with pytest.raises(TrustError):
        public_key_from_text(spoil(text))


def test_readable_shape():
    text = readable(fingerprint(spki(root("a").public_key())))
    groups = text.split("-")
    assert len(groups) == 8
    assert {len(group) for group in groups} == {7}


@pytest.mark.parametrize("digest", ["0" * 64, "f" * 64, hashlib.sha256(b"x").hexdigest()])
def test_readable_round_trip_forgives_how_people_type(digest):
    text = readable(digest)
    assert from_readable(text) == digest
    assert from_readable(text.lower().replace("-", " ")) == digest
    assert from_readable(text.replace("O", "0").replace("I", "1").replace("B", "8")) == digest


def test_readable_notices_every_wrong_character():
    text = readable(hashlib.sha256(b"organisation").hexdigest())
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    for position, character in enumerate(text):
        if character == "-":
            continue
        for other in alphabet:
            if other != character:
                with pytest.raises(TrustError):
                    from_readable(text[:position] + other + text[position + 1 :])


@pytest.mark.parametrize("text", ["", "ABC", "A" * 55, "A" * 57, "!" * 56, "é" * 56])
def test_from_readable_refuses_what_is_no_id(text):
    with pytest.raises(TrustError):
        from_readable(text)


@pytest.mark.parametrize("digest", ["", "0" * 63, "G" * 64, "A" * 64])
def test_readable_wants_a_fingerprint(digest):
    with pytest.raises(ValueError, match="64 hexadecimal"):
        readable(digest)
