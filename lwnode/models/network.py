# SPDX-License-Identifier: Apache-2.0
"""The network preset: its numbers, what they compute, and its file.

::

    numbers     (x - center) * scale, clipped at ±8; 0 and a flag where missing
    categories  one coordinate a level; all 0 where missing or unknown
    layers      two hidden ones with ReLU, then softmax or a value in the target's unit

Everything from the raw columns on is inside the file, so it takes the same matrix as every other model.

Rules
-----
* The architecture follows from the inputs, the hidden sizes and the number of outputs: a file of it can be read back by
  the names and shapes of its arrays, which is how a found network is trained further.  Nothing in it is executed for
  that.
* This module needs numpy only; `lwnode.models.neural` trains with torch, `to_onnx` writes with onnx.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from lwnode.errors import ModelError
from lwnode.models.arrays import arrays
from lwnode.models.format import INPUT, output_of
from lwnode.models.graph import Draft, assemble
from lwnode.types import Task

if TYPE_CHECKING:
    from lwnode.documents import Input

CLIP: Final = 8.0  # standard deviations

Single = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A trained network.

    Parameters
    ----------
    inputs : tuple of Input
        Columns of the raw matrix, in order.
    task : {"classification", "regression"}
    center, scale : (p,) float32
        Of the p numeric inputs.
    weights, biases : tuple of (in, out) and (out,) float32
        Of each layer.
    target_center, target_scale : float
        A regressor's value is ``output * target_scale + target_center``.
    """

    inputs: tuple[Input, ...]
    task: Task
    center: Single
    scale: Single
    weights: tuple[Single, ...]
    biases: tuple[Single, ...]
    target_center: float = 0.0
    target_scale: float = 1.0

    def expand(self, X: npt.ArrayLike) -> Single:
        """Return the coordinates that the first layer sees.

        Parameters
        ----------
        X : (n, width) float32
            Encoded as `lwnode.documents.card` says.

        Returns
        -------
        (n, 2 p + levels) float32
        """
        return expand(self.inputs, X, self.center, self.scale)

    def forward(self, X: npt.ArrayLike) -> Single:
        """Return probabilities (n, classes) or values (n, 1) for raw rows, as the file does."""
        hidden = self.expand(X)
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            hidden = hidden @ weight + bias
            if number < len(self.weights) - 1:
                hidden = np.maximum(hidden, np.float32(0))
        if self.task == "regression":
            return hidden * np.float32(self.target_scale) + np.float32(self.target_center)
        shifted = np.exp(hidden - hidden.max(axis=1, keepdims=True))
        return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), dtype=np.float32)

    def to_onnx(self) -> bytes:
        """Return the model file."""
        draft = Draft(source=INPUT, target=output_of(self.task))
        hidden = coordinate_nodes(draft, self.inputs, self.center, self.scale)
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            named = [draft.constant(weight, name=f"weight{number}"), draft.constant(bias, name=f"bias{number}")]
            hidden = draft.node("Gemm", hidden, *named)
            if number < len(self.weights) - 1:
                hidden = draft.node("Relu", hidden)
        if self.task == "regression":
            scaled = draft.node("Mul", hidden, draft.constant(self.target_scale, name="target_scale"))
            draft.node("Add", scaled, draft.constant(self.target_center, name="target_center"), last=True)
        else:
            draft.node("Softmax", hidden, last=True, attributes={"axis": 1})
        columns = self.biases[-1].shape[0]
        return assemble(draft.done(), width=len(self.inputs), columns=columns, task=self.task)


def expand(inputs: Sequence[Input], X: npt.ArrayLike, center: Single, scale: Single) -> Single:
    """Return the coordinates that a network's first layer sees; see `Network.expand`."""
    raw = np.asarray(X, dtype=np.float32)
    if raw.ndim != 2 or raw.shape[1] != len(inputs):
        raise ModelError(
            f"rows of shape {raw.shape} for a network of {len(inputs)} inputs",
            hint="Encode the rows as the model's card says.",
        )
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = (raw[:, _numeric(inputs)] - center) * scale
    missing = np.isnan(scaled)
    numbers = np.clip(np.where(missing, np.float32(0), scaled), np.float32(-CLIP), np.float32(CLIP))
    columns, positions = _levels(inputs)
    return np.concatenate([numbers, missing, raw[:, columns] == positions], axis=1, dtype=np.float32)


