# SPDX-License-Identifier: Apache-2.0
"""Nodes for tests: made quickly, on small seeded data, joined over a hub in memory."""

from __future__ import annotations

import shutil
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


def train_sample(node: Node, file: str) -> None:
    """Train on one of the sample's tables."""
    node.add_profile(read_profile(SAMPLE / "profile.json"))
    node.train(SAMPLE / file, target=TARGET, preset="quick")


def publish_trained(node: Node, name: str, epsilon: float = 1.0) -> Ware:
    """Draft the node's only model, publish."""
    (model,) = node.models()
    return node.publish(node.draft(model, semantic(name), privacy=lwnode.Budget(epsilon=epsilon)))


def publish_sample(node: Node, file: str, name: str, epsilon: float = 1.0) -> Ware:
    """Train on one of the sample's tables, draft, publish."""
    train_sample(node, file)
    return publish_trained(node, name, epsilon)


class TrainedHomes:
    """Closed homes of nodes that have trained on one of the sample's tables: made once, copied by who needs one."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def copy(self, file: str, root: Path, name: str, hub: MemoryHub | None = None) -> Node:
        """Open a copy under ``root``, joined to the hub where one is given."""
        made = self._root / file
        if not made.exists():
            with make_node(self._root, file) as node:
                train_sample(node, file)
        shutil.copytree(made, root / name)
        node = reopen(root, name, hub)
        if hub is not None:
            node.join(hub.invite())
        return node
