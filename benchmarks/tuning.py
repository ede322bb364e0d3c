# SPDX-License-Identifier: Apache-2.0
"""Training a found learnware further on few labels, against training on them alone and against the start as it is.

Task: handwritten digits (scikit-learn, 8 x 8), six classes.  The owner trains on 700 images; the user has other images,
as they are or paler and blurred, as by another scanner, of which 30 or 100 have a label.  Errors are on rows that
nobody was trained on.  With the Fashion-MNIST files of Debian's package at hand, a convolutional network is tuned too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks import installed
from benchmarks.harness import Row
from lwnode.documents import Card
from lwnode.models import Worker
from lwnode.models.layer_reader import read_layers
from lwnode.models.layers import Layers
from lwnode.training import Problem, Start, Table, encode, pose, tune
from lwnode.training.fine_tuning import FineTuning
from lwnode.training.presets import Boosting, Forest, Linear, Network, Settings
from lwnode.training.private.graph import Layer
from lwnode.training.private.images import CHANNELS, Convolutions, Shape, first_weights
from lwnode.training.private.target import Target
from lwnode.training.trainers import fit, load

LABELS = (30, 100)
CLASSES = 6
_OWNER = 700  # rows
_PALER = 0.8
_LINEAR = Linear()
_FAMILIES: dict[str, Settings] = {
    "logistic regression": _LINEAR,
    "neural network": Network(hidden=(32,), weight_decay=0.1, learning_rate=5e-3, epochs=60, patience=8),
    "random forest": Forest(),
    "histogram boosting": Boosting(),
}


def measure(*, quick: bool) -> list[Row]:
    """Return errors with 30 and 100 labels; ``quick`` takes one seed and no pictures of clothes."""
    load()
    seeds = range(1 if quick else 5)
    families = dict(list(_FAMILIES.items())[:2]) if quick else _FAMILIES
    rows: list[Row] = []
    for family, settings in families.items():
        for shifted in (False, True):
            rows += _compared(
                f"digits, {family}", shifted, [_digits(settings, seed, shifted=shifted) for seed in seeds]
            )
    if not quick:
        rows += _fashion(range(2))
    return rows


Errors = dict[str, dict[int, float]]
"""Way → number of labels → error on the rows to judge on."""


def _digits(settings: Settings, seed: int, *, shifted: bool) -> Errors:
    """Return the errors for one owner and one user."""
    from sklearn.datasets import load_digits

    pictures, labels = load_digits(return_X_y=True)
    chosen = labels < CLASSES
    pictures, labels = pictures[chosen], labels[chosen]
    order = np.random.default_rng(seed).permutation(len(labels))
    owner, user = order[:_OWNER], order[_OWNER:]
    mine = pictures[user].reshape(-1, 8, 8)
    if shifted:
        mine = _PALER * (0.8 * mine + 0.1 * np.roll(mine, 1, axis=2) + 0.1 * np.roll(mine, -1, axis=2))
    problem = pose(Table.from_arrays(pictures[owner], labels[owner]))
    model = fit(settings, problem, np.arange(len(problem.y)), seed=seed)
    start = Start(learnware="0" * 64, model=model.to_onnx(), card=_card(problem, "start"))
    return _errors(start, mine.reshape(len(user), -1), labels[user], seed)


def _card(problem: Problem, family: str) -> Card:
    return Card(family=family, task=problem.task, inputs=problem.inputs, classes=problem.classes, target=problem.target)


def _errors(start: Start, X: NDArray[np.float64], y: NDArray[np.int64], seed: int) -> Errors:
    """Return the errors on all rows but the first 100, which may have labels."""
    most = max(LABELS)
    every = [f"column_{number + 1}" for number in range(X.shape[1])]
    test = encode(start.card.inputs, dict(zip(every, X[most:].T, strict=True)))
    truth = np.array([start.card.classes.index(str(label)) for label in y[most:]])
    found: Errors = {"start": {}, "fine-tuned": {}, "alone": {}}
    as_it_is = _error(start.model, test, truth)
    for count in LABELS:
        table = Table.from_arrays(X[:count], y[:count], columns=every)
        tuned = tune(table, start, seed=seed)
        learn = encode(start.card.inputs, dict(zip(every, X[:count].T, strict=True)))
        own = Problem(
            task="classification",
            target="target",
            inputs=start.card.inputs,
            X=learn,
            y=np.unique(y[:count], return_inverse=True)[1],
            classes=tuple(str(label) for label in np.unique(y[:count])),
            unlabelled=0,
        )
        alone = fit(_LINEAR, own, np.arange(count), seed=seed).scores(test).argmax(axis=1)
        places = np.array([start.card.classes.index(label) for label in own.classes])
        found["start"][count] = as_it_is
        found["fine-tuned"][count] = _error(tuned.model, test, truth)
        found["alone"][count] = float(np.mean(places[alone] != truth))
    return found


def _error(model: bytes, X: NDArray[np.float32], truth: NDArray[np.intp]) -> float:
    with Worker(model) as worker:
        return float(np.mean(worker.predict(X)["probabilities"].argmax(axis=1) != truth))


def _compared(name: str, shifted: bool, runs: list[Errors]) -> list[Row]:
    """Return a row for each number of labels: better than alone, and no worse than the start by more than noise."""
    rows = []
    for count in LABELS:
        mean = {way: float(np.mean([run[way][count] for run in runs])) for way in ("start", "fine-tuned", "alone")}
        gap = np.array([run["fine-tuned"][count] - run["start"][count] for run in runs])
        noise = 0.005 + 2.0 * float(gap.std() / np.sqrt(len(gap)))
        ours, bar = mean["fine-tuned"], min(mean["alone"], mean["start"] + noise)
        rows.append(
            Row(
                name=f"{name}, {count} labels{', shifted' if shifted else ''}",
                unit="error",
                ours=ours,
                bar=f"<= {bar:.3f}",
                holds=ours < mean["alone"] and ours <= mean["start"] + noise,
                params={"start": round(mean["start"], 3), "alone": round(mean["alone"], 3), "seeds": len(runs)},
                peer=mean["alone"],
                ratio=ours / mean["alone"] if mean["alone"] else None,
            )
        )
    return rows


def _fashion(seeds: range) -> list[Row]:
    """Return rows for a convolutional network on pictures of clothes, the user's in a mirror."""
    if reason := installed.reason_absent("fashion"):
        return [Row(name="Fashion-MNIST, network", unit="error", ours=None, bar="", holds=None, reason=reason)]
    images, labels = installed.fashion("train")
    pixels = images.reshape(-1, 784) / 255.0
    chosen = np.flatnonzero(labels < CLASSES)
    runs = []
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(chosen)
        start = _network(pixels[order[:3000]], labels[order[:3000]], seed)
        user = order[3000:5000]
        mine = pixels[user].reshape(-1, 28, 28)[:, :, ::-1].reshape(-1, 784)
        runs.append(_errors(start, mine, labels[user], seed))
    return _compared("Fashion-MNIST, convolutional network, mirrored", False, runs)


def _network(X: NDArray[np.float64], y: NDArray[np.int64], seed: int) -> Start:
    """Return an owner's convolutional network, trained without noise by the same descent, held by nothing."""
    table = Table.from_arrays(X, y)
    problem = pose(table)
    shape = Shape(height=28, width=28, channels=1)
    target = Target(name="target", classes=problem.classes)
    weights = first_weights(shape, target)
    head = Layer(weight=np.random.default_rng(seed).normal(size=(4 * CHANNELS, CLASSES)) * 0.1, bias=np.zeros(CLASSES))
    blank = Convolutions(shape=shape, target=target, weights=weights, head=head).to_onnx()
    layers: Layers = read_layers(blank, width=784)
    framed = 2.0 * X.astype(np.float32) - 1.0
    trainer = FineTuning(layers=layers, F=framed, probe=framed[:1], problem=problem, seed=seed)
    model = trainer.trained(strength=0.0, steps=500).to_onnx()
    return Start(learnware="0" * 64, model=model, card=_card(problem, "convolutional neural network"))
