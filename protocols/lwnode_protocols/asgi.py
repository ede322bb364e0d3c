# SPDX-License-Identifier: Apache-2.0
"""Bare ASGI: reading a bounded body, answering, refusing.

Called by `lwnode_protocols.wall` and `lwnode_protocols.blobs`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from starlette.types import Receive, Scope, Send

OCTETS = "application/octet-stream"
JSON = "application/json"


class Refusal(Exception):  # noqa: N818  (it ends one request with a status, and is no fault of the program)
    """Ends a request with a status.

    Parameters
    ----------
    status : int
        HTTP status.
    reason : str
        A short word for programs, sent as the body.
    """

    def __init__(self, status: int, reason: str = "") -> None:
        super().__init__(f"{status} {reason}".strip())
        self.status = status
        self.reason = reason


def headers_of(scope: Scope) -> Mapping[str, str]:
    """Return the request's headers by lower-case name.

    Raises
    ------
    Refusal
        400: one of the headers that decide something is there twice.
    """
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        if key in found and (key.startswith(("lw-", "flwr-")) or key in ("content-length", "range")):
            raise Refusal(400, "repeated-header")
        found[key] = value.decode("latin-1")
    return found


def length_of(headers: Mapping[str, str], limit: int) -> int:
    """Return the body's length as announced.

    Raises
    ------
    Refusal
        411: not announced; 413: above ``limit`` bytes.
    """
    text = headers.get("content-length", "")
    if not text.isdecimal() or len(text) > 18 or not text.isascii():
        raise Refusal(411, "length-required")
    if int(text) > limit:
        raise Refusal(413, "too-large")
    return int(text)


async def chunks(receive: Receive, length: int, patience: float) -> AsyncIterator[bytes]:
    """Yield the body as it arrives, ``length`` bytes in all.

    Raises
    ------
    Refusal
        408: nothing came for ``patience`` seconds; 400: the client left early, or sent another length.
    """
    seen = 0
    while True:
        try:
            message = await asyncio.wait_for(receive(), patience)
        except TimeoutError as error:
            raise Refusal(408, "too-slow") from error
        if message["type"] == "http.disconnect":
            raise Refusal(400, "gone")
        part: bytes = message.get("body", b"")
        seen += len(part)
        if seen > length:
            raise Refusal(400, "length")
        if part:
            yield part
        if not message.get("more_body", False):
            break
    if seen != length:
        raise Refusal(400, "length")


async def read_body(receive: Receive, length: int, patience: float) -> bytes:
    """Return the whole body.

    Raises
    ------
    Refusal
        As :func:`chunks`.
    """
    return b"".join([part async for part in chunks(receive, length, patience)])


async def hung_up(receive: Receive) -> None:
    """Return when the client has gone, or the answer is complete."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def answer(
    send: Send,
    status: int,
    body: bytes = b"",
    *,
    kind: str = OCTETS,
    headers: Sequence[tuple[str, str]] = (),
) -> None:
    """Send a complete answer."""
    await begin(send, status, len(body), kind=kind, headers=headers)
    await send({"type": "http.response.body", "body": body})


async def begin(
    send: Send, status: int, length: int, *, kind: str = OCTETS, headers: Sequence[tuple[str, str]] = ()
) -> None:
    """Send status and headers of an answer whose body follows."""
    named = [("content-type", kind), ("content-length", str(length)), *headers]
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in named]
    await send({"type": "http.response.start", "status": status, "headers": encoded})


async def refuse(send: Send, refusal: Refusal, *, close: bool = True) -> None:
    """Send a refusal; close the connection where the request's body may still be on its way."""
    headers = [("connection", "close")] if close else []
    await answer(send, refusal.status, refusal.reason.encode(), kind="text/plain", headers=headers)
