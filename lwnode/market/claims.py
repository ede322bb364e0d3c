# SPDX-License-Identifier: Apache-2.0
"""What of a publisher's figures the market believes.

Points and weights cannot lie: whatever they are, a distance to them is a fact.  The figures beside them can.

Rules
-----
* What follows from the points is computed: the tail of a private specification.
* Figures that a mechanism cannot give are brought to the nearest that it can, so that nobody fits or covers more by
  confessing more: a level, and fewer rows than so many points need.
* What is left (the residual, the rows) refines a match and does not make one; `lwnode.market.verdict` sees to that.

Called by the entry, once for a learnware; docs/search.md says what each rule stops.
"""

from __future__ import annotations

import dataclasses
import math

from lwnode.specification.reduced_set import SMALLEST_WEIGHT, Specification
from lwnode.specification.scalars import EXACT_LEVEL, private_tail

_MOST_LEVEL = 0.5  # of a private specification: .02 to .2, and noise where its rows are few
_FEWEST_PER_POINT = 3.0 / 1.1  # rows for each point without noise: three, and the number of rows is rounded down


def believed(specification: Specification) -> Specification:
    """Return a specification with its card's figures as far as they are believed.

    Parameters
    ----------
    specification : Specification
        As it was published, in all its columns and under its own profile; a restriction to some of the columns is made
        of what this returns, since its tail no longer follows from its points.
    """
    card = specification.card
    if card.privacy.mode == "private":
        card = dataclasses.replace(card, tail=_tail(specification), level=min(card.level, _MOST_LEVEL))
    else:
        card = dataclasses.replace(card, level=min(card.level, EXACT_LEVEL))
    if card.privacy.mode == "no-noise":
        fewest = math.ceil(_FEWEST_PER_POINT * len(specification.points))
        card = dataclasses.replace(card, rows=max(card.rows, fewest))
    return dataclasses.replace(specification, card=card)


def _tail(specification: Specification) -> float:
    """Return the tail that the points of a private specification have, without those that weigh next to nothing.

    The release publishes none of these; beside one that has all the weight they would leave nothing to divide by.
    """
    weights = specification.weights / specification.weights.sum()
    kept = weights > SMALLEST_WEIGHT / 2.0
    return private_tail(specification.frame[kept], weights[kept], specification.profile.gamma)
