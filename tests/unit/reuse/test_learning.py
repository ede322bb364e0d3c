# SPDX-License-Identifier: Apache-2.0
"""Pruning, stacking and augmentation, and the linear models under them."""

import itertools

import numpy as np
import pytest

from lwnode import reuse
from lwnode.reuse import prune as pruning
from lwnode.reuse.curved import curved, kernel_ridge
from lwnode.reuse.linear import classes as class_model
from lwnode.reuse.linear import log_loss, multinomial, multinomials, ridge, scaling
from lwnode.reuse.prune import prune, subset
from lwnode.reuse.stack import augment, stack
from lwnode.specification.kernels import gaussian
from tests.support.reuse import blend, classes, evidence, labels, members


def values(seed: int, count: int, rows: int):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=rows)
    P = y + rng.uniform(0.2, 2.0, (count, 1)) * rng.normal(size=(count, rows)) + rng.normal(0, 0.7, (count, 1))
    return P, y


@pytest.mark.parametrize("seed", range(3))
def test_the_best_subset_of_few_is_found(seed: int) -> None:
    P, y = values(seed, 6, 40)
    every = [s for size in range(1, 7) for s in itertools.combinations(range(6), size)]
    best = min(every, key=lambda s: float(np.mean((P[list(s)].mean(axis=0) - y) ** 2)))
    assert np.flatnonzero(subset(P[:, :, None], labels(P, y))).tolist() == list(best)


def test_the_search_among_many_is_near_the_best(monkeypatch) -> None:
    P, y = values(5, 11, 60)
    known = labels(P, y)

    def loss(bits) -> float:
        return float(np.mean((P[bits].mean(axis=0) - y) ** 2))

    best = loss(subset(P[:, :, None], known))
    monkeypatch.setattr(pruning, "ENUMERATED", 1)
    assert loss(subset(P[:, :, None], known)) <= 1.05 * best


def test_the_margin_decides_for_classes() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=80)
    good = 0.6 * np.eye(3)[y] + 0.4 * rng.dirichlet(np.ones(3), (4, 80))
    bad = rng.dirichlet(np.ones(3), (4, 80))
    P = np.concatenate([good, bad])
    found = subset(P, labels(P, y, kind="probabilities"))
    assert found[:4].sum() >= 2
    assert not found[4:].any()


def test_pruning_with_one_learnware_one_class_one_label() -> None:
    assert blend(prune, evidence([[3.0, 4.0]]), labels([[1.0]], [2.0])).values[:, 0].tolist() == [3.0, 4.0]
    one = classes(np.ones((2, 3, 1)))
    assert blend(prune, one, labels(np.ones((2, 1, 1)), [0], kind="probabilities")).values.tolist() == [[1.0]] * 3
    found = blend(prune, evidence([[0.0], [4.0]]), labels([[0.0], [4.0]], [4.0]))
    assert 2.0 < found.values[0, 0] < 2.5  # a single label has little say


def test_silence_and_broken_answers_do_not_win_a_place() -> None:
    y = np.zeros(60)
    P = np.array([[0.3] * 60, [0.0] * 5 + [np.nan] * 55, [np.inf] * 60, [1e300] * 60])
    P[0, :30] = -0.3
    assert np.isfinite(blend(prune, evidence(P[:, :1]), labels(P, y)).values).all()
    garbage = labels(np.full((2, 5), np.nan), np.zeros(5))
    assert blend(prune, evidence([[1.0], [2.0]]), garbage).values[0, 0] == 1.5


def test_a_row_that_none_of_the_chosen_answers_is_answered_by_the_others() -> None:
    known = labels([[0.0] * 30, [5.0] * 30], np.zeros(30))
    assert blend(prune, evidence([[np.nan, 1.0], [7.0, 7.0]]), known).values[0, 0] == 7.0


# ---------------------------------------------------------------------------------------------------- linear models
def test_ridge_learns_and_shrinks() -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(200, 5))
    Y = X @ rng.normal(size=(5, 2)) + 0.1 * rng.normal(size=(200, 2)) + 3.0
    assert np.mean((ridge(X, Y)(X) - Y) ** 2) < 0.05
    noise = rng.normal(size=(40, 1))
    assert np.abs(ridge(rng.normal(size=(40, 60)), noise).coefficients).max() < 0.2
    assert ridge(np.ones((1, 3)), np.array([[2.0]]))(np.ones((1, 3)))[0, 0] == pytest.approx(1.0)


