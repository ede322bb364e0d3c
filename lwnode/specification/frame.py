# SPDX-License-Identifier: Apache-2.0
"""The island frame: from columns in their own units to coordinates that can be compared, and back.

Two matrices appear everywhere in this room, both ``(n, profile.width)``:

*raw*
    Numbers in their unit; a category as one coordinate per level, 1 for its own level and 0 for the others.
    Specifications store their points like this.
*frame*
    What the kernel sees: a number's bounds are at ±2, a category's own level at √2.

Rules
-----
* A value that is not finite (NaN, and an infinity as well) is missing.  A missing number is the middle of its bounds;
  a missing category is all levels alike, √2 / levels each.  One missing coordinate makes the whole category missing.
* Values beyond the bounds are kept up to the box and clipped there: ±4 for a number, 0 to √2 for a level.
* An unknown level is a missing value: the levels are public, a new one would say something about one row.
* Nothing depends on the rows, so a row's coordinates are the same in every table: the privacy proof needs that.
* Images and texts enter here as the columns of their encoder.

Called by the release, the audit, the market and the reuse methods.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Column, Profile
from lwnode.errors import SpecificationError
from lwnode.types import Matrix, Points, Vector

CLIP = 4.0  # edge of the box in a number's coordinate
LEVEL = math.sqrt(2.0)  # coordinate of a category's own level: two levels are 2 apart
_COARSEST = 1e-3  # largest step between two float32 points, in frame units
_BLOCK = 4_096  # rows brought into the frame at a time


def raw_matrix(profile: Profile, columns: Mapping[str, NDArray[Any]]) -> Matrix:
    """Return the raw matrix of a table.

    Parameters
    ----------
    profile : Profile
        Of a table, or of an encoder, whose rows are a table of its columns.
    columns : mapping
        Name → (n,) values of every feature of the profile; other names are ignored.  Numbers as any numeric array with
        NaN for missing; categories as their levels, with None (or NaN) for missing.

    Returns
    -------
    (n, width) float64, raw, NaN where missing

    Raises
    ------
    SpecificationError
        A feature is not among the columns, is not numeric where it should be, or has another length.
    """
    if profile.encoder and not all(column.name.startswith(profile.encoder) for column in profile.features):
        raise SpecificationError(f"the profile '{profile.name}' names {profile.encoder}, but not its columns")
    absent = [column.name for column in profile.features if column.name not in columns]
    if absent and profile.encoder:
        raise SpecificationError(
            f"the data were not encoded by {profile.encoder}, which the profile '{profile.name}' is for",
            hint="give the images or texts themselves, or use another profile",
        )
    if absent:
        raise SpecificationError(
            "the data lack columns of the profile: " + ", ".join(absent),
            hint="name the columns as the profile does, or use another profile",
        )
    parts = [_coordinates(column, np.asarray(columns[column.name])) for column in profile.features]
    if len({len(part) for part in parts}) != 1:
        raise SpecificationError("the columns have different lengths")
    return np.concatenate(parts, axis=1)


def to_frame(profile: Profile, raw: Matrix) -> Matrix:
    """Return raw rows in the frame: scaled, clipped to the box, missing values in the middle.

    Parameters
    ----------
    profile : Profile
    raw : (n, width) float, raw

    Returns
    -------
    (n, width) float64, island frame, finite

    Raises
    ------
    SpecificationError
        Another width than the profile's.
    """
    raw = np.asarray(raw, dtype=np.float64)
    if raw.ndim != 2 or raw.shape[1] != profile.width:
        raise SpecificationError(f"rows of shape {raw.shape} do not have the {profile.width} columns of the profile")
    return _Frame(profile)(raw)


def from_frame(profile: Profile, frame: Matrix) -> Points:
    """Return points of the frame in raw units; the inverse of `to_frame` inside the box, to float32.

    Raises
    ------
    SpecificationError
        A column's bounds lie so far from zero that float32 cannot tell its values apart.
    """
    centre, scale = scaling(profile)
    low, high = box(profile)
    far = np.maximum(np.abs(low / scale + centre), np.abs(high / scale + centre)).astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        step = np.spacing(far) * scale
    if not np.all(step <= _COARSEST):
        name = _names(profile)[int(np.argmax(~(step <= _COARSEST)))]
        raise SpecificationError(
            f"column '{name}': its bounds need more digits than a specification's points have",
            hint="subtract a constant from the column, such as the year 2000 from a time stamp",
        )
    return (frame / scale + centre).astype(np.float32)


def blocks(profile: Profile, raw: Matrix, positions: NDArray[np.intp] | None = None) -> Iterator[Matrix]:
    """Yield rows in the frame, some thousand at a time, so that memory does not grow with the table.

    Parameters
    ----------
    profile : Profile
    raw : (n, width) float64, raw
    positions : (k,) int, optional
        Of the rows; default: all of them in order.
    """
    framed = _Frame(profile)
    for start in range(0, len(raw) if positions is None else len(positions), _BLOCK):
        part = slice(start, start + _BLOCK)
        yield framed(raw[part] if positions is None else raw[positions[part]])


def scaling(profile: Profile) -> tuple[Vector, Vector]:
    """Return (centre, scale), (width,) each: ``frame = (raw - centre) * scale`` before clipping."""
    centre, scale = np.zeros(profile.width), np.full(profile.width, LEVEL)
    at = 0
    for column in profile.features:
        if column.type != "category":
            low, high = _bounds(column)
            centre[at], scale[at] = low + (high - low) / 2.0, 4.0 / (high - low)
        at += column.width
    return centre, scale


def box(profile: Profile) -> tuple[Vector, Vector]:
    """Return the lowest and the highest coordinates of the frame, (width,) each."""
    low, high = np.full(profile.width, -CLIP), np.full(profile.width, CLIP)
    for at, _ in _categories(profile):
        low[at], high[at] = 0.0, LEVEL
    return low, high


def public_rows(profile: Profile, count: int, rng: np.random.Generator) -> Matrix:
    """Return rows of somebody who knows only the profile: N(0, 1) for a number, any level alike for a category.

    Returns
    -------
    (count, width) float64, island frame
    """
    rows = np.clip(rng.normal(size=(count, profile.width)), -CLIP, CLIP)
    for at, column in _categories(profile):
        rows[:, at] = LEVEL * np.eye(column.width)[rng.integers(column.width, size=count)]
    return rows


def public_start(profile: Profile, size: int) -> Matrix:
    """Return the public points at which every fit begins that may not begin at rows, (size, width), island frame."""
    return public_rows(profile, size, np.random.default_rng((profile.seed, 3)))


class _Frame:
    """The way into the frame of one profile, worked out once for many blocks of rows."""

    def __init__(self, profile: Profile) -> None:
        self.centre, self.scale = scaling(profile)
        self.low, self.high = box(profile)
        self.categories = tuple((at, column.width) for at, column in _categories(profile))

    def __call__(self, raw: Matrix) -> Matrix:
        with np.errstate(over="ignore", invalid="ignore"):
            frame = raw - self.centre
            frame *= self.scale
            whole = np.isfinite(frame.sum())  # one quick pass; a sum that overflows is looked at closely below
        np.clip(frame, self.low, self.high, out=frame)
        if not whole and (missing := ~np.isfinite(raw)).any():
            frame[missing] = 0.0
            for at, width in self.categories:
                frame[missing[:, at].any(axis=1), at] = LEVEL / width
        return frame


def _coordinates(column: Column, values: NDArray[Any]) -> Matrix:
    """Return one column as raw coordinates, (n, column.width)."""
    if values.ndim != 1:
        raise SpecificationError(f"column '{column.name}' is not one-dimensional")
    if column.type != "category":
        try:
            return np.asarray(values, dtype=np.float64)[:, None]
        except (TypeError, ValueError):
            raise SpecificationError(
                f"column '{column.name}' should hold numbers", hint="check the column's type in the profile"
            ) from None  # the cause quotes a value
    positions = {level: position for position, level in enumerate(column.levels)}
    unknown = column.width
    of_row = np.fromiter((positions.get(_level(value), unknown) for value in values), dtype=np.intp, count=len(values))
    return np.vstack([np.eye(column.width), np.full(column.width, np.nan)])[of_row]


def _bounds(column: Column) -> tuple[float, float]:
    """Return a number's bounds, which every profile states."""
    assert column.low is not None
    assert column.high is not None
    return column.low, column.high


def _level(value: object) -> str:
    """Return a category's value as its level: whole numbers without a fraction, as a file would spell them."""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _categories(profile: Profile) -> Iterator[tuple[slice, Column]]:
    """Yield the coordinates of each category."""
    at = 0
    for column in profile.features:
        if column.type == "category":
            yield slice(at, at + column.width), column
        at += column.width


def _names(profile: Profile) -> list[str]:
    """Return the column that each coordinate belongs to."""
    return [column.name for column in profile.features for _ in range(column.width)]
