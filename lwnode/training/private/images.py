# SPDX-License-Identifier: Apache-2.0
"""The private network for images: two convolutions, trained by noisy full-batch steps, and a private linear head.

Pixels are in [0, 1] by nature, so their scaling is public without a profile of bounds.

Rules
-----
* Inputs are the flattened pixels of the encoder ``lwnode.pixels/1/<h>x<w>x<c>``, row by row, channels last.  A pixel
  outside [0, 1] is clipped, a missing one is the middle.
* What the convolutions give is averaged over the four quarters of the picture: few numbers for the head, wherever the
  noise leaves room for few.
* Start, sizes and schedule follow from public things.

Called by `lwnode.training.private.train`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from lwnode.errors import SpecificationError
from lwnode.models.format import INPUT, WIDTH_LIMIT, output_of
from lwnode.models.graph import Draft, assemble
from lwnode.training.private.descent import Loss, Schedule, Weights, descend
from lwnode.training.private.draws import Draws
from lwnode.training.private.graph import Layer, answer_nodes, answers, dense_nodes
from lwnode.training.private.network import BODY, HEAD, fit_head, loss_at
from lwnode.training.private.problem import Rows
from lwnode.training.private.target import Target
from lwnode.types import Matrix

if TYPE_CHECKING:
    from torch import Tensor

CHANNELS: Final = 8  # of both convolutions
ROW_LIMIT: Final = 20_000
SMALLEST: Final = 5  # pixels of a side
_RATE = 4.0
_MOST_STEPS, _FEWEST_STEPS = 80, 20
_BLOCK = 128  # rows that are answered at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Height, width and channels of a picture."""

    height: int
    width: int
    channels: int

    def __post_init__(self) -> None:
        """Refuse pictures that are too small to be halved twice, or that no model file takes; `SpecificationError`."""
        if min(self.height, self.width) < SMALLEST or self.channels < 1 or self.pixels > WIDTH_LIMIT:
            raise SpecificationError(
                f"pictures of {self.height} x {self.width} x {self.channels} cannot be learnt from",
                hint=f"sides of {SMALLEST} pixels or more, and at most {WIDTH_LIMIT} numbers a picture",
            )

    @property
    def pixels(self) -> int:
        """Numbers of one picture."""
        return self.height * self.width * self.channels

    @property
    def pool(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Kernel and stride by which what comes out of the convolutions is averaged to 2 x 2."""
        halves = [(side + 3) // 4 for side in (self.height, self.width)]
        return (halves[0] - halves[0] // 2, halves[1] - halves[1] // 2), (halves[0] // 2, halves[1] // 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Convolutions:
    """A private network for images.

    Parameters
    ----------
    shape : Shape
    target : Target
    weights : mapping
        Of the two convolutions.
    head : Layer
    """

    shape: Shape
    target: Target
    weights: Weights
    head: Layer

    def answers(self, P: Matrix) -> Matrix:
        """Return (n, C) probabilities or (n, 1) values for pictures in the frame, (n, pixels) in [-1, 1]."""
        return answers(features(self.weights, self.shape, P) @ self.head.weight + self.head.bias, self.target)

    def to_onnx(self) -> bytes:
        """Return the model file; it takes flattened pixels in [0, 1]."""
        shape = self.shape
        draft = Draft(source=INPUT, target=output_of(self.target.task))
        absent = draft.node("Or", draft.node("IsNaN", INPUT), draft.node("IsInf", INPUT))
        half, two = draft.constant(0.5), draft.constant(2.0)
        filled = draft.node("Where", absent, half, INPUT)
        scaled = draft.node("Mul", draft.node("Sub", filled, half), two)
        clipped = draft.node("Clip", scaled, draft.constant(-1.0), draft.constant(1.0))
        size = draft.constant([-1, shape.height, shape.width, shape.channels], np.int64)
        hidden = draft.node("Transpose", draft.node("Reshape", clipped, size), attributes={"perm": [0, 3, 1, 2]})
        for number in range(2):
            named = [draft.constant(self.weights[f"{kind}{number}"]) for kind in ("k", "b")]
            how = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}
            hidden = draft.node("Tanh", draft.node("Conv", hidden, *named, attributes=how))
        kernel, stride = shape.pool
        how = {"kernel_shape": list(kernel), "strides": list(stride)}
        flat = draft.node("Flatten", draft.node("AveragePool", hidden, attributes=how), attributes={"axis": 1})
        answer_nodes(draft, dense_nodes(draft, flat, [self.head]), self.target)
        task = self.target.task
        return assemble(draft.done(), width=shape.pixels, columns=self.target.outputs, task=task)


def pictures(X: Matrix) -> Matrix:
    """Return pixels in the frame: [0, 1] to [-1, 1], clipped, what is missing in the middle."""
    filled = np.where(np.isfinite(X), X, 0.5)
    return np.clip((filled - 0.5) * 2.0, -1.0, 1.0)


def fit_images(
    rows: Rows, shape: Shape, draws: Draws, mu: float, persons: int, tick: Callable[[float], None]
) -> Convolutions:
    """Return a private convolutional network.

    Parameters
    ----------
    rows : Rows
        Pictures as `pictures` gives them, at most `ROW_LIMIT`.
    shape : Shape
    draws : Draws
    mu : float
    persons : int
        Rows per person.
    tick : callable
        Told the share done; may raise to end the work.
    """
    target = rows.target
    worth = mu * draws.rows / persons
    steps = int(min(max(worth / 20.0, _FEWEST_STEPS), _MOST_STEPS))
    labels = rows.labels if target.classes else np.nan_to_num(rows.labels).astype(np.float32)
    found = descend(
        first_weights(shape, target),
        _loss(shape, target),
        rows.F.astype(np.float32),
        labels,
        rows.counted,
        Schedule(steps=steps, rate=_RATE, block=_BLOCK),
        draws,
        mu * math.sqrt(BODY),
        lambda share: tick(0.95 * share),
    )
    weight, bias = fit_head(features(found, shape, rows.F), rows, draws, mu * math.sqrt(HEAD))
    kept = {name: found[name] for name in ("k0", "b0", "k1", "b1")}
    return Convolutions(shape=shape, target=target, weights=kept, head=Layer(weight=weight, bias=bias))


def features(weights: Weights, shape: Shape, P: Matrix) -> Matrix:
    """Return what the convolutions give, averaged over quarters, (n, 4 `CHANNELS`) float64 in [-1, 1]."""
    import torch

    tensors = {name: torch.from_numpy(value) for name, value in weights.items()}
    blocks = [
        _features(tensors, torch.from_numpy(P[first : first + _BLOCK].astype(np.float32)), shape).double().numpy()
        for first in range(0, len(P), _BLOCK)
    ]
    return np.concatenate(blocks) if blocks else np.empty((0, 4 * CHANNELS))


def _features(weights: Mapping[str, Tensor], rows: Tensor, shape: Shape) -> Tensor:
    import torch
    from torch.nn import functional

    hidden = rows.reshape(-1, shape.height, shape.width, shape.channels).permute(0, 3, 1, 2)
    for number in range(2):
        hidden = functional.conv2d(hidden, weights[f"k{number}"], weights[f"b{number}"], stride=2, padding=1)
        hidden = torch.tanh(hidden)
    kernel, stride = shape.pool
    return functional.avg_pool2d(hidden, kernel, stride).flatten(1)


def first_weights(shape: Shape, target: Target) -> Weights:
    """Return the public weights that every training starts from; the last layer's are 0."""
    rng = np.random.default_rng([shape.channels, target.outputs, 4])

    def kernel(before: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        spread = math.sqrt(2.0 / (9 * before))
        return (rng.normal(size=(CHANNELS, before, 3, 3)) * spread).astype(np.float32)

    return {
        "k0": kernel(shape.channels),
        "b0": np.zeros(CHANNELS, dtype=np.float32),
        "k1": kernel(CHANNELS),
        "b1": np.zeros(CHANNELS, dtype=np.float32),
        "w": np.zeros((4 * CHANNELS, target.outputs), dtype=np.float32),
        "c": np.zeros(target.outputs, dtype=np.float32),
    }


def _loss(shape: Shape, target: Target) -> Loss:
    def loss(weights: Mapping[str, Tensor], row: Tensor, label: Tensor) -> Tensor:
        hidden = _features(weights, row, shape)[0]
        return loss_at(hidden @ weights["w"] + weights["c"], label, target)

    return loss
