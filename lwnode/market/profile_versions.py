# SPDX-License-Identifier: Apache-2.0
"""The next version of an island profile: the same frame with the γ that the island's published points ask for.

At first γ is 1 / number of columns, which is right for columns that are independent and fill their bounds.  Once
enough learnwares are published, their points say how far apart rows of the island really are, and γ becomes
1 / median squared distance of two of them in the frame.

Rules
-----
* Only published specifications count, so nothing is spent: whoever has the same ones comes to the same profile.
* `ENOUGH` learnwares of `PUBLISHERS` publishers are needed.  Every publisher has the same say, so that nobody moves γ
  by publishing often; within a publisher every learnware, and within a learnware every point by its weight.
* γ is rounded to two digits, and a change below a tenth is none: a version costs a new draw for everybody who follows.
* A new version differs in γ, in its number and in the link to the version before.  Its schema is the same, so
  specifications of both versions are comparable, in the frame of either.

Called by the node, which shows the proposal to a person.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lwnode.documents import Profile
from lwnode.specification.frame import to_frame
from lwnode.specification.kernels import squared_distances
from lwnode.specification.reduced_set import Specification
from lwnode.types import Matrix, Vector

ENOUGH, PUBLISHERS = 10, 3
_POINTS = 2_000  # that take part in the median
_CHANGE = 0.1  # smallest relative change of γ that is worth a version
_SAME = 1e-9  # a squared distance that is rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the published points say of a profile's γ.

    Parameters
    ----------
    profile : Profile or None
        The next version; None where there is none to propose.
    reason : str
        One sentence for a person.
    learnwares, publishers : int
        That took part.
    median : float or None
        Median squared distance in the frame; None where too few took part.
    """

    profile: Profile | None
    reason: str
    learnwares: int
    publishers: int
    median: float | None = None


def next_version(profile: Profile, published: Sequence[tuple[str, Specification]]) -> Proposal:
    """Propose the next version of a profile.

    Parameters
    ----------
    profile : Profile
    published : sequence of (publisher, Specification)
        What is published now, of this schema or others; others are passed over.

    Notes
    -----
    O(min(points, 2,000)² · width) time and 100 MB of memory.  More points are drawn by their weights under the
    profile's public seed.
    """
    schema = profile.schema_id
    taking = [(publisher, spec) for publisher, spec in published if spec.profile.schema_id == schema]
    count = Counter(publisher for publisher, _ in taking)
    publishers = len(count)
    if len(taking) < ENOUGH or publishers < PUBLISHERS:
        return Proposal(
            profile=None,
            reason=f"{len(taking)} learnwares of {publishers} publishers are published in this island; "
            f"{ENOUGH} of {PUBLISHERS} are needed",
            learnwares=len(taking),
            publishers=publishers,
        )
    taking.sort(key=lambda item: (item[0], item[1].to_bytes()))  # the order of a catalogue is nobody else's
    points = np.concatenate([to_frame(profile, spec.points.astype(np.float64)) for _, spec in taking])
    weights = np.concatenate([spec.weights / (count[publisher] * publishers) for publisher, spec in taking])
    median = _median_distance(*_drawn(points, weights, profile.seed))
    median = median if median > _SAME else 0.0
    gamma = float(f"{1.0 / median:.2g}") if median > 0.0 else profile.gamma
    proposed: Profile | None = None
    if median <= 0.0:
        reason = "most published points are the same point, which says nothing of γ"
    elif abs(gamma / profile.gamma - 1.0) < _CHANGE:
        reason = f"γ would be {gamma:g} instead of {profile.gamma:g}, which is no change to speak of"
    else:
        proposed = dataclasses.replace(profile, gamma=gamma, version=profile.version + 1, previous=profile.id)
        reason = f"γ is 1 / the median squared distance of {len(taking)} learnwares' points: {gamma:g}"
    return Proposal(
        profile=proposed, reason=reason, learnwares=len(taking), publishers=publishers, median=float(f"{median:.6g}")
    )


def _drawn(points: Matrix, weights: Vector, seed: int) -> tuple[Matrix, Vector]:
    """Return all points, or so many of them that all have the weight they had on average."""
    if len(points) <= _POINTS:
        return points, weights
    rng = np.random.default_rng((seed, 5))
    order = rng.permutation(len(points))
    steps = (np.arange(_POINTS) + rng.random()) / _POINTS * weights.sum()
    at = np.minimum(np.searchsorted(np.cumsum(weights[order]), steps), len(points) - 1)
    chosen, times = np.unique(order[at], return_counts=True)
    return points[chosen], times / _POINTS


def _median_distance(points: Matrix, weights: Vector) -> float:
    """Return the median squared distance of two different points that are drawn by their weights."""
    first, second = np.triu_indices(len(points), 1)
    distances = squared_distances(points, points)[first, second]
    mass = weights[first] * weights[second]
    order = np.argsort(distances, kind="stable")
    reached = np.cumsum(mass[order])
    return float(distances[order[min(int(np.searchsorted(reached, reached[-1] / 2.0)), len(order) - 1)]])
