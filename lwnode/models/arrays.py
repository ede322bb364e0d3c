# SPDX-License-Identifier: Apache-2.0
"""Every number that a model file holds, for the scan for training rows before anything leaves.

Rules
-----
* Stored tensors, numeric attributes of nodes (where trees and linear models keep theirs) and constants: whatever a
  reader of the file could look at.
* The file passes the structural scan first, so no tensor is read from another file.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.models.scan import parse, scan


def arrays(model: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of a model file by name.

    Parameters
    ----------
    model : bytes
        A model file, our own.

    Returns
    -------
    dict
        Tensors under their names; attributes as ``NUMBER.OPERATOR.ATTRIBUTE``, one-dimensional unless a tensor.  Single
        numbers, which set how an operator works, are left out.

    Raises
    ------
    UnsafeModelError
        The file is outside the format.
    """
    from onnx import AttributeProto, numpy_helper

    scan(model)
    graph = parse(model).graph
    found: dict[str, NDArray[Any]] = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for number, node in enumerate(graph.node):
        for attribute in node.attribute:
            name = f"{number}.{node.op_type}.{attribute.name}"
            if attribute.type == AttributeProto.TENSOR:
                found[name] = numpy_helper.to_array(attribute.t)
            elif attribute.type == AttributeProto.FLOATS:
                found[name] = np.array(attribute.floats, dtype=np.float32)
            elif attribute.type == AttributeProto.INTS:
                found[name] = np.array(attribute.ints, dtype=np.int64)
    return found
