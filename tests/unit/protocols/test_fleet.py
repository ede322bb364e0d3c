# SPDX-License-Identifier: Apache-2.0
"""Flower's hub, embedded: the same statuses as its own app, messages and replies, and nothing left behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flwr.common.constant import TIMESTAMP_HEADER
from flwr.proto.fleet_pb2 import PullMessagesRequest, PushMessagesRequest, PushMessagesResponse
from flwr.proto.heartbeat_pb2 import SendNodeHeartbeatRequest
from flwr.proto.message_pb2 import ObjectTree, PullObjectRequest, PushObjectRequest, PushObjectResponse
from flwr.proto.node_pb2 import Node
from flwr.supercore.constant import FLEET_HTTP_PUBLIC_KEY_HEADER, FLEET_HTTP_SIGNATURE_HEADER

from lwnode.errors import DocumentError
from lwnode_protocols.adapter.records import fields_of, pack, record, unpack
from lwnode_protocols.asgi import Refusal
from tests.support.federation import node_key
from tests.support.fleet import Answerer, Bench, lowered


@pytest.fixture
def bench() -> Bench:
    return Bench()


def bodies(node: int) -> dict[str, bytes]:
    named = Node(node_id=node)
    return {
        "pull-messages": PullMessagesRequest(node=named).SerializeToString(),
        "send-node-heartbeat": SendNodeHeartbeatRequest(node=named, heartbeat_interval=30).SerializeToString(),
    }


def test_the_content_type_is_flowers(bench: Bench) -> None:
    from flwr.supercore.protobuf.constants import PROTOBUF_MEDIA_TYPE

    from lwnode_protocols import wall

    assert wall._PROTOBUF == PROTOBUF_MEDIA_TYPE


@pytest.mark.parametrize("name", ["pull-messages", "send-node-heartbeat"])
@pytest.mark.parametrize(
    "case",
    ["good", "bad signature", "no signature", "no time", "no key", "stale", "future", "unknown key", "foreign number"],
)
def test_statuses_are_those_of_flowers_own_app(bench: Bench, name: str, case: str) -> None:
    node = bench.members[0].node
    headers = bench.headers()
    if case == "bad signature":
        headers[FLEET_HTTP_SIGNATURE_HEADER] = bench.headers(bench.keys[1])[FLEET_HTTP_SIGNATURE_HEADER]
    elif case in ("no signature", "no time", "no key"):
        names = {
            "signature": FLEET_HTTP_SIGNATURE_HEADER,
            "time": TIMESTAMP_HEADER,
            "key": FLEET_HTTP_PUBLIC_KEY_HEADER,
        }
        del headers[names[case.removeprefix("no ")]]
    elif case == "stale":
        headers = bench.headers(time=datetime.now(UTC) - timedelta(seconds=400))
    elif case == "future":
        headers = bench.headers(time=datetime.now(UTC) + timedelta(seconds=60))
    elif case == "unknown key":
        headers = bench.headers(node_key())
    elif case == "foreign number":
        node = bench.members[1].node
    theirs, ours = bench.both(name, bodies(node)[name], headers)
    assert ours == theirs == (200 if case == "good" else 401)


def test_an_impossible_heartbeat_has_flowers_status(bench: Bench) -> None:
    body = SendNodeHeartbeatRequest(node=Node(node_id=bench.members[0].node), heartbeat_interval=1).SerializeToString()
    theirs, ours = bench.both("send-node-heartbeat", body, bench.headers())
    assert ours == theirs == 400


def test_calls_in_a_run_that_is_not_there_fail_on_both_paths(bench: Bench) -> None:
    node = Node(node_id=bench.members[0].node)
    body = PullObjectRequest(node=node, run_id=5, object_id="0" * 64).SerializeToString()
    theirs, ours = bench.both("pull-object", body, bench.headers())
    assert (theirs, ours) == (500, 410)


def test_a_message_goes_out_and_its_reply_comes_back(bench: Bench) -> None:
    member = bench.members[0]
    identity = bench.fleet.send(member.node, "mailbox", {"ack": 3}, seconds=60)
    assert bench.rung == [member.node]
    assert bench.fleet.has_mail(member.node)
    node = Answerer(bench, member)
    message = node.read(node.pull())
    assert fields_of(message) == {"ack": 3}
    assert not bench.fleet.has_mail(member.node)
    reply = node.reply(message, {"have": 9}, push=False)
    assert reply.to == identity
    assert not bench.fleet.complete(reply)
    reply = None
    assert not node.pull().messages_list


def test_a_complete_reply_can_be_taken_and_leaves_nothing_behind(bench: Bench) -> None:
    member = bench.members[0]
    empty = len(bench.fleet.state.object_store)  # type: ignore[arg-type]  # the one in memory has a length
    bench.fleet.send(member.node, "mailbox", {"ack": 3}, seconds=60)
    node = Answerer(bench, member)
    reply = node.reply(node.read(node.pull()), {"have": 9})
    assert bench.fleet.complete(reply)
    assert bench.fleet.take(reply) == {"have": 9}
    state = bench.fleet.state
    assert len(state.object_store) == empty  # type: ignore[arg-type]
    assert (state.num_message_ins(), state.num_message_res()) == (0, 0)
    assert state._object_push_sessions == {}


def test_what_is_forgotten_leaves_nothing_behind(bench: Bench) -> None:
    member = bench.members[0]
    empty = len(bench.fleet.state.object_store)  # type: ignore[arg-type]
    unread = bench.fleet.send(member.node, "mailbox", {"ack": 3}, seconds=60)
    bench.fleet.forget([unread, "never-sent"])
    assert not bench.fleet.has_mail(member.node)
    answered = bench.fleet.send(member.node, "mailbox", {"ack": 4}, seconds=60)
    node = Answerer(bench, member)
    node.reply(node.read(node.pull()), {"have": 9})
    bench.fleet.forget([answered])
    state = bench.fleet.state
    assert len(state.object_store) == empty  # type: ignore[arg-type]
    assert (state.num_message_ins(), state.num_message_res()) == (0, 0)


def test_nobody_answers_for_another_and_nobody_twice(bench: Bench) -> None:
    member, other = bench.members
    bench.fleet.send(member.node, "mailbox", {"ack": 3}, seconds=60)
    node, thief = Answerer(bench, member), Answerer(bench, other)
    message = node.read(node.pull())
    with pytest.raises(Refusal) as caught:
        thief.reply(message, {"have": 9})
    assert caught.value.status == 400, "the sender is another than the caller"
    message.metadata.__dict__["_dst_node_id"] = other.node
    with pytest.raises(Refusal) as caught:
        thief.reply(message, {"have": 9})
    assert caught.value.status == 410, "it was not asked"
    message.metadata.__dict__["_dst_node_id"] = member.node
    node.reply(message, {"have": 9})
    with pytest.raises(Refusal) as caught:
        node.reply(message, {"have": 10})
    assert caught.value.status == 410, "it answered already"


def test_a_reply_of_many_objects_is_refused(bench: Bench) -> None:
    member = bench.members[0]
    bench.fleet.send(member.node, "mailbox", {"ack": 3}, seconds=60)
    node = Answerer(bench, member)
    message = node.read(node.pull())
    tree = ObjectTree(object_id="0" * 64, children=[ObjectTree(object_id=f"{i:064x}") for i in range(20)])
    from flwr.app import Message

    packed = pack(Message(record({"have": 1}), reply_to=message))
    packed.head.metadata.message_id = tree.object_id
    with pytest.raises(Refusal) as caught:
        node.call(
            "push-messages",
            PushMessagesRequest(node=node.node, messages_list=[packed.head], message_object_trees=[tree]),
        )
    assert caught.value.status == 400


def test_an_object_with_other_content_than_its_name_completes_no_reply(bench: Bench) -> None:
    member = bench.members[0]
    bench.fleet.send(member.node, "mailbox", {"ack": 3}, seconds=60)
    node = Answerer(bench, member)
    message = node.read(node.pull())
    from flwr.app import Message

    packed = pack(Message(record({"have": 1}), reply_to=message))
    answer = node.call(
        "push-messages",
        PushMessagesRequest(node=node.node, messages_list=[packed.head], message_object_trees=[packed.tree]),
        PushMessagesResponse,
    )
    reply = node.last.reply
    for name in answer.objects_to_push:
        stored = node.call(
            "push-object",
            PushObjectRequest(
                node=node.node,
                run_id=message.metadata.run_id,
                session_id=answer.session_id,
                object_id=name,
                object_content=b"other",
            ),
            PushObjectResponse,
        ).stored
        assert not stored
    assert not bench.fleet.complete(reply)


def test_a_record_that_is_not_ours_is_a_document_error() -> None:
    from flwr.app import ConfigRecord, Message, RecordDict

    from lwnode_protocols.adapter.records import instruction

    for content in (RecordDict(), RecordDict({"other": ConfigRecord({"a": 1})})):
        message: Message = instruction({"a": 1}, kind="mailbox", run=1, task=2, source=1, node=3, seconds=60.0)
        message.content = content
        packed = pack(message)
        with pytest.raises(DocumentError):
            fields_of(unpack(packed.identity, packed.objects))


def test_a_run_that_flower_ended_is_opened_anew(bench: Bench) -> None:
    member = bench.members[0]
    bench.fleet.send(member.node, "mailbox", {"ack": 3}, seconds=60)
    assert bench.fleet.beat()
    assert bench.fleet.state.stop_run(bench.fleet._run)
    assert not bench.fleet.beat()
    bench.fleet.reopen()
    assert bench.fleet.beat()
    assert not bench.fleet.has_mail(member.node)
    bench.fleet.send(member.node, "mailbox", {"ack": 4}, seconds=60)
    node = Answerer(bench, member)
    reply = node.reply(node.read(node.pull()), {"have": 9})
    assert bench.fleet.take(reply) == {"have": 9}


def test_an_expelled_member_is_a_stranger(bench: Bench) -> None:
    member = bench.members[0]
    assert bench.fleet.authenticate(lowered(bench.headers()), datetime.now(UTC)) == member
    assert bench.fleet.expel("0") == (member.node,)
    with pytest.raises(Refusal) as caught:
        bench.fleet.authenticate(lowered(bench.headers()), datetime.now(UTC))
    assert caught.value.reason == "unknown-member"


def test_a_crashed_node_is_released_at_once(bench: Bench) -> None:
    member = bench.members[0]
    assert not bench.fleet.state.activate_node(member.node, 30), "Flower still counts it as on-line"
    bench.fleet.release(member.node)
    assert bench.fleet.state.activate_node(member.node, 30)
