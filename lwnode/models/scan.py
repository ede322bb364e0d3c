# SPDX-License-Identifier: Apache-2.0
"""The structural scan: what a model file holds, looked at before anything is made of it.

Rules
-----
* The scan runs in the worker process, on foreign bytes, before an inference session exists; on our own files it also
  runs where they are written, so that nobody publishes what partners will refuse.
* Everything that is not known to be harmless is refused, with the reason.  Tensors that live in another file are the
  classic way out of a sandbox (CVE-2022-25882, CVE-2024-27318), other operator domains load code.
* A tensor may not claim to be larger than what the file stores for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NoReturn

from lwnode.errors import UnsafeModelError
from lwnode.models.format import (
    COLUMN_LIMIT,
    DOMAINS,
    INPUT,
    MODEL_LIMIT,
    NODE_LIMIT,
    OPERATORS,
    OUTPUTS,
    TREE_OPERATORS,
    TREES_DOMAIN,
    WIDTH_LIMIT,
    Signature,
    printable,
)

if TYPE_CHECKING:
    from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto

_HINT: Final = "Ask its owner for a file written by lwnode, or by a plain ONNX exporter without extensions."
_ORT_FORMAT: Final = b"ORTM"  # identifier of the runtime's own format, which is not the one scanned here

# element type -> bytes of one element in raw form, and the field that holds it otherwise
_NUMBERS: Final[dict[str, tuple[int, str]]] = {
    "FLOAT": (4, "float_data"),
    "UINT8": (1, "int32_data"),
    "INT8": (1, "int32_data"),
    "UINT16": (2, "int32_data"),
    "INT16": (2, "int32_data"),
    "INT32": (4, "int32_data"),
    "INT64": (8, "int64_data"),
    "BOOL": (1, "int32_data"),
    "FLOAT16": (2, "int32_data"),
    "DOUBLE": (8, "double_data"),
    "UINT32": (4, "uint64_data"),
    "UINT64": (8, "uint64_data"),
}
_ATTRIBUTES: Final = frozenset({"FLOAT", "INT", "STRING", "TENSOR", "FLOATS", "INTS", "STRINGS"})


def parse(data: bytes) -> ModelProto:
    """Return the protobuf message in ``data``.

    Parameters
    ----------
    data : bytes
        A model file.

    Raises
    ------
    UnsafeModelError
        Empty, over `MODEL_LIMIT`, or not an ONNX message.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it ships no types

    if not data or len(data) > MODEL_LIMIT:
        _refuse(f"a model file of {len(data)} bytes; 1 to {MODEL_LIMIT} are allowed")
    if data[4:8] == _ORT_FORMAT:
        _refuse("the runtime's own format instead of ONNX")
    try:
        model = onnx.ModelProto.FromString(data)
    except DecodeError:
        _refuse("not an ONNX file")
    if not model.HasField("graph") or not model.graph.node:
        _refuse("not an ONNX file, or one without a graph")
    return model


def scan(data: bytes) -> Signature:
    """Look at a model file without running it, and return what it says of its input and output.

    Parameters
    ----------
    data : bytes
        A model file.

    Returns
    -------
    Signature

    Raises
    ------
    UnsafeModelError
        The file is outside the format (`lwnode.models.format`); the message names what it is about.

    Notes
    -----
    Cost: one parse, O(nodes + tensors).
    """
    model = parse(data)
    for opset in model.opset_import:
        if opset.domain not in DOMAINS:
            _refuse(f"the operator domain '{printable(opset.domain, 40)}'")
    if model.functions or model.training_info:
        _refuse("functions or training steps")
    graph = model.graph
    if len(graph.node) > NODE_LIMIT:
        _refuse(f"a graph of {len(graph.node)} nodes, {NODE_LIMIT} allowed")
    if graph.sparse_initializer:
        _refuse("sparse tensors")
    for tensor in graph.initializer:
        _check_tensor(tensor)
    for node in graph.node:
        _check_node(node)
    return _signature(graph)


def _refuse(what: str) -> NoReturn:
    raise UnsafeModelError(f"the model file was refused: {what}", hint=_HINT)


def _check_node(node: NodeProto) -> None:
    allowed = TREE_OPERATORS if node.domain == TREES_DOMAIN else OPERATORS
    if node.domain not in DOMAINS or node.op_type not in allowed:
        name = f"{node.domain}.{node.op_type}" if node.domain else node.op_type
        _refuse(f"the operator '{printable(name, 60)}'")
    for attribute in node.attribute:
        _check_attribute(node, attribute)


def _check_attribute(node: NodeProto, attribute: AttributeProto) -> None:
    import onnx

    where = f"{printable(node.op_type, 30)}.{printable(attribute.name, 30)}"
    try:
        kind = onnx.AttributeProto.AttributeType.Name(attribute.type)
    except ValueError:
        kind = ""
    extra = (attribute.HasField("g"), attribute.graphs, attribute.HasField("sparse_tensor"), attribute.sparse_tensors)
    if kind not in _ATTRIBUTES or attribute.ref_attr_name or any(extra):
        _refuse(f"the attribute {where} (a sub-graph, a reference or sparse)")
    if attribute.HasField("t"):
        _check_tensor(attribute.t)
    for tensor in attribute.tensors:
        _check_tensor(tensor)


def _check_tensor(tensor: TensorProto) -> None:
    import onnx

    if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
        _refuse("a tensor that is stored in another file")
    try:
        kind = onnx.TensorProto.DataType.Name(tensor.data_type)
    except ValueError:
        kind = ""
    if kind not in _NUMBERS or tensor.HasField("segment"):
        _refuse("a tensor of a type other than numbers")
    size, field = _NUMBERS[kind]
    elements = 1
    for length in tensor.dims:
        if length < 0:
            _refuse("a tensor of negative size")
        elements *= length
    stored = len(tensor.raw_data) if tensor.HasField("raw_data") else len(getattr(tensor, field)) * size
    if elements * size != stored:
        _refuse("a tensor that does not hold what its shape says")


def _signature(graph: GraphProto) -> Signature:
    stored = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in stored]
    if len(inputs) != 1 or inputs[0].name != INPUT:
        _refuse(f"inputs other than one named '{INPUT}'")
    if len(graph.output) != 1 or graph.output[0].name not in OUTPUTS:
        _refuse(f"outputs other than one named {_listed(OUTPUTS)}")
    width = _columns(inputs[0], WIDTH_LIMIT)
    columns = _columns(graph.output[0], COLUMN_LIMIT)
    if graph.output[0].name == "values" and columns > 1:
        _refuse("several values for a row")
    return Signature(output=graph.output[0].name, width=width, columns=columns)


def _columns(value: ValueInfoProto, limit: int) -> int:
    """Return the second dimension of a float32 matrix, 0 where it is open."""
    import onnx

    kind = value.type.tensor_type
    if not value.type.HasField("tensor_type") or kind.elem_type != onnx.TensorProto.FLOAT:
        _refuse(f"'{printable(value.name, 30)}' is not a float32 tensor")
    if not kind.HasField("shape"):
        return 0
    if len(kind.shape.dim) != 2:
        _refuse(f"'{printable(value.name, 30)}' is not a matrix")
    columns = int(kind.shape.dim[1].dim_value)
    if not 0 <= columns <= limit:
        _refuse(f"'{printable(value.name, 30)}' has {columns} columns, {limit} allowed")
    return columns


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
