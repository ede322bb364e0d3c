# SPDX-License-Identifier: Apache-2.0
"""Families that keep training rows are found wherever they hide."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import DBSCAN
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    BaggingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier, LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from sklearn.svm import SVC

from lwnode.models import NeuralNetwork, refuse

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)

KEEPING = {
    "neighbours": KNeighborsClassifier(),
    "neighbours, unfitted": KNeighborsClassifier(),
    "support vectors": SVC(),
    "gaussian process": GaussianProcessClassifier(),
    "kernel ridge": KernelRidge(),
    "outlier factor": LocalOutlierFactor(novelty=True),
    "clusters": DBSCAN(),
    "in a pipeline": make_pipeline(StandardScaler(), KNeighborsClassifier()),
    "an imputer": make_pipeline(KNNImputer(), LogisticRegression()),
    "a kernel map": make_pipeline(Nystroem(n_components=5), LogisticRegression()),
    "quantiles": make_pipeline(QuantileTransformer(n_quantiles=50), LogisticRegression()),
    "in a column transformer": make_pipeline(
        ColumnTransformer([("a", KNNImputer(), [0, 1]), ("b", SimpleImputer(), [2])]), LogisticRegression()
    ),
    "bagged": BaggingClassifier(SVC(), 2),
    "stacked": StackingClassifier([("a", KNeighborsClassifier()), ("b", LogisticRegression())], cv=2),
    "voting": VotingClassifier([("a", make_pipeline(StandardScaler(), SVC())), ("b", LogisticRegression())]),
    "calibrated": CalibratedClassifierCV(KNeighborsClassifier(), cv=2),
    "searched": GridSearchCV(SVC(), {"C": [1.0]}, cv=2),
}


@pytest.mark.parametrize("name", KEEPING)
def test_a_family_that_keeps_rows_is_refused_wherever_it_stands(name):
    estimator = KEEPING[name] if "unfitted" in name else KEEPING[name].fit(X, Y)
    found = refuse(estimator)
    assert found[0].code == "family-keeps-rows"
    assert found[0].severity == "refuse"
    assert len({(finding.code, finding.message) for finding in found}) == len(found)


def test_estimators_of_other_libraries_are_known_by_what_they_hold():
    class Theirs:
        def get_params(self):
            return {}

    theirs = Theirs()
    theirs.X_train_ = X
    assert [finding.code for finding in refuse(make_pipeline(StandardScaler(), theirs))] == ["family-keeps-rows"]


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()),
        RandomForestClassifier(5, min_samples_leaf=10),
        HistGradientBoostingClassifier(max_iter=3),
    ],
    ids=["linear", "pipeline", "forest", "boosting"],
)
def test_the_families_of_the_presets_pass(estimator):
    assert refuse(estimator.fit(X, Y)) == ()


def test_the_network_preset_passes():
    assert refuse(NeuralNetwork((), task="regression")) == ()


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(5, min_samples_leaf=2),
        make_pipeline(StandardScaler(), HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=1)),
    ],
    ids=["forest", "boosting"],
)
def test_small_leaves_are_a_warning_that_counts_the_rows(estimator):
    (found,) = refuse(estimator.fit(X, RNG.integers(0, 2, 60)))
    assert (found.code, found.severity) == ("small-leaves", "warn")
    assert "min_samples_leaf" in found.message


def test_values_of_single_rows_are_a_warning():
    found = refuse(CalibratedClassifierCV(LogisticRegression(), method="isotonic", cv=2).fit(X, Y))
    assert [(finding.code, finding.severity) for finding in found] == [("family-keeps-values", "warn")]


def test_refusals_come_first_and_circles_end():
    labels = RNG.integers(0, 2, 60)  # that the rows do not explain, so that leaves become small
    estimator = make_pipeline(KNNImputer(), RandomForestClassifier(3, min_samples_leaf=1)).fit(X, labels)
    estimator.itself = [estimator]
    assert [finding.severity for finding in refuse(estimator)] == ["refuse", "warn"]
