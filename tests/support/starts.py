# SPDX-License-Identifier: Apache-2.0
"""Seeded starts of every family, for the tests of training further and of composing."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Card, Input
from lwnode.models import Settings
from lwnode.training import Problem, Start
from lwnode.training.presets import Boosting, Forest, Linear
from lwnode.training.trainers import fit

INPUTS = (
    Input(name="a", type="number"),
    Input(name="b", type="number"),
    Input(name="ward", type="category", levels=("er", "icu", "or")),
    Input(name="c", type="number"),
)
FAMILIES = {
    "linear": Linear(),
    "network": Settings(hidden=(16, 8), epochs=30, learning_rate=1e-2, weight_decay=0.01),
    "forest": Forest(trees=20),
    "boosting": Boosting(rounds=20, patience=0),
}


def rows(count: int, seed: int, *, holes: bool = True) -> NDArray[np.float32]:
    """Three numbers and a category, some of them missing."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(count, 4))
    X[:, 2] = rng.integers(0, 3, count)
    if holes:
        X[rng.random(X.shape) < 0.05] = np.nan
    return X.astype(np.float32)


def score(X: NDArray[np.float32], *, turned: float = 0.0) -> NDArray[np.float64]:
    """What the columns say; ``turned`` makes another owner's truth of it."""
    filled = np.nan_to_num(X.astype(np.float64))
    return filled[:, 0] + (1.0 - turned) * filled[:, 1] - 0.7 * (filled[:, 2] == 1) + turned * (filled[:, 3] + 0.5)


def labels(X: NDArray[np.float32], task: str, *, turned: float = 0.0, seed: int = 0) -> NDArray[np.generic]:
    """Positions in three classes, or values."""
    noisy = score(X, turned=turned) + 0.3 * np.random.default_rng(seed).normal(size=len(X))
    return np.digitize(noisy, [-0.7, 0.7]) if task == "classification" else 200.0 + 30.0 * noisy


def posed(task: str, count: int = 600, seed: int = 0, *, turned: float = 0.0) -> Problem:
    """A problem of so many rows."""
    X = rows(count, seed)
    classes = ("low", "mid", "top") if task == "classification" else ()
    y = labels(X, task, turned=turned, seed=seed)
    return Problem(task=task, target="y", inputs=INPUTS, X=X, y=y, classes=classes, unlabelled=0)  # type: ignore[arg-type]


@functools.cache
def start(family: str, task: str, *, count: int = 600, seed: int = 0) -> Start:
    """A start of a family."""
    problem = posed(task, count, seed)
    model = fit(FAMILIES[family], problem, np.arange(count), seed=seed)
    card = Card(family=family, task=problem.task, inputs=INPUTS, classes=problem.classes, target="y")
    return Start(learnware="a" * 64, model=model.to_onnx(), card=card)


def two_classes(seed: int = 0) -> Problem:
    """A problem of two classes and numbers only."""
    problem = posed("classification", 400, seed)
    kept = (INPUTS[0], INPUTS[1], INPUTS[3])
    return dataclasses.replace(
        problem, inputs=kept, X=problem.X[:, [0, 1, 3]], y=(problem.y > 0).astype(np.intp), classes=("no", "yes")
    )
