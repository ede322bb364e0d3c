# SPDX-License-Identifier: Apache-2.0
"""Stopping: within two seconds, whatever is parked, and without a thread left behind (every test here checks that)."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import pytest

from lwnode.errors import PartnerError
from lwnode_protocols import NodeTimes
from tests.support.federation import TIMES, TestNode, nodes, proxy_to, running_hub, until

pytestmark = pytest.mark.federation


def seconds_to_stop(node: TestNode) -> float:
    start = time.monotonic()
    node.transport.stop()
    return time.monotonic() - start


def test_nodes_and_hub_stop_while_everything_is_parked(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", "b", hub=hub) as made:
        time.sleep(0.3)
        for node in made:
            assert seconds_to_stop(node) < 2
        for node in made:
            node.restart()
        until(lambda: all(node.link.connected for node in made), "all are back")
        start = time.monotonic()
        hub.stop()
        assert time.monotonic() - start < 2


def test_a_node_stops_while_its_hub_is_gone(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", hub=hub) as (a,):
        hub.stop()
        until(lambda: not a.link.connected, "a notices")
        assert seconds_to_stop(a) < 2


def test_a_node_stops_while_its_hub_accepts_and_says_nothing(tmp_path: Path) -> None:
    patient = NodeTimes(longest_pause=TIMES.longest_pause, read=60.0, connect=60.0)
    with running_hub(tmp_path / "hub") as hub, proxy_to(hub) as proxy, nodes(tmp_path, "a", times=patient) as (a,):
        a.join(hub.invite(address=f"127.0.0.1:{proxy.port}"))
        proxy.blackhole = True
        a.connect()
        time.sleep(0.3)
        assert seconds_to_stop(a) < 2


def test_a_node_stops_while_a_network_swallows_its_packets(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", hub=hub) as (a,):
        assert a.membership is not None
        lost = TestNode(tmp_path / "lost", "lost", times=NodeTimes(connect=60.0))
        lost.membership = dataclasses.replace(a.membership, address="192.0.2.1:443")  # RFC 5737: never answers
        lost.connect()
        time.sleep(0.3)
        assert seconds_to_stop(lost) < 2


def test_a_stopped_transport_can_be_stopped_again_and_not_be_used(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", hub=hub) as (a,):
        a.transport.stop()
        a.transport.stop()
        assert a.transport.links() == ()
        with pytest.raises(PartnerError, match="stopped"):
            a.connect()
        a.transport.wake(hub.store.hub_id)  # nobody to wake, and no error


def test_connecting_twice_is_one_connection(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", hub=hub) as (a,):
        a.connect()
        assert len(a.transport.links()) == 1


def test_a_hub_can_be_stopped_again_but_not_started_again(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub:
        server = hub.server
        assert server is not None
        server.stop()
        server.stop()
        with pytest.raises(PartnerError, match="started before"):
            server.start()


def test_an_idle_node_makes_no_calls(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, proxy_to(hub) as proxy, nodes(tmp_path, "a") as (a,):
        a.join(hub.invite(address=f"127.0.0.1:{proxy.port}"))
        a.connect()
        until(lambda: a.link.connected, "connected")
        time.sleep(0.7)
        before = proxy.up
        time.sleep(2.0)
        assert proxy.up == before
