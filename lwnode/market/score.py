# SPDX-License-Identifier: Apache-2.0
"""The absolute figures of one comparison: the user's rows against a specification or a mixture.

*match* is a skill score: how much closer the rows are than a public no-idea reference would be, after the distance
that two samples of one source have anyway.  No other learnware of the market enters, so two nodes agree on it.  The
variances are those of the squared MMD under "same source" and in general (Gretton et al., A kernel two-sample test,
JMLR 2012, in the form for a sample against a weighted point set).

Part of that distance is the publisher's word: the residual and the number of rows.  *unclaimed* is the match that is
left when both are taken for nothing, so that `lwnode.market.verdict` can ask that a word refines a match and does not
make it.

Called by the searcher and the mixture; `lwnode.market.verdict` turns the figures into words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lwnode.market.coverage import TailTest, tail_test
from lwnode.market.dependence import ONE_SIDED, align, judge_dependence
from lwnode.market.derived import FramedSpecification
from lwnode.market.frames import FramedRows, Moments
from lwnode.specification.kernels import squared_distances
from lwnode.types import Dependence, Vector

PIECE_ROWS = 15  # covered rows from which they are compared on their own
_COARSE = 0.3  # largest residual², and smallest resolution, in units of the reference
_WIDE_HIGH, _WIDE_MATCH = 0.8, 0.6  # a coarse fit's skill against the wide reference: upper limit, estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A squared distance, debiased, with its variances.

    Parameters
    ----------
    squared, floor2 : float
        Squared MMD, and what rows of the same source would have.
    excess : float
        Their difference; may be negative.
    unclaimed : float
        The same with the part of the floor that follows from the user's rows alone; never less.
    same, general : float
        Variance of the excess for rows of the same source, and in general.
    """

    squared: float
    floor2: float
    excess: float
    unclaimed: float
    same: float
    general: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figures:
    """Everything the rules ask for.

    Parameters
    ----------
    rows, features : int
        Rows that take part, features of the profile.
    distance, floor : float
    match, match_low, match_high : float
        Skill with its 90 % interval, 0 to 1.
    unclaimed : float
        The match if the publisher's residual and number of rows are not believed; never more than ``match``.
    resolution : float
        Skill at the edge of what noise alone shows: the smallest difference that could be told.
    resolution_limit : float
        The same for a user with any number of rows.
    coarse : bool
        The specification's own residual is too large for the reference.
    near_wide : bool
        A private specification that the wide reference tells apart, and the rows are near it.
    test : TailTest
    covered, covered_low, covered_high : float
    piece_rows : int
        Rows that passed the tail test.
    piece, piece_low, piece_high : float
        Match of these rows alone; 0 for fewer than 15, or where the rules do not need it.
    piece_unclaimed : float
        The same of ``piece``.
    dependence : {"seen", "not seen", "not testable"}
    z : float
        Alignment of the dependence, in standard errors.
    sure : bool
        The dependence may speak where the distance alone cannot.
    """

    rows: int
    features: int
    distance: float
    floor: float
    match: float
    match_low: float
    match_high: float
    unclaimed: float
    resolution: float
    resolution_limit: float
    coarse: bool
    near_wide: bool
    test: TailTest
    covered: float
    covered_low: float
    covered_high: float
    piece_rows: int
    piece: float
    piece_low: float
    piece_high: float
    piece_unclaimed: float
    dependence: Dependence
    z: float
    sure: bool


def gap(spec: FramedSpecification, density: Vector, moments: Moments) -> Gap:
    """Compare rows with a specification in the kernel's space.

    Parameters
    ----------
    spec : FramedSpecification
    density : (n,) float64
        ``f(x) = Σ_j β_j k(z_j, x)`` of the rows.
    moments : Moments
        Of the rows' kernel.
    """
    n = len(density)
    samples = 1.0 / n + 1.0 / spec.rows
    squared = spec.norm2 - 2.0 * float(density.mean()) + moments.mean
    floor2 = spec.residual2 + (1.0 - moments.off) * samples
    excess = squared - floor2
    unclaimed = squared - (1.0 - moments.off) / n
    same = _same_source_variance(spec, moments.spread, samples)
    witness = 4.0 * float(np.var(density - moments.row_means)) * samples
    general = same + witness + 4.0 * max(excess, 0.0) * spec.noise**2
    return Gap(squared=squared, floor2=floor2, excess=excess, unclaimed=unclaimed, same=same, general=general)


