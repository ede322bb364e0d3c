# SPDX-License-Identifier: Apache-2.0
"""Admission: how somebody who holds an invite becomes a member while the hub serves.

Rules
-----
* A request proves possession of the key that is to become a member, bound to this hub and to the code.
* The store keeps the code's SHA-256 only, and spends it in the transaction that admits.  The same key may hand in the
  same code again: the first answer may have been lost.
* Attempts are limited by address and in all before anything of the body is read.
* Used, expired and unknown codes are told apart: with 128 random bits nobody learns anything by asking.

Called by `lwnode_protocols.wall`.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from starlette.types import Receive, Scope, Send

from lwnode.documents import decode, digest, encode
from lwnode.errors import DocumentError, TrustError
from lwnode_protocols.asgi import JSON, Refusal, answer, length_of, read_body
from lwnode_protocols.limits import NAME_LIMIT, HubLimits
from lwnode_protocols.statements import node_key, verify_join

Admitted: TypeAlias = Literal["admitted", "again", "unknown", "used", "expired"]
STATUS: Mapping[Admitted, int] = {"admitted": 200, "again": 200, "unknown": 403, "used": 409, "expired": 410}


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequest:
    """What a node hands in.

    Parameters
    ----------
    code : str
        Of the invite.
    key : str
        SubjectPublicKeyInfo of the node key, base64.
    name : str
        What the organisation calls itself.
    signature : str
        Over the statement of `lwnode_protocols.statements.sign_join`, base64.
    """

    schema: Literal["lwnode.join/1"] = "lwnode.join/1"
    code: str
    key: str
    name: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinAnswer:
    """What the hub says; ``status`` is one of `Admitted`."""

    schema: Literal["lwnode.joined/1"] = "lwnode.joined/1"
    hub: str
    name: str
    status: Admitted


class Register(Protocol):
    """What admission asks of the hub's store."""

    def admit(self, code_hash: str, public_key: bytes, name: str, now: datetime) -> Admitted:
        """Spend the code and keep the member, in one transaction."""


class Pace:
    """At most so many attempts in a minute, by address and in all.

    Parameters
    ----------
    each, together : int
    clock : callable
        Returns seconds that never jump.
    """

    _WINDOW = 60.0

    def __init__(self, each: int, together: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._each = each
        self._together = together
        self._clock = clock
        self._attempts: deque[tuple[float, str]] = deque()

    def allow(self, address: str) -> bool:
        """Count an attempt, and return whether it may go on."""
        now = self._clock()
        while self._attempts and now - self._attempts[0][0] > self._WINDOW:
            self._attempts.popleft()
        if len(self._attempts) >= self._together or sum(who == address for _, who in self._attempts) >= self._each:
            return False
        self._attempts.append((now, address))
        return True


class Admission:
    """The route ``POST /lw/v1/join``.

    Parameters
    ----------
    hub, name : str
        Of this hub.
    register : Register
    welcome : callable
        Told a new member's key, digest and name, before the answer leaves.
    limits : HubLimits
    now : callable
        Returns the time, aware.
    threads : Executor
        Where the store is asked.
    """

    def __init__(
        self,
        hub: str,
        name: str,
        register: Register,
        welcome: Callable[[EllipticCurvePublicKey, str, str], None],
        *,
        limits: HubLimits,
        now: Callable[[], datetime],
        threads: Executor,
    ) -> None:
        self._hub = hub
        self._name = name
        self._register = register
        self._welcome = welcome
        self._limits = limits
        self._now = now
        self._threads = threads
        self._pace = Pace(limits.attempts, limits.all_attempts)

    async def __call__(self, scope: Scope, headers: Mapping[str, str], receive: Receive, send: Send) -> None:
        """Serve one request.

        Raises
        ------
        Refusal
            429 too many attempts; 400 not a request; 401 the proof does not hold.
        """
        client = scope.get("client")
        if not self._pace.allow(client[0] if client else ""):
            raise Refusal(429, "too-many-attempts")
        length = length_of(headers, self._limits.join)
        body = await read_body(receive, length, self._limits.body_seconds)
        loop = asyncio.get_running_loop()
        status = await loop.run_in_executor(self._threads, self.decide, body)
        found = JoinAnswer(hub=self._hub, name=self._name, status=status)
        await answer(send, STATUS[status], encode(found), kind=JSON)

    def decide(self, body: bytes) -> Admitted:
        """Check a request and admit whom it names.

        Raises
        ------
        Refusal
            As `__call__`.
        """
        try:
            request = decode(body, JoinRequest, limit=self._limits.join)
            der = base64.b64decode(request.key, validate=True)
            signature = base64.b64decode(request.signature, validate=True)
        except (DocumentError, ValueError) as error:
            raise Refusal(400, "body") from error
        name = request.name.strip()
        if not name or len(name) > NAME_LIMIT or "\n" in name:
            raise Refusal(400, "name")
        try:
            key = node_key(der)
            verify_join(key, signature, hub=self._hub, code=request.code)
        except TrustError as error:
            raise Refusal(401, "signature") from error
        status = self._register.admit(digest(request.code.encode()), der, name, self._now())
        if STATUS[status] == 200:
            self._welcome(key, digest(der), name)
        return status
