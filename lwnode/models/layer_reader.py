# SPDX-License-Identifier: Apache-2.0
"""Reads the trained layers out of a model file, found or own, without running it.

A file that this reads is a *front*, which brings raw columns into coordinates and was not trained, then a chain of
layers, then the answer (`lwnode.models.layers`).  Logistic and ridge regressions, networks, and the private logistic,
ridge, network and convolutional models of `lwnode.training` are of this form, whoever wrote them.

Rules
-----
* Nothing is executed: the file passes the scan, and its graph is walked backwards from the answer.  What is not known
  is refused with `ModelError`: another operator, an attribute with a meaning of its own, a shape that does not go with
  the one before, a number that is not finite.  Trees are never a front.
* Whoever trains the layers further compares what was read with what the file answers in a worker: reading is not
  believing.

Called by `lwnode.training.tuning`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import ModelError
from lwnode.models.format import COLUMN_LIMIT, INPUT, OPSET
from lwnode.models.layers import BENDS, TRAINED, Layers, Single, Step
from lwnode.models.normalise import leading_to
from lwnode.models.scan import parse, scan
from lwnode.types import Task

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

_SHAPES: Final = frozenset({"Reshape", "Transpose", "Flatten", "AveragePool"})
_FRONT_NAMES: Final = """
    Add And ArrayFeatureExtractor Cast Clip Concat Div Equal Flatten Floor Gather Gemm Greater GreaterOrEqual Identity
    Imputer IsInf IsNaN Less LessOrEqual MatMul Max Min Mul Neg Not OneHotEncoder Or Reshape Scaler Sub Transpose
    Unsqueeze Where
