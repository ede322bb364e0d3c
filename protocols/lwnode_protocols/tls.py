# SPDX-License-Identifier: Apache-2.0
"""TLS on both sides: 1.3 only, and the hub's certificate pinned by its digest.

Rules
-----
* An invite names the one certificate that is accepted.  The node fetches what the address presents, compares the
  digest, and from then on trusts that certificate alone: no authority, no system store.
* The name or address in the certificate is checked all the same, and its dates.
* The hub's key never lies unencrypted on the disk for this: OpenSSL reads it from memory where the system can do that.

Called by `lwnode_protocols.hub`, `lwnode_protocols.joining` and `lwnode_protocols.worker`.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import tempfile
from collections.abc import Iterator

from lwnode.documents import digest
from lwnode.errors import SettingsError, UnreachableError

_HINT = "check the address and that the hub is running; ask for a new invite if it has moved"


def split_address(address: str) -> tuple[str, int]:
    """Return host and port of ``host:port``; an IPv6 host stands in brackets.

    Raises
    ------
    SettingsError
        Not of that form.
    """
    host, colon, port = address.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not bare or not port.isdecimal() or int(port) > 65_535 or ("[" in bare or "]" in bare):
        raise SettingsError(f"'{address}' is not host:port", hint="write it like hub.example.org:8443")
    return bare, int(port)


@contextlib.contextmanager
def _readable(data: bytes) -> Iterator[str]:
    """Give a path under which OpenSSL can read ``data`` once."""
    if hasattr(os, "memfd_create"):
        number = os.memfd_create("lwnode", os.MFD_CLOEXEC)
        try:
            os.write(number, data)
            yield f"/proc/self/fd/{number}"
        finally:
            os.close(number)
        return
    with tempfile.TemporaryDirectory() as folder:  # mode 0700
        path = os.path.join(folder, "pem")  # noqa: PTH118  (OpenSSL wants text)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        yield path


def server_context(certificate: bytes, key: bytes) -> ssl.SSLContext:
    """Return what the hub serves with.

    Parameters
    ----------
    certificate, key : bytes
        PEM.

    Raises
    ------
    SettingsError
        They do not belong together, or are not PEM.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        with _readable(certificate + b"\n" + key) as path:
            context.load_cert_chain(path)
    except (ssl.SSLError, OSError) as error:
        raise SettingsError("the hub's certificate and key cannot be used", hint="make new ones") from error
    return context


def certificate_digest(pem: str) -> str:
    """Return the SHA-256 of a certificate (DER), hexadecimal.

    Raises
    ------
    SettingsError
        Not a certificate.
    """
    try:
        return digest(ssl.PEM_cert_to_DER_cert(pem.strip() + "\n"))
    except ValueError as error:
        raise SettingsError("not a certificate in PEM form") from error


def pinned_context(pem: str) -> ssl.SSLContext:
    """Return what a node connects with: the one certificate is the only root.

    Raises
    ------
    SettingsError
        Not a certificate.
    """
    certificate_digest(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks the name and asks for a certificate
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a leaf may be the root
    try:
        context.load_verify_locations(cadata=pem)
    except ssl.SSLError as error:
        raise SettingsError("a certificate that cannot be used") from error
    return context


def presented_certificate(address: str, *, timeout: float) -> str:
    """Return the certificate that an address presents, PEM, without trusting it.

    Raises
    ------
    UnreachableError
        Nobody answers, or not with TLS 1.3.
    """
    host, port = split_address(address)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False  # nothing is sent over this connection; the digest decides
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), timeout=timeout) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            der = secured.getpeercert(binary_form=True)
    except (OSError, ValueError) as error:
        raise UnreachableError(f"nobody answers at {address}", hint=_HINT) from error
    if der is None:
        raise UnreachableError(f"no certificate is presented at {address}", hint=_HINT)
    return ssl.DER_cert_to_PEM_cert(der)


def pin(address: str, expected: str, *, timeout: float) -> str:
    """Return the certificate at an address, PEM, where it is the expected one.

    Parameters
    ----------
    expected : str
        SHA-256 of the DER, hexadecimal.

    Raises
    ------
    UnreachableError
        Nobody answers, or with another certificate.
    """
    pem = presented_certificate(address, timeout=timeout)
    if certificate_digest(pem) != expected:
        raise UnreachableError(
            f"{address} presents another certificate than the invite names",
            hint="do not go on: ask whoever sent the invite, by another channel, for a new one",
        )
    return pem
