# SPDX-License-Identifier: Apache-2.0
"""Where each learnware's data were, seen from the user's rows.

The kernel is narrower than the one that specifications are fitted and ranked with (4γ for values, 6γ for classes): a
gate must tell rows apart, a ranking must tell tables apart.

Rules
-----
* Each specification is read in its own frame, and on the columns that the user has: γ grows as columns become fewer,
  ``γ_sh = γ₀ · columns / shared``.
* The tail test keeps its γ.  Distances over fewer columns are no larger, so what is covered stays covered; with columns
  that lack it says "not ruled out".

Called by the node before `lwnode.reuse.combine`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.errors import ReuseError
from lwnode.market.derived import FramedSpecification
from lwnode.market.entry import Entry
from lwnode.market.frames import FramedRows, feature_slices
from lwnode.market.islands import Columns, obstacle, row_count
from lwnode.market.reasons import SENTENCES
from lwnode.specification.frame import raw_matrix
from lwnode.specification.kernels import gaussian, squared_distances
from lwnode.types import Matrix, Progress, Task, Vector, silent

SCALE: Mapping[Task, float] = MappingProxyType({"regression": 4.0, "classification": 6.0, "feature extraction": 4.0})
"""Task → multiple of the profile's γ."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Presence:
    """N specifications at n rows.

    Parameters
    ----------
    distances : (N,) float64
        MMD (not squared) of the rows to each specification, under the kernel that it was fitted with.
    densities : (N, n) float64, ≥ 0
    covered : (N, n) bool
        Rows that pass each specification's tail test.
    """

    distances: Vector
    densities: Matrix
    covered: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SharedFrame:
    """A profile on the columns that the user has.

    Parameters
    ----------
    profile : Profile
        Of these columns, with their bounds, and γ in proportion.
    coordinates : (s,) int
        Their places in the frame of the whole profile.
    """

    profile: Profile
    coordinates: NDArray[np.intp]


def shared_frame(profile: Profile, columns: Columns) -> SharedFrame:
    """Return a profile on the columns that are there; the profile itself where none lacks.

    Raises
    ------
    ReuseError
        None of its columns is there.
    """
    features, slices = profile.features, feature_slices(profile)
    there = [place for place, column in enumerate(features) if column.name in columns]
    if len(there) == len(features):
        return SharedFrame(profile=profile, coordinates=np.arange(profile.width))
    if not there or profile.encoder:
        code = "other-data" if profile.encoder else "missing-columns"
        raise ReuseError(SENTENCES[code], hint="choose another learnware")
    smaller = dataclasses.replace(
        profile,
        columns=tuple(features[place] for place in there),
        gamma=profile.gamma * len(features) / len(there),
        previous="",
    )
    coordinates = np.concatenate([np.arange(slices[place].start, slices[place].stop) for place in there])
    return SharedFrame(profile=smaller, coordinates=coordinates)


def densities(
    entries: Sequence[Entry],
    columns: Columns,
    *,
    scale: float,
    units: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> Presence:
    """Return distances, densities and coverage of the rows under every entry's specification.

    Parameters
    ----------
    entries : sequence of Entry
        At least one; each is evaluated in its own frame, on those of its columns that are there.
    columns : mapping
        As `lwnode.market.search` takes them.
    scale : float
        Multiple of γ for the densities; see `SCALE`.
    units : mapping, optional
    progress : callable, optional

    Raises
    ------
    ReuseError
        An entry cannot be compared with the columns: it shares none, or one is of another kind or unit.
    DataError
        No row, or columns of different lengths.

    Notes
    -----
    O(N·n·m·d) time; distances use at most 1000 rows.
    """
    if not entries:
        raise ReuseError("there is no learnware to combine", hint="search first, or name the learnwares")
    total = row_count(columns)
    found = Presence(
        distances=np.empty(len(entries)),
        densities=np.empty((len(entries), total)),
        covered=np.empty((len(entries), total), dtype=bool),
    )
    groups: dict[Profile, list[int]] = {}
    for place, entry in enumerate(entries):
        groups.setdefault(entry.profile, []).append(place)
    done = 0
    for places in groups.values():
        frame = _frame(entries[places[0]], columns, units or {})
        gamma = scale * frame.profile.gamma
        rows = FramedRows(frame.profile, raw_matrix(frame.profile, columns))
        own = float(gaussian(rows.rows, rows.rows, frame.profile.gamma).mean())
        for place in places:
            spec = entries[place].framed
            points = spec.points[:, frame.coordinates]
            found.distances[place] = _distance(rows.rows, points, spec, own, frame.profile.gamma)
            for part, framed in rows.everything():
                squares = squared_distances(framed, points)
                found.covered[place, part] = spec.covers(squares)
                found.densities[place, part] = np.exp(-gamma * squares) @ spec.weights
            done += 1
            progress(done / len(entries), "looking where each model's data were")
    return found


def _distance(rows: Matrix, points: Matrix, spec: FramedSpecification, own: float, gamma: float) -> float:
    norm2 = float(spec.weights @ gaussian(points, points, gamma) @ spec.weights)
    inner = float(spec.weights @ gaussian(points, rows, gamma).mean(axis=1))
    return float(np.sqrt(max(norm2 - 2.0 * inner + own, 0.0)))


def _frame(entry: Entry, columns: Columns, units: Mapping[str, str]) -> SharedFrame:
    """Return the frame in which an entry can be read, or say why there is none."""
    try:
        frame = shared_frame(entry.profile, columns)
    except ReuseError:
        stop = obstacle(entry.profile, columns, units)
    else:
        stop = obstacle(frame.profile, columns, units)
        if stop is None:
            return frame
    assert stop is not None
    named = ": " + ", ".join(stop.columns) if stop.columns else ""
    raise ReuseError(f"'{entry.name}' cannot be used. {SENTENCES[stop.code]}", hint=f"see its columns{named}")
