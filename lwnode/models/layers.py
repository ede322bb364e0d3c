# SPDX-License-Identifier: Apache-2.0
"""The trained layers of a model, with what stands before and behind them, as arrays; and their file.

::

    front    Gather, Sub, Mul, Where, ...: imputing, scaling, levels; kept node by node as it is
    chain    Gemm, Conv, MatMul with Add; Relu or Tanh between them; the reshaping of pictures and their pooling
    answer   softmax; or a value, scaled, shifted and clipped

Rules
-----
* What is written differs from what was read in the numbers of the layers alone; a logistic regression of the tree
  domain becomes a dense layer and a softmax.  Names and remarks of the file that was read do not come along.

`lwnode.models.layer_reader` reads them out of a file.  Called by `lwnode.training`'s ways to train further.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from lwnode.models.format import output_of
from lwnode.models.graph import Draft, write
from lwnode.models.normalise import normalise
from lwnode.types import Task

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

TRAINED: Final = frozenset({"Gemm", "Conv"})
BENDS: Final = frozenset({"Relu", "Tanh"})

Single = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """One operator of the chain.

    Parameters
    ----------
    operator : {"Gemm", "Conv", "Relu", "Tanh", "Reshape", "Transpose", "Flatten", "AveragePool"}
    arrays : tuple of float32
        A dense layer's weight (in, out) and bias (out,); a convolution's kernels (out, in, h, w) and bias (out,).
    numbers : mapping of str to tuple of int
        ``strides`` and ``pads`` of a convolution, ``kernel_shape`` and ``strides`` of a pool, ``shape``, ``perm``.
    """

    operator: str
    arrays: tuple[Single, ...] = ()
    numbers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layers:
    """The layers of a model file, with what stands before and behind them.

    Parameters
    ----------
    task : {"classification", "regression"}
    width, columns : int
        Columns of the raw matrix and of the answer.
    front : tuple of NodeProto
        From the raw matrix to ``source``.
    constants : tuple of TensorProto
        Of the front.
    source : str
        Name of the tensor that the first step takes.
    inside : int
        Its columns.
    steps : tuple of Step
    limits : (float, float) or None
        Between which a regressor's result is clipped, before it is scaled.
    scale, shift : float
        A regressor's value is ``result * scale + shift``.
    versions : mapping of domain to version
        What the front was written for.
    """

    task: Task
    width: int
    columns: int
    front: tuple[NodeProto, ...]
    constants: tuple[TensorProto, ...]
    source: str
    inside: int
    steps: tuple[Step, ...]
    limits: tuple[float, float] | None = None
    scale: float = 1.0
    shift: float = 0.0
    versions: Mapping[str, int]

    @property
    def arrays(self) -> tuple[Single, ...]:
        """Every trained array, in the order of the chain."""
        return tuple(array for step in self.steps for array in step.arrays)

    @property
    def family(self) -> str:
        """What such a model is called."""
        kinds = [step.operator for step in self.steps if step.operator in TRAINED]
        if "Conv" in kinds:
            return "convolutional neural network"
        if len(kinds) > 1:
            return "neural network"
        return "logistic regression" if self.task == "classification" else "linear regression"

    def holding(self, arrays: Sequence[Single]) -> Layers:
        """Return the same layers with other numbers of the same shapes."""
        waiting = iter(arrays)
        steps = tuple(replace(step, arrays=tuple(next(waiting) for _ in step.arrays)) for step in self.steps)
        if [a.shape for a in self.arrays] != [a.shape for step in steps for a in step.arrays]:
            raise ValueError("arrays of other shapes")
        return replace(self, steps=steps)

    def front_file(self) -> bytes | None:
        """Return the front as a model file of its own that gives ``features``; None where there is none."""
        if not self.front:
            return None
        draft = Draft(source=self.source, target=output_of("feature extraction"))
        draft.node("Identity", self.source, last=True)
        return write(
            [*self.front, *draft.done().nodes],
            self.constants,
            width=self.width,
            columns=self.inside,
            task="feature extraction",
            versions=self.versions,
        )

    def to_onnx(self) -> bytes:
        """Return the whole model file."""
        taken = {name for node in self.front for name in (*node.input, *node.output)}
        prefix = "layer "
        while any(name.startswith(prefix) for name in taken):
            prefix = f"_{prefix}"
        draft = Draft(source=self.source, target=output_of(self.task), prefix=prefix)
        hidden = self.source
        for step in self.steps:
            hidden = _written(draft, step, hidden)
        if self.task == "classification":
            draft.node("Softmax", hidden, last=True, attributes={"axis": 1})
        else:
            if self.limits is not None:
                hidden = draft.node("Clip", hidden, *(draft.constant(limit) for limit in self.limits))
            scaled = draft.node("Mul", hidden, draft.constant(self.scale))
            draft.node("Add", scaled, draft.constant(self.shift), last=True)
        made = draft.done()
        whole = write(
            [*self.front, *made.nodes],
            [*self.constants, *made.constants],
            width=self.width,
            columns=self.columns,
            task=self.task,
            versions=self.versions,
        )
        return normalise(whole, task=self.task, width=self.width, columns=self.columns)


def _written(draft: Draft, step: Step, hidden: str) -> str:
    """Add a step to a draft, and return the name of its result."""
    named = [draft.constant(array) for array in step.arrays]
    how: dict[str, Any] = {name: list(numbers) for name, numbers in step.numbers.items()}
    if step.operator == "Reshape":
        named, how = [draft.constant(how["shape"], np.int64)], {}
    elif step.operator == "Flatten":
        how = {"axis": 1}
    elif step.operator == "Conv":
        how["kernel_shape"] = list(step.arrays[0].shape[2:])
    return draft.node(step.operator, hidden, *named, attributes=how)
