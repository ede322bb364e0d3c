# SPDX-License-Identifier: Apache-2.0
"""The hub's side of Flower: its state, its app and one run that never ends, without a network.

Rules
-----
* The state is in memory.  It holds nothing that matters: members come from the hub's store at every start, messages
  are sent again.  Flower's file state loses messages all the same, at several times the latency.
* The app is never started as a service: its lifespan, which could open further servers, is not run.
* Only the six calls of `lwnode_protocols.adapter.dispatch`, and Flower's app for two more, ever reach the state.
* A member answers only what was sent to it, and once.  Flower itself does not compare a reply's sender with the node
  that was authenticated.

Called by `lwnode_protocols.hub`; `lwnode_protocols.relay` sees it as a `lwnode_protocols.grid.Grid`.
"""

from __future__ import annotations

import binascii
import secrets
import threading
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from flwr.common.constant import (
    NOOP_ACCOUNT_NAME,
    NOOP_FLWR_AID,
    SUPERLINK_NODE_ID,
    SYSTEM_TIME_TOLERANCE,
    TIMESTAMP_HEADER,
    TIMESTAMP_TOLERANCE,
    TRANSPORT_TYPE_GRPC_RERE,
)
from flwr.common.serde import message_from_proto
from flwr.server.superlink.linkstate.in_memory_linkstate import InMemoryLinkState
from flwr.supercore.constant import (
    FLEET_HTTP_PUBLIC_KEY_HEADER,
    FLEET_HTTP_SIGNATURE_HEADER,
    FLWR_IN_MEMORY_DB_NAME,
    NOOP_FEDERATION_ID,
    TaskType,
)
from flwr.supercore.primitives.asymmetric import public_key_to_bytes, verify_signature
from flwr.superlink.auth_plugin import NoOpControlAuthnPlugin
from flwr.superlink.config_loader import SuperLinkLifespanConfig
from flwr.superlink.main import create_app
from starlette.types import ASGIApp

from lwnode.errors import PartnerError
from lwnode_protocols.adapter import version
from lwnode_protocols.adapter.records import fields_of, instruction, pack, unpack
from lwnode_protocols.asgi import Refusal
from lwnode_protocols.grid import UNKNOWN, Enrolled, Reply
from lwnode_protocols.messages import Fields, Value

_HEARTBEAT = 60.0  # seconds that one poll counts for
_KEY = FLEET_HTTP_PUBLIC_KEY_HEADER.lower()
_SIGNATURE = FLEET_HTTP_SIGNATURE_HEADER.lower()
_TIME = TIMESTAMP_HEADER.lower()


class _NoLifespan:
    """Stands where Flower would start servers of its own."""

    def __init__(self, config: object, factory: object) -> None:
        del config, factory

    def startup(self) -> None:
        """Start nothing."""

    def shutdown(self) -> None:
        """Stop nothing."""


def _app() -> Any:
    config = SuperLinkLifespanConfig(
        control_address="",
        health_server_address=None,
        host="127.0.0.1",
        port=0,
        insecure=False,
        certificates=None,
        superexec_auth_secret=secrets.token_bytes(32),
        authn_plugin=NoOpControlAuthnPlugin(),
        event_log_plugin=None,
        fleet_event_log_plugin=None,
        enable_event_log=False,
        artifact_provider=None,
        enable_supernode_auth=True,
        fleet_api_type=TRANSPORT_TYPE_GRPC_RERE,
        fleet_api_address=None,
        simulation=False,
        ssl_ca_certfile=None,
        ssl_certfile=None,
        ssl_keyfile=None,
        database=FLWR_IN_MEMORY_DB_NAME,
        isolation="process",
        runtime_dependency_install=False,
    )
    return create_app(config, cast(Any, _NoLifespan))


