# SPDX-License-Identifier: Apache-2.0
"""A market of digits: 30 learnwares with 3 to 5 of the ten classes, users with 4 to 7, scikit-learn's data.

Owners draw 200 rows of 1000, with class shares of their own; four fifths train a multinomial regression, the rest gives
its temperature.  Users draw 150 rows of the other 797, and 600 more for their labels.  Specifications are made by
`lwnode.specify` without noise.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

import lwnode
from lwnode.documents import Profile
from lwnode.reuse import Evidence, Labelled, Members
from lwnode.reuse.linear import Linear, multinomial
from lwnode.specification.kernels import gaussian, squared_distances
from lwnode.training.evaluation import temperature
from lwnode.types import Matrix, Vector

CLASSES = 10
SCALE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Owner:
    """A learnware."""

    classes: NDArray[np.intp]
    model: Linear
    shares: Vector
    temperature: float
    points: Matrix
    weights: Vector

    def __call__(self, rows: Matrix) -> Matrix:
        """Probabilities over all classes, NaN outside the label set."""
        z = self.model(0.5 * rows)
        p = np.exp(z - z.max(axis=1, keepdims=True))
        out = np.full((len(rows), CLASSES), np.nan)
        out[:, self.classes] = p / p.sum(axis=1, keepdims=True)
        return out


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class User:
    """Rows to answer for, and others of the same task whose labels may be given."""

    rows: Matrix
    labels: NDArray[np.intp]
    more: Matrix
    more_labels: NDArray[np.intp]


@lru_cache(maxsize=1)
def _data() -> tuple[Matrix, NDArray[np.intp], NDArray[np.intp], float]:
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    frame = np.clip((X - X.mean(axis=0)) / (X.std(axis=0) + 1.0), -4.0, 4.0)
    order = np.random.default_rng(1).permutation(len(y))
    some = frame[order[:1000:3]]
    squares = squared_distances(some, some)[np.triu_indices(len(some), 1)]
    return frame, y.astype(np.intp), order, 1.0 / float(np.median(squares))


def gamma() -> float:
    """γ₀ by the median rule."""
    return _data()[3]


def market(seed: int, *, owners: int = 30, users: int = 25) -> tuple[list[Owner], list[User]]:
    """Learnwares and users of one seed."""
    X, y, order, gamma0 = _data()
    rng = np.random.default_rng([seed, 77])
    sold = [order[:1000][y[order[:1000]] == c] for c in range(CLASSES)]
    kept = [order[1000:][y[order[1000:]] == c] for c in range(CLASSES)]

    def draw(pools: list[NDArray[np.intp]], count: int, low: int, high: int) -> NDArray[np.intp]:
        classes = rng.choice(CLASSES, rng.integers(low, high + 1), replace=False)
        counts = rng.multinomial(count, rng.dirichlet(np.ones(len(classes))))
        chosen = [
            rng.choice(pools[c], min(k, len(pools[c])), replace=False) for c, k in zip(classes, counts, strict=True)
        ]
        return rng.permutation(np.concatenate(chosen))

    wares = []
    profile = dataclasses.replace(Profile.from_bounds({f"p{j}": (-2.0, 2.0) for j in range(64)}), gamma=gamma0)
    for number in range(owners):
        rows = draw(sold, 200, 3, 5)
        learn = rows[: int(0.8 * len(rows))]
        classes = np.array([c for c in np.unique(y[learn]) if (y[learn] == c).sum() >= 5])
        rows = rows[np.isin(y[rows], classes)]
        cut = int(0.8 * len(rows))
        learn, held = rows[:cut], rows[cut:]
        held = held[np.isin(y[held], classes)]
        place = np.searchsorted(classes, y[learn])
        model = multinomial(0.5 * X[learn], place, np.zeros((len(learn), len(classes))), penalty=2e-3)
        z = model(0.5 * X[held])
        p = np.exp(z - z.max(axis=1, keepdims=True))
        heat = temperature(np.searchsorted(classes, y[held]), p / p.sum(axis=1, keepdims=True))
        table = lwnode.Table.from_arrays(X[rows], columns=[f"p{j}" for j in range(64)])
        spec = lwnode.specify(table, profile=profile, rng=np.random.default_rng(number))
        shares = np.array([(y[rows] == c).mean() for c in classes])
        wares.append(
            Owner(
                classes=classes,
                model=model,
                shares=np.maximum(np.round(shares, 2), 0.01),
                temperature=heat,
                points=spec.frame,
                weights=spec.weights,
            )
        )
    people = []
    for _ in range(users):
        rows = draw(kept, 750, 4, 7)
        mine, more = rows[:150], rows[150:]
        people.append(User(rows=X[mine], labels=y[mine], more=X[more], more_labels=y[more]))
    return wares, people


def evidence(wares: list[Owner], rows: Matrix) -> Evidence:
    """What the learnwares say about rows."""
    narrow = SCALE * gamma()
    return Evidence(
        kind="probabilities",
        predictions=np.stack([ware(rows) for ware in wares]),
        densities=np.stack([gaussian(rows, ware.points, narrow) @ ware.weights for ware in wares]),
        covered=np.ones((len(wares), len(rows)), dtype=bool),
        rows=rows,
    )


def members(wares: list[Owner], rows: Matrix) -> Members:
    """The learnwares, with their distances to the rows."""
    narrow = SCALE * gamma()
    own = float(gaussian(rows, rows, narrow).mean())
    distances = []
    shares = np.full((len(wares), CLASSES), np.nan)
    for place, ware in enumerate(wares):
        norm2 = float(ware.weights @ gaussian(ware.points, ware.points, narrow) @ ware.weights)
        inner = float((gaussian(rows, ware.points, narrow) @ ware.weights).mean())
        distances.append(np.sqrt(max(norm2 - 2 * inner + own, 0.0)))
        shares[place, ware.classes] = ware.shares
    return Members(
        ids=tuple(f"m{i}" for i in range(len(wares))),
        distances=np.array(distances),
        gamma=gamma(),
        shares=shares,
        temperatures=np.array([ware.temperature for ware in wares]),
    )


def labelled(wares: list[Owner], user: User, count: int) -> Labelled:
    """The first labels of a user."""
    return Labelled(evidence=evidence(wares, user.more[:count]), targets=user.more_labels[:count].astype(np.int64))
