# SPDX-License-Identifier: Apache-2.0
"""An organisation's private keys on disk.

::

    keys/            mode 0700; every file 0600
      root.pem       Ed25519; signs keys.json only, and may be kept elsewhere: only `KeyStore.renew` needs it
      release.pem    P-256; signs manifests, profiles, withdrawals and index.json
      keys.json      the signed keys document
      index.json     which further keys were made, with their fingerprints; signed by the release key
      node-….pem     P-256, one for each hub, named by the digest of the hub's id
      tls.pem, .crt  P-256 and the certificate of a hub, where this node serves one

Rules
-----
* A keystore is born whole: it is written beside its place and renamed there.
* A key that was made is never replaced in silence.  Missing, truncated, exchanged or readable by others, or a wrong
  passphrase: a `TrustError` that says what to do.
* A key is handed out only after it and its place in the index are on the disk, so a crash loses no key in use.
* Each key has one role; names from outside (hubs) never become paths.

Called by the node, which holds the home's lock: one process has a keystore open.
"""

from __future__ import annotations

import tempfile
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lwnode.documents import Keys, decode, digest, encode
from lwnode.errors import DocumentError, SettingsError, TrustError
from lwnode.trust.certificate import certificate_pem, check_certificate, make_certificate, read_certificate
from lwnode.trust.encryption import check_passphrase, private_pem
from lwnode.trust.envelope import ENVELOPE_LIMIT, open_envelope, seal
from lwnode.trust.identity import PrivateKey, by_fingerprint, fingerprint, spki, spki_text
from lwnode.trust.keyfile import (
    check_directory,
    check_private_file,
    flush_directory,
    read_private_file,
    read_private_key,
    write_private_file,
    write_private_key,
)
from lwnode.trust.keyring import NAME_LIMIT, open_keys, plausible_name, release_keys, root_keys, seal_keys

