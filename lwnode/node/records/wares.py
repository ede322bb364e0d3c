# SPDX-License-Identifier: Apache-2.0
"""Records: learnwares of the catalogue, and as files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lwnode.documents import Card, Semantic, SpecificationCard
from lwnode.errors import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInfo:
    """What the market's checker saw in a learnware.

    Parameters
    ----------
    status : {-1, 0, 1}
        Invalid, not usable here, usable.
    meaning : str
        The same in words.
    findings : tuple of Finding
        Refusals first, each with a hint.
    ran : bool
        Whether its model ran in a worker process.
    seconds_per_row : float or None
    time : datetime
        When it was checked.
    """

    status: Literal[-1, 0, 1]
    meaning: str
    findings: tuple[Finding, ...]
    ran: bool
    seconds_per_row: float | None
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ware:
    """A learnware of the catalogue.

    Parameters
    ----------
    id : str
    name, organisation, publisher : str
    state : {"announced", "ready", "withdrawn", "refused"}
    reason : str
        Why it was refused or withdrawn.
    trust : {"own", "introduced", "pinned", "blocked", "unknown"}
        How its publisher is known here.
    own : bool
    audience : str
    size : int
        Bytes of all files.
    created, received : datetime
    semantic : Semantic or None
        None while its files are not here.
    card : Card or None
    rows : int
        Rows behind the specification, rounded down to two digits; 0 where unknown.
    privacy : {"private", "no-noise", "public", "imported", ""}
    epsilon, delta : float or None
        The guarantee of the specification; None where it makes no claim.
    attacker : float or None
        Highest area under the curve that any attacker can reach from the specification in telling whether a person was
        in the data, by that guarantee; None where it makes no claim.
    profile : str
    previous : str
    sketch : SpecificationCard or None
        Everything of the specification but its points.
    check : CheckInfo or None
        What this node's checker saw; None where it was not checked yet.
    """

    id: str
    name: str
    organisation: str
    publisher: str
    state: Literal["announced", "ready", "withdrawn", "refused"]
    reason: str
    trust: Literal["own", "introduced", "pinned", "blocked", "unknown"]
    own: bool
    audience: str
    size: int
    created: datetime
    received: datetime
    semantic: Semantic | None
    card: Card | None
    rows: int
    privacy: str
    epsilon: float | None
    profile: str
    previous: str
    delta: float | None = None
    attacker: float | None = None
    sketch: SpecificationCard | None = None
    check: CheckInfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A learnware as one file, as bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What an archive is, once everything in it was verified."""

    id: str
    name: str
    organisation: str
    publisher: str
    known: bool
    files: int
    size: int
