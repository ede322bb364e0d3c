# SPDX-License-Identifier: Apache-2.0
"""The search of an island through a map of columns: distances, figures and verdicts on what both sides have.

Specifications are restricted to the shared columns (`lwnode.specification.shared_columns`: the marginal of a weighted
point set needs no rows), the user's columns get the island's names and units, and the island is searched as any other.

Rules
-----
* With a map of all its columns an island is searched in its own frame, and its verdicts are what they always are.
* With a map of some, no verdict says more than *partly*, and its words say that the rest could not be compared.  A
  verdict against a learnware stands: data that differ in some columns differ.
* The residual of a restriction is nobody's claim.  It is taken as the whole one's by `residual_share`, with the
  uncertainty of that estimate as noise on it.  Measured on 16 tables (synthetic with 6 to 20 columns, the sample's
  hospitals, breast cancer), each without noise and at ε = 1 and 2 under random choices of columns: where 60 % of the
  columns are shared, the true squared residual is 1.1 (median) and 1.5 times (95 %) the whole one's with noise, 1.3
  and 1.9 without; where 80 % are, 1.0 and 1.2, 1.1 and 1.3.
* Nothing that is found this way is recommended by itself, or mixed with others: its model wants the columns that the
  user lacks.

Called by the searcher.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np

from lwnode.documents import Column
from lwnode.market.derived import FramedSpecification, framed
from lwnode.market.entry import Entry
from lwnode.market.island_search import FoldsOf, search_island
from lwnode.market.islands import Columns, Island
from lwnode.market.matches import Scored, match_of
from lwnode.market.nearest import IndexOf
from lwnode.market.organizer.own_columns import mapped
from lwnode.market.organizer.world import features_of
from lwnode.market.results import RANK, Fold, Match, Reach
from lwnode.market.verdict import Judgement
from lwnode.specification.matching import Pair
from lwnode.specification.reduced_set import Specification
from lwnode.specification.shared_columns import restrict
from lwnode.types import Progress, silent

MOST_COMPARED = 10  # islands that are searched through a map
_UNSURE = 0.2  # of a restriction's residual: one standard deviation of the estimate
_NAMES_SHOWN = 20

PARTIAL: Mapping[str, str] = MappingProxyType(
    {
        "fits": "shared-fits",
        "fits-unchecked": "shared-unchecked",
        "partly": "shared-partly",
        "partly-unchecked": "shared-partly",
    }
)
"""Code of a verdict on all columns → code of the same on some."""


def residual_share(share: float) -> float:
    """Return by what a squared residual grows when this share of the columns is kept: ``share ** -1/2``."""
    return float(share**-0.5)


@dataclass(frozen=True, kw_only=True, eq=False)  # without slots: `cached_property` needs the dictionary
class RestrictedEntry(Entry):
    """A learnware on some of its columns.

    Parameters
    ----------
    whole : Entry
        On all of them.
    share : float
        Of its columns that are left, below 1.
    """

    whole: Entry
    share: float

    @cached_property
    def believed(self) -> Specification:
        """The restriction itself: it is made of what is believed of the whole."""
        return self.specification

    @cached_property
    def framed(self) -> FramedSpecification:
        """The restriction in its own frame, with an estimated residual in the place of the bound that its card has."""
        card = self.whole.believed.card
        residual2 = card.residual2 * residual_share(self.share)
        noise = float(np.hypot(card.residual_noise, _UNSURE * np.sqrt(residual2)))
        return dataclasses.replace(framed(self.specification, self.profile), residual2=residual2, noise=noise)


def cross(
    islands: Sequence[Island],
    found: Sequence[Reach],
    columns: Columns,
    *,
    top: int,
    index_of: IndexOf | None = None,
    folds_of: FoldsOf | None = None,
    progress: Progress = silent,
) -> tuple[tuple[Match, ...], tuple[Fold, ...]]:
    """Search islands through the maps that were found.

    Parameters
    ----------
    islands : sequence of Island
    found : sequence of Reach
        How far the columns reach them; those that reach enough are searched, `MOST_COMPARED` at most.
    columns : mapping
        As `lwnode.market.search` takes them.
    top : int
        Most matches returned.
    index_of : callable, optional
        As `lwnode.market.search` takes it; for islands that are reached with all their columns.
    folds_of : callable, optional
        As `lwnode.market.search` takes it; what is the same in all columns is folded in some.

    Returns
    -------
    matches : tuple of Match
        By verdict, then by match times the share of the columns compared: what was not compared counts for nothing.
    folds : tuple of Fold
        What stands under one of these matches.

    Notes
    -----
    As the search of an island, and O(m²) for each restriction.
    """
    by_id = {island.profile.schema_id: island for island in islands}
    matches: list[tuple[float, Match]] = []
    folds: list[Fold] = []
    for reach in [reach for reach in found if reach.enough][:MOST_COMPARED]:
        island = by_id[reach.island]
        wanted = features_of(island.profile, reach)
        ours = mapped(columns, reach.pairs, {column.name: column for column in wanted})
        place = island if reach.complete else _restricted(island, wanted)
        index = index_of if reach.complete else None
        searched = search_island(place, ours, top=top, index_of=index, folds_of=_of_whole(folds_of), progress=progress)
        folds += searched.folds.values()
        for scored in searched.scored:
            capped = scored if reach.complete else dataclasses.replace(scored, judgement=_capped(scored))
            matches.append((reach.share, _said(match_of(capped, searched.mask(scored.entry)), reach)))
    listed = tuple(match for _, match in sorted(matches, key=_order))[:top]
    there = {match.learnware for match in listed}
    return listed, tuple(fold for fold in folds if fold.under in there)


def _of_whole(folds_of: FoldsOf | None) -> FoldsOf | None:
    """Return what folds learnwares as they are in all their columns."""
    if folds_of is None:
        return None
    return lambda entries: folds_of([e.whole if isinstance(e, RestrictedEntry) else e for e in entries])


def _restricted(island: Island, wanted: Sequence[Column]) -> Island:
    """Return an island on some of its columns."""
    own = [Pair(ours=column.name, theirs=column.name) for column in wanted]
    share = len(wanted) / len(island.profile.features)
    entries: list[Entry] = []
    common = None
    for entry in (offer.entry for offer in island.entries):
        specification = restrict(entry.believed, own, wanted)
        if entry.profile == island.profile and common is None:
            common = specification.profile
        entries.append(
            RestrictedEntry(
                id=entry.id,
                name=entry.name,
                organisation=entry.organisation,
                semantic=entry.semantic,
                card=entry.card,
                specification=specification,
                publisher=entry.publisher,
                whole=entry,
                share=share,
            )
        )
    assert common is not None  # an island's frame is one of its entries'
    return Island(profile=common, entries=tuple(entries))


def _capped(scored: Scored) -> Judgement:
    """Return a verdict that claims no more than some columns can show."""
    judgement = scored.judgement
    if judgement.coarse:
        return Judgement(verdict="too little data", code="coarse-sketch")
    code = PARTIAL.get(judgement.code, judgement.code)
    return Judgement(verdict="partly" if judgement.verdict == "fits" else judgement.verdict, code=code)


def _said(match: Match, reach: Reach) -> Match:
    """Return a match with its map and what could not be compared."""
    features = len(reach.pairs) + len(reach.not_compared)
    why = f"{match.why} Compared on {len(reach.pairs)} of {features} columns."
    if reach.not_compared:
        more = ", …" if len(reach.not_compared) > _NAMES_SHOWN else ""
        why += f" Not compared: {', '.join(reach.not_compared[:_NAMES_SHOWN])}{more}."
    return dataclasses.replace(
        match,
        why=why,
        columns={pair.ours: pair.theirs for pair in reach.pairs if pair.ours != pair.theirs},
        missing=reach.not_compared,
        shared=(len(reach.pairs), features),
    )


def _order(item: tuple[float, Match]) -> tuple[int, float, float, str]:
    share, match = item
    shown = match.match if match.match is not None else -1.0
    return RANK[match.verdict], -shown * share if shown >= 0.0 else 1.0, match.distance, match.learnware
