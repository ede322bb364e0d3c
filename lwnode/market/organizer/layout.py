# SPDX-License-Identifier: Apache-2.0
"""A map of an island: every learnware at a place in the plane, near those whose data are like its own.

The plane is the one that explains most of the squared distances between the learnwares' vectors: principal components,
which for these distances are classical multidimensional scaling.  A place is a linear function of a vector, so a new
learnware, or the user's own rows, is placed without moving anybody.

Rules
-----
* Whoever was on the map before stays where he was, as long as the plane explains 90 % of what the best one would.
* Then the plane turns towards the best one, aligned with the map before by a rigid motion (Procrustes), and only so far
  that nobody moves by more than `STEP` of the map's radius.  The next call turns it further.
* The first map follows from the learnwares alone, not from the order in which they came.
* How faithful the map is stands on it: a plane cannot show most islands whole, and must not look as if it did.

For whoever draws an island.  The user's own rows are never part of a map: they are only placed on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import SpecificationError
from lwnode.specification.kernels import squared_distances
from lwnode.types import Mask, Matrix, Vector

STEP = 0.1  # largest move of anybody at one call, in units of the map's radius
FITTED = 10_000  # learnwares that the plane is fitted to; the others are placed on it
_WORTH = 0.9  # the plane is kept as long as it explains this part of what the best one would
_JUDGED = 1_000  # learnwares by which the neighbours are judged
_NEAREST = 5
_HALVINGS = 30
_CHUNK = 100_000  # vectors placed at a time
_FLAT = 1e-12  # a sum of squares that is rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """A map.

    Parameters
    ----------
    ids : tuple of str
        In ascending order.
    positions : (N, 2) float64
        In units of MMD: a distance on the map is about the part of the true distance that lies in its plane.
    axes : (q, 2) float64
        Orthonormal; ``position = vector @ axes + origin``.
    origin : (2,) float64
    explained : float
        Share of the squared distances that the map shows, 0 to 1.
    kept : float
        Share of the learnwares whose nearest neighbour is among the five nearest on the map, 0 to 1.
    moved : float
        Largest move of a learnware that was on the map before, in units of that map's radius, at most `STEP`.
    settled : bool
        Whether the plane is as it should be; if not, another call turns it further.
    """

    ids: tuple[str, ...]
    positions: Matrix
    axes: Matrix
    origin: Vector
    explained: float
    kept: float
    moved: float = 0.0
    settled: bool = True

    def place(self, vectors: NDArray[Any]) -> Matrix:
        """Return the places of vectors, (k, 2), those of the map's own learnwares included; nobody moves."""
        return _placed(vectors, self.axes, self.origin)

    @property
    def radius(self) -> float:
        """Root of the mean squared distance to the middle of the map."""
        return _radius(self.positions)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the map as plain arrays; the inverse of `from_arrays`."""
        return {
            "ids": np.array(self.ids, dtype=str),
            "positions": self.positions,
            "axes": self.axes,
            "origin": self.origin,
            "figures": np.array([self.explained, self.kept, self.moved, float(self.settled)]),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Layout:
        """Return a map that was kept as plain arrays.

        Raises
        ------
        SpecificationError
            The arrays are no map.
        """
        try:
            ids, positions, axes, origin, figures = (
                arrays[name] for name in ("ids", "positions", "axes", "origin", "figures")
            )
        except KeyError as error:
            raise SpecificationError(f"the map of an island lacks its {error}", hint="lay it out anew") from error
        shapes = positions.shape == (len(ids), 2) and axes.ndim == 2 and axes.shape[1:] == (2,)
        if not (shapes and origin.shape == (2,) and figures.shape == (4,)):
            raise SpecificationError("arrays that are no map of an island", hint="lay it out anew")
        if not all(np.isfinite(array).all() for array in (positions, axes, origin, figures)):
            raise SpecificationError("the map of an island has places that are no numbers", hint="lay it out anew")
        explained, kept, moved, settled = map(float, figures)
        return cls(
            ids=tuple(map(str, ids)),
            positions=np.array(positions, dtype=np.float64),
            axes=np.array(axes, dtype=np.float64),
            origin=np.array(origin, dtype=np.float64),
            explained=explained,
            kept=kept,
            moved=moved,
            settled=bool(settled),
        )


def lay_out(ids: Sequence[str], vectors: NDArray[Any], before: Layout | None = None) -> Layout:
    """Lay out an island, or go on with its map.

    Parameters
    ----------
    ids : sequence of str
        Each once.
    vectors : (N, q) float
        As `lwnode.market.organizer.vectors.vectors_of` makes them, all in one frame.
    before : Layout, optional
        The map so far, in the same frame; learnwares that are gone are left out.

    Returns
    -------
    Layout

    Raises
    ------
    ValueError
        An id twice, or another number of vectors or coordinates.

    Notes
    -----
    O(F·q²) for F ≤ `FITTED` learnwares, evenly chosen by their ids where there are more, and O(N·q) to place the rest:
    a tenth of a second for 10,000, three for a million.  Who has more vectors than memory lays out some of them and
    places the others with `Layout.place`.
    """
    if len(set(ids)) != len(ids) or vectors.ndim != 2 or len(vectors) != len(ids):
        raise ValueError("a map needs one vector for each id, and each id once")
    if before is not None and before.axes.shape[0] != vectors.shape[1]:
        raise ValueError("the map before is of another frame")
    order = np.argsort(np.array(ids, dtype=str), kind="stable")
    ordered = tuple(str(ids[place]) for place in order)
    fitted = order[np.linspace(0, len(order) - 1, min(len(order), FITTED)).astype(np.intp)]
    X = np.asarray(vectors[fitted], dtype=np.float64)
    middle = X.mean(axis=0) if len(X) else np.zeros(vectors.shape[1])
    X = X - middle
    spread = X.T @ X / max(1, len(X))
    best = _best_axes(spread)
    moved, settled = 0.0, True
    if before is None:
        axes, origin = best, -middle @ best
    else:
        axes, origin = before.axes, before.origin
        if _share(spread, axes) < _WORTH * _share(spread, best):
            known = set(before.ids)
            common = np.array([identity in known for identity in ids], dtype=bool)
            axes, origin, moved, settled = _turned(before, best, vectors, common)
    positions = _placed(vectors, axes, origin)[order]
    judged = np.linspace(0, len(order) - 1, min(len(order), _JUDGED)).astype(np.intp)
    return Layout(
        ids=ordered,
        positions=positions,
        axes=axes,
        origin=origin,
        explained=_share(spread, axes),
        kept=_neighbours_kept(np.asarray(vectors[order[judged]], dtype=np.float64), positions[judged]),
        moved=moved,
        settled=settled,
    )


def _placed(vectors: NDArray[Any], axes: Matrix, origin: Vector) -> Matrix:
    """Return the places of vectors, some at a time, so that no second copy of them is made."""
    out = np.empty((len(vectors), 2))
    for start in range(0, len(vectors), _CHUNK):
        part = slice(start, start + _CHUNK)
        out[part] = np.asarray(vectors[part], dtype=np.float64) @ axes
    return out + origin


def _best_axes(spread: Matrix) -> Matrix:
    """Return the two axes that explain most, each with its largest loading positive."""
    _, vectors = np.linalg.eigh(spread)
    axes = vectors[:, [-1, -2]]
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    best: Matrix = np.ascontiguousarray(axes * signs)
    return best


def _share(spread: Matrix, axes: Matrix) -> float:
    """Return the share of the squared distances that lies in a plane."""
    total = float(np.trace(spread))
    return 1.0 if total <= _FLAT else float(np.clip(np.trace(axes.T @ spread @ axes) / total, 0.0, 1.0))


def _turned(before: Layout, best: Matrix, vectors: NDArray[Any], common: Mask) -> tuple[Matrix, Vector, float, bool]:
    """Return axes and origin on the way to the best axes, the largest move, and whether the way is done.

    Parameters
    ----------
    before : Layout
    best : (q, 2) float64
    vectors : (N, q) float
    common : (N,) bool
        Which of them were on the map before.

    Notes
    -----
    The best axes are first turned in their own plane to where the learnwares in common are nearest to their places
    before (orthogonal Procrustes).  Between the two planes the way is the straight line, made orthonormal: places on it
    are combinations of the places at its ends, so the vectors are read twice and no more.
    """
    if not common.any():
        return best, before.origin, 0.0, True
    nowhere = np.zeros(2)
    start, end = (_placed(vectors, axes, nowhere)[common] for axes in (before.axes, best))
    old = start + before.origin
    middle = old.mean(axis=0)
    U, _, Vt = np.linalg.svd((end - end.mean(axis=0)).T @ (old - middle) + _FLAT * best.T @ before.axes)
    goal, end = best @ U @ Vt, end @ U @ Vt
    radius = _radius(old)
    limit = STEP * radius

    def at(share: float) -> tuple[Matrix, Vector, float]:
        axes = (1.0 - share) * before.axes + share * goal
        values, turn = np.linalg.eigh(axes.T @ axes)
        to_unit = (turn / np.sqrt(np.maximum(values, _FLAT))) @ turn.T
        places = ((1.0 - share) * start + share * end) @ to_unit
        origin = middle - places.mean(axis=0)
        return axes @ to_unit, origin, float(np.linalg.norm(places + origin - old, axis=1).max())

    axes, origin, move = at(1.0)
    done = move <= limit or radius <= _FLAT
    if not done:
        low, high = 0.0, 1.0
        for _ in range(_HALVINGS):
            half = (low + high) / 2.0
            low, high = (half, high) if at(half)[2] <= limit else (low, half)
        axes, origin, move = at(low)
    return axes, origin, move / radius if radius > _FLAT else 0.0, done


def _radius(positions: Matrix) -> float:
    if len(positions) == 0:
        return 0.0
    return float(np.sqrt(np.square(positions - positions.mean(axis=0)).sum(axis=1).mean()))


def _neighbours_kept(vectors: Matrix, positions: Matrix) -> float:
    """Return for which share the nearest neighbour is among the nearest on the map."""
    if len(vectors) <= _NEAREST + 1:
        return 1.0
    true, shown = squared_distances(vectors, vectors), squared_distances(positions, positions)
    np.fill_diagonal(true, np.inf)
    np.fill_diagonal(shown, np.inf)
    nearest = true.argmin(axis=1)
    near = np.argpartition(shown, _NEAREST, axis=1)[:, :_NEAREST]
    return float((near == nearest[:, None]).any(axis=1).mean())
