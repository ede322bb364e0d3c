# SPDX-License-Identifier: Apache-2.0
"""Histogram boosting in a file answers as scikit-learn does: labels on every row, probabilities to 1e-5."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lwnode.errors import ModelError
from lwnode.models import to_onnx
from tests.support.models import admissions, mixed, run


def _table(name):
    if name == "admissions":
        return admissions()
    if name == "mixed, three classes":
        X, score, categories = mixed()
        return X, np.digitize(score, [-0.7, 0.7]), categories
    X, y = {"cancer": load_breast_cancer, "wine": load_wine, "digits": load_digits}[name](return_X_y=True)
    return X.astype(np.float32), y, None


@pytest.mark.parametrize("name", ["cancer", "wine", "digits", "admissions", "mixed, three classes"])
def test_a_classifier_answers_as_scikit_learn(name):
    X, y, categories = _table(name)
    iterations = 8 if name == "digits" else 40
    estimator = HistGradientBoostingClassifier(
        max_iter=iterations, max_leaf_nodes=31, categorical_features=categories, early_stopping=False, random_state=0
    )
    estimator.fit(X, y)
    given = run(to_onnx(estimator, width=X.shape[1]), X)
    meant = estimator.predict_proba(X)
    assert np.array_equal(estimator.classes_[given.argmax(axis=1)], estimator.predict(X))
    assert np.abs(given - meant).max() < 1e-5


@pytest.mark.parametrize(
    ("loss", "options"),
    [("squared_error", {}), ("absolute_error", {}), ("quantile", {"quantile": 0.8}), ("poisson", {}), ("gamma", {})],
)
def test_a_regressor_answers_as_scikit_learn_under_every_loss(loss, options):
    X, score, categories = mixed()
    y = np.exp(score / 2) if loss in ("poisson", "gamma") else 40 + 10 * score
    estimator = HistGradientBoostingRegressor(
        loss=loss, max_iter=30, categorical_features=categories, random_state=0, **options
    ).fit(X, y)
    given = run(to_onnx(estimator, width=6), X)
    meant = estimator.predict(X)
    assert given.shape == (len(X), 1)
    np.testing.assert_allclose(given[:, 0], meant, rtol=1e-5, atol=1e-6 * np.abs(meant).max())


def test_real_regression_data_with_early_stopping():
    X, y = load_diabetes(return_X_y=True)
    X = X.astype(np.float32)
    estimator = HistGradientBoostingRegressor(early_stopping=True, random_state=0).fit(X, y)
    np.testing.assert_allclose(run(to_onnx(estimator, width=10), X)[:, 0], estimator.predict(X), rtol=1e-5)


@pytest.mark.parametrize("levels", [3, 12, 33, 100, 250])
def test_levels_that_are_unknown_missing_or_no_positions_take_the_way_of_missing_values(levels):
    X, score, categories = mixed(rows=1200, levels=levels, seed=levels)
    estimator = HistGradientBoostingRegressor(max_iter=25, categorical_features=categories, random_state=0).fit(
        X, score
    )
    strange = [levels, levels + 32, levels + 1e6, 3e9, -1, -0.5, 0.5, 1.5, 32.5, np.nan, -0.0, 0, 1, levels - 1]
    probe = np.repeat(X[:40], len(strange), axis=0)
    probe[:, 1] = np.tile(strange, 40)
    np.testing.assert_allclose(
        run(to_onnx(estimator, width=6), probe)[:, 0], estimator.predict(probe), rtol=0, atol=1e-5
    )


def test_levels_that_training_did_not_hold_leave_the_others_alone():
    X, score, categories = mixed()
    X = X[~np.isin(X[:, 1], [0, 3, 7])]  # positions with gaps
    score = score[: len(X)]
    estimator = HistGradientBoostingRegressor(max_iter=30, categorical_features=categories).fit(X, score)
    probe, _, _ = mixed()
    np.testing.assert_allclose(run(to_onnx(estimator, width=6), probe)[:, 0], estimator.predict(probe), atol=1e-5)


def test_missing_values_go_the_way_that_was_learned_also_where_training_had_none():
    X, score, _ = mixed()
    full = np.nan_to_num(X)
    estimator = HistGradientBoostingRegressor(max_iter=30).fit(full, score)
    np.testing.assert_allclose(run(to_onnx(estimator, width=6), X)[:, 0], estimator.predict(X), atol=1e-5)
    only_missing = np.full((3, 6), np.nan, dtype=np.float32)
    np.testing.assert_allclose(
        run(to_onnx(estimator, width=6), only_missing)[:, 0], estimator.predict(only_missing), atol=1e-5
    )


def test_values_on_a_threshold_and_next_to_it_go_the_same_way():
    rng = np.random.default_rng(3)
    X = rng.integers(0, 9, size=(600, 3)).astype(np.float32) / np.float32(7)
    y = X[:, 0] + (X[:, 1] > 0.5) * X[:, 2]
    estimator = HistGradientBoostingRegressor(max_iter=30).fit(X, y)
    thresholds = np.concatenate(
        [p.nodes["num_threshold"][p.nodes["is_leaf"] == 0] for (p,) in estimator._predictors]
    ).astype(np.float32)
    up, down = np.nextafter(thresholds, np.float32(9)), np.nextafter(thresholds, np.float32(-9))
    edge = np.concatenate([thresholds, up, down])
    probe = rng.permuted(np.column_stack([edge] * 3), axis=0)
    probe = np.concatenate([probe, [[np.inf] * 3, [-np.inf] * 3]]).astype(np.float32)
    np.testing.assert_allclose(run(to_onnx(estimator, width=3), probe)[:, 0], estimator.predict(probe), atol=1e-6)


def test_a_boosting_that_never_splits_gives_its_baseline():
    X = np.zeros((40, 2), dtype=np.float32)
    y = np.arange(40.0)
    estimator = HistGradientBoostingRegressor(max_iter=3).fit(X, y)
    assert run(to_onnx(estimator, width=2), X)[0, 0] == pytest.approx(19.5)


def test_text_labels_and_booleans():
    X, score, _ = mixed(rows=300)
    for labels in (np.where(score > 0, "yes", "no"), score > 0):
        estimator = HistGradientBoostingClassifier(max_iter=5).fit(X, labels)
        given = run(to_onnx(estimator, width=6), X)
        assert np.array_equal(estimator.classes_[given.argmax(axis=1)], estimator.predict(X))


def test_an_almost_certain_class_keeps_the_other_ones_log_odds():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 1)).astype(np.float32)
    estimator = HistGradientBoostingClassifier(max_iter=100, learning_rate=0.5, min_samples_leaf=5).fit(X, X[:, 0] > 0)
    given = run(to_onnx(estimator, width=1), X).astype(np.float64)
    log_odds = np.log(given[:, 1]) - np.log(given[:, 0])
    np.testing.assert_allclose(log_odds, estimator.decision_function(X), rtol=1e-4, atol=1e-4)
    assert np.abs(log_odds).max() > 10


@pytest.mark.parametrize("front", [(StandardScaler(),), (SimpleImputer(add_indicator=True), StandardScaler())])
def test_the_last_step_of_a_pipeline_answers_as_scikit_learn(front):
    X, score, _ = mixed()
    estimator = make_pipeline(*front, HistGradientBoostingClassifier(max_iter=20)).fit(X, score > 0)
    given = run(to_onnx(estimator, width=6), X)
    assert np.array_equal(given.argmax(axis=1), estimator.predict(X))
    assert np.abs(given - estimator.predict_proba(X)).max() < 1e-5


def test_many_iterations_stay_within_the_tolerance():
    X, score, categories = mixed(rows=300)
    estimator = HistGradientBoostingClassifier(
        max_iter=200, learning_rate=0.1, max_leaf_nodes=7, categorical_features=categories, early_stopping=False
    ).fit(X, score > 0)
    given = run(to_onnx(estimator, width=6), X)
    assert np.abs(given - estimator.predict_proba(X)).max() < 1e-5


def test_a_file_of_a_hundred_iterations_of_31_leaves_is_small():
    X, score, _ = mixed(rows=2000)
    estimator = HistGradientBoostingRegressor(max_iter=100, max_leaf_nodes=31, early_stopping=False).fit(X, score)
    model = to_onnx(estimator, width=6)
    assert len(model) < 120_000
    assert model == to_onnx(estimator, width=6)
    operators = [node.op_type for node in onnx.load_from_string(model).graph.node]
    assert operators == ["TreeEnsemble", "Add"]


def test_what_cannot_be_exported_says_why():
    X, score, _ = mixed(rows=200)
    with pytest.raises(ModelError, match="not fitted"):
        to_onnx(HistGradientBoostingRegressor(), width=6)
    with pytest.raises(ModelError, match="not fitted"):
        to_onnx(HistGradientBoostingClassifier(), width=6)
    halves = np.column_stack([np.round(X[:, 0] * 2) / 2, X[:, 0]])
    with pytest.raises(ModelError, match="positions of levels"):
        to_onnx(HistGradientBoostingRegressor(max_iter=2, categorical_features=[0]).fit(halves, score), width=2)
    names = np.column_stack([np.where(score > 0, "a", "b"), score.astype(object)]).astype(object)
    with pytest.raises(ModelError, match="positions of levels"):
        to_onnx(HistGradientBoostingRegressor(max_iter=2, categorical_features=[0]).fit(names, score), width=2)
    estimator = HistGradientBoostingClassifier(max_iter=2).fit(X, score > 0)
    estimator.classes_ = estimator.classes_[:1]
    with pytest.raises(ModelError, match="one class"):
        to_onnx(estimator, width=6)
