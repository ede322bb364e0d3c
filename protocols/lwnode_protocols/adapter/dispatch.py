# SPDX-License-Identifier: Apache-2.0
"""Fleet calls on Flower's own handlers, without the ten middlewares and two thread changes of its app.

Rules
-----
* The wire format and the statuses are Flower's (a test compares both paths); what is refused here and not there is
  named in `Dispatcher.parse`.
* The caller was authenticated from the headers before the body was read.
* Handlers run inline: the state is in memory and answers at once.
* Activation and deactivation are rare and stay with Flower's app.

Called by `lwnode_protocols.wall`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flwr.common.constant import SUPERLINK_NODE_ID
from flwr.proto.fleet_pb2 import PullMessagesRequest, PushMessagesRequest
from flwr.proto.heartbeat_pb2 import SendNodeHeartbeatRequest
from flwr.proto.message_pb2 import ConfirmMessageReceivedRequest, PullObjectRequest, PushObjectRequest
from flwr.supercore.error import FlowerError
from flwr.supercore.error.catalog import API_ERROR_MAP
from flwr.supercore.inflatable.inflatable_object import UnexpectedObjectContentError
from flwr.supercore.object_store import NoObjectInStoreError
from flwr.superlink.servicer.fleet import fleet_handlers
from google.protobuf.message import DecodeError, Message  # type: ignore[import-untyped]  # it ships no types

from lwnode.errors import DocumentError
from lwnode_protocols.adapter.fleet import Fleet
from lwnode_protocols.adapter.records import object_ids
from lwnode_protocols.asgi import Refusal
from lwnode_protocols.grid import Enrolled, Reply

PULL = "pull-messages"
PUSH = "push-messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A Fleet call that may be served: its name, Flower's request, who made it, the reply it announces."""

    name: str
    request: Any
    member: Enrolled
    reply: Reply | None = None


class Dispatcher:
    """Serves six Fleet calls.

    Parameters
    ----------
    fleet : Fleet
    objects : int
        Most objects of one reply.
    """

    def __init__(self, fleet: Fleet, *, objects: int) -> None:
        self._fleet = fleet
        self._objects = objects
        state = fleet.state
        store = state.object_store
        self._calls: Mapping[str, tuple[type[Message], Callable[[Any], Message]]] = {
            PULL: (PullMessagesRequest, lambda request: fleet_handlers.pull_messages(request, state, store)),
            PUSH: (PushMessagesRequest, lambda request: fleet_handlers.push_messages(request, state)),
            "push-object": (PushObjectRequest, lambda request: fleet_handlers.push_object(request, state)),
            "pull-object": (PullObjectRequest, lambda request: fleet_handlers.pull_object(request, state)),
            "confirm-message-received": (
                ConfirmMessageReceivedRequest,
                lambda request: fleet_handlers.confirm_message_received(request, state, store),
            ),
            "send-node-heartbeat": (
                SendNodeHeartbeatRequest,
                lambda request: fleet_handlers.send_node_heartbeat(request, state),
            ),
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The calls that are served here."""
        return tuple(self._calls)

    def parse(self, name: str, body: bytes, member: Enrolled) -> Call:
        """Read a call's body.

        Raises
        ------
        Refusal
            401: the body names another node than the headers, as after a restart of the hub.  Stricter than Flower's
            app: 400 for a reply with other than one message, of too many objects, or from another node than the
            caller; 410 for one to a message that is not under way to the caller.
        """
        try:
            request = self._calls[name][0].FromString(body)
        except DecodeError as error:
            raise Refusal(400, "body") from error
        if request.node.node_id != member.node:
            raise Refusal(401, "node")
        return Call(
            name=name,
            request=request,
            member=member,
            reply=self._reply(request, member) if name == PUSH else None,
        )

    def _reply(self, request: Any, member: Enrolled) -> Reply:
        if len(request.messages_list) != 1 or len(request.message_object_trees) != 1:
            raise Refusal(400, "one-reply")
        head, tree = request.messages_list[0].metadata, request.message_object_trees[0]
        if head.src_node_id != member.node or head.dst_node_id != SUPERLINK_NODE_ID:
            raise Refusal(400, "sender")
        if tree.object_id != head.message_id:
            raise Refusal(400, "objects")
        if not self._fleet.expects(member.node, head.reply_to_message_id):
            raise Refusal(410, "not-asked")
        try:
            objects = object_ids(tree, self._objects)
        except DocumentError as error:
            raise Refusal(400, "objects") from error
        return Reply(to=head.reply_to_message_id, node=member.node, identity=head.message_id, objects=objects)

    def serve(self, call: Call) -> bytes:
        """Run Flower's handler and return the body of the answer.

        Raises
        ------
        Refusal
            With Flower's status; 410 for a run or an object that is not, or no longer, there, where Flower's app
            answers 500.
        """
        try:
            answer: Any = self._calls[call.name][1](call.request)
        except FlowerError as error:
            raise Refusal(API_ERROR_MAP[error.code].http_status_code, f"flower-{int(error.code)}") from error
        except (KeyError, NoObjectInStoreError) as error:
            raise Refusal(410, "gone") from error
        except (ValueError, UnexpectedObjectContentError) as error:
            raise Refusal(400, "content") from error
        if call.name == PULL:
            self._fleet.fetched(call.member.node, [found.metadata.message_id for found in answer.messages_list])
        body: bytes = answer.SerializeToString()
        return body

    def kept(self, call: Call) -> bool:
        """Return whether the reply that a served call announced was kept; False for all other calls."""
        return call.reply is not None and self._fleet.announced(call.reply)
