# SPDX-License-Identifier: Apache-2.0
"""Our flat records as Flower messages, and back.

Rules
-----
* A message holds exactly one `ConfigRecord`, under one name.
* Every record gets a nonce.  Flower stores objects by their content, across messages: two equal records would be one
  object, and the first receipt would delete the second's.
* What a message says of itself (sender, what it answers) is never read from the objects of a stranger; it comes from
  the call that was authenticated.

Called by `lwnode_protocols.adapter.fleet` and `lwnode_protocols.mailbox`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from flwr.app import ConfigRecord, Message, Metadata, RecordDict
from flwr.app.message import make_message, remove_content_from_message
from flwr.common.serde import message_to_proto
from flwr.proto.message_pb2 import Message as WireMessage
from flwr.proto.message_pb2 import ObjectTree
from flwr.supercore.date import now
from flwr.supercore.inflatable.inflatable_object import (
    UnexpectedObjectContentError,
    get_all_nested_objects,
    get_object_tree,
    no_object_id_recompute,
)
from flwr.supercore.inflatable.inflatable_utils import inflate_object_from_contents
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it ships no types

from lwnode.errors import DocumentError
from lwnode_protocols.messages import Fields, Value

NAME = "lwnode"
_NONCE = "nonce"
_HOSTILE = (
    UnexpectedObjectContentError,
    DecodeError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    RecursionError,
)  # what Flower raises over objects that are not what they should be


@dataclass(frozen=True, slots=True)
class Packed:
    """A message taken apart for the wire: its head, the tree of its objects, and their contents by id."""

    identity: str
    head: WireMessage
    tree: ObjectTree
    objects: Mapping[str, bytes]


def record(fields: Mapping[str, Value]) -> RecordDict:
    """Return the fields as the content of a message."""
    return RecordDict({NAME: ConfigRecord({**fields, _NONCE: secrets.token_bytes(12)})})


def fields_of(message: Message) -> Fields:
    """Return the fields of a message that is ours.

    Raises
    ------
    DocumentError
        An error reply, or a message of another make.
    """
    if message.has_error() or not message.has_content():
        raise DocumentError("a message without content")
    found = message.content.config_records.get(NAME)
    if found is None or len(message.content) != 1:
        raise DocumentError("a message that is not ours")
    return {name: value for name, value in found.items() if name != _NONCE}


def instruction(
    fields: Mapping[str, Value], *, kind: str, run: int, task: int, source: int, node: int, seconds: float
) -> Message:
    """Return a message from the hub to a node.

    Built from metadata, because the documented constructor reads the run from a variable of the whole process.
    """
    metadata = Metadata(
        run_id=run,
        message_id="",
        src_node_id=source,
        dst_node_id=node,
        reply_to_message_id="",
        group_id="",
        created_at=now().timestamp(),
        ttl=seconds,
        message_type=f"query.{kind}",
        src_task_id=task,
    )
    metadata.delivered_at = ""
    return make_message(metadata=metadata, content=record(fields))


def pack(message: Message) -> Packed:
    """Take a message apart for the wire."""
    message.metadata.__dict__["_message_id"] = message.object_id
    with no_object_id_recompute():
        return Packed(
            identity=message.metadata.message_id,
            head=message_to_proto(remove_content_from_message(message)),
            tree=get_object_tree(message),
            objects={name: part.deflate() for name, part in get_all_nested_objects(message).items()},
        )


def unpack(identity: str, objects: Mapping[str, bytes]) -> Message:
    """Put a message together from its objects.

    Parameters
    ----------
    identity : str
        Id of the message, which is the id of its root object.
    objects : mapping
        Contents by id, all of them.

    Raises
    ------
    DocumentError
        They do not make a message.
    """
    try:
        message = inflate_object_from_contents(identity, dict(objects))
    except _HOSTILE as error:
        raise DocumentError("objects that do not make a message") from error
    if not isinstance(message, Message):
        raise DocumentError("objects that do not make a message")
    message.metadata.__dict__["_message_id"] = identity
    return message


def object_ids(tree: ObjectTree, limit: int) -> tuple[str, ...]:
    """Return the ids of all objects of a tree, the children first.

    Raises
    ------
    DocumentError
        More than ``limit`` objects.
    """
    waiting, found = [tree], []
    while waiting:
        branch = waiting.pop()
        found.append(str(branch.object_id))
        waiting.extend(branch.children)
        if len(found) + len(waiting) > limit:
            raise DocumentError("a message of too many objects")
    return tuple(reversed(found))
