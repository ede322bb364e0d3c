# SPDX-License-Identifier: Apache-2.0
"""Nodes for tests: made quickly, on small seeded data, joined over a hub in memory."""

from __future__ import annotations

from pathlib import Path

import lwnode
from lwnode.documents import Semantic
from lwnode.node.backend import LocalBackend
from lwnode.node.engine import Engine
from lwnode.node.facade import Node
from lwnode.node.profile_file import read_profile
from lwnode.node.records import Ware
from lwnode.node.transport import Port, Transport
from lwnode.paths import Home
from tests.support.memory_hub import MemoryHub, MemoryTransport

SAMPLE = lwnode.sample()
TARGET = "readmitted_30d"


def semantic(name: str = "Readmission", **more: str) -> Semantic:
    return Semantic(
        name=name,
        description=more.get("description", "Back within 30 days"),
        scenario=("Health",),
        license="MIT",
        tags=("readmission", "再入院"),
    )


def make_node(root: Path, name: str, hub: MemoryHub | None = None) -> Node:
    """Make a node under ``root``, joined to the hub where one is given."""

    def transport(port: Port, home: Home) -> Transport:
        assert hub is not None
        return MemoryTransport(port, hub)

    node = Node.create(root / name, organisation=f"{name} hospital", transport=transport if hub else None)
    if hub is not None:
        node.join(hub.invite())
    return node


def reopen(root: Path, name: str, hub: MemoryHub | None = None) -> Node:
    """Open the node again, connected to the hub where one is given."""

    def transport(port: Port, home: Home) -> Transport:
        assert hub is not None
        return MemoryTransport(port, hub)

    return Node.open(root / name, transport=transport if hub else None)


def engine_of(node: Node) -> Engine:
    backend = node._backend
    assert isinstance(backend, LocalBackend)
    return backend.engine


def publish_sample(node: Node, file: str, name: str, epsilon: float = 1.0) -> Ware:
    """Train on one of the sample's tables, draft, publish."""
    node.add_profile(read_profile(SAMPLE / "profile.json"))
    model = node.train(SAMPLE / file, target=TARGET, preset="quick")
    draft = node.draft(model, semantic(name), privacy=lwnode.Budget(epsilon=epsilon))
    return node.publish(draft)
