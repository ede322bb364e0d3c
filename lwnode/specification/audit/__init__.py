# SPDX-License-Identifier: Apache-2.0
"""The audit before anything leaves: what a specification, a model and its words would tell about single rows.

=========================  ============================================================================================
`points`                   points of a specification that are rows, exactly or nearly
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
from lwnode.specification.audit.personal_columns import audit_columns
from lwnode.specification.audit.points import audit_points

__all__ = ["audit_arrays", "audit_columns", "audit_points"]
