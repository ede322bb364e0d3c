# SPDX-License-Identifier: Apache-2.0
"""What the structure of a model file says about the rows behind it, where the estimator is no longer at hand.

`lwnode.models.families` looks at estimators; a file that was adopted has none.  Its operators and the shapes of its
arrays still tell: support vectors are rows, whatever was done to them first, and an array with as many rows as the data
is a table of them, even where it was rotated and no copy scan can know its values.

Rules
-----
* Checks return findings; the caller decides.
* A file does not say how many rows stand behind a leaf.  That some leaf has few is certain where a tree has more leaves
  than a tenth of the rows; otherwise a file from elsewhere gets a note that nobody counted.

Called by the audit of a draft.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lwnode.errors import Finding
from lwnode.models.families import SMALLEST_LEAF
from lwnode.models.scan import parse, scan

if TYPE_CHECKING:
    from onnx import AttributeProto, GraphProto, NodeProto

_VECTORS: Final = ("SVMClassifier", "SVMRegressor")
_FEWEST: Final = 50  # rows; below, arrays are as long as the data by chance
_WHERE: Final = "model.onnx"


def kept_rows(model: bytes, *, rows: int, trained_here: bool) -> tuple[Finding, ...]:
    """Return what a model file's structure says against publishing it.

    Parameters
    ----------
    model : bytes
        A model file, our own.
    rows : int
        That it was trained on, all of them.
    trained_here : bool
        By a preset, which sees to the size of leaves.

    Returns
    -------
    tuple of Finding
        ``family-keeps-rows`` (refuse): support vectors.  ``table-in-model`` (warn): an array with a row for each row of
        the data.  ``small-leaves`` (warn): a tree has so many leaves that some stand for few rows.
        ``leaves-not-counted`` (note): trees from elsewhere.

    Raises
    ------
    UnsafeModelError
        The file is outside the format.
    """
    scan(model)
    graph = parse(model).graph
    found: list[Finding] = []
    if any(node.op_type in _VECTORS and _has(node, "support_vectors") for node in graph.node):
        message = (
            "the model holds support vectors, which are training rows. Train boosting, a forest or a linear model."
        )
        found.append(Finding(code="family-keeps-rows", severity="refuse", message=message, where=_WHERE))
    for name, shape in _shapes(graph):
        if rows >= _FEWEST and len(shape) >= 2 and rows in shape and math.prod(shape) > rows:
            message = "an array of the model has a row for each row of the data: it may be the data in another form"
            found.append(Finding(code="table-in-model", severity="warn", message=message, where=name))
    leaves = max((count for node in graph.node for count in _leaves(node)), default=0.0)
    if leaves > rows / SMALLEST_LEAF:
        message = (
            f"A tree has more leaves than one for {SMALLEST_LEAF} rows, so some stand for fewer. "
            "Train again with a larger min_samples_leaf."
        )
        found.append(Finding(code="small-leaves", severity="warn", message=message, where=_WHERE))
    elif leaves and not trained_here:
        message = (
            "The file does not say how many rows stand behind its leaves; fewer than "
            f"{SMALLEST_LEAF} tell about single people."
        )
        found.append(Finding(code="leaves-not-counted", severity="note", message=message, where=_WHERE))
    return tuple(found)


def words(model: bytes) -> tuple[str, ...]:
    """Return every text that a model file holds: levels, labels, names of arrays and columns, remarks.

    Parameters
    ----------
    model : bytes
        A model file, our own.

    Raises
    ------
    UnsafeModelError
        The file is outside the format.
    """
    scan(model)
    whole = parse(model)
    graph = whole.graph
    found = {whole.doc_string, whole.producer_name, graph.name, graph.doc_string}
    found.update(text for entry in whole.metadata_props for text in (entry.key, entry.value))
    found.update(tensor.name for tensor in graph.initializer)
    for node in graph.node:
        found.update((node.name, node.doc_string, *node.input, *node.output))
        for attribute in node.attribute:
            texts = (*attribute.strings, attribute.s)
            found.update(text.decode("utf-8", "replace") for text in texts)
    return tuple(sorted(found - {""}))


def _has(node: NodeProto, name: str) -> bool:
    return any(attribute.name == name and len(attribute.floats) for attribute in node.attribute)


def _shapes(graph: GraphProto) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the name and shape of every tensor."""
    for tensor in graph.initializer:
        yield tensor.name, tuple(tensor.dims)
    for number, node in enumerate(graph.node):
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield f"{number}.{node.op_type}.{attribute.name}", tuple(attribute.t.dims)


def _leaves(node: NodeProto) -> Iterator[float]:
    """Yield the number of leaves of each tree of an ensemble; their mean where the operator does not part them."""
    held: dict[str, AttributeProto] = {attribute.name: attribute for attribute in node.attribute}
    if node.op_type in ("TreeEnsembleClassifier", "TreeEnsembleRegressor") and "nodes_treeids" in held:
        modes, trees = held["nodes_modes"].strings, held["nodes_treeids"].ints
        yield from Counter(tree for tree, mode in zip(trees, modes, strict=False) if mode == b"LEAF").values()
    elif node.op_type == "TreeEnsemble" and {"tree_roots", "leaf_targetids"} <= held.keys():
        yield len(held["leaf_targetids"].ints) / max(1, len(held["tree_roots"].ints))
