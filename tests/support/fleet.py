# SPDX-License-Identifier: Apache-2.0
"""The hub's side of Flower without a network: two members, and the node's half of an exchange."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from flwr.app import Message
from flwr.common.constant import TIMESTAMP_HEADER
from flwr.proto.fleet_pb2 import PullMessagesRequest, PullMessagesResponse, PushMessagesRequest, PushMessagesResponse
from flwr.proto.message_pb2 import (
    ConfirmMessageReceivedRequest,
    PullObjectRequest,
    PullObjectResponse,
    PushObjectRequest,
)
from flwr.proto.node_pb2 import Node
from flwr.supercore.constant import FLEET_HTTP_PUBLIC_KEY_HEADER, FLEET_HTTP_SIGNATURE_HEADER
from flwr.supercore.primitives.asymmetric import public_key_to_bytes, sign_message
from starlette.types import Receive, Scope, Send

from lwnode_protocols.adapter.dispatch import Dispatcher
from lwnode_protocols.adapter.fleet import Fleet
from lwnode_protocols.adapter.records import pack, record, unpack
from lwnode_protocols.asgi import Refusal, answer, headers_of, refuse
from lwnode_protocols.grid import Enrolled
from tests.support.asgi import ask
from tests.support.federation import node_key


def lowered(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


class Bench:
    """A fleet of two members, one of them active, and both ways to call it."""

    def __init__(self) -> None:
        self.rung: list[int] = []
        self.fleet = Fleet(self.rung.append)
        self.dispatcher = Dispatcher(self.fleet, objects=16)
        self.keys = [node_key(), node_key()]
        self.members = [
            self.fleet.enroll(key.public_key(), member=str(place), name=f"n{place}")
            for place, key in enumerate(self.keys)
        ]
        assert self.fleet.state.activate_node(self.members[0].node, 30)

    def headers(self, key: Any = None, *, time: datetime | None = None, **changed: str) -> dict[str, str]:
        signer = key or self.keys[0]
        stamp = (time or datetime.now(UTC)).isoformat()
        made = {
            FLEET_HTTP_PUBLIC_KEY_HEADER: b64encode(public_key_to_bytes(signer.public_key())).decode(),
            TIMESTAMP_HEADER: stamp,
            FLEET_HTTP_SIGNATURE_HEADER: b64encode(sign_message(signer, stamp.encode())).decode(),
        }
        return {name: changed.get(name.replace("-", "_"), value) for name, value in made.items()}

    def check(self, headers: dict[str, str], key: Any) -> None:
        """Accept the headers of a key, or fail."""
        enrolled = self.fleet.enroll(key.public_key(), member="new", name="new")
        assert self.fleet.authenticate(lowered(headers), datetime.now(UTC)) == enrolled

    async def direct(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve as the wall does."""
        headers = headers_of(scope)
        try:
            member = self.fleet.authenticate(headers, datetime.now(UTC))
            body = (await receive())["body"]
            call = self.dispatcher.parse(scope["path"].rsplit("/", 1)[-1], body, member)
            await answer(send, 200, self.dispatcher.serve(call))
        except Refusal as refusal:
            await refuse(send, refusal)

    def both(self, name: str, body: bytes, headers: dict[str, str]) -> tuple[int, int]:
        """Return the status of Flower's app, and ours."""
        typed = {**headers, "content-type": "application/protobuf", "accept": "application/x-protobuf"}
        path = f"/v1/fleet/{name}"
        theirs = asyncio.run(ask(self.fleet.app, "POST", path, headers=typed, body=body))
        ours = asyncio.run(ask(self.direct, "POST", path, headers=typed, body=body))
        return theirs.status, ours.status


class Answerer:
    """The node's half of an exchange, through the dispatcher."""

    def __init__(self, bench: Bench, member: Enrolled) -> None:
        self.bench = bench
        self.member = member
        self.node = Node(node_id=member.node)

    def call(self, name: str, request: Any, response: Any = None) -> Any:
        call = self.bench.dispatcher.parse(name, request.SerializeToString(), self.member)
        body = self.bench.dispatcher.serve(call)
        self.last = call
        return None if response is None else response.FromString(body)

    def pull(self) -> Any:
        return self.call("pull-messages", PullMessagesRequest(node=self.node), PullMessagesResponse)

    def read(self, found: Any) -> Any:
        head, tree = found.messages_list[0], found.message_object_trees[0]
        names, waiting = [], [tree]
        while waiting:
            branch = waiting.pop()
            names.append(branch.object_id)
            waiting.extend(branch.children)
        objects = {
            name: self.call(
                "pull-object",
                PullObjectRequest(node=self.node, run_id=head.metadata.run_id, object_id=name),
                PullObjectResponse,
            ).object_content
            for name in names
        }
        self.call(
            "confirm-message-received",
            ConfirmMessageReceivedRequest(
                node=self.node, run_id=head.metadata.run_id, message_object_id=tree.object_id
            ),
        )
        return unpack(tree.object_id, objects)

    def reply(self, message: Any, fields: Any, *, push: bool = True) -> Any:
        packed = pack(Message(record(fields), reply_to=message))
        request = PushMessagesRequest(
            node=self.node,
            messages_list=[packed.head],
            message_object_trees=[packed.tree],
            clientapp_runtime_list=[0.0],
        )
        answer = self.call("push-messages", request, PushMessagesResponse)
        reply = self.last.reply
        assert self.bench.dispatcher.kept(self.last)
        for name in answer.objects_to_push if push else ():
            self.call(
                "push-object",
                PushObjectRequest(
                    node=self.node,
                    run_id=message.metadata.run_id,
                    session_id=answer.session_id,
                    object_id=name,
                    object_content=packed.objects[name],
                ),
            )
        return reply
