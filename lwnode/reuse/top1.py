# SPDX-License-Identifier: Apache-2.0
"""The nearest learnware alone.

Called by the registry as ``top-1``, and by ``auto`` where there is only one.
"""

from __future__ import annotations

import numpy as np

from lwnode.reuse.averaging import as_shares, weighted
from lwnode.reuse.base import Blend, Evidence


def top1(evidence: Evidence) -> Blend:
    """Answer with the learnware of the largest share, or of the smallest distance where there are no shares."""
    best = int(np.argmin(evidence.distances) if evidence.weights is None else np.argmax(evidence.weights))
    shares = np.zeros(evidence.predictions.shape[:2])
    shares[best] = 1.0
    blend = weighted(evidence.predictions, shares)
    if evidence.kind == "values":
        return blend
    return Blend(values=as_shares(blend.values), weights=blend.weights)
