# SPDX-License-Identifier: Apache-2.0
"""The statistical specification: a private sketch of a table, and what can be computed with sketches.

(The tour of this room follows.)
"""

from lwnode.specification.accounting import (
    attacker_auc,
    attacker_tpr,
    compose,
    default_delta,
    epsilon_for,
    mu_for,
    published_rows,
)
from lwnode.specification.array_copies import audit_arrays
from lwnode.specification.audit import audit_points
from lwnode.specification.frame import from_frame, raw_matrix, to_frame
from lwnode.specification.mmd import mmd2
from lwnode.specification.personal_columns import audit_columns
from lwnode.specification.plan import mechanism
from lwnode.specification.reduced_set import Specification
from lwnode.specification.release import specify

__all__ = [
    "Specification",
    "attacker_auc",
    "attacker_tpr",
    "audit_arrays",
    "audit_columns",
    "audit_points",
    "compose",
    "default_delta",
    "epsilon_for",
    "from_frame",
    "mechanism",
    "mmd2",
    "mu_for",
    "published_rows",
    "raw_matrix",
    "specify",
    "to_frame",
]
