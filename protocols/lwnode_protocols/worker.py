# SPDX-License-Identifier: Apache-2.0
"""The transport of a node: it joins hubs, and keeps a connection to each.

Rules
-----
* A node connects outwards only.
* Connections know nothing of each other: a hub that is down or hostile holds up nobody else.
* Flower is imported when the first connection is made, not before.

Called by the daemon and the command line, which hand it to the node as its `lwnode.node.transport.Transport`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from lwnode.documents import Invite
from lwnode.errors import PartnerError
from lwnode.node.transport import Link, Membership, Port
from lwnode_protocols import environment
from lwnode_protocols.joining import join
from lwnode_protocols.limits import NodeTimes

if TYPE_CHECKING:
    from lwnode_protocols.connection import Connection


def utc_now() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


class FlowerTransport:
    """Carries operations and files over Flower; a `lwnode.node.transport.Transport`.

    Parameters
    ----------
    port : Port
        The node's side.
    home : Path
        The node's home; unfinished files lie in its ``quarantine``.
    times : NodeTimes
    now : callable
        Returns the time, aware.
    """

    def __init__(
        self,
        port: Port,
        *,
        home: Path,
        times: NodeTimes | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._port = port
        self._home = home
        self._times = times if times is not None else NodeTimes()
        self._now = now
        self._lock = threading.Lock()
        self._connections: dict[str, Connection] = {}
        self._stopped = False

    def join(self, invite: Invite, *, key: EllipticCurvePrivateKey, organisation: str) -> Membership:
        """Hand in an invite and return the membership.

        Raises
        ------
        InviteError
            Used, expired, unknown, or not this hub's.
        UnreachableError
            Nobody answers at the address, or with another certificate than the invite names.
        """
        return join(invite, key=key, organisation=organisation, now=self._now(), times=self._times)

    def connect(self, membership: Membership, *, key: EllipticCurvePrivateKey) -> None:
        """Keep a connection to the hub until `stop`; does nothing where there is one.

        Raises
        ------
        PartnerError
            The transport was stopped.
        """
        environment.prepare(self._home)
        from lwnode_protocols.connection import Connection

        quarantine = self._home / "quarantine"
        quarantine.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock:
            if self._stopped:
                raise PartnerError("this transport was stopped", hint="open the node again")
            if membership.hub in self._connections:
                return
            connection = Connection(
                self._port, membership, key=key, quarantine=quarantine, times=self._times, now=self._now
            )
            self._connections[membership.hub] = connection
            connection.start()

    def wake(self, hub: str) -> None:
        """Say that there is something new in the delivery queue for a hub, or that files of it are wanted."""
        with self._lock:
            connection = self._connections.get(hub)
        if connection is not None:
            connection.wake()

    def links(self) -> tuple[Link, ...]:
        """Return the state of every connection."""
        with self._lock:
            return tuple(connection.link() for connection in self._connections.values())

    def stop(self) -> None:
        """End all connections and wait for their threads, within two seconds; does nothing the second time."""
        with self._lock:
            self._stopped = True
            connections = tuple(self._connections.values())
            self._connections.clear()
        for connection in connections:
            connection.begin_stop()
        for connection in connections:
            connection.finish_stop()
