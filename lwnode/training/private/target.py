# SPDX-License-Identifier: Apache-2.0
"""What a private model predicts, said in public: the classes or the bounds of the target.

Rules
-----
* Classes and bounds come from the profile or from a person, never from the rows: a class that only one person has
  would name that person.
* A row without a label, or with one that is not among the classes, takes no part: it adds nothing to any sum.  How
  many these are is not said, and nothing is refused because of them.
* A value beyond the bounds counts as the bound.

Called by `lwnode.training.private.problem`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.errors import SpecificationError
from lwnode.training.columns import as_levels, as_numbers
from lwnode.training.problem import CLASS_LIMIT
from lwnode.types import Task, Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The public side of a target.

    Parameters
    ----------
    name : str
    classes : tuple of str
        At least two, each once; empty for a regression.
    low, high : float or None
        Bounds in the target's unit; None for a classification.

    Raises
    ------
    SpecificationError
        Neither classes nor bounds, both, fewer than two classes, or bounds without a width.
    """

    name: str
    classes: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        """Refuse a target without meaning."""
        if self.classes:
            if self.low is not None or self.high is not None:
                raise SpecificationError(f"target '{self.name}' has classes and bounds")
            if not 2 <= len(set(self.classes)) == len(self.classes) <= CLASS_LIMIT:
                raise SpecificationError(
                    f"target '{self.name}' needs 2 to {CLASS_LIMIT} classes, each once", hint="name them in the profile"
                )
        elif (
            self.low is None or self.high is None or not (math.isfinite(self.high - self.low) and self.low < self.high)
        ):
            raise SpecificationError(
                f"target '{self.name}' needs public classes, or a low and a higher bound",
                hint="give the target its levels or its bounds in the profile",
            )

    @property
    def task(self) -> Task:
        """Classification where there are classes, else regression."""
        return "classification" if self.classes else "regression"

    @property
    def outputs(self) -> int:
        """Columns of the model's answer."""
        return len(self.classes) or 1

    @property
    def centre(self) -> float:
        """The middle of the bounds."""
        assert self.low is not None
        assert self.high is not None
        return self.low + (self.high - self.low) / 2.0

    @property
    def reach(self) -> float:
        """Half of the distance of the bounds."""
        assert self.low is not None
        assert self.high is not None
        return (self.high - self.low) / 2.0

    def positions(self, labels: NDArray[Any]) -> NDArray[np.intp]:
        """Return the class of each row as its position, -1 for none of them, (n,)."""
        place = {name: position for position, name in enumerate(self.classes)}
        names = as_levels(labels if labels.dtype == object else labels.astype(np.float64))
        return np.fromiter((place.get(name, -1) for name in names), dtype=np.intp, count=len(names))

    def scaled(self, labels: NDArray[Any]) -> Vector:
        """Return values with the bounds at ±1 and clipped there, NaN where there is none, (n,)."""
        values, _ = as_numbers(labels if labels.dtype == object else labels.astype(np.float64))
        values = np.where(np.isfinite(values), values, np.nan)
        return np.clip((values - self.centre) / self.reach, -1.0, 1.0)


def public_target(
    profile: Profile | None,
    name: str,
    *,
    task: Task | None = None,
    classes: tuple[str, ...] = (),
    bounds: tuple[float, float] | None = None,
) -> Target:
    """Return the target as the profile or a person describes it; what a person says comes first.

    Parameters
    ----------
    profile : Profile or None
    name : str
        Of the column to predict.
    task : {"classification", "regression"}, optional
        Default: what is described.
    classes : tuple of str, optional
    bounds : (low, high), optional

    Raises
    ------
    SpecificationError
        Nobody describes the target, or not for this task.
    """
    if classes or bounds is not None:
        low, high = bounds if bounds is not None else (None, None)
        target = Target(name=name, classes=classes, low=low, high=high)
    else:
        known = profile.columns if profile is not None else ()
        column = next((column for column in known if column.name == name), None)
        if column is None or column.role == "feature":
            raise SpecificationError(
                f"no profile describes the target '{name}'",
                hint="a private model needs public classes or bounds: state them, or give the target its role and its"
                " levels or bounds in the profile",
            )
        numeric = column.type in ("number", "integer") and task != "classification"
        target = Target(
            name=name,
            classes=() if numeric else column.levels,
            low=column.low if numeric else None,
            high=column.high if numeric else None,
        )
    if task is not None and target.task != task:
        raise SpecificationError(
            f"the public description of target '{name}' is for {target.task}, not for {task}",
            hint="give it levels for a classification, bounds for a regression",
        )
    return target
