# SPDX-License-Identifier: Apache-2.0
"""The local API: every action is ``POST /v1/<action>`` on a unix socket.

Rules
-----
* The socket has mode 0600 in a directory of mode 0700: whoever may open it is the node's own person.
* The answer is a stream of JSON lines (`lwnode.node.remote`); when the client goes away, the work is cancelled.
* Only errors that lwnode can explain are told in full; anything else is logged and answered as an internal error.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from lwnode.errors import CancelledError, LwnodeError, SettingsError
from lwnode.node import wire
from lwnode.node.actions import ACTIONS
from lwnode.node.backend import LocalBackend

log = logging.getLogger(__name__)

_BODY_LIMIT = 2**30  # bytes of one request: a table from memory travels in it
_BEAT = 0.5  # seconds without news after which an empty line is sent
_END = None


def _line(kind: str, value: object) -> bytes:
    return b'{"' + kind.encode() + b'":' + wire.to_json(value) + b"}\n"


def arguments_of(name: str, body: bytes) -> dict[str, Any]:
    """Return the arguments of an action from a request's JSON, each as the action's annotation says.

    Raises
    ------
    SettingsError
        Not an object, an unknown argument, or a value of another type.
    """
    action = ACTIONS[name]
    try:
        raw = msgspec.json.decode(body or b"{}", type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError("the arguments are not a JSON object") from error
    if unknown := set(raw) - set(action.arguments):
        raise SettingsError(f"'{name}' does not take " + ", ".join(sorted(unknown)))
    return {key: wire.from_json(bytes(value), action.arguments[key]) for key, value in raw.items()}


class _Work:
    """One running action: a thread that does it, and a queue of lines for the answer."""

    def __init__(self, backend: LocalBackend, name: str, body: bytes) -> None:
        self.lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.gone = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._backend, self._name, self._body = backend, name, body

    def _put(self, line: bytes | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody reads any more
            self._loop.call_soon_threadsafe(self.lines.put_nowait, line)

    def _progress(self, share: float | None, doing: str) -> None:
        if self.gone.is_set():
            raise CancelledError("the caller went away", hint="nothing half-made was kept")
        self._put(_line("progress", [share, doing]))

    def run(self) -> None:
        """Do the action; the last line is its result or its error."""
        try:
            arguments = arguments_of(self._name, self._body)
            self._put(_line("result", self._backend.call(self._name, arguments, self._progress)))
        except LwnodeError as error:
            self._put(_line("error", wire.error_to_plain(error)))
        except Exception:
            log.exception("action %s failed", self._name)
            plain = {"code": "LW-ERROR", "message": "an internal error, see the log", "hint": "please report it"}
            self._put(_line("error", plain))
        finally:
            self._put(_END)


def make_app(backend: LocalBackend) -> Starlette:
    """Return the ASGI application of the local API over an open engine."""

    async def health(request: Request) -> JSONResponse:
        import lwnode

        return JSONResponse({"version": lwnode.__version__, "organisation": backend.engine.keys.keys.organisation})

    async def methods(request: Request) -> JSONResponse:
        return JSONResponse({name: sorted(action.arguments) for name, action in sorted(ACTIONS.items())})

    async def act(request: Request) -> StreamingResponse | JSONResponse:
        name = str(request.path_params["action"])
        if name not in ACTIONS:
            return JSONResponse({"error": f"there is no action '{name}'"}, status_code=404)
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > _BODY_LIMIT:
                return JSONResponse({"error": "the request is too large"}, status_code=413)
        work = _Work(backend, name, bytes(body))
        threading.Thread(target=work.run, name=f"action {name}", daemon=True).start()

        async def lines() -> AsyncIterator[bytes]:
            try:
                while True:
                    try:
                        line = await asyncio.wait_for(work.lines.get(), _BEAT)
                    except TimeoutError:
                        yield b"\n"  # the client may now say that it has had enough
                        continue
                    if line is _END:
                        break
                    yield line
            finally:
                work.gone.set()

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    return Starlette(
        routes=[
            Route("/v1/health", health),
            Route("/v1/methods", methods),
            Route("/v1/{action}", act, methods=["POST"]),
        ]
    )
