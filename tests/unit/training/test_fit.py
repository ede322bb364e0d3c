# SPDX-License-Identifier: Apache-2.0
"""Training in this process: what is chosen, what is published, and that the file answers as the model does."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lwnode.documents import decode
from lwnode.documents import encode as to_bytes
from lwnode.documents.card import Card
from lwnode.errors import CancelledError, DataError, ModelError
from lwnode.models import probe
from lwnode.training import Table, Trained, as_table, auc, encode, r2, train
from lwnode.training.comparison import split
from lwnode.training.fit import FIGURES_NOTE
from lwnode.training.problem import pose
from tests.support.training import answers, columns, table


@pytest.fixture(scope="module")
def quick() -> Trained:
    return train(table(600), preset="quick", seed=3)


def test_the_card_says_what_the_model_takes_and_how_good_it_is(quick: Trained) -> None:
    card = quick.card
    assert [(port.name, port.type) for port in card.inputs] == [
        ("age", "number"),
        ("dose", "number"),
        ("ward", "category"),
    ]
    assert (card.task, card.target, card.classes) == ("classification", "outcome", ("no", "yes"))
    assert card.figures_note == FIGURES_NOTE == "rounded to two digits, not covered by epsilon"
    area = card.figures[0]
    assert (area.name, round(area.value, 2)) == ("auc", area.value)
    assert 0.75 < area.value < 0.95
    assert area.low < area.value < area.high
    assert card.probe_agreement >= 0.99
    assert decode(to_bytes(card), Card) == card


def test_the_leaderboard_is_ordered_by_loss_and_has_one_winner(quick: Trained) -> None:
    board = quick.leaderboard
    assert {row.family for row in board} == {"logistic regression", "histogram boosting"}
    losses = [row.loss for row in board]
    assert losses == sorted(losses)
    assert [row.won for row in board] == [True, False]
    assert board[0].family == quick.card.family
    assert all(row.figure is not None and row.seconds > 0 for row in board)
    assert (quick.rows, quick.held_out, quick.unlabelled) == (600, 150, 0)


def test_the_file_is_as_good_on_new_rows_as_the_card_says(quick: Trained) -> None:
    fresh = columns(4000, seed=77)
    shares = answers(quick.model, encode(quick.card.inputs, fresh))
    assert shares.shape == (4000, 2)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)
    area = quick.card.figures[0]
    assert area.low - 0.02 <= auc(fresh["outcome"] == "yes", shares[:, 1]) <= area.high + 0.02


def test_the_same_seed_gives_the_same_model_and_another_seed_another_split(quick: Trained) -> None:
    again = train(table(600), preset="quick", seed=3)
    X = encode(quick.card.inputs, columns(200, seed=9))
    np.testing.assert_array_equal(answers(again.model, X), answers(quick.model, X))
    assert again.card == quick.card
    assert [dataclasses.replace(row, seconds=0) for row in again.leaderboard] == [
        dataclasses.replace(row, seconds=0) for row in quick.leaderboard
    ]
    problem = pose(table(600))
    rows = np.arange(600)
    assert split(problem, rows, 0.25, 1)[1].tolist() != split(problem, rows, 0.25, 2)[1].tolist()


def test_a_regression_has_r2_and_rmse() -> None:
    done = train(table(600, target="cost"), preset="quick")
    assert [figure.name for figure in done.card.figures] == ["r2", "rmse"]
    assert (done.card.task, done.card.classes) == ("regression", ())
    fresh = columns(2000, seed=78)
    values = answers(done.model, encode(done.card.inputs, fresh))
    assert values.shape == (2000, 1)
    assert done.card.figures[0].low - 0.05 <= r2(fresh["cost"], values[:, 0]) <= done.card.figures[0].high + 0.05


def test_more_classes_than_two() -> None:
    data = columns(500)
    y = np.array(["a", "b", "c"])[np.digitize(np.nan_to_num(data["age"], nan=60), [50, 70])].astype(object)
    done = train(as_table({**data, "band": y}, target="band", roles={"outcome": "ignored"}), preset="quick")
    assert done.card.classes == ("a", "b", "c")
    assert done.card.figures[0].value > 0.9
    assert answers(done.model, encode(done.card.inputs, columns(5))).shape == (5, 3)


def test_the_balanced_preset_tries_four_families_and_all_can_be_written() -> None:
    done = train(table(400), preset="balanced")
    assert {row.family for row in done.leaderboard} == {
        "logistic regression",
        "histogram boosting",
        "random forest",
        "neural network",
    }
    assert all(row.figure is not None for row in done.leaderboard)


def test_few_rows_leave_the_network_out_with_the_reason() -> None:
    done = train(table(60), preset="balanced")
    last = done.leaderboard[-1]
    assert (last.family, last.figure, last.loss, last.won) == ("neural network", None, None, False)
    assert last.note == "left out: needs 200 rows"


@pytest.mark.parametrize(
    "make",
    [
        lambda rng: {"x": rng.normal(size=50)},
        lambda rng: {"w": np.array(list("ab") * 25, dtype=object)},
        lambda rng: {"x": np.where(rng.random(50) < 0.9, np.nan, rng.normal(size=50))},
        lambda rng: {"x": rng.normal(size=50) * 1e30, "z": rng.normal(size=50) * 1e-30},
        lambda rng: {f"x{i}": rng.normal(size=50) for i in range(80)},
    ],
    ids=["one number", "one category", "mostly missing", "extreme scales", "more columns than rows"],
)
def test_the_smallest_and_oddest_tables_that_are_allowed(make) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(4)
    y = np.array(["u"] * 45 + ["v"] * 5, dtype=object)  # a class with the fewest rows
    done = train(as_table({**make(rng), "y": y}, target="y"), preset="quick")
    assert done.card.probe_agreement >= 0.99
    assert done.held_out >= 12


def test_a_split_keeps_every_class_on_both_sides() -> None:
    y = np.array(["u"] * 80 + ["v"] * 15 + ["w"] * 5, dtype=object)
    problem = pose(as_table({"x": np.arange(100.0), "y": y}, target="y"))
    learn, held = split(problem, np.arange(100), 0.25, 0)
    assert sorted([*learn, *held]) == list(range(100))
    assert np.bincount(problem.y[held]).tolist() == [20, 4, 1]
    assert len(split(problem, np.arange(100), 0.25, 0, limit=8)[1]) <= 10


def test_every_leaf_of_a_published_tree_has_ten_rows() -> None:
    from lwnode.training.presets import Boosting, Forest
    from lwnode.training.trainers import fit

    problem = pose(table(300))
    forest = fit(Forest(leaf_rows=1), problem, np.arange(300), seed=0).estimator[-1]
    for tree in forest.estimators_:  # a row that the bootstrap drew twice counts once
        assert tree.tree_.n_node_samples[tree.tree_.children_left < 0].min() >= 10
    boosted = fit(Boosting(leaf_rows=1), problem, np.arange(300), seed=0).estimator
    counts = [node["count"] for (tree,) in boosted._predictors for node in tree.nodes if node["is_leaf"]]
    assert min(counts) >= 10


def test_a_file_that_answers_otherwise_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    faithful = iter([0.5, 1.0])
    monkeypatch.setattr(probe, "replay", lambda model, answer, X: probe.Replay(1.0, 0.0, next(faithful)))
    done = train(table(200), preset="quick")
    assert done.leaderboard[0].note == "left out: the written file gives other answers"
    assert [row.won for row in done.leaderboard] == [False, True]
    assert done.card.family == done.leaderboard[1].family
    monkeypatch.setattr(probe, "replay", lambda model, answer, X: probe.Replay(1.0, 0.0, 0.5))
    with pytest.raises(ModelError, match="no model could be written"):
        train(table(200), preset="quick")


def test_progress_grows_and_tells_the_figures() -> None:
    heard: list[tuple[float | None, str]] = []
    train(table(200), preset="quick", progress=lambda share, doing: heard.append((share, doing)))
    assert heard[-1] == (1.0, "done")
    assert [share for share, _ in heard] == sorted(share for share, _ in heard if share is not None)
    assert any("auc 0." in doing for _, doing in heard)


@pytest.mark.parametrize("share_at_end", [0.0, 0.3, 0.75])
def test_a_caller_can_end_the_work(share_at_end: float) -> None:
    def progress(share: float | None, doing: str) -> None:
        if share is not None and share >= share_at_end:
            raise CancelledError("stopped")

    with pytest.raises(CancelledError, match="stopped"):
        train(table(200), preset="quick", progress=progress)


def test_what_cannot_be_trained_is_refused_before_anything_is_fitted() -> None:
    with pytest.raises(DataError, match="needs 50"):
        train(table(49))
    with pytest.raises(DataError, match="no preset"):
        train(table(60), preset="fast")
    unlabelled = dataclasses.replace(table(60), target=None)
    with pytest.raises(DataError, match="no target"):
        train(unlabelled)


def test_ignored_columns_and_identifiers_are_not_learnt_from() -> None:
    data = columns(300)
    leak = (data["outcome"] == "yes") * 1.0 + np.random.default_rng(0).normal(0, 0.01, 300)
    made: Table = as_table({**data, "leak": leak}, target="outcome", roles={"cost": "ignored", "leak": "identifier"})
    done = train(made, preset="quick")
    assert [port.name for port in done.card.inputs] == ["age", "dose", "ward"]
    assert done.card.figures[0].value < 0.97
