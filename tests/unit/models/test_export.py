# SPDX-License-Identifier: Apache-2.0
"""Every estimator that the node trains or takes in, in a file, says what it said before."""

from __future__ import annotations

import warnings

import numpy as np
import onnx
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    LinearRegression,
    LogisticRegression,
    Perceptron,
    PoissonRegressor,
    Ridge,
)
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from lwnode.errors import ModelError
from lwnode.models import scan, to_onnx
from lwnode.models.probe import answers_of
from tests.support.models import mixed, run

NUMBERS, CATEGORIES = [0, 2, 3, 5], [1, 4]


def prepared(last, *, scale=True, **imputing):
    numbers = [SimpleImputer(**imputing), *([StandardScaler()] if scale else [])]
    hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_pipeline(
        ColumnTransformer([("numbers", make_pipeline(*numbers), NUMBERS), ("categories", hot, CATEGORIES)]), last
    )


def forest(kind, **options):
    return kind(n_estimators=12, min_samples_leaf=10, random_state=0, **options)


SMALL = {"hidden_layer_sizes": (8,), "max_iter": 20, "random_state": 0}

# estimator, task ("two" or "three" classes, "value", "positive" value), whether it is fitted on missing values
CASES = {
    "logistic": (LogisticRegression(), "two", False),
    "logistic, three classes": (LogisticRegression(), "three", False),
    "ridge": (Ridge(), "value", False),
    "linear": (LinearRegression(), "value", False),
    "elastic net": (ElasticNet(alpha=0.1), "value", False),
    "poisson": (PoissonRegressor(), "positive", False),
    "tree": (DecisionTreeClassifier(min_samples_leaf=10), "three", True),
    "regression tree": (DecisionTreeRegressor(min_samples_leaf=10), "value", True),
    "forest": (forest(RandomForestClassifier), "two", True),
    "forest, three classes": (forest(RandomForestClassifier), "three", True),
    "regression forest": (forest(RandomForestRegressor), "value", True),
    "extra trees": (forest(ExtraTreesClassifier), "three", True),
    "extra regression trees": (forest(ExtraTreesRegressor), "value", True),
    "gradient boosting": (GradientBoostingClassifier(n_estimators=15), "three", False),
    "gradient regression": (GradientBoostingRegressor(n_estimators=15), "value", False),
    "perceptrons": (make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=20, random_state=0)), "three", False),
    "regression perceptrons": (
        prepared(MLPRegressor(hidden_layer_sizes=(8,), max_iter=20, random_state=0)),
        "value",
        True,
    ),
    "prepared logistic": (prepared(LogisticRegression()), "three", True),
    "with indicators": (prepared(LogisticRegression(), add_indicator=True), "two", True),
    "median": (prepared(Ridge(), strategy="median"), "value", True),
    "unscaled": (prepared(Ridge(), scale=False), "value", True),
    "constant": (prepared(Ridge(), strategy="constant", fill_value=-1.5), "value", True),
    "prepared forest": (prepared(forest(RandomForestClassifier)), "two", True),
    "prepared boosting": (prepared(HistGradientBoostingClassifier(max_iter=15), add_indicator=True), "three", True),
    "other scalers": (make_pipeline(RobustScaler(), MinMaxScaler(), Ridge()), "value", False),
    "grid search": (GridSearchCV(prepared(Ridge()), {"ridge__alpha": [0.1, 1.0]}, cv=2), "value", True),
    "stacked": (
        StackingClassifier([("a", LogisticRegression()), ("b", HistGradientBoostingClassifier(max_iter=5))], cv=2),
        "two",
        False,
    ),
    "bagged": (BaggingClassifier(DecisionTreeClassifier(min_samples_leaf=10), 4, random_state=0), "three", True),
    "calibrated": (CalibratedClassifierCV(forest(RandomForestClassifier), cv=2), "two", False),
}


def _fitted(estimator, task, missing):
    X, score, _ = mixed(rows=500, levels=5)
    X = X if missing else np.nan_to_num(X)
    y = {
        "two": np.where(score > 0, "yes", "no"),
        "three": np.digitize(score, [-1, 1]),
        "value": 5 + score,
        "positive": np.exp(score / 3),
    }[task]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(X, y), X


@pytest.mark.parametrize("name", CASES)
def test_a_file_answers_as_its_estimator(name):
    estimator, task, missing = CASES[name]
    estimator, X = _fitted(estimator, task, missing)
    model = to_onnx(estimator, width=6)
    signature = scan(model)
    assert (signature.width, signature.columns) == (6, {"two": 2, "three": 3}.get(task, 1))
    given = run(model, X)
    meant = np.asarray(answers_of(estimator)(X)).reshape(len(X), -1)
    np.testing.assert_allclose(given, meant, rtol=1e-5, atol=1e-5)
    if task in ("two", "three"):
        assert np.array_equal(given.argmax(axis=1), meant.argmax(axis=1))


