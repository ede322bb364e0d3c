# SPDX-License-Identifier: Apache-2.0
"""Seeded tables for the exporters, and model files as hostile as they come."""

from __future__ import annotations

import csv
import sys
from importlib import resources
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from lwnode.models import Worker

FLOAT = TensorProto.FLOAT


def run(model: bytes, X: NDArray[Any]) -> NDArray[np.float32]:
    """Return what a model file says, from a worker."""
    with Worker(model) as worker:
        return next(iter(worker.predict(X).values()))


def admissions(rows: int = 1500) -> tuple[NDArray[np.float32], NDArray[np.int64], list[int]]:
    """The sample hospital: ward (a category, as positions) and ten clinical columns, a tenth of all values missing."""
    with (resources.files("lwnode.cli.sample") / "hospital_a_general.csv").open(encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))[:rows]
    wards = sorted({line["ward"] for line in lines if line["ward"]})
    names = [name for name in lines[0] if name not in ("patient_id", "ward", "readmitted_30d")]
    columns = [[wards.index(line["ward"]) if line["ward"] else np.nan for line in lines]]
    columns += [[float(line[name]) if line[name] else np.nan for line in lines] for name in names]
    X = np.array(columns).T.astype(np.float32)
    X[np.random.default_rng(1).random(X.shape) < 0.1] = np.nan
    return X, np.array([int(line["readmitted_30d"]) for line in lines]), [0]


def mixed(
    rows: int = 900, levels: int = 12, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.float64], list[int]]:
    """Four numbers and two categories (columns 1 and 4), some missing; a score that depends on all of them."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(rows, 4))
    first = rng.integers(0, levels, rows).astype(float)
    second = rng.integers(0, 4, rows).astype(float)
    effects = rng.normal(size=levels)
    score = numbers[:, 0] + numbers[:, 1] * numbers[:, 2] + effects[first.astype(int)] * np.where(second > 1, 1, -1)
    X = np.column_stack([numbers[:, 0], first, numbers[:, 1:3], second, numbers[:, 3]])
    missing = rng.random(X.shape) < 0.1
    score = score + missing[:, 1] * 0.7
    X[missing] = np.nan
    return X.astype(np.float32), score + 0.3 * rng.normal(size=rows), [1, 4]


def model_of(
    nodes: list[onnx.NodeProto],
    *,
    width: int = 3,
    output: str = "probabilities",
    columns: int | None = 2,
    constants: list[onnx.TensorProto] | None = None,
    opsets: dict[str, int] | None = None,
) -> onnx.ModelProto:
    """A model with the format's input and output around any nodes."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("input", FLOAT, [None, width])],
        [helper.make_tensor_value_info(output, FLOAT, [None, columns])],
        constants or [],
    )
    imports = [
        helper.make_opsetid(domain, version) for domain, version in (opsets or {"": 18, "ai.onnx.ml": 3}).items()
    ]
    return helper.make_model(graph, opset_imports=imports, ir_version=10)


def constant(name: str, values: Any, dtype: Any = np.float32) -> onnx.TensorProto:
    """An array of a graph."""
    return numpy_helper.from_array(np.asarray(values, dtype=dtype), name)


def fixed_answer(values: list[list[float]], *, columns: int | None = None, **options: Any) -> bytes:
    """A model that gives every row the same answer; ``columns`` is what the file says of its width."""
    columns = columns or len(values[0])
    nodes = [
        helper.make_node("ReduceSum", ["input", "axis"], ["sum"], keepdims=1),
        helper.make_node("Mul", ["sum", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "answer"], [options.get("output", "probabilities")]),
    ]
    constants = [constant("axis", [1], np.int64), constant("zero", 0.0), constant("answer", values)]
    return model_of(nodes, columns=columns, constants=constants, **options).SerializeToString()


def slow(*, folded: bool) -> bytes:
    """A small file of allowed operators that computes for many minutes: while it is loaded, or when it is run."""
    nodes = [helper.make_node("ConstantOfShape", ["shape"], ["big"], value=helper.make_tensor("v", FLOAT, [1], [1e-4]))]
    last = factor = "big"
    if not folded:
        nodes.append(helper.make_node("ReduceSum", ["input"], ["any"], keepdims=0))
        nodes.append(helper.make_node("Add", ["big", "any"], ["start"]))
        last = factor = "start"
    for number in range(400):
        nodes.append(helper.make_node("MatMul", [last, factor], [f"m{number}"]))
        last = f"m{number}"
    nodes.append(helper.make_node("ReduceSum", [last], ["total"], keepdims=0))
    nodes.append(helper.make_node("Add", ["input", "total"], ["probabilities"]))
    return model_of(
        nodes, width=2, constants=[constant("shape", [3000, 3000], np.int64)], columns=2
    ).SerializeToString()


def lying_worker(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let the next workers be processes that run ``code`` instead; it has ``say`` to write frames, ``hear`` to read."""
    start = """
import json, os, struct, sys, time
def say(kind, detail="", arrays=(), body=b""):
    head = json.dumps({"kind": kind, "detail": detail, "arrays": list(arrays)}).encode()
    os.write(1, struct.pack(">I", len(head)) + head)
    while body:
        body = body[os.write(1, body):]
def hear():
    size = struct.unpack(">I", os.read(0, 4))[0]
    head = json.loads(os.read(0, size))
    left = sum(int.__mul__(*(a["shape"] + [1])[:2]) * (4 if a["dtype"] == "float32" else 1) for a in head["arrays"])
    while left:
        left -= len(os.read(0, left))
    return head
"""
    command = [sys.executable, "-I", "-c", start + code]
    monkeypatch.setattr("lwnode.models.channel._command", lambda module, arguments: command)
