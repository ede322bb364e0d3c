# SPDX-License-Identifier: Apache-2.0
"""Addresses, certificates and the rules of TLS that need no network."""

from __future__ import annotations

import hashlib
import ssl

import pytest

from lwnode.errors import SettingsError
from lwnode_protocols.tls import certificate_digest, pinned_context, server_context, split_address
from tests.support.federation import certificate

MADE = certificate("127.0.0.1", "hub.example.org")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        ("hub.example.org:8443", ("hub.example.org", 8443)),
        ("[::1]:443", ("::1", 443)),
    ],
)
def test_addresses(text: str, found: tuple[str, int]) -> None:
    assert split_address(text) == found


@pytest.mark.parametrize(
    "text", ["", "host", ":443", "host:", "host:port", "host:65536", "host:-1", "[::1:443", "https://h"]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(SettingsError):
        split_address(text)


def test_digest_is_over_the_der() -> None:
    pem = MADE.certificate.decode()
    assert certificate_digest(pem) == hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


@pytest.mark.parametrize("pem", ["", "text", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate(pem: str) -> None:
    with pytest.raises(SettingsError):
        pinned_context(pem)


def test_both_sides_speak_tls_1_3_only_and_the_node_checks_name_and_certificate() -> None:
    server, client = server_context(MADE.certificate, MADE.key), pinned_context(MADE.certificate.decode())
    assert server.minimum_version == client.minimum_version == ssl.TLSVersion.TLSv1_3
    assert client.verify_mode == ssl.CERT_REQUIRED
    assert client.check_hostname
    assert len(client.get_ca_certs(binary_form=True)) <= 1
    assert client.cert_store_stats()["x509"] == 1


def test_a_key_of_another_certificate_is_refused() -> None:
    with pytest.raises(SettingsError):
        server_context(MADE.certificate, certificate().key)
