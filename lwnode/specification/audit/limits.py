# SPDX-License-Identifier: Apache-2.0
"""How sure a measured attack is: exact limits of a share, and what a test of so many trials can resolve.

An attack is judged in pairs: of two rows one is in the data, by the toss of a coin, and the attacker says which.  The
share of right answers is the area under the attack's ROC curve.  As every pair has a coin of its own, right answers are
independent given the rows; rows that are easier than others make their sum vary less than a binomial one (Hoeffding,
Ann. Math. Stat. 1956), so the limits hold for all of them together.  That the guarantee bounds many rows of *one*
release at once is shown by Steinke, Nasr and Jagielski (NeurIPS 2023).

Rules
-----
* Limits are Clopper and Pearson's (Biometrika 1934): exact, never too narrow.
* A tie is half a right answer, and counts against whoever would gain by it.

Called by the audits of tracing and membership, and by the benchmark.
"""

from __future__ import annotations

import math

CONFIDENCE = 0.95


def clopper_pearson(right: float, of: int, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the exact limits of a share.

    Parameters
    ----------
    right : float
        Successes, 0 to ``of``; a fraction is rounded down for the lower and up for the upper limit.
    of : int
        Independent trials; none says nothing: (0, 1).
    confidence : float
        Of both limits together.
    """
    from scipy.special import betaincinv

    if of < 1:
        return 0.0, 1.0
    fewest, most, tail = math.floor(right), math.ceil(right), (1.0 - confidence) / 2.0
    low = 0.0 if fewest == 0 else float(betaincinv(fewest, of - fewest + 1, tail))
    high = 1.0 if most == of else float(betaincinv(most + 1, of - most, 1.0 - tail))
    return low, high


def resolution(share: float, of: int, *, confidence: float = CONFIDENCE) -> float:
    """Return how far above a true share the upper limit of so many trials may lie by chance.

    Parameters
    ----------
    share : float
        The bound that an upper limit is held against.
    of : int
        Independent trials, at least 1.
    confidence : float

    Notes
    -----
    The upper limit of what is seen where luck itself is at its upper limit.  A test that adds this to a bound passes a
    mechanism that sits on the bound in 39 of 40 runs, and fails one that lies above by as much in half of them or more.
    """
    seen = math.ceil(clopper_pearson(share * of, of, confidence=confidence)[1] * of)
    return clopper_pearson(seen, of, confidence=confidence)[1] - share
