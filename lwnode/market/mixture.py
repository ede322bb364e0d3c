# SPDX-License-Identifier: Apache-2.0
"""The multiple recommendation: several specifications that describe the rows together.

Sought twice (`lwnode.market.blend`): greedily over the nearest 25, and by pursuit with exchanges over the whole market,
where members that are far away alone are found too.  The lower squared MMD wins, so that the mixture is never further
away than the greedy one.  A member joins only if the squared MMD falls to 95 % or less.  Shares below 5 % are dropped.
Once rows of the mixture itself would show such a distance, closer says nothing: then nobody joins, and a member leaves
again when the others alone are that near.  The result is judged by the same figures and rules as one specification, as
the joint point set of its members.

Members and shares were chosen to be near these very rows, so nearness alone proves less than for one specification:
three of twelve unrelated domains come near fifty rows of plain noise (d = 5).  The dependence between the columns was
not part of the choice, and so it must testify: a mixture stands only where it is surely seen.

Called by the searcher.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lwnode.market.blend import ACCEPT, MEMBERS, Blend, Blender
from lwnode.market.coverage import TailTest, union
from lwnode.market.dependence import SURE
from lwnode.market.derived import FramedSpecification, joint
from lwnode.market.entry import Entry
from lwnode.market.frames import FramedRows
from lwnode.market.index.exact import Query
from lwnode.market.ranking import Ranked
from lwnode.market.score import Figures, compare, same_source_edge2
from lwnode.market.sketches import ReadSketches, Sketches
from lwnode.market.verdict import Judgement, judge
from lwnode.types import Vector

__all__ = ["ACCEPT", "MEMBERS", "NEAREST", "Mixture", "mix"]

NEAREST = 25
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


def mix(
    rows: FramedRows,
    ranked: Sequence[Ranked],
    tests: Mapping[str, TailTest],
    sketches: Sketches | None = None,
) -> Mixture | None:
    """Look for a mixture of at least two members.

    Parameters
    ----------
    rows : FramedRows
        In the island's common frame.
    ranked : sequence of Ranked
        The nearest first.
    tests : mapping
        Id → tail test, each in the specification's own frame; the members' are asked for.
    sketches : Sketches, optional
        Of the whole island, ``ranked`` first; where it is not given, ``ranked`` is the whole island.

    Returns
    -------
    Mixture or None
        None where no second member lowers the distance enough, or nothing but the distance speaks for the mixture.

    Notes
    -----
    Some hundred inner products, O(m²·d) each, quadratic programmes of at most five variables, and for more than 25
    specifications about ten products with all short vectors, O(N·p).
    """
    if sketches is None:
        sketches = ReadSketches(ranked)
    if len(sketches.norms) < 2:
        return None
    moments = rows.moments

    def members_of(blend: Blend) -> list[tuple[Entry, FramedSpecification]]:
        return [sketches.member(place) for place in blend.places]

    def is_near(blend: Blend) -> bool:
        """Say whether rows of the mixture itself would show such a distance."""
        together = joint([spec for _, spec in members_of(blend)], blend.shares)
        return blend.squared <= same_source_edge2(together, moments)

    blender = Blender(
        query=Query.of(rows.rows, np.full(rows.n, 1.0 / rows.n), rows.gamma, norm2=moments.mean),
        sketch=sketches.sketch,
        norms=sketches.norms,
        inner={place: item.inner for place, item in enumerate(ranked)},
        smallest=_SMALLEST_SHARE,
        enough=is_near,
    )
    blend = blender.greedy(range(min(NEAREST, len(ranked))))
    if len(sketches.norms) > NEAREST and not is_near(blend):
        embeddings, target = sketches.short(rows)
        squares = np.einsum("ij,ij->i", embeddings, embeddings).astype(np.float64)
        blend = min(blend, blender.pursue(embeddings, squares, target), key=lambda found: found.squared)
    blend = _thinned(blend, blender)
    if len(blend.places) < 2:
        return None
    order = np.argsort(-blend.shares, kind="stable")
    blend = Blend(places=tuple(blend.places[i] for i in order), shares=blend.shares[order], squared=blend.squared)
    shares = blend.shares
    members = tuple(
        _ranked(entry, spec, float(inner), moments.mean)
        for (entry, spec), inner in zip(members_of(blend), blender.inner(blend.places), strict=True)
    )
    test = union([tests[member.entry.id] for member in members], [member.entry.framed for member in members], shares)
    figures = compare(rows, joint([member.spec for member in members], shares), test)
    if figures.z <= SURE:
        return None
    return Mixture(members=members, shares=shares, distance=figures.distance, figures=figures, judgement=judge(figures))


def _ranked(entry: Entry, spec: FramedSpecification, inner: float, own: float) -> Ranked:
    """Return a member as one of the nearest is."""
    distance = float(np.sqrt(max(spec.norm2 - 2.0 * inner + own, 0.0)))
    return Ranked(entry=entry, spec=spec, inner=inner, distance=distance)


def _thinned(blend: Blend, blender: Blender) -> Blend:
    """Let members leave, the smallest share first, without whom the mixture is as near as it can be told."""
    for place in [blend.places[i] for i in np.argsort(blend.shares, kind="stable")]:
        others = tuple(other for other in blend.places if other != place)
        if others and blender.enough(without := blender.blend(others)):
            blend = without
    return blend
