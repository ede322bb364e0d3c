# SPDX-License-Identifier: Apache-2.0
"""Which learnware speaks for each row: the one whose data the row most likely comes from.

A specification's points are a sample of its learnware's rows; a classifier that tells these samples apart says who
speaks.  With kernel densities that classifier needs no training, ``argmax_i w_i f_i(x)``: the limit of what the
reference reaches by drawing rows from each specification and boosting 2000 trees on them.

Two kernels
-----------
* The shares w are those of the mixture of specifications that is nearest to the user's rows, under the kernel that
  specifications are fitted with: under a narrower one, noise is mistaken for places.
* For values, the densities f that choose are twice as narrow as those that weigh (`lwnode.reuse.SCALE`): who alone
  speaks must be near.  For classes they are those of the evidence: twice as narrow helps where specifications are
  exact, and hurts where they are private (error with one kernel and with two, exact: digits .059 and .034, Fashion .129
  and .126, WordNet .590 and .591; at ε = 1: Fashion .169 and .176, WordNet .585 and .635).

Where learnwares read columns that the user lacks, a share also takes ``exp(−10 (√v − √v_min))`` as in the mix, v being
what a model loses when they are filled in: groceries in three views, 6 % of the gap without it and 92 % with it.

Differs from `learnware`: no herding (cubic in the rows drawn), no training; a learnware that does not answer a row is
passed over for the next likely one.

Called by the registry as ``job-selector``.
"""

from __future__ import annotations

import numpy as np

from lwnode.reuse.base import Blend, Evidence, Labelled, Members, Rule
from lwnode.reuse.blending import of_kind, weighted
from lwnode.reuse.mix import STRENGTH, UNREACHED, charged, filling_prior
from lwnode.reuse.sketches import Sketches
from lwnode.specification.simplex import simplex_weights
from lwnode.types import Matrix, Vector

NEAREST = 40  # learnwares that can have a share in the mixture
NARROW = 8.0  # multiple of γ of the densities that choose, for values
_FIT_ROWS = 1_000  # of the user, for the shares


def job_selector(members: Members, mine: Evidence, labelled: Labelled | None = None) -> Rule:
    """Fit who speaks where.

    Parameters
    ----------
    members : Members
        With ``framed`` in the user's frame as described above; otherwise the shares follow the distances, and the
        densities are those of the evidence.
    mine : Evidence
    labelled : ignored

    Notes
    -----
    O((N·m)²·w) once, for at most 40 learnwares; O(N·m·w) a row.
    """
    runner_up = _nearness(members.distances)
    sketches = None if mine.rows is None else Sketches.of(members)
    shares = members.weights
    if shares is None:
        shares = runner_up if sketches is None or mine.rows is None else _shares(sketches, members, mine.rows)
    if members.filling_loss is not None:
        kept = filling_prior(charged(members.filling_loss, mine))
        shares, runner_up = shares * kept, runner_up * kept
    speakers = np.flatnonzero(shares > 0.0)

    def rule(evidence: Evidence) -> Blend:
        speaking = evidence.speaking
        likely = np.zeros_like(evidence.densities)
        if sketches is None or evidence.rows is None or evidence.kind == "probabilities":
            likely[speakers] = evidence.densities[speakers]
        else:
            likely[speakers] = sketches.densities(evidence.rows.astype(np.float32), speakers, NARROW * members.gamma)
        likely *= shares[:, None] * speaking
        far = ~(likely.max(axis=0) > UNREACHED)
        likely[:, far] = (shares + 1e-6 * runner_up)[:, None] * speaking[:, far]
        chosen = np.zeros_like(likely)
        chosen[likely.argmax(axis=0), np.arange(likely.shape[1])] = 1.0
        return of_kind(weighted(evidence.predictions, chosen), evidence.kind)

    return rule


def _shares(sketches: Sketches, members: Members, rows: Matrix) -> Vector:
    """Return the shares of the mixture of specifications that is nearest to the user's rows, (N,)."""
    near = np.argsort(members.distances, kind="stable")[:NEAREST]
    seen = rows[:: -(-len(rows) // _FIT_ROWS)].astype(np.float32)
    out = np.zeros(len(members.distances))
    out[near] = simplex_weights(
        sketches.products(near, members.gamma), sketches.densities(seen, near, members.gamma).mean(axis=1)
    )
    return out


def _nearness(distances: Vector) -> Vector:
    """Return ``exp(−30 (D − D_min))``: here the nearest is meant, and no answers are averaged."""
    nearness: Vector = np.exp(-STRENGTH * (distances - distances.min()))
    return nearness
