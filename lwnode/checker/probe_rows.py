# SPDX-License-Identifier: Apache-2.0
"""Rows to ask a model about, made of nothing but what its publisher published.

Rules
-----
* The points of the specification stand for the rows the model was made for.  They are read back into the model's own
  columns: a number as it is, a category as the level that its point is nearest to.
* What the profile does not describe is missing; a model that takes no missing values gets the middle of the points, or
  0 where there is none, and that is said.
* Extreme rows lie at the edge of the frame's box: what a user's odd row may be after a typing error.
* Nothing is random: two checks ask the same.

Called by the checker.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from lwnode.checker.answers import Rows
from lwnode.checker.documents import is_number
from lwnode.documents import Card, Column, Input
from lwnode.specification import Specification, from_frame
from lwnode.specification.encoders import pixels
from lwnode.specification.frame import box
from lwnode.types import Matrix, Vector

_BRIGHTEST = 1.0  # of `lwnode.specification.encoders.pixels`
_PIXEL_ROWS = 16
_MOST_CELLS = 1 << 20  # of the extreme rows: every column on its own, as long as there are not too many


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProbeRows:
    """Rows for a model.

    Parameters
    ----------
    rows : (m, inputs) float32
        One for each point, in its order; NaN where missing.
    absent : tuple of str
        Inputs that the specification says nothing of.
    judged : bool
        Whether they are the specification's points in some of the inputs, so that answers can be held against it.
    """

    rows: Rows
    absent: tuple[str, ...]
    judged: bool

    def filled(self) -> ProbeRows:
        """Return the rows without missing values: each column's middle value, 0 where nothing of it is known."""
        full = self.rows.copy()
        for column in full.T:
            known = np.sort(column[np.isfinite(column)])
            column[np.isnan(column)] = known[len(known) // 2] if len(known) else 0.0
        return dataclasses.replace(self, rows=full)


def probe_rows(spec: Specification, card: Card) -> ProbeRows:
    """Return the points of a specification as rows that its model takes."""
    if card.encoder.startswith(pixels.PREFIX):
        return ProbeRows(rows=_pixel_rows(len(card.inputs)), absent=(), judged=False)
    columns = _columns(spec, spec.points.astype(np.float64))
    rows = _rows(card, columns, len(spec.points))
    absent = tuple(item.name for item in card.inputs if item.name not in columns)
    return ProbeRows(rows=rows, absent=absent, judged=len(absent) < len(card.inputs))


def extreme_rows(spec: Specification, card: Card, usual: Rows) -> Rows:
    """Return rows at the edge of the box: all columns low, all high, and each column alone at either edge.

    Parameters
    ----------
    spec : Specification
    card : Card
    usual : (m, inputs) float32
        Rows without missing values, the first of which carries the single extremes.

    Returns
    -------
    (n, inputs) float32, without missing values
    """
    if card.encoder.startswith(pixels.PREFIX):
        return np.array([[0.0], [_BRIGHTEST]], dtype=np.float32) * np.ones((1, len(card.inputs)), dtype=np.float32)
    edges = from_frame(spec.profile, np.stack(box(spec.profile))).astype(np.float64)
    both = _rows(card, _columns(spec, edges), 2)
    both = np.where(np.isnan(both), usual[:1], both)
    width = both.shape[1]
    if 2 * width * width > _MOST_CELLS:
        return np.asarray(both, dtype=np.float32)
    alone = np.repeat(usual[:1], 2 * width, axis=0)
    for edge in (0, 1):
        alone[np.arange(width) + edge * width, np.arange(width)] = both[edge]
    return np.concatenate([both, alone]).astype(np.float32)


def missing_rows(usual: Rows) -> Rows:
    """Return one usual row with each of its values missing, and one in which all are (an unknown level is missing)."""
    width = usual.shape[1]
    count = width if width * width <= _MOST_CELLS else 0
    rows = np.repeat(usual[:1], count + 1, axis=0)
    rows[np.arange(count), np.arange(count)] = np.nan
    rows[count] = np.nan
    return rows


def _columns(spec: Specification, raw: Matrix) -> dict[str, tuple[Column, Vector]]:
    """Return name → profile column, and its numbers or the positions of its levels."""
    columns: dict[str, tuple[Column, Vector]] = {}
    at = 0
    for column in spec.profile.features:
        part = raw[:, at : at + column.width]
        columns[column.name] = (column, part.argmax(axis=1).astype(np.float64) if column.levels else part[:, 0])
        at += column.width
    return columns


def _rows(card: Card, columns: dict[str, tuple[Column, Vector]], count: int) -> Rows:
    out = np.full((count, len(card.inputs)), np.nan, dtype=np.float32)
    with np.errstate(over="ignore"):
        for at, item in enumerate(card.inputs):
            if item.name in columns:
                out[:, at] = _as_input(item, *columns[item.name])
    return np.where(np.isfinite(out), out, np.nan).astype(np.float32)


def _as_input(item: Input, column: Column, values: Vector) -> Vector:
    """Return a profile column's values as the model reads them."""
    if column.levels:
        levels = [column.levels[int(at)] for at in values]
        if item.type == "number":
            return np.array([float(level) if is_number(level) else np.nan for level in levels])
        place = {level: float(at) for at, level in enumerate(item.levels)}
        return np.array([place.get(level, np.nan) for level in levels])
    if item.type == "number":
        return values
    codes = np.array([float(level) if is_number(level) else np.inf for level in item.levels])
    if not np.isfinite(codes).any():
        return np.full(len(values), np.nan)
    nearest: Vector = np.abs(values[:, None] - codes).argmin(axis=1).astype(np.float64)
    return nearest


def _pixel_rows(width: int) -> Rows:
    """Return images of nothing in particular: waves of different lengths."""
    at = np.arange(width) / max(width, 1)
    waves = np.array([0.5 + 0.5 * np.sin(2.0 * np.pi * (k + 1) * at + k) for k in range(_PIXEL_ROWS)])
    return (_BRIGHTEST * waves).astype(np.float32)
