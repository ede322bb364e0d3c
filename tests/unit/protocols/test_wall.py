# SPDX-License-Identifier: Apache-2.0
"""The wall: what is let through, in which order it is checked, and how a poll is held.  No sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import pytest
from starlette.types import Receive, Scope, Send

from lwnode_protocols.asgi import Refusal, answer
from lwnode_protocols.grid import Enrolled, Reply
from lwnode_protocols.limits import HubLimits
from lwnode_protocols.wall import CALLS, Bell, Wall
from tests.support.asgi import Answer, ask
from tests.support.federation import node_key, now

LIMITS = HubLimits(poll_seconds=0.3, body_seconds=0.2)
MEMBER = Enrolled(node=5, member="a" * 64, key=node_key().public_key())
GOOD = {"who": "member"}
REPLY = Reply(to="m", node=5, identity="r", objects=("o",))


class Fleet:
    """Stands for Flower."""

    def __init__(self) -> None:
        self.mail = False
        self.known = True
        self.passed: list[str] = []
        self.released: list[int] = []
        self.beats = 0
        self.app_status = 200

    def authenticate(self, headers: Mapping[str, str], now: datetime) -> Enrolled:
        if headers.get("who") == "stranger":
            raise Refusal(401, "unknown-member")
        if headers.get("who") != "member":
            raise Refusal(401, "signature")
        return MEMBER

    def has_mail(self, node: int) -> bool:
        return self.mail

    def knows(self, enrolled: Enrolled) -> bool:
        return self.known

    def heard(self, node: int) -> None:
        self.beats += 1

    def release(self, node: int) -> None:
        self.released.append(node)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.passed.append(scope["path"])
        message = await receive()
        await answer(send, self.app_status, message["body"])


class Call:
    def __init__(self, name: str, body: bytes) -> None:
        self.name = name
        self.body = body
        self.reply = REPLY if name == "push-messages" else None


class Dispatcher:
    """Stands for Flower's handlers."""

    def __init__(self) -> None:
        self.served: list[tuple[str, bytes]] = []
        self.keeps = True

    def parse(self, name: str, body: bytes, member: Enrolled) -> Call:
        if body == b"stale":
            raise Refusal(401, "node")
        return Call(name, body)

    def serve(self, call: Call) -> bytes:
        self.served.append((call.name, call.body))
        return b"served"

    def kept(self, call: Call) -> bool:
        return self.keeps and call.reply is not None


class Relay:
    def __init__(self) -> None:
        self.told: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *_: self.told.append(name)


class Bench:
    def __init__(self) -> None:
        self.fleet, self.dispatcher, self.relay, self.bell = Fleet(), Dispatcher(), Relay(), Bell()
        self.routes: list[str] = []

        async def route(scope: Scope, headers: Mapping[str, str], receive: Receive, send: Send) -> None:
            self.routes.append(scope["path"])
            await answer(send, 200)

        self.wall = Wall(
            cast(Any, self.fleet),
            cast(Any, self.dispatcher),
            cast(Any, self.relay),
            self.bell,
            join=route,
            blob=route,
            limits=LIMITS,
            now=now,
        )

    def ask(self, method: str, path: str, **more: Any) -> Answer:
        return asyncio.run(ask(self.wall, method, path, **more))

    @property
    def untouched(self) -> bool:
        return not (self.fleet.passed or self.dispatcher.served or self.routes or self.relay.told)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/control/start-run"),
        ("POST", "/v1/control/register-node"),
        ("POST", "/v1/control/stop-run"),
        ("POST", "/v1/control/stream-logs"),
        ("POST", "/v1/control/add-app"),
        ("POST", "/v1/runtime/acquire-task"),
        ("POST", "/v1/runtime/push-messages"),
        ("POST", "/v1/runtime/pull-task-input"),
        ("POST", "/v1/fleet/register-node"),
        ("POST", "/v1/fleet/unregister-node"),
        ("POST", "/v1/fleet/get-run"),
        ("POST", "/v1/fleet/get-fab"),
        ("POST", "/v1/fleet/pull-messages/"),
        ("POST", "/v1/fleet/"),
        ("POST", "/v1/fleet/../control/start-run"),
        ("POST", "//v1/fleet/pull-messages"),
        ("POST", "/V1/fleet/pull-messages"),
        ("GET", "/v1/fleet/pull-messages"),
        ("PUT", "/v1/fleet/push-object"),
        ("GET", "/health"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("GET", "/"),
        ("GET", "/lw/v1/join"),
        ("POST", "/lw/v1/join/"),
        ("DELETE", "/lw/v1/blob/" + "0" * 64),
        ("POST", "/lw/v1/blob/" + "0" * 64),
        ("OPTIONS", "/v1/fleet/pull-messages"),
    ],
)
def test_what_is_not_in_the_table_is_not_there(bench: Bench, method: str, path: str) -> None:
    found = bench.ask(method, path, headers=GOOD, body=b"x")
    assert (found.status, found.read) == (404, 0)
    assert bench.untouched


