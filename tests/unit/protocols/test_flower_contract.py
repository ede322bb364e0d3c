# SPDX-License-Identifier: Apache-2.0
"""What the adapter leans on in Flower: every undocumented name, its parameters, the fields of its messages.

When this fails after an update of flwr, the adapter must be read again, line by line; nothing else uses these names.
"""

from __future__ import annotations

import ast
import asyncio
import importlib
import inspect
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from flwr.common.constant import TIMESTAMP_HEADER
from flwr.proto.fleet_pb2 import (
    ActivateNodeRequest,
    ActivateNodeResponse,
    DeactivateNodeRequest,
    PullMessagesRequest,
    PullMessagesResponse,
    PushMessagesRequest,
    PushMessagesResponse,
)
from flwr.proto.heartbeat_pb2 import SendNodeHeartbeatRequest
from flwr.proto.message_pb2 import (
    ConfirmMessageReceivedRequest,
    ObjectTree,
    PullObjectRequest,
    PullObjectResponse,
    PushObjectRequest,
    PushObjectResponse,
)
from flwr.proto.message_pb2 import Metadata as WireMetadata
from flwr.proto.node_pb2 import Node
from flwr.supercore.constant import FLEET_HTTP_PUBLIC_KEY_HEADER, FLEET_HTTP_SIGNATURE_HEADER
from flwr.supercore.primitives.asymmetric import public_key_to_bytes, sign_message
from starlette.types import Receive, Scope, Send

import lwnode_protocols
from lwnode.errors import DocumentError, SettingsError
from lwnode_protocols.adapter import version as adapter_version
from lwnode_protocols.adapter.dispatch import Dispatcher
from lwnode_protocols.adapter.fleet import Fleet
from lwnode_protocols.adapter.records import fields_of, pack, record, unpack
from lwnode_protocols.asgi import Refusal, answer, headers_of, refuse
from lwnode_protocols.grid import Enrolled
from tests.support.asgi import ask
from tests.support.federation import node_key

ROOT = Path(lwnode_protocols.__file__).parent
PUBLIC = ("flwr.app", "flwr.clientapp", "flwr.serverapp")
SIGNATURES = {
    "flwr.superlink.main.create_app": ["config", "superlink_lifespan_class"],
    "flwr.superlink.servicer.fleet.fleet_handlers.pull_messages": ["request", "state", "store"],
    "flwr.superlink.servicer.fleet.fleet_handlers.push_messages": ["request", "state"],
    "flwr.superlink.servicer.fleet.fleet_handlers.push_object": ["request", "state"],
    "flwr.superlink.servicer.fleet.fleet_handlers.pull_object": ["request", "state"],
    "flwr.superlink.servicer.fleet.fleet_handlers.confirm_message_received": ["request", "state", "store"],
    "flwr.superlink.servicer.fleet.fleet_handlers.send_node_heartbeat": ["request", "state"],
    "flwr.supernode.fleet_http_client.FleetHttpClient": [
        "base_url",
        "interceptors",
        "verify",
        "timeout",
        "retry_invoker",
    ],
    "flwr.supercore.primitives.asymmetric.sign_message": ["private_key", "message"],
    "flwr.supercore.primitives.asymmetric.verify_signature": ["public_key", "message", "signature"],
    "flwr.supercore.primitives.asymmetric.public_key_to_bytes": ["public_key"],
    "flwr.app.message.make_message": ["metadata", "content", "error"],
    "flwr.app.message.remove_content_from_message": ["message"],
    "flwr.common.serde.message_to_proto": ["message"],
    "flwr.common.serde.message_from_proto": ["message_proto"],
    "flwr.supercore.date.now": [],
    "flwr.supercore.inflatable.inflatable_object.get_all_nested_objects": ["obj"],
    "flwr.supercore.inflatable.inflatable_object.get_object_tree": ["obj"],
    "flwr.supercore.inflatable.inflatable_object.no_object_id_recompute": [],
    "flwr.supercore.inflatable.inflatable_utils.inflate_object_from_contents": [
        "object_id",
        "object_contents",
        "keep_object_contents",
        "objects",
    ],
}
STATE = {
    "create_run": [
        "fab_id",
        "fab_version",
        "fab_hash",
        "override_config",
        "federation_id",
        "federation_config",
        "flwr_aid",
        "primary_task_type",
    ],
    "get_tasks": ["run_ids"],
    "claim_task": ["task_id"],
    "activate_task": ["task_id"],
    "acknowledge_task_heartbeat": ["task_id"],
    "cleanup_run": ["run_id"],
    "create_node": ["owner_aid", "owner_name", "public_key", "heartbeat_interval", "location", "name"],
    "get_node_id_by_public_key": ["public_key"],
    "deactivate_node": ["node_id"],
    "acknowledge_node_heartbeat": ["node_id", "heartbeat_interval"],
    "start_session": ["run_id"],
    "store_message_and_object_tree": ["message", "object_tree", "session_id"],
    "store_object": ["run_id", "session_id", "object_id", "object_content"],
    "delete_messages": ["message_ins_ids"],
}
FIELDS: dict[Any, set[str]] = {
    ActivateNodeRequest: {"public_key", "heartbeat_interval"},
    ActivateNodeResponse: {"node_id"},
    DeactivateNodeRequest: {"node_id"},
    PullMessagesRequest: {"node"},
    PullMessagesResponse: {"messages_list", "message_object_trees"},
    PushMessagesRequest: {"node", "messages_list", "message_object_trees", "clientapp_runtime_list"},
    PushMessagesResponse: {"objects_to_push", "session_id"},
    SendNodeHeartbeatRequest: {"node", "heartbeat_interval"},
    PushObjectRequest: {"node", "run_id", "session_id", "object_id", "object_content"},
    PullObjectRequest: {"node", "run_id", "object_id"},
    PullObjectResponse: {"object_found", "object_available", "object_content"},
    ConfirmMessageReceivedRequest: {"node", "run_id", "message_object_id"},
    ObjectTree: {"object_id", "children"},
    WireMetadata: {"message_id", "src_node_id", "dst_node_id", "reply_to_message_id", "run_id", "message_type"},
    Node: {"node_id"},
}