"""
_FRONT: Final = frozenset(_FRONT_NAMES.split())
_OLDEST_OPSET: Final = 13  # before, softmax and others meant something else


def read_layers(model: bytes, *, width: int) -> Layers:
    """Return the layers that a model file holds.

    Parameters
    ----------
    model : bytes
        A model file; foreign bytes are read in a process of their own.
    width : int
        Columns that it takes, as its card says.

    Raises
    ------
    ModelError
        The file is of another architecture.
    UnsafeModelError
        The file is outside the format.

    Notes
    -----
    O(nodes + numbers).
    """
    signature = scan(model)
    if signature.task not in ("classification", "regression"):
        raise _unknown("an answer that is neither probabilities nor a value")
    if signature.width not in (0, width):
        raise _unknown(f"{signature.width} columns where its card says {width}")
    return _Reader(parse(model), signature.task, width).read()


class _Reader:
    """One walk through a graph, backwards from the answer."""

    def __init__(self, model: ModelProto, task: Task, width: int) -> None:
        from onnx import numpy_helper

        self.graph = model.graph
        self.task = task
        self.width = width
        self.makers = {name: node for node in self.graph.node for name in node.output}
        self.stored: dict[str, NDArray[Any]] = {t.name: numpy_helper.to_array(t) for t in self.graph.initializer}
        self.versions = {"" if o.domain == "ai.onnx" else o.domain: o.version for o in model.opset_import}
        self.steps: list[Step] = []
        self.sources: list[str] = []  # what each of the steps takes
        self.limits: tuple[float, float] | None = None
        self.scale, self.shift = 1.0, 0.0
        if not _OLDEST_OPSET <= self.versions.get("", 0) <= 21:
            raise _unknown("operators of another version")

    def read(self) -> Layers:
        name = self._answer(self.graph.output[0].name)
        name = self._chain(name)
        first = self._first()
        self.steps, name = self.steps[first:], self.sources[first]
        inside, columns = self._shapes()
        if name == INPUT and inside != self.width:
            raise _unknown(f"layers that take {inside} of {self.width} columns")
        front = leading_to(self.graph.node, name)
        for node in front:
            if node.op_type not in _FRONT:
                raise _unknown(f"the operator {node.op_type} before its layers")
        used = {source for node in front for source in node.input}
        if name != INPUT and not front:
            raise _unknown("layers that do not begin at its input")
        return Layers(
            task=self.task,
            width=self.width,
            columns=columns,
            front=tuple(front),
            constants=tuple(tensor for tensor in self.graph.initializer if tensor.name in used),
            source=name,
            inside=inside,
            steps=tuple(self.steps),
            limits=self.limits,
            scale=self.scale,
            shift=self.shift,
            versions=self.versions | {"": max(self.versions[""], OPSET) if not front else self.versions[""]},
        )

    def _answer(self, name: str) -> str:
        """Take off what stands behind the last layer; return the name of the layer's result."""
        node = self._maker(name)
        if self.task == "classification":
            if node.op_type == "Normalizer" and _attribute(node, "norm", b"MAX") == b"L1":
                node = self._maker(node.input[0])
                if node.op_type != "LinearClassifier":
                    raise _unknown("probabilities that are scaled")
            if node.op_type == "Softmax" and _attribute(node, "axis", -1) in (1, -1):
                return str(node.input[0])
            if node.op_type == "LinearClassifier":
                return self._linear_classifier(node)
            raise _unknown(f"probabilities from {node.op_type}")
        if node.op_type == "LinearRegressor":
            return self._linear_regressor(node)
        if node.op_type == "Add" and self._number(node.input[1]) is not None:
            behind = self._maker(node.input[0])
            if behind.op_type == "Mul" and self._number(behind.input[1]) is not None:
                self.shift = float(self._number(node.input[1]) or 0.0)
                self.scale = float(self._number(behind.input[1]) or 0.0)
                name = behind.input[0]
                clip = self._maker(name)
                if clip.op_type == "Clip" and len(clip.input) == 3:
                    low, high = (self._number(limit) for limit in clip.input[1:])
                    if low is None or high is None or not low < high:
                        raise _unknown("limits that are not numbers")
                    self.limits, name = (low, high), clip.input[0]
        if self.scale == 0.0 or not math.isfinite(self.scale) or not math.isfinite(self.shift):
            raise _unknown("a scale that is none")
        return str(name)

    def _linear_classifier(self, node: NodeProto) -> str:
        classes = _attribute(node, "classlabels_ints", [])
        intercepts = np.array(_attribute(node, "intercepts", []), dtype=np.float32)
        flat = np.array(_attribute(node, "coefficients", []), dtype=np.float32)
        count = len(classes)
        kind = _attribute(node, "post_transform", b"NONE")
        if list(classes) != list(range(count)) or count < 2 or len(intercepts) != count or len(flat) % count:
            raise _unknown("a linear classifier of another form")
        weight = flat.reshape(count, -1).T.copy()
        if kind == b"LOGISTIC" and count == 2:  # each column through its own sigmoid: the second one says it all
            opposite = np.array_equal(weight[:, 0], -weight[:, 1]) and intercepts[0] == -intercepts[1]
            if not opposite:
                raise _unknown("two classes that are not opposite")
            weight[:, 0], intercepts[0] = 0.0, 0.0
        elif kind != b"SOFTMAX":
            raise _unknown("a linear classifier of another form")
        return self._put(Step(operator="Gemm", arrays=(weight, intercepts)), node.input[0])

    def _linear_regressor(self, node: NodeProto) -> str:
        weight = np.array(_attribute(node, "coefficients", []), dtype=np.float32)
        bias = np.array(_attribute(node, "intercepts", [0.0]), dtype=np.float32)
        plain = _attribute(node, "post_transform", b"NONE") == b"NONE" and _attribute(node, "targets", 1) == 1
        if not plain or len(bias) != 1 or not len(weight):
            raise _unknown("a linear regression of another form")
        return self._put(Step(operator="Gemm", arrays=(weight[:, None], bias)), node.input[0])

    def _chain(self, name: str) -> str:
        """Take up every layer that leads to ``name``; return the name of what the first of them takes."""
        while name in self.makers:
            node = self.makers[name]
            read = {"Gemm": self._gemm, "Add": self._added, "Conv": self._conv}.get(node.op_type)
            if read is not None:
                found = read(node)
                if found is None:
                    break
                name = found
            elif node.op_type in BENDS:
                name = self._put(Step(operator=node.op_type), node.input[0])
            elif node.op_type in _SHAPES:
                step = self._reshaping(node)
                if step is None:
                    break
                name = self._put(step, node.input[0])
            else:
                break
        return name

    def _put(self, step: Step, source: str) -> str:
        self.steps.insert(0, step)
        self.sources.insert(0, source)
        return source

    def _gemm(self, node: NodeProto) -> str | None:
        weight, bias = self._array(node.input[1]), self._array(node.input[2] if len(node.input) > 2 else "")
        plain = _attribute(node, "alpha", 1.0) == 1.0 and _attribute(node, "beta", 1.0) == 1.0
        if weight is None or bias is None or weight.ndim != 2 or not plain or _attribute(node, "transA", 0):
            return None
        weight = weight.T if _attribute(node, "transB", 0) else weight
        if bias.size != weight.shape[1]:
            return None
        return self._put(Step(operator="Gemm", arrays=(weight.copy(), bias.reshape(-1).copy())), node.input[0])

    def _added(self, node: NodeProto) -> str | None:
        """Take a product and a sum as the dense layer that they are."""
        bias, product = self._array(node.input[1]), self.makers.get(node.input[0])
        if bias is None or product is None or product.op_type != "MatMul":
            return None
        weight = self._array(product.input[1])
        if weight is None or weight.ndim != 2 or bias.size != weight.shape[1]:
            return None
        return self._put(Step(operator="Gemm", arrays=(weight.copy(), bias.reshape(-1).copy())), product.input[0])

    def _conv(self, node: NodeProto) -> str | None:
        kernel, bias = self._array(node.input[1]), self._array(node.input[2] if len(node.input) > 2 else "")
        dilations = list(_attribute(node, "dilations", [1, 1]))
        plain = _attribute(node, "auto_pad", b"NOTSET") == b"NOTSET" and _attribute(node, "group", 1) == 1
        if kernel is None or bias is None or kernel.ndim != 4 or not plain or dilations != [1, 1]:
            return None
        pads = tuple(_attribute(node, "pads", [0, 0, 0, 0]))
        strides = tuple(_attribute(node, "strides", [1, 1]))
        even = len(pads) == 4 and pads[:2] == pads[2:] and min(pads) >= 0
        if bias.shape != kernel.shape[:1] or not even or len(strides) != 2 or min(strides) < 1:
            return None
        numbers = {"pads": pads, "strides": strides}
        return self._put(Step(operator="Conv", arrays=(kernel.copy(), bias.copy()), numbers=numbers), node.input[0])

    def _reshaping(self, node: NodeProto) -> Step | None:
        if node.op_type == "Flatten" and _attribute(node, "axis", 1) == 1:
            return Step(operator="Flatten")
        if node.op_type == "Transpose" and tuple(_attribute(node, "perm", [])) == (0, 3, 1, 2):
            return Step(operator="Transpose", numbers={"perm": (0, 3, 1, 2)})
        if node.op_type == "Reshape" and node.input[1] in self.stored:
            shape = tuple(int(size) for size in self.stored[node.input[1]].reshape(-1))
            if len(shape) == 4 and shape[0] == -1 and min(shape[1:]) > 0 and not _attribute(node, "allowzero", 0):
                return Step(operator="Reshape", numbers={"shape": shape})
        if node.op_type == "AveragePool":
            kernel = tuple(_attribute(node, "kernel_shape", []))
            strides = tuple(_attribute(node, "strides", [1, 1]))
            known = {attribute.name for attribute in node.attribute} <= {"kernel_shape", "strides"}
            if known and len(kernel) == len(strides) == 2 and min(*kernel, *strides) > 0:
                return Step(operator="AveragePool", numbers={"kernel_shape": kernel, "strides": strides})
        return None

    def _first(self) -> int:
        """Return the position of the first step that is trained, with the reshaping that it needs.

        A layer without a bend behind it is a change of coordinates, and stays in the front.
        """
        trained = [place for place, step in enumerate(self.steps) if step.operator in TRAINED]
        if not trained or self.steps[trained[-1]].operator != "Gemm":
            raise _unknown("no dense layer at its end")
        first = trained[-1]
        for earlier, later in zip(reversed(trained[:-1]), reversed(trained[1:]), strict=True):
            between = {step.operator for step in self.steps[earlier:later]}
            if not between & BENDS:
                break
            first = earlier
        if self.steps[first].operator == "Conv":
            before = [step.operator for step in self.steps[max(0, first - 2) : first]]
            dense = next(place for place in trained if self.steps[place].operator == "Gemm")
            shape = self.steps[first - 2].numbers.get("shape", ()) if before == ["Reshape", "Transpose"] else ()
            first = first - 2 if shape and math.prod(shape[1:]) <= COLUMN_LIMIT else dense
        if self.steps[first].operator == "Gemm" and self.steps[first].arrays[0].shape[0] > COLUMN_LIMIT:
            raise _unknown(f"layers that take more than {COLUMN_LIMIT} coordinates")
        return first

    def _shapes(self) -> tuple[int, int]:
        """Check that every step takes what the one before gives; return the columns of the first and of the last."""
        shape: tuple[int, ...] = ()
        inside = 0
        for place, step in enumerate(self.steps):
            if place == 0:
                shape = (
                    (step.arrays[0].shape[0],) if step.operator == "Gemm" else (math.prod(step.numbers["shape"][1:]),)
                )
                inside = shape[0]
            shape = _shape_behind(step, shape)
            for array in step.arrays:
                if not np.isfinite(array).all():
                    raise _unknown("numbers that are not finite")
        if len(shape) != 1 or (self.task == "regression" and shape != (1,)) or shape[0] > COLUMN_LIMIT:
            raise _unknown("another number of answers")
        return inside, shape[0]

    def _maker(self, name: str) -> NodeProto:
        if name not in self.makers:
            raise _unknown("no layers")
        return self.makers[name]

    def _array(self, name: str) -> Single | None:
        found = self.stored.get(name)
        return found if found is not None and found.dtype == np.float32 else None

    def _number(self, name: str) -> float | None:
        found = self.stored.get(name)
        return float(found.reshape(-1)[0]) if found is not None and found.size == 1 else None


