# SPDX-License-Identifier: Apache-2.0
"""What layers that were read from a file answer, and whether that is what the file answers.

Rules
-----
* The front, which was not trained, runs in a worker process as any model does; layers are computed here, from arrays.
* What was read is believed only where it answers as the file does (`check`).

Called by `lwnode.training.tuning` and the ways to fine-tune.  torch is imported for convolutions only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import ModelError
from lwnode.models import probe
from lwnode.models.layers import Layers, Step
from lwnode.models.worker import Worker
from lwnode.training.log_odds import softmax
from lwnode.types import Matrix

if TYPE_CHECKING:
    from torch import Tensor

_BLOCK = 512  # rows that are answered at a time

Single = NDArray[np.float32]


def fronted(layers: Layers, X: Single) -> Single:
    """Return what the first layer takes for raw rows, (n, inside).

    Raises
    ------
    ModelError
        Rows with missing values, which the front does not take.
    WorkerError, UnsafeModelError
        As `Worker.predict`.
    """
    file = layers.front_file()
    if file is None:
        return np.ascontiguousarray(X, dtype=np.float32)
    with Worker(file) as worker:
        return worker.predict(X)["features"]


def check(layers: Layers, F: Single, answered: Matrix) -> None:
    """Make sure that the layers that were read are those that answer.

    Parameters
    ----------
    layers : Layers
    F : (n, inside) float32
    answered : (n, C) probabilities or (n, 1) values
        Of the file, from a worker.

    Raises
    ------
    ModelError
        They answer something else.
    """
    meant = answers_of(layers, F)
    scale = 1.0 if layers.task == "classification" else float(answered.std()) or 1.0
    if meant.shape != answered.shape or not np.abs(meant - answered).max() <= probe.TOLERANCE * scale:
        raise ModelError("the layers that were read do not answer as the file does", hint="Train a new model instead.")


def at_scale(layers: Layers, answered: Matrix) -> Layers:
    """Return a regressor's layers with a result of about unit size, so that one step is as long for every target.

    Parameters
    ----------
    layers : Layers
    answered : (n, 1) values
        Of the start for the user's rows; their spread, rounded to one digit, becomes the scale.
    """
    spread = float(f"{float(answered.std()):.0e}")
    if layers.task == "classification" or layers.limits is not None or not spread > 0.0:
        return layers
    middle = round(float(answered.mean()) / spread) * spread
    *others, weight, bias = layers.arrays
    factor = np.float32(layers.scale / spread)
    moved = np.float32((layers.shift - middle) / spread)
    return replace(layers, scale=spread, shift=middle).holding([*others, weight * factor, bias * factor + moved])


def answers_of(layers: Layers, F: Single, arrays: Sequence[Single] | None = None) -> Matrix:
    """Return (n, C) probabilities or (n, 1) values for what the first layer takes, with its weights or others."""
    hidden = through(layers.steps, layers.arrays if arrays is None else arrays, F).astype(np.float64)
    if layers.task == "classification":
        return softmax(hidden)
    if layers.limits is not None:
        hidden = np.clip(hidden, *layers.limits)
    return np.asarray(hidden * layers.scale + layers.shift)


def before_last(layers: Layers, F: Single) -> Single:
    """Return what the last layer takes, (n, k) float32."""
    return through(layers.steps[:-1], layers.arrays[:-2], F)


def through(steps: Sequence[Step], arrays: Sequence[Single], F: Single) -> Single:
    """Return what a chain of steps makes of rows, (n, k) float32."""
    if any(step.operator == "Conv" for step in steps):
        import torch

        weights = [torch.from_numpy(np.ascontiguousarray(array)) for array in arrays]
        with torch.no_grad():
            blocks = [
                forward(steps, weights, torch.from_numpy(F[first : first + _BLOCK])).numpy()
                for first in range(0, len(F), _BLOCK)
            ]
        return np.concatenate(blocks) if blocks else np.empty((0, 1), dtype=np.float32)
    waiting = iter(arrays)
    hidden = F
    for step in steps:
        if step.operator == "Gemm":
            hidden = hidden @ next(waiting) + next(waiting)
        elif step.operator == "Relu":
            hidden = np.maximum(hidden, np.float32(0))
        elif step.operator == "Tanh":
            hidden = np.tanh(hidden)
    return hidden


def forward(steps: Sequence[Step], weights: Sequence[Tensor], rows: Tensor) -> Tensor:
    """Return what a chain of steps makes of a tensor of rows, with weights that may carry gradients."""
    waiting: Iterator[Tensor] = iter(weights)
    hidden = rows
    for step in steps:
        hidden = _step(step, waiting, hidden)
    return hidden


def _step(step: Step, waiting: Iterator[Tensor], hidden: Tensor) -> Tensor:
    import torch
    from torch.nn import functional

    numbers = step.numbers
    if step.operator == "Gemm":
        return hidden @ next(waiting) + next(waiting)
    if step.operator == "Conv":
        kernel, bias = next(waiting), next(waiting)
        return functional.conv2d(hidden, kernel, bias, stride=numbers["strides"], padding=numbers["pads"][:2])
    if step.operator == "Relu":
        return functional.relu(hidden)
    if step.operator == "Tanh":
        return torch.tanh(hidden)
    if step.operator == "Reshape":
        return hidden.reshape(numbers["shape"])
    if step.operator == "Transpose":
        return hidden.permute(numbers["perm"])
    if step.operator == "Flatten":
        return hidden.flatten(1)
    return functional.avg_pool2d(hidden, numbers["kernel_shape"], numbers["strides"])