def coordinate_nodes(draft: Draft, inputs: Sequence[Input], center: Single, scale: Single) -> str:
    """Add the nodes that compute what `expand` does from the raw matrix, and return the name of the result."""
    parts: list[str] = []
    columns = _numeric(inputs)
    if len(columns):
        raw = draft.node("Gather", INPUT, draft.constant(columns, np.int64), attributes={"axis": 1})
        moved = draft.node("Sub", raw, draft.constant(center, name="center"))
        scaled = draft.node("Mul", moved, draft.constant(scale, name="scale"))
        missing = draft.node("IsNaN", scaled)
        filled = draft.node("Where", missing, draft.constant(0.0), scaled)
        clipped = draft.node("Clip", filled, draft.constant(-CLIP), draft.constant(CLIP))
        parts += [clipped, draft.node("Cast", missing, attributes={"to": 1})]
    columns, positions = _levels(inputs)
    if len(columns):
        spread = draft.node("Gather", INPUT, draft.constant(columns, np.int64), attributes={"axis": 1})
        parts.append(draft.node("Cast", draft.node("Equal", spread, draft.constant(positions)), attributes={"to": 1}))
    return draft.node("Concat", *parts, attributes={"axis": 1})


def standard(inputs: Sequence[Input], X: npt.ArrayLike) -> tuple[Single, Single]:
    """Return mean and inverse deviation of the numeric inputs, (p,) each; 0 for a column that says nothing."""
    numbers = np.asarray(X, dtype=np.float32)[:, _numeric(inputs)].astype(np.float64)
    there = np.isfinite(numbers)
    count = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, numbers, 0.0).sum(axis=0) / count
    deviation = np.sqrt((np.where(there, numbers - mean, 0.0) ** 2).sum(axis=0) / count)
    inverse = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 1e-12 * (1 + np.abs(mean)))
    return mean.astype(np.float32), inverse.astype(np.float32)


def read_network(model: bytes, inputs: tuple[Input, ...], task: Task) -> Network:
    """Return the network that a model file holds.

    Parameters
    ----------
    model : bytes
        A file that `Network.to_onnx` wrote.
    inputs : tuple of Input
        From the model's card.
    task : {"classification", "regression"}
        From the model's card.

    Raises
    ------
    ModelError
        The file holds something else.
    UnsafeModelError
        The file is outside the format.
    """
    held = arrays(model)
    numbers = len(_numeric(inputs))
    shapes: dict[str, tuple[int, ...]] = {"center": (numbers,), "scale": (numbers,)} if numbers else {}
    if task == "regression":
        shapes |= {"target_center": (), "target_scale": ()}
    before, depth = 2 * numbers + len(_levels(inputs)[0]), 0
    while f"bias{depth}" in held:
        after = held[f"bias{depth}"].size
        shapes |= {f"weight{depth}": (before, after), f"bias{depth}": (after,)}
        before, depth = after, depth + 1
    good = [
        name in held and held[name].shape == shape and held[name].dtype == np.float32 for name, shape in shapes.items()
    ]
    if not depth or not all(good):
        raise _not_this_preset()
    nothing = np.empty(0, dtype=np.float32)
    network = Network(
        inputs=inputs,
        task=task,
        center=held.get("center", nothing),
        scale=held.get("scale", nothing),
        weights=tuple(held[f"weight{layer}"] for layer in range(depth)),
        biases=tuple(held[f"bias{layer}"] for layer in range(depth)),
        target_center=float(held.get("target_center", np.zeros(()))),
        target_scale=float(held.get("target_scale", np.ones(()))),
    )
    if network.to_onnx() != model:  # other nodes between the same arrays
        raise _not_this_preset()
    return network


def _not_this_preset() -> ModelError:
    return ModelError("the model file is not a network of this preset", hint="Train a new model instead.")


def _numeric(inputs: Sequence[Input]) -> NDArray[np.int64]:
    return np.array([number for number, one in enumerate(inputs) if one.type == "number"], dtype=np.int64)


def _levels(inputs: Sequence[Input]) -> tuple[NDArray[np.int64], Single]:
    """Return, for each level of each category, its column and its position."""
    pairs = [
        (number, level)
        for number, one in enumerate(inputs)
        if one.type == "category"
        for level in range(len(one.levels))
    ]
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1].astype(np.float32)
