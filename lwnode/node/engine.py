# SPDX-License-Identifier: Apache-2.0
"""The open node: its home, store, keys, settings and transport in one object that every action is given.

Rules
-----
* An engine is opened under the home's lock, so there is one for a home.
* Opening touches no network.  `Engine.connect` does, where a transport was given.
* The clock and the source of noise are fields, so that tests can replace them; nothing else is.
"""

from __future__ import annotations

import getpass
import logging
import secrets
import shutil
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Protocol

import numpy as np

from lwnode.archive import Learnware, check_files
from lwnode.archive.layout import MODEL
from lwnode.documents import Invite, Keys, Manifest, encode
from lwnode.errors import PartnerError, SettingsError, TrustError
from lwnode.market import Entry
from lwnode.node.check_queue import CheckQueue
from lwnode.node.folds import Folds
from lwnode.node.market_view import MarketView
from lwnode.node.records import HubInfo
from lwnode.node.transport import Port, Transport
from lwnode.paths import KEYS_IN_THE_MAKING, Home, create_home, refuse_foreign
from lwnode.settings import Settings
from lwnode.store import CatalogueRow, PartnerRow, Store
from lwnode.store.catalogue import State
from lwnode.trust import KeyStore, check_fresh, release_keys, stored_keys

log = logging.getLogger(__name__)


class Hub(Protocol):
    """The hub that this process serves, where it serves one."""

    def invite(self, hours: float, note: str) -> Invite:
        """Make a one-time invite."""

    def info(self) -> HubInfo:
        """Return who is a member and who is connected."""


def utc_now() -> datetime:
    """Return the time, aware, to the microsecond."""
    return datetime.now(UTC)


def secret_generator() -> np.random.Generator:
    """Return a generator keyed from the operating system's CSPRNG: the only source of released noise."""
    return np.random.Generator(np.random.Philox(key=secrets.randbits(128)))