def test_eight_calls_are_let_through(bench: Bench) -> None:
    assert len(CALLS) == 8
    bench.fleet.mail = True
    for name in CALLS:
        assert bench.ask("POST", f"/v1/fleet/{name}", headers=GOOD, body=b"b").status == 200
    assert {*bench.fleet.passed} == {"/v1/fleet/activate-node", "/v1/fleet/deactivate-node"}
    assert {name for name, _ in bench.dispatcher.served} == {*CALLS} - {"activate-node", "deactivate-node"}


@pytest.mark.parametrize("name", sorted(CALLS))
@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_the_body_of_a_stranger_is_not_read(bench: Bench, name: str, who: str) -> None:
    found = bench.ask("POST", f"/v1/fleet/{name}", headers={"who": who}, body=b"x" * 100)
    assert found.status == (412 if (name, who) == ("activate-node", "stranger") else 401)
    assert found.read == 0
    assert bench.untouched


@pytest.mark.parametrize("name", sorted(CALLS))
def test_bodies_are_bounded_before_they_are_read(bench: Bench, name: str) -> None:
    limit = getattr(LIMITS, CALLS[name])
    found = bench.ask("POST", f"/v1/fleet/{name}", headers=GOOD, body=b"x", length=limit + 1)
    assert (found.status, found.read) == (413, 0)
    assert bench.untouched


@pytest.mark.parametrize(("length", "status"), [(None, 411), (5, 400), (1, 400)])
def test_the_length_must_be_said_and_kept(bench: Bench, length: int | None, status: int) -> None:
    found = bench.ask("POST", "/v1/fleet/push-object", headers=GOOD, body=b"abc", length=length)
    assert found.status == status
    assert bench.dispatcher.served == []


@pytest.mark.parametrize("value", ["-1", "1.5", "٣", "1e3", "+3", " 3", "9" * 30, ""])
def test_lengths_that_are_no_numbers(bench: Bench, value: str) -> None:
    headers = [*GOOD.items(), ("content-length", value.encode().decode("latin-1"))]
    assert bench.ask("POST", "/v1/fleet/push-object", headers=headers, body=b"abc", length=None).status in (411, 413)
    assert bench.dispatcher.served == []


def test_a_header_that_decides_may_be_there_once(bench: Bench) -> None:
    headers = [("who", "member"), ("content-length", "3"), ("content-length", "4")]
    assert bench.ask("POST", "/v1/fleet/push-object", headers=headers, body=b"abc", length=None).status == 400


def test_a_body_that_does_not_come_is_not_waited_for(bench: Bench) -> None:
    async def never() -> Answer:
        found = Answer()
        parts = [{"type": "http.request", "body": b"a", "more_body": True}]

        async def receive() -> Any:
            if parts:
                return parts.pop()
            await asyncio.sleep(60)
            raise AssertionError

        async def send(message: Any) -> None:
            found.status = message.get("status", found.status)

        headers = [(b"who", b"member"), (b"content-length", b"9")]
        scope = {"type": "http", "method": "POST", "path": "/v1/fleet/push-object", "headers": headers}
        await bench.wall(scope, receive, send)
        return found

    assert asyncio.run(never()).status == 408


def test_an_activation_releases_the_node_first_and_is_told_to_the_relay(bench: Bench) -> None:
    bench.ask("POST", "/v1/fleet/activate-node", headers=GOOD, body=b"b")
    assert bench.fleet.released == [MEMBER.node]
    assert bench.relay.told == ["arrived"]


def test_a_refused_activation_is_not(bench: Bench) -> None:
    bench.fleet.app_status = 412
    assert bench.ask("POST", "/v1/fleet/activate-node", headers=GOOD, body=b"b").status == 412
    assert bench.relay.told == []


def test_a_goodbye_is_told_to_the_relay(bench: Bench) -> None:
    bench.ask("POST", "/v1/fleet/deactivate-node", headers=GOOD, body=b"b")
    assert bench.relay.told == ["left"]


def test_a_reply_is_told_to_the_relay_only_where_flower_kept_it(bench: Bench) -> None:
    bench.ask("POST", "/v1/fleet/push-messages", headers=GOOD, body=b"b")
    assert bench.relay.told == ["replied"]
    bench.dispatcher.keeps = False
    bench.ask("POST", "/v1/fleet/push-messages", headers=GOOD, body=b"b")
    assert bench.relay.told == ["replied"]


