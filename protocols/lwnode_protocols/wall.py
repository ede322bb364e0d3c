# SPDX-License-Identifier: Apache-2.0
"""The wall: the only ASGI application that faces the network, with Flower's inside.

Rules
-----
* What is not in the table is 404: Flower's Control API (which starts runs, that is, code), its Runtime API, its
  documentation, its registration of nodes, and its calls for runs and app bundles.  No app bundle is ever accepted.
* In this order: path and method, who asks (from the headers), the announced length, and only then the body.  The body
  of a stranger is never read.
* Every body has a limit by its path, and a limit of patience.
* A poll is held until something is there for the node, and counts as its heartbeat.  It ends when the node hangs up,
  polls again or activates itself again, and when the hub stops: no message is handed to a connection that is dead, or
  that only the hub still believes in.

Called by uvicorn, on the thread that `lwnode_protocols.hub` starts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.types import Message, Receive, Scope, Send

from lwnode_protocols.asgi import Refusal, answer, headers_of, hung_up, length_of, read_body, refuse
from lwnode_protocols.grid import UNKNOWN, Enrolled
from lwnode_protocols.limits import HubLimits

if TYPE_CHECKING:
    from lwnode_protocols.adapter.dispatch import Dispatcher
    from lwnode_protocols.adapter.fleet import Fleet
    from lwnode_protocols.relay import Relay

FLEET = "/v1/fleet/"
BLOB = "/lw/v1/blob/"
JOIN = "/lw/v1/join"
ACTIVATE = "activate-node"
DEACTIVATE = "deactivate-node"
CALLS: Mapping[str, str] = {
    ACTIVATE: "call",
    DEACTIVATE: "call",
    "send-node-heartbeat": "call",
    "pull-messages": "call",
    "push-messages": "message",
    "push-object": "part",
    "pull-object": "call",
    "confirm-message-received": "call",
}
"""The Fleet calls that are let through, each with the field of `HubLimits` that bounds its body."""

Route = Callable[[Scope, Mapping[str, str], Receive, Send], Awaitable[None]]
_PROTOBUF = "application/protobuf"


class Bell:
    """Wakes the polls of a node, from any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._polls: dict[int, set[asyncio.Event]] = {}
        self._closed = False

    def ring(self, node: int) -> None:
        """Wake the node's polls."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._set, node)

    def close(self) -> None:
        """Wake all polls for good."""
        loop = self._loop
        self._closed = True
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._set, *self._polls)

    def _set(self, *nodes: int) -> None:
        for node in nodes:
            for event in self._polls.get(node, ()):
                event.set()

    @property
    def closed(self) -> bool:
        """Whether the hub is about to stop."""
        return self._closed

    async def wait(self, node: int, ready: Callable[[], bool], seconds: float) -> None:
        """Return once ``ready()`` holds, the time is over or the bell was closed."""
        self._loop = asyncio.get_running_loop()
        event = asyncio.Event()
        polls = self._polls.setdefault(node, set())
        polls.add(event)
        until = time.monotonic() + seconds
        try:
            while not ready() and not self._closed and (left := until - time.monotonic()) > 0:
                event.clear()
                if ready() or self._closed:
                    return
                try:
                    await asyncio.wait_for(event.wait(), left)
                except TimeoutError:
                    return
        finally:
            polls.discard(event)
            if not polls:
                self._polls.pop(node, None)


class Wall:
    """The ASGI application.

    Parameters
    ----------
    fleet, dispatcher : Fleet, Dispatcher
        Flower, embedded.
    relay : Relay
        Told of polls, replies and nodes that come and go.
    bell : Bell
    join, blob : route
        Our own routes; they check what they are given themselves.
    limits : HubLimits
    now : callable
        Returns the time, aware.
    """

    def __init__(
        self,
        fleet: Fleet,
        dispatcher: Dispatcher,
        relay: Relay,
        bell: Bell,
        *,
        join: Route,
        blob: Route,
        limits: HubLimits,
        now: Callable[[], datetime],
    ) -> None:
        self._fleet = fleet
        self._dispatcher = dispatcher
        self._relay = relay
        self._bell = bell
        self._join = join
        self._blob = blob
        self._limits = limits
        self._now = now
        self._turns: dict[int, int] = {}  # node → its latest poll or activation; earlier polls are over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            return
        try:
            await self._serve(scope, receive, send)
        except Refusal as refusal:
            await refuse(send, refusal, close=scope["method"] not in ("GET", "HEAD"))

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        if self._bell.closed:
            raise Refusal(503, "stopping")
        if path.startswith(FLEET) and method == "POST" and path.removeprefix(FLEET) in CALLS:
            await self._call(path.removeprefix(FLEET), scope, receive, send)
        elif path == JOIN and method == "POST":
            await self._join(scope, headers_of(scope), receive, send)
        elif path.startswith(BLOB) and method in ("HEAD", "GET", "PUT"):
            await self._blob(scope, headers_of(scope), receive, send)
        else:
            raise Refusal(404)

    # ---------------------------------------------------------------- Fleet
    async def _call(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        try:
            member = self._fleet.authenticate(headers, self._now())
        except Refusal as refusal:
            if name == ACTIVATE and refusal.reason == UNKNOWN:
                raise Refusal(412, UNKNOWN) from refusal  # as Flower's app says it
            raise
        length = length_of(headers, getattr(self._limits, CALLS[name]))
        body = await read_body(receive, length, self._limits.body_seconds)
        if name in (ACTIVATE, DEACTIVATE):
            if name == ACTIVATE:
                self._turn(member)
                self._fleet.release(member.node)
            status = await self._pass_on(body, scope, receive, send)
            if status == 200 and name == ACTIVATE:
                self._relay.arrived(member)
            elif status == 200:
                self._relay.left(member.node)
            return
        call = self._dispatcher.parse(name, body, member)
        if name == "pull-messages" and not await self._hold(member, receive):
            return
        reply = self._dispatcher.serve(call)
        await answer(send, 200, reply, kind=_PROTOBUF)
        if call.reply is not None and self._dispatcher.kept(call):
            self._relay.replied(call.reply)
        elif name == "push-object":
            self._relay.nudge()

    async def _pass_on(self, body: bytes, scope: Scope, receive: Receive, send: Send) -> int:
        """Let Flower's app serve the call, and return its status."""
        unread = [body]
        status = 0

        async def replay() -> Message:
            if unread:
                return {"type": "http.request", "body": unread.pop(), "more_body": False}
            return await receive()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        await self._fleet.app(scope, replay, watch)
        return status

    def _turn(self, member: Enrolled) -> int:
        """Begin another turn of the node, which ends the polls of earlier ones, and return it."""
        turn = self._turns[member.node] = self._turns.get(member.node, 0) + 1
        self._bell.ring(member.node)
        return turn

    async def _hold(self, member: Enrolled, receive: Receive) -> bool:
        """Hold a poll until there is something for the node; False where the node hung up meanwhile.

        Raises
        ------
        Refusal
            401: blocked meanwhile; 410: the node has polled or activated itself again.
        """
        node, turn = member.node, self._turn(member)
        self._fleet.heard(node)
        self._relay.polled(member)

        def due() -> bool:
            return self._fleet.has_mail(node) or self._turns[node] != turn or not self._fleet.knows(member)

        gone = asyncio.ensure_future(hung_up(receive))
        rung = asyncio.ensure_future(self._bell.wait(node, due, self._limits.poll_seconds))
        try:
            await asyncio.wait({gone, rung}, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                return False
        finally:
            for task in (gone, rung):
                task.cancel()
            await asyncio.gather(gone, rung, return_exceptions=True)
        if self._turns[node] != turn:
            raise Refusal(410, "superseded")
        if not self._fleet.knows(member):
            raise Refusal(401, UNKNOWN)
        return True
