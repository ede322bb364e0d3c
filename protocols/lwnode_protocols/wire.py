# SPDX-License-Identifier: Apache-2.0
"""A node's connections to one hub: TCP and TLS, counted to the byte, and ended at once when the node stops.

Rules
-----
* Every byte on the socket is counted, TLS included, so that what a person is shown equals what the network saw.
* `Wire.abort` ends reads that are parked in a long poll, and connections being made; closing a socket from another
  thread would not.
* No proxy, no redirect, no netrc: a node speaks to the one address and certificate it was told.

Called by `lwnode_protocols.connection` and `lwnode_protocols.joining`.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import httpcore
import httpx

from lwnode_protocols.http import HubTransport
from lwnode_protocols.limits import NodeTimes

_RECORD = 64 * 1024  # bytes asked of the socket at once
_SLICE = 0.1  # seconds between two looks at whether the node stops, while connecting
_T = TypeVar("_T")


class Wire:
    """The connections of one node to one hub.

    Parameters
    ----------
    context : ssl.SSLContext
        See `lwnode_protocols.tls.pinned_context`.
    times : NodeTimes
    """

    def __init__(self, context: ssl.SSLContext, times: NodeTimes) -> None:
        self._context = context
        self._times = times
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._clients: list[httpx.Client] = []
        self._sent = 0
        self._received = 0
        self.aborted = False

    def client(self, address: str, *, most: int | None = None) -> httpx.Client:
        """Return an HTTP client for ``https://address``; `close` closes it.

        Parameters
        ----------
        most : bytes, optional
            Longest body of an answer.
        """
        times = self._times
        client = httpx.Client(
            base_url=f"https://{address}",
            transport=HubTransport(self._context, _Backend(self), most),
            timeout=httpx.Timeout(times.read, connect=times.connect),
            follow_redirects=False,
            trust_env=False,
        )
        self._clients.append(client)
        return client

    def abort(self) -> None:
        """End everything under way and refuse what comes later."""
        self.aborted = True  # before the sockets are looked at: one that is opened later sees it
        self.reset()

    def reset(self) -> None:
        """End everything under way; what comes later makes new connections."""
        with self._lock:
            for open_socket in self._sockets:
                with contextlib.suppress(OSError):
                    open_socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close all connections; nothing may be under way."""
        for client in self._clients:
            client.close()
        self._clients.clear()

    def take_counts(self) -> tuple[int, int]:
        """Return the bytes sent and received since the last call."""
        with self._lock:
            counts = self._sent, self._received
            self._sent = self._received = 0
            return counts

    # ---------------------------------------------------------------- for the streams
    def opened(self, new: socket.socket) -> None:
        """Note a connection."""
        with self._lock:
            if self.aborted:
                new.close()
                raise httpcore.ConnectError("this node is stopping")
            self._sockets.add(new)

    def closed(self, old: socket.socket) -> None:
        """Note that a connection is closed."""
        with self._lock:
            self._sockets.discard(old)

    def count(self, *, sent: int = 0, received: int = 0) -> None:
        """Add to the counts."""
        with self._lock:
            self._sent += sent
            self._received += received


def _ready(watched: socket.socket, event: int, seconds: float) -> bool:
    """Return whether the socket can be read or written within ``seconds``."""
    with getattr(selectors, "PollSelector", selectors.SelectSelector)() as selector:  # select is blind above 1,023
        selector.register(watched, event)
        return bool(selector.select(seconds))


class _Backend(httpcore.NetworkBackend):
    """Makes connections that a wire knows of."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of the host that answers."""
        del local_address, socket_options
        until = time.monotonic() + (timeout if timeout is not None else 3_600.0)
        problem: OSError = OSError("no address")
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        for family, kind, protocol, _, address in found:
            new = socket.socket(family, kind, protocol)
            try:
                new.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._connect(new, address, until)
            except OSError as error:
                new.close()
                problem = error
                continue
            self._wire.opened(new)
            return _Plain(self._wire, new)
        raise httpcore.ConnectError(str(problem)) from problem

    def _connect(self, new: socket.socket, address: Any, until: float) -> None:
        new.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            new.connect(address)
        while not self._wire.aborted:
            if time.monotonic() > until:
                raise TimeoutError("no connection in time")
            if _ready(new, selectors.EVENT_WRITE, _SLICE):
                code = new.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code:
                    raise OSError(code, "no connection")
                return
        raise ConnectionAbortedError("this node is stopping")


@contextlib.contextmanager
def _as(timeout: type[Exception], other: type[Exception]) -> Iterator[None]:
    """Name a socket's error as httpcore does."""
    try:
        yield
    except TimeoutError as error:
        raise timeout(str(error)) from error
    except (OSError, ssl.SSLError) as error:
        raise other(str(error)) from error


class _Stream(httpcore.NetworkStream):
    """A connection: what plain and secured ones share."""

    def __init__(self, wire: Wire, connected: socket.socket) -> None:
        self._wire = wire
        self._socket = connected

    def close(self) -> None:
        """Close the socket."""
        self._wire.closed(self._socket)
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks for: whether something can be read."""
        if info == "is_readable":
            if self._socket.fileno() < 0:
                return True
            return _ready(self._socket, selectors.EVENT_READ, 0.0)
        return self._socket if info == "socket" else None

    def _receive(self, most: int) -> bytes:
        data = self._socket.recv(most)
        self._wire.count(received=len(data))
        return data

    def _send(self, data: bytes) -> None:
        if data:
            self._socket.sendall(data)
            self._wire.count(sent=len(data))


class _Plain(_Stream):
    """A connection before TLS."""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there."""
        with _as(httpcore.ReadTimeout, httpcore.ReadError):
            self._socket.settimeout(timeout)
            return self._receive(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write everything."""
        with _as(httpcore.WriteTimeout, httpcore.WriteError):
            self._socket.settimeout(timeout)
            self._send(buffer)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Return the connection with TLS on it."""
        try:
            with _as(httpcore.ConnectTimeout, httpcore.ConnectError):
                return _Secured(self._wire, self._socket, ssl_context, server_hostname, timeout)
        except httpcore.ConnectError:
            self.close()
            raise
        except httpcore.ConnectTimeout:
            self.close()
            raise


class _Secured(_Stream):
    """A connection with TLS, done in memory so that the bytes on the socket can be counted."""

    def __init__(
        self, wire: Wire, connected: socket.socket, context: ssl.SSLContext, host: str | None, timeout: float | None
    ) -> None:
        super().__init__(wire, connected)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._socket.settimeout(timeout)
        self._pump(self._tls.do_handshake)

    def _pump(self, work: Callable[[], _T]) -> _T:
        """Do TLS work, moving bytes between it and the socket as it asks."""
        while True:
            try:
                result = work()
            except ssl.SSLWantReadError:
                self._send(self._outgoing.read())
                data = self._receive(_RECORD)
                if data:
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
                continue
            except ssl.SSLError:
                with contextlib.suppress(OSError):
                    self._send(self._outgoing.read())  # the alert that says why
                raise
            self._send(self._outgoing.read())
            return result

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there; empty at the end."""
        with _as(httpcore.ReadTimeout, httpcore.ReadError):
            self._socket.settimeout(timeout)
            try:
                return self._pump(lambda: self._tls.read(max_bytes))
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write everything."""
        with _as(httpcore.WriteTimeout, httpcore.WriteError):
            self._socket.settimeout(timeout)
            left = memoryview(buffer)
            while left:
                part = left[:_RECORD]
                done = self._pump(lambda part=part: self._tls.write(part))  # type: ignore[misc]  # bound now
                left = left[done:]
