# SPDX-License-Identifier: Apache-2.0
"""Signatures and DSSE envelopes."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lwnode.errors import DocumentError, SignatureError
from lwnode.trust import by_fingerprint, fingerprint, open_envelope, pae, seal, spki
from lwnode.trust.signature import sign, verify
from tests.support.trust import operational, root

KIND = "application/vnd.lwnode.test+json"
KEY = operational("a")
NAMED = by_fingerprint([KEY.public_key()])


def test_pae_is_that_of_the_protocol():
    # the example of the DSSE protocol page
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert pae("ü", b"") == b"DSSEv1 2 \xc3\xbc 0 "


@pytest.mark.parametrize("key", [root("a"), operational("a")], ids=["Ed25519", "P-256"])
def test_signatures_are_deterministic_and_verify(key):
    signature = sign(key, b"message")
    assert signature == sign(key, b"message")
    verify(key.public_key(), signature, b"message")
    with pytest.raises(SignatureError):
        verify(key.public_key(), signature, b"massage")


def test_p256_signature_is_rfc_6979():
    # RFC 6979 A.2.5, P-256, SHA-256, "sample"; our form of the pair has the smaller s
    key = ec.derive_private_key(0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721, ec.SECP256R1())
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    r, s = decode_dss_signature(sign(key, b"sample"))
    assert r == 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
    assert s == order - 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8


def test_only_known_keys_sign():
    with pytest.raises(ValueError, match="P-256"):
        sign(ec.generate_private_key(ec.SECP384R1()), b"")


def test_round_trip():
    data = seal(KIND, b"payload", KEY)
    assert open_envelope(data, KIND, NAMED) == b"payload"
    assert data == seal(KIND, b"payload", KEY)


def test_payload_need_not_be_json():
    assert open_envelope(seal(KIND, bytes(range(256)), KEY), KIND, NAMED) == bytes(range(256))


def test_two_signers_and_a_threshold():
    other = operational("b")
    both = by_fingerprint([KEY.public_key(), other.public_key()])
    data = seal(KIND, b"x", KEY, other)
    assert open_envelope(data, KIND, both, threshold=2) == b"x"
    assert open_envelope(data, KIND, NAMED) == b"x"  # the other signature is passed over
    with pytest.raises(SignatureError):
        open_envelope(seal(KIND, b"x", KEY), KIND, both, threshold=2)
    with pytest.raises(SignatureError):
        open_envelope(data, KIND, NAMED, threshold=2)


def test_one_signer_is_not_counted_twice():
    both = by_fingerprint([KEY.public_key(), operational("b").public_key()])
    plain = json.loads(seal(KIND, b"x", KEY))
    plain["signatures"] *= 2
    with pytest.raises(SignatureError, match="two of one key"):
        open_envelope(rfc8785.dumps(plain), KIND, both, threshold=2)


def test_limit_comes_before_parsing():
    data = seal(KIND, b"x" * 1000, KEY)
    assert open_envelope(data, KIND, NAMED, limit=len(data)) == b"x" * 1000
    with pytest.raises(DocumentError, match="allowed"):
        open_envelope(data, KIND, NAMED, limit=len(data) - 1)


def test_signers_each_once():
    with pytest.raises(ValueError, match="each once"):
        seal(KIND, b"x")
    with pytest.raises(ValueError, match="each once"):
        seal(KIND, b"x", KEY, KEY)


def test_a_threshold_of_nothing_is_a_mistake():
    with pytest.raises(ValueError, match="threshold"):
        open_envelope(seal(KIND, b"x", KEY), KIND, NAMED, threshold=0)


def test_names_the_key_by_its_fingerprint():
    plain = json.loads(seal(KIND, b"x", KEY))
    assert [entry["keyid"] for entry in plain["signatures"]] == [fingerprint(spki(KEY.public_key()))]
    assert base64.b64decode(plain["payload"]) == b"x"


def test_openssl_verifies_the_signature(tmp_path):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl on this computer")
    plain = json.loads(seal(KIND, b"payload", KEY))
    (tmp_path / "signature").write_bytes(base64.b64decode(plain["signatures"][0]["sig"]))
    (tmp_path / "message").write_bytes(pae(KIND, b"payload"))
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(pem)
    command = [openssl, "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "message"]
    good = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert good.returncode == 0, good.stderr
    (tmp_path / "message").write_bytes(pae(KIND, b"Payload"))
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_openssl_verifies_a_root_signature(tmp_path):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl on this computer")
    key = root("a")
    plain = json.loads(seal(KIND, b"payload", key))
    (tmp_path / "signature").write_bytes(base64.b64decode(plain["signatures"][0]["sig"]))
    (tmp_path / "message").write_bytes(pae(KIND, b"payload"))
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(pem)
    command = [
        *[openssl, "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin"],
        *["-sigfile", "signature", "-in", "message"],
    ]
    good = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert good.returncode == 0, good.stderr
