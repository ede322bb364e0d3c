# SPDX-License-Identifier: Apache-2.0
"""Graphs as data: pieces that our exporters make, and the model file that is made of them.

A `Fragment` computes one tensor from another; a `Draft` writes it node by node; :func:`assemble` makes a model file of
it.  Every exporter of this package hands its work over as a fragment, so that it can stand alone or behind the steps of
a pipeline.

Rules
-----
* The bytes follow from the model alone: names are numbered, nothing says who wrote them, when or where.
* What is written passes `lwnode.models.scan`, or is not written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from lwnode.errors import ModelError
from lwnode.models.format import INPUT, IR_VERSION, OPSET, TREES_DOMAIN, TREES_OPSET, output_of
from lwnode.models.scan import scan
from lwnode.types import Task

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

_OLD_TREES: Final = frozenset({"TreeEnsembleClassifier", "TreeEnsembleRegressor"})  # gone in version 5 of their domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """Nodes and constants that compute ``target`` from ``source``.

    Parameters
    ----------
    source, target : str
        Names of the tensor that goes in and of the one that comes out.
    nodes : tuple of NodeProto
        In the order of computation.
    constants : tuple of TensorProto
    """

    source: str
    target: str
    nodes: tuple[NodeProto, ...]
    constants: tuple[TensorProto, ...]


class Draft:
    """A fragment in the making: every call adds one node and returns the name of its result.

    Parameters
    ----------
    source, target : str
        As in `Fragment`.
    prefix : str
        Starts the name of every tensor in between, so that several fragments can stand in one graph.
    """

    def __init__(self, *, source: str, target: str, prefix: str = "") -> None:
        self.source = source
        self.target = target
        self._prefix = prefix
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []

    def constant(self, values: npt.ArrayLike, dtype: type[np.generic] = np.float32, *, name: str = "") -> str:
        """Add an array, and return its name."""
        from onnx import numpy_helper

        name = name or f"{self._prefix}c{len(self._constants)}"
        # np.ascontiguousarray would make a matrix of a number
        self._constants.append(numpy_helper.from_array(np.asarray(values, dtype=dtype, order="C"), name))
        return name

    def node(
        self,
        operator: str,
        *inputs: str,
        last: bool = False,
        domain: str = "",
        attributes: Mapping[str, Any] | None = None,
    ) -> str:
        """Add a node; ``last`` makes its result the target of the fragment."""
        from onnx import helper

        name = self.target if last else f"{self._prefix}t{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], domain=domain, **(attributes or {})))
        return name

    def several(
        self, operator: str, *inputs: str, count: int, attributes: Mapping[str, Any] | None = None
    ) -> tuple[str, ...]:
        """Add a node with several results, and return their names."""
        from onnx import helper

        names = [f"{self._prefix}t{len(self._nodes)}.{number}" for number in range(count)]
        self._nodes.append(helper.make_node(operator, inputs, names, **(attributes or {})))
        return tuple(names)

    def done(self) -> Fragment:
        """Return the fragment."""
        return Fragment(
            source=self.source, target=self.target, nodes=tuple(self._nodes), constants=tuple(self._constants)
        )


def assemble(fragment: Fragment, *, width: int, columns: int, task: Task) -> bytes:
    """Return the model file of a fragment that leads from `format.INPUT` to the output of ``task``.

    Parameters
    ----------
    fragment : Fragment
    width, columns : int
        Columns of the input and of the answer.
    task : {"classification", "regression", "feature extraction"}

    Raises
    ------
    UnsafeModelError
        The file would break the format, such as by its size.
    """
    return write(fragment.nodes, fragment.constants, width=width, columns=columns, task=task, versions={})


def write(
    nodes: Sequence[NodeProto],
    constants: Sequence[TensorProto],
    *,
    width: int,
    columns: int,
    task: Task,
    versions: Mapping[str, int],
) -> bytes:
    """Return the bytes of a model file.

    Parameters
    ----------
    nodes, constants : sequence
        From `format.INPUT` to the output of ``task``.
    width, columns : int
        Columns of the input and of the answer; ``columns`` 0 leaves it open.
    task : {"classification", "regression", "feature extraction"}
    versions : mapping of domain to version
        What the nodes were written for, where that is not our own.

    Raises
    ------
    ModelError
        Tree ensembles of the older and of the newer form in one graph.
    UnsafeModelError
        The file would break the format.
    """
    from onnx import TensorProto, helper

    operators = {node.op_type for node in nodes}
    opsets = {"": versions.get("", OPSET)}
    if any(node.domain == TREES_DOMAIN for node in nodes):
        opsets[TREES_DOMAIN] = versions.get(TREES_DOMAIN, TREES_OPSET)
    if "TreeEnsemble" in operators:
        opsets[TREES_DOMAIN] = max(TREES_OPSET, opsets[TREES_DOMAIN])
        if operators & _OLD_TREES:
            raise ModelError(
                "the model mixes two kinds of tree ensembles that no single file can hold",
                hint="Publish them as two models, or combine one kind with linear models.",
            )
    graph = helper.make_graph(
        nodes,
        "lwnode",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info(output_of(task), TensorProto.FLOAT, [None, columns or None])],
        constants,
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid(domain, version) for domain, version in sorted(opsets.items())],
        ir_version=IR_VERSION,
        producer_name="lwnode",
    )
    data: bytes = model.SerializeToString(deterministic=True)
    scan(data)
    return data
