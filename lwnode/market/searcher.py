# SPDX-License-Identifier: Apache-2.0
"""The searcher: rows in, verdict out.  Nothing leaves, neither the rows nor the question.

Rules
-----
* The caller has filtered by words and tags; every entry given is compared, or proved to be further away than those
  that are listed, or counted as not comparable.
* Distances are comparable within an island, matches everywhere: recommendations are ordered by verdict and match.
* A mixture is recommended only where it is better than the best single learnware, in verdict or in distance.
* *Too little data* is said only where nothing is better.
* What is the same to a user as another entry is not compared: it stands under that one.  Limits of a publisher's places
  change what is listed, never a verdict for the worse: whoever would be judged without them is judged.

Called by the node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal

import numpy as np

from lwnode.market.entry import Offered
from lwnode.market.island_search import FoldsOf, Searched, search_island
from lwnode.market.islands import Columns, gather, row_count
from lwnode.market.matches import Scored, knows_coverage, match_of, multiple_of, uncovered_of
from lwnode.market.mixture import ACCEPT, Mixture
from lwnode.market.nearest import IndexOf
from lwnode.market.organizer.crossing import cross
from lwnode.market.organizer.world import beyond, reaches
from lwnode.market.pool_score import pool_scores
from lwnode.market.publishers import places
from lwnode.market.reasons import SENTENCES, TOGETHER
from lwnode.market.results import RANK, Certificate, Found
from lwnode.types import Mask, Progress, Verdict, silent


def search(
    columns: Columns,
    entries: Sequence[Offered],
    *,
    units: Mapping[str, str] | None = None,
    top: int = 10,
    reach: Literal["island", "world"] = "island",
    stated: Mapping[str, str] | None = None,
    index_of: IndexOf | None = None,
    folds_of: FoldsOf | None = None,
    each: int | None = None,
    pool_score: bool = False,
    progress: Progress = silent,
) -> Found:
    """Find the learnwares that fit a table.

    Parameters
    ----------
    columns : mapping
        Column name → (n,) numbers (NaN where missing), or levels as text (None where missing); n ≥ 1.
    entries : sequence of Entry or Offer
        What is on offer, each id once.
    units : mapping, optional
        Column name → unit; a column that is not named is taken to agree.
    top : int
        Most matches listed, by recommendation and by distance; ≥ 1.
    reach : {"island", "world"}
        ``world`` also looks at islands that the columns reach through a map only (`Found.islands`, `Found.across`).
    stated : mapping, optional
        For the world: the user's column → a learnware's, confirmed by a person.
    index_of : callable, optional
        Returns an index that holds a large island, given the island and a progress; without it everything is compared.
    folds_of : callable, optional
        Returns id → fold for entries that stand under another (`lwnode.market.organizer.Folding`); one is folded where
        its leader is as near.  Default: nobody is folded.
    each : int, optional
        Most places of one publisher in each list, ≥ 1 (`Found.held` has the others); default: no limit.
    pool_score : bool
        Whether to return the reference engine's scores as well, for display (`Found.pool_scores`).
    progress : callable, optional

    Returns
    -------
    Found

    Raises
    ------
    DataError
        No row, or columns of different lengths; a stated pair that cannot be.
    UnreadableError
        The entry of an offer that is needed cannot be read.
    StoreError
        Of the index: `DamagedIndexError` where it has to be made again.

    Notes
    -----
    O(n·N·m·d) time for N specifications of m points and n ≤ 1000 rows; with an index, of more than 500 only as many are
    compared as a proof needs.  Figures are computed for about 20 an island.
    """
    if top < 1:
        raise ValueError("top must be at least 1")
    if each is not None and each < 1:
        raise ValueError("a publisher has at least one place")
    if len({entry.id for entry in entries}) != len(entries):
        raise ValueError("an entry is given twice")
    total = row_count(columns)
    islands, skipped = gather(entries, columns, units or {})
    how = partial(search_island, top=top, index_of=index_of, folds_of=folds_of, each=each, progress=progress)
    searched = [how(island, columns) for island in islands]
    home = {scored.entry.id: island for island in searched for scored in island.scored}
    everything = [scored for island in searched for scored in island.scored]

    recommended = sorted((scored for scored in everything if scored.recommended), key=lambda scored: scored.order)
    single, behind = places(recommended, _publisher, each=each, top=top)
    by_distance = sorted(everything, key=lambda scored: (scored.ranked, scored.entry.id))
    nearest, beside = places(by_distance, _publisher, each=each, top=top)
    first = {scored.entry.id for scored in single}
    held = {scored.entry.id: scored for scored in (*behind, *beside) if scored.entry.id not in first}
    masks: dict[str, Mask] = {}
    for scored in [*recommended, *nearest, *held.values()]:
        if scored.entry.id not in masks:
            masks[scored.entry.id] = home[scored.entry.id].mask(scored.entry)
            progress(None, "looking which of your rows are covered")

    found = _best_mixture(searched, recommended[0] if recommended else None)
    together: Mask | None = None
    if found is not None:
        island, mixture = found
        together = np.logical_or.reduce([island.mask(member.entry) for member in mixture.members])
    telling = [scored for scored in recommended if knows_coverage(scored.figures, scored.judgement)]
    covering = [(masks[scored.entry.id], scored.figures.test.level) for scored in telling]
    if found is not None and together is not None and knows_coverage(found[1].figures, found[1].judgement):
        covering.append((together, found[1].figures.test.level))
    far = beyond(entries, columns, units or {}) if reach == "world" else ()
    maps = reaches(far, columns, units or {}, stated or {}) if reach == "world" else ()
    verdict, code = _conclude(everything, recommended, found[1] if found else None, total_skipped=len(skipped))
    across, folds = cross(far, maps, columns, top=top, index_of=index_of, folds_of=folds_of, progress=progress)
    listed = {*masks, *(match.learnware for match in across)}
    listed |= {member.entry.id for member in found[1].members} if found is not None else set()
    scores = _pool_scores(searched) if pool_score else {}
    return Found(
        verdict=verdict,
        reason_code=code,
        reason=SENTENCES[code],
        single=tuple(match_of(scored, masks[scored.entry.id]) for scored in single),
        multiple=multiple_of(found[1], together) if found is not None and together is not None else None,
        nearest=tuple(match_of(scored, masks[scored.entry.id]) for scored in nearest),
        uncovered=uncovered_of(covering, total, nothing=verdict == "nothing fits"),
        certificate=_certificate(searched, top, total),
        considered=sum(island.entries for island in searched),
        skipped=skipped,
        islands=maps,
        across=across,
        held=tuple(match_of(scored, masks[scored.entry.id]) for scored in held.values()),
        folds=(*(fold for island in searched for fold in island.folds.values() if fold.under in listed), *folds),
        pool_scores={identity: score for identity, score in scores.items() if identity in listed},
    )


def _publisher(scored: Scored) -> str:
    return scored.entry.publisher


def _pool_scores(searched: Sequence[Searched]) -> dict[str, float]:
    """Return the reference's score of everybody ranked: an island and its mixture are one pool, as they are there."""
    out: dict[str, float] = {}
    for island in searched:
        distances = [item.distance for item in island.ranked]
        distances += [island.mixture.distance] if island.mixture is not None else []
        scores = pool_scores(np.square(np.array(distances)))
        out |= {item.entry.id: float(score) for item, score in zip(island.ranked, scores, strict=False)}
    return out


