# SPDX-License-Identifier: Apache-2.0
"""An imported set in a frame, and a specification of ours as a set that the package reads.

Into a frame
    The caller gives the profile whose columns, in their order, are the set's coordinates in their units.  The result
    is a `Specification` of the mode ``imported``: no guarantee, and points that may repeat rows.
Out of a frame
    The points' coordinates in the frame under the profile's gamma, so that the package's fixed Euclidean kernel sees
    what ours sees; the profile goes beside them.

The figures that the package does not carry are chosen so that a search claims nothing that the points cannot back:

*residual* 0
    How far the set is from its rows is not known.  Nothing is taken off the distance of a user's rows to the points,
    so that a match is a lower bound: a badly fitted set is found to be far, never near.  An estimate from the points
    alone would be subtracted, and raise the match of exactly the sets that were fitted badly.
*tail*, *level*
    The points stand for the rows: a row is covered when it is as near to a point as `1 - EXACT_LEVEL` of the points,
    by weight, are to the nearest other one.  A single point covers everything, which the tail test of a search sees,
    and then it concludes nothing about coverage.
*rows*
    What the owner claims, at least the number of points and rounded as ours are.

Called by the node and by scripts.
"""

from __future__ import annotations

import numpy as np

from lwnode.documents import Privacy, Profile, SpecificationCard
from lwnode.errors import SpecificationError
from lwnode.specification.accounting import published_rows
from lwnode.specification.frame import box, from_frame, to_frame
from lwnode.specification.interop.imported import ImportedSet
from lwnode.specification.kernels import squared_distances
from lwnode.specification.reduced_set import SMALLEST_WEIGHT, Specification
from lwnode.specification.scalars import EXACT_LEVEL
from lwnode.types import Matrix, Vector

_SMALLEST2 = 1e-10  # squared reach of points that all lie in one place


def adopt_set(imported: ImportedSet, profile: Profile, *, in_frame: bool = False) -> Specification:
    """Return an imported set as a specification in the frame of a profile.

    Parameters
    ----------
    imported : ImportedSet
        A table's, or the coordinates of a text encoder.
    profile : Profile
        Its features, in order, are the set's coordinates in their units; a category takes one for each level.
    in_frame : bool
        The coordinates are those of the frame already, as `package_set` writes them.

    Raises
    ------
    SpecificationError
        An image or hetero set, another width than the profile's, a table where the profile has an encoder or the other
        way round, or a point outside the frame's box.

    Notes
    -----
    Points lighter than `SMALLEST_WEIGHT` are left out: they would cover rows that nobody had.  O(m²·width).
    """
    if imported.kind not in ("table", "text") or (imported.kind == "text") != bool(profile.encoder):
        raise SpecificationError(
            f"a specification of the kind '{imported.kind}' cannot be put into the frame of '{profile.name}'",
            hint="tables go with a table's profile, texts with their encoder's",
        )
    if imported.points.shape[1] != profile.width:
        raise SpecificationError(
            f"points of {imported.points.shape[1]} coordinates do not fit the {profile.width} of '{profile.name}'",
            hint="give the profile whose columns are the specification's, in its order",
        )
    kept = imported.weights > SMALLEST_WEIGHT
    points, weights = imported.points[kept], imported.weights[kept]
    with np.errstate(over="ignore"):
        raw = from_frame(profile, points) if in_frame else points.astype(np.float32)
    framed = to_frame(profile, raw.astype(np.float64))
    card = SpecificationCard(
        profile=profile.id,
        rows=published_rows(max(imported.rows, len(points))),
        privacy=Privacy(mode="imported"),
        frequencies=0,
        residual2=0.0,
        residual_noise=0.0,
        tail=-_reach2(framed, weights / weights.sum(), profile),
        level=EXACT_LEVEL,
    )
    return Specification(points=raw, weights=weights / weights.sum(), profile=profile, card=card)


def package_set(specification: Specification) -> ImportedSet:
    """Return a specification of ours as the package's table set, in the coordinates of its frame.

    Raises
    ------
    SpecificationError
        More coordinates than such a set may have.

    Notes
    -----
    Its distance to another of the same profile, as the package computes it, is `lwnode.mmd2`.
    """
    return ImportedSet(
        kind="table",
        points=specification.frame,
        beta=specification.weights,
        gamma=specification.profile.gamma,
        rows=specification.card.rows,
    )


def _reach2(points: Matrix, weights: Vector, profile: Profile) -> float:
    """Return the squared distance within which all but `EXACT_LEVEL` of the points, by weight, have a neighbour."""
    if len(points) == 1:
        low, high = box(profile)
        return float(np.square(high - low).sum()) + 1.0
    squares = squared_distances(points, points)
    np.fill_diagonal(squares, np.inf)
    apart = squares.min(axis=1)
    order = np.argsort(apart)
    at = int(np.searchsorted(np.cumsum(weights[order]), 1.0 - EXACT_LEVEL))
    return max(float(apart[order][min(at, len(apart) - 1)]), _SMALLEST2)
