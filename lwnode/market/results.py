# SPDX-License-Identifier: Apache-2.0
"""What a search answers: matches, a mixture, what nobody covers, and the verdict.

Rules
-----
* A figure that cannot be known is None, never 0.
* Sentences hold no data values; each stands beside a stable ``reason_code`` so that a face can translate it.
* Nothing here computes; `lwnode.market.searcher` fills it in, the node and the faces read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lwnode.types import Dependence, Mask, Verdict

RANK: Mapping[Verdict, int] = {"fits": 0, "partly": 1, "too little data": 2, "nothing fits": 3}
"""Order of the verdicts: the lower, the better."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coverage:
    """Which of the user's rows lie where a learnware's data were.

    Parameters
    ----------
    share : float or None
        Estimated share of the rows, corrected for the test's two errors, 0 to 1; None where the test cannot tell.
    low, high : float or None
        90 % interval of the share.
    rows : (n,) bool
        The rows that passed the test.  The test also turns away a known part of a learnware's own rows, so that fewer
        rows may pass than ``share`` says.  All False where ``share`` is None.
    """

    share: float | None
    low: float | None = None
    high: float | None = None
    rows: Mask


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Match:
    """One learnware compared with the user's rows.

    Parameters
    ----------
    learnware, name, organisation : str
        Id, name and publisher.
    distance : float
        MMD of the rows to the specification, in the specification's own frame.
    floor : float
        The distance that rows of the same source would have.
    match : float or None
        Skill against a public no-idea reference, 0 to 1; None where the figures cannot carry a number.
    match_low, match_high : float or None
        90 % interval of the match.
    covered : Coverage
    dependence : {"seen", "not seen", "not testable"}
        Whether the rows' columns hang together as the specification's do.
    coarse : bool
        The fit rests on the dependence alone; it has no number and is never chosen automatically.
    verdict : {"fits", "partly", "too little data", "nothing fits"}
    reason_code, reason : str
        Stable name and one sentence.
    why : str
        The distance against the floor, in words.
    ranked : float
        MMD in the frame that all specifications of the schema share for the ranking; `Found.nearest` follows it.
    columns : mapping
        Proposed map from the user's column names to the learnware's where they differ; empty where they are equal.
    """

    learnware: str
    name: str
    organisation: str
    distance: float
    floor: float
    match: float | None
    match_low: float | None = None
    match_high: float | None = None
    covered: Coverage
    dependence: Dependence
    coarse: bool
    verdict: Verdict
    reason_code: str
    reason: str
    why: str
    ranked: float
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Multiple:
    """Several learnwares that describe the rows together.

    Parameters
    ----------
    members : tuple of (str, float)
        Ids with their shares of the mixture (> 0, sum 1), the largest first; at least two.
    distance, floor : float
        MMD of the rows to the mixture, and what rows of the same mixture would have.
    match : float or None
    covered : Coverage
        Rows that any member covers; the share is not corrected.
    dependence : {"seen", "not seen", "not testable"}
    coarse : bool
    verdict : {"fits", "partly"}
    reason_code, reason, why : str
    """

    members: tuple[tuple[str, float], ...]
    distance: float
    floor: float
    match: float | None
    covered: Coverage
    dependence: Dependence
    coarse: bool
    verdict: Verdict
    reason_code: str
    reason: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Uncovered:
    """The part of the rows that no fitting or partly fitting learnware covers.

    Parameters
    ----------
    share : float or None
        Estimated share, 0 to 1; None where it cannot be told.
    rows : (n,) bool
        The rows outside every such learnware; all False where ``share`` is None.
    """

    share: float | None
    rows: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """How the nearest were found.

    Parameters
    ----------
    method : str
        ``exhaustive``: the exact distance to every compatible specification was computed.
    compared : int
        Specifications compared.
    rows : int
        Rows of the user that took part.
    last, next : float or None
        Largest distance listed and smallest distance left out; None where there is none.
    """

    method: str
    compared: int
    rows: int
    last: float | None = None
    next: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Learnwares that were not compared, by reason.

    Parameters
    ----------
    code, reason : str
        Stable name and one sentence.
    count : int
    columns : tuple of str
        Names of the learnwares' columns that it is about, in alphabetical order.
    """

    code: str
    reason: str
    count: int
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """The answer of a search.

    Parameters
    ----------
    verdict : {"fits", "partly", "too little data", "nothing fits"}
        The best of single and multiple; ``too little data`` only where nothing is better and something is too little.
    reason_code, reason : str
    single : tuple of Match
        What fits or partly fits, by verdict, then match; coarse fits after all other fits.
    multiple : Multiple or None
        A mixture that is better than the best single, in verdict or in distance.
    nearest : tuple of Match
        By exact distance, whatever the verdict.
    uncovered : Uncovered
    certificate : Certificate
    considered : int
        Learnwares compared.
    skipped : tuple of Skipped
        Learnwares that were not, the most frequent reason first.
    """

    verdict: Verdict
    reason_code: str
    reason: str
    single: tuple[Match, ...]
    multiple: Multiple | None
    nearest: tuple[Match, ...]
    uncovered: Uncovered
    certificate: Certificate
    considered: int
    skipped: tuple[Skipped, ...]