def _best_mixture(searched: Sequence[Searched], best: Scored | None) -> tuple[Searched, Mixture] | None:
    """Return the best mixture of all islands with its island, or None where the best single learnware is as good."""
    found = [(island, island.mixture) for island in searched if island.mixture is not None]
    found = [(i, m) for i, m in found if m.judgement.verdict in ("fits", "partly") and _is_better(m, best)]
    if not found:
        return None
    return min(found, key=lambda pair: (*_place(pair[1]), pair[1].distance))


def _place(item: Mixture | Scored) -> tuple[int, bool]:
    return RANK[item.judgement.verdict], item.judgement.coarse


def _is_better(mixture: Mixture, best: Scored | None) -> bool:
    if best is None or _place(mixture) != _place(best):
        return best is None or _place(mixture) < _place(best)
    return mixture.distance**2 <= ACCEPT * best.ranked**2


def _conclude(
    everything: Sequence[Scored], recommended: Sequence[Scored], mixture: Mixture | None, *, total_skipped: int
) -> tuple[Verdict, str]:
    """Return the verdict of the whole search and the code of its sentence."""
    best = recommended[0] if recommended else None
    if mixture is not None and (best is None or _place(mixture) < _place(best)):
        return mixture.judgement.verdict, TOGETHER[mixture.judgement.code]
    if best is not None:
        return best.judgement.verdict, best.judgement.code
    too_little = [scored for scored in everything if scored.judgement.verdict == "too little data"]
    if too_little:
        return "too little data", min(too_little, key=lambda scored: scored.ranked).judgement.code
    if everything:
        return "nothing fits", "nothing-fits"
    return "nothing fits", "no-compatible" if total_skipped else "no-learnwares"


def _certificate(searched: Sequence[Searched], top: int, total: int) -> Certificate:
    distances = sorted(item.distance for island in searched for item in island.ranked)
    beyond = distances[top : top + 1] + [island.bound for island in searched if island.bound is not None]
    compared = sum(island.compared for island in searched)
    return Certificate(
        method="exhaustive" if compared == sum(island.entries for island in searched) else "certified",
        compared=compared,
        rows=max((island.rows.n for island in searched), default=total),
        last=distances[:top][-1] if distances else None,
        next=min(beyond, default=None),
    )
