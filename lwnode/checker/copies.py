# SPDX-License-Identifier: Apache-2.0
"""Whether somebody else published the same points.

Rules
-----
* Points are compared by a digest that neither their order nor their weights change.
* Who copied whom cannot be told here: the finding names the others, and the signed logs say who was first.
* Two publishers may fit the same public data, and then have the same points in honesty: that is a note.

Called by the checker; the node keeps digests beside its reports and asks its catalogue for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lwnode.checker.report import listed, note, warn
from lwnode.errors import Finding
from lwnode.specification import Specification


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A learnware of another publisher with the same points.

    Parameters
    ----------
    learnware, organisation : str
    public : bool
        Whether its specification says that its data are public.
    """

    learnware: str
    organisation: str
    public: bool = False


def points_digest(spec: Specification) -> str:
    """Return a digest of a specification's points: schema and coordinates, in an order of their own.

    Notes
    -----
    Whoever moves a point has made another specification; it is then judged by its rows like any other, and only a
    person who sees the two side by side in a search, equally near to everything, will wonder.
    """
    points = spec.points + np.float32(0.0)  # there is one zero
    ordered = points[np.lexsort(points.T[::-1])]
    return hashlib.sha256(spec.profile.schema_id.encode() + ordered.astype("<f4").tobytes()).hexdigest()


def check_copies(spec: Specification, twins: Sequence[Twin]) -> Iterator[Finding]:
    """Yield whether other publishers have the same points.

    Parameters
    ----------
    spec : Specification
    twins : sequence of Twin
        Learnwares of other publishers whose points have the same digest.
    """
    if not twins:
        return
    who = listed(dict.fromkeys(twin.organisation for twin in twins))
    where = "specification.safetensors"
    if spec.card.privacy.mode == "public" and all(twin.public for twin in twins):
        message = f"the same points were published by {who}; the data are declared public, so both may have fitted them"
        yield note("same-points", message, "count them as one source", where)
        return
    yield warn(
        "copied-points",
        f"its points were also published by {who}: a sketch of rows that are not public is not made twice by chance",
        "ask both publishers whose data they are; publisher: draft from rows of your own",
        where,
    )
