# SPDX-License-Identifier: Apache-2.0
"""Evidence for the reuse tests, and the methods' formulas written out plainly.

The plain versions are loops over learnwares, rows and classes; the product is compared with them to tolerance.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.reuse import Blend, Evidence, Labelled, Members, Method

A = NDArray[np.float64]


def evidence(predictions: Any, **changes: Any) -> Evidence:
    """Evidence with densities that tell nothing, where not given; (N, n) predictions are values."""
    P = np.asarray(predictions, dtype=np.float64)
    P = P[:, :, None] if P.ndim == 2 else P
    fields: dict[str, Any] = {
        "kind": "values",
        "predictions": P,
        "densities": np.ones(P.shape[:2]),
        "covered": np.ones(P.shape[:2], dtype=bool),
    }
    return Evidence(**(fields | changes))


def classes(predictions: Any, **changes: Any) -> Evidence:
    """Evidence of class probabilities, (N, n, k)."""
    return evidence(predictions, kind="probabilities", **changes)


def members(count: int, **changes: Any) -> Members:
    """Members at no distance, where not given."""
    fields: dict[str, Any] = {
        "ids": tuple(f"m{i}" for i in range(count)),
        "distances": np.zeros(count),
        "gamma": 0.5,
    }
    return Members(**(fields | changes))


def labels(predictions: Any, targets: Any, **changes: Any) -> Labelled:
    """Labelled rows: values for (N, L) predictions, positions for ``kind="probabilities"``."""
    given = evidence(predictions, **changes)
    if given.kind == "probabilities":
        return Labelled(evidence=given, targets=np.asarray(targets, dtype=np.int64))
    y = np.asarray(targets, dtype=np.float64)
    return Labelled(evidence=given, targets=y[:, None] if y.ndim == 1 else y)


def blend(method: Method, given: Evidence, labelled: Labelled | None = None, **changes: Any) -> Blend:
    """What a method fitted on some rows says of the same rows; changes are those of the members."""
    return method(members(len(given.predictions), **changes), given, labelled)(given)


def plain_median(values: list[float], weights: list[float]) -> float:
    """Weighted median; the middle of both where half of the weight lies on each side."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    half, passed = sum(weights) / 2, 0.0
    for place, i in enumerate(order):
        passed += weights[i]
        if math.isclose(passed, half, rel_tol=1e-8):
            following = next(j for j in order[place + 1 :] if weights[j] > 0)
            return (values[i] + values[following]) / 2
        if passed > half:
            return values[i]
    raise AssertionError("no weight")


def plain_agreement(P: A, f: A, D: A) -> A:
    """The fourth power of the share of its parts in which each learnware lies near the median, ten rows added."""
    N, n = P.shape
    spoken, near = [0.0] * N, [0.0] * N
    for row in range(n):
        q = [math.exp(-30 * (float(D[i]) - float(D.min()))) * float(f[i, row]) for i in range(N)]
        values = [float(v) for v in P[:, row]]
        middle = plain_median(values, q)
        spread = 1.4826 * plain_median([abs(v - middle) for v in values], q)
        for i in range(N):
            spoken[i] += q[i] / sum(q)
            near[i] += q[i] / sum(q) * (abs(values[i] - middle) <= 4 * spread + 1e-9 * abs(middle))
    rate = [(n * near[i] / spoken[i] + 10) / (n + 10) for i in range(N)]
    return np.array([(r / max(rate)) ** 4 for r in rate])


