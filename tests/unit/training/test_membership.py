# SPDX-License-Identifier: Apache-2.0
"""Membership inference finds a model that learnt its rows by heart, and not one that could not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lwnode.documents import Privacy
from lwnode.errors import CancelledError
from lwnode.specification import mu_for
from lwnode.training import Table, pose
from lwnode.training.membership import (
    audit_membership,
    confidence,
    membership,
    preset_trainer,
    threshold_attack,
)

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(400, 4))
PROBLEM = pose(Table.from_arrays(ROWS, (ROWS[:, 0] + RNG.normal(size=400) > 0).astype(int)))
REGRESSION = pose(Table.from_arrays(ROWS, ROWS[:, 0] + RNG.normal(size=400)))


class Heart:
    """Answers right where it was trained, and with a coin elsewhere."""

    def __init__(self, problem: Any, rows: np.ndarray) -> None:
        self.known = {tuple(row) for row in problem.X[rows].tolist()}
        self.labels = {tuple(row): int(label) for row, label in zip(problem.X.tolist(), problem.y, strict=True)}

    def scores(self, X: np.ndarray) -> np.ndarray:
        out = np.full((len(X), 2), 0.5)
        for k, row in enumerate(X.tolist()):
            if tuple(row) in self.known:
                out[k, self.labels[tuple(row)]], out[k, 1 - self.labels[tuple(row)]] = 0.9, 0.1
        return out


class Constant:
    def scores(self, X: np.ndarray) -> np.ndarray:
        return np.tile([0.4, 0.6], (len(X), 1))


def test_a_model_that_learnt_by_heart_is_found() -> None:
    found = membership(PROBLEM, lambda rows, seed: Heart(PROBLEM, rows), shadows=8)
    assert found is not None
    assert (found.auc, found.pairs) == (1.0, 200 - (np.bincount(PROBLEM.y) % 2).sum() // 2)
    assert found.low > 0.95
    assert found.tpr > found.fpr
    (finding,) = audit_membership(found)
    assert (finding.code, finding.severity) == ("model-tells-members", "warn")
    assert "100 of 100" in finding.message


def test_a_model_that_knows_nothing_gives_a_coin() -> None:
    found = membership(PROBLEM, lambda rows, seed: Constant(), shadows=8)
    assert found is not None
    assert found.auc == 0.5
    (finding,) = audit_membership(found)
    assert (finding.code, finding.severity) == ("membership-measured", "note")
    assert "50 of 100" in finding.message


def test_forests_with_leaves_of_one_row_against_a_linear_model() -> None:
    from sklearn.ensemble import RandomForestClassifier

    class Wrapped:
        def __init__(self, rows: np.ndarray, seed: int) -> None:
            self.forest = RandomForestClassifier(10, random_state=seed).fit(PROBLEM.X[rows], PROBLEM.y[rows])

        def scores(self, X: np.ndarray) -> np.ndarray:
            return self.forest.predict_proba(X)

    forest = membership(PROBLEM, Wrapped, shadows=9)
    linear_trainer = preset_trainer(PROBLEM, "logistic regression", "quick")
    assert linear_trainer is not None
    linear = membership(PROBLEM, linear_trainer, shadows=9)
    assert forest is not None
    assert linear is not None
    assert forest.low > 0.6
    assert linear.auc < 0.6 < forest.auc


def test_the_likelihood_ratio_finds_what_the_loss_alone_does_not() -> None:
    hard = RNG.normal(size=400) * 5  # how hard each row is, which hides a small shift of those that are in

    class Shifted:
        def __init__(self, rows: np.ndarray, seed: int) -> None:
            self.inside = np.isin(np.arange(400), rows)
            self.noise = np.random.default_rng(seed).normal(size=400) * 0.3

        def scores(self, X: np.ndarray) -> np.ndarray:
            odds = 1 / (1 + np.exp(-(hard + self.noise + 0.8 * self.inside)))
            return np.where(np.eye(2, dtype=bool)[PROBLEM.y], odds[:, None], 1 - odds[:, None])

    found = membership(PROBLEM, Shifted, shadows=12)
    assert found is not None
    assert found.attack in ("calibrated loss", "likelihood ratio")
    assert found.low > 0.7


def test_regressions_are_attacked_too() -> None:
    train = preset_trainer(REGRESSION, "ridge regression", "quick")
    assert train is not None
    found = membership(REGRESSION, train, shadows=4)
    assert found is not None
    assert 0.4 < found.auc < 0.6


def test_time_ends_it_and_a_person_can() -> None:
    asked = iter([True, False])
    assert membership(PROBLEM, lambda rows, seed: Constant(), more=lambda: next(asked)) is None
    assert audit_membership(None)[0].severity == "note"

    def stop(share: float | None, doing: str) -> None:
        if share:
            raise CancelledError("ended")

    with pytest.raises(CancelledError):
        membership(PROBLEM, lambda rows, seed: Constant(), progress=stop)


def test_every_class_is_in_every_half() -> None:
    seen: list[np.ndarray] = []

    def train(rows: np.ndarray, seed: int) -> Constant:
        seen.append(np.bincount(PROBLEM.y[rows]))
        return Constant()

    membership(PROBLEM, train, shadows=3)
    assert all(abs(counts - np.bincount(PROBLEM.y) / 2).max() <= 1 for counts in seen)


def test_one_model_and_rows_that_were_held_back() -> None:
    rng = np.random.default_rng(1)
    found = threshold_attack(rng.normal(1.0, 1.0, 400), rng.normal(0.0, 1.0, 300), rng=rng)
    assert (found.models, found.pairs) == (0, 300)
    assert 0.66 < found.auc < 0.86  # Φ(1/√2) = 0.76
    alike = threshold_attack(rng.normal(size=300), rng.normal(size=300), rng=rng)
    assert audit_membership(alike)[0].severity == "note"


def test_a_models_own_guarantee_is_held_against_it() -> None:
    privacy = Privacy(mode="private", epsilon=1.0, delta=1e-5, mu=mu_for(1.0, 1e-5))
    kept = membership(PROBLEM, lambda rows, seed: Constant(), shadows=4)
    broken = membership(PROBLEM, lambda rows, seed: Heart(PROBLEM, rows), shadows=4)
    assert [one.severity for one in audit_membership(kept, privacy)] == ["note"]
    assert "at most 58" in audit_membership(kept, privacy)[0].message
    assert [(one.code, one.severity) for one in audit_membership(broken, privacy)] == [("guarantee-broken", "refuse")]


def test_presets_are_known_by_family_and_adopted_models_are_not() -> None:
    assert preset_trainer(PROBLEM, "own model", "adopted") is None
    assert preset_trainer(PROBLEM, "random forest", "quick") is None
    assert preset_trainer(PROBLEM, "random forest", "balanced") is not None


def test_confidence_is_larger_where_the_answer_is_better() -> None:
    sure = confidence("classification", np.array([0, 0]), np.array([[0.9, 0.1], [0.2, 0.8]]))
    near = confidence("regression", np.array([1.0, 1.0]), np.array([[1.1], [3.0]]))
    assert sure[0] > 0 > sure[1]
    assert near[0] > near[1]
