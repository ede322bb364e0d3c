# SPDX-License-Identifier: Apache-2.0
"""A hub: Flower, embedded behind the wall, with the relay, admission and files, on one port.

Rules
-----
* The store holds all that a hub knows; a hub that is started again on the same store and address is the same hub.
* One thread runs the server, one the relay, and a few wait for the disk.  `stop` ends them all within two seconds.
* The hub is not trusted with the integrity of anything: what it carries is signed by others.

Called by the daemon and by tests.
"""

from __future__ import annotations

import base64
import secrets
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from lwnode.documents import Invite, digest
from lwnode.errors import PartnerError, SettingsError
from lwnode_protocols import environment
from lwnode_protocols.admission import Admission
from lwnode_protocols.blobs import BlobRoute
from lwnode_protocols.limits import HubLimits
from lwnode_protocols.relay import Relay
from lwnode_protocols.statements import node_key
from lwnode_protocols.tls import certificate_digest, server_context, split_address

if TYPE_CHECKING:
    import uvicorn
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    from lwnode.store import HubStore
    from lwnode_protocols.adapter.fleet import Fleet
    from lwnode_protocols.wall import Bell

_START = 15.0  # seconds within which the server must be up
_ANY = frozenset({"0.0.0.0", "::"})  # noqa: S104  (compared with, not listened on)
_GRACE = 1  # seconds that requests get to end


@dataclass(frozen=True, slots=True, kw_only=True)
class HubStatus:
    """A hub at a glance.

    Parameters
    ----------
    members : tuple of str
        Names of those that are not blocked.
    here : tuple of str
        Names of those whose node is connected.
    height : int
        Rows of the log.
    problem : str
        What last went wrong with the store; empty where nothing did.
    """

    hub: str
    name: str
    address: str
    certificate: str
    since: datetime | None
    members: tuple[str, ...]
    here: tuple[str, ...]
    height: int
    problem: str = ""

    @property
    def connected(self) -> int:
        """How many members are connected."""
        return len(self.here)


def utc_now() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


