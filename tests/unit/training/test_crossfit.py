# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from lwnode.training import Table, auc, cross_fitted, pose, rmse


def table(y: np.ndarray, X: np.ndarray) -> Table:
    return Table.from_arrays(X, y, name="t")


def test_rows_are_predicted_by_models_that_have_not_seen_them() -> None:
    rng = np.random.default_rng(0)
    noise = table(rng.integers(0, 2, 300), rng.normal(size=(300, 5)))
    problem = pose(noise, "classification")
    scores = cross_fitted(problem)
    assert scores.shape == (300, 2)
    np.testing.assert_allclose(scores.sum(1), 1.0, atol=1e-6)
    assert 0.35 < auc(problem.y, scores[:, 1]) < 0.65, "pure noise must not look learnt"


def test_what_can_be_learnt_is_learnt() -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 4))
    problem = pose(table((X[:, 0] + 0.3 * rng.normal(size=300) > 0).astype(int), X), "classification")
    assert auc(problem.y, cross_fitted(problem)[:, 1]) > 0.9
    values = pose(table(X[:, 0] * 3.0 + 0.1 * rng.normal(size=300), X), "regression")
    assert rmse(values.y, cross_fitted(values)[:, 0]) < 1.0


@pytest.mark.parametrize("folds", [2, 5])
def test_it_is_the_same_every_time(folds: int) -> None:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(120, 3))
    problem = pose(table((X[:, 0] > 0).astype(int), X), "classification")
    np.testing.assert_array_equal(cross_fitted(problem, folds=folds), cross_fitted(problem, folds=folds))