@pytest.mark.parametrize("columns", [3, 90])  # fewer than rows, and more
def test_multinomial_is_at_its_minimum(columns: int) -> None:
    rng = np.random.default_rng(2)
    X, y, offset = rng.normal(size=(60, columns)), rng.integers(3, size=60), rng.normal(size=(60, 3))
    model = multinomial(X, y, offset, penalty=0.1)

    def loss(W, b) -> float:
        z = offset + X @ W + b
        return log_loss(z, y) + 0.05 * float((W**2).sum() + (b**2).sum())

    best = loss(model.coefficients, model.offset)
    for _ in range(20):
        step = 0.05 * rng.normal(size=(columns + 1, 3))
        assert loss(model.coefficients + step[:-1], model.offset + step[-1]) > best
    assert best < log_loss(offset, y)
    weak, strong = multinomials(X, y, offset, penalties=(0.1, 1.0))  # one after the other, from where the last ended
    assert weak.coefficients == pytest.approx(model.coefficients, abs=2e-3)
    assert strong.coefficients == pytest.approx(multinomial(X, y, offset, penalty=1.0).coefficients, abs=2e-3)


def test_nothing_is_learnt_where_there_is_nothing() -> None:
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(40, 3)), rng.integers(3, size=40)
    right = 5.0 * np.eye(3)[y]
    assert class_model(X, y, np.zeros((40, 3)), (0.1, 1.0)) is None
    assert class_model(X[:3], y[:3], right[:3], (0.1,)) is None
    assert class_model(X, np.zeros(40, dtype=int), right, (0.1,)) is None


def test_the_kernel_ridge_bends_and_stays_at_the_mean_where_nothing_is_said() -> None:
    rng = np.random.default_rng(4)
    X = rng.uniform(-2.0, 2.0, size=(120, 2))
    Y = np.column_stack([np.sin(2.0 * X[:, 0]), X[:, 1] ** 2])
    new = rng.uniform(-2.0, 2.0, size=(200, 2))
    wanted = np.column_stack([np.sin(2.0 * new[:, 0]), new[:, 1] ** 2])
    assert np.square(kernel_ridge(X, Y)(new) - wanted).mean() < 0.02 * wanted.var(axis=0).mean()
    assert np.square(curved(X, Y)(new) - wanted).mean() < 0.2 * wanted.var(axis=0).mean()
    noise = rng.normal(size=(60, 1))
    assert np.abs(kernel_ridge(rng.normal(size=(60, 8)), noise)(rng.normal(size=(50, 8))) - noise.mean()).max() < 0.5
    alike = kernel_ridge(np.zeros((9, 2)), np.arange(9.0)[:, None])
    assert alike(np.zeros((1, 2)))[0, 0] == pytest.approx(4.0)


def test_leaving_out_in_closed_form_is_leaving_out() -> None:
    rng = np.random.default_rng(5)
    X, Y = rng.normal(size=(15, 2)), rng.normal(size=(15, 1))
    made = kernel_ridge(X, Y)
    K, target = gaussian(X, X, made.gamma), Y - Y.mean(axis=0)
    ridge_ = float(np.median((target - K @ made.coefficients) / made.coefficients))  # (K + λI) a = y
    G = np.linalg.inv(K + ridge_ * np.eye(15))
    closed = (G @ target)[:, 0] / np.diag(G)
    for out in range(15):
        kept = np.arange(15) != out
        a = np.linalg.solve(K[np.ix_(kept, kept)] + ridge_ * np.eye(14), target[kept])
        assert float(target[out, 0] - K[out, kept] @ a[:, 0]) == pytest.approx(closed[out], abs=1e-6)