def plain_mix(P: A, f: A, D: A, *, claims: A | None = None, agreed: A | None = None) -> A:
    """The mix of values (N, n) row by row, every density above the threshold.

    ``claims`` (N,) are factors of the weights, which the median believes up to a part of 0.15; ``agreed`` (N,) are
    factors that it believes.
    """
    agreed = np.ones(len(P)) if agreed is None else agreed
    prior = [math.exp(-30 * (float(d) - float(D.min()))) * float(a) for d, a in zip(D, agreed, strict=True)]
    claims = np.ones(len(P)) if claims is None else claims
    answers = []
    for row in range(P.shape[1]):
        q = [w * float(density) for w, density in zip(prior, f[:, row], strict=True)]
        values = [float(v) for v in P[:, row]]
        judges = _believed([w * float(claim) for w, claim in zip(q, claims, strict=True)], q)
        middle = plain_median(values, judges)
        spread = 1.4826 * plain_median([abs(v - middle) for v in values], judges)
        kept = [
            (v, w * float(claim))
            for v, w, claim in zip(values, q, claims, strict=True)
            if abs(v - middle) <= 4 * spread + 1e-9 * abs(middle)
        ]
        answers.append(sum(v * w for v, w in kept) / sum(w for _, w in kept))
    return np.array(answers)


def _believed(claimed: list[float], plain: list[float]) -> list[float]:
    claimed = [w / sum(claimed) for w in claimed]
    top = [max(w / sum(plain), 0.15) for w in plain]
    if all(w <= t for w, t in zip(claimed, top, strict=True)):
        return claimed
    held = sum(t for w, t in zip(claimed, top, strict=True) if w > t)
    free = sum(w for w, t in zip(claimed, top, strict=True) if w <= t)
    return [t if w > t else w * max(1 - held, 0) / free for w, t in zip(claimed, top, strict=True)]


def plain_labelled_mix(
    P: A,
    f: A,
    D: A,
    X: A,
    PL: A,
    fL: A,
    XL: A,
    yL: A,
    gamma: float,
    *,
    half: int = 100,
    fewest: int = 20,
    agreed: A | None = None,
) -> A:
    """The mix of values with labels, one output."""
    n = len(yL)
    losses = [sum((float(p) - float(y)) ** 2 for p, y in zip(row, yL, strict=True)) / n for row in PL]
    tempered = np.array([loss ** (-0.15 * min(n, 30)) for loss in losses])
    answer = 0.5 * plain_mix(P, f, D, agreed=agreed) + 0.5 * plain_mix(P, f, D, claims=tempered, agreed=agreed)
    if n < fewest:
        return answer
    e = yL - 0.5 * plain_mix(PL, fL, D, agreed=agreed) - 0.5 * plain_mix(PL, fL, D, claims=tempered, agreed=agreed)
    middle = float(np.median(e))
    reach = 4 * 1.4826 * float(np.median(np.abs(e - middle)))
    e = np.array([min(max(float(v), middle - reach), middle + reach) for v in e])
    b = n / (n + 10) * sum(map(float, e)) / n

    def k(x: A, z: A) -> float:
        return math.exp(-2 * gamma * float(sum((x - z) ** 2)))

    K = np.array([[k(x, z) for z in XL] for x in XL])
    a = np.linalg.solve(K + 3 * np.eye(n), e - b)
    added = [b + sum(k(x, z) * float(c) for z, c in zip(XL, a, strict=True)) for x in X]
    return answer + n / (n + half) * np.array(added)


