# SPDX-License-Identifier: Apache-2.0
"""What the node's actions return: plain frozen records that travel over the local API unchanged.

Handles with behaviour (`lwnode.node.handles`) wrap some of them for Python users.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lwnode.documents import Card, Column, Figure, Semantic, SpecificationCard
from lwnode.errors import Finding
from lwnode.types import Mask, Matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSetInfo:
    """A registered data set; its rows stay where they are.

    Parameters
    ----------
    name, path, target : str
        ``path`` is empty for a table that came from memory.
    rows, rejected : int
        Rows used and rows left out when it was read.
    rows_per_person : int
    columns : tuple of Column
    content : str
        SHA-256 of what was registered.
    epsilon_spent, epsilon_cap : float
        Budget at the data set's δ, over all draws so far.
    added : datetime
    findings : tuple of Finding
        What its reading remarks, such as values that were taken as missing; only in the answer to `add`.
    person : str
        Column that names the person; empty where there is none.
    """

    name: str
    path: str
    target: str
    rows: int
    rejected: int
    rows_per_person: int
    columns: tuple[Column, ...]
    content: str
    epsilon_spent: float
    epsilon_cap: float
    added: datetime
    findings: tuple[Finding, ...] = ()
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderRow:
    """One candidate of a training run: its figure with a 95 % interval, and why it was left out, if it was."""

    family: str
    figure: str
    value: float | None
    low: float | None
    high: float | None
    seconds: float
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """A model of this node."""

    id: str
    name: str
    dataset: str
    family: str
    task: str
    figures: tuple[Figure, ...]
    leaderboard: tuple[LeaderRow, ...]
    card: Card
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFile:
    """One file that would leave: ``what`` says in a few words what it holds."""

    name: str
    sha256: str
    size: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that a draft says of the data, and how it is protected, in words."""

    what: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Exactly what would leave, and what the audit found in it.

    Parameters
    ----------
    digest : str
        SHA-256 of the manifest that would be signed; the learnware's id once it is published.
    files : tuple of DraftFile
        The manifest's files, and the manifest itself as the last.
    findings : tuple of Finding
    epsilon : float or None
        What the specification claims; None where it makes no claim.
    epsilon_charged : float
        What this draft added to the data set's spent budget; 0 where the same draw existed.
    epsilon_before, epsilon_spent, epsilon_cap : float
        The data set's budget before and after this draft, and its end.
    attacker : float or None
        Highest area under the curve that any attacker can reach in telling whether a person is in the data, from the
        specification; None where no claim is made.
    attacker_of_all : float
        The same from everything that the data set's budget was spent on.
    rows_per_person : int
        Most rows of one person, which the figures hold for.
    model_epsilon : float or None
        What the model itself claims, apart; None where it was trained without a guarantee.
    said : tuple of Said
        What the draft says of the data, part by part.
    audience, name, model, dataset, mode : str
    published : bool
    """

    digest: str
    files: tuple[DraftFile, ...]
    findings: tuple[Finding, ...]
    epsilon: float | None
    epsilon_charged: float
    epsilon_spent: float
    epsilon_cap: float
    attacker: float | None
    audience: str
    name: str
    model: str
    dataset: str
    mode: str
    published: bool
    epsilon_before: float = 0.0
    attacker_of_all: float = 0.5
    rows_per_person: int = 1
    model_epsilon: float | None = None
    said: tuple[Said, ...] = ()

    @property
    def refused(self) -> tuple[Finding, ...]:
        """The findings that keep it from being published."""
        return tuple(finding for finding in self.findings if finding.severity == "refuse")

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileInfo:
    """An island profile that this node knows; ``columns`` are all of its columns."""

    id: str
    name: str
    source: str
    gamma: float
    columns: tuple[Column, ...]
    learnwares: int


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
class Charge:
    """One entry of a data set's privacy ledger."""

    time: datetime
    what: str
    epsilon: float
    delta: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetInfo:
    """A data set's privacy ledger: all draws, composed exactly, at one δ.

    ``attacker`` is the largest area under the curve of an attack on everything that was drawn.
    """

    dataset: str
    delta: float
    epsilon_spent: float
    epsilon_cap: float
    charges: tuple[Charge, ...]
    attacker: float = 0.5


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """A model's answers for rows.

    Parameters
    ----------
    values : (n, k) float64
        Probabilities, a column for each class, or one column of values.
    classes : tuple of str
        Empty for a regression.
    """

    values: Matrix
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReuseMember:
    """A learnware that took part, and the mean weight it had over the rows."""

    learnware: str
    name: str
    organisation: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How a way of predicting does on the labelled rows, with a 95 % interval."""

    what: str
    figure: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReuseReport:
    """How predictions came about.

    Parameters
    ----------
    method : str
        What was used in the end.
    members : tuple of ReuseMember
        By weight, the largest first.
    covered : (n,) bool
        Rows that at least one member's specification covers.
    comparison : tuple of Comparison
        On the labelled rows: the reuse and a model trained on these labels alone; empty without labels.
    best : str
        Which of them won; empty without labels.
    note : str
        One sentence for a person.
    """

    method: str
    members: tuple[ReuseMember, ...]
    covered: Mask
    comparison: tuple[Comparison, ...] = ()
    best: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reused:
    """Predictions of combined learnwares with their report."""

    predictions: Predictions
    report: ReuseReport
