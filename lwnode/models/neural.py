# SPDX-License-Identifier: Apache-2.0
"""Trains the network preset with torch: a small network that needs no encoding, imputing or scaling before it.

Rules
-----
* The same data, settings and seed give the same network, whatever else runs: every draw comes from one generator of its
  own, and torch's global state is neither used nor set.
* A tenth of the rows (from 100 rows on) tells when to stop; the best network by them is kept.
* A coordinate that no training row used, such as the flag of a column without missing values, has no influence later.

Called by `lwnode.training`; AdamW after Loshchilov and Hutter (ICLR 2019), initial weights after He et al. (ICCV 2015).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from lwnode.errors import ModelError
from lwnode.models.network import Network, Single, expand, standard
from lwnode.types import Progress, Task, silent

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from lwnode.documents import Input

_LEAST_FOR_STOPPING: Final = 100  # rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a network is trained.

    Parameters
    ----------
    hidden : tuple of int
        Sizes of the hidden layers.
    epochs : int
        At most.
    batch : int
        Rows of one step.
    learning_rate, weight_decay : float
        Of AdamW.
    patience : int
        Epochs without improvement until it stops.
    """

    hidden: tuple[int, ...] = (64, 32)
    epochs: int = 200
    batch: int = 128
    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    patience: int = 16


class NeuralNetwork:
    """The network preset with the methods of an estimator.

    Parameters
    ----------
    inputs : tuple of Input
        Columns of the matrix, with the levels of categories.
    task : {"classification", "regression"}
    settings : Settings
    seed : int

    Attributes
    ----------
    network_ : Network
        Once fitted.
    classes_ : (C,) array
        A fitted classifier's labels, sorted.
    """

    def __init__(
        self, inputs: tuple[Input, ...], *, task: Task, settings: Settings | None = None, seed: int = 0
    ) -> None:
        if task not in ("classification", "regression"):
            raise ValueError(f"no network preset for {task}")
        self.inputs = inputs
        self.task = task
        self.settings = settings or Settings()
        self.seed = seed

    def fit(
        self, X: npt.ArrayLike, y: npt.ArrayLike, *, start: Network | None = None, progress: Progress = silent
    ) -> Self:
        """Train on rows.

        Parameters
        ----------
        X : (n, width) float32
            Encoded as `lwnode.documents.card` says.
        y : (n,)
            Labels, or target values; or, of a classifier, probabilities (n, C) of a teacher.
        start : Network, optional
            Trained further instead of a new one; its outputs are this task's, in the order of the sorted labels.
        progress : callable, optional
            Told after each epoch; may raise `CancelledError`.

        Raises
        ------
        ModelError
            Rows, labels or ``start`` do not fit the inputs.

        Notes
        -----
        O(epochs * n * weights) time.
        """
        rows = np.asarray(X, dtype=np.float32)
        answers = np.asarray(y)
        soft = self.task == "classification" and answers.ndim == 2
        if rows.ndim != 2 or answers.shape[: None if not soft else 1] != rows.shape[:1] or not len(rows):
            raise ModelError(f"rows of shape {rows.shape} and answers of shape {answers.shape}", hint="Give one each.")
        center, scale = (start.center, start.scale) if start else standard(self.inputs, rows)
        coordinates = expand(self.inputs, rows, center, scale)
        targets, outputs, target_center, target_scale = self._targets(answers, start)
        sizes = [coordinates.shape[1], *self.settings.hidden, outputs]
        blank = Network(
            inputs=self.inputs,
            task=self.task,
            center=center,
            scale=scale,
            weights=(),
            biases=(),
            target_center=target_center,
            target_scale=target_scale,
        )
        if start is not None and (start.inputs != self.inputs or start.biases[-1].shape[0] != outputs):
            raise ModelError(
                "the network to start from has other inputs or outputs", hint="Train a new one, or choose another."
            )
        weights, biases = _train(
            coordinates, targets, sizes, settings=self.settings, seed=self.seed, start=start, progress=progress
        )
        unused = ~np.any(coordinates != 0, axis=0)
        weights[0][unused] = 0
        self.network_ = replace(blank, weights=tuple(weights), biases=tuple(biases))
        return self

    def predict_proba(self, X: npt.ArrayLike) -> NDArray[np.float32]:
        """Return the probabilities (n, classes) of a fitted classifier."""
        if self.task != "classification":
            raise AttributeError("a regressor has no probabilities")
        return self.network_.forward(X)

    def predict(self, X: npt.ArrayLike) -> NDArray[Any]:
        """Return labels or values, (n,)."""
        answer = self.network_.forward(X)
        if self.task == "regression":
            return answer[:, 0]
        labels: NDArray[Any] = self.classes_[answer.argmax(axis=1)]
        return labels

    def to_onnx(self) -> bytes:
        """Return the model file."""
        if not hasattr(self, "network_"):
            raise ModelError("the network is not fitted", hint="Fit it before it is exported.")
        return self.network_.to_onnx()

    def _targets(self, answers: NDArray[Any], start: Network | None) -> tuple[NDArray[Any], int, float, float]:
        """Return what the network is to give, the number of its outputs, and the target's center and scale."""
        if self.task == "classification" and answers.ndim == 2:
            self.classes_ = np.arange(answers.shape[1])
            return answers.astype(np.float32), answers.shape[1], 0.0, 1.0
        if self.task == "classification":
            self.classes_, ranks = np.unique(answers, return_inverse=True)
            if len(self.classes_) < 2:
                raise ModelError("the rows have one label only", hint="Train on rows of at least two classes.")
            return ranks.astype(np.int64), len(self.classes_), 0.0, 1.0
        values = answers.astype(np.float64)
        if not np.isfinite(values).all():
            raise ModelError("target values that are missing or not finite", hint="Leave these rows out.")
        center = start.target_center if start else float(np.float32(values.mean()))
        scale = start.target_scale if start else float(np.float32(values.std() or 1.0))
        return ((values - center) / scale).astype(np.float32)[:, None], 1, center, scale


