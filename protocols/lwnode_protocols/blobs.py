# SPDX-License-Identifier: Apache-2.0
"""The hub's files: ``HEAD``, ``PUT`` and ``GET /lw/v1/blob/<sha256>`` on the same port and certificate.

Rules
-----
* Files travel here and not in Flower's messages, which are six to eight times slower for them and hold each file in the
  memory of everybody involved.
* Every request is signed by a member's key over method, path, hub, time and content digest.
* A file is kept only whole and only where its bytes have the digest of its path; until then it lies in a file of its
  own that is removed whatever happens.
* What is absent and what may not be had give the same answer.
* A part can be asked for (one range), so that an interrupted download goes on where it stopped.

Called by `lwnode_protocols.wall`.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from starlette.types import Receive, Scope, Send

from lwnode.errors import DiskFullError, SignatureError, StoreError
from lwnode_protocols.asgi import Refusal, answer, begin, chunks, hung_up, length_of
from lwnode_protocols.limits import HubLimits
from lwnode_protocols.statements import EMPTY, verify_request

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_RANGE = re.compile(r"bytes=([0-9]{1,15})-([0-9]{0,15})", re.ASCII)
_PART = 512 * 1024  # bytes read at once


class Files(Protocol):
    """What the route asks of the hub's store."""

    def has(self, sha256: str) -> bool:
        """Tell whether the file is here."""

    def length(self, sha256: str) -> int:
        """Return the file's size in bytes."""

    def part(self, sha256: str, start: int, length: int) -> bytes:
        """Return a part of the file."""

    def put(self, data: bytes) -> str:
        """Keep a file and return its SHA-256."""


class BlobRoute:
    """The route.

    Parameters
    ----------
    hub : str
        This hub's id.
    files : Files
    member : callable
        Tells whether the digest of a key is a member's who may ask.
    spool : Path
        Directory for unfinished files.
    limits : HubLimits
    now : callable
        Returns the time, aware.
    threads : Executor
        Where the disk is waited for.
    """

    def __init__(
        self,
        hub: str,
        files: Files,
        member: Callable[[str], bool],
        *,
        spool: Path,
        limits: HubLimits,
        now: Callable[[], datetime],
        threads: Executor,
    ) -> None:
        self._hub = hub
        self._files = files
        self._member = member
        self._spool = spool
        self._limits = limits
        self._now = now
        self._threads = threads
        self._left: dict[str, int] = {}  # member → bytes it left here since the start

    async def __call__(self, scope: Scope, headers: Mapping[str, str], receive: Receive, send: Send) -> None:
        """Serve one request.

        Raises
        ------
        Refusal
            401 the signature does not hold; 404 absent, or not for the caller; 411, 413 no length, or too much; 416 no
            such range; 422 other bytes than the path says; 507 no room.
        """
        path, method = scope["path"], scope["method"]
        try:
            signed = verify_request(
                headers, method=method, path=path, hub=self._hub, now=self._now(), window=self._limits.clock
            )
        except SignatureError as error:
            raise Refusal(401, "signature") from error
        sha256 = path.rsplit("/", 1)[-1]
        if not self._member(signed.member) or not _DIGEST.fullmatch(sha256):
            raise Refusal(404)
        if method == "PUT":
            if signed.content != sha256:
                raise Refusal(422, "digest")
            await self._keep(signed.member, sha256, headers, receive)
            await answer(send, 201)
            return
        if signed.content != EMPTY:
            raise Refusal(401, "signature")
        if not await self._off(self._files.has, sha256):
            raise Refusal(404)
        size: int = await self._off(self._files.length, sha256)
        if method == "HEAD":
            await begin(send, 200, size, headers=[("accept-ranges", "bytes")])
            await send({"type": "http.response.body", "body": b""})
            return
        await self._give(sha256, size, headers.get("range", ""), receive, send)

    async def _off(self, work: Callable[..., Any], *arguments: object) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    # ---------------------------------------------------------------- in
    async def _keep(self, member: str, sha256: str, headers: Mapping[str, str], receive: Receive) -> None:
        length = length_of(headers, self._limits.blob)
        if await self._off(self._files.has, sha256):
            return
        used = self._left.get(member, 0)
        if used + length > self._limits.quota:
            raise Refusal(413, "quota")
        self._left[member] = used + length  # counted before the bytes come, so that uploads side by side share it
        kept = False
        try:
            with tempfile.TemporaryFile(dir=self._spool) as unfinished:
                spool = cast(BinaryIO, unfinished)
                hasher = hashlib.sha256()
                async for part in chunks(receive, length, self._limits.body_seconds):
                    hasher.update(part)
                    spool.write(part)
                if hasher.hexdigest() != sha256:
                    raise Refusal(422, "digest")
                await self._off(self._put, spool)
                kept = True
        except (DiskFullError, OSError) as error:
            raise Refusal(507, "no-room") from error
        except StoreError as error:
            raise Refusal(500, "store") from error
        finally:
            if not kept:
                self._left[member] -= length

    def _put(self, spool: BinaryIO) -> None:
        spool.seek(0)
        self._files.put(spool.read())

    # ---------------------------------------------------------------- out
    async def _give(self, sha256: str, size: int, wanted: str, receive: Receive, send: Send) -> None:
        start, end, status = 0, size, 200
        headers = [("accept-ranges", "bytes")]
        if wanted:
            found = _RANGE.fullmatch(wanted)
            if found is None or int(found[1]) >= size or (found[2] and int(found[2]) < int(found[1])):
                raise Refusal(416, "range")
            start = int(found[1])
            end = min(size, int(found[2]) + 1) if found[2] else size
            status = 206
            headers.append(("content-range", f"bytes {start}-{end - 1}/{size}"))
        await begin(send, status, end - start, headers=headers)
        if start == end:
            await send({"type": "http.response.body", "body": b""})
            return
        gone = asyncio.ensure_future(hung_up(receive))
        try:
            while start < end and not gone.done():
                part: bytes = await self._off(self._files.part, sha256, start, min(_PART, end - start))
                start += len(part)
                if not part:
                    raise StoreError("a file of the hub became shorter while it was read")
                await send({"type": "http.response.body", "body": part, "more_body": start < end})
        finally:
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
