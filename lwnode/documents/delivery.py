# SPDX-License-Identifier: Apache-2.0
"""What travels between a node and a hub, and what a node keeps about the hub.

Rules
-----
* These are plain rows: their bodies are signed documents, which somebody else verifies.
* The store keeps them, a transport carries them, and neither changes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

OPERATION_LIMIT = 200 * 1024  # bytes of one operation's body
PAGE_LIMIT = 1024 * 1024  # bytes of one delivery to a node
KINDS = ("keys", "profile", "announce", "withdraw")
"""Kinds of operation: a keys document, a signed profile, a signed manifest, a signed withdrawal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One row of the delivery queue: ``seq`` counts from 1 for each hub, ``body`` is a signed document."""

    seq: int
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a hub's log: ``height`` counts from 1, ``member`` is the SHA-256 of the sender's node key."""

    height: int
    member: str
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """What a node keeps about a hub it has joined; ``certificate`` is PEM."""

    hub: str
    name: str
    address: str
    certificate: str
    joined: datetime
