# SPDX-License-Identifier: Apache-2.0
"""The TLS certificate of a hub: self-signed, pinned by its members, no authority behind it.

Rules
-----
* The certificate is its own trust root: a member that was invited holds its digest and accepts no other.
* P-256, at most 825 days, the hosts in the subject alternative name (RFC 5280 §4.2.1.6; RFC 9525 §6.3 ignores the
  subject), not an authority: it can sign no other certificate.

Called by `lwnode.trust.keystore`.  Pure: the caller passes the time.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lwnode.errors import SettingsError, TrustError
from lwnode.trust.identity import spki

LIFETIME: Final = timedelta(days=825)
_SKEW: Final = timedelta(hours=1)  # members' clocks may be behind
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_HOST_LIMIT = 32


def make_certificate(key: EllipticCurvePrivateKey, hosts: Sequence[str], now: datetime) -> x509.Certificate:
    """Return a new self-signed certificate.

    Parameters
    ----------
    key : private key
        On P-256.
    hosts : sequence of str
        Host names and IP addresses by which members reach the hub.
    now : datetime
        With its zone.

    Raises
    ------
    SettingsError
        No host, or something that is neither a host name nor an IP address.
    """
    names = [x509.DNSName(host) if _is_name(host) else _address(host) for host in _distinct(hosts)]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lwnode hub")])
    public = key.public_key()
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    start = now - _SKEW
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, SHA256())
    )


def read_certificate(pem: bytes, key: EllipticCurvePrivateKey) -> x509.Certificate:
    """Read a certificate that was made here for ``key``.

    Raises
    ------
    TrustError
        Not a certificate, or another key's.
    """
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        certificate.verify_directly_issued_by(certificate)
        theirs = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise TrustError("the hub's certificate is damaged", hint="restore the keys from a backup") from error
    # the signature's bit string may say that its last bits are spare, which would change the digest that members pinned
    if not certificate.public_bytes(Encoding.DER).endswith(b"\0" + certificate.signature):
        raise TrustError("the hub's certificate is damaged", hint="restore the keys from a backup")
    if theirs != spki(key.public_key()):
        raise TrustError("the hub's certificate belongs to another key", hint="restore the keys from a backup")
    return certificate


def check_certificate(certificate: x509.Certificate, hosts: Sequence[str], now: datetime) -> None:
    """Return where a certificate serves for the hosts now.

    Raises
    ------
    TrustError
        Expired, not yet valid, or a host is missing in it.
    SettingsError
        As :func:`make_certificate`.
    """
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        raise TrustError(
            f"the hub's certificate is not valid now (until {certificate.not_valid_after_utc:%Y-%m-%d})",
            hint="check the clock, or renew the certificate and invite the members again",
        )
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    covered = {str(value) for value in names.get_values_for_type(x509.DNSName)}
    covered |= {str(value) for value in names.get_values_for_type(x509.IPAddress)}
    wanted = [host if _is_name(host) else str(_address(host).value) for host in _distinct(hosts)]
    if missing := [host for host in wanted if host not in covered]:
        raise TrustError(
            "the hub's certificate does not cover " + ", ".join(missing),
            hint="serve on the old address, or renew the certificate and invite the members again",
        )


def certificate_pem(certificate: x509.Certificate) -> bytes:
    """Return a certificate as PEM."""
    return certificate.public_bytes(Encoding.PEM)


def _distinct(hosts: Sequence[str]) -> tuple[str, ...]:
    if isinstance(hosts, str) or not 1 <= len(hosts) <= _HOST_LIMIT:
        raise SettingsError(f"a hub needs 1 to {_HOST_LIMIT} host names or addresses")
    return tuple(dict.fromkeys(host.lower() for host in hosts))


def _is_name(host: str) -> bool:
    last = host.rpartition(".")[2]
    return bool(_HOST.fullmatch(host)) and not last.isdigit()


def _address(host: str) -> x509.IPAddress:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError as error:
        raise SettingsError(
            f"{host!r} is neither a host name nor an IP address",
            hint="leave out the port and the scheme; write names in ASCII (xn--…)",
        ) from error