def person() -> str:
    """Return the name of the operating system's user, for the outbox."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown user"


class Engine:
    """An open node.

    Parameters
    ----------
    home : Home
    settings : Settings
    store : Store
        Open; closed by `close`.
    keys : KeyStore
    now : callable
        Returns the time, aware UTC.
    noise : callable
        Returns a fresh generator for released noise.
    """

    def __init__(
        self,
        home: Home,
        settings: Settings,
        store: Store,
        keys: KeyStore,
        *,
        now: Callable[[], datetime] = utc_now,
        noise: Callable[[], np.random.Generator] = secret_generator,
    ) -> None:
        self.home = home
        self.settings = settings
        self.store = store
        self.keys = keys
        self.now = now
        self.noise = noise
        self.transport: Transport | None = None
        self.hub: Hub | None = None
        self.checks: CheckQueue | None = None
        self.folds = Folds(store.agreements, self._ask_side_by_side)
        self.daemon = False
        self.cancelled: set[int] = set()
        self.market = MarketView(store, home.indexes, self.read)
        self._keys: dict[bytes, Keys] = {}
        self._releases: dict[tuple[str, ...], frozenset[str]] = {}
        self._lock = threading.RLock()

    # ---------------------------------------------------------------- network
    def connect(self, transport: Transport) -> None:
        """Take a transport and connect it to every hub that was joined."""
        self.transport = transport
        for membership in self.store.memberships.list():
            transport.connect(membership, key=self.keys.node_key(membership.hub))

    def need_transport(self) -> Transport:
        """Return the transport.

        Raises
        ------
        PartnerError
            This node was opened without one.
        """
        if self.transport is None:
            raise PartnerError("this node was opened without a network", hint="start it with `lwnode daemon`")
        return self.transport

    def wake(self) -> None:
        """Tell the transport that something waits to be sent."""
        if self.transport is not None:
            for membership in self.store.memberships.list():
                self.transport.wake(membership.hub)

    # ---------------------------------------------------------------- keys of publishers
    def kept_keys(self, publisher: str) -> Keys:
        """Return the newest keys document of a publisher that was accepted here, blocked or expired as it may be.

        What was verified when it arrived stays readable with it.

        Raises
        ------
        TrustError
            Nobody by that fingerprint is known here.
        """
        if publisher == self.keys.publisher:
            return self.keys.keys
        document = self.store.partners.keys_of(publisher)
        if document is None:
            raise TrustError(
                "the publisher is not known here", hint="join the hub where it publishes, or ask for an invite"
            )
        with self._lock:
            if document not in self._keys:
                self._keys[document] = stored_keys(document)
            return self._keys[document]

    def keys_of(self, publisher: str) -> Keys:
        """Return the keys by which something new from a publisher may be taken.

        Raises
        ------
        TrustError
            Nobody by that fingerprint is known here, its keys have expired, or it is blocked.
        """
        keys = self.kept_keys(publisher)
        if publisher != self.keys.publisher:
            if self.store.partners.state_of(publisher) == "blocked":
                raise TrustError("the publisher is blocked here", hint="`lwnode partners list` shows who is blocked")
            check_fresh(keys, now=self.now())
        return keys

    def publisher_of(self, signers: tuple[str, ...]) -> str:
        """Return the publisher whose release key has one of the given fingerprints.

        Raises
        ------
        TrustError
            None of the publishers known here.
        """
        wanted = set(signers)
        for publisher in (self.keys.publisher, *self.store.partners.publishers()):
            if wanted & set(self._release_of(publisher)):
                return publisher
        raise TrustError("signed by nobody who is known here", hint="`lwnode partners list` shows who is")

    def introduce(self, keys: Keys, document: bytes, *, hub: str) -> None:
        """Keep a publisher's verified keys; one that is known keeps its trust.

        Raises
        ------
        RollbackError
            They are older than those that were accepted.
        """
        self.store.partners.put(
            PartnerRow(
                publisher=keys.publisher,
                organisation=keys.organisation,
                keys=document,
                version=keys.version,
                hub=hub,
                since=self.now(),
            )
        )

    def _release_of(self, publisher: str) -> frozenset[str]:
        """Return the fingerprints of a publisher's release keys; kept, as parsing keys costs more than comparing."""
        keys = self.kept_keys(publisher)
        with self._lock:
            if keys.release not in self._releases:
                self._releases[keys.release] = frozenset(release_keys(keys))
            return self._releases[keys.release]

    # ---------------------------------------------------------------- learnwares
    def files_of(self, row: CatalogueRow, *, model: bool = True) -> dict[str, bytes]:
        """Return the files of a learnware that are here, by name, with or without its model."""
        blobs = self.store.blobs
        entries = [e for e in self.store.catalogue.files(row.id) if (model or e.name != MODEL) and blobs.has(e.sha256)]
        return {entry.name: blobs.get(entry.sha256) for entry in entries}

    def read(self, row: CatalogueRow) -> Learnware:
        """Return an accepted learnware without its model, its files compared again with its manifest.

        Its signature was verified when it was accepted; that its publisher exchanged its keys since does not undo it.

        Raises
        ------
        TrustError, ArchiveError, DocumentError, SpecificationError
            A file is not the one that was signed.
        StoreError
            A file cannot be read.
        """
        manifest = Manifest.from_bytes(row.manifest)
        return check_files(manifest, self.files_of(row, model=False), model_required=False, bundle=row.bundle)

    def model_of(self, row: CatalogueRow) -> bytes | None:
        """Return a learnware's model file; None where it was not fetched yet."""
        entry = Manifest.from_bytes(row.manifest).file(MODEL)
        if entry is None or not self.store.blobs.has(entry.sha256):
            return None
        return self.store.blobs.get(entry.sha256)

    def _ask_side_by_side(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Have models asked side by side, where this node checks beside its other work."""
        if self.checks is not None:
            self.checks.compare(pairs)

    def ready(self) -> tuple[CatalogueRow, ...]:
        """Return the learnwares that are here and verified."""
        states: tuple[State, ...] = ("ready",)
        return self.store.catalogue.list(states)

    def entries(self, ids: tuple[str, ...] | None = None) -> tuple[Entry, ...]:
        """Return the ready learnwares as the market sees them, all or those with the given ids, in that order.

        One that can no longer be read is left out and logged: it must not keep the others from being found.
        """
        rows = {row.id: row for row in self.ready()}
        chosen = rows if ids is None else [identity for identity in ids if identity in rows]
        return self.market.entries(rows[identity] for identity in chosen)

    def close(self) -> None:
        """Stop the transport and the checks, close indexes and store; the home can be opened again afterwards."""
        if self.transport is not None:
            self.transport.stop()
            self.transport = None
        if self.checks is not None:
            self.checks.stop()
        self.market.close()
        self.store.close()


def has_node(home: Home) -> bool:
    """Return whether there is a node: it exists once it has keys, the database follows."""
    return home.keys.exists() and any(home.keys.iterdir())


def _sweep(home: Home) -> None:
    """Remove what a process was making when it was killed: keys, and the rows that a training was given."""
    for leftover in (*home.root.glob(f"{KEYS_IN_THE_MAKING}*"), *home.scratch.glob("*")):
        shutil.rmtree(leftover, ignore_errors=True)


def open_engine(
    home: Home,
    settings: Settings,
    *,
    passphrase: bytes | None,
    now: Callable[[], datetime] = utc_now,
) -> Engine:
    """Open the node that lives in ``home``.

    Raises
    ------
    SettingsError
        There is no node.
    LockedError
        Another process has it open.
    TrustError
        Wrong passphrase, or key files that are not as they should be.
    """
    if not has_node(home):
        raise SettingsError(f"there is no node in {home.root}", hint="make one with `lwnode init`")
    store = Store.open(home, now=now)
    _sweep(home)
    try:
        keys = KeyStore.open(home.keys, passphrase=passphrase)
    except BaseException:
        store.close()
        raise
    return Engine(home, settings, store, keys, now=now)


def create_engine(
    home: Home,
    settings: Settings,
    *,
    organisation: str,
    passphrase: bytes | None,
    now: Callable[[], datetime] = utc_now,
) -> Engine:
    """Make a node in ``home`` and open it.

    Raises
    ------
    SettingsError
        There is a node already, or the organisation has no name.
    """
    if not organisation.strip() or len(organisation) > 120 or "\n" in organisation:
        raise SettingsError("the organisation needs a name of one line, at most 120 characters")
    encode(organisation)
    if has_node(home):
        raise SettingsError(f"there is a node in {home.root} already", hint="open it, or name another --home")
    refuse_foreign(home)
    create_home(home)
    _sweep(home)
    keys = KeyStore.create(home.keys, organisation=organisation.strip(), passphrase=passphrase, now=now())
    store = Store.open(home, now=now)
    return Engine(home, settings, store, keys, now=now)


__all__ = ["Engine", "Hub", "Port", "create_engine", "has_node", "open_engine", "person", "secret_generator", "utc_now"]
