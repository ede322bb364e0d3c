# SPDX-License-Identifier: Apache-2.0
"""Signed bytes that are not what they should be: every row is refused with a typed error."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from lwnode.documents import Keys, Manifest, Profile, Withdrawal, encode
from lwnode.errors import DocumentError, LwnodeError, SignatureError, TrustError
from lwnode.trust import bundle as bundle_module
from lwnode.trust import (
    fingerprint,
    open_document,
    open_keys,
    open_manifest,
    pae,
    peek_publisher,
    seal,
    seal_document,
    seal_manifest,
    spki,
)
from lwnode.trust import keyring as keyring_module
from lwnode.trust.signature import sign
from tests.support.trust import NOW, manifest_of, operational, organisation, root

ALPHA, BETA = organisation("alpha"), organisation("beta")
MANIFEST = manifest_of(ALPHA, {"a.json": b"1", "b.onnx": b"22"})
GOOD = seal_manifest(MANIFEST, ALPHA.release)
IN_TOTO = bundle_module.PAYLOAD_TYPE
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def changed(change: Callable[[dict[str, Any], dict[str, Any]], object]) -> bytes:
    """Return the good bundle in canonical form after a change to it and its envelope."""
    bundle = copy.deepcopy(json.loads(GOOD))
    change(bundle, bundle["dsseEnvelope"])
    return rfc8785.dumps(bundle)


def signature(bundle: dict[str, Any]) -> bytes:
    return base64.b64decode(bundle["dsseEnvelope"]["signatures"][0]["sig"])


def resigned(message: bytes, key: Any = ALPHA.release, keyid: str | None = None) -> bytes:
    """Return the good bundle with the signature of another message or by another key."""

    def change(_: dict[str, Any], envelope: dict[str, Any]) -> None:
        envelope["signatures"] = [
            {"keyid": keyid or fingerprint(spki(key.public_key())), "sig": text(sign(key, message))}
        ]

    return changed(change)


def with_payload(payload: bytes, kind: str = IN_TOTO) -> bytes:
    """Return a bundle that the release key signed over any payload and type."""

    def change(_: dict[str, Any], envelope: dict[str, Any]) -> None:
        envelope.update(json.loads(seal(kind, payload, ALPHA.release)))

    return changed(change)


def twin(_: dict[str, Any], envelope: dict[str, Any]) -> None:
    r, s = decode_dss_signature(base64.b64decode(envelope["signatures"][0]["sig"]))
    envelope["signatures"][0]["sig"] = text(encode_dss_signature(r, ORDER - s))


def long_form(_: dict[str, Any], envelope: dict[str, Any]) -> None:
    data = base64.b64decode(envelope["signatures"][0]["sig"])
    envelope["signatures"][0]["sig"] = text(data[:1] + b"\x81" + data[1:])


def put(path: str, value: object) -> bytes:
    """Return the good bundle with one field of it or of its envelope set."""

    def change(bundle: dict[str, Any], _: dict[str, Any]) -> None:
        at: Any = bundle
        *parents, last = path.split(".")
        for step in parents:
            at = at[int(step)] if step.isdigit() else at[step]
        at[int(last) if last.isdigit() else last] = value

    return changed(change)


SIGNATURE = "dsseEnvelope.signatures.0"
PAYLOAD_TEXT = json.loads(GOOD)["dsseEnvelope"]["payload"]
RIGHT = PAYLOAD_TEXT.encode()


@dataclass(frozen=True)
class Row:
    """Bytes that claim to be a signed manifest."""

    name: str
    data: bytes
    expect: type[LwnodeError]


ROWS = [
    # not an envelope
    Row("empty", b"", DocumentError),
    Row("not JSON", b"PK\x03\x04", DocumentError),
    Row("null", b"null", DocumentError),
    Row("a list", b"[]", DocumentError),
    Row("an empty object", b"{}", DocumentError),
    Row("cut short", GOOD[:-1], DocumentError),
    Row("invalid UTF-8", GOOD.replace(b"mediaType", b"media\xff\xfe\xfd\xfc"), DocumentError),
    Row("byte order mark", b"\xef\xbb\xbf" + GOOD, DocumentError),
    Row("too long", b'{"a":"' + b"x" * 500_000 + b'"}', DocumentError),
    Row("a hundred thousand lists", b"[" * 100_000 + b"]" * 100_000, DocumentError),
    Row("deep inside a field", b'{"dsseEnvelope":' + b"[" * 100_000 + b"]" * 100_000 + b"}", DocumentError),
    Row("a number beyond all", b'{"dsseEnvelope":1e400}', DocumentError),
    Row("a plain envelope", seal(IN_TOTO, MANIFEST.to_bytes(), ALPHA.release), DocumentError),
    # more than one byte form
    Row("white space behind", GOOD + b"\n", DocumentError),
    Row("white space inside", GOOD.replace(b'":"', b'": "', 1), DocumentError),
    Row("an unknown field", changed(lambda b, e: b.update(extra=1)), DocumentError),
    Row("an algorithm on the wire", changed(lambda b, e: e["signatures"][0].update(alg="none")), DocumentError),
    Row("a field named twice", b'{"mediaType":"x",' + GOOD[1:], DocumentError),
    Row("another order", json.dumps(dict(reversed(json.loads(GOOD).items())), separators=(",", ":")).encode(),
        DocumentError),
    Row("an escaped letter", GOOD.replace(b"mediaType", b"\\u006dediaType"), DocumentError),
    Row("base64 with a line break", GOOD.replace(RIGHT[:8], RIGHT[:8] + b"\\n"), DocumentError),
    Row("base64 without padding", put("dsseEnvelope.payload", PAYLOAD_TEXT.rstrip("=") + "A"), DocumentError),
    Row("base64 for addresses", put(SIGNATURE + ".sig", "-_-_"), DocumentError),
    Row("base64 with spare bits", put(SIGNATURE + ".sig", "AB=="), DocumentError),
    # kinds
    Row("another media type", put("mediaType", "application/vnd.dev.sigstore.bundle.v0.2+json"), SignatureError),
    Row("a certificate in place of the key", put("verificationMaterial", {"certificate": {"rawBytes": "AA=="}}),
        DocumentError),
    Row("a transparency log entry", put("verificationMaterial.tlogEntries", ["x"]), SignatureError),
    Row("another payload type", put("dsseEnvelope.payloadType", "application/json"), SignatureError),
    Row("another payload type, signed", with_payload(MANIFEST.to_bytes(), "application/json"), SignatureError),
    Row("another case of the type", put("dsseEnvelope.payloadType", IN_TOTO.upper()), SignatureError),
    # signatures
    Row("no signature", put("dsseEnvelope.signatures", []), SignatureError),
    Row("an empty signature", put(SIGNATURE + ".sig", ""), SignatureError),
    Row("noise for a signature", put(SIGNATURE + ".sig", text(b"\x30\x06\x02\x01\x01\x02\x01\x01")), SignatureError),
    Row("zeros for a signature", put(SIGNATURE + ".sig", text(encode_dss_signature(0, 0))), SignatureError),
    Row("r and s of the order", put(SIGNATURE + ".sig", text(encode_dss_signature(ORDER, ORDER))), SignatureError),
    Row("a signature cut short", put(SIGNATURE + ".sig", text(signature(json.loads(GOOD))[:-1])), SignatureError),
    Row("a signature with more behind", put(SIGNATURE + ".sig", text(signature(json.loads(GOOD)) + b"\0")),
        SignatureError),
    Row("the twin of the signature", changed(twin), SignatureError),
    Row("the signature in another DER form", changed(long_form), SignatureError),
    Row("Ed25519 bytes under the P-256 key id",
        put(SIGNATURE + ".sig", text(ALPHA.root.sign(pae(IN_TOTO, MANIFEST.to_bytes())))), SignatureError),
    Row("signed without the type", resigned(MANIFEST.to_bytes()), SignatureError),
    Row("signed as another type", resigned(pae("application/json", MANIFEST.to_bytes())), SignatureError),
    Row("another payload under the signature",
        put("dsseEnvelope.payload", text(replace(MANIFEST, audience="public").to_bytes())), SignatureError),
    Row("two signatures", changed(lambda b, e: e["signatures"].append({"keyid": "0" * 64, "sig": "AA=="})),
        SignatureError),
    Row("the signature twice", changed(lambda b, e: e["signatures"].append(e["signatures"][0])), SignatureError),
    Row("a thousand signatures",
        changed(lambda b, e: e.update(signatures=[{"keyid": f"{n:064x}", "sig": ""} for n in range(1_000)])),
        SignatureError),
    # keys
    Row("no key id", put(SIGNATURE + ".keyid", ""), SignatureError),
    Row("the key id in capitals", put(SIGNATURE + ".keyid", fingerprint(spki(ALPHA.release.public_key())).upper()),
        SignatureError),
    Row("half the key id", put(SIGNATURE + ".keyid", fingerprint(spki(ALPHA.release.public_key()))[:32]),
        SignatureError),
    Row("another key under this key's id",
        resigned(pae(IN_TOTO, MANIFEST.to_bytes()), operational("x"), fingerprint(spki(ALPHA.release.public_key()))),
        SignatureError),
    Row("this key under another id", put(SIGNATURE + ".keyid", fingerprint(spki(operational("x").public_key()))),
        SignatureError),
    Row("a hint of another key", put("verificationMaterial.publicKey.hint", "0" * 64), SignatureError),
    Row("an empty hint", put("verificationMaterial.publicKey.hint", ""), SignatureError),
    Row("signed by the root", resigned(pae(IN_TOTO, MANIFEST.to_bytes()), ALPHA.root), SignatureError),
    Row("signed by a TLS or node key", seal_manifest(MANIFEST, operational("alpha tls")), SignatureError),
    Row("signed by another organisation", seal_manifest(MANIFEST, BETA.release), SignatureError),
    Row("in another organisation's name",
        seal_manifest(replace(MANIFEST, publisher=BETA.keys.publisher), ALPHA.release), TrustError),
    # payloads that the right key signed
    Row("an empty payload", with_payload(b""), DocumentError),
    Row("a keys document as payload", with_payload(encode(ALPHA.keys)), DocumentError),
    Row("a withdrawal as payload", with_payload(encode(Withdrawal(publisher=ALPHA.keys.publisher, learnware="0" * 64,
        reason="x", created=NOW))), DocumentError),
    Row("a manifest with a space behind", with_payload(MANIFEST.to_bytes() + b" "), DocumentError),
    Row("a manifest of another predicate",
        with_payload(MANIFEST.to_bytes().replace(b"model_signing/signature/v1.0", b"slsa.dev/provenance/v1")),
        DocumentError),
    Row("a payload of a hundred thousand lists", with_payload(b"[" * 100_000 + b"]" * 100_000), DocumentError),
    Row("a number beyond all in the payload", with_payload(b'{"predicate":1e400}'), DocumentError),
    Row("pickle bytes as payload", with_payload(b"\x80\x04cposix\nsystem\nX\x02\x00\x00\x00id\x85R."), DocumentError),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_refused(row):
    with pytest.raises(row.expect) as caught:
        open_manifest(row.data, ALPHA.keys)
    assert caught.value.code.startswith("LW-")


def test_the_table_spoils_a_good_one():
    assert open_manifest(GOOD, ALPHA.keys) == MANIFEST
    assert open_manifest(changed(lambda b, e: None), ALPHA.keys) == MANIFEST
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_claims_of_the_same_bytes_are_read_or_refused(row):
    """Looking up whose keys to use must not fail in a way of its own."""
    with contextlib.suppress(DocumentError):
        assert peek_publisher(row.data) in (ALPHA.keys.publisher, BETA.keys.publisher)


def test_refusing_is_cheap():
    """The dearest rows take less than 50 ms of CPU and 64 MiB each."""
    for row in ROWS:
        tracemalloc.start()
        begin = time.process_time()
        with pytest.raises(LwnodeError):
            open_manifest(row.data, ALPHA.keys)
        seconds, peak = time.process_time() - begin, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert seconds < 0.5, row.name  # ten times the bar: the tracer and a busy computer slow it down
        assert peak < 64 * 2**20, row.name


KINDS = {
    "manifest": lambda data: open_manifest(data, ALPHA.keys),
    "profile": lambda data: open_document(data, Profile, ALPHA.keys),
    "withdrawal": lambda data: open_document(data, Withdrawal, ALPHA.keys),
    "keys": lambda data: open_keys(data, known=ALPHA.keys),
}
PAYLOADS = {
    "manifest": MANIFEST.to_bytes(),
    "profile": encode(Profile.from_bounds({"age": (0, 110)})),
    "withdrawal": encode(Withdrawal(publisher=ALPHA.keys.publisher, learnware="0" * 64, reason="x", created=NOW)),
    "keys": encode(ALPHA.keys),
}
TYPES = {
    "manifest": IN_TOTO,
    "profile": "application/vnd.lwnode.profile+json",
    "withdrawal": "application/vnd.lwnode.withdrawal+json",
    "keys": keyring_module.PAYLOAD_TYPE,
}


@pytest.mark.parametrize("signer", ["release", "root"])
@pytest.mark.parametrize("reader", KINDS)
@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_signed_as_one_kind_is_read_as_another(signer, reader, kind, payload):
    """Every payload under every type by either key opens only where payload, type, reader and role agree."""
    key = ALPHA.release if signer == "release" else root("alpha")
    data = seal(TYPES[kind], PAYLOADS[payload], key)
    if reader == "manifest":
        bundle = json.loads(GOOD)
        bundle["dsseEnvelope"] = json.loads(data)
        data = rfc8785.dumps(bundle)
    if payload == kind == reader and (signer == "root") == (reader == "keys"):
        assert isinstance(KINDS[reader](data), (Manifest, Profile, Withdrawal, Keys))
        return
    with pytest.raises((SignatureError, DocumentError)):
        KINDS[reader](data)


def test_a_withdrawal_cannot_be_replayed_for_another_learnware():
    withdrawal = Withdrawal(publisher=ALPHA.keys.publisher, learnware="1" * 64, reason="x", created=NOW)
    envelope = json.loads(seal_document(withdrawal, ALPHA.release))
    envelope["payload"] = text(base64.b64decode(envelope["payload"]).replace(b"1" * 64, b"2" * 64))
    with pytest.raises(SignatureError):
        open_document(rfc8785.dumps(envelope), Withdrawal, ALPHA.keys)