def test_augmenting_learns_another_target_that_is_not_linear() -> None:
    rng = np.random.default_rng(6)
    rows = rng.uniform(-2.0, 2.0, size=(400, 3))
    said = np.stack([np.abs(rows[:, :1]) + 0.1 * rng.normal(size=(400, 1)) for _ in range(5)])
    target = np.abs(rows[:, :1]) * np.sign(rows[:, 1:2])
    given = evidence(said[:, 100:], rows=rows[100:])
    known = labels(said[:, :100], target[:100], rows=rows[:100])
    found = reuse.combine("augment", members(5), given, labelled=known)
    linear = reuse.combine("stack", members(5), given, labelled=known)
    errors = [float(np.square(one.values - target[100:]).mean()) for one in (found, linear)]
    assert errors[0] < 0.25 * errors[1]
    assert reuse.combine("augment", members(5), given, labelled=known).values == pytest.approx(found.values)


def test_scaling_drops_what_does_not_vary_and_holds_what_is_far() -> None:
    X = np.array([[1.0, 5.0, 1e150], [3.0, 5.0, -1e150]])
    scaled = scaling(X)(np.array([[2.0, 9.0, 0.0], [1e9, 5.0, 0.0]]))
    assert scaled[0].tolist() == [0.0, 0.0, 0.0]
    assert scaled[1, 0] == 10.0


# ------------------------------------------------------------------------------------------------------- stacking
def world(kind: str, rows: int = 400, seed: int = 4):
    """Good, biased and garbage learnwares; a feature that tells what none of them knows."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 3))
    if kind == "values":
        y = X[:, 0] + 2.0 * X[:, 1]
        P = np.stack([X[:, 0] + 0.1 * rng.normal(size=rows) + 5.0 * (i == 1) for i in range(4)])
        P[3] = 1e3 * rng.normal(size=rows)
        targets = y[:, None]
    else:
        y = ((X[:, 0] > 0).astype(int) + 2 * (X[:, 1] > 0)).astype(np.int64)
        pair = np.stack([y % 2 == 0, y % 2 == 1], axis=1)
        p = np.where(pair, 0.45, 0.05)
        P = np.stack([np.column_stack([p, p]) for _ in range(4)])
        P[3] = rng.dirichlet(np.full(4, 0.2), rows)
        targets = y
    whole = evidence(P, kind=kind, rows=X)
    half = rows // 2
    return members(4), whole.take(slice(0, half)), targets, whole, half


@pytest.mark.parametrize("kind", ["values", "probabilities"])
def test_labels_teach_what_no_learnware_knows(kind: str) -> None:
    team, mine, targets, whole, half = world(kind)
    known = reuse.Labelled(evidence=whole.take(slice(half, None)), targets=targets[half:])

    def loss(method: str) -> float:
        values = reuse.combine(method, team, mine, labelled=known).values
        if kind == "values":
            return float(np.mean((values - targets[:half]) ** 2))
        return float(np.mean(values.argmax(axis=1) != targets[:half]))

    assert loss("augment") < 0.3 * min(loss("average"), loss("stack"))
    assert loss("stack") <= loss("average") + 0.02


@pytest.mark.parametrize("method", [stack, augment])
def test_one_label_moves_little_and_silence_stays_silence(method) -> None:
    given = evidence([[1.0, np.nan], [3.0, np.nan]], rows=np.zeros((2, 2)))
    found = blend(method, given, labels([[1.0], [3.0]], [4.0], rows=np.zeros((1, 2))))
    assert found.values[0, 0] == pytest.approx(3.0)
    assert np.isnan(found.values[1, 0])
    silent = labels([[np.nan], [np.nan]], [4.0], rows=np.zeros((1, 2)))
    assert blend(method, given, silent).values[0, 0] == pytest.approx(2.0)


def test_a_class_that_nobody_knows_stays_out() -> None:
    P = np.full((2, 40, 3), np.nan)
    rng = np.random.default_rng(0)
    P[:, :, :2] = rng.dirichlet(np.ones(2), (2, 40))
    known = labels(P, rng.integers(2, size=40), kind="probabilities")
    assert not blend(stack, classes(P), known).values[:, 2].any()


@pytest.mark.parametrize("method", [prune, stack, augment])
def test_labels_are_needed(method) -> None:
    with pytest.raises(ValueError, match="labels"):
        method(members(1), evidence([[1.0]], rows=np.zeros((1, 1))))