@pytest.mark.parametrize(
    "options",
    [
        {"handle_unknown": "ignore"},
        {"handle_unknown": "ignore", "drop": "if_binary"},
        {"drop": "first"},
        {"handle_unknown": "infrequent_if_exist", "min_frequency": 60},
        {"handle_unknown": "infrequent_if_exist", "max_categories": 3},
        {"handle_unknown": "ignore", "drop": "first", "min_frequency": 60},
    ],
    ids=str,
)
def test_one_hot_encoding_of_positions_with_missing_and_unknown_ones(options):
    X, score, _ = mixed(rows=600, levels=9)
    X[X[:, 1] == 0, 1] = 8  # some levels are rarer than others
    front = ColumnTransformer([("categories", OneHotEncoder(sparse_output=False, **options), CATEGORIES)])
    estimator = make_pipeline(front, Ridge()).fit(X, score)
    probe = X.copy()
    if "handle_unknown" in options:
        probe[:50, 1] = 30
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # scikit-learn says that the level is unknown
        meant = estimator.predict(probe)
    np.testing.assert_allclose(run(to_onnx(estimator, width=6), probe)[:, 0], meant, atol=1e-5)


def test_an_imputer_drops_a_column_that_had_no_value():
    X, score, _ = mixed(rows=200)
    X[:, 2] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # scikit-learn says that it drops the column
        estimator = make_pipeline(SimpleImputer(), Ridge()).fit(X, score)
        meant = estimator.predict(X)
    np.testing.assert_allclose(run(to_onnx(estimator, width=6), X)[:, 0], meant, atol=1e-5)


def test_scaling_before_trees_moves_no_row_over_a_threshold():
    rng = np.random.default_rng(5)
    X = rng.normal(size=(1500, 3)).astype(np.float32) * np.float32(37.7)
    y = X[:, 0] + X[:, 1] > 0
    estimator = make_pipeline(StandardScaler(), DecisionTreeClassifier(min_samples_leaf=2)).fit(X, y)
    given = run(to_onnx(estimator, width=3), X)
    np.testing.assert_allclose(given, estimator.predict_proba(X), atol=1e-6)


def test_files_say_nothing_but_the_computation_and_are_reproducible():
    estimator, _ = _fitted(*CASES["with indicators"])
    model = to_onnx(estimator, width=6)
    assert model == to_onnx(estimator, width=6)
    parsed = onnx.load_from_string(model)
    assert (parsed.producer_name, parsed.doc_string, len(parsed.metadata_props)) == ("lwnode", "", 0)
    assert {node.name for node in parsed.graph.node} == {""}
    assert len({opset.domain for opset in parsed.opset_import}) == len(parsed.opset_import)
    assert b"SimpleImputer" not in model


@pytest.mark.parametrize(
    ("estimator", "task", "match"),
    [
        (Perceptron(), "two", "no class probabilities"),
        (TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1), "positive", "cannot be written"),
        (CalibratedClassifierCV(HistGradientBoostingClassifier(max_iter=3), cv=2), "two", "calibrated"),
        (
            StackingClassifier(
                [("a", GradientBoostingClassifier(n_estimators=3)), ("b", forest(RandomForestClassifier))], cv=2
            ),
            "two",
            "two kinds of tree ensembles",
        ),
    ],
    ids=["no probabilities", "no converter", "calibrated boosting", "two kinds of trees"],
)
def test_what_cannot_be_written_is_refused_with_a_hint(estimator, task, match):
    estimator, _ = _fitted(estimator, task, False)
    with pytest.raises(ModelError, match=match) as caught:
        to_onnx(estimator, width=6)
    assert caught.value.hint


def test_several_outputs_and_single_classes_are_refused():
    X, score, _ = mixed(rows=100)
    with pytest.raises(ModelError, match="several outputs"):
        to_onnx(forest(RandomForestRegressor).fit(X, np.column_stack([score, score])), width=6)
    with pytest.raises(ModelError, match="several values"):
        to_onnx(MultiOutputRegressor(Ridge()).fit(np.nan_to_num(X), np.column_stack([score, score])), width=6)
    with pytest.raises(ModelError, match="one class"):
        to_onnx(forest(RandomForestClassifier).fit(X, np.zeros(100)), width=6)
    with pytest.raises(ModelError, match="not fitted"):
        to_onnx(RandomForestRegressor(), width=6)
    with pytest.raises(ModelError, match="NaN"):
        to_onnx(make_pipeline(SimpleImputer(missing_values=-1.0), Ridge()).fit(np.nan_to_num(X), score), width=6)
