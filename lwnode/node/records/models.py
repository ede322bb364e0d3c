# SPDX-License-Identifier: Apache-2.0
"""Records: models of one's own, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lwnode.documents import Card, Figure
from lwnode.types import Matrix


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
