# SPDX-License-Identifier: Apache-2.0
"""Trained layers are read out of every file that our own writers make, and out of nothing else."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from lwnode.documents import Column, Profile
from lwnode.errors import ModelError, UnsafeModelError
from lwnode.models.layer_reader import read_layers
from lwnode.training.presets import Linear
from lwnode.training.private.graph import Layer, dense_file
from lwnode.training.private.images import CHANNELS, Convolutions, Shape, first_weights
from lwnode.training.private.target import Target
from lwnode.training.trainers import fit
from tests.support.models import run
from tests.support.starts import rows, start, two_classes


def _frame() -> Profile:
    columns = (
        Column(name="a", type="number", low=-3.0, high=3.0),
        Column(name="ward", type="category", levels=("er", "icu", "or")),
    )
    return Profile(name="island", columns=columns, gamma=0.5)


def _private(*, value: bool) -> bytes:
    rng = np.random.default_rng(0)
    target = Target(name="y", low=10.0, high=20.0) if value else Target(name="y", classes=("n", "y"))
    body = Layer(weight=rng.normal(size=(4, 6)), bias=rng.normal(size=6), bend="Tanh")
    return dense_file(
        _frame(), target, [body, Layer(weight=rng.normal(size=(6, target.outputs)), bias=np.zeros(target.outputs))]
    )


def _pictures() -> bytes:
    shape, target = Shape(height=8, width=7, channels=1), Target(name="y", classes=("p", "q", "r"))
    head = Layer(weight=np.random.default_rng(1).normal(size=(4 * CHANNELS, 3)), bias=np.zeros(3))
    return Convolutions(shape=shape, target=target, weights=first_weights(shape, target), head=head).to_onnx()


def _logistic() -> bytes:
    return fit(Linear(), two_classes(), np.arange(400), seed=0).to_onnx()


@pytest.mark.parametrize(
    ("made", "X", "kinds"),
    [
        (lambda: start("linear", "classification").model, rows(60, 5), "Gemm"),
        (lambda: start("linear", "regression").model, rows(60, 5), "Gemm"),
        (_logistic, rows(60, 5)[:, [0, 1, 3]], "Gemm"),
        (lambda: start("network", "classification").model, rows(60, 5), "Gemm Relu Gemm Relu Gemm"),
        (lambda: start("network", "regression").model, rows(60, 5), "Gemm Relu Gemm Relu Gemm"),
        (lambda: _private(value=False), rows(60, 5)[:, [0, 2]], "Gemm Tanh Gemm"),
        (lambda: _private(value=True), rows(60, 5)[:, [0, 2]], "Gemm Tanh Gemm"),
        (
            _pictures,
            np.random.default_rng(3).random((20, 56)).astype(np.float32),
            "Reshape Transpose Conv Tanh Conv Tanh AveragePool Flatten Gemm",
        ),
    ],
    ids=["classes", "ridge", "two classes", "network", "network values", "private", "private values", "pictures"],
)
def test_what_is_read_and_written_back_answers_the_same(made, X, kinds):
    model = made()
    layers = read_layers(model, width=X.shape[1])
    assert " ".join(step.operator for step in layers.steps) == kinds
    np.testing.assert_allclose(run(layers.to_onnx(), X), run(model, X), rtol=1e-5, atol=1e-5)
    other = layers.holding([np.float32(1.5) * array for array in layers.arrays])
    assert np.abs(run(other.to_onnx(), X) - run(model, X)).max() > 0.01
    again = read_layers(other.to_onnx(), width=X.shape[1])
    for ours, theirs in zip(again.arrays, other.arrays, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_front_gives_what_the_first_layer_takes():
    model, X = start("linear", "classification").model, rows(40, 6)
    layers = read_layers(model, width=4)
    front = run(layers.front_file(), X)
    assert front.shape == (40, layers.inside)
    scores = front @ layers.arrays[0] + layers.arrays[1]
    shares = np.exp(scores - scores.max(1, keepdims=True))
    np.testing.assert_allclose(shares / shares.sum(1, keepdims=True), run(model, X), atol=1e-5)


@pytest.mark.parametrize("family", ["forest", "boosting"])
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_trees_have_no_layers_even_where_a_dense_one_stands_behind_them(family, task):
    with pytest.raises(ModelError, match="cannot be read"):
        read_layers(start(family, task).model, width=4)


def test_boosting_of_two_classes_has_a_dense_layer_and_is_refused_all_the_same():
    from lwnode.training.presets import Boosting

    model = fit(Boosting(rounds=5, patience=0), two_classes(), np.arange(400), seed=0).to_onnx()
    assert "Gemm" in {node.op_type for node in onnx.load_from_string(model).graph.node}
    with pytest.raises(ModelError, match="TreeEnsemble"):
        read_layers(model, width=3)


def _changed(change) -> bytes:
    model = onnx.load_from_string(start("network", "classification").model)
    change(model.graph)
    return model.SerializeToString()


def _array(graph, name, values):
    for tensor in graph.initializer:
        if tensor.name == name:
            tensor.CopyFrom(numpy_helper.from_array(values, name))


def _gemm(graph):
    return [node for node in graph.node if node.op_type == "Gemm"]


def _rename(graph, old, new):
    next(node for node in graph.node if node.op_type == old).op_type = new


HOSTILE = {
    "a weight that is not finite": lambda g: _array(g, "weight0", np.full((9, 16), np.nan, np.float32)),
    "layers of other shapes": lambda g: _array(g, "weight1", np.zeros((15, 8), np.float32)),
    "a bias of another length": lambda g: _array(g, "bias2", np.zeros(4, np.float32)),
    "float64 weights": lambda g: _array(g, "weight2", np.zeros((8, 3))),
    "a factor": lambda g: _gemm(g)[2].attribute.append(helper.make_attribute("alpha", 2.0)),
    "a turned input": lambda g: _gemm(g)[2].attribute.append(helper.make_attribute("transA", 1)),
    "another softmax": lambda g: g.node[-1].attribute[0].CopyFrom(helper.make_attribute("axis", 0)),
    "another bend in the front": lambda g: _rename(g, "Relu", "Sigmoid"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_file_that_is_nearly_ours_is_refused(what):
    with pytest.raises(ModelError, match="cannot be read"):
        read_layers(_changed(HOSTILE[what]), width=4)


def test_another_width_than_the_card_says_is_refused():
    with pytest.raises(ModelError, match="4 columns where its card says 5"):
        read_layers(start("linear", "classification").model, width=5)


def test_a_tensor_in_another_file_is_refused_before_anything_is_read():
    def outside(graph):
        graph.initializer[0].data_location = TensorProto.EXTERNAL

    with pytest.raises(UnsafeModelError):
        read_layers(_changed(outside), width=4)


def test_names_of_the_file_do_not_come_along():
    def named(graph):
        for node in graph.node:
            node.name = node.doc_string = "Mrs Smith"

    written = read_layers(_changed(named), width=4).to_onnx()
    assert b"Smith" not in written


def test_a_front_whose_names_are_ours_is_no_obstacle():
    model = onnx.load_from_string(start("linear", "classification").model)
    for node in model.graph.node:
        node.input[:] = [f"layer {name}" if name != "input" else name for name in node.input]
        node.output[:] = [f"layer {name}" if name != "probabilities" else name for name in node.output]
    for tensor in model.graph.initializer:
        tensor.name = f"layer {tensor.name}"
    X = rows(30, 8)
    layers = read_layers(model.SerializeToString(), width=4)
    np.testing.assert_allclose(run(layers.to_onnx(), X), run(start("linear", "classification").model, X), atol=1e-5)
