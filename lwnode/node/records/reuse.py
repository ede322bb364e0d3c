# SPDX-License-Identifier: Apache-2.0
"""Records: what a reuse says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lwnode.documents import Figure
from lwnode.node.records.models import Predictions
from lwnode.types import Mask, Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class ReuseMember:
    """A learnware that took part.

    Parameters
    ----------
    learnware, name, organisation : str
    weight : float
        Mean part that it had in the answers, 0 to 1.
    columns : mapping
        Own column → its column, where a map was needed and they differ.
    filled : tuple of str
        Its columns that the user lacks; they were filled from its specification.
    lost : float
        Share of its output's variance that this costs its model, as far as its own sketch can tell; 0 where nothing
        was filled.
    """

    learnware: str
    name: str
    organisation: str
    weight: float
    columns: Mapping[str, str] = field(default_factory=dict)
    filled: tuple[str, ...] = ()
    lost: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A learnware that was named and took no part, and why."""

    learnware: str
    name: str
    reason: str


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
    coverage : (n,) float64
        For every row, the part of its answer that comes from learnwares whose specification covers it, 0 to 1.
    left_out : tuple of LeftOut
        Who was named and took no part.
    estimate : tuple of Figure
        How good the answers are, by rows whose labels the method had not seen, with 95 % intervals; empty where nothing
        is known.
    unknown : str
        Why nothing is known; empty where something is.
    comparison : tuple of Comparison
        On the labelled rows: the reuse and a model trained on these labels alone; empty where there is none.
    lead : Comparison or None
        By how much the reuse is above own training on the same rows; below 0 where own training is better.  Sure where
        its interval does not hold 0.
    best : str
        Which of them won; empty where they were not compared.
    note : str
        What happened, for a person.
    prior : tuple of float
        Estimated class shares of the user's rows, in the order of the classes; empty where none were estimated.
    labels : int
        Labelled rows that the method learnt from.
    shares : mapping
        Id → share by which the mix weighed a learnware before it looked at a row; given as weights they repeat it.
        Empty where nothing so simple does.
    """

    method: str
    members: tuple[ReuseMember, ...]
    covered: Mask
    coverage: Vector
    left_out: tuple[LeftOut, ...] = ()
    estimate: tuple[Figure, ...] = ()
    unknown: str = ""
    comparison: tuple[Comparison, ...] = ()
    lead: Comparison | None = None
    best: str = ""
    note: str = ""
    prior: tuple[float, ...] = ()
    labels: int = 0
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reused:
    """Predictions of combined learnwares with their report."""

    predictions: Predictions
    report: ReuseReport