def imported(file: Path) -> set[tuple[str, str]]:
    """Return (module, name) of everything that a file imports from flwr."""
    found = set()
    for statement in ast.walk(ast.parse(file.read_text())):
        if isinstance(statement, ast.ImportFrom) and statement.module and statement.module.split(".")[0] == "flwr":
            found |= {(statement.module, alias.name) for alias in statement.names}
        if isinstance(statement, ast.Import):
            found |= {(alias.name, "") for alias in statement.names if alias.name.split(".")[0] == "flwr"}
    return found


def parameters(work: Callable[..., Any]) -> list[str]:
    return [name for name in inspect.signature(work).parameters if name != "self"]


def test_the_installed_release_is_the_one_this_was_written_for() -> None:
    major, minor = map(int, version("flwr").split(".")[:2])
    assert (major, minor) == adapter_version.SUPPORTED == (1, 41)
    assert adapter_version.check() == version("flwr")


@pytest.mark.parametrize("other", ["1.40.9", "1.42.0", "2.41.0", "unknown"])
def test_another_release_is_refused_with_a_remedy(other: str) -> None:
    with pytest.raises(SettingsError) as caught:
        adapter_version.check(other)
    assert "flwr>=1.41,<1.42" in caught.value.hint


def test_only_the_adapter_imports_what_flower_does_not_document() -> None:
    for file in ROOT.rglob("*.py"):
        if file.parent.name != "adapter":
            hidden = {module for module, _ in imported(file) if module not in PUBLIC}
            assert not hidden, f"{file.name} imports {hidden}"


def test_everything_the_adapter_imports_is_there() -> None:
    for file in (ROOT / "adapter").glob("*.py"):
        for module, name in imported(file):
            assert hasattr(importlib.import_module(module), name), f"{module}.{name}, used by {file.name}"


@pytest.mark.parametrize("path", SIGNATURES)
def test_parameters(path: str) -> None:
    module, _, name = path.rpartition(".")
    assert parameters(getattr(importlib.import_module(module), name)) == SIGNATURES[path]


@pytest.mark.parametrize("name", STATE)
def test_parameters_of_the_state(name: str) -> None:
    from flwr.server.superlink.linkstate.in_memory_linkstate import InMemoryLinkState

    found = parameters(getattr(InMemoryLinkState, name))
    assert found[: len(STATE[name])] == STATE[name] or set(STATE[name]) <= set(found)


def test_parameters_of_the_object_store() -> None:
    from flwr.supercore.object_store import ObjectStore

    assert parameters(ObjectStore.get) == parameters(ObjectStore.delete) == ["object_id"]


@pytest.mark.parametrize("message", FIELDS, ids=lambda message: message.DESCRIPTOR.name)
def test_fields_of_the_wire(message: Any) -> None:
    assert FIELDS[message] <= set(message.DESCRIPTOR.fields_by_name)


def test_the_configuration_has_exactly_the_fields_that_are_given() -> None:
    import dataclasses

    from flwr.superlink.config_loader import SuperLinkLifespanConfig

    assert {field.name for field in dataclasses.fields(SuperLinkLifespanConfig)} == {
        *("control_address", "health_server_address", "host", "port", "insecure", "certificates"),
        *("superexec_auth_secret", "authn_plugin", "event_log_plugin", "fleet_event_log_plugin", "enable_event_log"),
        *("artifact_provider", "enable_supernode_auth", "fleet_api_type", "fleet_api_address", "simulation"),
        *("ssl_ca_certfile", "ssl_certfile", "ssl_keyfile", "database", "isolation", "runtime_dependency_install"),
    }


def test_every_error_of_flowers_has_a_status() -> None:
    from flwr.supercore.error import ApiErrorCode
    from flwr.supercore.error.catalog import API_ERROR_MAP

    codes = [code for code in ApiErrorCode if 2_001 <= int(code) <= 3_000]
    assert codes
    assert all(400 <= API_ERROR_MAP[code].http_status_code < 600 for code in codes)


def test_our_signer_signs_as_flowers_own() -> None:
    import httpx
    from flwr.supercore.protobuf.client import ProtobufRequestContext
    from flwr.supernode.node_auth_http_interceptor import NodeAuthHttpInterceptor

    from lwnode_protocols.adapter.client import _Signer

    key = node_key()
    sent = []
    for signer in (NodeAuthHttpInterceptor(key, key.public_key()), _Signer(key, lambda: datetime.now(UTC))):
        request = httpx.Request("POST", "https://hub/v1/fleet/pull-messages")
        context = ProtobufRequestContext(rpc_method="x", message=PullMessagesRequest(), request=request)
        signer.intercept(context, lambda context: sent.append(dict(context.request.headers)) or httpx.Response(200))
    theirs, ours = sent
    assert set(theirs) == set(ours)
    assert theirs[FLEET_HTTP_PUBLIC_KEY_HEADER] == ours[FLEET_HTTP_PUBLIC_KEY_HEADER]
    for headers in sent:
        Bench().check(headers, key)


# ---------------------------------------------------------------- the embedded hub
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


# ---------------------------------------------------------------- a message and its reply, without a network
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
        from flwr.app import Message

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


def lowered(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
