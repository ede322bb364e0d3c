# SPDX-License-Identifier: Apache-2.0
"""Hubs and nodes for tests: the node's side in memory, certificates, and a log and a pipe without a network.

Rules
-----
* `MemoryPort` keeps what a node's database keeps, and outlives transports: a node that "restarts" is a new transport on
  the same port.
* Nothing here has a database behind it except `hub_store`, which is the product's own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import hashlib
import ipaddress
import itertools
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from lwnode.documents import FileEntry, Invite
from lwnode.errors import NotFoundError, TrustError, UnreachableError
from lwnode.node.transport import Link, Membership, Operation, Row
from lwnode.paths import Home, home_at
from lwnode.store import HubStore
from lwnode_protocols import FlowerTransport, HubLimits, HubServer, NodeTimes
from lwnode_protocols.grid import Reply
from lwnode_protocols.messages import Fields, Value

PATIENCE = 15.0  # seconds that a test waits for something before it fails
TIMES = NodeTimes(longest_pause=1.0, retry=0.3, connect=5.0)


def import_flower(home: Path) -> None:
    """Import Flower with the warnings of its own dependencies silenced, which pytest would make errors.

    typer, which flwr pins below 0.21, uses names that click 8.5 discourages; the warning comes while it is imported.
    """
    from lwnode_protocols import environment

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        environment.prepare(home)
        import flwr.superlink.main  # noqa: F401

        from lwnode_protocols import connection, wall  # noqa: F401
        from lwnode_protocols.adapter import dispatch  # noqa: F401


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def until(condition: Callable[[], object], what: str = "the condition", *, seconds: float = PATIENCE) -> float:
    """Wait until ``condition()`` holds and return how long it took; fail where it never does."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > seconds:
            raise AssertionError(f"{what} did not come about within {seconds} s")
        time.sleep(0.005)
    return time.monotonic() - start


def node_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Certificate:
    certificate: bytes
    key: bytes


