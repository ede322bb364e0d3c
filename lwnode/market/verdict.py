# SPDX-License-Identifier: Apache-2.0
"""The ordered rules that turn figures into a verdict.

The first rule that applies decides.  The constants were set on other draws than those they were measured on; changing
one means measuring all of them again.

1. Nothing near it: *nothing fits*.
2. The figures could not tell a good specification from a bad one, or the publisher's own figures make the match and do
   not refine one: *too little data*, unless a dependence that is surely seen speaks for it (*fits*, coarsely).
3. Near, and covers the rows: *fits*; or *partly* where the columns do not hang together.
4. The tail test covers almost anything: *nothing fits* or *too little data*.
5. A part of the rows is near, or is covered and near: *partly*; *nothing fits* where the columns do not hang together.
6. Otherwise *nothing fits*.

A match is a number only where at least half of the way from the reference is there without the publisher's word; else
the verdict is coarse.

Called by the searcher and the mixture.
"""

from __future__ import annotations

from dataclasses import dataclass

from lwnode.market.score import PIECE_ROWS, Figures
from lwnode.types import Verdict

LEAST_ROWS = 15  # fewer of the user's rows than this tell nothing
_BLIND = 0.3  # a tail test that resolves less covers almost anything
_RESOLUTION = 0.3
_MATCH = 0.4  # the least of a match that is recommended, and of what is left of it without the publisher's word
_NUMBER = 0.5  # the least that must be left for the match to be shown as a number


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict with its reason.

    Parameters
    ----------
    verdict : {"fits", "partly", "too little data", "nothing fits"}
    code : str
        A key of `lwnode.market.reasons.SENTENCES`.
    coarse : bool
        The verdict rests on the dependence alone, or too much on the publisher's word.
    """

    verdict: Verdict
    code: str
    coarse: bool = False

    @property
    def numbered(self) -> bool:
        """Whether the match may be shown as a number."""
        return self.verdict != "too little data" and not self.coarse


def is_blind(figures: Figures) -> bool:
    """Say whether the tail test covers almost anything, so that the share covered is unknown."""
    return figures.test.resolving < _BLIND


def judge(figures: Figures) -> Judgement:
    """Apply the rules in their order."""
    f, blind = figures, is_blind(figures)
    missing = f.dependence == "not seen"
    if f.rows < LEAST_ROWS:
        return Judgement(verdict="too little data", code="few-rows")
    if f.match_high < 0.4 and (blind or f.covered_high < 0.15 or f.piece_high < 0.45):
        return Judgement(verdict="nothing fits", code="far")
    claimed = max(f.match, f.piece) >= _MATCH > max(f.unclaimed, f.piece_unclaimed)
    if f.resolution < _RESOLUTION or f.coarse or claimed:
        if f.near_wide and f.sure and (f.covered >= 0.75 or blind):
            return Judgement(verdict="fits", code="fits-coarsely", coarse=True)
        theirs = f.coarse or claimed or f.resolution_limit < _RESOLUTION
        return Judgement(verdict="too little data", code="coarse-sketch" if theirs else "few-rows")
    if f.match_high >= 0.8 and f.match >= 0.5 and f.unclaimed >= _MATCH and (f.covered >= 0.75 or blind):
        vouched = f.unclaimed < _NUMBER
        if missing:
            return Judgement(verdict="partly", code="columns-only", coarse=vouched)
        return Judgement(verdict="fits", code=_fit_code(f), coarse=vouched)
    if blind:
        if f.match_high < 0.5:
            return Judgement(verdict="nothing fits", code="far")
        return Judgement(verdict="too little data", code="covers-anything")
    whole = f.match_high >= 0.5 and f.match >= _MATCH and f.unclaimed >= _MATCH and f.covered >= 0.4
    near = f.piece >= 0.45 and f.piece_low >= 0.2 and f.piece_unclaimed >= _MATCH
    piece = near and f.covered_low >= 0.1 and f.piece_rows >= PIECE_ROWS
    if not (whole or piece):
        return Judgement(verdict="nothing fits", code="far")
    if missing:
        return Judgement(verdict="nothing fits", code="columns-alike")
    code = "partly" if f.dependence == "seen" else "partly-unchecked"
    left = max(f.unclaimed if whole else 0.0, f.piece_unclaimed if piece else 0.0)
    return Judgement(verdict="partly", code=code, coarse=left < _NUMBER)


def _fit_code(figures: Figures) -> str:
    if figures.features < 2:
        return "fits-one-column"
    return "fits" if figures.dependence == "seen" else "fits-unchecked"
