# SPDX-License-Identifier: Apache-2.0
"""Distances of points to rows: a tripwire, and no more.

Points that lie nearer to the rows they were made of than to other rows of the same kind have learnt single rows: a
k-means specification does so with two thirds to nearly all of its points.  The reverse proves nothing: synthetic data
that pass every such test are broken by membership attacks (Yao et al., "The DCR Delusion", ESORICS 2025,
arXiv 2505.01524), and on our own data a fit without noise passes while its unique rows are traced with an area under
the curve above .8.  So this can only warn; `lwnode.specification.audit.tracing` is the test.

Rules
-----
* Members and others are equally many and drawn alike, so that without a leak a point is nearest to either by a coin's
  chance.

Called by the audit of a draft and the benchmark.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lwnode.errors import Finding
from lwnode.specification.audit.limits import clopper_pearson
from lwnode.specification.audit.rehearsal import Rehearsals
from lwnode.specification.kernels import nearest2

MUCH = 0.6  # share of points nearer to members than to others, above which something is wrong
_LIGHT = 1e-4  # points below this weight say nothing about rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Distances:
    """Points of rehearsed specifications between rows that were in and rows that were not.

    Parameters
    ----------
    points : int
    closer, low, high : float
        Share of points whose nearest row was in, with exact 95 % limits; without a leak one half.
    ratio : float
        Distance to the closest record, in the data over outside of it: the 5 % quantiles of both.  Without a leak 1,
        and 0 where points are copies.
    """

    points: int
    closer: float
    low: float
    high: float
    ratio: float


def distances(found: Rehearsals) -> Distances:
    """Return where the points of rehearsed specifications lie.

    Notes
    -----
    O(runs·m·n·width).
    """
    members, others = [np.empty(0)], [np.empty(0)]
    for run in found.runs:
        Z = run.spec.frame[run.spec.weights > _LIGHT]
        members.append(nearest2(Z, found.frame[run.inside]))
        others.append(nearest2(Z, found.frame[run.outside]))
    near, far = np.sqrt(np.concatenate(members)), np.sqrt(np.concatenate(others))
    if not len(near):
        return Distances(points=0, closer=0.5, low=0.0, high=1.0, ratio=1.0)
    right = float((near < far).sum() + 0.5 * (near == far).sum())
    low, high = clopper_pearson(right, len(near))
    quantiles = [float(np.quantile(values, 0.05)) for values in (near, far)]
    return Distances(
        points=len(near),
        closer=right / len(near),
        low=low,
        high=high,
        ratio=quantiles[0] / quantiles[1] if quantiles[1] > 0.0 else 1.0,
    )


def audit_distances(found: Distances) -> tuple[Finding, ...]:
    """Return a warning where points keep much closer to their rows than to others.

    Returns
    -------
    tuple of Finding
        ``points-follow-rows``: warn.
    """
    if found.low <= MUCH:
        return ()
    return (
        Finding(
            code="points-follow-rows",
            severity="warn",
            message=f"in a rehearsal {round(100 * found.closer)} of 100 points lay nearer to rows that were in the "
            "data than to others; 50 would say nothing",
            where="specification.safetensors",
        ),
    )
