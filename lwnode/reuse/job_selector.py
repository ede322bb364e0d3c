# SPDX-License-Identifier: Apache-2.0
"""Which learnware speaks for each row: the one whose data the row most likely comes from.

A specification's points are a sample of its learnware's rows; a classifier that tells these samples apart says who
speaks.  With kernel densities that classifier needs no training, ``argmax_i w_i f_i(x)``: the limit of what the
reference reaches by drawing rows from each specification and boosting 2000 trees on them.  The shares w are those of
the mixture of specifications that is nearest to the user's rows.

Differs from `learnware`: no herding (cubic in the rows drawn), no training; a learnware that does not answer a row is
passed over for the next likely one.

Called by the registry as ``job-selector``.
"""

from __future__ import annotations

import numpy as np

from lwnode.reuse.base import Blend, Evidence, Framed, Labelled, Members, Rule
from lwnode.reuse.blending import of_kind, weighted
from lwnode.reuse.mix import STRENGTH, UNREACHED
from lwnode.reuse.presence import SCALE
from lwnode.specification.kernels import gaussian
from lwnode.specification.simplex import simplex_weights
from lwnode.types import Vector

NEAREST = 40  # learnwares that can have a share in the mixture


def job_selector(members: Members, mine: Evidence, labelled: Labelled | None = None) -> Rule:
    """Fit who speaks where.

    Parameters
    ----------
    members : Members
        With ``framed`` in the user's frame, the shares are those of the nearest mixture; otherwise they follow the
        distances.
    mine : Evidence
    labelled : ignored

    Notes
    -----
    O((N·m)²·w) once, for at most 40 learnwares; O(N·n) for n rows.
    """
    shares = _shares(members, mine)
    runner_up = _nearness(members.distances)

    def rule(evidence: Evidence) -> Blend:
        speaking = evidence.speaking
        likely = shares[:, None] * evidence.densities * speaking
        far = ~(likely.max(axis=0) > UNREACHED)
        likely[:, far] = ((shares + 1e-6 * runner_up)[:, None] * speaking)[:, far]
        chosen = np.zeros_like(likely)
        chosen[likely.argmax(axis=0), np.arange(likely.shape[1])] = 1.0
        return of_kind(weighted(evidence.predictions, chosen), evidence.kind)

    return rule


def _shares(members: Members, mine: Evidence) -> Vector:
    """Return the shares of the mixture of specifications that is nearest to the user's rows, (N,)."""
    prior = _nearness(members.distances)
    if members.weights is not None:
        return members.weights
    if members.framed is None or any(one.known is not None for one in members.framed):
        return prior
    near = np.argsort(members.distances, kind="stable")[:NEAREST]
    chosen: list[Framed] = [members.framed[i] for i in near]
    gamma = SCALE["regression" if mine.kind == "values" else "classification"] * members.gamma
    points = np.concatenate([one.points for one in chosen])
    own = np.zeros((len(chosen), len(points)))
    start = 0
    for row, one in zip(own, chosen, strict=True):
        row[start : start + len(one.points)] = one.weights
        start += len(one.points)
    gram = own @ gaussian(points, points, gamma) @ own.T
    shares = np.zeros(len(prior))
    shares[near] = simplex_weights(gram, mine.densities[near].mean(axis=1))
    return shares


def _nearness(distances: Vector) -> Vector:
    """Return ``exp(−30 (D − D_min))``: here the nearest is meant, and no answers are averaged."""
    nearness: Vector = np.exp(-STRENGTH * (distances - distances.min()))
    return nearness
