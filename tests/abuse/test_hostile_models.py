# SPDX-License-Identifier: Apache-2.0
"""Model files and workers that mean harm: each ends in a typed error, quickly, and nothing else happened."""

from __future__ import annotations

import io
import os
import pickle
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from lwnode.errors import ModelError, UnsafeModelError, WorkerError
from lwnode.models import Worker, scan
from lwnode.models.format import MODEL_LIMIT
from tests.support.models import FLOAT, constant, fixed_answer, lying_worker, model_of, slow

ROWS = np.ones((5, 3), dtype=np.float32)
RELU = helper.make_node("Relu", ["input"], ["probabilities"])


def _external(location: str, *, kept: bool = False) -> bytes:
    """A tensor whose numbers are in another file; ``kept`` also stores harmless numbers in this one."""
    tensor = TensorProto(name="w", data_type=FLOAT, dims=[3])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    if kept:
        tensor.raw_data = b"\0" * 12
    node = helper.make_node("Add", ["input", "w"], ["probabilities"])
    return model_of([node], constants=[tensor]).SerializeToString()


def _external_in_attribute() -> bytes:
    tensor = TensorProto(name="w", data_type=FLOAT, dims=[3], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="/etc/passwd")
    nodes = [
        helper.make_node("Constant", [], ["c"], value=tensor),
        helper.make_node("Add", ["input", "c"], ["probabilities"]),
    ]
    return model_of(nodes).SerializeToString()


def _external_without_the_mark() -> bytes:
    tensor = constant("w", [1.0, 1.0, 1.0])
    tensor.external_data.add(key="location", value="../secret")
    return model_of([RELU], constants=[tensor]).SerializeToString()


def _sparse() -> bytes:
    model = model_of([RELU])
    sparse = model.graph.sparse_initializer.add()
    sparse.dims.append(3)
    sparse.values.CopyFrom(constant("s", [1.0]))
    sparse.values.data_location = TensorProto.EXTERNAL
    sparse.values.external_data.add(key="location", value="/etc/passwd")
    return model.SerializeToString()


def _loop() -> bytes:
    body = helper.make_graph(
        [helper.make_node("Identity", [name], [f"{name}2"]) for name in ("go", "x")],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", FLOAT, [None, 3]),
        ],
        [
            helper.make_tensor_value_info("go2", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x2", FLOAT, [None, 3]),
        ],
    )
    loop = helper.make_node("Loop", ["", "yes", "input"], ["probabilities"], body=body)
    return model_of([loop], constants=[constant("yes", True, np.bool_)], columns=3).SerializeToString()


def _function() -> bytes:
    model = model_of([helper.make_node("Trick", ["input"], ["probabilities"])])
    function = helper.make_function(
        "", "Trick", ["a"], ["b"], [helper.make_node("Relu", ["a"], ["b"])], [helper.make_opsetid("", 18)]
    )
    model.functions.append(function)
    return model.SerializeToString()


def _subgraph_in_attribute() -> bytes:
    node = helper.make_node("Relu", ["input"], ["probabilities"])
    node.attribute.append(helper.make_attribute("extra", model_of([RELU]).graph))
    return model_of([node]).SerializeToString()


def _tensor(**fields: object) -> bytes:
    tensor = TensorProto(name="w", **fields)
    return model_of([RELU], constants=[tensor]).SerializeToString()


def _operator(name: str) -> bytes:
    return model_of([helper.make_node(name, ["input"], ["probabilities"])]).SerializeToString()


def _runtime_format() -> bytes:
    """A valid ONNX message that also carries the identifier of the runtime's own format, where that is looked for."""
    producer = b"\x12\x06" + b"xxORTM"
    return producer + model_of([RELU]).SerializeToString()


class _Bomb:
    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self):
        return (Path.touch, (self.canary,))


def _torch_archive(canary: Path) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("archive/data.pkl", pickle.dumps(_Bomb(canary)))
    return archive.getvalue()


