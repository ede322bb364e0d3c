# SPDX-License-Identifier: Apache-2.0
"""Published files that keep rows are found without their estimator: by their numbers, or by their structure."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from onnx import helper
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

from lwnode.documents import Input
from lwnode.models import adopt, arrays, to_onnx
from lwnode.models.kept_rows import kept_rows, words
from lwnode.models.normalise import normalise
from lwnode.specification import audit_arrays
from tests.support.models import constant, model_of, run

F = 6
RNG = np.random.default_rng(0)
X = (RNG.normal(size=(200, F)) * [1, 10, 100, 3, 5, 7] + [0, 50, 120, 1, 2, 3]).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)
INPUTS = [Input(name=f"c{j}", type="number") for j in range(F)]
SCALERS = {
    "raw": (np.zeros(F), np.ones(F)),
    "standardised": (X.mean(axis=0), 1 / X.std(axis=0)),
    "between minimum and maximum": (X.min(axis=0), 1 / np.ptp(X, axis=0)),
    "own scale": (X[:90].mean(axis=0), 1 / X[:90].std(axis=0)),  # of a part of the rows, found in the file only
}


def smoother(scale: str, *, transposed: bool = False, turn: np.ndarray | None = None) -> bytes:
    """A kernel regression, as a Gaussian process or soft nearest neighbours are, written by hand: it holds its rows."""
    offset, factor = (part.astype(np.float32) for part in SCALERS[scale])
    kept = (X - offset) * factor
    if turn is not None:
        kept = kept @ turn.astype(np.float32)
    nodes = [
        helper.make_node("Sub", ["input", "offset"], ["moved"]),
        helper.make_node("Mul", ["moved", "factor"], ["scaled"]),
        *([helper.make_node("MatMul", ["scaled", "turn"], ["turned"])] if turn is not None else []),
    ]
    seen = "turned" if turn is not None else "scaled"
    stored = "kept"
    if not transposed:
        nodes.append(helper.make_node("Transpose", ["kept"], ["columns"], perm=[1, 0]))
        stored = "columns"
    nodes += [
        helper.make_node("MatMul", [seen, stored], ["alike"]),
        helper.make_node("Sub", ["alike", "norms"], ["near"]),
        helper.make_node("Softmax", ["near"], ["shares"], axis=1),
        helper.make_node("MatMul", ["shares", "labels"], ["values"]),
    ]
    constants = [
        constant("offset", offset),
        constant("factor", factor),
        constant("kept", kept.T if transposed else kept),
        constant("norms", (kept**2).sum(axis=1) / 2),
        constant("labels", Y[:, None]),
        *([constant("turn", turn)] if turn is not None else []),
    ]
    return model_of(nodes, width=F, output="values", columns=1, constants=constants).SerializeToString()


def foreign(estimator: Any, labels: np.ndarray = Y) -> bytes:
    """What another exporter writes."""
    from skl2onnx import to_onnx as convert

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = estimator.fit(X, labels)
        plain = {id(fitted): {"zipmap": False}} if hasattr(fitted, "classes_") else None
        file = convert(fitted, X[:1], target_opset={"": 18, "ai.onnx.ml": 3}, options=plain)
    return bytes(file.SerializeToString())


def adopted(model: bytes, task: str = "regression") -> bytes:
    classes = ("0", "1") if task == "classification" else ()
    return adopt(model, inputs=INPUTS, task=task, classes=classes, probe=X).bytes


def copies(model: bytes) -> list[str]:
    return [finding.code for finding in audit_arrays(arrays(model), X.astype(np.float64))]


@pytest.mark.parametrize("transposed", [False, True], ids=["by row", "by column"])
@pytest.mark.parametrize("scale", SCALERS)
def test_an_adopted_file_with_its_rows_is_refused(scale: str, transposed: bool) -> None:
    model = adopted(smoother(scale, transposed=transposed))
    assert np.corrcoef(run(model, X)[:, 0], Y)[0, 1] > 0.5  # it does predict by them
    assert copies(model) == ["copy-in-model"]


def test_rows_that_were_rotated_are_seen_by_their_number() -> None:
    turn = np.linalg.qr(RNG.normal(size=(F, F)))[0]
    model = adopted(smoother("standardised", turn=turn))
    assert copies(model) == []  # no copy scan can know the rotation
    found = kept_rows(model, rows=len(X), trained_here=False)
    assert [(finding.code, finding.severity) for finding in found] == [("table-in-model", "warn")]
    assert kept_rows(model, rows=len(X) + 1, trained_here=False) == ()


@pytest.mark.parametrize("scaler", [None, StandardScaler(), MinMaxScaler()], ids=["raw", "standard", "min-max"])
def test_support_vectors_are_refused_by_both_scans(scaler: Any) -> None:
    estimator = SVR() if scaler is None else make_pipeline(scaler, SVR())
    model = adopted(foreign(estimator))
    assert copies(model) == ["copy-in-model"]
    (found,) = kept_rows(model, rows=len(X), trained_here=False)
    assert (found.code, found.severity) == ("family-keeps-rows", "refuse")


def test_a_classifier_of_support_vectors_is_refused_too() -> None:
    raw = normalise(foreign(SVC()), task="classification", width=F, columns=2)
    assert copies(raw) == ["copy-in-model"]
    assert [finding.code for finding in kept_rows(raw, rows=len(X), trained_here=False)] == ["family-keeps-rows"]


@pytest.mark.parametrize("estimator", [DecisionTreeClassifier(), RandomForestClassifier(5, max_features=1)])
def test_trees_with_too_many_leaves_have_small_ones(estimator: Any) -> None:
    labels = RNG.integers(0, 2, len(X))  # that the rows do not explain, so that leaves become small
    own = to_onnx(estimator.fit(X, labels), width=F)
    for trained_here in (True, False):
        found = kept_rows(own, rows=len(X), trained_here=trained_here)
        assert [(finding.code, finding.severity) for finding in found] == [("small-leaves", "warn")]


def test_trees_of_another_exporter_are_counted_one_by_one() -> None:
    for labels, codes in ((RNG.integers(0, 2, len(X)), ["small-leaves"]), (Y, ["leaves-not-counted"])):
        model = adopted(foreign(DecisionTreeClassifier(), labels), "classification")
        assert [finding.code for finding in kept_rows(model, rows=len(X), trained_here=False)] == codes


def test_large_leaves_are_quiet_and_nobody_claims_to_have_counted_others() -> None:
    model = to_onnx(HistGradientBoostingClassifier(max_iter=5, max_leaf_nodes=5).fit(X, Y), width=F)
    assert kept_rows(model, rows=len(X), trained_here=True) == ()
    (found,) = kept_rows(model, rows=len(X), trained_here=False)
    assert (found.code, found.severity) == ("leaves-not-counted", "note")


@pytest.mark.parametrize("rows", [200, 6])
def test_models_without_rows_are_quiet(rows: int) -> None:
    model = to_onnx(make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y), width=F)
    assert kept_rows(model, rows=rows, trained_here=False) == ()
    assert copies(model) == []


def test_the_words_of_a_file() -> None:
    node = helper.make_node("Identity", ["input"], ["values"], name="Ms Example", doc_string="ward 7")
    file = model_of([node], width=1, output="values", columns=1, constants=[constant("held back", [1.0])])
    entry = file.metadata_props.add()
    entry.key, entry.value = "made by", "somebody"
    found = words(file.SerializeToString())
    assert {"Ms Example", "ward 7", "held back", "made by", "somebody", "values"} <= set(found)
    assert found == tuple(sorted(found))
