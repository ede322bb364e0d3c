# SPDX-License-Identifier: Apache-2.0
"""Figures and judgements as the results a caller reads.

Rules
-----
* A match is shown only where the verdict can carry it, a share only where the tail test can tell.

Called by the searcher.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lwnode.market.entry import Entry
from lwnode.market.mixture import Mixture
from lwnode.market.reasons import SENTENCES, TOGETHER, why
from lwnode.market.results import RANK, Coverage, Match, Multiple, Uncovered
from lwnode.market.score import Figures
from lwnode.market.verdict import Judgement, is_blind
from lwnode.types import Mask


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """An entry with its figures and verdict; ``ranked`` is the distance in the common frame."""

    entry: Entry
    ranked: float
    figures: Figures
    judgement: Judgement

    @property
    def recommended(self) -> bool:
        """Whether it fits or partly fits."""
        return self.judgement.verdict in ("fits", "partly")

    @property
    def order(self) -> tuple[int, bool, float, float, str]:
        """Key of the order of recommendation: verdict, coarse fits last, match, distance."""
        match = self.figures.match if self.judgement.numbered else -1.0
        return RANK[self.judgement.verdict], self.judgement.coarse, -match, self.ranked, self.entry.id


def knows_coverage(figures: Figures, judgement: Judgement) -> bool:
    """Say whether the share covered can be told."""
    return judgement.verdict != "too little data" and not is_blind(figures)


def coverage(figures: Figures, judgement: Judgement, rows: Mask) -> Coverage:
    """Return the coverage to show; ``rows`` (n,) are those of all the user's rows that passed."""
    if not knows_coverage(figures, judgement):
        return Coverage(share=None, rows=np.zeros(len(rows), dtype=bool))
    return Coverage(share=figures.covered, low=figures.covered_low, high=figures.covered_high, rows=rows)


def match_of(scored: Scored, rows: Mask) -> Match:
    """Return one learnware's result."""
    figures, judgement = scored.figures, scored.judgement
    return Match(
        learnware=scored.entry.id,
        name=scored.entry.name,
        organisation=scored.entry.organisation,
        distance=figures.distance,
        floor=figures.floor,
        match=figures.match if judgement.numbered else None,
        match_low=figures.match_low if judgement.numbered else None,
        match_high=figures.match_high if judgement.numbered else None,
        covered=coverage(figures, judgement, rows),
        dependence=figures.dependence,
        coarse=judgement.coarse,
        verdict=judgement.verdict,
        reason_code=judgement.code,
        reason=SENTENCES[judgement.code],
        why=why(figures.distance, figures.floor),
        ranked=scored.ranked,
        publisher=scored.entry.publisher,
    )


def multiple_of(mixture: Mixture, rows: Mask) -> Multiple:
    """Return a mixture's result; it must fit or partly fit."""
    figures, judgement = mixture.figures, mixture.judgement
    if judgement.verdict not in ("fits", "partly"):
        raise ValueError("a mixture that does not fit is no recommendation")
    code = TOGETHER[judgement.code]
    shares = mixture.shares / mixture.shares.sum()
    return Multiple(
        members=tuple((member.entry.id, float(share)) for member, share in zip(mixture.members, shares, strict=True)),
        distance=figures.distance,
        floor=figures.floor,
        match=figures.match if judgement.numbered else None,
        covered=coverage(figures, judgement, rows),
        dependence=figures.dependence,
        coarse=judgement.coarse,
        verdict=judgement.verdict,
        reason_code=code,
        reason=SENTENCES[code],
        why=why(figures.distance, figures.floor),
    )


def uncovered_of(covering: Sequence[tuple[Mask, float]], total: int, *, nothing: bool) -> Uncovered:
    """Return the rows outside every recommended learnware.

    Parameters
    ----------
    covering : sequence of ((n,) bool, float)
        For each recommended learnware whose tail test can tell: the rows that passed, and the share of its own rows
        that the test turns away.  The share of the union is corrected by the smallest of these.
    total : int
        The user's rows, n.
    nothing : bool
        Nothing fits, so that no row is covered.
    """
    if nothing:
        return Uncovered(share=1.0, rows=np.ones(total, dtype=bool))
    if not covering:
        return Uncovered(share=None, rows=np.zeros(total, dtype=bool))
    passed = np.logical_or.reduce([rows for rows, _ in covering])
    level = min(level for _, level in covering)
    return Uncovered(share=max(0.0, 1.0 - float(passed.mean()) / (1.0 - level)), rows=~passed)
