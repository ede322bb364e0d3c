# SPDX-License-Identifier: Apache-2.0
"""Attacks where they must find something: an attack that finds nothing anywhere proves nothing.

Two rows of a real table that are one of a kind; one specification is made with the one and another with the other, both
among the same sample of the other rows; an attacker who knows that sample says which is which, by the nearest point or
by what the specification has there and the other rows have not.  The better of the two attacks is chosen on a third of
the pairs and judged on the others.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.harness import Row
from benchmarks.privacy import peers
from benchmarks.privacy.tables import tables
from lwnode.specification import attacker_auc, mu_for, specify, to_frame
from lwnode.specification.audit import clopper_pearson, resolution, unique_rows
from lwnode.specification.kernels import density, kernel_means, nearest2
from lwnode.types import Matrix, Vector

FOUND = 0.6  # of the lower limit
EPSILON = 1.0
DATA, ROWS = "breast_cancer", 180


def measure(*, quick: bool, peer: str | None = None) -> list[Row]:
    """Return how often the attack was right on each kind of specification."""
    pairs = 45 if quick else 300
    data = next(one for one in tables() if one.name == DATA)
    unique = np.flatnonzero(unique_rows(data.profile, data.raw))
    rng = np.random.default_rng(2)
    rests, raws, goals = [], [], []
    for _ in range(pairs):
        both = rng.choice(unique, 2, replace=False)
        rest = rng.choice(np.setdiff1d(np.arange(len(data.raw)), both), ROWS - 1, replace=False)
        rests.append(to_frame(data.profile, data.raw[rest]))
        goals.append(to_frame(data.profile, data.raw[both]))
        raws += [data.raw[np.append(rest, one)] for one in both]

    def ours(raw: Matrix, mode: str) -> tuple[Matrix, Vector]:
        private = {"epsilon": EPSILON, "rng": rng} if mode == "private" else {}
        spec = specify(raw, data.profile, privacy=mode, **private)
        return spec.frame, spec.weights

    def right(made: Callable[[int], tuple[Matrix, Vector]]) -> tuple[float, int, str]:
        scores = np.array(
            [_scores(*made(k), rests[k // 2], goals[k // 2], data.profile.gamma) for k in range(2 * pairs)]
        )
        won = scores[0::2] > scores[1::2]
        few = pairs // 3
        best = int(won[:few].mean(axis=0).argmax())
        return float(won[few:, best].sum()), pairs - few, ("nearness", "everything else")[best]

    out = [
        _must_find(f"attack on a row of its kind, {mode}", right(lambda k, mode=mode: ours(raws[k], mode)))
        for mode in ("no-noise", "public")
    ]
    count, of, how = right(lambda k: ours(raws[k], "private"))
    high, bound = clopper_pearson(count, of)[1], attacker_auc(mu_for(EPSILON, 1e-5))
    finest = resolution(bound, of)
    out.append(
        Row(
            name=f"attack on a row of its kind, private at epsilon {EPSILON:g}, upper limit",
            unit="",
            ours=high,
            bar=f"<= {bound + finest:.3f}",
            holds=high <= bound + finest,
            params={"attack": how, "seen": round(count / of, 3), "pairs": of, "resolution": round(finest, 3)},
        )
    )
    name = "attack on a row of its kind, reference engine"
    if peer is None:
        reason = "it needs the reference engine: --peer PYTHON"
        out.append(Row(name=name, unit="", ours=None, bar=f">= {FOUND}", holds=None, reason=reason))
    else:
        made = peers.specifications(peer, [to_frame(data.profile, raw).astype(np.float32) for raw in raws])
        out.append(_must_find(name, right(lambda k: made[k])))
    return out


def _scores(Z: Matrix, weights: Vector, rest: Matrix, goal: Matrix, gamma: float) -> tuple[float, float]:
    """Return what both attacks say for the first of the two rows against the second."""
    near = -nearest2(goal, Z)
    there = density(goal, Z, weights, gamma) - kernel_means(goal, rest, gamma)
    return float(near[0] - near[1]), float(there[0] - there[1])


def _must_find(name: str, found: tuple[float, int, str]) -> Row:
    count, of, how = found
    low = clopper_pearson(count, of)[0]
    return Row(
        name=f"{name}, lower limit",
        unit="",
        ours=low,
        bar=f">= {FOUND}",
        holds=low >= FOUND,
        params={"attack": how, "seen": round(count / of, 3), "pairs": of},
    )
