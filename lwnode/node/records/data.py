# SPDX-License-Identifier: Apache-2.0
"""Records: data sets, their budgets, profiles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lwnode.documents import Column
from lwnode.errors import Finding


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
class ProfileInfo:
    """An island profile that this node knows; ``columns`` are all of its columns."""

    id: str
    name: str
    source: str
    gamma: float
    columns: tuple[Column, ...]
    learnwares: int


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
