# SPDX-License-Identifier: Apache-2.0
"""The island profile: the public frame in which specifications are compared.

Rules
-----
* Specifications are comparable only in one frame.  The profile fixes it: the columns with their public bounds and
  levels, the scaling that follows from them, the kernel's γ and the seed of the random frequencies.
* Nothing in it comes from one node's private data unless ε was spent on it (``origin`` says which).
* The seed also fixes every other public choice of the island: where fits start, and the reference rows that stand for
  somebody who knows only the scales (its anchors).  All follow from the profile alone.
* A new version differs in γ alone and names the one before.
* Bounds map to ±2 in the frame, values are clipped at ±4, a missing value is the middle.  A category takes one
  coordinate per level: √2 for its own level and 0 for the others, so that two levels are 2 apart.
* γ = 1 / number of feature columns unless the profile states another.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from lwnode.documents.canonical import digest, encode, optional
from lwnode.errors import DocumentError

COLUMN_LIMIT = 2_000
MOST_GAMMA = 1e12  # beyond, and below its inverse, every kernel matrix is that of points all apart or all alike
LEVEL_LIMIT = 1_000
_ID = re.compile(r"([0-9a-f]{64})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the schema.

    Parameters
    ----------
    name : str
    type : {"number", "integer", "category", "text"}
    role : {"feature", "target", "identifier", "ignored"}
        Only features span the frame.
    unit : str
        UCUM; empty where it has none.
    low, high : float or None
        Public bounds of a number in its unit, ``low < high``; None for other types.
    levels : tuple of str
        Public levels of a category; empty for other types.
    description : str
    """

    name: str
    type: Literal["number", "integer", "category", "text"]
    role: Literal["feature", "target", "identifier", "ignored"] = "feature"
    unit: str = ""
    low: float | None = None
    high: float | None = None
    levels: tuple[str, ...] = ()
    description: str = ""

    @property
    def width(self) -> int:
        """Coordinates that the column takes in the frame: 1 for a number, one per level for a category."""
        return len(self.levels) if self.type == "category" else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A public frame for specifications.

    Parameters
    ----------
    name : str
    columns : tuple of Column
        All columns of the schema, features in the order of the frame.
    gamma : float
        Of the kernel ``exp(-gamma |x - y|^2)`` in the frame; 1 / squared frame unit.
    origin : {"bounds", "partner", "quantiles", "own data"}
        Where the bounds come from.  ``own data`` may not be used with a private specification.
    seed : int
        Of the random frequencies of the private embedding; public, from 0.
    version : int
        From 1.
    encoder : str
        Encoder id for images and texts; empty for tables.
    previous : str
        Id of the version before; empty where there is none.
    """

    schema: Literal["lwnode.profile/1"] = "lwnode.profile/1"
    name: str
    columns: tuple[Column, ...]
    gamma: float
    origin: Literal["bounds", "partner", "quantiles", "own data"] = "bounds"
    seed: int = 7
    version: int = 1
    encoder: str = ""
    previous: str = optional("")

    def __post_init__(self) -> None:
        """Refuse a profile without meaning.

        Raises
        ------
        DocumentError
            No feature, two columns of one name, a number without bounds, a category without levels, γ not positive, a
            seed or a version that is none.
        """
        if not self.name.strip():
            raise DocumentError("the profile has no name")
        if len(self.columns) > COLUMN_LIMIT:
            raise DocumentError(f"the profile has more than {COLUMN_LIMIT} columns")
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names) or not all(names):
            raise DocumentError("the profile names a column twice, or not at all")
        if not 1.0 / MOST_GAMMA <= self.gamma <= MOST_GAMMA:
            raise DocumentError(f"the profile's gamma must be between {1.0 / MOST_GAMMA:g} and {MOST_GAMMA:g}")
        if self.seed < 0 or self.version < 1 or not _ID.fullmatch(self.previous):
            raise DocumentError("the profile's seed, its version or the id of the version before is none")
        if not self.features:
            raise DocumentError("the profile has no feature column")
        for column in self.features:
            if column.type == "text":
                raise DocumentError(f"column '{column.name}': free text cannot be a feature of a table profile")
            if column.type == "category":
                if not column.levels or len(set(column.levels)) != len(column.levels):
                    raise DocumentError(f"column '{column.name}': a category needs its levels, each once")
                if len(column.levels) > LEVEL_LIMIT:
                    raise DocumentError(f"column '{column.name}' has more than {LEVEL_LIMIT} levels")
            elif column.low is None or column.high is None or not math.isfinite(column.high - column.low):
                raise DocumentError(f"column '{column.name}': a number needs a low and a high bound")
            elif not column.low < column.high:
                raise DocumentError(f"column '{column.name}': the low bound must be below the high bound")

    @property
    def features(self) -> tuple[Column, ...]:
        """The columns that span the frame, in its order."""
        return tuple(column for column in self.columns if column.role == "feature")

    @property
    def target(self) -> Column | None:
        """The target column, where the profile names one."""
        return next((column for column in self.columns if column.role == "target"), None)

    @property
    def width(self) -> int:
        """Coordinates of the frame."""
        return sum(column.width for column in self.features)

    @property
    def id(self) -> str:
        """SHA-256 of the canonical bytes: two nodes with the same profile have the same id."""
        return _digest_of(self)

    @property
    def schema_id(self) -> str:
        """SHA-256 of names, types, units and levels of the features: equal for profiles that differ in bounds only."""
        parts = [(c.name, c.type.replace("integer", "number"), c.unit, list(c.levels)) for c in self.features]
        return digest(encode([[*part, self.encoder] for part in parts]))

    @classmethod
    def from_bounds(
        cls,
        bounds: Mapping[str, tuple[float, float] | Sequence[str]],
        *,
        units: Mapping[str, str] | None = None,
        name: str = "typed bounds",
        gamma: float | None = None,
        target: str | None = None,
    ) -> Profile:
        """Make a profile from bounds that a person typed.

        Parameters
        ----------
        bounds : mapping
            Column name → ``(low, high)`` for a number, or the list of levels for a category.
        units : mapping, optional
            Column name → UCUM unit.
        name : str
        gamma : float, optional
            Default: 1 / number of columns.
        target : str, optional
            Name of the target column.

        Raises
        ------
        DocumentError
            As the constructor; also a unit for a column that is not there.
        """
        units = dict(units or {})
        if unknown := set(units) - set(bounds):
            raise DocumentError("units for columns without bounds: " + ", ".join(sorted(unknown)))
        columns: list[Column] = []
        for column, value in bounds.items():
            unit = units.get(column, "")
            if all(isinstance(part, str) for part in value):
                columns.append(Column(name=column, type="category", unit=unit, levels=tuple(map(str, value))))
                continue
            if len(value) != 2:
                raise DocumentError(f"column '{column}': give (low, high) or a list of levels")
            low, high = (float(part) for part in value)
            columns.append(Column(name=column, type="number", unit=unit, low=low, high=high))
        features = max(1, len(columns))
        if target is not None:
            columns.append(Column(name=target, type="category", role="target"))
        return cls(name=name, columns=tuple(columns), gamma=gamma if gamma is not None else 1.0 / features)


@lru_cache(maxsize=256)
def _digest_of(profile: Profile) -> str:
    return digest(encode(profile))
