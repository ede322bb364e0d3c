# SPDX-License-Identifier: Apache-2.0
"""The audit before anything leaves: what a specification, a model and its words would tell about single rows.

=========================  ============================================================================================
`points`                   points of a specification that are rows, exactly or nearly
`unique_rows`              rows that are one of a kind, planted ones too: does a specification republish them?
`rehearsal`                the draft's mechanism, run again on random halves of the rows
`tracing`                  membership attacks on rehearsed specifications, with exact limits (`limits`)
`distances`                points that keep closer to their rows than to others: a tripwire
`attacker`                 what an attacker could learn, from the proven bound
`levels`                   rare categories in lists and in a model's words
`array_copies`             rows inside the arrays of a model, as they are or scaled (`row_index` finds them)
`personal_columns`         column names that point at a person
=========================  ============================================================================================

Rules
-----
* Every scan returns findings and raises nothing; the caller decides.
* A finding never quotes a value.
* Distances are a tripwire, not a proof: a specification without noise passes them and can still be traced, which is
  why it carries no guarantee and cannot be taken for a private one.
* A coincidence is not a leak.  Where chance explains what was seen, it is a warning or nothing.

Called by the node's drafts, before a person sees them.
"""

from lwnode.specification.audit.array_copies import audit_arrays
from lwnode.specification.audit.attacker import COIN, Attacker, attacker
from lwnode.specification.audit.distances import Distances, audit_distances, distances
from lwnode.specification.audit.levels import audit_levels, audit_words
from lwnode.specification.audit.limits import clopper_pearson, resolution
from lwnode.specification.audit.personal_columns import audit_columns
from lwnode.specification.audit.points import audit_points
from lwnode.specification.audit.rehearsal import MakeOf, Rehearsal, Rehearsals, rehearse
from lwnode.specification.audit.tracing import ATTACKS, Trace, audit_tracing, embedding_ratio, trace
from lwnode.specification.audit.unique_rows import (
    Make,
    Planted,
    audit_unique_rows,
    plant,
    planted_rows,
    unique_rows,
)

__all__ = [
    "ATTACKS",
    "COIN",
    "Attacker",
    "Distances",
    "Make",
    "MakeOf",
    "Planted",
    "Rehearsal",
    "Rehearsals",
    "Trace",
    "attacker",
    "audit_arrays",
    "audit_columns",
    "audit_distances",
    "audit_levels",
    "audit_points",
    "audit_tracing",
    "audit_unique_rows",
    "audit_words",
    "clopper_pearson",
    "distances",
    "embedding_ratio",
    "plant",
    "planted_rows",
    "rehearse",
    "resolution",
    "trace",
    "unique_rows",
]