CUSTOM = {"": 18, "com.evil": 1}
FILES = {
    "nothing": b"",
    "text": b"just text",
    "truncated": fixed_answer([[0.5, 0.5]])[:-7],
    "no graph": onnx.ModelProto(ir_version=10).SerializeToString(),
    "html": b"<html>not found</html>" * 40,
    "noise": np.random.default_rng(0).bytes(5000),
    "the runtime's own format": _runtime_format(),
    "external, above": _external("../../secret"),
    "external, absolute": _external("/etc/passwd"),
    "external, beside": _external("weights.bin"),
    "external, hidden behind numbers": _external("/etc/passwd", kept=True),
    "external, without the mark": _external_without_the_mark(),
    "external, in an attribute": _external_in_attribute(),
    "external, sparse": _sparse(),
    "custom domain": model_of(
        [helper.make_node("Shell", ["input"], ["probabilities"], domain="com.evil")], opsets=CUSTOM
    ).SerializeToString(),
    "custom domain, unused": model_of([RELU], opsets=CUSTOM).SerializeToString(),
    "runtime's extensions": model_of(
        [helper.make_node("PyOp", ["input"], ["probabilities"], domain="com.microsoft")]
    ).SerializeToString(),
    "endless loop": _loop(),
    "a function": _function(),
    "a sub-graph": _subgraph_in_attribute(),
    "random numbers": model_of(
        [helper.make_node("RandomUniformLike", ["input"], ["probabilities"])]
    ).SerializeToString(),
    "text operators": model_of([helper.make_node("RegexFullMatch", ["input"], ["probabilities"])]).SerializeToString(),
    "unknown operator": model_of([helper.make_node("Nonsense", ["input"], ["probabilities"])]).SerializeToString(),
    "less data than the shape says": _tensor(data_type=FLOAT, dims=[1 << 40], raw_data=b"\0" * 12),
    "a shape that overflows": _tensor(data_type=FLOAT, dims=[1 << 62, 1 << 62], raw_data=b"\0" * 12),
    "a negative shape": _tensor(data_type=FLOAT, dims=[-1, -3], raw_data=b"\0" * 12),
    "a tensor of text": _tensor(data_type=TensorProto.STRING, dims=[1], string_data=[b"x"]),
    "a tensor of no type": _tensor(data_type=99, dims=[1], raw_data=b"\0" * 4),
    "a tensor in segments": _tensor(
        data_type=FLOAT, dims=[1], raw_data=b"\0" * 4, segment=TensorProto.Segment(begin=0)
    ),
    "a graph that does not fit together": model_of(
        [helper.make_node("Relu", ["from nowhere"], ["probabilities"])]
    ).SerializeToString(),
    "trees with children outside": model_of(
        [
            helper.make_node(
                "TreeEnsembleRegressor",
                ["input"],
                ["values"],
                domain="ai.onnx.ml",
                n_targets=1,
                nodes_treeids=[0],
                nodes_nodeids=[0],
                nodes_featureids=[0],
                nodes_modes=["BRANCH_LEQ"],
                nodes_values=[0.0],
                nodes_truenodeids=[77],
                nodes_falsenodeids=[-5],
                target_ids=[0],
                target_nodeids=[0],
                target_treeids=[0],
                target_weights=[1.0],
            )
        ],
        output="values",
        columns=1,
    ).SerializeToString(),
}


RUNTIME_REFUSES = ("a graph that does not fit together", "trees with children outside")
THROUGH_A_WORKER = (*RUNTIME_REFUSES, "noise", "external, absolute", "custom domain", "endless loop", "truncated")


@pytest.mark.parametrize("name", [name for name in FILES if name not in RUNTIME_REFUSES])
def test_a_file_outside_the_format_is_refused_by_the_scan(name):
    with pytest.raises(UnsafeModelError) as caught:
        scan(FILES[name])
    assert caught.value.hint
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", THROUGH_A_WORKER)
def test_a_refused_file_ends_its_worker_before_it_runs(name):
    worker = Worker(FILES[name])
    with pytest.raises(UnsafeModelError) as caught, worker:
        pass
    assert caught.value.hint
    assert str(caught.value).isprintable()
    with pytest.raises(WorkerError, match="closed"):
        worker.predict(ROWS)