class HubServer:
    """Serves a hub.

    Parameters
    ----------
    store : HubStore
        Open; stays the caller's to close, after `stop`.
    address : str
        ``host:port`` to listen on; port 0 takes a free one.
    certificate, key : bytes
        PEM of the TLS certificate and its key.
    name : str
        What the consortium calls itself.
    advertised : str
        ``host:port`` that invites name, where members reach the hub under another one; a port of 0 is replaced.
    limits : HubLimits
    now : callable
        Returns the time, aware.
    """

    def __init__(
        self,
        store: HubStore,
        *,
        address: str,
        certificate: bytes,
        key: bytes,
        name: str,
        advertised: str = "",
        limits: HubLimits | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._listen = split_address(address)
        self._advertised = split_address(advertised or address)
        if self._advertised[0] in _ANY:
            raise SettingsError(
                f"members cannot reach a hub at {self._advertised[0]}",
                hint="name the host under which they reach it, besides the address to listen on",
            )
        self._certificate = certificate_digest(certificate.decode("ascii"))
        self._tls = server_context(certificate, key)
        self._name = name
        self._limits = limits if limits is not None else HubLimits()
        self._now = now
        self._port = 0
        self._since: datetime | None = None
        self._members: dict[str, str] = {}  # digest of the key → name; those who may ask
        self._ended = threading.Event()
        self._fleet: Fleet | None = None
        self._bell: Bell | None = None
        self._relay: Relay | None = None
        self._server: uvicorn.Server | None = None
        self._threads: list[threading.Thread] = []
        self._pool: ThreadPoolExecutor | None = None

    # ---------------------------------------------------------------- life
    def start(self) -> int:
        """Serve, and return the port.

        Raises
        ------
        SettingsError
            The address is taken or not of this machine.
        PartnerError
            Started before, or the server did not come up.
        """
        if self._server is not None:
            raise PartnerError("this hub was started before", hint="make another server on the same store")
        environment.prepare(self._store.home.root)
        import uvicorn

        listening = self._bind()
        self._port = listening.getsockname()[1]
        try:
            wall = self._build()
        except BaseException:
            listening.close()
            self.stop()
            raise
        config = uvicorn.Config(
            wall,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=_GRACE,
            limit_concurrency=self._limits.connections,
            ssl_context_factory=lambda _config, _default: self._tls,
        )
        self._server = uvicorn.Server(config)
        self._run("lwnode-hub-server", lambda: self._serve(listening))
        until = time.monotonic() + _START
        while not self._server.started:
            if self._ended.wait(0.01) or time.monotonic() > until:
                self.stop()
                raise PartnerError("the hub's server did not start", hint="the log says why")
        self._since = self._now()
        return self._port

    def stop(self) -> None:
        """Stop serving, within two seconds; does nothing the second time."""
        self._ended.set()
        if self._bell is not None:
            self._bell.close()
        if self._relay is not None:
            self._relay.nudge()
        if self._server is not None:
            self._server.should_exit = True
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        if self._pool is not None:
            self._pool.shutdown()
        self._since = None

    def _bind(self) -> socket.socket:
        host, port = self._listen
        try:
            return socket.create_server(
                (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=256
            )
        except OSError as error:
            raise SettingsError(
                f"the hub cannot listen on {host}:{port}: {error.strerror}", hint="name another address or port"
            ) from error

    def _serve(self, listening: socket.socket) -> None:
        assert self._server is not None
        try:
            with listening:
                self._server.run(sockets=[listening])
        finally:
            self._ended.set()

    def _run(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _build(self) -> Callable[..., object]:
        from lwnode_protocols.adapter.dispatch import Dispatcher
        from lwnode_protocols.adapter.fleet import Fleet
        from lwnode_protocols.wall import Bell, Wall

        store, limits, now = self._store, self._limits, self._now
        bell = Bell()
        fleet = Fleet(bell.ring)
        relay = Relay(store.hub_id, store, fleet, limits=limits, now=now)
        pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="lwnode-hub-disk")
        self._bell, self._fleet, self._relay, self._pool = bell, fleet, relay, pool
        for member in store.members():
            if not member.blocked:
                self._welcome(node_key(member.public_key), member.id, member.name)
        self._run("lwnode-hub-relay", lambda: relay.run(self._ended))
        return Wall(
            fleet,
            Dispatcher(fleet, objects=limits.objects),
            relay,
            bell,
            join=Admission(store.hub_id, self._name, store, self._welcome, limits=limits, now=now, threads=pool),
            blob=BlobRoute(
                store.hub_id,
                store.blobs,
                lambda member: member in self._members,
                spool=store.home.quarantine,
                limits=limits,
                now=now,
                threads=pool,
            ),
            limits=limits,
            now=now,
        )

    # ---------------------------------------------------------------- members
    def _welcome(self, key: EllipticCurvePublicKey, member: str, name: str) -> None:
        assert self._fleet is not None
        self._fleet.enroll(key, member=member, name=name)
        self._members[member] = name

    def invite(self, ttl: timedelta, note: str = "") -> Invite:
        """Make an invite that admits one organisation once.

        Parameters
        ----------
        ttl : timedelta
            For how long it may be used.
        note : str
            Whom it is for; stays at the hub.

        Raises
        ------
        PartnerError
            The hub is not started, so its port is not known.
        SettingsError
            The time is not positive.
        """
        if self._since is None:
            raise PartnerError("the hub does not serve", hint="start it first")
        if ttl <= timedelta(0):
            raise SettingsError("an invite needs some time in which it may be used")
        code = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        expires = (self._now() + ttl).replace(microsecond=0)
        self._store.create_invite(digest(code.encode()), expires, note)
        return Invite(
            hub=self._store.hub_id,
            name=self._name,
            address=self.address,
            certificate=self._certificate,
            code=code,
            expires=expires,
        )

    def block(self, member: str) -> None:
        """Refuse a member from now on, files and all; what it said before stays in the log."""
        self._store.block(member)
        self._members.pop(member, None)
        if self._fleet is not None and self._relay is not None:
            for node in self._fleet.expel(member):
                self._relay.left(node)

    # ---------------------------------------------------------------- state
    @property
    def address(self) -> str:
        """``host:port`` under which members reach the hub."""
        host, port = self._advertised
        return f"[{host}]:{port or self._port}" if ":" in host else f"{host}:{port or self._port}"

    def status(self) -> HubStatus:
        """Return who is a member, who is here, and how long the log is."""
        here = self._relay.connected() if self._relay is not None and self._since is not None else ()
        return HubStatus(
            hub=self._store.hub_id,
            name=self._name,
            address=self.address,
            certificate=self._certificate,
            since=self._since,
            members=tuple(sorted(member.name for member in self._store.members() if not member.blocked)),
            here=tuple(sorted(self._members[member] for member in here if member in self._members)),
            height=self._store.height(),
            problem=self._problem(),
        )

    def _problem(self) -> str:
        if self._since is not None and not all(thread.is_alive() for thread in self._threads):
            return "a part of the hub ended unexpectedly: the log says why; start it again"
        return self._relay.problem if self._relay is not None else ""
