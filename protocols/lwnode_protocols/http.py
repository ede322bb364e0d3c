# SPDX-License-Identifier: Apache-2.0
"""HTTP over connections of ours: what an `httpx.Client` sends through, and a limit on what comes back.

Called by `lwnode_protocols.wire`, which gives the connections.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterable, Iterator
from typing import Any, cast

import httpcore
import httpx

_KEEP = 60.0  # seconds for which an idle connection is kept; the hub keeps them longer


class _Body(httpx.SyncByteStream):
    """The body of an answer, up to a limit."""

    def __init__(self, parts: Any, most: int | None) -> None:
        self._parts = parts
        self._most = most

    def __iter__(self) -> Iterator[bytes]:
        """Give the body's parts."""
        seen = 0
        with _translated():
            for part in cast(Iterable[bytes], self._parts):
                seen += len(part)
                if self._most is not None and seen > self._most:
                    raise httpx.RemoteProtocolError("the answer is too long")
                yield part

    def close(self) -> None:
        """End the answer."""
        self._parts.close()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Name httpcore's errors as httpx does."""
    try:
        yield
    except httpcore.ConnectError as error:
        raise httpx.ConnectError(str(error)) from error
    except (httpcore.NetworkError, httpcore.TimeoutException) as error:
        raise httpx.NetworkError(str(error)) from error
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise httpx.RemoteProtocolError(str(error)) from error


class HubTransport(httpx.BaseTransport):
    """What an HTTP client sends through.

    Parameters
    ----------
    context : ssl.SSLContext
    backend : httpcore.NetworkBackend
        Makes the connections.
    most : bytes or None
        Longest body of an answer.
    """

    def __init__(self, context: ssl.SSLContext, backend: httpcore.NetworkBackend, most: int | None) -> None:
        self._most = most
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=16,
            max_keepalive_connections=8,
            keepalive_expiry=_KEEP,
            network_backend=backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        url = request.url
        with _translated():
            answer = self._pool.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                    headers=request.headers.raw,
                    content=cast(Any, request.stream),
                    extensions=request.extensions,
                )
            )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer.stream, self._most),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()
