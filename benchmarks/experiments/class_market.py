# SPDX-License-Identifier: Apache-2.0
"""Markets of classifiers that know different classes, and users with a mix of classes.

A learnware is trained on items of a few classes in shares of its own (Dirichlet(1)); a user has items of a few classes
likewise, and further ones of the same task, of which some may be labelled.

Rules
-----
* A learnware's card carries what the product's does: its label set, shares in steps of 0.01 from its specification, and
  the temperature that is best on a fifth of its items, held out.
* Draws follow from the seed alone.

Called by `classes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.experiments.baselines import Classes, Features, Logistic, logistic, softmax
from benchmarks.experiments.items import Items, Positions
from benchmarks.experiments.networks import Network, network
from benchmarks.experiments.sketches import entry, sketch
from lwnode.market import Entry
from lwnode.specification import Labels, Specification
from lwnode.training.evaluation import temperature
from lwnode.types import Matrix

Family = Literal["linear", "network"]
_TRAIN, _FEWEST = 0.8, 5  # share of the items that trains, and fewest of a class that is learnt
_AXES = 256  # of image features that a linear model reads
_POOL, _MOST_LABELS = 600, 1_000  # items of a user that may be labelled


class Model(Protocol):
    """A classifier of a few classes."""

    @property
    def classes(self) -> Classes:
        """Ascending."""

    def logits(self, F: Features) -> Matrix:
        """Return (n, k)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learnware:
    """One owner's items, model and temperature."""

    items: Positions
    model: Model
    temperature: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class User:
    """Items that a user asks about, and those of which it may have labels."""

    asked: Positions
    pool: Positions


def drawn(data: Items, seed: int, *, balanced: bool = False) -> tuple[list[User], list[Positions]]:
    """Return users, and the items of owners.

    Parameters
    ----------
    data : Items
    seed : int
    balanced : bool
        Whether every user has all classes in equal shares.
    """
    sizes, rng = data.sizes, np.random.default_rng([seed, 77])
    of_owners, of_users = ([rows[data.y[rows] == c] for c in range(data.classes)] for rows in (data.owners, data.users))

    def task(least_most: tuple[int, int]) -> tuple[Classes, NDArray[np.float64]]:
        classes = rng.choice(data.classes, rng.integers(least_most[0], least_most[1] + 1), replace=False)
        return classes, rng.dirichlet(np.ones(len(classes)))

    users = []
    for number in range(sizes.users):
        if balanced:
            classes, shares = np.arange(data.classes), np.full(data.classes, 1.0 / data.classes)
        else:
            classes, shares = task(sizes.user_classes)
        items = _items(rng, of_users, sizes.user_items + _POOL, classes, shares)
        asked, pool = np.split(items, [sizes.user_items])
        left = [np.setdiff1d(rows, items) for rows in of_users]
        more = _items(np.random.default_rng([seed, 78, number]), left, _MOST_LABELS - _POOL, classes, shares)
        users.append(User(asked=asked, pool=np.concatenate([pool, more])))
    owners = []
    for _ in range(sizes.owners):
        classes, shares = task(sizes.owner_classes)
        items = _items(rng, of_owners, sizes.owner_items, classes, shares)
        trains = items[: int(_TRAIN * len(items))]
        learnt = [c for c in np.unique(data.y[trains]) if (data.y[trains] == c).sum() >= _FEWEST]
        owners.append(items[np.isin(data.y[items], learnt)])
    return users, owners


def _items(
    rng: np.random.Generator, rows: Sequence[Positions], count: int, classes: Classes, shares: NDArray[np.float64]
) -> Positions:
    """Return items of some classes in given shares; fewer where a class has no more."""
    wanted = rng.multinomial(count, shares)
    parts = [rng.choice(rows[c], min(m, len(rows[c])), replace=False) for c, m in zip(classes, wanted, strict=True)]
    return rng.permutation(np.concatenate(parts))


def trained(data: Items, items: Positions, family: Family, seed: int) -> Learnware:
    """Train one owner's model on four fifths of its items, and find its temperature on the rest."""
    trains, held = np.split(items, [int(_TRAIN * len(items))])
    model = fitted(data, trains, family, seed)
    held = held[np.isin(data.y[held], model.classes)]
    shares = softmax(model.logits(inputs(data, held, family)))
    return Learnware(
        items=items, model=model, temperature=temperature(np.searchsorted(model.classes, data.y[held]), shares)
    )


def fitted(data: Items, trains: Positions, family: Family, seed: int, *, ridge: float = 2e-3) -> Model:
    """Train a classifier of some items."""
    F, y = inputs(data, trains, family), data.y[trains]
    if family == "network":
        made: Network = network(F, y, seed=seed)
        return made
    if data.name != "fashion":
        return logistic(F, y, ridge=ridge)
    return scaled(F, y, F, ridge=ridge)


def scaled(F: Features, y: Classes, seen: Features, *, ridge: float) -> Logistic:
    """Train a linear model on the main axes of the items that the trainer has; it takes features as they are.

    Parameters
    ----------
    F : (n, p) float32
    y : (n,) int64
    seen : (m, p) float32
        All items of the trainer, labelled or not: nobody else's are looked at.
    ridge : float

    Notes
    -----
    At most 256 axes of the scaled features, each at half its spread; from the Gram matrix of the items, O(m²·p).
    """
    mean, spread = seen.mean(axis=0), seen.std(axis=0) + 1e-2
    scaled_rows = (seen - mean) / spread
    gram = (scaled_rows @ scaled_rows.T).astype(np.float64) / len(seen)
    values, vectors = np.linalg.eigh(gram)
    values, vectors = values[::-1][:_AXES], vectors[:, ::-1][:, :_AXES]
    kept = values > 1e-3 * values[0]
    axes = scaled_rows.T @ (vectors[:, kept] / np.sqrt(values[kept] * len(seen))).astype(np.float32)
    into = (axes * (0.5 / np.sqrt(values[kept] + 2.0)) / spread[:, None]).astype(np.float32)
    model = logistic((F - mean) @ into, y, ridge=ridge)
    weights = into @ model.weights[:-1]
    return Logistic(classes=model.classes, weights=np.concatenate([weights, model.weights[-1:] - mean @ weights]))


def inputs(data: Items, at: Positions, family: Family) -> Features:
    """Return what a family of models reads of some items."""
    if family == "network":
        assert data.pixels is not None
        return (data.pixels[at].astype(np.float32) / 255.0).astype(np.float32)
    return np.asarray(data.F[at], dtype=np.float32)


def sketched(data: Items, owners: Sequence[Positions], kind: str, seed: int) -> list[Specification]:
    """Return the specification of every owner's items, with the shares of their classes."""
    made = []
    for at, items in enumerate(owners):
        learnt = np.unique(data.y[items[: int(_TRAIN * len(items))]])
        labels = Labels.from_classes(data.y[items], tuple(map(str, learnt)))
        made.append(sketch(np.asarray(data.E[items]), data.profile, kind, (seed, at), labels))
    return made


def published(learnwares: Sequence[Learnware], sketches: Sequence[Specification]) -> list[Entry]:
    """Return the entries of all learnwares."""
    return [
        entry(
            f"learnware {at}", made, task="classification", classes=made.card.shares_of,
            temperature=learnware.temperature,
        )
        for at, (learnware, made) in enumerate(zip(learnwares, sketches, strict=True))
    ]  # fmt: skip
