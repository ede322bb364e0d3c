# SPDX-License-Identifier: Apache-2.0
"""The choice of a method on labels: kept where they cannot tell, changed where another is clearly better."""

from __future__ import annotations

import numpy as np
import pytest

from lwnode.reuse import FOLDS, Evidence, Labelled, Members, combine, out_of_fold, pick


def _team(n: int) -> Members:
    return Members(ids=tuple(f"m{i}" for i in range(n)), distances=np.full(n, 0.1), gamma=0.5)


def _values(P: np.ndarray, rows: np.ndarray) -> Evidence:
    n, m = P.shape
    return Evidence(
        kind="values",
        predictions=P[:, :, None],
        densities=np.ones((n, m)),
        covered=np.ones((n, m), dtype=bool),
        rows=rows,
    )


def _task(seed: int, *, biased: bool, labels: int) -> tuple[Members, Evidence, Labelled]:
    """Three models of a linear target; ``biased`` ones lack a strong part of it that the features tell."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(400 + labels, 3))
    truth = X[:, 0] + (3.0 * X[:, 1] if biased else 0.0)
    P = X[:, 0] + 0.05 * rng.normal(size=(3, len(X)))
    y = truth + 0.1 * rng.normal(size=len(X))
    mine, held = _values(P[:, :400], X[:400]), _values(P[:, 400:], X[400:])
    return _team(3), mine, Labelled(evidence=held, targets=y[400:, None])


@pytest.mark.parametrize("labels", [10, 29])
def test_few_labels_choose_nothing(labels: int) -> None:
    team, mine, labelled = _task(0, biased=True, labels=labels)
    assert pick("mix", team, mine, labelled).method == "mix"
    assert pick("mix", team, mine, labelled).trials == ()
    assert pick("top-1", team, mine, None).method == "top-1"


def test_what_is_clearly_better_is_taken_and_said() -> None:
    team, mine, labelled = _task(0, biased=True, labels=150)
    choice = pick("mix", team, mine, labelled)
    assert choice.method == "augment"
    trials = {trial.method: trial for trial in choice.trials}
    assert choice.trials[0].method == "mix"
    assert trials["augment"].loss < 0.1 * trials["mix"].loss
    assert trials["augment"].better > trials["augment"].error > 0.0
    assert choice.held == pytest.approx(out_of_fold("augment", team, mine, labelled))
    assert (trials["mix"].better, trials["mix"].error) == (0.0, 0.0)


def test_luck_does_not_change_the_default() -> None:
    """Where all are alike, the default stays in nearly all draws: a coin would change it in half of them."""
    kept = 0
    for seed in range(12):
        team, mine, labelled = _task(seed, biased=False, labels=60)
        kept += pick("mix", team, mine, labelled).method == "mix"
    assert kept >= 9


def test_no_row_is_answered_by_its_own_label() -> None:
    """Labels of pure noise cannot be told from rows left out, while a fit on all of them can repeat them."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(60, 40))
    P = np.zeros((2, 60))
    evidence = _values(P, X)
    labelled = Labelled(evidence=evidence, targets=rng.normal(size=(60, 1)))
    held = out_of_fold("augment", _team(2), evidence, labelled)[:, 0]
    assert np.corrcoef(held, labelled.targets[:, 0])[0, 1] < 0.4
    seen = combine("augment", _team(2), evidence, labelled=labelled).values[:, 0]
    assert np.corrcoef(seen, labelled.targets[:, 0])[0, 1] > np.corrcoef(held, labelled.targets[:, 0])[0, 1]


def test_silence_costs_what_knowing_nothing_would() -> None:
    P = np.full((2, 50), np.nan)
    P[0, :25] = 1.0
    rng = np.random.default_rng(0)
    y = rng.normal(size=(50, 1))
    evidence = _values(P, rng.normal(size=(50, 2)))
    choice = pick("mix", _team(2), evidence, Labelled(evidence=evidence, targets=y))
    assert all(np.isfinite(trial.loss) for trial in choice.trials)
    assert FOLDS == 5
