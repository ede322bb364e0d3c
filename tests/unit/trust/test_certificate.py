# SPDX-License-Identifier: Apache-2.0
"""The hub's certificate: stable, its own trust root, and accepted by the TLS stacks in use."""

from __future__ import annotations

import base64
import ssl
import threading
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lwnode.errors import SettingsError, TrustError
from lwnode.trust import KeyStore
from tests.support.trust import NOW

HOSTS = ["localhost", "hub.example.org", "127.0.0.1", "::1"]


@pytest.fixture
def store(tmp_path):
    return KeyStore.create(tmp_path / "keys", organisation="Alpha", passphrase=None, now=NOW)


def reopened(store: KeyStore) -> KeyStore:
    return KeyStore.open(store._directory, passphrase=None)


def test_what_is_in_it(store):
    certificate = x509.load_pem_x509_certificate(store.tls_certificate(HOSTS, NOW)[1])
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "hub.example.org"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(days=825)
    assert certificate.not_valid_before_utc < NOW < certificate.not_valid_after_utc
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificate.subject == certificate.issuer
    assert "Alpha" not in certificate.subject.rfc4514_string()


def test_it_stays_the_same(store):
    first = store.tls_certificate(HOSTS, NOW)
    assert store.tls_certificate(HOSTS[:1], NOW + timedelta(days=300)) == first
    assert reopened(store).tls_certificate(HOSTS, NOW) == first
    assert reopened(store).tls_certificate(["LOCALHOST", "0:0:0:0:0:0:0:1"], NOW) == first


def test_renewal_keeps_the_key(store):
    key, certificate = store.tls_certificate(["localhost"], NOW)
    same_key, other = store.tls_certificate(["hub.example.org"], NOW, renew=True)
    assert same_key == key
    assert other != certificate
    assert reopened(store).tls_certificate(["hub.example.org"], NOW) == (same_key, other)


@pytest.mark.parametrize(
    ("hosts", "now", "match"),
    [
        (["elsewhere.example.org"], NOW, "cover"),
        (["localhost", "10.0.0.1"], NOW, r"cover 10\.0\.0\.1"),
        (["localhost"], NOW + timedelta(days=825), "not valid now"),
        (["localhost"], NOW - timedelta(days=2), "not valid now"),
    ],
)
def test_it_is_never_replaced_in_silence(store, hosts, now, match):
    first = store.tls_certificate(["localhost"], NOW)
    with pytest.raises(TrustError, match=match) as caught:
        store.tls_certificate(hosts, now)
    assert "renew" in caught.value.hint
    assert store.tls_certificate(["localhost"], NOW) == first


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        [""],
        "localhost",
        ["localhost:8443"],
        ["https://localhost"],
        ["hub example"],
        ["-hub"],
        ["hub..org"],
        ["医院.cn"],
        ["256.1.1.1"],
        ["x" * 64],
        ["*.example.org"],
        ["a\0b"],
        ["hub\n"],
        [f"h{n}" for n in range(33)],
    ],
)
def test_hosts_that_cannot_be(store, hosts):
    with pytest.raises(SettingsError):
        store.tls_certificate(hosts, NOW)
    assert not (store._directory / "tls.crt").exists()


def test_a_changed_certificate_is_noticed(store):
    store.tls_certificate(["localhost"], NOW)
    path = store._directory / "tls.crt"
    der = x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER)
    for position in range(len(der)):
        changed = bytearray(der)
        changed[position] ^= 1
        body = base64.encodebytes(bytes(changed)).decode()
        path.write_text(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")
        with pytest.raises(TrustError):
            reopened(store).tls_certificate(["localhost"], NOW)


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> str:
    """Shake hands in memory and return the protocol version."""
    upward, downward = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(downward, upward, server_hostname=host)
    there = server.wrap_bio(upward, downward, server_side=True)
    for _ in range(6):
        for side in (here, there):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return here.version() or ""


def contexts(pair: tuple[bytes, bytes], tmp_path, trusted: bytes, *, strict: bool = True):
    (tmp_path / "key").write_bytes(pair[0])
    (tmp_path / "certificate").write_bytes(pair[1])
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(cadata=trusted.decode())
    if strict:
        client.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    return server, client


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("host", HOSTS)
def test_it_is_its_own_trust_root(store, tmp_path, host, strict):
    pair = store.tls_certificate(HOSTS, datetime.now(UTC))
    server, client = contexts(pair, tmp_path, pair[1], strict=strict)
    assert handshake(server, client, host) == "TLSv1.3"


def test_it_is_refused_for_other_hosts_and_under_other_roots(store, tmp_path):
    now = datetime.now(UTC)
    pair = store.tls_certificate(["localhost"], now)
    server, client = contexts(pair, tmp_path, pair[1])
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, client, "other.example.org")
    stranger = KeyStore.create(tmp_path / "stranger", organisation="B", passphrase=None, now=NOW)
    server, client = contexts(pair, tmp_path, stranger.tls_certificate(["localhost"], now)[1])
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, client, "localhost")


async def _answer(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


def test_uvicorn_serves_it_and_httpx_accepts_it(store, tmp_path):
    key, certificate = store.tls_certificate(["127.0.0.1"], datetime.now(UTC))
    (tmp_path / "key").write_bytes(key)
    (tmp_path / "certificate").write_bytes(certificate)
    server = uvicorn.Server(
        uvicorn.Config(
            _answer,
            port=0,
            lifespan="off",
            log_level="critical",
            ssl_keyfile=str(tmp_path / "key"),
            ssl_certfile=str(tmp_path / "certificate"),
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        waited = threading.Event()
        while not server.started and thread.is_alive():
            waited.wait(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        context = ssl.create_default_context(cadata=certificate.decode())
        with httpx.Client(verify=context, trust_env=False) as client:
            assert client.get(f"https://127.0.0.1:{port}/").content == b"hello"
        with httpx.Client(trust_env=False) as client, pytest.raises(httpx.ConnectError):
            client.get(f"https://127.0.0.1:{port}/")
    finally:
        server.should_exit = True
        thread.join(10)
    assert not thread.is_alive()