def _train(
    coordinates: Single,
    targets: NDArray[Any],
    sizes: list[int],
    *,
    settings: Settings,
    seed: int,
    start: Network | None,
    progress: Progress,
) -> tuple[list[Single], list[Single]]:
    """Return the weights and biases that minimise cross-entropy or squared error."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    given = list(zip(start.weights, start.biases, strict=True)) if start else _initial(sizes, generator)
    values = [torch.tensor(array, requires_grad=True) for layer in given for array in layer]
    data, answers = torch.from_numpy(coordinates), torch.from_numpy(targets)
    order = torch.randperm(len(data), generator=generator)
    held = len(data) // 10 if len(data) >= _LEAST_FOR_STOPPING else 0
    judged, learned = order[:held], order[held:]
    optimiser = torch.optim.AdamW(values, lr=settings.learning_rate, weight_decay=settings.weight_decay)
    best, best_loss, waited = [value.detach().clone() for value in values], float("inf"), 0
    for epoch in range(settings.epochs):
        progress(epoch / settings.epochs, "training a network")
        shuffled = learned[torch.randperm(len(learned), generator=generator)]
        for first in range(0, len(shuffled), settings.batch):
            part = shuffled[first : first + settings.batch]
            optimiser.zero_grad()
            torch.autograd.backward(_loss(values, data[part], answers[part]))
            optimiser.step()
        if not held:
            best = values
            continue
        with torch.no_grad():
            loss = float(_loss(values, data[judged], answers[judged]))
        if loss < best_loss:
            best, best_loss, waited = [value.detach().clone() for value in values], loss, 0
        elif (waited := waited + 1) >= settings.patience:
            break
    final = [value.detach().numpy().copy() for value in best]
    return final[::2], final[1::2]


def _initial(sizes: list[int], generator: Generator) -> list[tuple[Single, Single]]:
    import torch

    layers = []
    for before, after in itertools.pairwise(sizes):
        weight = torch.randn(before, after, generator=generator) * (2.0 / max(before, 1)) ** 0.5
        layers.append((weight.numpy(), np.zeros(after, dtype=np.float32)))
    return layers


def _loss(values: list[Tensor], data: Tensor, answers: Tensor) -> Tensor:
    from torch.nn import functional

    hidden = data
    for number in range(0, len(values), 2):
        hidden = hidden @ values[number] + values[number + 1]
        if number < len(values) - 2:
            hidden = functional.relu(hidden)
    if answers.dtype.is_floating_point and answers.shape[1] == 1:
        return functional.mse_loss(hidden, answers)
    return functional.cross_entropy(hidden, answers)