def _same_source_variance(spec: FramedSpecification, spread: float, samples: float) -> float:
    residual = np.sqrt(spec.residual2)
    noise = (2.0 * residual * spec.noise + spec.noise**2) ** 2
    return float(2.0 * spread * samples**2 + 4.0 * spec.residual2 * np.sqrt(spread) * samples + noise)


def same_source_edge2(spec: FramedSpecification, moments: Moments) -> float:
    """Return the squared distance that rows of the same source stay below in 95 of 100 cases."""
    samples = 1.0 / len(moments.row_means) + 1.0 / spec.rows
    floor2 = spec.residual2 + (1.0 - moments.off) * samples
    return float(floor2 + ONE_SIDED * np.sqrt(_same_source_variance(spec, moments.spread, samples)))


def skill(excess: float, reference2: float) -> float:
    """Return ``1 − √(excess / reference²)``, held to 0 … 1: 1 at no excess, 0 at the reference's distance."""
    return float(1.0 - min(1.0, np.sqrt(max(excess, 0.0) / reference2)))


def compare(rows: FramedRows, spec: FramedSpecification, test: TailTest | None = None) -> Figures:
    """Compute all figures of one pair.

    Parameters
    ----------
    rows : FramedRows
    spec : FramedSpecification
        In the rows' frame.
    test : TailTest, optional
        The union of the members' tests, where ``spec`` is a mixture.

    Notes
    -----
    O(n·m·d) time beside the kernel matrix of the rows, which is computed once for a frame.
    """
    squares = squared_distances(rows.rows, spec.points)
    if test is None:
        test = tail_test(spec, squares)
    squares *= -spec.gamma
    density: Vector = np.exp(squares, out=squares) @ spec.weights
    moments, reference = rows.moments, spec.reference2
    whole = gap(spec, density, moments)
    spread_low, spread_high = ONE_SIDED * np.sqrt(whole.general) * np.array([1.0, -1.0])
    noise_edge = ONE_SIDED * np.sqrt(whole.same)
    limit = ONE_SIDED * np.sqrt(_same_source_variance(spec, moments.spread, 1.0 / spec.rows))
    covered = test.corrected(float(test.passed.mean()))
    covered_low, covered_high = test.interval()
    match, match_high = skill(whole.excess, reference), skill(whole.excess + spread_high, reference)
    piece_rows = int(test.passed.sum())
    piece = piece_low = piece_high = piece_unclaimed = 0.0
    asked = covered_high >= 0.15 and not (match_high >= 0.8 and match >= 0.5 and covered >= 0.75)
    if piece_rows >= PIECE_ROWS and asked:
        part = gap(spec, density[test.passed], rows.moments_of(test.passed))
        edge = ONE_SIDED * np.sqrt(part.general)
        piece, piece_low, piece_high = (skill(part.excess + shift, reference) for shift in (0.0, edge, -edge))
        piece_unclaimed = skill(part.unclaimed, reference)
    alignment = align(rows, spec, density)
    dependence, sure = judge_dependence(rows, spec, alignment)
    return Figures(
        rows=rows.n,
        features=len(rows.features),
        distance=float(np.sqrt(max(whole.squared, 0.0))),
        floor=float(np.sqrt(whole.floor2)),
        match=match,
        match_low=skill(whole.excess + spread_low, reference),
        match_high=match_high,
        unclaimed=skill(whole.unclaimed, reference),
        resolution=skill(noise_edge, reference),
        resolution_limit=skill(limit, reference),
        coarse=spec.residual2 > _COARSE * reference,
        near_wide=_near_wide(spec, whole, noise_edge),
        test=test,
        covered=covered,
        covered_low=covered_low,
        covered_high=covered_high,
        piece_rows=piece_rows,
        piece=piece,
        piece_low=piece_low,
        piece_high=piece_high,
        piece_unclaimed=piece_unclaimed,
        dependence=dependence,
        z=alignment.z,
        sure=sure,
    )


def _near_wide(spec: FramedSpecification, whole: Gap, noise_edge: float) -> bool:
    """Say whether a private specification can be told from the wide reference, and the rows are near it."""
    wide = spec.wide2
    upper = skill(whole.excess - ONE_SIDED * np.sqrt(whole.general), wide)
    return bool(
        spec.private
        and skill(noise_edge, wide) >= _COARSE
        and spec.residual2 <= _COARSE * wide
        and upper >= _WIDE_HIGH
        and skill(whole.excess, wide) >= _WIDE_MATCH
    )
