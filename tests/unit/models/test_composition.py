# SPDX-License-Identifier: Apache-2.0
"""Several files in one graph: each computes what it computes alone, or nothing is written."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from lwnode.errors import ModelError, UnsafeModelError
from lwnode.models.composition import Composition, operators
from lwnode.models.format import INPUT
from lwnode.models.graph import Draft
from tests.support.models import run
from tests.support.starts import rows, start


def _difference(first: bytes, second: bytes) -> bytes:
    whole = Composition()
    answers = [whole.embed(first), whole.embed(second)]
    draft = Draft(source=INPUT, target="values")
    draft.node("Sub", *answers, last=True)
    whole.add(draft)
    return whole.to_onnx(width=4, columns=1, task="regression")


@pytest.mark.parametrize(("first", "second"), [("forest", "boosting"), ("linear", "network"), ("network", "network")])
def test_each_part_answers_as_it_does_alone(first, second):
    one, other, X = start(first, "regression").model, start(second, "regression", seed=1).model, rows(80, 3)
    together = run(_difference(one, other), X)
    np.testing.assert_allclose(together, run(one, X) - run(other, X), atol=2e-3)


def test_a_part_takes_its_own_columns():
    model, X = start("network", "regression").model, rows(50, 4)
    whole = Composition()
    before = Draft(source=INPUT, target="own")
    before.node("Gather", INPUT, before.constant([3, 2, 1, 0], np.int64), last=True, attributes={"axis": 1})
    whole.add(before)
    answer = whole.embed(model, source="own")
    after = Draft(source=INPUT, target="values", prefix="after ")
    after.node("Identity", answer, last=True)
    whole.add(after)
    file = whole.to_onnx(width=4, columns=1, task="regression")
    np.testing.assert_allclose(run(file, X[:, ::-1].copy()), run(model, X), rtol=1e-6)


def _small(opset: int, nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto]) -> bytes:
    shapes = ("input", [None, 4]), ("values", [None, 1])
    value_in, value_out = (helper.make_tensor_value_info(name, 1, shape) for name, shape in shapes)
    graph = helper.make_graph(nodes, "g", [value_in], [value_out], constants)
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def _mean(opset: int) -> bytes:
    """A mean over columns, whose axes became an input with version 18."""
    if opset < 18:
        return _small(opset, [helper.make_node("ReduceMean", ["input"], ["values"], axes=[1])], [])
    axes = numpy_helper.from_array(np.array([1]), "axes")
    return _small(opset, [helper.make_node("ReduceMean", ["input", "axes"], ["values"])], [axes])


def test_a_part_for_operators_that_mean_the_same_is_taken():
    X = rows(20, 5, holes=False)
    older = _small(
        14,
        [helper.make_node("Gemm", ["input", "w"], ["values"])],
        [numpy_helper.from_array(np.ones((4, 1), np.float32), "w")],
    )
    together = run(_difference(start("network", "regression").model, older), X)
    np.testing.assert_allclose(
        together, run(start("network", "regression").model, X) - X.sum(1, keepdims=True), atol=1e-3
    )


def test_a_part_whose_operators_changed_their_meaning_is_refused():
    X = rows(20, 5, holes=False)
    np.testing.assert_allclose(run(_difference(_mean(18), _mean(18)), X), 0, atol=1e-6)
    with pytest.raises(ModelError, match="different versions of ReduceMean"):
        _difference(start("network", "regression").model, _mean(17))
    with pytest.raises(ModelError, match="version 12"):
        _difference(_mean(18), _mean(12))


def test_old_and_new_trees_do_not_stand_in_one_file():
    from sklearn.ensemble import GradientBoostingRegressor

    from lwnode.models import to_onnx

    X = rows(100, 6, holes=False)
    old = to_onnx(GradientBoostingRegressor(n_estimators=3).fit(X, X[:, 0]), width=4)
    assert "TreeEnsembleRegressor" in operators(old)
    with pytest.raises(ModelError, match="tree ensembles"):
        _difference(old, start("forest", "regression").model)
    both = run(_difference(old, old), X)
    np.testing.assert_allclose(both, 0, atol=1e-6)


def test_a_file_outside_the_format_is_refused():
    with pytest.raises(UnsafeModelError):
        Composition().embed(b"not a model")