LIFETIME: Final = timedelta(days=730)  # of a keys document, until it must be renewed
_INDEX_TYPE: Final = "application/vnd.lwnode.keystore+json"
_ROOT, _RELEASE, _TLS, _CERTIFICATE = "root.pem", "release.pem", "tls.pem", "tls.crt"
_DOCUMENT, _INDEX = "keys.json", "index.json"
_EXCHANGED = "restore the keys from a backup; if there is none, tell your partners and found the organisation anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    """File name → fingerprint of the key in it (of the certificate: of the key it was made for)."""

    schema: Literal["lwnode.keystore/1"] = "lwnode.keystore/1"
    keys: dict[str, str]


class KeyStore:
    """The private keys of one organisation on this computer; made by `create`, read by `open`.

    Attributes
    ----------
    keys : Keys
        The keys document.
    keys_document : bytes
        The same, signed: what partners get.
    publisher : str
        Fingerprint of the organisation's first root; its id.
    release_key : private key
        P-256; signs manifests, profiles and withdrawals.
    """

    def __init__(
        self, directory: Path, passphrase: bytes | None, document: bytes, release_key: EllipticCurvePrivateKey
    ) -> None:
        self._directory = directory
        self._passphrase = passphrase
        self._lock = threading.Lock()
        self._loaded: dict[str, EllipticCurvePrivateKey] = {}
        self.keys_document = document
        self.keys = _read_document(document)
        self.release_key = release_key
        self._own = by_fingerprint([release_key.public_key()])
        if not self._own.keys() <= release_keys(self.keys).keys():
            raise TrustError(f"{_RELEASE} is not the key that the organisation announced", hint=_EXCHANGED)
        self._index = self._read_index()

    @property
    def publisher(self) -> str:
        """The organisation's id: fingerprint of its first root key."""
        return self.keys.publisher

    @property
    def encrypted(self) -> bool:
        """Whether a passphrase encrypts the private keys at rest."""
        return self._passphrase is not None

    @staticmethod
    def is_encrypted(directory: Path) -> bool:
        """Return whether the keys in a directory need a passphrase; False where there are none."""
        file = directory / _RELEASE
        return file.is_file() and b"ENCRYPTED" in read_private_file(file)[:64]

    @classmethod
    def create(cls, directory: Path, *, organisation: str, passphrase: bytes | None, now: datetime) -> KeyStore:
        """Make the keys of a new organisation.

        Parameters
        ----------
        directory : Path
            Must not exist, or be empty.
        organisation : str
            Its name, one line.
        passphrase : bytes or None
            Protects the files; None leaves that to the account.
        now : datetime
            With its zone.

        Raises
        ------
        SettingsError
            A name or passphrase that cannot be used.
        TrustError
            There are keys already, or they cannot be written; nothing is left behind.
        """
        check_passphrase(passphrase)
        name = unicodedata.normalize("NFC", organisation.strip())
        if not plausible_name(name):
            raise SettingsError(f"an organisation's name is one line of 1 to {NAME_LIMIT} visible characters")
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise TrustError(f"there are keys already at {directory}", hint="open them, or name another home")
        root, release = Ed25519PrivateKey.generate(), generate_private_key(SECP256R1())
        created = now.astimezone(UTC).replace(microsecond=0)
        keys = Keys(
            publisher=fingerprint(spki(root.public_key())),
            organisation=name,
            version=1,
            created=created,
            expires=created + LIFETIME,
            root=(spki_text(root.public_key()),),
            threshold=1,
            release=(spki_text(release.public_key()),),
        )
        try:
            directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=f".{directory.name}-", dir=directory.parent) as beside:
                born = Path(beside) / "keys"
                born.mkdir(mode=0o700)
                write_private_key(born / _ROOT, root, passphrase)
                write_private_key(born / _RELEASE, release, passphrase)
                write_private_file(born / _INDEX, seal(_INDEX_TYPE, encode(_Index(keys={})), release))
                write_private_file(born / _DOCUMENT, seal_keys(keys, root))
                if directory.exists():
                    directory.rmdir()
                born.rename(directory)
            flush_directory(directory.parent)
        except OSError as error:
            raise TrustError(
                f"no keys can be made at {directory}: {error.strerror}",
                hint="make room on the disk, or name another home",
            ) from error
        return cls.open(directory, passphrase=passphrase)

    @classmethod
    def open(cls, directory: Path, *, passphrase: bytes | None) -> KeyStore:
        """Read the keys of an organisation.

        Raises
        ------
        SettingsError
            A passphrase that cannot be used.
        TrustError
            Missing, damaged, exchanged or readable by others; wrong passphrase.  Nothing is made or repaired.
        """
        check_passphrase(passphrase)
        check_directory(directory)
        for file in sorted(directory.glob("*.pem")):
            check_private_file(file)
        document = read_private_file(directory / _DOCUMENT, limit=ENVELOPE_LIMIT)
        release = _operational(read_private_key(directory / _RELEASE, passphrase), _RELEASE)
        return cls(directory, passphrase, document, release)

    def node_key(self, hub: str) -> EllipticCurvePrivateKey:
        """Return the key by which this node authenticates to a hub; made at the first call.

        Parameters
        ----------
        hub : str
            The hub's id.

        Raises
        ------
        TrustError
            Made before, and now missing, damaged or exchanged.
        """
        return self._key(f"node-{digest(hub.encode())[:32]}.pem")

    def tls_key(self) -> EllipticCurvePrivateKey:
        """Return the key of the hub's TLS certificate; made at the first call.

        Raises
        ------
        TrustError
            As :meth:`node_key`.
        """
        return self._key(_TLS)

    def tls_certificate(self, hosts: Sequence[str], now: datetime, *, renew: bool = False) -> tuple[bytes, bytes]:
        """Return the hub's TLS key and certificate; made at the first call, and the same from then on.

        Parameters
        ----------
        hosts : sequence of str
            Host names and IP addresses by which members reach the hub.
        now : datetime
            With its zone.
        renew : bool
            Make a new certificate for the same key.  Members that pinned the old one must be invited again.

        Returns
        -------
        tuple of bytes
            Private key (not encrypted: hand it to the TLS stack only) and certificate, PEM.

        Raises
        ------
        SettingsError
            Something that is neither a host name nor an IP address.
        TrustError
            The certificate expired or does not cover the hosts; missing, damaged or exchanged files.
        """
        key = self.tls_key()
        path = self._directory / _CERTIFICATE
        with self._lock:
            if _CERTIFICATE in self._index.keys and not renew:
                certificate = read_certificate(read_private_file(path), key)
                check_certificate(certificate, hosts, now)
            else:
                certificate = make_certificate(key, hosts, now)
                write_private_file(path, certificate_pem(certificate))
                self._remember(_CERTIFICATE, fingerprint(spki(key.public_key())))
        return private_pem(key, None), certificate_pem(certificate)

    def renew(self, now: datetime) -> Keys:
        """Sign a new version of the keys document with the same keys and a later expiry.

        Raises
        ------
        TrustError
            The root key is not here, or is not the organisation's.
        """
        root = read_private_key(self._directory / _ROOT, self._passphrase)
        known = root_keys(self.keys)
        if not isinstance(root, Ed25519PrivateKey) or fingerprint(spki(root.public_key())) not in known:
            raise TrustError(f"{_ROOT} is not the organisation's root key", hint=_EXCHANGED)
        created = now.astimezone(UTC).replace(microsecond=0)
        keys = replace(self.keys, version=self.keys.version + 1, created=created, expires=created + LIFETIME)
        document = seal_keys(keys, root)
        accepted = open_keys(document, known=self.keys)
        with self._lock:
            write_private_file(self._directory / _DOCUMENT, document)
            self.keys_document, self.keys = document, accepted
        return accepted

    def _key(self, name: str) -> EllipticCurvePrivateKey:
        path = self._directory / name
        with self._lock:
            if name in self._loaded:
                return self._loaded[name]
            if name in self._index.keys:
                key = _operational(read_private_key(path, self._passphrase), name)
                if fingerprint(spki(key.public_key())) != self._index.keys[name]:
                    raise TrustError(f"{name} is not the key that was made under this name", hint=_EXCHANGED)
            else:
                # A file without an entry is left by a crash between the two writes: its key was never handed out.
                if path.exists():
                    key = _operational(read_private_key(path, self._passphrase), name)
                else:
                    key = generate_private_key(SECP256R1())
                    write_private_key(path, key, self._passphrase)
                self._remember(name, fingerprint(spki(key.public_key())))
            self._loaded[name] = key
            return key

    def _read_index(self) -> _Index:
        data = read_private_file(self._directory / _INDEX, limit=ENVELOPE_LIMIT)
        try:
            return decode(open_envelope(data, _INDEX_TYPE, self._own), _Index)
        except (DocumentError, TrustError) as error:
            raise TrustError(f"{_INDEX} was not signed by this organisation", hint=_EXCHANGED) from error

    def _remember(self, name: str, value: str) -> None:
        index = _Index(keys={**self._index.keys, name: value})
        write_private_file(self._directory / _INDEX, seal(_INDEX_TYPE, encode(index), self.release_key))
        self._index = index


def _read_document(data: bytes) -> Keys:
    try:
        return open_keys(data, known=None)
    except (DocumentError, TrustError) as error:
        raise TrustError(f"{_DOCUMENT} is damaged or was exchanged: {error}", hint=_EXCHANGED) from error


def _operational(key: PrivateKey, name: str) -> EllipticCurvePrivateKey:
    if not isinstance(key, EllipticCurvePrivateKey):
        raise TrustError(f"{name} holds a root key", hint=_EXCHANGED)
    return key
