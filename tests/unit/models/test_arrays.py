# SPDX-License-Identifier: Apache-2.0
"""Every number of a file is seen: tensors, trees, coefficients, constants; never another file's."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.svm import SVC

from lwnode.errors import UnsafeModelError
from lwnode.models import arrays, to_onnx
from tests.support.models import FLOAT, constant, mixed, model_of


def _all(model):
    return np.concatenate([values.ravel().astype(np.float64) for values in arrays(model).values()])


def test_tensors_constants_and_attributes():
    nodes = [
        helper.make_node("Constant", [], ["a"], value=numpy_helper.from_array(np.float32([1.5]))),
        helper.make_node("Constant", [], ["b"], value_floats=[2.5]),
        helper.make_node("Constant", [], ["c"], value_ints=[3]),
        helper.make_node("Scaler", ["input"], ["d"], domain="ai.onnx.ml", offset=[4.5], scale=[1.0]),
        helper.make_node("Sum", ["a", "b", "d", "w"], ["probabilities"]),
    ]
    found = arrays(model_of(nodes, constants=[constant("w", [[5.5, 6.5, 7.5]])]).SerializeToString())
    assert {1.5, 2.5, 3.0, 4.5, 5.5, 6.5, 7.5} <= set(np.concatenate([v.ravel() for v in found.values()]).tolist())
    assert found["w"].shape == (1, 3)
    assert found["3.Scaler.offset"].tolist() == [4.5]


def test_coefficients_and_leaves_are_among_them():
    X, score, _ = mixed(rows=300)
    ridge = Ridge().fit(np.nan_to_num(X), score)
    assert np.isin(ridge.coef_.astype(np.float32), _all(to_onnx(ridge, width=6))).all()
    boosting = HistGradientBoostingRegressor(max_iter=2).fit(X, score)
    nodes = boosting._predictors[0][0].nodes
    leaves = nodes["value"][nodes["is_leaf"] == 1].astype(np.float32)
    assert np.isin(leaves, _all(to_onnx(boosting, width=6)).astype(np.float32)).all()


def test_a_support_vector_machine_shows_its_rows():
    X = np.nan_to_num(mixed(rows=80)[0])
    machine = SVC().fit(X, X[:, 0] > 0)
    nodes = [
        helper.make_node(
            "SVMRegressor",
            ["input"],
            ["values"],
            domain="ai.onnx.ml",
            support_vectors=machine.support_vectors_.ravel().tolist(),
            coefficients=machine.dual_coef_.ravel().tolist(),
            n_supports=len(machine.support_vectors_),
            kernel_type="RBF",
            kernel_params=[0.1, 0.0, 0.0],
            rho=[0.0],
        )
    ]
    found = arrays(model_of(nodes, width=6, output="values", columns=1).SerializeToString())
    assert found["0.SVMRegressor.support_vectors"].reshape(-1, 6).tolist() == machine.support_vectors_.tolist()


def test_numbers_in_another_file_are_refused_not_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w").write_bytes(np.float32([1, 2, 3]).tobytes())
    tensor = TensorProto(name="w", data_type=FLOAT, dims=[3], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="w")
    model = model_of([helper.make_node("Add", ["input", "w"], ["probabilities"])], constants=[tensor])
    with pytest.raises(UnsafeModelError, match="another file"):
        arrays(model.SerializeToString())