def _shape_behind(step: Step, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of a row behind a step."""
    if step.operator == "Gemm" and shape == step.arrays[0].shape[:1]:
        return (step.arrays[0].shape[1],)
    if step.operator in BENDS:
        return shape
    if step.operator == "Reshape" and math.prod(step.numbers["shape"][1:]) == math.prod(shape):
        return step.numbers["shape"][1:]
    if step.operator == "Transpose" and len(shape) == 3:
        return (shape[2], shape[0], shape[1])
    if step.operator == "Flatten":
        return (math.prod(shape),)
    if step.operator in ("Conv", "AveragePool") and len(shape) == 3:
        channels, *sides = shape
        pads = step.numbers.get("pads", (0, 0, 0, 0))
        kernel = step.arrays[0].shape[2:] if step.arrays else step.numbers["kernel_shape"]
        out = [
            (side + 2 * pad - size) // stride + 1
            for side, pad, size, stride in zip(sides, pads, kernel, step.numbers["strides"], strict=False)
        ]
        if min(out) >= 1 and (not step.arrays or step.arrays[0].shape[1] == channels):
            return (step.arrays[0].shape[0] if step.arrays else channels, *out)
    raise _unknown("layers whose shapes do not go together")


def _attribute(node: NodeProto, name: str, default: Any) -> Any:
    from onnx import helper

    for attribute in node.attribute:
        if attribute.name == name:
            return helper.get_attribute_value(attribute)
    return default


def _unknown(what: str) -> ModelError:
    return ModelError(
        f"the model's layers cannot be read: it has {what}",
        hint="It can be corrected by a second model on top of it instead.",
    )
