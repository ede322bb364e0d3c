# SPDX-License-Identifier: Apache-2.0
"""What a hub refuses, asked over real TLS by strangers and by members that misbehave."""

from __future__ import annotations

import hashlib
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from flwr.common.constant import TIMESTAMP_HEADER
from flwr.proto.control_pb2 import StartRunRequest
from flwr.proto.fab_pb2 import Fab, GetFabRequest
from flwr.proto.node_pb2 import Node
from flwr.supercore.constant import FLEET_HTTP_PUBLIC_KEY_HEADER, FLEET_HTTP_SIGNATURE_HEADER
from flwr.supercore.primitives.asymmetric import public_key_to_bytes, sign_message

from lwnode.node.transport import Operation
from lwnode_protocols.limits import HubLimits
from lwnode_protocols.statements import sign_request
from lwnode_protocols.tls import pinned_context
from tests.support.federation import TestHub, TestNode, node_key, nodes, now, running_hub, until

pytestmark = pytest.mark.federation


@contextmanager
def member_of(hub: TestHub, folder: Path) -> Iterator[tuple[TestNode, httpx.Client]]:
    """Give a member that is not connected, and an HTTP client that pins the hub."""
    node = TestNode(folder / "member", "member")
    membership = node.join(hub.invite())
    with httpx.Client(
        base_url=f"https://{membership.address}", verify=pinned_context(membership.certificate), trust_env=False
    ) as client:
        yield node, client


def fleet_headers(node: TestNode) -> dict[str, str]:
    stamp = datetime.now(UTC).isoformat()
    return {
        FLEET_HTTP_PUBLIC_KEY_HEADER: b64encode(public_key_to_bytes(node.key.public_key())).decode(),
        TIMESTAMP_HEADER: stamp,
        FLEET_HTTP_SIGNATURE_HEADER: b64encode(sign_message(node.key, stamp.encode())).decode(),
        "content-type": "application/protobuf",
    }


def test_code_cannot_travel(tmp_path: Path) -> None:
    """Neither a stranger nor a member starts a run, uploads a bundle or fetches one."""
    with running_hub(tmp_path / "hub") as hub, member_of(hub, tmp_path) as (node, client):
        bundle = Fab(hash_str=hashlib.sha256(b"code").hexdigest(), content=b"code")
        start = StartRunRequest(fab=bundle).SerializeToString()
        fetch = GetFabRequest(node=Node(node_id=1), hash_str=bundle.hash_str, run_id=1).SerializeToString()
        for headers in ({"content-type": "application/protobuf"}, fleet_headers(node)):
            for path, body in (
                ("/v1/control/start-run", start),
                ("/v1/control/register-node", b""),
                ("/v1/control/add-app", b""),
                ("/v1/fleet/get-fab", fetch),
                ("/v1/fleet/get-run", fetch),
                ("/v1/fleet/register-node", b""),
                ("/v1/runtime/acquire-task", b""),
                ("/v1/runtime/create-task", b""),
            ):
                assert client.post(path, content=body, headers=headers).status_code == 404, path
        for path in ("/docs", "/openapi.json", "/health", "/v1/responses", "/"):
            assert client.get(path).status_code == 404, path


