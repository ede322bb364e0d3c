# SPDX-License-Identifier: Apache-2.0
"""The node's side of Flower: its Fleet client over a connection of ours.

Rules
-----
* Flower's own loop is not used: it handles one message at a time, sleeps seconds in between, and ends the process when
  it is unhappy.  Nor is its version check on answers, by which a hub could end a node's process.
* Flower signs a timestamp, and a hub accepts it up to 5 s from the future.  So the time comes from the connection,
  which follows the hub's clock where this computer's is off.
* Errors come out as ours.

Called by `lwnode_protocols.connection`.
"""

from __future__ import annotations

import contextlib
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from flwr.app import Context, Message, RecordDict
from flwr.common.constant import HEARTBEAT_DEFAULT_INTERVAL, TIMESTAMP_HEADER
from flwr.proto.fleet_pb2 import (
    ActivateNodeRequest,
    DeactivateNodeRequest,
    PullMessagesRequest,
    PushMessagesRequest,
)
from flwr.proto.message_pb2 import ConfirmMessageReceivedRequest, ObjectTree, PullObjectRequest, PushObjectRequest
from flwr.proto.node_pb2 import Node
from flwr.supercore.constant import FLEET_HTTP_PUBLIC_KEY_HEADER, FLEET_HTTP_SIGNATURE_HEADER
from flwr.supercore.primitives.asymmetric import public_key_to_bytes, sign_message
from flwr.supercore.protobuf.client import ProtobufCall, ProtobufRequestContext
from flwr.supernode.fleet_http_client import FleetHttpClient

from lwnode.errors import DocumentError, PartnerError, UnreachableError
from lwnode_protocols.adapter import version
from lwnode_protocols.adapter.records import object_ids, pack, unpack

_OBJECTS = 16  # of one message


class FleetRefusedError(PartnerError):
    """The hub refused a call: a status from 400 to 499.

    Parameters
    ----------
    status : int
    reason : str
        A short word.
    hub_time : datetime, optional
        What the hub's clock showed, to the second.
    """

    code = "LW-FLEET"

    def __init__(self, status: int, reason: str = "", *, hub_time: datetime | None = None) -> None:
        super().__init__(f"the hub answered {status} {reason}".strip())
        self.status = status
        self.hub_time = hub_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A message that waits at the hub: its kind, its run, the tree of its objects."""

    kind: str
    run: int
    tree: Any


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPStatusError as error:
        answer = error.response
        if answer.status_code >= 500:
            raise UnreachableError(f"the hub answered {answer.status_code}") from error
        try:
            hub_time = parsedate_to_datetime(answer.headers.get("date", ""))
        except ValueError:
            hub_time = None
        raise FleetRefusedError(answer.status_code, answer.text[:80], hub_time=hub_time) from error
    except (httpx.HTTPError, ValueError) as error:  # a ValueError is an answer that is no message of Flower's
        raise UnreachableError(str(error) or type(error).__name__) from error


class _Signer:
    """Signs every call as Flower's own interceptor does, at a time that is given."""

    def __init__(self, key: EllipticCurvePrivateKey, now: Callable[[], datetime]) -> None:
        self._key = key
        self._now = now
        self._pem = b64encode(public_key_to_bytes(key.public_key())).decode("ascii")

    def intercept(self, context: ProtobufRequestContext, call_next: ProtobufCall) -> httpx.Response:
        """Add the headers and go on."""
        stamp = self._now().isoformat()
        context.request.headers.update(
            {
                FLEET_HTTP_PUBLIC_KEY_HEADER: self._pem,
                TIMESTAMP_HEADER: stamp,
                FLEET_HTTP_SIGNATURE_HEADER: b64encode(sign_message(self._key, stamp.encode("ascii"))).decode("ascii"),
            }
        )
        return call_next(context)


class FleetClient:
    """Speaks Flower's Fleet protocol for one node.

    Parameters
    ----------
    http : httpx.Client
        With the hub's address as base; stays the caller's to close.
    key : EllipticCurvePrivateKey
        The node's key for this hub.
    now : callable
        Returns the time, aware.
    """

    def __init__(self, http: httpx.Client, key: EllipticCurvePrivateKey, *, now: Callable[[], datetime]) -> None:
        version.check()
        self._pem = public_key_to_bytes(key.public_key())
        self._calls = FleetHttpClient(
            str(http.base_url),
            interceptors=[_Signer(key, now)],
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # trusts nobody: the client it is for is replaced next
        )
        self._calls._client.close()
        self._calls._client = http  # pinned certificate, counted bytes
        self._node = Node()

    def activate(self) -> None:
        """Become known to the hub's Flower, under a number that is new at every start of the hub.

        Raises
        ------
        FleetRefusedError
            412: this key is not a member's.
        UnreachableError
            Nobody answered.
        """
        with _errors():
            answer = self._calls.ActivateNode(
                ActivateNodeRequest(public_key=self._pem, heartbeat_interval=HEARTBEAT_DEFAULT_INTERVAL)
            )
        self._node = Node(node_id=answer.node_id)

    def leave(self) -> None:
        """Say goodbye.

        Raises
        ------
        FleetRefusedError, UnreachableError
            The hub will notice by itself.
        """
        with _errors():
            self._calls.DeactivateNode(DeactivateNodeRequest(node_id=self._node.node_id))

    def poll(self) -> Parcel | None:
        """Ask for a message; the hub holds the question for some seconds.  None where there was nothing.

        Raises
        ------
        FleetRefusedError
            401: activate again.
        UnreachableError
            Nobody answered.
        """
        with _errors():
            answer = self._calls.PullMessages(PullMessagesRequest(node=self._node))
        if not answer.messages_list:
            return None
        head = answer.messages_list[0].metadata
        return Parcel(kind=head.message_type, run=head.run_id, tree=answer.message_object_trees[0])

    def fetch(self, parcel: Parcel) -> Message:
        """Fetch a message's objects and put it together.

        Raises
        ------
        FleetRefusedError, UnreachableError
            The hub forgot it, or is gone.
        DocumentError
            It is not a message.
        """
        tree: ObjectTree = parcel.tree
        objects: dict[str, bytes] = {}
        for name in object_ids(tree, _OBJECTS):
            with _errors():
                part = self._calls.PullObject(PullObjectRequest(node=self._node, run_id=parcel.run, object_id=name))
            if not part.object_found or not part.object_available:
                raise DocumentError("a message whose objects are gone")
            objects[name] = part.object_content
        with _errors():
            self._calls.ConfirmMessageReceived(
                ConfirmMessageReceivedRequest(node=self._node, run_id=parcel.run, message_object_id=tree.object_id)
            )
        return unpack(tree.object_id, objects)

    def reply(self, message: Message) -> None:
        """Send a reply, its head first, then its objects.

        Raises
        ------
        FleetRefusedError, UnreachableError
            It may or may not have arrived; nothing depends on it.
        """
        packed = pack(message)
        with _errors():
            answer = self._calls.PushMessages(
                PushMessagesRequest(
                    node=self._node,
                    messages_list=[packed.head],
                    message_object_trees=[packed.tree],
                    clientapp_runtime_list=[0.0],
                )
            )
            for name in answer.objects_to_push:
                if name in packed.objects:
                    self._calls.PushObject(
                        PushObjectRequest(
                            node=self._node,
                            run_id=message.metadata.run_id,
                            session_id=answer.session_id,
                            object_id=name,
                            object_content=packed.objects[name],
                        )
                    )

    def context(self) -> Context:
        """Return what a `ClientApp` is called with."""
        return Context(run_id=0, node_id=self._node.node_id, node_config={}, state=RecordDict(), run_config={})
