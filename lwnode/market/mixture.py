# SPDX-License-Identifier: Apache-2.0
"""The multiple recommendation: several specifications that describe the rows together.

Greedy over the nearest 25: from the nearest one on, the member that lowers the squared MMD most joins, with all shares
solved anew; it is kept only if the squared MMD falls to 95 % or less.  Shares below 5 % are dropped.  Once rows of the
mixture itself would show such a distance, closer says nothing: then nobody joins, and a member leaves again when the
others alone are that near.  The result is judged by the same figures and rules as one specification, as the joint point
set of its members.

Members and shares were chosen to be near these very rows, so nearness alone proves less than for one specification:
three of twelve unrelated domains come near fifty rows of plain noise (d = 5).  The dependence between the columns was
not part of the choice, and so it must testify: a mixture stands only where it is surely seen.

Called by the searcher.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lwnode.market.coverage import TailTest, union
from lwnode.market.dependence import SURE
from lwnode.market.derived import FramedSpecification, joint
from lwnode.market.frames import FramedRows, Moments
from lwnode.market.ranking import Ranked
from lwnode.market.score import Figures, compare, same_source_edge2
from lwnode.market.verdict import Judgement, judge
from lwnode.specification.kernels import gaussian
from lwnode.specification.simplex import simplex_weights
from lwnode.types import Matrix, Vector

NEAREST = 25
MEMBERS = 5
ACCEPT = 0.95  # a member stays only if the squared MMD falls to this part or less
_SMALLEST_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixture:
    """A judged mixture.

    Parameters
    ----------
    members : tuple of Ranked
        The largest share first.
    shares : (k,) float64
    distance : float
        MMD in the common frame.
    figures : Figures
    judgement : Judgement
    """

    members: tuple[Ranked, ...]
    shares: Vector
    distance: float
    figures: Figures
    judgement: Judgement


def mix(rows: FramedRows, ranked: Sequence[Ranked], tests: Mapping[str, TailTest]) -> Mixture | None:
    """Look for a mixture of at least two members.

    Parameters
    ----------
    rows : FramedRows
        In the island's common frame.
    ranked : sequence of Ranked
        The nearest first.
    tests : mapping
        Id → tail test of at least the nearest 25, each in the specification's own frame.

    Returns
    -------
    Mixture or None
        None where no second member lowers the distance enough, or nothing but the distance speaks for the mixture.

    Notes
    -----
    O((25·m)²) time for the inner products, then quadratic programmes of at most five variables.
    """
    near = ranked[:NEAREST]
    if len(near) < 2:
        return None
    pool = _Pool(
        specs=tuple(item.spec for item in near),
        gram=_gram(near),
        inner=np.array([item.inner for item in near]),
        moments=rows.moments,
    )
    blend = pool.thinned(pool.greedy())
    if len(blend.places) < 2:
        return None
    order = np.argsort(-blend.shares, kind="stable")
    members, shares = tuple(near[blend.places[i]] for i in order), blend.shares[order]
    specs = [member.spec for member in members]
    test = union([tests[member.entry.id] for member in members], [member.entry.framed for member in members], shares)
    figures = compare(rows, joint(specs, shares), test)
    if figures.z <= SURE:
        return None
    return Mixture(members=members, shares=shares, distance=figures.distance, figures=figures, judgement=judge(figures))


def _gram(near: Sequence[Ranked]) -> Matrix:
    """Return the inner products of the specifications, (N, N)."""
    points = np.concatenate([item.spec.points for item in near])
    weights = np.concatenate([item.spec.weights for item in near])
    edges = np.cumsum([0] + [len(item.spec.points) for item in near[:-1]])
    gram = np.empty((len(near), len(near)))
    for i, item in enumerate(near):
        kernel = gaussian(item.spec.points, points, item.spec.gamma)
        gram[i] = np.add.reduceat(item.spec.weights @ kernel * weights, edges)
    return (gram + gram.T) / 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Blend:
    """Places in the pool with their shares, and the squared MMD of the rows to them."""

    places: tuple[int, ...]
    shares: Vector
    squared: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pool:
    """The nearest specifications, the nearest first, with all inner products."""

    specs: tuple[FramedSpecification, ...]
    gram: Matrix
    inner: Vector
    moments: Moments

    def greedy(self) -> _Blend:
        """Let members join as long as each brings the mixture nearer."""
        best = self.blend((0,))
        while len(best.places) < min(MEMBERS, len(self.specs)) and not self.is_near(best):
            others = set(range(len(self.specs))) - set(best.places)
            tried = [self.blend((*best.places, place)) for place in sorted(others)]
            nearer = min(tried, key=lambda blend: blend.squared)
            if nearer.squared > ACCEPT * best.squared:
                break
            best = nearer
        return best

    def thinned(self, blend: _Blend) -> _Blend:
        """Let members leave, the smallest share first, without whom the mixture is as near as it can be told."""
        for place in [blend.places[i] for i in np.argsort(blend.shares, kind="stable")]:
            others = tuple(other for other in blend.places if other != place)
            if others and self.is_near(without := self.blend(others)):
                blend = without
        return blend

    def blend(self, places: tuple[int, ...]) -> _Blend:
        """Return the best mixture of some places, without the members whose share is too small."""
        shares = self._weights(places)
        kept = tuple(place for place, share in zip(places, shares, strict=True) if share >= _SMALLEST_SHARE)
        if len(kept) < len(places):
            shares = self._weights(kept)
        at, own = list(kept), self.moments.mean
        squared = own - 2.0 * self.inner[at] @ shares + shares @ self.gram[np.ix_(at, at)] @ shares
        return _Blend(places=kept, shares=shares, squared=max(float(squared), 0.0))

    def is_near(self, blend: _Blend) -> bool:
        """Say whether rows of the mixture itself would show such a distance."""
        specs = [self.specs[place] for place in blend.places]
        return blend.squared <= same_source_edge2(joint(specs, blend.shares), self.moments)

    def _weights(self, places: tuple[int, ...]) -> Vector:
        at = list(places)
        return simplex_weights(self.gram[np.ix_(at, at)], self.inner[at])
