# SPDX-License-Identifier: Apache-2.0
"""Points of a specification that repeat rows, exactly or nearly.

See `lwnode.specification.copies` for what a copy is.

Called by the node's drafts.
"""

from __future__ import annotations

from lwnode.errors import Finding
from lwnode.specification.copies import near_copies
from lwnode.specification.reduced_set import Specification
from lwnode.types import Matrix

_FEW_NUMBERS = 3  # with fewer number columns a private point meets somebody's row by chance


def audit_points(spec: Specification, raw: Matrix) -> tuple[Finding, ...]:
    """Return a finding where points of a specification repeat rows.

    Parameters
    ----------
    spec : Specification
    raw : (n, width) float64, raw
        All rows it was made from.

    Returns
    -------
    tuple of Finding
        ``copy-in-points``: refuse.  For a private specification with fewer than three number columns: warn, as its
        points were chosen without looking at single rows, and meet one by chance (about one point in 70 where there
        is one column).

    Notes
    -----
    See `lwnode.specification.copies` for what a copy is.
    """
    copies = int(near_copies(spec.frame, spec.profile, raw).sum())
    if not copies:
        return ()
    numbers = sum(column.type != "category" for column in spec.profile.features)
    by_chance = spec.card.privacy.mode == "private" and numbers < _FEW_NUMBERS
    how = "by chance; the guarantee holds for these rows too" if by_chance else "exactly or nearly"
    return (
        Finding(
            code="copy-in-points",
            severity="warn" if by_chance else "refuse",
            message=f"{copies} of {len(spec.points)} points of the specification repeat a row of the data, {how}",
            where="specification.safetensors",
        ),
    )
