# SPDX-License-Identifier: Apache-2.0
"""Several model files in one graph: each a part under names of its own, all at one version of every operator.

Rules
-----
* A part computes in the whole what it computes alone: its nodes and constants are taken as they are, renamed.
* Operators mean what they meant: a part that was written for another version of the operators is taken only where none
  of its operators changed its meaning in between; anything else is a `ModelError`, never a guess.
* Nothing is executed; each file passes the scan before, and the whole passes it after (`lwnode.models.graph.write`).

Called by the training room: `lwnode.training.residual` puts a correction on a start, `lwnode.training.composing`
combines several models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lwnode.errors import ModelError
from lwnode.models.format import INPUT, OPSET, TREES_DOMAIN, TREES_OPSET
from lwnode.models.graph import Draft, Fragment, write
from lwnode.models.normalise import leading_to, normalise
from lwnode.models.scan import parse, scan
from lwnode.types import Task

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

_OLDEST: Final = 13
_NEWEST: Final = 21
# operators whose later versions take more element types, or say by an attribute what was the only way before
_WIDENED_NAMES: Final = """
    Add And Cast Constant ConstantOfShape Div Equal Flatten Greater GreaterOrEqual Identity LeakyRelu Less LessOrEqual
    Mul PRelu Pow Relu Reshape Shape Size Squeeze Sub Transpose Unsqueeze Where
"""
_WIDENED: Final = frozenset(_WIDENED_NAMES.split())
_TREES: Final = frozenset({"TreeEnsembleClassifier", "TreeEnsembleRegressor"})


@dataclass(slots=True)
class Composition:
    """A graph in the making, of several parts.

    Parameters
    ----------
    nodes, constants : list
        Of the parts so far.
    versions : dict of domain to version
        The newest that a part was written for, or our own.
    """

    nodes: list[NodeProto] = field(default_factory=list)
    constants: list[TensorProto] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=lambda: {"": OPSET})
    _parts: list[tuple[str, int]] = field(default_factory=list)  # operator, version it was written for
    _count: int = 0

    def embed(self, model: bytes, *, source: str = INPUT) -> str:
        """Add a model file whose input is the tensor ``source``; return the name of its answer.

        Raises
        ------
        ModelError
            Its operators are of a version that does not go with the others'.
        UnsafeModelError
            The file is outside the format.
        """
        import onnx

        scan(model)
        read = parse(model)
        graph = read.graph
        prefix = f"part{self._count} "
        self._count += 1
        versions = {"" if o.domain == "ai.onnx" else o.domain: o.version for o in read.opset_import}
        own = versions.get("", 0)
        if not _OLDEST <= own <= _NEWEST:
            raise ModelError(
                f"the model was written for version {own} of the operators, which cannot be combined with others",
                hint="keep the combination as a recipe, or distil it",
            )
        answer = graph.output[0].name
        kept = leading_to(graph.node, answer)
        names = {"": "", INPUT: source}

        def name_of(old: str) -> str:
            return names.setdefault(old, f"{prefix}{len(names)}")

        used = {old for node in kept for old in node.input}
        for tensor in graph.initializer:
            if tensor.name in used:
                copy = onnx.TensorProto()
                copy.CopyFrom(tensor)
                copy.name = name_of(tensor.name)
                self.constants.append(copy)
        for node in kept:
            moved = onnx.NodeProto()
            moved.CopyFrom(node)
            moved.ClearField("name")
            moved.input[:] = [name_of(old) for old in node.input]
            moved.output[:] = [name_of(old) for old in node.output]
            self.nodes.append(moved)
            if node.domain != TREES_DOMAIN:
                self._parts.append((node.op_type, own))
        self.versions[""] = max(self.versions[""], own)
        trees = versions.get(TREES_DOMAIN, 0)
        if any(node.domain == TREES_DOMAIN for node in kept):
            self.versions[TREES_DOMAIN] = max(self.versions.get(TREES_DOMAIN, 0), trees)
        if answer == INPUT:
            raise ModelError("the model gives back its input", hint="leave it out")
        return name_of(answer)

    def add(self, draft: Draft) -> None:
        """Add nodes of our own."""
        self.take(draft.done())

    def take(self, made: Fragment) -> None:
        """Add a fragment of our own."""
        self.nodes.extend(made.nodes)
        self.constants.extend(made.constants)
        self._parts.extend((node.op_type, OPSET) for node in made.nodes if node.domain != TREES_DOMAIN)
        if any(node.domain == TREES_DOMAIN for node in made.nodes):
            self.versions[TREES_DOMAIN] = max(self.versions.get(TREES_DOMAIN, 0), TREES_OPSET)

    def to_onnx(self, *, width: int, columns: int, task: Task) -> bytes:
        """Return the model file.

        Raises
        ------
        ModelError
            The parts were written for versions in between which an operator changed its meaning, or mix two forms of
            tree ensembles.
        UnsafeModelError
            The whole is larger than the format allows.
        """
        changed = sorted({operator for operator, version in self._parts if self._changed(operator, version)})
        forms = {node.op_type for node in self.nodes}
        if changed or (forms & _TREES and self.versions.get(TREES_DOMAIN, 0) >= TREES_OPSET):
            which = ", ".join(changed) or "tree ensembles"
            raise ModelError(
                f"the models were written for different versions of {which}, so no single file can hold them",
                hint="keep the combination as a recipe, or distil it",
            )
        whole = write(self.nodes, self.constants, width=width, columns=columns, task=task, versions=self.versions)
        return normalise(whole, task=task, width=width, columns=columns)

    def _changed(self, operator: str, version: int) -> bool:
        """Return whether an operator means something else at the version of the whole."""
        if version == self.versions[""] or operator in _WIDENED:
            return False
        return _since(operator, version) != _since(operator, self.versions[""])


def _since(operator: str, version: int) -> int:
    from onnx import defs

    return int(defs.get_schema(operator, max_inclusive_version=version).since_version)


def operators(model: bytes) -> Sequence[str]:
    """Return the operators of a model file, sorted, each once.

    Raises
    ------
    UnsafeModelError
        The file is outside the format.
    """
    scan(model)
    return sorted({str(node.op_type) for node in parse(model).graph.node})
