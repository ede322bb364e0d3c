# SPDX-License-Identifier: Apache-2.0
"""Records: what a reuse says."""

from __future__ import annotations

from dataclasses import dataclass

from lwnode.node.records.models import Predictions
from lwnode.types import Mask


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
    prior : tuple of float
        Estimated class shares of the user's rows, in the order of the classes; empty where none were estimated.
    labels : int
        Labelled rows that the method learnt from.
    """

    method: str
    members: tuple[ReuseMember, ...]
    covered: Mask
    comparison: tuple[Comparison, ...] = ()
    best: str = ""
    note: str = ""
    prior: tuple[float, ...] = ()
    labels: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reused:
    """Predictions of combined learnwares with their report."""

    predictions: Predictions
    report: ReuseReport
