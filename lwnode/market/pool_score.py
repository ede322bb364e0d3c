# SPDX-License-Identifier: Apache-2.0
"""The score of the reference engine (`learnware` 0.4), for display beside the verdict and for nothing else.

It spreads the distances of a pool between its farthest member and a small offset, so it says who is nearer than whom
within one search.  It cannot say whether anything fits: the nearest member gets 0.92 or more whatever it is, plain
noise included, and it moves when somebody else is added to the pool or leaves it.  Two nodes, or two searches of one
node, cannot compare their scores.  `lwnode.market.score` answers these questions, and no verdict, order or choice here
rests on a pool score.

For a face that shows the reference's figure, such as for files of the package.
"""

from __future__ import annotations

import numpy as np

from lwnode.types import Vector

_OFFSET = 0.1  # of the mean distance
_BEST = 0.92  # least score of the nearest
_LOW = 0.7  # below it scores are raised
_IMAGE_SCALE = 5e-5
_ALONE = 0.6  # least score of the only result


def pool_scores(squared: Vector, *, images: bool = False) -> Vector:
    """Return the reference's scores of one pool of results.

    Parameters
    ----------
    squared : (N,) float64, ≥ 0, finite
        Squared MMD of the user's rows to each member of the pool, and to the mixture where there is one.
    images : bool
        Distances of the reference's image specifications, which it rescales first.

    Returns
    -------
    (N,) float64, 0 to 1, in the order given

    Raises
    ------
    ValueError
        A distance that is negative or not finite.

    Notes
    -----
    ``s = (max - d) / (max - ε)`` with ε a tenth of the mean distance, or the smallest distance where that is smaller,
    or what lifts the nearest to 0.92; below 0.7 ``min(√s, 0.7)``; 1 for all where all are alike.
    """
    d = np.asarray(squared, dtype=np.float64)
    if d.ndim != 1 or not np.isfinite(d).all() or (d < 0.0).any():
        raise ValueError("squared distances are finite and not negative")
    if images:
        d = 1.0 - np.exp(-d / _IMAGE_SCALE)
    if len(d) == 0 or d.max() == d.min():
        return np.ones(len(d))
    low, high = float(d.min()), float(d.max())
    offset = _OFFSET * float(d.mean())
    if low < offset:
        offset = low
    elif (high - low) / (high - offset) < _BEST:
        offset = high - (high - low) / _BEST
    scores = (high - d) / (high - offset)
    return np.where(scores < _LOW, np.minimum(np.sqrt(scores), _LOW), scores)
