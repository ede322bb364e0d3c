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

from lwnode.specification.matching import Pair
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
        The fit rests on the dependence alone, or too much on the publisher's own figures; it has no number and is never
        chosen automatically.
    verdict : {"fits", "partly", "too little data", "nothing fits"}
    reason_code, reason : str
        Stable name and one sentence.
    why : str
        The distance against the floor, in words.
    ranked : float
        MMD in the frame that all specifications of the schema share for the ranking; `Found.nearest` follows it.
    columns : mapping
        Map from the user's column names to the learnware's where they differ; empty where they are equal.
    missing : tuple of str
        Columns of the learnware that took no part: the user lacks them, or nobody confirmed which they are.
    shared : (int, int) or None
        Columns compared, and columns that the learnware has, where a map was needed; None where all are there by name.
    publisher : str
        Fingerprint of its publisher; empty where nobody knows.
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
    missing: tuple[str, ...] = ()
    shared: tuple[int, int] | None = None
    publisher: str = ""


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
        ``exhaustive``: the exact distance to every compatible specification was computed; ``certified``: of whom was
        not compared it is proved that they are no nearer than the last one listed; ``approximate``: only some were
        looked at.
    compared : int
        Specifications compared.
    rows : int
        Rows of the user that took part.
    last, next : float or None
        Largest distance listed, and smallest distance left out, or where not all were compared a bound that no
        distance left out is below; None where there is none.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """A learnware that stands under another, being the same to a user.

    Parameters
    ----------
    id, under : str
        Itself and its leader.
    copy : bool
        It is the very same sketch as its leader's, and somebody else's.
    checked : bool
        Whether the answers of both models were compared.
    reason : str
        For a person.
    """

    id: str
    under: str
    copy: bool
    checked: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far the user's columns reach an island that they do not reach by name.

    Parameters
    ----------
    island, name : str
        Id of its schema, and the name of the profile that most of its learnwares have.
    learnwares : int
    pairs : tuple of Pair
        The map: pairs that are sure, or that a person stated; ``ours`` are the user's columns.
    doubtful : tuple of Pair
        Proposed pairs that take no part before a person confirms them.
    missing, left : tuple of str
        The island's columns, and the user's, that have no partner.
    enough : bool
        Whether the map reaches enough columns for anything to be compared.
    """

    island: str
    name: str
    learnwares: int
    pairs: tuple[Pair, ...]
    doubtful: tuple[Pair, ...]
    missing: tuple[str, ...]
    left: tuple[str, ...]
    enough: bool

    @property
    def not_compared(self) -> tuple[str, ...]:
        """The island's columns that take no part: doubtful ones, then those without a partner."""
        return (*(pair.theirs for pair in self.doubtful), *self.missing)

    @property
    def share(self) -> float:
        """Share of the island's columns that the map reaches, 0 to 1."""
        return len(self.pairs) / (len(self.pairs) + len(self.not_compared))

    @property
    def complete(self) -> bool:
        """Whether the map reaches all of the island's columns."""
        return not self.not_compared


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
        Learnwares that could be compared, those in ``folds`` too; the certificate says how many had to be.
    skipped : tuple of Skipped
        Learnwares that were not, the most frequent reason first.
    islands : tuple of Reach
        Where the world was asked for: the islands that the columns reach through a map only, the farthest reached
        first.
    across : tuple of Match
        What was compared through these maps.  It is no part of the verdict: its models want the user's table under
        other names, or columns that the user lacks.
    held : tuple of Match
        What would stand in ``single``, then what would stand in ``nearest``, but for others of its publisher who have
        the places of one publisher there already.  Empty where places are not limited.
    folds : tuple of Fold
        What was not compared because it is the same to a user as something that is listed here, under which it stands.
    pool_scores : mapping
        Where they were asked for: id → score of the reference engine, 0 to 1, for what is listed.  It is relative to
        whoever else was compared in the same island (`lwnode.market.pool_score`), and no part of a verdict or an order.
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
    islands: tuple[Reach, ...] = ()
    across: tuple[Match, ...] = ()
    held: tuple[Match, ...] = ()
    folds: tuple[Fold, ...] = ()
    pool_scores: Mapping[str, float] = field(default_factory=dict)

    def under(self, learnware: str) -> tuple[Fold, ...]:
        """Return what stands under a learnware that is listed."""
        return tuple(fold for fold in self.folds if fold.under == learnware)
