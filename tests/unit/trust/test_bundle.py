# SPDX-License-Identifier: Apache-2.0
"""Signed manifests, and other signed documents."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lwnode.documents import Profile, Withdrawal
from lwnode.errors import DocumentError, SignatureError, TrustError
from lwnode.trust import (
    open_document,
    open_manifest,
    pae,
    peek_document_publisher,
    peek_publisher,
    peek_signers,
    release_keys,
    seal,
    seal_document,
    seal_manifest,
)
from tests.support.trust import NOW, manifest_of, operational, organisation, root

ALPHA, BETA = organisation("alpha"), organisation("beta")
MANIFEST = manifest_of(ALPHA, {"a.json": b"1", "b.onnx": b"22"})
PROFILE = Profile.from_bounds({"age": (0, 110)})
WITHDRAWAL = Withdrawal(publisher=ALPHA.keys.publisher, learnware=MANIFEST.id, reason="a column was wrong", created=NOW)


def test_manifest_round_trip():
    data = seal_manifest(MANIFEST, ALPHA.release)
    assert open_manifest(data, ALPHA.keys) == MANIFEST
    assert data == seal_manifest(MANIFEST, ALPHA.release)
    assert peek_publisher(data) == ALPHA.keys.publisher


def test_id_does_not_depend_on_who_signed():
    second = operational("second")
    assert seal_manifest(MANIFEST, ALPHA.release) != seal_manifest(MANIFEST, second)
    payload = json.loads(seal_manifest(MANIFEST, second))["dsseEnvelope"]["payload"]
    assert hashlib.sha256(base64.b64decode(payload)).hexdigest() == MANIFEST.id


def test_bundle_is_a_sigstore_bundle():
    bundle = json.loads(seal_manifest(MANIFEST, ALPHA.release))
    assert bundle.keys() == {"mediaType", "verificationMaterial", "dsseEnvelope"}
    assert bundle["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
    pem = ALPHA.release.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert bundle["verificationMaterial"] == {
        "publicKey": {"hint": hashlib.sha256(pem).hexdigest()},
        "tlogEntries": [],
    }
    assert bundle["dsseEnvelope"]["payloadType"] == "application/vnd.in-toto+json"
    statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    assert statement["predicateType"] == "https://model_signing/signature/v1.0"
    digests = [bytes.fromhex(entry["digest"]) for entry in statement["predicate"]["resources"]]
    assert statement["subject"][0]["digest"]["sha256"] == hashlib.sha256(b"".join(digests)).hexdigest()


def test_openssl_verifies_a_manifest(tmp_path):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl on this computer")
    envelope = json.loads(seal_manifest(MANIFEST, ALPHA.release))["dsseEnvelope"]
    message = pae(envelope["payloadType"], base64.b64decode(envelope["payload"]))
    (tmp_path / "message").write_bytes(message)
    (tmp_path / "signature").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    pem = ALPHA.release.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(pem)
    command = [openssl, "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "message"]
    good = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert good.returncode == 0, good.stderr
    (tmp_path / "message").write_bytes(message + b" ")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_another_publishers_keys_do_not_open_it():
    with pytest.raises(SignatureError):
        open_manifest(seal_manifest(MANIFEST, ALPHA.release), BETA.keys)


def test_nobody_speaks_for_another():
    stolen = replace(MANIFEST, publisher=BETA.keys.publisher)
    data = seal_manifest(stolen, ALPHA.release)
    assert peek_publisher(data) == BETA.keys.publisher  # only a claim
    with pytest.raises(TrustError, match="another publisher"):
        open_manifest(data, ALPHA.keys)
    with pytest.raises(SignatureError):
        open_manifest(data, BETA.keys)


def test_roots_sign_no_manifest():
    with pytest.raises(TypeError):
        seal_manifest(MANIFEST, ALPHA.root)  # type: ignore[arg-type]


def test_any_release_key_of_the_publisher_will_do():
    from lwnode.trust.identity import spki_text

    second = operational("second")
    keys = replace(ALPHA.keys, release=(*ALPHA.keys.release, spki_text(second.public_key())))
    assert open_manifest(seal_manifest(MANIFEST, second), keys) == MANIFEST


@pytest.mark.parametrize("document", [PROFILE, WITHDRAWAL], ids=["profile", "withdrawal"])
def test_document_round_trip(document):
    data = seal_document(document, ALPHA.release)
    assert open_document(data, type(document), ALPHA.keys) == document
    assert set(peek_signers(data)) == set(release_keys(ALPHA.keys))
    with pytest.raises(SignatureError):
        open_document(data, type(document), BETA.keys)


def test_documents_of_one_kind_are_not_read_as_another():
    with pytest.raises(SignatureError, match="another kind"):
        open_document(seal_document(WITHDRAWAL, ALPHA.release), Profile, ALPHA.keys)
    with pytest.raises(SignatureError, match="another kind"):
        open_document(seal_document(PROFILE, ALPHA.release), Withdrawal, ALPHA.keys)


def test_withdrawals_speak_for_their_publisher_only():
    data = seal_document(replace(WITHDRAWAL, publisher=BETA.keys.publisher), ALPHA.release)
    with pytest.raises(TrustError, match="another publisher"):
        open_document(data, Withdrawal, ALPHA.keys)


@pytest.mark.parametrize("changes", [{"reason": " "}, {"created": NOW.replace(tzinfo=None)}])
def test_withdrawals_have_a_reason_and_a_time(changes):
    with pytest.raises(TrustError):
        open_document(seal_document(replace(WITHDRAWAL, **changes), ALPHA.release), Withdrawal, ALPHA.keys)


@pytest.mark.parametrize("document", [ALPHA.keys, MANIFEST, {"schema": "x"}], ids=["keys", "manifest", "plain"])
def test_release_keys_sign_no_other_kind_this_way(document):
    with pytest.raises(TypeError):
        seal_document(document, ALPHA.release)


def test_roots_sign_no_documents():
    with pytest.raises(TypeError):
        seal_document(PROFILE, root("alpha"))  # type: ignore[arg-type]


def test_claims_are_read_without_trusting():
    assert peek_document_publisher(ALPHA.document) == ALPHA.keys.publisher
    assert peek_document_publisher(seal_document(WITHDRAWAL, ALPHA.release)) == ALPHA.keys.publisher
    with pytest.raises(DocumentError):
        peek_document_publisher(seal_document(PROFILE, ALPHA.release))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b'{"publisher":1}',
        b'{"publisher":"../../x"}',
        b'{"publisher":"' + b"A" * 64 + b'"}',
        b"\xff\xfe",
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b',"publisher":"x"}',
    ],
    ids=range(8),
)
def test_claims_that_are_none(payload):
    with pytest.raises(DocumentError):
        peek_document_publisher(seal("application/vnd.lwnode.keys+json", payload, ALPHA.root))
