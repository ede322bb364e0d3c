# SPDX-License-Identifier: Apache-2.0
"""Small islands for the market's tests, and the score written out plainly.

`plain_figures` follows the formulas with loops over rows, points and columns, for numbers only; the product is compared
with it to tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Card, Privacy, Profile, Semantic, SpecificationCard
from lwnode.market import Entry
from lwnode.specification.accounting import mu_for, published_rows
from lwnode.specification.frame import from_frame, raw_matrix, to_frame
from lwnode.specification.kernels import gaussian
from lwnode.specification.reduced_set import Specification
from lwnode.specification.scalars import exact_tail, private_tail, residual
from lwnode.specification.simplex import simplex_weights
from lwnode.types import Matrix, Vector

Columns = dict[str, NDArray[Any]]


def numbers(width: int = 6, *, scale: float = 1.0, name: str = "island") -> Profile:
    """A profile of ``width`` numbers between -2 and 2 times ``scale``: with scale 1 raw values are frame values."""
    bounds = {f"c{j}": (-2.0 * scale, 2.0 * scale) for j in range(width)}
    return Profile.from_bounds(bounds, name=name)


def mixed() -> Profile:
    """A profile of two numbers and two categories."""
    return Profile.from_bounds(
        {"age": (0.0, 100.0), "sex": ["f", "m"], "load": (0.0, 10.0), "ward": ["a", "b", "c", "d"]}
    )


def domain(seed: int, rows: int, width: int = 6, *, spread: float = 0.55, draw: int = 0) -> Columns:
    """Rows of one institution: a place of its own in the frame, columns that hang together."""
    own = np.random.default_rng([seed, 1])
    centre = own.uniform(-1.3, 1.3, width)
    turn = own.normal(size=(width, 2)) / math.sqrt(2.0)
    rng = np.random.default_rng([seed, 2, draw])
    X = centre + spread * (rng.normal(size=(rows, 2)) @ turn.T + 0.45 * rng.normal(size=(rows, width)))
    return {f"c{j}": X[:, j] for j in range(width)}


def patients(seed: int, rows: int) -> Columns:
    """Rows for the profile `mixed`, with ties between its columns and some values missing."""
    rng = np.random.default_rng(seed)
    age = np.clip(rng.normal(60, 12, rows), 0, 100)
    sex = np.where(rng.random(rows) < age / 100, "m", "f").astype(object)
    load = np.clip(age / 15 + rng.normal(0, 0.8, rows), 0, 10)
    ward = np.array(["a", "b", "c", "d"], dtype=object)[np.clip((age - 35) / 14, 0, 3).astype(int)]
    load[rng.random(rows) < 0.05] = np.nan
    ward[rng.random(rows) < 0.05] = None
    return {"age": age, "sex": sex, "load": load, "ward": ward}


def stacked(*parts: Columns) -> Columns:
    """Tables below each other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def shuffled(columns: Columns, seed: int) -> Columns:
    """The same columns, each in an order of its own."""
    rng = np.random.default_rng(seed)
    return {name: rng.permutation(values) for name, values in columns.items()}


def noise(rows: int, width: int = 6, *, seed: int = 0) -> Columns:
    """Rows of somebody who knows only the scales."""
    X = np.random.default_rng(seed).normal(size=(rows, width))
    return {f"c{j}": X[:, j] for j in range(width)}


def sketch(
    columns: Columns, profile: Profile, *, size: int = 40, private: bool = False, seed: int = 0
) -> Specification:
    """A specification of the rows: some of them (shaken, where private) with the best weights.

    A local construction, quick and with scalars that are true; it protects nobody.
    """
    raw = raw_matrix(profile, columns)
    X = to_frame(profile, raw)
    rng = np.random.default_rng(seed)
    Z = X[rng.choice(len(X), min(size, len(X)), replace=False)]
    if private:
        Z = np.clip(Z + rng.normal(0.0, 0.1, Z.shape), -4.0, 4.0)
    points = from_frame(profile, Z)
    Z = to_frame(profile, points.astype(np.float64))
    weights = simplex_weights(gaussian(Z, Z, profile.gamma), gaussian(Z, X, profile.gamma).mean(axis=1))
    weights = np.maximum(weights, 1e-7).astype(np.float32).astype(np.float64)
    weights /= weights.sum()
    tail = private_tail(Z, weights, profile.gamma) if private else exact_tail(Z, profile, raw)
    below = (gaussian(X, Z, 16 * profile.gamma) @ weights <= tail).mean() if private else 0.05
    rows = published_rows(len(X))
    privacy = Privacy(mode="no-noise")
    if private:
        privacy = Privacy(mode="private", epsilon=4.0, delta=1e-5, mu=mu_for(4.0, 1e-5))
    card = SpecificationCard(
        profile=profile.id,
        rows=rows,
        privacy=privacy,
        frequencies=256 if private else 0,
        residual2=residual(Z, weights, profile, raw) ** 2,
        residual_noise=2.0 / rows if private else 0.0,
        tail=tail,
        level=float(below),
    )
    return Specification(points=points, weights=weights, profile=profile, card=card)


