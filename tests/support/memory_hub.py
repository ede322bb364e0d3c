# SPDX-License-Identifier: Apache-2.0
"""A hub and transports in memory: the rules of delivery without Flower, sockets or threads.

`MemoryHub.settle` moves everything there is to move, so a test decides when a sync happens.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from lwnode.documents import Invite
from lwnode.errors import InviteError
from lwnode.node.transport import Link, Membership, Port, Row
from lwnode.trust import fingerprint, spki


@dataclass
class MemoryHub:
    """Keeps a log and files; knows its members by their keys."""

    hub: str = "hub-1"
    reachable: bool = True
    rows: list[Row] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    codes: dict[str, str | None] = field(default_factory=dict)
    taken: dict[tuple[str, str], int] = field(default_factory=dict)
    transports: list[MemoryTransport] = field(default_factory=list)
    corrupt: dict[str, bytes] = field(default_factory=dict)

    def invite(self, hours: float = 1.0) -> Invite:
        code = f"code-{len(self.codes)}"
        self.codes[code] = None
        return Invite(
            hub=self.hub,
            name="test consortium",
            address="memory:0",
            certificate="0" * 64,
            code=code,
            expires=datetime.now(UTC) + timedelta(hours=hours),
        )

    def settle(self, rounds: int = 6) -> None:
        for _ in range(rounds):
            for transport in self.transports:
                transport.exchange()


@dataclass
class MemoryTransport:
    """One node's connection to one hub in memory."""

    port: Port
    the_hub: MemoryHub
    member: str = ""
    connected: bool = False

    def join(self, invite: Invite, *, key: EllipticCurvePrivateKey, organisation: str) -> Membership:
        member = fingerprint(spki(key.public_key()))
        used = self.the_hub.codes.get(invite.code, "unknown")
        if used not in (None, member):
            raise InviteError("the invite was used already", hint="ask for a new one")
        self.the_hub.codes[invite.code] = member
        return Membership(
            hub=self.the_hub.hub,
            name="test consortium",
            address="memory:0",
            certificate="pem",
            joined=datetime.now(UTC),
        )

    def connect(self, membership: Membership, *, key: EllipticCurvePrivateKey) -> None:
        self.member = fingerprint(spki(key.public_key()))
        self.connected = True
        if self not in self.the_hub.transports:
            self.the_hub.transports.append(self)

    def wake(self, hub: str) -> None:
        """Nothing is parked here."""

    def links(self) -> tuple[Link, ...]:
        state = self.connected and self.the_hub.reachable
        problem = "" if state else "the hub does not answer"
        return (Link(hub=self.the_hub.hub, name="test", connected=state, since=None, problem=problem),)

    def stop(self) -> None:
        self.connected = False
        self.the_hub.transports[:] = [other for other in self.the_hub.transports if other is not self]

    def exchange(self) -> None:
        hub = self.the_hub
        if not (self.connected and hub.reachable):
            return
        key = (self.member, self.port.box(hub.hub))
        for operation in self.port.outgoing(hub.hub, hub.taken.get(key, 0), 10):
            files = self.port.files_before(operation)
            self.port.leaving(hub.hub, operation, files)
            for entry in files:
                hub.files[entry.sha256] = self.port.read_file(entry.sha256)
            if operation.seq == hub.taken.get(key, 0) + 1:
                hub.taken[key] = operation.seq
                row = Row(height=len(hub.rows) + 1, member=self.member, kind=operation.kind, body=operation.body)
                hub.rows.append(row)
        self.port.acknowledged(hub.hub, hub.taken.get(key, 0))
        have = self.port.cursor(hub.hub)
        self.port.incoming(hub.hub, have, hub.rows[have : have + 5])
        for entry in self.port.wanted(hub.hub, 10):
            data = hub.corrupt.get(entry.sha256, hub.files.get(entry.sha256))
            if data is not None and hashlib.sha256(data).hexdigest() == entry.sha256:
                self.port.received(hub.hub, entry.sha256, data)