def _pickle(canary: Path) -> bytes:
    return pickle.dumps(_Bomb(canary))


@pytest.mark.parametrize("make", [_pickle, _torch_archive])
def test_a_pickle_is_never_unpickled(tmp_path, make):
    canary = tmp_path / "canary"
    with pytest.raises(UnsafeModelError), Worker(make(canary)):
        pass
    assert not canary.exists()
    pickle.loads(pickle.dumps(_Bomb(canary)))  # the same bytes are a bomb elsewhere
    assert canary.exists()


def test_a_file_over_the_limit_is_refused_without_a_process(monkeypatch):
    monkeypatch.setattr("lwnode.models.worker.Channel", None)
    with pytest.raises(UnsafeModelError, match="bytes"):
        Worker(bytes(MODEL_LIMIT + 1))


ASKING_TOO_MUCH = {
    "four tebibytes": [
        helper.make_node("ConstantOfShape", ["huge"], ["big"]),
        helper.make_node("ReduceSum", ["big"], ["total"], keepdims=0),
        helper.make_node("Add", ["input", "total"], ["probabilities"]),
    ],
    "a billion rows": [
        helper.make_node("ReduceSum", ["input"], ["one"], keepdims=1),
        helper.make_node("Expand", ["one", "long"], ["probabilities"]),
    ],
}


@pytest.mark.parametrize("name", ASKING_TOO_MUCH)
def test_memory_has_an_end(name):
    constants = [constant("huge", [1 << 40], np.int64), constant("long", [1_000_000_000, 2], np.int64)]
    model = model_of(ASKING_TOO_MUCH[name], constants=constants).SerializeToString()
    with pytest.raises(WorkerError), Worker(model) as worker:
        worker.predict(ROWS)


@pytest.mark.parametrize("folded", [True, False], ids=["while loading", "while predicting"])
def test_time_has_an_end(folded):
    started = time.monotonic()
    with pytest.raises(WorkerError, match="longer than"), Worker(slow(folded=folded), wall=1.5) as worker:
        worker.predict(ROWS[:, :2])
    assert time.monotonic() - started < 1.5 * 2 + 5


def test_processor_time_has_an_end():
    with pytest.raises(WorkerError, match="ended by itself"), Worker(slow(folded=False), seconds=1) as worker:
        worker.predict(ROWS[:, :2])


