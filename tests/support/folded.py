# SPDX-License-Identifier: Apache-2.0
"""A publisher who publishes much: learnwares of one question from several draws of one source, one of them twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import helper

import lwnode
from lwnode.documents import Input
from lwnode.node.data import refer
from lwnode.node.facade import Node
from lwnode.node.records import Ware
from tests.support.models import constant, model_of

COLUMNS = ("a", "b", "c")
_INPUTS = tuple(Input(name=name, type="number") for name in COLUMNS)


def rows(draw: int, count: int = 500) -> np.ndarray:
    """Rows of the one source: columns that hang together, away from the middle of the scale."""
    rng = np.random.default_rng([7, draw])
    shared = rng.normal(size=(count, 1))
    return (0.5 * shared + 0.25 * rng.normal(size=(count, 3)) + [1.0, -1.0, 0.5]).round(3)


def write_rows(file: Path, draw: int = 99) -> Path:
    """Write rows of the source as a file without labels."""
    lines = [",".join(COLUMNS), *(",".join(map(str, row)) for row in rows(draw, 300))]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def linear(slope: float) -> bytes:
    """A model of two classes; other slopes are other models."""
    nodes = [
        helper.make_node("MatMul", ["input", "w"], ["score"]),
        helper.make_node("Softmax", ["score"], ["probabilities"], axis=1),
    ]
    weights = [[-slope, slope], [-slope, slope], [0.0, 0.0]]
    return model_of(nodes, constants=[constant("w", weights)]).SerializeToString()


def publish_draw(node: Node, draw: int, slope: float, name: str) -> Ware:
    """Publish a learnware of one draw; the same draw gives the very same sketch."""
    data = f"draw {draw}"
    if data not in {dataset.name for dataset in node.datasets()}:
        X = rows(draw)
        labels = np.where(X[:, 0] + X[:, 1] > 0, "yes", "no")
        node.add(lwnode.Table.from_arrays(X, labels, columns=list(COLUMNS), target="ill", name=data), name=data)
    model = node._call(
        "adopt", {"model": linear(slope), "data": refer(data), "inputs": _INPUTS, "classes": ("no", "yes")}
    )
    about = lwnode.Semantic(name=name, description="d", scenario=("Health",), license="MIT")
    return node.publish(node.draft(model.id, about, privacy="public"))


def publish_much(node: Node) -> dict[str, Ware]:
    """Publish five learnwares of four draws; ``again`` has the sketch of ``draw 0``."""
    node.add_profile(lwnode.Profile.from_bounds(dict.fromkeys(COLUMNS, (-4.0, 4.0))))
    wares = {f"draw {draw}": publish_draw(node, draw, 2.0, f"draw {draw}") for draw in range(4)}
    wares["again"] = publish_draw(node, 0, 2.5, "again")
    return wares
