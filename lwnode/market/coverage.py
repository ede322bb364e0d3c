# SPDX-License-Identifier: Apache-2.0
"""The tail test: which of the user's rows lie where a learnware's data were.

A specification carries one level of its own tail: training rows pass with probability 1 − level.  Rows of nobody pass
at a rate that its points tell.  Both errors are taken out of the share, as in any two-component problem with known
ends.  A mixture covers what any member covers; its share is left uncorrected, because corrections for a union were
measured to be worse than none.

Called by the score, the mixture and the searcher.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lwnode.market.dependence import ONE_SIDED
from lwnode.market.derived import FramedSpecification
from lwnode.market.frames import FramedRows
from lwnode.specification.kernels import squared_distances
from lwnode.types import Mask, Vector

_SMALLEST_SPAN = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TailTest:
    """A tail test and its outcome on the rows that take part.

    Parameters
    ----------
    passed : (n,) bool
    level : float
        Share of the learnware's own rows that fail.
    false_rate : float
        Share of nobody's rows that pass, to be taken out of the share; 0 for a mixture.
    resolving : float
        1 − (share of nobody's rows that pass) / (1 − level): below 0.3 the test covers almost anything.
    """

    passed: Mask
    level: float
    false_rate: float
    resolving: float

    @property
    def raw_share(self) -> float:
        """Share of the rows that pass, in units of the share of a learnware's own rows, at most 1."""
        return min(1.0, float(self.passed.mean()) / (1.0 - self.level))

    def corrected(self, share: float) -> float:
        """Return a share of passing rows without the test's two errors, 0 to 1."""
        span = max(1.0 - self.level - self.false_rate, _SMALLEST_SPAN)
        return float(np.clip((share - self.false_rate) / span, 0.0, 1.0))

    def interval(self) -> tuple[float, float]:
        """Return the 90 % interval of the corrected share (Wilson limits)."""
        low, high = wilson(float(self.passed.mean()), len(self.passed))
        return self.corrected(low), self.corrected(high)


def tail_test(spec: FramedSpecification, squares: np.ndarray) -> TailTest:
    """Test rows against one specification, given the squared distances (n, m) to its points."""
    return TailTest(
        passed=spec.covers(squares),
        level=spec.level,
        false_rate=spec.false_rate,
        resolving=1.0 - spec.false_rate / (1.0 - spec.level),
    )


def union(tests: Sequence[TailTest], specs: Sequence[FramedSpecification], shares: Vector) -> TailTest:
    """Return the test of a mixture: passed where a member's test is."""
    level = float(shares @ np.array([test.level for test in tests]))
    reference = np.logical_or.reduce([spec.reference_covered for spec in specs])
    return TailTest(
        passed=np.logical_or.reduce([test.passed for test in tests]),
        level=level,
        false_rate=0.0,
        resolving=1.0 - float(reference.mean()) / (1.0 - level),
    )


def covered_rows(rows: FramedRows, spec: FramedSpecification, test: TailTest | None = None) -> Mask:
    """Return which of *all* the user's rows pass the test of one specification.

    Parameters
    ----------
    rows : FramedRows
    spec : FramedSpecification
        In the rows' frame.
    test : TailTest, optional
        Its outcome on the rows that take part, taken as it is where these are all the rows.

    Notes
    -----
    O(n·m·d) time over all rows, bounded memory.
    """
    if test is not None and rows.total == rows.n:
        return test.passed
    passed = np.zeros(rows.total, dtype=bool)
    for part, framed in rows.everything():
        passed[part] = spec.covers(squared_distances(framed, spec.points))
    return passed


def wilson(share: float, n: int, z: float = ONE_SIDED) -> tuple[float, float]:
    """Return the Wilson limits of a share among n rows."""
    scale = 1.0 + z * z / n
    centre = (share + z * z / (2.0 * n)) / scale
    half = z / scale * np.sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n))
    return float(centre - half), float(centre + half)
