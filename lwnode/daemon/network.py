# SPDX-License-Identifier: Apache-2.0
"""Where the node meets Flower: the transport for an engine, and the hub that a daemon may serve."""

from __future__ import annotations

import sys
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

from lwnode.documents import Invite
from lwnode.node.records import HubInfo
from lwnode.store import HubStore

if TYPE_CHECKING:
    from lwnode.node.engine import Engine
    from lwnode.node.transport import Port, Transport
    from lwnode.paths import Home
    from lwnode_protocols import HubServer


def flower(port: Port, home: Home) -> Transport:
    """Return a transport over Flower for a node's port."""
    from lwnode_protocols import FlowerTransport

    return FlowerTransport(port, home=home.root)


class ServedHub:
    """The hub of this process, as the node's actions see it."""

    def __init__(self, server: HubServer, store: HubStore, name: str) -> None:
        self._server, self._store, self._name = server, store, name

    def invite(self, hours: float, note: str) -> Invite:
        """Make a one-time invite."""
        return self._server.invite(timedelta(hours=hours), note)

    def info(self) -> HubInfo:
        """Return who is a member and who is connected."""
        status = self._server.status()
        return HubInfo(
            hub=self._store.hub_id,
            name=self._name,
            address=status.address,
            engine=f"flwr {version('flwr')}" if "flwr" in sys.modules else "",
            members=status.members,
            connected=len(status.here),
            height=status.height,
        )

    def stop(self) -> None:
        """Stop serving and close the hub's store."""
        self._server.stop()
        self._store.close()


def serve_hub(engine: Engine, *, name: str) -> ServedHub:
    """Start the hub of this node; its name and the address it once had are kept, so that members find it again."""
    from lwnode_protocols import HubServer

    kept = engine.store.meta.get("hub name")
    name = name or kept or engine.keys.keys.organisation
    engine.store.meta.set("hub name", name)
    store = HubStore.open(engine.home, now=engine.now)
    address = engine.store.meta.get("hub address") or engine.settings.hub_address
    host = address.rpartition(":")[0]
    key, certificate = engine.keys.tls_certificate((host, "localhost"), engine.now())
    server = HubServer(store, address=address, key=key, certificate=certificate, name=name)
    port = server.start()
    engine.store.meta.set("hub address", f"{host}:{port}")
    return ServedHub(server, store, name)
