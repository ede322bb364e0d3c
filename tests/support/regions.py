# SPDX-License-Identifier: Apache-2.0
"""A market of regions: learnwares that predict a number, each right where its own data were.

Rows of region i lie around a place of its own in a frame of six columns that hang together; the target is one smooth
function of the place, and models (kernel ridge on 150 rows) say nothing sensible far from their data.  With views, an
owner reads four of the six columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.reuse import Evidence, Labelled, Members, fill, loss_of_filling
from lwnode.specification.kernels import gaussian
from lwnode.specification.simplex import simplex_weights
from lwnode.types import Matrix, Vector

WIDTH = 6
GAMMA = 1.0 / WIDTH
SCALE = 4.0
VIEWS = ((0, 1, 2, 3), (0, 1, 4, 5), (2, 3, 4, 5))
_TURN = np.linalg.qr(np.random.default_rng(0).normal(size=(WIDTH, WIDTH)))[0]


def truth(X: Matrix) -> Vector:
    """The target without noise."""
    Z = X @ _TURN
    return np.asarray(2.0 * np.sin(1.2 * Z[:, 0]) + Z[:, 1] * np.cos(Z[:, 0]) + 0.5 * Z[:, 2])


def rows(place: Vector, count: int, rng: np.random.Generator) -> Matrix:
    """Rows around a place of the plane."""
    Z = 0.15 * rng.normal(size=(count, WIDTH))
    Z[:, :2] += place + 0.7 * rng.normal(size=(count, 2))
    Z[:, 2] += 0.8 * Z[:, 0]
    return np.asarray(np.clip(Z @ _TURN.T, -4.0, 4.0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ware:
    """A learnware that reads some of the columns."""

    columns: NDArray[np.intp]
    points: Matrix
    weights: Vector
    learnt: Matrix
    coefficients: Vector
    mean: float

    @property
    def gamma(self) -> float:
        """γ₀ of its frame."""
        return GAMMA * WIDTH / len(self.columns)

    def __call__(self, X: Matrix) -> Matrix:
        """Values for rows of its own columns."""
        return np.asarray((self.mean + gaussian(X, self.learnt, 2 * self.gamma) @ self.coefficients)[:, None])


def ware(place: Vector, rng: np.random.Generator, columns: tuple[int, ...] = tuple(range(WIDTH))) -> Ware:
    """Train and specify a learnware."""
    chosen = np.array(columns)
    X = rows(place, 150, rng)
    y = truth(X) + 0.1 * rng.normal(size=len(X))
    own, gamma = X[:, chosen], GAMMA * WIDTH / len(chosen)
    K = gaussian(own, own, 2 * gamma)
    points = own[rng.choice(len(own), 40, replace=False)]
    weights = simplex_weights(gaussian(points, points, gamma), gaussian(points, own, gamma).mean(axis=1))
    return Ware(
        columns=chosen,
        points=points,
        weights=weights,
        learnt=own,
        coefficients=np.linalg.solve(K + 0.05 * np.eye(len(K)), y - y.mean()),
        mean=float(y.mean()),
    )


def market(count: int, seed: int, *, views: bool = False, strict: int | None = None) -> list[Ware]:
    """Learnwares all over the plane; ``strict`` leaves out who reads that view."""
    rng = np.random.default_rng([seed, 1])
    places = rng.uniform(-2.0, 2.0, size=(count, 2))
    readable = [view for number, view in enumerate(VIEWS) if number != strict]
    return [
        ware(place, rng, readable[i % len(readable)]) if views else ware(place, rng) for i, place in enumerate(places)
    ]


def user(seed: int, count: int) -> tuple[Matrix, Vector]:
    """Rows of somebody with two places, which do not depend on the count, and their noisy labels."""
    rng = np.random.default_rng([seed, 2])
    places = rng.uniform(-1.8, 1.8, size=(2, 2))
    X = np.concatenate([rows(place, count // 2, rng) for place in places])
    X = rng.permutation(X)
    return X, truth(X) + 0.1 * rng.normal(size=len(X))


def known_columns(one: Ware, view: tuple[int, ...]) -> NDArray[np.intp]:
    """Positions in the learnware's frame of the columns that the user has."""
    return np.flatnonzero(np.isin(one.columns, view))


def evidence(wares: list[Ware], X: Matrix, view: tuple[int, ...] = tuple(range(WIDTH))) -> Evidence:
    """What the learnwares say about rows of which only some columns are known."""
    predictions, densities = [], []
    for one in wares:
        known = known_columns(one, view)
        there = X[:, one.columns[known]]
        full = fill(there, known, one.points, one.weights, one.gamma, len(one.columns))
        predictions.append(one(full))
        narrow = SCALE * one.gamma * len(one.columns) / len(known)
        densities.append(gaussian(there, one.points[:, known], narrow) @ one.weights)
    return Evidence(
        kind="values",
        predictions=np.stack(predictions),
        densities=np.stack(densities),
        covered=np.ones((len(wares), len(X)), dtype=bool),
        rows=X[:, list(view)],
    )


def members(wares: list[Ware], X: Matrix, view: tuple[int, ...] = tuple(range(WIDTH))) -> Members:
    """The learnwares, their distances to the rows, and what filling costs them."""
    distances, lost = [], []
    for one in wares:
        known = known_columns(one, view)
        there, points = X[:, one.columns[known]], one.points[:, known]
        narrow = SCALE * one.gamma * len(one.columns) / len(known)
        norm2 = one.weights @ gaussian(points, points, narrow) @ one.weights
        inner = (gaussian(there, points, narrow) @ one.weights).mean()
        distances.append(np.sqrt(max(float(norm2 - 2 * inner + gaussian(there, there, narrow).mean()), 0.0)))
        lost.append(loss_of_filling(one, known, one.points, one.weights, one.gamma, len(one.columns)))
    return Members(
        ids=tuple(f"m{i}" for i in range(len(wares))),
        distances=np.array(distances),
        gamma=GAMMA * WIDTH / len(view),
        filling_loss=np.array(lost) if len(view) < WIDTH else None,
    )


def labelled(wares: list[Ware], X: Matrix, y: Vector, view: tuple[int, ...] = tuple(range(WIDTH))) -> Labelled:
    """Labelled rows."""
    return Labelled(evidence=evidence(wares, X, view), targets=y[:, None])


def rmse(values: Matrix, X: Matrix) -> float:
    """Root mean squared error of predictions, (n, 1)."""
    return float(np.sqrt(np.mean((values[:, 0] - truth(X)) ** 2)))