def certificate(*hosts: str) -> Certificate:
    """Return a self-signed TLS certificate and its key, PEM."""
    key = node_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hub")])
    names: list[x509.GeneralName] = []
    for host in hosts or ("127.0.0.1",):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - dt.timedelta(days=1))
        .not_valid_after(now() + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Certificate(
        built.public_bytes(Encoding.PEM), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )


# -------------------------------------------------------------------- hub
class TestHub:
    """A hub on a real store, that can be stopped and started again at the same port."""

    __test__ = False

    def __init__(self, home: Home, *, limits: HubLimits | None = None, certified: Certificate | None = None) -> None:
        self.store = HubStore.open(home, now=now)
        self.certified = certified or certificate()
        self.limits = limits or HubLimits(rest=0.3)
        self.port = 0
        self.server: HubServer | None = None

    def start(self, *, now: Callable[[], dt.datetime] = now) -> HubServer:
        self.server = HubServer(
            self.store,
            address=f"127.0.0.1:{self.port}",
            certificate=self.certified.certificate,
            key=self.certified.key,
            name="Test consortium",
            limits=self.limits,
            now=now,
        )
        self.port = self.server.start()
        return self.server

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()
            self.server = None

    def restart(self, *, now: Callable[[], dt.datetime] = now) -> HubServer:
        self.stop()
        return self.start(now=now)

    def invite(self, **changes: Any) -> Invite:
        assert self.server is not None
        return dataclasses.replace(self.server.invite(dt.timedelta(hours=1)), **changes)

    def close(self) -> None:
        self.stop()
        self.store.close()


@contextmanager
def running_hub(folder: Path, *, limits: HubLimits | None = None) -> Iterator[TestHub]:
    hub = TestHub(home_at(folder), limits=limits)
    try:
        hub.start()
        yield hub
    finally:
        hub.close()


# -------------------------------------------------------------------- node
@dataclass
class Outgoing:
    operation: Operation
    files: tuple[FileEntry, ...] = ()


@dataclass
class MemoryPort:
    """What a node's database keeps, in memory; see `lwnode.node.transport.Port`.

    ``applied`` holds every row that was applied, in order and with repetitions, so that a double effect shows.
    """

    name: str = "node"
    boxes: dict[str, str] = field(default_factory=dict)
    queue: list[Outgoing] = field(default_factory=list)
    left: list[tuple[str, int]] = field(default_factory=list)
    acked: int = 0
    have: int = 0
    applied: list[Row] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    wishes: dict[str, FileEntry] = field(default_factory=dict)
    sent: int = 0
    got: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def box(self, hub: str) -> str:
        with self.lock:
            return self.boxes.setdefault(hub, hashlib.sha256(f"{self.name}{id(self)}".encode()).hexdigest()[:16])

    def say(self, body: bytes, *, kind: str = "announce", files: Sequence[FileEntry] = ()) -> int:
        with self.lock:
            operation = Operation(seq=len(self.queue) + 1, kind=kind, body=body)
            self.queue.append(Outgoing(operation, tuple(files)))
            return operation.seq

    def outgoing(self, hub: str, after: int, limit: int) -> tuple[Operation, ...]:
        with self.lock:
            return tuple(item.operation for item in self.queue[after : after + limit])

    def files_before(self, operation: Operation) -> tuple[FileEntry, ...]:
        with self.lock:
            return self.queue[operation.seq - 1].files

    def read_file(self, sha256: str) -> bytes:
        return self.files[sha256]

    def leaving(self, hub: str, operation: Operation, files: Sequence[FileEntry]) -> None:
        with self.lock:
            if (hub, operation.seq) not in self.left:
                self.left.append((hub, operation.seq))

    def acknowledged(self, hub: str, seq: int) -> None:
        with self.lock:
            self.acked = max(self.acked, seq)

    def cursor(self, hub: str) -> int:
        with self.lock:
            return self.have

    def incoming(self, hub: str, base: int, rows: Sequence[Row]) -> int:
        with self.lock:
            if base > self.have:
                return self.have
            for row in rows:
                if row.height > self.have:
                    self.applied.append(row)
                    self.have = row.height
            return self.have

    def wanted(self, hub: str, limit: int) -> tuple[FileEntry, ...]:
        with self.lock:
            return tuple(entry for sha, entry in self.wishes.items() if sha not in self.files)[:limit]

    def received(self, hub: str, sha256: str, data: bytes) -> None:
        if hashlib.sha256(data).hexdigest() != sha256:
            raise TrustError("other bytes")
        with self.lock:
            self.files[sha256] = data

    def traffic(self, hub: str, *, sent: int, received: int) -> None:
        with self.lock:
            self.sent += sent
            self.got += received

    def bodies(self) -> list[bytes]:
        with self.lock:
            return [row.body for row in self.applied]

    def keep(self, data: bytes, name: str = "model.onnx") -> FileEntry:
        sha = hashlib.sha256(data).hexdigest()
        self.files[sha] = data
        return FileEntry(name=name, sha256=sha, size=len(data))


class TestNode:
    """A node: a key, a port that outlives restarts, a transport that does not."""

    __test__ = False

    def __init__(
        self, folder: Path, name: str, *, times: NodeTimes = TIMES, clock: Callable[[], dt.datetime] = now
    ) -> None:
        self.folder = folder
        self.port = MemoryPort(name=name)
        self.key = node_key()
        self.times = times
        self.membership: Membership | None = None
        self.transport = FlowerTransport(self.port, home=folder, times=times, now=clock)

    def join(self, invite: Invite) -> Membership:
        self.membership = self.transport.join(invite, key=self.key, organisation=self.port.name)
        return self.membership

    def connect(self) -> None:
        assert self.membership is not None
        self.transport.connect(self.membership, key=self.key)

    def restart(self) -> None:
        self.transport.stop()
        self.transport = FlowerTransport(self.port, home=self.folder, times=self.times)
        self.connect()

    def say(self, body: bytes, **more: Any) -> int:
        seq = self.port.say(body, **more)
        assert self.membership is not None
        self.transport.wake(self.membership.hub)
        return seq

    @property
    def link(self) -> Link:
        return self.transport.links()[0]


@contextmanager
def nodes(folder: Path, *names: str, hub: TestHub | None = None, times: NodeTimes = TIMES) -> Iterator[list[TestNode]]:
    """Give nodes that have joined ``hub`` and are connected (or, without a hub, neither)."""
    made = [TestNode(folder / name, name, times=times) for name in names]
    try:
        if hub is not None:
            for node in made:
                node.join(hub.invite())
                node.connect()
            until(lambda: all(node.link.connected for node in made), "all nodes connected")
        yield made
    finally:
        for node in made:
            node.transport.stop()


# -------------------------------------------------------------------- between
class Proxy:
    """Passes bytes between a node and a hub, counts them, and cuts every connection when told to."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.up = 0
        self.down = 0
        self.blackhole = False
        self.one_sided = False  # a cut is not passed on to the hub
        self.allowance: int | None = None  # bytes from the hub after which a connection is cut, once
        self._pairs: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            self._pairs.append(near)
            if self.blackhole:
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            self._pairs.append(far)
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for source, sink, up in ((near, far, True), (far, near, False)):
                thread = threading.Thread(target=self._pass, args=(source, sink, up), daemon=True)
                thread.start()
                self._threads.append(thread)

    def _pass(self, source: socket.socket, sink: socket.socket, up: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if up:
                    self.up += len(data)
                else:
                    self.down += len(data)
                    if self.allowance is not None:
                        self.allowance -= len(data)
                        if self.allowance < 0:
                            self.allowance = None
                            break
                sink.sendall(data)
        for end in () if self.one_sided else (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """Cut every connection; the hub does not notice where ``one_sided`` is set."""
        for end in list(self._pairs):
            if not self.one_sided or end.getsockname()[1] == self.port:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.one_sided = False
        self.cut()
        for thread in self._threads:
            thread.join(5)
        for end in self._pairs:
            end.close()


@contextmanager
def proxy_to(hub: TestHub) -> Iterator[Proxy]:
    proxy = Proxy(hub.port)
    try:
        yield proxy
    finally:
        proxy.close()


# -------------------------------------------------------------------- without a network
class MemoryLog:
    """A hub's log in memory; see `lwnode_protocols.relay.Log`."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str, Operation]] = []

    def last_seq(self, member: str, box: str) -> int:
        return max((op.seq for who, where, op in self.entries if (who, where) == (member, box)), default=0)

    def append(self, member: str, box: str, operations: Sequence[Operation]) -> int:
        last = self.last_seq(member, box)
        for operation in operations:
            if operation.seq == last + 1:
                self.entries.append((member, box, operation))
                last += 1
        return last

    def rows(self, after: int, limit: int, bytes_limit: int) -> tuple[Row, ...]:
        rows = [
            Row(height=height, member=member, kind=operation.kind, body=operation.body)
            for height, (member, _, operation) in enumerate(self.entries, 1)
        ]
        return tuple(itertools.islice((row for row in rows if row.height > after), limit))

    def height(self) -> int:
        return len(self.entries)


@dataclass
class Sent:
    identity: str
    node: int
    kind: str
    fields: dict[str, Value]


class MemoryGrid:
    """A pipe in memory; see `lwnode_protocols.grid.Grid`.  A test answers with `say`."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.forgotten: set[str] = set()
        self.said: dict[str, Fields] = {}
        self.incomplete: set[str] = set()
        self.alive = True
        self.opened = 0
        self.gone: set[int] = set()

    def send(self, node: int, kind: str, fields: Mapping[str, Value], *, seconds: float) -> str:
        if node in self.gone:
            raise UnreachableError("no such node")
        identity = f"m{len(self.sent)}"
        self.sent.append(Sent(identity, node, kind, dict(fields)))
        return identity

    def forget(self, ids: Iterable[str]) -> None:
        self.forgotten.update(ids)

    def complete(self, reply: Reply) -> bool:
        return reply.to not in self.incomplete

    def take(self, reply: Reply) -> Fields:
        self.forgotten.add(reply.to)
        if reply.to not in self.said:
            raise NotFoundError("nothing was said")
        return self.said.pop(reply.to)

    def beat(self) -> bool:
        return self.alive

    def reopen(self) -> None:
        self.alive = True
        self.opened += 1

    def open_messages(self, node: int, kind: str) -> list[Sent]:
        """Return the messages of a kind that wait at a node."""
        return [
            sent for sent in self.sent if (sent.node, sent.kind) == (node, kind) and sent.identity not in self.forgotten
        ]

    def say(self, sent: Sent, fields: Mapping[str, object]) -> Reply:
        self.said[sent.identity] = dict(fields)
        return Reply(to=sent.identity, node=sent.node, identity=f"r-{sent.identity}", objects=("o",))
