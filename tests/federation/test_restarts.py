# SPDX-License-Identifier: Apache-2.0
"""Hubs and nodes that go away and come back: nothing is lost, and nothing is applied twice."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from lwnode_protocols import HubLimits
from tests.support.federation import TestNode, nodes, proxy_to, running_hub, until

pytestmark = pytest.mark.federation


def settled(made: list[TestNode], bodies: set[bytes]) -> bool:
    return all(len(node.port.applied) >= len(bodies) for node in made) and all(
        node.port.acked == len(node.port.queue) for node in made
    )


def test_twenty_operations_over_hubs_and_nodes_that_restart(tmp_path: Path) -> None:
    chance = random.Random(7)
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", "b", "c", hub=hub) as made:
        said = set()
        for turn in range(20):
            node = made[turn % 3]
            body = b"%s %d" % (node.port.name.encode(), turn)
            node.say(body)
            said.add(body)
            if turn % 4 == 3:
                hub.restart()
            if turn % 5 == 4:
                chance.choice(made).restart()
        until(lambda: settled(made, said), "everything everywhere", seconds=30)
        for node in made:
            bodies = node.port.bodies()
            assert len(bodies) == len(said), f"{node.port.name} applied something twice"
            assert set(bodies) == said
            assert [row.height for row in node.port.applied] == list(range(1, 21))
        assert hub.store.height() == 20


def test_connections_that_are_cut_all_the_time(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, proxy_to(hub) as proxy, nodes(tmp_path, "a", "b") as (a, b):
        for node in (a, b):
            node.join(hub.invite(address=f"127.0.0.1:{proxy.port}"))
            node.connect()
        for turn in range(20):
            a.say(b"%d" % turn)
            if turn % 3 == 0:
                proxy.cut()
        until(lambda: len(b.port.applied) >= 20 and a.port.acked == 20, "everything at b", seconds=30)
        assert b.port.bodies() == [b"%d" % turn for turn in range(20)]


def test_a_hub_that_is_down_is_waited_for(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", "b", hub=hub) as (a, b):
        hub.stop()
        until(lambda: not a.link.connected, "a notices")
        assert a.link.problem
        a.say(b"while the hub was down")
        hub.start()
        until(lambda: b.port.bodies() == [b"while the hub was down"], "the announcement at b")
        assert a.link.connected
        assert a.link.problem == ""


def test_a_node_that_was_installed_anew_with_the_same_key_is_heard(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", "b", hub=hub) as (a, b):
        a.say(b"first life")
        until(lambda: b.port.bodies() == [b"first life"], "the first life at b")
        a.transport.stop()
        again = TestNode(a.folder, "a again")  # another database, so another box
        again.key, again.membership = a.key, a.membership
        again.connect()
        try:
            again.say(b"second life")
            until(lambda: b.port.bodies() == [b"first life", b"second life"], "the second life at b")
            assert again.port.bodies()[0] == b"first life"
        finally:
            again.transport.stop()


def test_a_download_that_is_cut_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with (
        running_hub(tmp_path / "hub") as hub,
        proxy_to(hub) as proxy,
        nodes(tmp_path, "a", hub=hub) as (a,),
        nodes(tmp_path, "b") as (b,),
    ):
        b.join(hub.invite(address=f"127.0.0.1:{proxy.port}"))
        b.connect()
        until(lambda: b.link.connected, "b connected")
        data = random.Random(3).randbytes(4_000_000)
        entry = a.port.keep(data)
        proxy.allowance = 2_500_000
        b.port.wishes[entry.sha256] = entry
        before = proxy.down
        a.say(b"with a model", files=[entry])
        until(lambda: b.port.files.get(entry.sha256) == data, "the file at b")
        assert proxy.allowance is None, "it was cut"
        assert proxy.down - before < 1.4 * len(data), "it was not fetched anew"


def test_an_upload_that_is_cut_is_made_again_and_nothing_is_announced_before(tmp_path: Path) -> None:
    with (
        running_hub(tmp_path / "hub") as hub,
        proxy_to(hub) as proxy,
        nodes(tmp_path, "b", hub=hub) as (b,),
        nodes(tmp_path, "a") as (a,),
    ):
        a.join(hub.invite(address=f"127.0.0.1:{proxy.port}"))
        a.connect()
        until(lambda: a.link.connected, "a connected")
        entry = a.port.keep(random.Random(4).randbytes(8_000_000))
        before = proxy.up
        a.say(b"with a model", files=[entry])
        until(lambda: proxy.up - before > 1_000_000, "the upload under way")
        proxy.cut()
        until(lambda: b.port.bodies() == [b"with a model"], "the announcement at b")
        assert hub.store.blobs.get(entry.sha256) == a.port.files[entry.sha256]


def test_bytes_that_are_told_to_the_node_are_those_on_the_wire(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, proxy_to(hub) as proxy, nodes(tmp_path, "a") as (a,):
        a.join(hub.invite(address=f"127.0.0.1:{proxy.port}"))
        joined = proxy.up, proxy.down
        a.connect()
        entry = a.port.keep(b"x" * 500_000)
        until(lambda: a.link.connected, "a connected")
        a.say(b"with a file", files=[entry])
        until(lambda: a.port.acked == 1, "the acknowledgement")
        a.transport.stop()
        assert a.port.sent == proxy.up - joined[0]
        assert a.port.got == pytest.approx(proxy.down - joined[1], abs=2_000), "what was on its way when it stopped"


def test_a_hub_whose_memory_of_a_silent_member_went_finds_it_again(tmp_path: Path) -> None:
    limits = HubLimits(rest=0.2, silence=0.4, poll_seconds=0.8)  # every poll is longer than the hub's patience
    with running_hub(tmp_path / "hub", limits=limits) as hub, nodes(tmp_path, "a", "b", hub=hub) as (a, b):
        for turn in range(6):
            a.say(b"%d" % turn)
            until(lambda turn=turn: len(b.port.applied) > turn, "the announcement at b")  # type: ignore[misc]
        assert b.port.bodies() == [b"%d" % turn for turn in range(6)]


def test_a_node_that_came_back_while_the_hub_believes_in_its_old_connection(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, proxy_to(hub) as proxy, nodes(tmp_path, "a", "b") as (a, b):
        for node in (a, b):
            node.join(hub.invite(address=f"127.0.0.1:{proxy.port}"))
            node.connect()
        until(lambda: a.link.connected and b.link.connected, "both connected")
        proxy.one_sided = True
        for turn in range(6):
            a.say(b"%d" % turn)
            proxy.cut()
            until(lambda turn=turn: len(b.port.applied) > turn, "the announcement at b")  # type: ignore[misc]
        assert b.port.bodies() == [b"%d" % turn for turn in range(6)]