def entry(name: str, specification: Specification) -> Entry:
    """An entry of that id and name."""
    card = Card(family="test", task="classification", inputs=())
    return Entry(
        id=name, name=name, organisation=f"{name} hospital", semantic=Semantic(), card=card, specification=specification
    )


def market(count: int, profile: Profile, *, rows: int = 800, private: bool = False) -> list[Entry]:
    """Entries of ``count`` domains."""
    width = profile.width
    return [entry(f"e{i}", sketch(domain(i, rows, width), profile, private=private, seed=i)) for i in range(count)]


def k(a: Vector, b: Vector, gamma: float) -> float:
    """The kernel of two rows."""
    return math.exp(-gamma * sum((float(x) - float(y)) ** 2 for x, y in zip(a, b, strict=True)))


def plain_mmd(X: Matrix, Z: Matrix, beta: Vector, gamma: float) -> float:
    """The distance of rows to a weighted point set."""
    own = sum(
        bi * bj * k(zi, zj, gamma) for zi, bi in zip(Z, beta, strict=True) for zj, bj in zip(Z, beta, strict=True)
    )
    cross = sum(b * k(x, z, gamma) for x in X for z, b in zip(Z, beta, strict=True)) / len(X)
    rows = sum(k(x, y, gamma) for x in X for y in X) / len(X) ** 2
    return math.sqrt(max(own - 2 * cross + rows, 0.0))


def plain_alignment(X: Matrix, Z: Matrix, beta: Vector, gamma: float) -> float:
    """Inner product of the rows' dependence with the specification's."""
    n, d = X.shape

    def one(x: float, z: float) -> float:
        return math.exp(-gamma * (x - z) ** 2)

    a = [[sum(one(X[i, c], z[c]) for i in range(n)) / n for c in range(d)] for z in Z]
    f = [[sum(b * one(x[c], z[c]) for z, b in zip(Z, beta, strict=True)) for c in range(d)] for x in X]
    joint = sum(b * k(x, z, gamma) for x in X for z, b in zip(Z, beta, strict=True)) / n
    product_of_user = sum(b * math.prod(a[j]) for j, b in enumerate(beta))
    product_of_spec = sum(math.prod(f[i]) for i in range(n)) / n
    both = math.prod(sum(b * a[j][c] for j, b in enumerate(beta)) for c in range(d))
    return (joint - product_of_user) - (product_of_spec - both)


def plain_figures(X: Matrix, specification: Specification) -> Mapping[str, float]:
    """The figures of one pair, for numbers only and without noise on the residual.

    Parameters
    ----------
    X : (n, d), island frame, n ≤ 1000
    specification : Specification
    """
    gamma, card = specification.profile.gamma, specification.card
    Z, beta = specification.frame, specification.weights / specification.weights.sum()
    n, d = X.shape
    K = [[k(x, y, gamma) for y in X] for x in X]
    f = [sum(b * k(x, z, gamma) for z, b in zip(Z, beta, strict=True)) for x in X]
    a = [sum(row) / n for row in K]
    mean = sum(a) / n
    off = sum(K[i][j] for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    T = sum((K[i][j] - a[i] - a[j] + mean) ** 2 for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    norm2 = sum(
        bi * bj * k(zi, zj, gamma) for zi, bi in zip(Z, beta, strict=True) for zj, bj in zip(Z, beta, strict=True)
    )

    def to_average(s: float) -> float:
        wide = 1 + 2 * gamma * s
        near = sum(
            b * wide ** (-d / 2) * math.exp(-gamma * sum(float(v) ** 2 for v in z) / wide)
            for z, b in zip(Z, beta, strict=True)
        )
        return norm2 - 2 * near + (1 + 4 * gamma * s) ** (-d / 2)

    samples = 1 / n + 1 / card.rows
    distance2 = norm2 - 2 * sum(f) / n + mean
    floor2 = card.residual2 + (1 - off) * samples
    excess = distance2 - floor2
    v0 = 2 * T * samples**2 + 4 * card.residual2 * math.sqrt(T) * samples
    difference = [fi - ai for fi, ai in zip(f, a, strict=True)]
    middle = sum(difference) / n
    v1 = v0 + 4 * sum((x - middle) ** 2 for x in difference) / n * samples
    reference2 = to_average(1.0)

    def skill(e: float) -> float:
        return 1 - min(1.0, math.sqrt(max(e, 0.0) / reference2))

    return {
        "distance": math.sqrt(max(distance2, 0.0)),
        "floor": math.sqrt(floor2),
        "match": skill(excess),
        "match_low": skill(excess + 1.645 * math.sqrt(v1)),
        "match_high": skill(excess - 1.645 * math.sqrt(v1)),
        "resolution": skill(1.645 * math.sqrt(v0)),
        "reference2": reference2,
        "wide2": max(reference2, to_average(2.0)),
    }
