# SPDX-License-Identifier: Apache-2.0
"""Tracing: can a specification tell who is in the data?  Three attacks, judged in rehearsals.

*nearness*
    The row that lies nearer to a point is in: finds copies and near copies.
*reference*
    The specification's density at the row minus that of other people (Homer et al., PLOS Genetics 2008; Dwork et al.,
    FOCS 2015): what an outsider with a table of the same kind can do.
*everything else*
    The same against all rows but the one in question, which for the Gaussian mechanism is the likelihood ratio in the
    direction of that row: what somebody can do who knows the whole table but for one row.

Rules
-----
* The attack that is judged, and its threshold, are chosen on the first third of the runs and judged on the others.
* Rows that are one of a kind are judged by themselves too: an average over all rows hides them.
* Distances alone do not clear a specification (`lwnode.specification.audit.distances`); this does not prove one
  private either.  It finds leaks; a guarantee comes from noise.

Called by the audit of a draft, the tests and the benchmark.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lwnode.documents import Privacy
from lwnode.errors import Finding
from lwnode.specification.accounting import attacker_auc, attacker_tpr
from lwnode.specification.audit.limits import clopper_pearson
from lwnode.specification.audit.rehearsal import Rehearsal, Rehearsals
from lwnode.specification.kernels import density, kernel_means, nearest2
from lwnode.types import Mask, Matrix, Vector

ATTACKS = {
    "nearness": "an attacker who looks for the nearest point",
    "reference": "an attacker with rows of other people",
    "everything else": "an attacker who knows all other rows",
}
FPR = 0.05  # of the threshold that is judged in a draft; few rows resolve no smaller one
MARGIN = 0.02  # above a coin, below which a lower limit says nothing of use
_SURE = 0.999  # confidence with which a guarantee is called broken
_MOST_PAIRS = 500  # of each sort in each run


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """How well rows could be told apart.

    Parameters
    ----------
    rows : str
        ``all rows`` or ``rows that are one of a kind``.
    attack : str
        The best on the runs that were not judged; a key of `ATTACKS`.
    runs, pairs : int
        That were judged.
    right : float
        Pairs of which the attacker named the one that was in.
    auc, low, high : float
        Share of right answers with its exact 95 % limits.
    fpr, fpr_high, tpr, tpr_low, tpr_high : float
        At a threshold from the other runs: share of rows outside that were taken for members with its upper limit, and
        of members that were found, with limits.
    """

    rows: str
    attack: str
    runs: int
    pairs: int
    right: float
    auc: float
    low: float
    high: float
    fpr: float
    fpr_high: float
    tpr: float
    tpr_low: float
    tpr_high: float


def trace(found: Rehearsals, *, fpr: float = FPR) -> tuple[Trace, ...]:
    """Return how well the best attack told members from others.

    Parameters
    ----------
    found : Rehearsals
        At least two runs; fewer give nothing.
    fpr : float
        At which members are to be found.

    Returns
    -------
    tuple of Trace
        Of all rows, and of those that are one of a kind.

    Notes
    -----
    O(runs·pairs·n·width), at most 1,000 pairs each.
    """
    if len(found.runs) < 2:
        return ()
    scores = [attack(found, run) for run in found.runs]
    few = max(1, len(scores) // 3)
    unique = [run.unique[_looked_at(run)] for run in found.runs]
    out: list[Trace] = []
    for words, masks in (
        ("all rows", [np.ones_like(mask) for mask in unique]),
        ("rows that are one of a kind", unique),
    ):
        if sum(int(mask.sum()) for mask in masks[few:]) and sum(int(mask.sum()) for mask in masks[:few]):
            out.append(_judge(words, scores, masks, few, fpr))
    return tuple(out)


def attack(found: Rehearsals, run: Rehearsal) -> dict[str, Matrix]:
    """Return what each attack says of a run's pairs: (k, 2) scores of the row that is in and of the one that is not.

    Notes
    -----
    Both rows of a pair are left out of whatever they are compared with, so that they are treated alike.
    """
    gamma, at = found.gamma, _looked_at(run)
    Z, weights = run.spec.frame, run.spec.weights
    x, y = found.frame[run.inside[at]], found.frame[run.outside[at]]
    known = found.frame[np.concatenate([run.inside, run.rest])]
    others = found.frame[run.outside]
    pair = np.exp(-gamma * np.einsum("ij,ij->i", x - y, x - y))
    nearness = np.column_stack([-nearest2(x, Z), -nearest2(y, Z)])
    seen = np.column_stack([density(x, Z, weights, gamma), density(y, Z, weights, gamma)])
    inside = np.column_stack([kernel_means(x, known, gamma), kernel_means(y, known, gamma)]) * len(known)
    outside = np.column_stack([kernel_means(x, others, gamma), kernel_means(y, others, gamma)]) * len(others)
    rest = inside - np.column_stack([np.ones_like(pair), pair])
    elsewhere = outside - np.column_stack([pair, np.ones_like(pair)])
    return {
        "nearness": nearness,
        "reference": seen - elsewhere / max(1, len(others) - 1),
        "everything else": seen - rest / len(known),
    }


def embedding_ratio(noised: Vector, rest: Vector, rows: int, pair: Matrix) -> float:
    """Return the log-likelihood ratio of two rows given a noised embedding, up to the variance of its noise.

    Parameters
    ----------
    noised : (q,) float64
        A mean of rows' coordinates with Gaussian noise.
    rest : (q,) float64
        Sum of the coordinates of all other rows.
    rows : int
        In the data, the one in question included.
    pair : (2, q) float64
        Coordinates of the two rows, one of which is in.

    Returns
    -------
    float
        Above 0 where the first is the likelier one.  No test is better (Neyman and Pearson).
    """
    first, second = pair
    middle = (rest + (first + second) / 2.0) / rows
    return float((noised - middle) @ (first - second))


def audit_tracing(traces: Iterable[Trace], privacy: Privacy) -> tuple[Finding, ...]:
    """Return what rehearsed attacks mean for a draft.

    Parameters
    ----------
    traces : iterable of Trace
        Of specifications made as the draft's was.
    privacy : Privacy
        Of the draft.

    Returns
    -------
    tuple of Finding
        ``guarantee-broken``: refuse; a private specification was traced beyond its guarantee, which is a fault of the
        program.  ``rows-can-be-traced``: warn; without a guarantee, rows were told from others more often than by a
        coin.  ``tracing-measured``: note, otherwise.
    """
    out: list[Finding] = []
    for one in traces:
        who = f"in a rehearsal on a part of the rows {ATTACKS[one.attack]} told members from others, among {one.rows},"
        counted = f"{who} in {round(100 * one.auc)} of 100 cases; a coin gets 50"
        where = "specification.safetensors"
        if privacy.mode == "private" and privacy.mu is not None:
            bound = attacker_auc(privacy.mu)
            allowed = f"{counted}, the guarantee allows at most {int(np.ceil(100 * bound - 1e-6))}"
            if _broken(one, privacy.mu):
                message = f"{allowed}: the guarantee does not hold, which is a fault of this program"
                out.append(Finding(code="guarantee-broken", severity="refuse", message=message, where=where))
            else:
                out.append(Finding(code="tracing-measured", severity="note", message=allowed, where=where))
        elif one.low > 0.5 + MARGIN:
            message = f"{counted}, and nothing bounds it: whoever knows such a row can tell that it is in the data"
            out.append(Finding(code="rows-can-be-traced", severity="warn", message=message, where=where))
        else:
            out.append(Finding(code="tracing-measured", severity="note", message=counted, where=where))
    return tuple(out)


def _broken(one: Trace, mu: float) -> bool:
    """Return whether an attack was better than the guarantee allows, beyond reasonable doubt."""
    pairs_low, _ = clopper_pearson(one.right, one.pairs, confidence=_SURE)
    found_low, _ = clopper_pearson(one.tpr * one.pairs, one.pairs, confidence=_SURE)
    _, false_high = clopper_pearson(one.fpr * one.pairs, one.pairs, confidence=_SURE)
    return pairs_low > attacker_auc(mu) or (false_high < 1.0 and found_low > attacker_tpr(mu, false_high))


def _looked_at(run: Rehearsal) -> Mask:
    """Return the pairs of a run that are attacked: all, up to a number of each sort."""
    return np.asarray(
        (run.unique & (np.cumsum(run.unique) <= _MOST_PAIRS)) | (~run.unique & (np.cumsum(~run.unique) <= _MOST_PAIRS)),
        dtype=np.bool_,
    )


def _judge(words: str, scores: list[dict[str, Matrix]], masks: list[Mask], few: int, fpr: float) -> Trace:
    """Choose an attack and its threshold on the first runs, and judge them on the others."""

    def of(name: str, runs: slice) -> Matrix:
        return np.concatenate([score[name][mask] for score, mask in zip(scores[runs], masks[runs], strict=True)])

    best = max(ATTACKS, key=lambda name: _right(of(name, slice(few))))
    threshold = np.quantile(of(best, slice(few))[:, 1], 1.0 - fpr)
    judged = of(best, slice(few, None))
    pairs, right = len(judged), _right(judged) * len(judged)
    hits, false = int((judged[:, 0] > threshold).sum()), int((judged[:, 1] > threshold).sum())
    low, high = clopper_pearson(right, pairs)
    tpr_low, tpr_high = clopper_pearson(hits, pairs)
    return Trace(
        rows=words,
        attack=best,
        runs=len(scores) - few,
        pairs=pairs,
        right=right,
        auc=right / pairs,
        low=low,
        high=high,
        fpr=false / pairs,
        fpr_high=clopper_pearson(false, pairs)[1],
        tpr=hits / pairs,
        tpr_low=tpr_low,
        tpr_high=tpr_high,
    )


def _right(pairs: Matrix) -> float:
    """Return the share of pairs of which the first scores higher; a tie is half."""
    return float((pairs[:, 0] > pairs[:, 1]).mean() + 0.5 * (pairs[:, 0] == pairs[:, 1]).mean())