def plain_fuse(given: Evidence, team: Members, counts: A | None = None) -> tuple[A, A]:
    """The fusion of classes without abstaining rows: probabilities (n, k) and the class shares.

    Label sets are those classes with a finite probability; ``counts`` are labels that count in the shares only.
    """
    P, f = given.predictions, given.densities
    N, n, k = P.shape
    sets = [[c for c in range(k) if math.isfinite(P[i, 0, c])] for i in range(N)]
    h = np.zeros((N, n, k))
    for i in range(N):
        T = 1.0 if team.temperatures is None else math.sqrt(min(max(float(team.temperatures[i]), 1.0), 20.0))
        for x in range(n):
            z = {}
            for c in sets[i]:
                share = 1.0 if team.shares is None else max(float(team.shares[i, c]), 0.01)
                z[c] = math.log(max(float(P[i, x, c]), 1e-7)) / T - math.log(share)
            mean = sum(z.values()) / len(z)
            for c, value in z.items():
                h[i, x, c] = min(max(value - mean, -6.0), 6.0)
    gate = f / f.max(axis=0)

    def audible(q: A, x: int, c: int) -> float:
        return max(sum(float(q[i, x]) for i in range(N) if c in sets[i]) / sum(float(v) for v in q[:, x]), 1e-4)

    def fused(q: A, before: A) -> A:
        s = np.full((n, k), -1e6)
        usual = [sum(audible(before, x, c) for x in range(n)) / n for c in range(k)]
        for x in range(n):
            total = sum(float(v) for v in q[:, x])
            for c in range(k):
                knowing = [i for i in range(N) if c in sets[i]]
                if knowing:
                    heard = sum(float(q[i, x]) / total for i in knowing)
                    s[x, c] = sum(float(q[i, x]) / total * h[i, x, c] for i in knowing) / (heard + 1e-4)
                    s[x, c] += math.log(audible(before, x, c) / usual[c])
        return s

    def softmax(s: A, prior: A) -> A:
        p = np.exp(s - s.max(axis=1, keepdims=True)) * prior
        return p / p.sum(axis=1, keepdims=True)

    reachable = np.array([any(c in own for own in sets) for c in range(k)])
    added = 2.0 * reachable / reachable.sum()

    def em(s: A) -> A:
        prior = np.full(k, 1.0 / k)
        for _ in range(30):
            guessed = softmax(s, prior).sum(axis=0) ** 0.9
            prior = n * guessed / guessed.sum() + added + (0 if counts is None else counts)
            prior = prior / prior.sum()
        return prior

    trust = np.ones(N)
    s = fused(gate, gate)
    for _ in range(3):
        p = softmax(s, np.ones(k))
        for i in range(N):
            own = [max(sets[i], key=lambda c: (h[i, x, c], -c)) for x in range(n)]
            trust[i] = (sum(p[x, own[x]] for x in range(n)) / sum(p[:, c].sum() for c in sets[i])) ** 4
        s = fused(gate * trust[:, None], gate * trust[:, None])
    prior = em(s)
    for _ in range(2):
        p = softmax(s, prior)
        inside = np.array([[max(sum(p[x, c] for c in sets[i]), 0.02) ** 4 for x in range(n)] for i in range(N)])
        s = fused(gate * trust[:, None] * inside, gate * trust[:, None])
        prior = em(s)
    return softmax(s, prior), prior


def plain_fill(rows: A, known: list[int], points: A, weights: A, gamma: float) -> A:
    """Rows completed by the conditional mean of weighted points."""
    width = points.shape[1]
    out = np.zeros((len(rows), width))
    for i, row in enumerate(rows):
        near = []
        for z, b in zip(points, weights, strict=True):
            away = sum((float(z[c]) - float(row[j])) ** 2 for j, c in enumerate(known))
            near.append(float(b) * (math.exp(-gamma * width / max(len(known), 1) * away) + 1e-9))
        for c in range(width):
            if c in known:
                out[i, c] = row[known.index(c)]
            else:
                out[i, c] = sum(w * float(z[c]) for w, z in zip(near, points, strict=True)) / sum(near)
    return out


def plain_mmd2(rows: A, points: A, weights: A, gamma: float) -> float:
    """Squared MMD of rows to weighted points."""

    def k(x: A, z: A) -> float:
        return math.exp(-gamma * float(sum((x - z) ** 2)))

    own = sum(k(x, z) for x in rows for z in rows) / len(rows) ** 2
    cross = sum(b * k(x, z) for x in rows for z, b in zip(points, weights, strict=True)) / len(rows)
    pairs = list(zip(points, weights, strict=True))
    return own - 2 * cross + sum(float(b * c) * k(z, y) for z, b in pairs for y, c in pairs)
