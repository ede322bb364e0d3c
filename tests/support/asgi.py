# SPDX-License-Identifier: Apache-2.0
"""Requests to an ASGI application without a server: what was sent, and how much of the body was read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    read: int = 0  # bytes of the request's body that the application took


async def ask(
    app: ASGIApp,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    body: bytes = b"",
    length: int | None = -1,
    parts: int = 1,
    stay: bool = True,
    client: str = "127.0.0.1",
) -> Answer:
    """Make one request.

    Parameters
    ----------
    length : int or None
        What ``content-length`` says: -1 the truth, None nothing.
    parts : int
        In how many parts the body comes.
    stay : bool
        Whether the client waits for the answer; otherwise it hangs up once the body is sent.
    """
    named = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
    if length is not None:
        named.append(("content-length", str(len(body) if length < 0 else length)))
    size = max(1, -(-len(body) // parts))
    waiting = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
    answer = Answer()
    done = asyncio.Event()

    async def receive() -> Message:
        if waiting:
            part = waiting.pop(0)
            answer.read += len(part)
            return {"type": "http.request", "body": part, "more_body": bool(waiting)}
        if stay:
            await done.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            assert answer.status == 0, "two answers to one request"
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        elif message["type"] == "http.response.body":
            answer.body += message.get("body", b"")
            if not message.get("more_body"):
                done.set()

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in named],
        "client": (client, 1),
        "server": ("127.0.0.1", 443),
    }
    await app(scope, receive, send)
    return answer
