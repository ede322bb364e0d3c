# SPDX-License-Identifier: Apache-2.0
"""Rows of a private training: in the public frame of the profile, parted by position.

Rules
-----
* Inputs are the profile's features with the profile's levels; which columns vary, or which levels are frequent, is not
  looked at.
* The matrix is the float32 one that the model file will take, so that what is learnt from is what is predicted on.
* Unlike `lwnode.training.pose` nothing is counted and nothing refused because of what the rows hold.

Called by `lwnode.training.private.train` and the fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Input, Profile
from lwnode.errors import SpecificationError
from lwnode.specification.frame import to_frame
from lwnode.training.inputs import encode
from lwnode.training.private.target import Target
from lwnode.training.private.terms import parts
from lwnode.training.table import Table
from lwnode.types import Mask, Matrix, Vector


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Some rows, ready for a fit.

    Parameters
    ----------
    target : Target
    F : (n, width) float64, island frame
    labels : (n,) int positions of classes, -1 where none; or float64 in [-1, 1], NaN where none
    """

    target: Target
    F: Matrix
    labels: NDArray[Any]

    @property
    def counted(self) -> Mask:
        """Where a row has a label that may be learnt from."""
        return np.asarray(self.labels >= 0 if self.target.classes else ~np.isnan(self.labels), dtype=np.bool_)

    def one_hot(self) -> Matrix:
        """Return (n, C) 1 at a row's class; a row without one is all 0."""
        spread: Matrix = np.equal(self.labels[:, None], np.arange(len(self.target.classes))).astype(np.float64)
        return spread


def require_public(profile: Profile) -> None:
    """Refuse a frame that comes from the rows themselves.

    Raises
    ------
    SpecificationError
        The profile's bounds were taken from the data.
    """
    if profile.origin == "own data":
        raise SpecificationError(
            "bounds taken from the data themselves cannot carry a private model",
            hint="type the bounds in, or use a partner's profile",
        )


def public_inputs(profile: Profile) -> tuple[Input, ...]:
    """Return the inputs of a model in a profile's frame."""
    return tuple(
        Input(name=column.name, type="category", unit=column.unit, levels=column.levels)
        if column.type == "category"
        else Input(name=column.name, type="number", unit=column.unit)
        for column in profile.features
    )


def coordinates(profile: Profile, X: NDArray[np.float32]) -> Matrix:
    """Return encoded rows in the frame, as the model file computes them.

    Parameters
    ----------
    profile : Profile
    X : (n, inputs) float32
        As `lwnode.training.encode` gives it for `public_inputs`.

    Returns
    -------
    (n, width) float64, island frame
    """
    taken: list[Matrix] = []
    for at, column in enumerate(profile.features):
        values = X[:, at].astype(np.float64)
        if column.type != "category":
            taken.append(values[:, None])
            continue
        spread = (values[:, None] == np.arange(column.width)).astype(np.float64)
        spread[~spread.any(axis=1)] = np.nan
        taken.append(spread)
    return to_frame(profile, np.concatenate(taken, axis=1))


def part(table: Table, profile: Profile, target: Target) -> tuple[Rows, Rows]:
    """Return the rows to learn from and the rows for the figures.

    Raises
    ------
    SpecificationError
        The profile's bounds come from the data themselves.
    DataError
        A feature of the profile is not in the table, or holds text instead of numbers.
    """
    require_public(profile)
    inputs = public_inputs(profile)
    X = encode(inputs, table.features(tuple(port.name for port in inputs)))
    labels = table.columns[target.name]
    known: Vector | NDArray[np.intp] = target.positions(labels) if target.classes else target.scaled(labels)
    learn, held = parts(len(X))
    first, second = (Rows(target=target, F=coordinates(profile, X[rows]), labels=known[rows]) for rows in (learn, held))
    return first, second