class Fleet:
    """Flower's hub, embedded.

    Parameters
    ----------
    mail : callable
        Told a node's number when something was left for it; called from any thread.
    """

    def __init__(self, mail: Callable[[int], None]) -> None:
        version.check()
        app = _app()
        state = app.state.linkstate_factory.state()
        if not isinstance(state, InMemoryLinkState):
            raise PartnerError("Flower did not keep its state in memory", hint="install the pinned release of flwr")
        self.app: ASGIApp = app
        self.state = state
        self._mail = mail
        self._lock = threading.RLock()
        self._roster: dict[bytes, Enrolled] = {}
        self._numbers: set[int] = set()  # of the roster
        self._sent: dict[str, int] = {}  # message id → node
        self._replied: dict[str, str] = {}  # message id → id of the reply
        self._waiting: dict[int, set[str]] = {}  # node → messages it has not fetched
        self._open_run()

    # ---------------------------------------------------------------- the run
    def _open_run(self) -> None:
        state = self.state
        run = state.create_run(
            "lwnode/relay", "1.0.0", None, {}, NOOP_FEDERATION_ID, None, NOOP_FLWR_AID, TaskType.SERVER_APP
        )
        task = state.get_tasks(run_ids=[run])[0].task_id
        if state.claim_task(task) is None or not state.activate_task(task):
            raise PartnerError("Flower did not start the relay's run", hint="install the pinned release of flwr")
        self._run, self._task = run, task

    def beat(self) -> bool:
        """Keep the run alive; False where Flower ended it, as it does after a computer slept."""
        return self.state.acknowledge_task_heartbeat(self._task)

    def reopen(self) -> None:
        """Open another run and drop everything of the old one."""
        with self._lock:
            self.state.cleanup_run(self._run)
            for book in (self._sent, self._replied, self._waiting):
                book.clear()
            self._open_run()

    # ---------------------------------------------------------------- members
    def enroll(self, key: EllipticCurvePublicKey, *, member: str, name: str) -> Enrolled:
        """Make a member known to Flower; does nothing the second time."""
        pem = public_key_to_bytes(key)
        with self._lock:
            node = self.state.get_node_id_by_public_key(pem)
            if node is None:
                node = self.state.create_node(NOOP_FLWR_AID, NOOP_ACCOUNT_NAME, pem, 0, name=name)
            enrolled = Enrolled(node=node, member=member, key=key)
            self._roster[pem] = enrolled
            self._numbers.add(node)
            return enrolled

    def expel(self, member: str) -> tuple[int, ...]:
        """Stop knowing a member and return its numbers; it is refused from the next call on."""
        with self._lock:
            gone = [(pem, enrolled.node) for pem, enrolled in self._roster.items() if enrolled.member == member]
            for pem, node in gone:
                del self._roster[pem]
                self._numbers.discard(node)
        for _, node in gone:
            self._mail(node)  # ends its poll
        return tuple(node for _, node in gone)

    def knows(self, enrolled: Enrolled) -> bool:
        """Return whether who was authenticated is still a member."""
        return enrolled.node in self._numbers

    def authenticate(self, headers: Mapping[str, str], now: datetime) -> Enrolled:
        """Return the member that made a Fleet call, from the headers alone.

        Parameters
        ----------
        headers : mapping
            By lower-case name.
        now : datetime
            Aware.

        Raises
        ------
        Refusal
            401, with the reason ``unknown-member`` where the key is nobody's here.
        """
        try:
            pem = b64decode(headers[_KEY], validate=True)
            signature = b64decode(headers[_SIGNATURE], validate=True)
            stamp = headers[_TIME]
            age = (now - datetime.fromisoformat(stamp)).total_seconds()
            signed = stamp.encode("ascii")
        except (KeyError, ValueError, TypeError, binascii.Error) as error:
            raise Refusal(401, "signature") from error
        enrolled = self._roster.get(pem)
        if enrolled is None:
            raise Refusal(401, UNKNOWN)
        if not -SYSTEM_TIME_TOLERANCE < age < TIMESTAMP_TOLERANCE + SYSTEM_TIME_TOLERANCE:
            raise Refusal(401, "clock")
        if not verify_signature(enrolled.key, signed, signature):
            raise Refusal(401, "signature")
        return enrolled

    def release(self, node: int) -> None:
        """Let a node activate itself again at once; Flower would make a crashed one wait for two heartbeats."""
        self.state.deactivate_node(node)

    def heard(self, node: int) -> None:
        """Count a poll as a heartbeat."""
        self.state.acknowledge_node_heartbeat(node, _HEARTBEAT)

    # ---------------------------------------------------------------- messages
    def send(self, node: int, kind: str, fields: Mapping[str, Value], *, seconds: float) -> str:
        """Leave a message for a node; see `lwnode_protocols.grid.Grid`."""
        packed = pack(
            instruction(
                fields,
                kind=kind,
                run=self._run,
                task=self._task,
                source=SUPERLINK_NODE_ID,
                node=node,
                seconds=seconds,
            )
        )
        message = message_from_proto(packed.head)
        with self._lock:
            session = self.state.start_session(self._run)
            stored, missing = self.state.store_message_and_object_tree(message, packed.tree, session)
            if not stored:
                raise PartnerError("Flower took no message for the node")
            for name in missing:
                self.state.store_object(self._run, session, name, packed.objects[name])
            self._sent[packed.identity] = node
            self._waiting.setdefault(node, set()).add(packed.identity)
        self._mail(node)
        return packed.identity

    def forget(self, ids: Iterable[str]) -> None:
        """Drop messages, replies and their objects; see `lwnode_protocols.grid.Grid`."""
        with self._lock:
            for identity in ids:
                node = self._sent.pop(identity, None)
                if node is not None:
                    self._waiting.get(node, set()).discard(identity)
                reply = self._replied.pop(identity, None)
                self.state.delete_messages({identity})
                for root in filter(None, (identity, reply)):
                    self.state.object_store.delete(root)

    def complete(self, reply: Reply) -> bool:
        """Return whether all objects of the reply are here."""
        return all(self.state.object_store.get(name) for name in reply.objects)

    def take(self, reply: Reply) -> Fields:
        """Return the fields of a complete reply; see `lwnode_protocols.grid.Grid`."""
        contents = {name: self.state.object_store.get(name) or b"" for name in reply.objects}
        self.forget([reply.to])
        return fields_of(unpack(reply.identity, contents))

    # ---------------------------------------------------------------- what the dispatcher asks and tells
    def has_mail(self, node: int) -> bool:
        """Return whether a poll of the node would bring something."""
        return bool(self._waiting.get(node))

    def fetched(self, node: int, ids: Sequence[str]) -> None:
        """Note that messages went out to their node; none means that none is left, the others having expired."""
        with self._lock:
            waiting = self._waiting.get(node, set())
            waiting.difference_update(ids or tuple(waiting))

    def expects(self, node: int, to: str) -> bool:
        """Return whether the node owes a reply to the message."""
        return self._sent.get(to) == node and to not in self._replied

    def announced(self, reply: Reply) -> bool:
        """Note a reply; False where Flower, which answers 200 all the same, did not keep it."""
        with self._lock:
            kept = self.state.message_ins_id_to_message_res_id.get(reply.to) == reply.identity
            if kept:
                self._replied[reply.to] = reply.identity
            return kept
