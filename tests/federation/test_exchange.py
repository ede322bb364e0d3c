# SPDX-License-Identifier: Apache-2.0
"""Documents and files from one node to another through a hub: real Flower, real TLS, over loopback."""

from __future__ import annotations

import statistics
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.federation import TestNode, nodes, now, running_hub, until

pytestmark = pytest.mark.federation


def test_an_announcement_is_seen_by_all_and_acknowledged(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", "b", "c", hub=hub) as (a, b, c):
        a.say(b"manifest of a")
        until(lambda: b.port.bodies() == c.port.bodies() == [b"manifest of a"], "the announcement at b and c")
        until(lambda: a.port.acked == 1, "the acknowledgement at a")
        (row,) = b.port.applied
        assert (row.height, row.kind) == (1, "announce")
        assert row.member in {member.id for member in hub.store.members() if member.name == "a"}
        assert a.port.left == [(hub.store.hub_id, 1)]


def test_a_round_trip_takes_a_fraction_of_a_second(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", "b", "c", hub=hub) as (a, b, _c):
        times = []
        for turn in range(15):
            body = b"%d" % turn
            a.say(body)
            times.append(until(lambda body=body: body in b.port.bodies(), "the announcement at b"))  # type: ignore[misc]
        assert statistics.median(times) < 1.0, "0.05 s on an idle machine; the bound leaves room for a busy one"


def test_everybody_says_something_at_once_and_all_see_the_same_order(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", "b", "c", hub=hub) as made:
        for turn in range(10):
            for node in made:
                node.say(b"%s %d" % (node.port.name.encode(), turn))
        until(lambda: all(len(node.port.applied) == 30 for node in made), "30 rows at each")
        orders = [node.port.bodies() for node in made]
        assert orders[0] == orders[1] == orders[2]
        for node in made:
            name = node.port.name.encode()
            own = [body for body in orders[0] if body.startswith(name)]
            assert own == [b"%s %d" % (name, turn) for turn in range(10)], "each in its own order"


def test_a_latecomer_gets_the_whole_log_in_pages(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", hub=hub) as (a,):
        for turn in range(12):
            a.port.say(b"%02d" % turn + b"x" * 190_000)  # 2.3 MB: three pages, twelve answers
        a.transport.wake(hub.store.hub_id)
        until(lambda: a.port.acked == 12, "all acknowledged")
        with nodes(tmp_path, "late", hub=hub) as (late,):
            until(lambda: len(late.port.applied) == 12, "all rows at the latecomer")
            assert [body[:2] for body in late.port.bodies()] == [b"%02d" % turn for turn in range(12)]


def test_what_was_said_before_there_was_a_connection_is_not_lost(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", "b", hub=hub) as (a, b):
        a.transport.stop()
        a.port.say(b"said in the dark")
        a.restart()
        until(lambda: b.port.bodies() == [b"said in the dark"], "the announcement at b")


def test_files_are_at_the_hub_before_the_announcement_and_are_fetched(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", "b", hub=hub) as (a, b):
        data = bytes(range(251)) * 12_000  # 3 MB
        entry = a.port.keep(data)
        b.port.wishes[entry.sha256] = entry
        a.say(b"with a model", files=[entry])
        until(lambda: b.port.bodies() == [b"with a model"], "the announcement at b")
        assert hub.store.blobs.has(entry.sha256)
        until(lambda: b.port.files.get(entry.sha256) == data, "the file at b")
        assert list((b.folder / "quarantine").iterdir()) == []


def test_a_wish_for_what_nobody_has_is_tried_again_and_holds_up_nothing(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", "b", hub=hub) as (a, b):
        entry = TestNode(tmp_path / "x", "x").port.keep(b"will come later")
        b.port.wishes[entry.sha256] = entry
        b.transport.wake(hub.store.hub_id)
        a.say(b"meanwhile")
        until(lambda: b.port.bodies() == [b"meanwhile"], "the announcement at b")
        assert entry.sha256 not in b.port.files
        a.port.files[entry.sha256] = b"will come later"
        a.say(b"now", files=[entry])
        until(lambda: entry.sha256 in b.port.files, "the file at b")


def test_one_node_in_two_hubs(tmp_path: Path) -> None:
    with (
        running_hub(tmp_path / "h1") as first,
        running_hub(tmp_path / "h2") as second,
        nodes(tmp_path, "a", hub=first) as (a,),
        nodes(tmp_path, "b", hub=second) as (b,),
    ):
        both = TestNode(tmp_path / "both", "both")
        try:
            for hub in (first, second):
                membership = both.transport.join(hub.invite(), key=both.key, organisation="both")
                both.transport.connect(membership, key=both.key)
            until(lambda: all(link.connected for link in both.transport.links()), "both links")
            both.port.say(b"to both")
            for hub in (first, second):
                both.transport.wake(hub.store.hub_id)
            until(lambda: a.port.bodies() == b.port.bodies() == [b"to both"], "the announcement at a and b")
        finally:
            both.transport.stop()


def test_the_hub_knows_who_is_here(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", "b", hub=hub) as (a, _b):
        assert hub.server is not None
        until(lambda: hub.server.status().here == ("a", "b"), "both are here")  # type: ignore[union-attr]
        a.transport.stop()
        until(lambda: hub.server.status().here == ("b",), "a said goodbye", seconds=5)  # type: ignore[union-attr]
        assert hub.server.status().members == ("a", "b")
        assert hub.server.status().connected == 1


@pytest.mark.parametrize("seconds", [-7_200, 30, 600])
def test_a_node_whose_clock_is_off_is_heard_all_the_same(tmp_path: Path, seconds: int) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "b", hub=hub) as (b,):
        off = TestNode(tmp_path / "off", "off", clock=lambda: now() + timedelta(seconds=seconds))
        off.membership = off.transport.join(
            hub.invite(expires=now() + timedelta(days=1)), key=off.key, organisation="off"
        )
        try:
            off.connect()
            entry = off.port.keep(b"a model")
            off.say(b"by the wrong clock", files=[entry])
            until(lambda: b.port.bodies() == [b"by the wrong clock"], "the announcement at b")
            assert hub.store.blobs.has(entry.sha256)
        finally:
            off.transport.stop()
