# SPDX-License-Identifier: Apache-2.0
"""Records: partners, hubs, and the node itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerInfo:
    """An organisation whose keys this node holds."""

    publisher: str
    short: str
    organisation: str
    state: str
    hub: str
    since: datetime
    learnwares: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One entry of what has left: when, what kind, to whom, which bytes, which ε, who pressed the button."""

    number: int
    time: datetime
    kind: str
    to: str
    what: str
    digest: str
    size: int
    epsilon: float | None
    who: str
    learnware: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxInfo:
    """The outbox: its newest entries, totals by kind in bytes, and whether the chain is unbroken.

    ``rows_left`` is the number of entries that no signed document of this node accounts for: 0 means that nothing has
    left but documents and files that were drafted, scanned for copies of rows, shown and signed.
    """

    entries: tuple[OutboxRow, ...]
    count: int
    totals: dict[str, int]
    broken_at: int | None
    wire_sent: int
    wire_received: int
    rows_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobInfo:
    """A long piece of work; ``share`` runs from 0 to 1, None where it is unknown."""

    id: str
    kind: str
    state: str
    share: float | None
    doing: str
    error: str
    started: datetime
    finished: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HubLink:
    """A hub that this node has joined, and whether it is connected right now."""

    hub: str
    name: str
    address: str
    connected: bool
    waiting: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HubInfo:
    """The hub that this node serves; ``engine`` names the transport that runs in its process."""

    hub: str
    name: str
    address: str
    engine: str
    members: tuple[str, ...]
    connected: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """This node at a glance."""

    version: str
    organisation: str
    publisher: str
    short: str
    home: str
    daemon: bool
    catalogue: int
    own: int
    partners: int
    hubs: tuple[HubLink, ...]
    hub: HubInfo | None
    left: int
    running: tuple[JobInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncInfo:
    """What one sync did: hubs reached, documents still waiting, learnwares ready and still missing files."""

    hubs: int
    connected: int
    waiting: int
    ready: int
    missing: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the doctor's report."""

    name: str
    ok: bool
    message: str
    hint: str = ""
