# SPDX-License-Identifier: Apache-2.0
"""Where each learnware's data were, seen from the user's rows.

The kernel is narrower than the one that specifications are fitted and ranked with (4γ for values, 2γ for classes): a
gate must tell rows apart, a ranking must tell tables apart.

Called by the node before `lwnode.reuse.combine`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.errors import ReuseError
from lwnode.market.derived import FramedSpecification
from lwnode.market.entry import Entry
from lwnode.market.frames import FramedRows
from lwnode.market.islands import Columns, obstacle, row_count
from lwnode.market.reasons import SENTENCES
from lwnode.specification.frame import raw_matrix
from lwnode.specification.kernels import gaussian, squared_distances
from lwnode.types import Matrix, Progress, Task, Vector, silent

SCALE: Mapping[Task, float] = MappingProxyType({"regression": 4.0, "classification": 2.0, "feature extraction": 4.0})
"""Task → multiple of the profile's γ."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Presence:
    """N specifications at n rows.

    Parameters
    ----------
    distances : (N,) float64
        MMD (not squared) of the rows to each specification, under the narrow kernel.
    densities : (N, n) float64, ≥ 0
    covered : (N, n) bool
        Rows that pass each specification's tail test.
    """

    distances: Vector
    densities: Matrix
    covered: NDArray[np.bool_]


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
        At least one; each is evaluated in its own frame.
    columns : mapping
        As `lwnode.market.search` takes them.
    scale : float
        Multiple of γ; see `SCALE`.
    units : mapping, optional
    progress : callable, optional

    Raises
    ------
    ReuseError
        An entry cannot be compared with the columns.
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
        _refuse(entry, columns, units or {})
        groups.setdefault(entry.profile, []).append(place)
    done = 0
    for profile, places in groups.items():
        rows = FramedRows(profile, raw_matrix(profile, columns))
        own = float(gaussian(rows.rows, rows.rows, scale * profile.gamma).mean())
        for place in places:
            spec = entries[place].framed
            found.distances[place] = _distance(rows, spec, own, scale)
            for part, framed in rows.everything():
                squares = squared_distances(framed, spec.points)
                found.covered[place, part] = spec.covers(squares)
                found.densities[place, part] = np.exp(-scale * spec.gamma * squares) @ spec.weights
            done += 1
            progress(done / len(entries), "looking where each model's data were")
    return found


def _distance(rows: FramedRows, spec: FramedSpecification, own: float, scale: float) -> float:
    gamma = scale * spec.gamma
    norm2 = float(spec.weights @ gaussian(spec.points, spec.points, gamma) @ spec.weights)
    inner = float(spec.weights @ gaussian(spec.points, rows.rows, gamma).mean(axis=1))
    return float(np.sqrt(max(norm2 - 2.0 * inner + own, 0.0)))


def _refuse(entry: Entry, columns: Columns, units: Mapping[str, str]) -> None:
    stop = obstacle(entry.profile, columns, units)
    if stop is not None:
        named = ": " + ", ".join(stop.columns) if stop.columns else ""
        raise ReuseError(f"'{entry.name}' cannot be used. {SENTENCES[stop.code]}", hint=f"see its columns{named}")
