# SPDX-License-Identifier: Apache-2.0
"""One learnware alone: the one whose data hold the user's rows most plausibly, or that with the least loss on labels.

Plausible means the mean log-density of the rows under a specification.  Unlike the MMD it does not hold against a
learnware that it knows more than the user asks for.  Densities are sixteen times as narrow as the kernel, and only
where no noise was added: noise makes places that nobody's data are in, and then the nearest is the better choice.
Error by distance and by density: digits .35 and .28 (five seeds), WordNet .64 and .59 (four), Fashion .26 and .24
(one); with noise (ε = 1, one seed) small networks on Fashion .33 and .36, WordNet .72 and .81.

Choosing by labels is what users of a hub do by hand; with a market at hand it is worse than combining all learnwares
without any label (groceries: 73 to 87 % of the gap closed with 10 to 300 labels, against 114 %).

Called by the registry as ``top-1`` and ``choose``, and by ``auto`` where there is only one.
"""

from __future__ import annotations

import numpy as np

from lwnode.reuse.base import Blend, Evidence, Labelled, Members, Rule
from lwnode.reuse.blending import of_kind, weighted
from lwnode.reuse.losses import losses
from lwnode.reuse.mix import UNREACHED, charged
from lwnode.reuse.sketches import Sketches
from lwnode.types import Vector

_NARROW = 16.0  # multiple of γ of the densities
_ROWS = 1_000  # of the user


def top1(members: Members, mine: Evidence, labelled: Labelled | None = None) -> Rule:
    """Answer with the likeliest learnware; with that of the largest share, or the nearest, where densities say nothing.

    One that answers no row is passed over.  Where columns lack, it is that of the least ``v + 2 D``, v the share of its
    output's variance that a model loses when they are filled in, D its distance.

    Notes
    -----
    O(N·m·w) for each of at most 1000 rows.
    """
    lost = members.filling_loss
    plausible = _log_densities(members, mine)
    if plausible is None and lost is not None and bool(np.any(lost > 0.0)):
        plausible = -(charged(lost, mine) + 2.0 * members.distances)
    if plausible is None:
        plausible = -members.distances if members.weights is None else members.weights
    order = np.argsort(members.distances, kind="stable")
    answering = order[mine.speaking[order].any(axis=1)]
    order = answering if len(answering) else order
    return _alone(int(order[np.argmax(plausible[order])]))


def _log_densities(members: Members, mine: Evidence) -> Vector | None:
    """Return the mean log-density of the user's rows under each specification, (N,), or None where it says nothing."""
    sketches = Sketches.of(members)
    if sketches is None or sketches.noisy or mine.rows is None or len(members.ids) == 1:
        return None
    rows = mine.rows[:: -(-len(mine.rows) // _ROWS)]
    found = sketches.densities(rows, np.arange(len(members.ids)), _NARROW * members.gamma)
    if not (found > UNREACHED).any():
        return None
    likely: Vector = np.log(found + UNREACHED).mean(axis=1)
    return likely


def choose(members: Members, mine: Evidence, labelled: Labelled | None = None) -> Rule:
    """Answer with the learnware of the least loss on the labels; of equal ones the nearest.

    Raises
    ------
    ValueError
        There are no labels.
    """
    if labelled is None:
        raise ValueError("choosing needs labels")
    order = np.argsort(members.distances, kind="stable")
    return _alone(int(order[np.argmin(losses(labelled)[order])]))


def _alone(best: int) -> Rule:
    def rule(evidence: Evidence) -> Blend:
        shares = np.zeros(evidence.predictions.shape[:2])
        shares[best] = 1.0
        return of_kind(weighted(evidence.predictions, shares), evidence.kind)

    return rule
