# SPDX-License-Identifier: Apache-2.0
"""Joining a hub over real TLS: who gets in, and what everybody else is told."""

from __future__ import annotations

import datetime as dt
import socket
from pathlib import Path

import pytest

from lwnode.documents import Invite
from lwnode.errors import InviteError, PartnerError, SettingsError, UnreachableError
from lwnode.paths import home_at
from lwnode_protocols import HubLimits, HubServer
from lwnode_protocols.tls import certificate_digest
from tests.support.federation import TestHub, TestNode, certificate, nodes, now, running_hub, until

pytestmark = pytest.mark.federation


def test_an_invite_survives_its_line_of_text_and_admits_once(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub:
        invite = Invite.from_text(hub.invite().to_text())
        first, second = TestNode(tmp_path / "a", "a"), TestNode(tmp_path / "b", "b")
        membership = first.join(invite)
        assert (membership.hub, membership.name) == (hub.store.hub_id, "Test consortium")
        assert certificate_digest(membership.certificate) == invite.certificate
        assert first.join(invite) is not None, "the same key may ask again: the answer may have been lost"
        with pytest.raises(InviteError, match="used"):
            second.join(invite)
        assert [member.name for member in hub.store.members()] == ["a"]


def test_an_invite_that_expired(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub:
        node = TestNode(tmp_path / "a", "a")
        with pytest.raises(InviteError, match="expired"):
            node.join(hub.invite(expires=now() - dt.timedelta(seconds=1)))  # seen without asking


def test_an_invite_whose_expiry_was_changed_has_expired_all_the_same(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub:
        invite = hub.invite(expires=now() + dt.timedelta(days=365))
        hub.restart(now=lambda: now() + dt.timedelta(hours=2))
        with pytest.raises(InviteError, match="expired"):
            TestNode(tmp_path / "a", "a").join(invite)
        assert hub.store.members() == ()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"code": "A" * 22}, "does not know"),
        ({"code": ""}, "does not know"),
        ({"hub": "e" * 32}, "another hub"),
    ],
    ids=["a guessed code", "no code", "another hub's id"],
)
def test_a_forged_invite(tmp_path: Path, changed: dict[str, str], message: str) -> None:
    with running_hub(tmp_path / "hub") as hub:
        with pytest.raises(InviteError, match=message):
            TestNode(tmp_path / "a", "a").join(hub.invite(**changed))
        assert hub.store.members() == ()


def test_an_invite_that_names_another_certificate(tmp_path: Path) -> None:
    other = certificate_digest(certificate().certificate.decode())
    with running_hub(tmp_path / "hub") as hub:
        with pytest.raises(UnreachableError, match="another certificate"):
            TestNode(tmp_path / "a", "a").join(hub.invite(certificate=other))
        assert hub.store.members() == ()


def test_a_hub_whose_certificate_is_for_another_name(tmp_path: Path) -> None:
    hub = TestHub(home_at(tmp_path / "hub"), certified=certificate("hub.example.org"))
    try:
        hub.start()
        with pytest.raises(UnreachableError):
            TestNode(tmp_path / "a", "a").join(hub.invite())
        assert hub.store.members() == ()
    finally:
        hub.close()


def test_a_member_does_not_talk_to_a_hub_whose_certificate_changed(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", hub=hub) as (a,):
        hub.stop()
        hub.certified = certificate()  # an impostor at the same address, with the same name
        hub.start()
        until(lambda: "CERTIFICATE_VERIFY_FAILED" in a.link.problem.upper(), "a notices")
        a.say(b"a secret")
        assert not a.link.connected
        assert hub.store.height() == 0


def test_nobody_at_the_address(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub:
        invite = hub.invite()
    with pytest.raises(UnreachableError):
        TestNode(tmp_path / "a", "a").join(invite)


def test_too_many_attempts(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub", limits=HubLimits(attempts=2)) as hub:
        node = TestNode(tmp_path / "a", "a")
        for _ in range(2):
            with pytest.raises(InviteError, match="does not know"):
                node.join(hub.invite(code="A" * 22))
        with pytest.raises(InviteError, match="too many"):
            node.join(hub.invite())


def test_a_key_that_is_not_a_members(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", hub=hub) as (a,):
        stranger = TestNode(tmp_path / "s", "stranger")
        stranger.membership = a.membership
        try:
            stranger.connect()
            until(lambda: "member" in stranger.link.problem, "the stranger is told")
            assert not stranger.link.connected
            stranger.say(b"let me in")
            stranger.membership = None
            stranger.join(hub.invite())  # and once it joins, the same connection comes up by itself
            until(lambda: stranger.link.connected, "connected after joining")
            until(lambda: a.port.bodies() == [b"let me in"], "heard after joining")
        finally:
            stranger.transport.stop()


def test_a_blocked_member_is_out_at_once_and_after_a_restart(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", "b", hub=hub) as (a, b):
        a.say(b"before")
        until(lambda: b.port.bodies() == [b"before"], "the announcement at b")
        (member,) = (member.id for member in hub.store.members() if member.name == "a")
        assert hub.server is not None
        hub.server.block(member)
        a.say(b"after")
        until(lambda: not a.link.connected, "a is out")
        hub.restart()
        until(lambda: b.link.connected, "b is back")
        b.say(b"the others go on")
        until(lambda: b.port.bodies() == [b"before", b"the others go on"], "b hears itself")
        assert not a.link.connected
        assert hub.server.status().members == ("b",)


def test_a_hub_that_cannot_listen_says_so(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        made = certificate()
        second = HubServer(hub.store, address=f"127.0.0.1:{port}", certificate=made.certificate, key=made.key, name="x")
        with pytest.raises(SettingsError, match="cannot listen"):
            second.start()
        second.stop()


def test_an_address_that_nobody_can_reach_is_refused(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub:
        made = certificate()
        arguments = {"certificate": made.certificate, "key": made.key, "name": "x"}
        with pytest.raises(SettingsError, match="cannot reach"):
            HubServer(hub.store, address="0.0.0.0:0", **arguments)  # type: ignore[arg-type]
        HubServer(hub.store, address="0.0.0.0:0", advertised="hub.example.org:8443", **arguments)  # type: ignore[arg-type]


def test_no_invite_before_the_hub_serves_or_without_time(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub:
        server = hub.server
        assert server is not None
        with pytest.raises(SettingsError):
            server.invite(dt.timedelta(0))
        hub.stop()
        with pytest.raises(PartnerError):
            server.invite(dt.timedelta(hours=1))
