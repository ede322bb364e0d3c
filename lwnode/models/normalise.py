# SPDX-License-Identifier: Apache-2.0
"""Another exporter's file in the one format: one input, one output, nothing else in it.

Rules
-----
* Only what leads to the answer is kept: a classifier's label, and the list of dictionaries that some exporters make of
  its probabilities, are dropped.
* Names, documentation and metadata are dropped: exporters leave class names, user names, paths and dates in them.
* Called for our owner's own files (`lwnode.models.export`, `lwnode.models.adopt`), never for a partner's: those run as
  they are, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lwnode.errors import ModelError
from lwnode.models.format import INPUT, output_of
from lwnode.models.graph import write
from lwnode.models.scan import parse
from lwnode.types import Task

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, ValueInfoProto


def normalise(
    model: bytes | ModelProto,
    *,
    task: Task,
    width: int,
    columns: int = 0,
    versions: Mapping[str, int] | None = None,
) -> bytes:
    """Bring another exporter's file into the one format.

    Parameters
    ----------
    model : bytes or ModelProto
        The other exporter's file.
    task : {"classification", "regression", "feature extraction"}
    width : int
        Columns of the input.
    columns : int
        Columns of the answer; 0 leaves it open.
    versions : mapping of domain to version, optional
        What the nodes were written for; otherwise what the file says.

    Returns
    -------
    bytes
        The same computation, from ``input`` to the output that the task has.

    Raises
    ------
    ModelError
        No single matrix of numbers goes in, or none comes out that answers the task.
    UnsafeModelError
        The file is outside the format all the same.
    """
    from onnx import TensorProto, helper

    old = parse(model) if isinstance(model, bytes) else model
    nodes = list(old.graph.node)
    constants = list(old.graph.initializer)
    start = _start(old.graph, width)
    end = _end(old.graph, task)
    if start.type.tensor_type.elem_type == TensorProto.DOUBLE:
        nodes.insert(0, helper.make_node("Cast", [f"{start.name} single"], [start.name], to=TensorProto.DOUBLE))
        begin = f"{start.name} single"
    else:
        begin = start.name
    declared = next((value.type.tensor_type for value in old.graph.output if value.name == end), None)
    if declared is None or declared.elem_type != TensorProto.FLOAT:
        nodes.append(helper.make_node("Cast", [end], [f"{end} single"], to=TensorProto.FLOAT))
        end = f"{end} single"
    shape = [dim.dim_value for dim in declared.shape.dim] if declared is not None else []  # 0 where open
    if task == "regression" and shape[1:] != [1]:
        if len(shape) > 2 or shape[1:] > [1]:
            raise ModelError("the model gives several values for a row", hint="Export one model for each value.")
        constants.append(helper.make_tensor(f"{end} shape", TensorProto.INT64, [2], [-1, 1]))
        nodes.append(helper.make_node("Reshape", [end, f"{end} shape"], [f"{end} column"]))
        end = f"{end} column"
    kept = leading_to(nodes, end)
    stored = {tensor.name: tensor for tensor in constants}
    used = dict.fromkeys(name for node in kept for name in node.input)
    constants = [stored[name] for name in used if name in stored]
    names = {"": "", begin: INPUT, end: output_of(task)}
    names.update((tensor.name, f"c{number}") for number, tensor in enumerate(constants))
    made = [name for node in kept for name in node.output if name not in names]
    names.update((name, f"t{number}") for number, name in enumerate(made))
    for tensor in constants:
        tensor.name = names[tensor.name]
        tensor.ClearField("doc_string")
        tensor.ClearField("metadata_props")
    columns = 1 if task == "regression" else columns
    clean = [_renamed(node, names) for node in kept]
    said = {"" if opset.domain == "ai.onnx" else opset.domain: opset.version for opset in old.opset_import}
    return write(clean, constants, width=width, columns=columns, task=task, versions=versions or said)


def _start(graph: GraphProto, width: int) -> ValueInfoProto:
    """Return the one input, a float matrix of this width."""
    from onnx import TensorProto

    stored = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in stored]
    numbers = (TensorProto.FLOAT, TensorProto.DOUBLE)
    if len(inputs) != 1 or inputs[0].type.tensor_type.elem_type not in numbers:
        raise ModelError(
            f"the model takes {len(inputs)} input(s), one matrix of floating-point numbers is expected",
            hint="Export it with a single float32 input that holds all columns.",
        )
    said = [dim.dim_value for dim in inputs[0].type.tensor_type.shape.dim]  # 0 where open, empty where unsaid
    if said and (len(said) != 2 or said[1] not in (0, width)):
        raise ModelError(
            f"the model takes an input of shape {said[1:]}, the columns are {width}",
            hint="Name all columns that it takes, in their order.",
        )
    return inputs[0]


def _end(graph: GraphProto, task: Task) -> str:
    """Return the name of the tensor that answers the task."""
    from onnx import TensorProto

    makers = {name: node for node in graph.node for name in node.output}
    numbers = (TensorProto.FLOAT, TensorProto.DOUBLE)
    found = [value.name for value in graph.output if value.type.tensor_type.elem_type in numbers]
    if task == "classification":
        listed = [value.name for value in graph.output if value.type.HasField("sequence_type")]
        found += [makers[name].input[0] for name in listed if name in makers and makers[name].op_type == "ZipMap"]
    if output_of(task) in found:
        return output_of(task)
    if len(found) != 1:
        raise ModelError(
            f"the model has {len(found)} output(s) that could answer {task}",
            hint=f"Export it with one float32 output named '{output_of(task)}'.",
        )
    return str(found[0])


def leading_to(nodes: Sequence[NodeProto], target: str) -> list[NodeProto]:
    """Return the nodes that ``target`` depends on, in an order of computation that follows from the graph alone."""
    makers = {name: node for node in nodes for name in node.output}
    kept: list[NodeProto] = []
    done: set[str] = set()
    waiting = [target]
    while waiting:
        name = waiting[-1]
        node = makers.get(name)
        if node is None or name in done:
            waiting.pop()
            continue
        missing = [source for source in node.input if source in makers and source not in done]
        if missing and len(waiting) <= len(nodes):  # deeper than there are nodes is a circle, which the runtime refuses
            waiting.append(missing[0])
            continue
        kept.append(node)
        done.update(node.output)
    return kept


def _renamed(node: NodeProto, names: Mapping[str, str]) -> NodeProto:
    """Return the node without its own name and notes, its tensors under new names."""
    import onnx

    clean = onnx.NodeProto()
    clean.CopyFrom(node)
    for field in ("name", "doc_string", "metadata_props"):
        clean.ClearField(field)
    attributes = sorted(node.attribute, key=lambda attribute: attribute.name)
    clean.ClearField("attribute")
    clean.attribute.extend(attributes)
    clean.input[:] = [names.get(name, name) for name in node.input]
    clean.output[:] = [names[name] for name in node.output]
    return clean
