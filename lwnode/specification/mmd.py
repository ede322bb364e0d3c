# SPDX-License-Identifier: Apache-2.0
"""The distance of two specifications: the squared maximum mean discrepancy (Gretton et al., JMLR 2012).

Called by the market, the organizer and scripts.
"""

from __future__ import annotations

import numpy as np

from lwnode.errors import SpecificationError
from lwnode.specification.frame import to_frame
from lwnode.specification.kernels import gaussian
from lwnode.specification.reduced_set import Specification


def mmd2(a: Specification, b: Specification) -> float:
    """Return the squared distance of two specifications in the kernel's space, in [0, 2].

    Parameters
    ----------
    a, b : Specification
        Of one schema.  Where their profiles differ in bounds or gamma, both are read in the frame and under the kernel
        of ``a``: points are kept in raw units.

    Raises
    ------
    SpecificationError
        Other columns, types, units, levels or encoder.

    Notes
    -----
    O(m²·width).  Differs from `learnware`, whose distance mixes the two gammas, so that a hostile one sorts first.
    """
    if a.profile.schema_id != b.profile.schema_id:
        raise SpecificationError(
            "the specifications describe different columns", hint="compare specifications of one schema only"
        )
    points = np.concatenate([a.frame, to_frame(a.profile, b.points.astype(np.float64))])
    signed = np.concatenate([a.weights, -b.weights])
    return max(float(signed @ gaussian(points, points, a.profile.gamma) @ signed), 0.0)