ANSWERS = {
    "too many rows": model_of(
        [helper.make_node("Concat", ["input", "input"], ["probabilities"], axis=0)], columns=None
    ).SerializeToString(),
    "too few rows": model_of(
        [helper.make_node("ReduceMean", ["input", "axis"], ["probabilities"], keepdims=1)],
        constants=[constant("axis", [0], np.int64)],
        columns=None,
    ).SerializeToString(),
    "another width": fixed_answer([[0.2, 0.3, 0.5]], columns=2),
    "not a number": fixed_answer([[float("nan"), 1.0]]),
    "infinite": fixed_answer([[float("inf"), 0.0]]),
    "no probabilities": fixed_answer([[0.9, 0.9]]),
    "negative": fixed_answer([[-0.5, 1.5]]),
    "not finite values": fixed_answer([[float("nan")]], output="values"),
    "a flat answer": model_of(
        [helper.make_node("ReduceSum", ["input", "axis"], ["probabilities"], keepdims=0)],
        constants=[constant("axis", [1], np.int64)],
        columns=None,
    ).SerializeToString(),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_is_none_is_refused(name):
    with pytest.raises(ModelError) as caught, Worker(ANSWERS[name]) as worker:
        worker.predict(ROWS)
    assert caught.value.hint


def _answering(dtype: str, shape: str, body: str, name: str = "probabilities") -> str:
    array = f"{{'name': '{name}', 'dtype': '{dtype}', 'shape': {shape}}}"
    return READY + f"hear(); say('answer', '', [{array}], {body})"


READY = 'hear(); say("ready", "full probabilities 3 2")\n'
LIES = {
    "a pickle": READY + "hear(); os.write(1, b'\\x80\\x04\\x95' * 2000)",
    "a billion rows": _answering("float32", "[10**9, 2]", "b''"),
    "objects": _answering("object", "[5, 2]", "b'x' * 80"),
    "other rows": _answering("float32", "[4, 2]", "b'\\0' * 32"),
    "another name": _answering("float32", "[5, 1]", "b'\\0' * 20", name="values"),
    "bytes for numbers": _answering("uint8", "[5, 2]", "b'\\0' * 10"),
    "a negative shape": _answering("float32", "[-5, -2]", "b'\\0' * 40"),
    "half an answer": _answering("float32", "[5, 2]", "b'\\0' * 7"),
    "no header": READY + "hear(); os.write(1, struct.pack('>I', 0))",
    "a header of a gigabyte": READY + "hear(); os.write(1, struct.pack('>I', 1 << 30))",
    "a header of brackets": READY + "hear(); os.write(1, struct.pack('>I', 4000) + b'[' * 4000)",
    "unknown fields": READY + 'hear(); os.write(1, struct.pack(\'>I\', 32) + b\'{"kind":"answer","run":"rm"}   \')',
    "ready for anything": "hear(); say('ready', 'full shell 3 2')",
    "ready with a story": "hear(); say('ready', 'full probabilities 3 2 and more')",
    "ready for a million columns": "hear(); say('ready', 'full probabilities 3 1000000')",
    "an answer before the question": "say('ready', 'full probabilities 3 2'); time.sleep(30)",
    "nothing": "time.sleep(30)",
    "an end": "sys.exit(3)",
    "an escape sequence": "hear(); say('failed', '\\x1b[2J\\u202eclick here')",
}


@pytest.mark.parametrize("name", LIES)
def test_a_worker_that_was_taken_over_gets_nothing_through(monkeypatch, name):
    lying_worker(monkeypatch, LIES[name])
    large = fixed_answer([[0.5, 0.5]]) + bytes(1 << 20)  # more than a pipe holds
    started = time.monotonic()
    with pytest.raises(WorkerError) as caught, Worker(large, wall=1.5) as worker:
        worker.predict(ROWS)
    assert str(caught.value).isprintable()
    assert caught.value.hint
    assert time.monotonic() - started < 10


def test_what_a_worker_says_on_its_error_stream_is_shown_to_nobody(monkeypatch, caplog):
    lying_worker(monkeypatch, "os.write(2, b'Anna Miller, born 1950 \\x1b[31m' * 20000); sys.exit(1)")
    with caplog.at_level("DEBUG"), pytest.raises(WorkerError) as caught, Worker(fixed_answer([[0.5, 0.5]])):
        pass
    assert "Anna" not in str(caught.value) + caught.value.hint + caplog.text
    assert "sha256" in caplog.text


@pytest.mark.parametrize("location", ["/etc/hostname", "secret.bin"])
def test_without_the_scan_the_locks_still_keep_files_out(monkeypatch, tmp_path, location):
    """Defence in depth: a scan that misses something must not be enough."""
    secret = tmp_path / "secret.bin"
    secret.write_bytes(np.ones(3, dtype=np.float32).tobytes())
    monkeypatch.chdir(tmp_path)
    code = (
        "import sys; from lwnode.models import worker_process as w; from lwnode.models.format import Signature;"
        "w.scan = lambda data: Signature(output='probabilities', width=3, columns=0);"
        "sys.exit(w.main(sys.argv[1:]))"
    )
    monkeypatch.setattr(
        "lwnode.models.channel._command",
        lambda module, arguments: [sys.executable, "-I", "-c", code, *arguments, str(os.getpid()), "main"],
    )
    where = str(secret) if location == "secret.bin" else location
    with pytest.raises(ModelError), Worker(_external(where)) as worker:
        worker.predict(ROWS)