def test_a_poll_with_mail_is_answered_at_once_and_counts_as_heartbeat(bench: Bench) -> None:
    bench.fleet.mail = True
    start = time.monotonic()
    assert bench.ask("POST", "/v1/fleet/pull-messages", headers=GOOD, body=b"b").body == b"served"
    assert time.monotonic() - start < LIMITS.poll_seconds
    assert bench.fleet.beats == 1
    assert bench.relay.told == ["polled"]


def test_a_poll_without_mail_is_held_and_then_answered(bench: Bench) -> None:
    start = time.monotonic()
    assert bench.ask("POST", "/v1/fleet/pull-messages", headers=GOOD, body=b"b").status == 200
    assert time.monotonic() - start >= LIMITS.poll_seconds


def test_a_held_poll_ends_when_mail_comes(bench: Bench) -> None:
    async def play() -> float:
        start = time.monotonic()
        poll = asyncio.ensure_future(ask(bench.wall, "POST", "/v1/fleet/pull-messages", headers=GOOD, body=b"b"))
        await asyncio.sleep(0.05)
        bench.fleet.mail = True
        await asyncio.to_thread(bench.bell.ring, MEMBER.node)
        assert (await poll).status == 200
        return time.monotonic() - start

    assert asyncio.run(play()) < LIMITS.poll_seconds


@pytest.mark.parametrize("name", ["pull-messages", "activate-node"])
def test_a_message_is_not_handed_to_a_poll_that_a_later_call_made_obsolete(bench: Bench, name: str) -> None:
    """As when a network changed: the node has come back, and the hub still believes in its old connection."""

    async def play() -> tuple[Answer, list[tuple[str, bytes]]]:
        old = asyncio.ensure_future(ask(bench.wall, "POST", "/v1/fleet/pull-messages", headers=GOOD, body=b"old"))
        await asyncio.sleep(0.05)
        new = asyncio.ensure_future(ask(bench.wall, "POST", f"/v1/fleet/{name}", headers=GOOD, body=b"new"))
        await asyncio.sleep(0)  # the mail comes before the old poll had a chance to see the new call
        bench.fleet.mail = True
        bench.bell.ring(MEMBER.node)
        assert (await new).status == 200
        return await old, bench.dispatcher.served

    old, served = asyncio.run(play())
    assert old.status == 410
    assert ("pull-messages", b"old") not in served


def test_a_held_poll_ends_when_its_member_is_blocked(bench: Bench) -> None:
    async def play() -> Answer:
        poll = asyncio.ensure_future(ask(bench.wall, "POST", "/v1/fleet/pull-messages", headers=GOOD, body=b"b"))
        await asyncio.sleep(0.05)
        bench.fleet.known = False
        bench.bell.ring(MEMBER.node)
        return await asyncio.wait_for(poll, 0.2)

    assert asyncio.run(play()).status == 401
    assert bench.dispatcher.served == []


def test_a_poll_with_the_number_of_an_earlier_start_is_not_held(bench: Bench) -> None:
    start = time.monotonic()
    assert bench.ask("POST", "/v1/fleet/pull-messages", headers=GOOD, body=b"stale").status == 401
    assert time.monotonic() - start < LIMITS.poll_seconds


def test_a_message_is_not_handed_to_a_poll_whose_node_hung_up(bench: Bench) -> None:
    found = bench.ask("POST", "/v1/fleet/pull-messages", headers=GOOD, body=b"b", stay=False)
    assert found.status == 0
    assert bench.dispatcher.served == []


def test_a_hub_that_stops_lets_its_polls_go_and_takes_no_more(bench: Bench) -> None:
    async def play() -> tuple[Answer, Answer]:
        poll = asyncio.ensure_future(ask(bench.wall, "POST", "/v1/fleet/pull-messages", headers=GOOD, body=b"b"))
        await asyncio.sleep(0.05)
        bench.bell.close()
        later = await ask(bench.wall, "POST", "/v1/fleet/pull-messages", headers=GOOD, body=b"b")
        return await asyncio.wait_for(poll, 0.2), later

    poll, later = asyncio.run(play())
    assert poll.status == 200
    assert later.status == 503


def test_our_own_routes(bench: Bench) -> None:
    blob = "/lw/v1/blob/" + "0" * 64
    for method, path in (("POST", "/lw/v1/join"), ("HEAD", blob), ("GET", blob), ("PUT", blob)):
        assert bench.ask(method, path).status == 200
    assert bench.routes == ["/lw/v1/join", blob, blob, blob]


def test_a_websocket_is_closed(bench: Bench) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(bench.wall({"type": "websocket", "path": "/v1/fleet/pull-messages"}, cast(Any, None), send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