def test_a_body_that_is_too_large_is_413(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, member_of(hub, tmp_path) as (node, client):
        for path, limit in (
            ("/v1/fleet/push-object", HubLimits().part),
            ("/v1/fleet/push-messages", HubLimits().message),
            ("/v1/fleet/pull-messages", HubLimits().call),
            ("/lw/v1/join", HubLimits().join),
        ):
            answer = client.post(path, content=b"x" * (limit + 1), headers=fleet_headers(node))
            assert answer.status_code == 413, path


def test_a_body_without_a_length_is_411(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, member_of(hub, tmp_path) as (node, client):
        answer = client.post("/v1/fleet/push-object", content=iter([b"x", b"y"]), headers=fleet_headers(node))
        assert answer.status_code == 411


def test_a_stranger_gets_no_further_than_the_headers(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, member_of(hub, tmp_path) as (_node, client):
        stranger = TestNode(tmp_path / "s", "s")
        for path, status in (("pull-messages", 401), ("push-object", 401), ("activate-node", 412)):
            answer = client.post(f"/v1/fleet/{path}", content=b"x" * 10_000_000, headers=fleet_headers(stranger))
            assert answer.status_code == status


def test_a_file_with_other_bytes_than_its_name_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, member_of(hub, tmp_path) as (node, client):
        sha = hashlib.sha256(b"what was announced").hexdigest()
        path = f"/lw/v1/blob/{sha}"
        signed = sign_request(node.key, method="PUT", path=path, hub=hub.store.hub_id, now=now(), content=sha)
        assert client.put(path, content=b"something else", headers=signed).status_code == 422
        asked = sign_request(node.key, method="HEAD", path=path, hub=hub.store.hub_id, now=now())
        assert client.head(path, headers=asked).status_code == 404
        assert list(hub.store.blobs.all()) == []
        assert list(hub.store.home.quarantine.iterdir()) == []
        good = sign_request(node.key, method="PUT", path=path, hub=hub.store.hub_id, now=now(), content=sha)
        assert client.put(path, content=b"what was announced", headers=good).status_code == 201


def test_a_request_for_a_file_is_good_at_one_hub_only(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, member_of(hub, tmp_path) as (node, client):
        sha = hub.store.blobs.put(b"a file")
        path = f"/lw/v1/blob/{sha}"
        for key, where, status in (
            (node.key, hub.store.hub_id, 200),
            (node.key, "e" * 32, 401),
            (node_key(), hub.store.hub_id, 404),
        ):
            headers = sign_request(key, method="GET", path=path, hub=where, now=now())
            assert client.get(path, headers=headers).status_code == status


def test_a_hub_that_gives_other_bytes_is_not_believed(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", hub=hub) as (a,):
        sha = hub.store.blobs.put(b"the right bytes")
        hub.store.blobs.path(sha).chmod(0o600)
        hub.store.blobs.path(sha).write_bytes(b"the wrong bytes")
        entry = TestNode(tmp_path / "x", "x").port.keep(b"the right bytes")
        a.port.wishes[sha] = entry
        a.transport.wake(hub.store.hub_id)
        until(lambda: a.port.got > 0 or a.link.connected, "asked")
        a.say(b"and life goes on")
        until(lambda: a.port.bodies() == [b"and life goes on"], "the rest")
        until(lambda: not list((a.folder / "quarantine").iterdir()), "nothing is kept of them")
        assert sha not in a.port.files
        hub.store.blobs.path(sha).write_bytes(b"the right bytes")
        until(lambda: a.port.files.get(sha) == b"the right bytes", "the right bytes, later")


def test_tls_before_1_3_is_refused(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with (
            socket.create_connection(("127.0.0.1", hub.port), timeout=5) as plain,
            pytest.raises((ssl.SSLError, ConnectionError)),
        ):
            context.wrap_socket(plain)


def test_plain_text_is_refused(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, pytest.raises(httpx.HTTPError):
        httpx.post(f"http://127.0.0.1:{hub.port}/v1/fleet/pull-messages", trust_env=False)


@pytest.mark.parametrize("order", [(2, 1, 3), (1, 1, 2, 3), (1, 3, 2), (3,), (1, 2, 2, 3, 3)])
def test_a_member_that_sends_in_the_wrong_order_or_twice(tmp_path: Path, order: Sequence[int]) -> None:
    """The hub takes each number once and in its turn, whatever a node sends; a correct node gets through afterwards."""
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", "b", hub=hub) as (a, b):
        for seq in (1, 2, 3):
            a.port.say(b"%d" % seq)
        honest = a.port.outgoing

        def dishonest(hub_id: str, after: int, limit: int) -> tuple[Operation, ...]:
            del after
            by_seq = {operation.seq: operation for operation in honest(hub_id, 0, limit)}
            return tuple(by_seq[seq] for seq in order)

        a.port.outgoing = dishonest  # type: ignore[method-assign]
        a.transport.wake(hub.store.hub_id)
        until(lambda: a.port.left != [], "something was sent")
        b.say(b"b is not held up")
        until(lambda: b"b is not held up" in b.port.bodies(), "b is heard")
        a.port.outgoing = honest  # type: ignore[method-assign]
        a.transport.wake(hub.store.hub_id)
        until(lambda: a.port.acked == 3, "a got through")
        until(lambda: len(b.port.applied) >= 4, "all at b")
        assert [body for body in b.port.bodies() if body.isdigit()] == [b"1", b"2", b"3"]


def test_a_member_without_valid_envelopes_is_not_heard(tmp_path: Path) -> None:
    with running_hub(tmp_path / "hub") as hub, nodes(tmp_path, "a", "b", hub=hub) as (a, b):
        connection = a.transport._connections[hub.store.hub_id]
        connection._mailbox._key = node_key()  # signs its envelopes with another key than the one it connects with
        a.say(b"not mine")
        b.say(b"mine")
        until(lambda: a.port.bodies() == b.port.bodies() == [b"mine"], "b is heard")
        assert hub.store.height() == 1
        connection._mailbox._key = a.key
        until(lambda: b.port.bodies() == [b"mine", b"not mine"], "a is heard once it signs")
