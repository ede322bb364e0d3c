# SPDX-License-Identifier: Apache-2.0
"""Models from elsewhere: what is taken in answers as it did, and what does not is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from onnx import helper
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from lwnode.documents import Input
from lwnode.errors import CheckFailedError, DataError, ModelError, UnsafeModelError, WorkerError
from lwnode.models import adopt, replay, to_onnx
from lwnode.models.probe import Replay, require_faithful
from tests.support.models import constant, fixed_answer, mixed, model_of, run

INPUTS = tuple(
    Input(name=f"c{column}", type="category", levels=tuple("abcdefghijkl"))
    if column in (1, 4)
    else Input(name=f"c{column}", type="number")
    for column in range(6)
)
X, SCORE, CATEGORIES = mixed()
FULL = np.nan_to_num(X)
LABELS = np.where(SCORE > 0, "yes", "no")


def test_replay_counts_labels_and_differences():
    estimator = LogisticRegression().fit(FULL, LABELS)
    model = to_onnx(estimator, width=6)
    same = replay(model, estimator.predict_proba, FULL)
    assert same.agreement == same.faithful == 1.0
    assert same.difference < 1e-6

    def other(rows):
        given = estimator.predict_proba(rows)
        given[:90] = given[:90, ::-1]
        return given

    changed = replay(model, other, FULL)
    assert changed.agreement == pytest.approx(0.9, abs=0.01)
    assert changed.faithful <= changed.agreement
    assert changed.difference > 0.5


def test_replay_of_values_is_relative_to_their_spread():
    estimator = Ridge().fit(FULL, 1e6 * SCORE)
    model = to_onnx(estimator, width=6)
    assert replay(model, estimator.predict, FULL).agreement == 1.0
    assert replay(model, lambda rows: estimator.predict(rows) + 1e5, FULL).agreement == 0.0
    with pytest.raises(ModelError, match="gives"):
        replay(model, lambda rows: estimator.predict(rows)[:5], FULL)


def test_a_file_that_changes_answers_is_not_faithful():
    require_faithful(Replay(agreement=1.0, difference=0.9, faithful=0.998))
    with pytest.raises(ModelError, match=r"2\.0%") as caught:
        require_faithful(Replay(agreement=0.98, difference=0.9, faithful=0.98))
    assert caught.value.hint


ESTIMATORS = {
    "boosting": (
        HistGradientBoostingClassifier(max_iter=10, categorical_features=CATEGORIES),
        X,
        LABELS,
        "histogram boosting",
    ),
    "forest": (RandomForestClassifier(5, min_samples_leaf=10), X, SCORE > 0, "random forest"),
    "pipeline": (make_pipeline(SimpleImputer(), StandardScaler(), Ridge()), X, SCORE, "ridge regression"),
    "without missing values": (LinearRegression(), FULL, SCORE, "linear regression"),
    "growing without end": (PoissonRegressor(), FULL, np.exp(SCORE), "PoissonRegressor"),
    "strict about levels": (
        make_pipeline(ColumnTransformer([("hot", OneHotEncoder(sparse_output=False), [1, 4])]), LogisticRegression()),
        FULL,
        LABELS,
        "logistic regression",
    ),
}


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("probed", [True, False])
def test_a_fitted_estimator_is_taken_in_and_compared(name, probed):
    estimator, rows, y, family = ESTIMATORS[name]
    estimator.fit(rows, y)
    inputs = INPUTS
    if name == "strict about levels":
        inputs = (*INPUTS[:4], Input(name="c4", type="category", levels=tuple("abcd")), INPUTS[5])
    file = adopt(estimator, inputs=inputs, probe=rows[:200] if probed else None)
    assert (file.format, file.family) == ("onnx", family)
    assert file.task == ("classification" if hasattr(estimator, "classes_") else "regression")
    assert file.classes == tuple(str(label) for label in getattr(estimator, "classes_", ()))
    assert file.agreement == 1.0
    takes_missing = name in ("boosting", "forest", "pipeline") or probed  # the probe rows here are complete otherwise
    assert [finding.code for finding in file.findings] == ([] if takes_missing else ["no-missing-values"])


def test_classes_and_task_may_be_said_and_must_then_be_right():
    estimator = LogisticRegression().fit(FULL, LABELS)
    assert adopt(estimator, inputs=INPUTS, task="classification", classes=("no", "yes")).classes == ("no", "yes")
    with pytest.raises(ModelError, match="other classes"):
        adopt(estimator, inputs=INPUTS, classes=("yes", "no"))
    with pytest.raises(ModelError, match="not for regression"):
        adopt(estimator, inputs=INPUTS, task="regression")
    with pytest.raises(ModelError, match="probe rows of shape"):
        adopt(estimator, inputs=INPUTS[:5], probe=X)
    with pytest.raises(ModelError, match="without inputs"):
        adopt(estimator, inputs=())


def test_a_family_that_keeps_rows_is_refused_and_small_leaves_are_reported():
    with pytest.raises(CheckFailedError) as caught:
        adopt(KNeighborsClassifier().fit(FULL, LABELS), inputs=INPUTS)
    assert caught.value.findings[0].code == "family-keeps-rows"
    file = adopt(RandomForestClassifier(3, min_samples_leaf=1).fit(X, LABELS), inputs=INPUTS, family="my forest")
    assert [finding.code for finding in file.findings] == ["small-leaves"]
    assert file.family == "my forest"


@pytest.mark.parametrize("form", ["bytes", "path", "text"])
def test_a_file_is_taken_in_in_the_one_format(tmp_path, form):
    from skl2onnx import to_onnx as theirs

    estimator = LogisticRegression().fit(FULL, LABELS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = theirs(estimator, FULL, target_opset={"": 18, "ai.onnx.ml": 3}).SerializeToString()
    path = tmp_path / "model.onnx"
    path.write_bytes(data)
    given = {"bytes": data, "path": path, "text": str(path)}[form]
    file = adopt(given, inputs=INPUTS, task="classification", classes=("no", "yes"))
    np.testing.assert_allclose(run(file.bytes, FULL), estimator.predict_proba(FULL), atol=1e-6)
    assert file.family == "onnx"
    assert [finding.code for finding in file.findings] == ["no-missing-values"]
    assert adopt(file.bytes, inputs=INPUTS, task="classification", classes=("no", "yes")) == file


def test_a_file_that_does_not_answer_as_said_is_refused(tmp_path):
    three = fixed_answer([[0.2, 0.3, 0.5]])
    inputs = INPUTS[2:4] + INPUTS[5:]
    assert adopt(three, inputs=inputs, task="classification", classes="abc").classes == ("a", "b", "c")
    for classes in (("a", "b"), ("a",), ("a", "a", "b"), ()):
        with pytest.raises((ModelError, WorkerError)):
            adopt(three, inputs=inputs, task="classification", classes=classes)
    with pytest.raises(ModelError, match="what its task is"):
        adopt(three, inputs=inputs)
    with pytest.raises(ModelError):
        adopt(three, inputs=inputs, task="regression")
    with pytest.raises(ModelError, match="classes for regression"):
        adopt(fixed_answer([[1.0]], output="values"), inputs=inputs, task="regression", classes=("a", "b"))
    with pytest.raises((ModelError, WorkerError)):
        adopt(three, inputs=INPUTS, task="classification", classes="abc", probe=X)
    with pytest.raises(WorkerError, match="not finite"):
        adopt(fixed_answer([[float("nan")]], output="values"), inputs=inputs, task="regression")
    with pytest.raises(UnsafeModelError):
        adopt(b"\x80\x04K\x01.", inputs=inputs, task="regression")
    with pytest.raises(DataError, match=r"nowhere\.onnx"):
        adopt(tmp_path / "nowhere.onnx", inputs=inputs, task="regression")


def test_a_feature_extractor_is_taken_in():
    nodes = [helper.make_node("Gemm", ["input", "w"], ["features"])]
    model = model_of(nodes, output="features", columns=5, constants=[constant("w", np.ones((3, 5)))])
    inputs = INPUTS[2:4] + INPUTS[5:]
    probe = np.ones((4, 3), dtype=np.float32)
    file = adopt(model.SerializeToString(), inputs=inputs, task="feature extraction", probe=probe)
    assert (file.task, file.classes) == ("feature extraction", ())
    assert run(file.bytes, probe).tolist() == [[3.0] * 5] * 4
