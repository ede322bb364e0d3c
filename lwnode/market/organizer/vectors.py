# SPDX-License-Identifier: Apache-2.0
"""Short vectors of specifications and of rows: random Fourier features under the island's public seed.

The squared distance of two vectors estimates the squared MMD, within a tenth of it (one standard deviation).  Folding
finds candidates with them and then computes the exact distance; the layout needs no more than they say.

Rules
-----
* A vector follows from the points and the profile alone: it stays what it is whoever else arrives, and every node that
  has the profile comes to the same one.
* The frequencies are none of those that a release noises or measures with.

Called by the folding and the layout, and by whoever places rows on a map.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.specification.features import features, frequencies, mean_features
from lwnode.specification.frame import blocks, to_frame
from lwnode.specification.reduced_set import Specification
from lwnode.types import Matrix

Vectors = NDArray[np.float32]  # (N, q)

FREQUENCIES = 64  # half the coordinates of a vector
_SEED = 6  # beside the profile's: other streams belong to the release
_POINTS = 20_000  # that go through one product


def vectors_of(specifications: Sequence[Specification], profile: Profile) -> Vectors:
    """Return the vectors of specifications in one frame.

    Parameters
    ----------
    specifications : sequence of Specification
        All of the profile's schema.
    profile : Profile
        Of the frame.

    Returns
    -------
    (N, 2 `FREQUENCIES`) float32

    Notes
    -----
    O(N·m·(width + `FREQUENCIES`)) time, bounded memory beside the result.
    """
    W = frequencies(profile.width, FREQUENCIES, profile.gamma, (profile.seed, _SEED))
    out = np.empty((len(specifications), 2 * FREQUENCIES), dtype=np.float32)
    start = 0
    while start < len(specifications):
        stop, points = start, 0
        while stop < len(specifications) and (stop == start or points + len(specifications[stop].points) <= _POINTS):
            points += len(specifications[stop].points)
            stop += 1
        some = specifications[start:stop]
        frame = to_frame(profile, np.concatenate([spec.points for spec in some]).astype(np.float64))
        phi = features(frame, W)
        phi *= np.concatenate([spec.weights for spec in some]).astype(np.float32)[:, None]
        edges = np.cumsum([0] + [len(spec.points) for spec in some[:-1]])
        out[start:stop] = np.add.reduceat(phi, edges, axis=0)
        start = stop
    return out


def vector_of_rows(raw: Matrix, profile: Profile) -> Vectors:
    """Return the vector of a table's rows.

    Parameters
    ----------
    raw : (n, width) float64, raw units, n ≥ 1
        As `lwnode.specification.raw_matrix` makes it.
    profile : Profile

    Returns
    -------
    (1, 2 `FREQUENCIES`) float32

    Notes
    -----
    O(n·(width + `FREQUENCIES`)) time, bounded memory.
    """
    W = frequencies(profile.width, FREQUENCIES, profile.gamma, (profile.seed, _SEED))
    return mean_features(blocks(profile, raw), W).astype(np.float32)[None]
