# SPDX-License-Identifier: Apache-2.0
"""Other exporters' files come into the one format: one input, one output, nothing else."""

from __future__ import annotations

import warnings

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from sklearn.linear_model import LogisticRegression

from lwnode.errors import ModelError, UnsafeModelError
from lwnode.models.normalise import normalise
from lwnode.models.scan import scan
from tests.support.models import FLOAT, constant, run


def _value(name, kind=FLOAT, shape=(None, 2)):
    return helper.make_tensor_value_info(name, kind, shape)


def _model(nodes, inputs, outputs, constants=()):
    graph = helper.make_graph(nodes, "g", inputs, outputs, list(constants))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def _doubled(kind, output_shape=(None, 1), **metadata):
    """y = x @ (1, 2): input and output of one element type, and things that tell about its maker."""
    dtype = np.float64 if kind == TensorProto.DOUBLE else np.float32
    model = _model(
        [
            helper.make_node("MatMul", ["x", "w"], ["y"], name="/home/anna/model", doc_string="made on Monday"),
            helper.make_node("Shape", ["y"], ["side"]),
        ],
        [_value("x", kind)],
        [_value("y", kind, output_shape), _value("side", TensorProto.INT64, (2,))],
        [constant("w", [[1.0], [2.0]], dtype)],
    )
    helper.set_model_props(model, {"author": "anna"})
    return model


@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.DOUBLE])
def test_a_regressor_of_either_precision(kind):
    model = normalise(_doubled(kind).SerializeToString(), task="regression", width=2)
    assert scan(model).output == "values"
    np.testing.assert_allclose(run(model, np.array([[1, 2], [3, 4]])), [[5], [11]])


def test_makers_and_what_does_not_lead_to_the_answer_are_gone():
    model = normalise(_doubled(FLOAT).SerializeToString(), task="regression", width=2)
    assert b"anna" not in model
    assert b"Monday" not in model
    assert "Shape" not in [node.op_type for node in onnx.load_from_string(model).graph.node]


def test_it_is_a_fixed_point():
    once = normalise(_doubled(FLOAT).SerializeToString(), task="regression", width=2)
    assert normalise(once, task="regression", width=2) == once


def test_the_order_in_which_nodes_and_arrays_stand_does_not_matter():
    model = _doubled(FLOAT)
    model.graph.node[0].output[0] = "between"
    model.graph.node.append(helper.make_node("Add", ["between", "one"], ["y"]))
    model.graph.initializer.append(constant("one", [[1.0]]))
    swapped = onnx.ModelProto.FromString(model.SerializeToString())
    del swapped.graph.initializer[:]
    swapped.graph.initializer.extend(reversed(model.graph.initializer))
    files = [normalise(one, task="regression", width=2) for one in (model, swapped)]
    assert files[0] == files[1]


def test_a_flat_answer_becomes_a_column():
    nodes = [helper.make_node("ReduceMax", ["x"], ["y"], axes=[1], keepdims=0)]
    model = _model(nodes, [_value("x")], [_value("y", FLOAT, (None,))]).SerializeToString()
    np.testing.assert_allclose(run(normalise(model, task="regression", width=2), np.array([[1, 2]])), [[2]])


@pytest.mark.parametrize("zipmap", [True, False])
def test_a_classifier_keeps_its_probabilities_only(zipmap):
    from skl2onnx import to_onnx

    X = np.random.default_rng(0).normal(size=(80, 3)).astype(np.float32)
    estimator = LogisticRegression().fit(X, np.where(X[:, 0] > 0, "b", "a"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = to_onnx(estimator, X, options={"zipmap": zipmap}, target_opset={"": 18, "ai.onnx.ml": 3})
    model = normalise(theirs.SerializeToString(), task="classification", width=3, columns=2)
    np.testing.assert_allclose(run(model, X), estimator.predict_proba(X), atol=1e-6)


def test_a_feature_extractor_has_one_output_of_numbers():
    nodes = [helper.make_node("Tanh", ["x"], ["anything"])]
    model = normalise(_model(nodes, [_value("x")], [_value("anything")]), task="feature extraction", width=2)
    assert scan(model).task == "feature extraction"


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ([_value("x"), _value("x2")], [_value("y")]),
        ([_value("x", TensorProto.INT64)], [_value("y")]),
        ([_value("x")], [_value("y"), _value("z")]),
        ([_value("x")], [_value("n", TensorProto.INT64)]),
        ([_value("x")], [_value("y", FLOAT, (None, 2))]),
        ([_value("x", FLOAT, (None, 5))], [_value("y", FLOAT, (None, 1))]),
        ([_value("x", FLOAT, (None, 2, 2))], [_value("y", FLOAT, (None, 1))]),
    ],
    ids=["two inputs", "whole numbers", "two answers", "no answer", "two values", "width", "rank"],
)
def test_a_file_without_one_matrix_in_and_out_is_refused(inputs, outputs):
    nodes = [helper.make_node("Tanh", [inputs[0].name], [value.name]) for value in outputs]
    with pytest.raises(ModelError) as caught:
        normalise(_model(nodes, inputs, outputs), task="regression", width=2)
    assert caught.value.hint


def test_what_the_format_excludes_stays_excluded():
    nodes = [helper.make_node("RandomNormalLike", ["x"], ["y"])]
    with pytest.raises(UnsafeModelError, match="RandomNormalLike"):
        normalise(_model(nodes, [_value("x")], [_value("y", FLOAT, (None, 1))]), task="regression", width=2)
