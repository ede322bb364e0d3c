# SPDX-License-Identifier: Apache-2.0
"""Labels of rows: what a labelled specification and the published shares of the classes are made of.

A class label is a position in a public list of names; a regression target is binned between public bounds.  What is
said about labels is public in form (names, edges) and private in content (how many rows have each).

Rules
-----
* Names and edges are never taken from the rows here: they come from the model, which names its classes, from the
  profile, or from a person.
* A value beyond the outermost edges belongs to the outermost bin; a row without a label, or with one that is not in the
  list, counts for no class.
* Published shares are steps of 0.01 that sum to 1, for exact and for noised counts alike.

Called by the release and by the node's drafts.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import SettingsError, SpecificationError
from lwnode.types import Vector

Classes = NDArray[np.int64]  # (n,), position of each row's label, -1 where it has none

NO_LABEL = -1
MOST_LABELS = 1_000
_BINS = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labels:
    """The label of every row.

    Parameters
    ----------
    of_rows : (n,) int64
        Position of the row's label in ``names``, or -1.
    names : tuple of str
        Of the classes, or of the bins of a regression target.
    edges : tuple of float
        Of the bins, one more than names; empty for classes.
    """

    of_rows: Classes
    names: tuple[str, ...]
    edges: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse labels without meaning.

        Raises
        ------
        SpecificationError
            No names, one twice, too many, edges that do not ascend, or a position without a name.
        """
        if not 1 <= len(self.names) <= MOST_LABELS or len(set(self.names)) != len(self.names):
            raise SpecificationError(f"labels need 1 to {MOST_LABELS} names, each once")
        if self.edges and (len(self.edges) != len(self.names) + 1 or not np.all(np.diff(self.edges) > 0)):
            raise SpecificationError("the edges of the bins do not ascend, or are not one more than the bins")
        if self.of_rows.ndim != 1 or not np.all((self.of_rows >= NO_LABEL) & (self.of_rows < len(self.names))):
            raise SpecificationError("a row's label is not the position of a name")

    @classmethod
    def from_classes(cls, values: Sequence[Any] | NDArray[Any], names: Sequence[str]) -> Labels:
        """Return the labels of a classification target.

        Parameters
        ----------
        values : (n,)
            The target's values; what is not among the names counts as none.
        names : sequence of str
        """
        position: Mapping[str, int] = {name: at for at, name in enumerate(names)}
        of_rows = np.fromiter((position.get(cls.name_of(value), NO_LABEL) for value in values), np.int64, len(values))
        return cls(of_rows=of_rows, names=tuple(names))

    @classmethod
    def from_numbers(cls, values: Vector, *, low: float, high: float, bins: int = _BINS) -> Labels:
        """Return the labels of a regression target: equal bins between public bounds.

        Parameters
        ----------
        values : (n,) float64
            NaN where a row has no target.
        low, high : float
            Public bounds of the target, in its unit.
        bins : int

        Raises
        ------
        SettingsError
            Fewer than two bins, or bounds that are not an interval.
        """
        if bins < 2 or not (np.isfinite([low, high]).all() and low < high):
            raise SettingsError("a binned target needs two finite bounds, low below high, and at least two bins")
        edges = np.linspace(low, high, bins + 1)
        inside = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, bins - 1)
        names = tuple(f"{a:g} to {b:g}" for a, b in itertools.pairwise(edges))
        return cls(
            of_rows=np.where(np.isfinite(values), inside, NO_LABEL).astype(np.int64),
            names=names,
            edges=tuple(map(float, edges)),
        )

    @staticmethod
    def name_of(value: object) -> str:
        """Return a target's value as a name: whole numbers without a fraction, as a file would spell them."""
        if isinstance(value, (float, np.floating)) and float(value).is_integer():
            return str(int(value))
        return str(value)

    @property
    def count(self) -> int:
        """Number of names."""
        return len(self.names)

    @property
    def shares(self) -> Vector:
        """Share of all rows that have each label, (C,) float64; they sum to less than 1 where rows have none."""
        return np.bincount(self.of_rows[self.of_rows >= 0], minlength=self.count) / max(1, len(self.of_rows))

    def rows(self, label: int) -> NDArray[np.intp]:
        """Return the positions of the rows with a label."""
        return np.flatnonzero(self.of_rows == label)

    def take(self, rows: NDArray[np.intp]) -> Labels:
        """Return the labels of some rows."""
        return Labels(of_rows=self.of_rows[rows], names=self.names, edges=self.edges)


def normalised(shares: Vector) -> Vector:
    """Return shares that are not negative and sum to 1; all alike where nothing is left."""
    kept = np.maximum(shares, 0.0)
    return kept / kept.sum() if kept.sum() > 0.0 else np.full(len(kept), 1.0 / len(kept))


def in_steps(shares: Vector) -> tuple[float, ...]:
    """Return shares in steps of 0.01 that sum to 1: rounded down, the rest to the largest remainders."""
    hundredths = 100.0 * normalised(shares)
    whole = np.floor(hundredths + 1e-9)
    order = np.argsort(whole - hundredths, kind="stable")
    whole[order[: round(100.0 - float(whole.sum()))]] += 1.0
    return tuple(float(part) / 100.0 for part in whole)


def points_for(shares: Vector, size: int) -> NDArray[np.int64]:
    """Return how many of ``size`` points each class gets: in proportion, at least one for a class that has rows.

    Raises
    ------
    SettingsError
        There are more classes than points.
    """
    present = shares > 0.0
    if present.sum() > size:
        raise SettingsError(
            f"{int(present.sum())} classes need at least as many points, {size} were asked for",
            hint="ask for more points, or leave the labels out",
        )
    points = np.where(present, np.maximum(1, np.floor(size * normalised(shares))), 0).astype(np.int64)
    while points.sum() > size:
        points[int(np.argmax(points))] -= 1
    return points
