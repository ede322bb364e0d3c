# SPDX-License-Identifier: Apache-2.0
"""A learnware seen from the user's columns: which of its columns are there, under which names, and what fills the rest.

Rules
-----
* The map is the one that a search across islands shows (`lwnode.market.organizer`): pairs that are sure, and pairs that
  a person stated.  A doubtful pair takes no part, so its column counts as missing.
* What is missing is filled from the learnware's own specification (`lwnode.reuse.filling`); what is there stays as the
  user has it, in the learnware's units and levels.
* A column of the user never stands for a column of that name in another unit or kind.
* A learnware that is out of reach is left out with a reason, never asked about columns that nobody vouches for.

Called by the node before it asks models.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.errors import DataError
from lwnode.market.entry import Entry
from lwnode.market.frames import feature_slices
from lwnode.market.islands import Columns, obstacle
from lwnode.market.organizer.own_columns import mapped
from lwnode.market.organizer.world import beyond, features_of, reaches
from lwnode.market.reasons import SENTENCES
from lwnode.market.results import Reach
from lwnode.reuse.base import Framed, Predict
from lwnode.reuse.filling import fill, loss_of_filling
from lwnode.reuse.presence import Presence, densities, shared_frame
from lwnode.specification.frame import from_frame, raw_matrix, to_frame
from lwnode.specification.matching import Pair
from lwnode.types import Matrix

_SHOWN = 5  # names in a reason


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """A learnware and the map by which the user's columns reach it.

    Parameters
    ----------
    entry : Entry
    reach : Reach or None
        None where all its columns are there by name.
    """

    entry: Entry
    reach: Reach | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Columns of its specification that the user lacks, or that nobody confirmed."""
        return () if self.reach is None else self.reach.not_compared

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The map of the columns that are there; empty where all are by name."""
        return () if self.reach is None else self.reach.pairs

    def named(self, columns: Columns) -> dict[str, NDArray[Any]]:
        """Return the user's columns under the learnware's names, in its units and levels.

        Raises
        ------
        DataError
            A column of the map is not there.
        """
        if self.reach is None:
            return dict(columns)
        lacking = [pair.ours for pair in self.pairs if pair.ours not in columns]
        if lacking:
            raise DataError(
                "the table lacks columns of the map: " + ", ".join(lacking[:_SHOWN]),
                hint="give rows with the same columns as those that the map was made for",
            )
        wanted = {column.name: column for column in features_of(self.entry.profile, self.reach)}
        features = {column.name for column in self.entry.profile.features}
        own = {name: values for name, values in columns.items() if name not in features}
        return own | mapped(columns, self.pairs, wanted)

    def framed(self, known: NDArray[np.int64], predict: Predict) -> Framed:
        """Return the learnware in its own frame, for the methods that ask models again.

        Parameters
        ----------
        known : (w,) int64
            As `OwnRows` has it.
        predict : callable
            Rows of its frame → answers in the order of the evidence.
        """
        spec, profile = self.entry.framed, self.entry.profile
        return Framed(
            points=spec.points,
            weights=spec.weights,
            known=known,
            predict=predict,
            gamma=profile.gamma,
            noise=spec.noise,
        )

    def completed(self, columns: Columns) -> dict[str, NDArray[Any]]:
        """Return `named`, with what is missing filled from the specification.

        Notes
        -----
        O(n·m·d) time.
        """
        named = self.named(columns)
        if not self.missing:
            return named
        profile, spec = self.entry.profile, self.entry.framed
        frame = shared_frame(profile, named)
        known = to_frame(frame.profile, raw_matrix(frame.profile, named))
        rows = fill(known, frame.coordinates, spec.points, spec.weights, profile.gamma, profile.width)
        values = unframed(profile, rows)
        return named | {name: values[name] for name in self.missing}

    def loss(self, columns: Columns, predict: Predict) -> float:
        """Return what the model loses by the columns that are filled, 0 to about 2; 0 where nothing is missing.

        Parameters
        ----------
        columns : mapping
            Of the user.
        predict : callable
            Rows of the learnware's frame, (m, width) → its model's answers, (m, k).
        """
        if not self.missing:
            return 0.0
        profile, spec = self.entry.profile, self.entry.framed
        known = shared_frame(profile, self.named(columns)).coordinates
        return loss_of_filling(predict, known, spec.points, spec.weights, profile.gamma, profile.width)


def unframed(profile: Profile, rows: Matrix) -> dict[str, NDArray[Any]]:
    """Return rows of a frame as columns: numbers in their units, of a category the level that is nearest.

    Parameters
    ----------
    profile : Profile
    rows : (n, width) float64, island frame
    """
    raw = from_frame(profile, rows).astype(np.float64)
    out: dict[str, NDArray[Any]] = {}
    for column, part in zip(profile.features, feature_slices(profile), strict=True):
        if column.type == "category":
            out[column.name] = np.array(column.levels, dtype=object)[raw[:, part].argmax(axis=1)]
        else:
            out[column.name] = raw[:, part.start]
    return out


def views_of(
    entries: Sequence[Entry], columns: Columns, units: Mapping[str, str], stated: Mapping[str, str]
) -> tuple[tuple[View, ...], dict[str, str]]:
    """Return how the user's columns reach learnwares, and why some are out of reach.

    Parameters
    ----------
    entries : sequence of Entry
    columns, units
        As `lwnode.market.search` takes them.
    stated : mapping
        Column of the user → column of a learnware, confirmed by a person.

    Returns
    -------
    views : tuple of View
        In the order of the entries.
    left_out : dict
        Id → reason, for a person.

    Raises
    ------
    DataError
        A stated pair that cannot be.
    """
    islands = beyond(entries, columns, units)
    reached = reaches(islands, columns, units, stated) if islands or stated else ()
    found = {reach.island: reach for reach in reached}
    far = {entry.id for island in islands for entry in island.entries}
    views: list[View] = []
    left_out: dict[str, str] = {}
    for entry in entries:
        view = View(entry=entry, reach=found.get(entry.schema)) if entry.id in far else View(entry=entry)
        if reason := _out_of_reach(view, columns, units, far=entry.id in far):
            left_out[entry.id] = reason
        else:
            views.append(view)
    return tuple(views), left_out


def _out_of_reach(view: View, columns: Columns, units: Mapping[str, str], *, far: bool) -> str:
    """Return why a learnware cannot be asked, or nothing."""
    if not far:
        stop = obstacle(view.entry.profile, columns, units)
        return "" if stop is None else SENTENCES[stop.code]
    if view.reach is None:
        return "None of its columns is among yours."
    if not view.reach.enough:
        doubtful = ", ".join(f"{pair.ours}={pair.theirs}" for pair in view.reach.doubtful[:_SHOWN])
        asked = f" If this is right, confirm it: --map {doubtful}." if doubtful else ""
        return (
            f"Too few of its columns are surely yours ({len(view.pairs)} of {len(view.entry.profile.features)}).{asked}"
        )
    described = {column.name for column in view.entry.profile.features}
    beside = [item.name for item in view.entry.card.inputs if item.name not in described]
    if beside:
        return "Its model reads columns that its sketch does not describe: " + ", ".join(beside[:_SHOWN]) + "."
    return ""


def seen_through(views: Sequence[View], columns: Columns, *, scale: float, units: Mapping[str, str]) -> Presence:
    """Return where the learnwares' data were, each seen on the columns that are there.

    Parameters
    ----------
    views : sequence of View
        At least one.
    columns, units
        Of the user.
    scale : float
        As for `lwnode.reuse.densities`.
    """
    groups: dict[tuple[Pair, ...], list[int]] = {}
    for place, view in enumerate(views):
        groups.setdefault(view.pairs, []).append(place)
    parts: dict[int, tuple[float, NDArray[np.float64], NDArray[np.bool_]]] = {}
    for places in groups.values():
        first = views[places[0]]
        stated = units if first.reach is None else {}
        there = first.named(columns)
        seen = densities([views[place].entry for place in places], there, scale=scale, units=stated)
        for at, place in enumerate(places):
            parts[place] = (float(seen.distances[at]), seen.densities[at], seen.covered[at])
    ordered = [parts[place] for place in range(len(views))]
    return Presence(
        distances=np.array([distance for distance, _, _ in ordered]),
        densities=np.stack([density for _, density, _ in ordered]),
        covered=np.stack([covered for _, _, covered in ordered]),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnRows:
    """The user's rows in the frames of the learnwares, every column of a frame once.

    Two learnwares that read a column of the user through the same map and bounds share its coordinates.

    Parameters
    ----------
    rows : (n, u) float64
    known : tuple of (w,) int64
        For each learnware, the coordinate of ``rows`` for each of its frame; -1 where the user lacks it.
    features : int
        Columns that the coordinates are of.
    """

    rows: Matrix
    known: tuple[NDArray[np.int64], ...]
    features: int


def own_rows(views: Sequence[View], columns: Columns) -> OwnRows:
    """Return the user's rows as the methods take them that learn from features or map them into frames."""
    parts: list[Matrix] = []
    places: dict[object, NDArray[np.int64]] = {}
    known: list[NDArray[np.int64]] = []
    width = 0
    for view in views:
        profile = view.entry.profile
        named = view.named(columns)
        ours = {pair.theirs: dataclasses.replace(pair, confidence=1.0, reasons=()) for pair in view.pairs}
        at = np.full(profile.width, -1, dtype=np.int64)
        for column, part in zip(profile.features, feature_slices(profile), strict=True):
            if column.name in view.missing:
                continue
            pair = ours.get(column.name, Pair(ours=column.name, theirs=column.name))
            key = (pair, column.type, column.low, column.high, column.levels)
            if key not in places:
                single = dataclasses.replace(profile, columns=(column,), previous="")
                parts.append(to_frame(single, raw_matrix(single, named)))
                places[key] = np.arange(width, width + column.width)
                width += column.width
            at[part] = places[key]
        known.append(at)
    return OwnRows(rows=np.concatenate(parts, axis=1), known=tuple(known), features=len(places))
