# SPDX-License-Identifier: Apache-2.0
"""Ensemble pruning: the average over the subset of learnwares that does best on the user's labels.

A subset is judged by the mean squared error of its average; for classes by the mean of (1 − margin)², the margin being
what the right class has over the best wrong one.  That mean is (1 − mean margin)² plus the margin's variance: the two
figures of the margin distribution that the reference hands to a genetic search, in one number.

With at most 12 learnwares all subsets are tried; with more, learnwares are added, dropped and exchanged from both ends
(the best single one, all of them) until nothing helps.  A few labels choose badly, so with n labels the subset has
``n / (n + 10)`` of the say in a row, and all learnwares alike the rest.

Differs from `learnware`: no genetic search (its library cannot be installed on current Python), one learnware is an
answer and not an endless loop, no label is changed.

Called by the registry as ``prune``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lwnode.reuse.averaging import average
from lwnode.reuse.base import Answers, Blend, Evidence, Labelled, Members, Rule
from lwnode.reuse.blending import completed, of_kind, weighted
from lwnode.reuse.losses import usable
from lwnode.types import Vector

HALF = 10  # labels at which the subset has half of the say
ENUMERATED = 12  # learnwares up to which all subsets are tried
_STEPS = 200  # of the search
_ROWS = 2_000  # labelled rows that judge
_CHUNK = 2_000_000  # answers held at a time
_GAIN = 1e-9  # relative; a smaller gain is none
Bits = NDArray[np.bool_]
Loss = Callable[[NDArray[np.float64], Vector], Vector]  # (S, L, k) sums over subsets, (S,) sizes → (S,) losses


def prune(members: Members, mine: Evidence, labelled: Labelled | None = None) -> Rule:
    """Fit the subset.

    Raises
    ------
    ValueError
        There are no labels.

    Notes
    -----
    O(2^N·L·k) for N ≤ 12; else O(N²·L·k) for each exchange.
    """
    if labelled is None:
        raise ValueError("pruning needs labels")
    used = np.flatnonzero(usable(labelled))
    if not len(used):
        return average(members, mine)
    used = used[:: -(-len(used) // _ROWS)]
    labelled = labelled.take(used)
    chosen = subset(_filled(labelled), labelled)
    say = len(labelled) / (len(labelled) + HALF)

    def rule(evidence: Evidence) -> Blend:
        answers = evidence.predictions if evidence.kind == "values" else completed(evidence.predictions)
        speaking = evidence.speaking
        parts = chosen[:, None] & speaking
        nobody = ~parts.any(axis=0)
        parts[:, nobody] = speaking[:, nobody]  # the others, where none of the chosen answers
        inside, everybody = (some / np.maximum(some.sum(axis=0), 1) for some in (parts, speaking))
        return of_kind(weighted(answers, say * inside + (1.0 - say) * everybody), evidence.kind)

    return rule


def subset(answers: Answers, labelled: Labelled) -> Bits:
    """Return the learnwares whose average does best, (N,) bool; of equal subsets the smaller.

    Parameters
    ----------
    answers : (N, L, k) float64, finite
    labelled : Labelled
    """
    loss = _margin_loss(labelled) if labelled.evidence.kind == "probabilities" else _squared_loss(labelled)
    if len(answers) <= ENUMERATED:
        count = len(answers)
        bits = (np.arange(1, 2**count)[:, None] >> np.arange(count)) & 1 > 0
        bits = bits[np.argsort(bits.sum(axis=1), kind="stable")]
        found = _losses(answers, bits, loss)
        return np.asarray(bits[int(np.argmax(found <= found.min() * (1.0 + _GAIN)))])
    alone = np.eye(len(answers), dtype=bool)
    starts = (alone[int(_losses(answers, alone, loss).argmin())], np.ones(len(answers), dtype=bool))
    ends = [_climbed(answers, start, loss) for start in starts]
    return min(ends, key=lambda end: end[1])[0]


def _climbed(answers: Answers, bits: Bits, loss: Loss) -> tuple[Bits, float]:
    """Return the subset that no flip and no exchange betters, and its loss."""
    current = float(_losses(answers, bits[None], loss)[0])
    for _ in range(_STEPS):
        near = _neighbours(bits, exchange=False)
        found = _losses(answers, near, loss)
        if not found.min() < current * (1.0 - _GAIN):
            near = _neighbours(bits, exchange=True)
            found = _losses(answers, near, loss) if len(near) else np.array([np.inf])
        if not found.min() < current * (1.0 - _GAIN):
            break
        bits, current = near[int(found.argmin())], float(found.min())
    return bits, current


def _neighbours(bits: Bits, *, exchange: bool) -> Bits:
    """Return the subsets one flip away, or one exchange of a member for another; never the empty one."""
    inside, outside = np.flatnonzero(bits), np.flatnonzero(~bits)
    if exchange:
        out, into = (grid.ravel() for grid in np.meshgrid(inside, outside))
        near = np.repeat(bits[None], len(out), axis=0)
        near[np.arange(len(out)), out] = False
        near[np.arange(len(out)), into] = True
        return near
    near = bits[None] ^ np.eye(len(bits), dtype=bool)
    return np.asarray(near[near.any(axis=1)])


def _losses(answers: Answers, bits: Bits, loss: Loss) -> Vector:
    """Return the loss of the average over each subset, (S,)."""
    members, rows, outputs = answers.shape
    flat = answers.reshape(members, rows * outputs)
    step = max(1, _CHUNK // (rows * outputs))
    parts: list[Vector] = []
    for start in range(0, len(bits), step):
        some = bits[start : start + step].astype(np.float64)
        parts.append(loss((some @ flat).reshape(len(some), rows, outputs), some.sum(axis=1)))
    return np.concatenate(parts)


def _squared_loss(labelled: Labelled) -> Loss:
    wanted = labelled.wanted
    spread = wanted.var(axis=0)
    scale = np.where(spread > 0.0, spread, 1.0)

    def loss(sums: NDArray[np.float64], sizes: Vector) -> Vector:
        errors = np.square(sums / sizes[:, None, None] - wanted)
        return np.asarray((errors.mean(axis=1) / scale).mean(axis=1))

    return loss


def _margin_loss(labelled: Labelled) -> Loss:
    y = labelled.targets.astype(np.intp)

    def loss(sums: NDArray[np.float64], sizes: Vector) -> Vector:
        p = sums / sizes[:, None, None]
        at = np.arange(p.shape[1])
        right = p[:, at, y]
        p[:, at, y] = -np.inf if p.shape[2] > 1 else 0.0
        return np.asarray(np.square(1.0 - (right - p.max(axis=2))).mean(axis=1))

    return loss


def _filled(labelled: Labelled) -> Answers:
    """Return answers in which silence is the worst that was said of the row, so that nobody gains by it."""
    given, wanted = labelled.evidence.predictions, labelled.wanted
    answered = np.isfinite(given)
    if labelled.evidence.kind == "probabilities":
        answers = completed(given)
        wrong = np.zeros_like(wanted)
        if wanted.shape[1] > 1:
            wrong[np.arange(len(wanted)), (wanted.argmax(axis=1) + 1) % wanted.shape[1]] = 1.0
        return np.where(answered.any(axis=2, keepdims=True), answers, wrong)
    away = np.where(answered, np.abs(given - wanted), -np.inf)
    worst = np.take_along_axis(given, away.argmax(axis=0)[None], axis=0)
    return np.clip(np.where(answered, given, worst), -1e100, 1e100)
