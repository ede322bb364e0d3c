# SPDX-License-Identifier: Apache-2.0
"""What the adapter leans on in Flower: every undocumented name, its parameters, the fields of its messages.

When this fails after an update of flwr, the adapter must be read again, line by line; nothing else uses these names.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
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
)
from flwr.proto.message_pb2 import Metadata as WireMetadata
from flwr.proto.node_pb2 import Node
from flwr.supercore.constant import FLEET_HTTP_PUBLIC_KEY_HEADER

import lwnode_protocols
from lwnode.errors import SettingsError
from lwnode_protocols.adapter import version as adapter_version
from tests.support.federation import node_key
from tests.support.fleet import Bench

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
