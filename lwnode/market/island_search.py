# SPDX-License-Identifier: Apache-2.0
"""The search of one island: ranking, tail tests, figures and verdicts, mixture.

Rules
-----
* Distance ranks, figures decide: the verdict rules see the 10 nearest and, of the 100 nearest, the 10 that cover most
  rows.  Distance alone does not find partial matches.
* Where the places of a publisher are limited, the rules also see the 10 nearest and the 10 that cover most by that
  limit: a publisher of a hundred learnwares must not keep the others from being looked at.
* The ranking and the mixture use the island's common frame, the figures of one specification its own.
* A frame's kernel matrix is dropped before the next frame's is made.

Called by the searcher.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lwnode.documents import Profile
from lwnode.market.coverage import TailTest, covered_rows, tail_test
from lwnode.market.entry import Entry, Offered
from lwnode.market.frames import FramedRows
from lwnode.market.islands import Columns, Island
from lwnode.market.matches import Scored
from lwnode.market.mixture import Mixture, mix
from lwnode.market.nearest import IndexOf, nearest_of
from lwnode.market.publishers import places
from lwnode.market.ranking import Ranked
from lwnode.market.results import Fold
from lwnode.market.score import compare
from lwnode.market.verdict import judge
from lwnode.specification.frame import raw_matrix
from lwnode.specification.kernels import squared_distances
from lwnode.types import Mask, Matrix, Progress

FoldsOf: TypeAlias = Callable[[Sequence[Entry]], Mapping[str, Fold]]
"""Entries → id and fold of whoever stands under another, of these or of any."""
BY_DISTANCE, BY_SHARE, SHARE_POOL = 10, 10, 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Searched:
    """What the search of one island found.

    Parameters
    ----------
    raw : (n, width) float64
        All rows in raw units.
    rows : FramedRows
        The rows in the common frame.
    ranked : tuple of Ranked
        The nearest first: all entries, or the nearest 100 of many; without those that are folded.
    folds : mapping
        Id → fold of whoever stands under another one of the ranked.
    entries, compared : int
        All entries, and those whose exact distance was computed.
    bound : float or None
        Nobody who is not among ``ranked`` is nearer; None where nobody is left out.
    tests : mapping
        Id → tail test of the nearest 100, and of whoever else is asked for.
    scored : tuple of Scored
        The candidates.
    mixture : Mixture or None
    """

    raw: Matrix
    rows: FramedRows
    ranked: tuple[Ranked, ...]
    folds: Mapping[str, Fold]
    entries: int
    compared: int
    bound: float | None
    tests: Mapping[str, TailTest]
    scored: tuple[Scored, ...]
    mixture: Mixture | None

    def mask(self, entry: Entry) -> Mask:
        """Return which of all the user's rows pass the tail test of an entry."""
        return covered_rows(self._rows_in(entry.profile), entry.framed, self.tests[entry.id])

    def _rows_in(self, profile: Profile) -> FramedRows:
        return self.rows if profile == self.rows.profile else FramedRows(profile, self.raw)


def search_island(
    island: Island,
    columns: Columns,
    *,
    top: int,
    index_of: IndexOf | None = None,
    folds_of: FoldsOf | None = None,
    each: int | None = None,
    progress: Progress,
) -> Searched:
    """Compare the user's columns with an island.

    Parameters
    ----------
    island : Island
    columns : mapping
        As `lwnode.market.search` takes them.
    top : int
        Nearest entries that will be listed, and so must be scored.
    index_of, folds_of : callable, optional
        As `lwnode.market.search` takes them.
    each : int, optional
        Most places of one publisher among these.
    progress : callable
    """
    raw = raw_matrix(island.profile, columns)
    rows = FramedRows(island.profile, raw)
    ranking = nearest_of(island, rows, max(SHARE_POOL, top), index_of=index_of, progress=progress)
    folds = _folded(ranking.ranked, folds_of)
    ranked = tuple(item for item in ranking.ranked if item.entry.id not in folds)
    pool = ranked[: max(SHARE_POOL, top)]
    tests = _TailTests({offer.id: offer for offer in island.entries}, rows, raw)
    tests.fill(pool)
    scored = _score(_candidates(pool, tests, top, each), tests, rows, raw, progress)
    return Searched(
        raw=raw,
        rows=rows,
        ranked=ranked,
        folds=folds,
        entries=len(island.entries),
        compared=ranking.compared,
        bound=ranking.bound,
        tests=tests,
        scored=scored,
        mixture=mix(rows, ranked, tests, ranking.sketches),
    )


def _folded(ranked: Sequence[Ranked], folds_of: FoldsOf | None) -> dict[str, Fold]:
    """Return who stands under another one of the ranked: what is the same is equally far, so the two stand together."""
    if folds_of is None:
        return {}
    there = {item.entry.id for item in ranked}
    folds = folds_of([item.entry for item in ranked])
    return {identity: fold for identity, fold in folds.items() if {identity, fold.under} <= there}


def _by_profile(items: Sequence[Ranked]) -> dict[Profile, list[Ranked]]:
    groups: dict[Profile, list[Ranked]] = {}
    for item in items:
        groups.setdefault(item.entry.profile, []).append(item)
    return groups


class _TailTests(dict[str, TailTest]):
    """Tail tests by id, each in the specification's own frame; made when they are asked for.

    A mixture may have members beyond the nearest 100.
    """

    def __init__(self, entries: Mapping[str, Offered], rows: FramedRows, raw: Matrix) -> None:
        super().__init__()
        self._entries, self._rows, self._raw = entries, rows, raw

    def fill(self, pool: Sequence[Ranked]) -> None:
        """Make those of a pool, one frame after the other."""
        for profile, group in _by_profile(pool).items():
            own = self._in(profile)
            for item in group:
                self[item.entry.id] = self._test(item.entry, own)

    def __missing__(self, name: str) -> TailTest:
        entry = self._entries[name].entry
        self[name] = self._test(entry, self._in(entry.profile))
        return self[name]

    def _in(self, profile: Profile) -> FramedRows:
        return self._rows if profile == self._rows.profile else FramedRows(profile, self._raw)

    @staticmethod
    def _test(entry: Entry, own: FramedRows) -> TailTest:
        return tail_test(entry.framed, squared_distances(own.rows, entry.framed.points))


def _candidates(
    pool: Sequence[Ranked], tests: Mapping[str, TailTest], top: int, each: int | None
) -> tuple[Ranked, ...]:
    by_share = sorted(pool[:SHARE_POOL], key=lambda item: -tests[item.entry.id].raw_share)
    chosen: dict[str, Ranked] = {}
    for limit in dict.fromkeys((None, each)):
        for order, count in ((pool, max(BY_DISTANCE, top)), (by_share, BY_SHARE)):
            listed, _ = places(order, lambda item: item.entry.publisher, each=limit, top=count)
            chosen |= {item.entry.id: item for item in listed}
    return tuple(chosen.values())


def _score(
    candidates: Sequence[Ranked], tests: Mapping[str, TailTest], rows: FramedRows, raw: Matrix, progress: Progress
) -> tuple[Scored, ...]:
    scored: list[Scored] = []
    for profile, group in _by_profile(candidates).items():
        own = rows if profile == rows.profile else FramedRows(profile, raw)
        for item in group:
            figures = compare(own, item.entry.framed, tests[item.entry.id])
            scored.append(Scored(entry=item.entry, ranked=item.distance, figures=figures, judgement=judge(figures)))
            progress(len(scored) / len(candidates), "judging what is near")
    return tuple(scored)
