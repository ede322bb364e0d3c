# SPDX-License-Identifier: Apache-2.0
"""The distance of two imported sets, and the nearest of many: under one gamma that the caller states.

The package's own distance takes each term under the gamma of whoever is asked, so that it is not symmetric, may be
negative, and sorts a set with a hostile gamma first.  Here the sets' own gammas have no say.

Rules
-----
* Only sets of one kind and one width can be compared; that their columns mean the same is the caller's knowledge.
* Images have no distance here: their kernel is that of an infinitely wide network.

Called by the node and by scripts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lwnode.errors import SpecificationError
from lwnode.specification.interop.imported import ImportedSet
from lwnode.specification.kernels import gaussian


def imported_mmd2(a: ImportedSet, b: ImportedSet, *, gamma: float) -> float:
    """Return the squared distance of two imported sets in the kernel's space, in [0, 2].

    Parameters
    ----------
    a, b : ImportedSet
        Of one kind and width.
    gamma : float > 0
        Of the kernel ``exp(-gamma |x - y|^2)``, in the sets' units.

    Raises
    ------
    SpecificationError
        Other kinds or widths, images, or no positive gamma.

    Notes
    -----
    O(m²·width).
    """
    _check(a, b, gamma)
    points = np.concatenate([a.points, b.points])
    signed = np.concatenate([a.weights, -b.weights])
    return max(float(signed @ gaussian(points, points, gamma) @ signed), 0.0)


def nearest_sets(wanted: ImportedSet, sets: Sequence[ImportedSet], *, gamma: float) -> tuple[tuple[int, float], ...]:
    """Return (position, squared distance) of the sets that can be compared, the nearest first.

    Raises
    ------
    SpecificationError
        ``wanted`` is of images, or there is no positive gamma.

    Notes
    -----
    Sets of another kind or width are passed over: their positions are missing.
    """
    _check(wanted, wanted, gamma)
    alike = [at for at, one in enumerate(sets) if _comparable(wanted, one)]
    found = [(at, imported_mmd2(wanted, sets[at], gamma=gamma)) for at in alike]
    return tuple(sorted(found, key=lambda pair: (pair[1], pair[0])))


def _comparable(a: ImportedSet, b: ImportedSet) -> bool:
    return a.kind == b.kind != "image" and a.points.shape[1] == b.points.shape[1]


def _check(a: ImportedSet, b: ImportedSet, gamma: float) -> None:
    if not (math.isfinite(gamma) and gamma > 0):
        raise SpecificationError("the kernel's gamma must be a positive number")
    if not _comparable(a, b):
        raise SpecificationError(
            "only specifications of one kind and width can be compared, and images not at all",
            hint="give both a profile, or compare them in the package",
        )
