# SPDX-License-Identifier: Apache-2.0
"""A student answers nearly as its teacher does, and says how nearly on rows that it was not taught on."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from lwnode.errors import DataError
from lwnode.models import NeuralNetwork, Settings
from lwnode.training import Lesson, Table, as_table, distil, distil_in_worker, encode
from tests.support.starts import INPUTS, rows, score
from tests.support.training import answers


def _table(count: int, seed: int = 3) -> Table:
    X = rows(count, seed)
    ward = np.where(
        np.isnan(X[:, 2]), None, np.array(["er", "icu", "or"], dtype=object)[np.nan_to_num(X[:, 2]).astype(int)]
    )
    columns = {"a": X[:, 0], "b": X[:, 1], "ward": ward, "c": X[:, 3]}
    return as_table({name: v if v.dtype == object else v.astype(float) for name, v in columns.items()}, name="mine")


def _lesson(table: Table, task: str) -> Lesson:
    X = rows(table.rows, 3)
    value = score(X)
    odds = np.column_stack([-2.0 * value, np.full(len(value), 0.5), 2.0 * value])
    shares = np.exp(odds) / np.exp(odds).sum(1, keepdims=True)
    classes = ("low", "mid", "top") if task == "classification" else ()
    taught = shares if classes else 100.0 + 20.0 * value[:, None]
    return Lesson(answers=taught, task=task, classes=classes, target="y", learnwares=("a" * 64, "b" * 64))


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_student_agrees_with_its_teacher_where_it_was_not_taught(task):
    mine = _table(400)
    lesson = _lesson(mine, task)
    student = distil(mine, lesson, preset="quick")
    (agreement,) = student.card.figures
    assert agreement.name == "agreement"
    assert 0.85 < agreement.low <= agreement.value <= agreement.high <= 1.0
    assert (student.card.origin.kind, student.card.origin.learnwares) == ("distilled", lesson.learnwares)
    assert student.card.family.endswith(", distilled")
    assert student.card.target == "y"
    other = _table(300, seed=3)  # the same draw, so the teacher is known there
    given = answers(student.model, encode(student.card.inputs, other.columns))
    taught = _lesson(other, task).answers
    if task == "classification":
        assert np.mean(given.argmax(1) == taught.argmax(1)) > 0.88
        assert np.abs(given - taught).mean() < 0.1
    else:
        assert np.corrcoef(given[:, 0], taught[:, 0])[0, 1] > 0.95
    won = [row for row in student.leaderboard if row.won]
    assert len(won) == 1
    assert len(student.leaderboard) == 2


def test_a_student_of_soft_answers_knows_how_sure_its_teacher_is():
    mine = _table(400)
    lesson = _lesson(mine, "classification")
    flat = dataclasses.replace(lesson, answers=0.2 * lesson.answers + 0.8 / 3)
    given = answers(distil(mine, flat, preset="quick").model, rows(200, 3))
    assert given.max() < 0.55


def test_rows_that_were_not_answered_and_the_target_take_no_part(tmp_path: Path):
    mine = _table(300)
    lesson = _lesson(mine, "regression")
    lesson.answers[:100] = np.nan
    there = distil_in_worker(mine, lesson, preset="quick", seed=2, folder=tmp_path)
    assert (there.rows, there.unlabelled, there.preset) == (200, 100, "distilled")
    labelled = as_table({**mine.columns, "y": np.arange(300.0)}, target="y", name="mine")
    here = distil(labelled, lesson, preset="quick", seed=2)
    assert [item.name for item in here.card.inputs] == ["a", "b", "ward", "c"]
    assert here.model == there.model


def test_too_few_rows_and_a_teacher_that_says_one_thing_are_refused():
    mine = _table(60)
    lesson = _lesson(mine, "regression")
    with pytest.raises(DataError, match="the same for every row"):
        distil(mine, dataclasses.replace(lesson, answers=np.ones((60, 1))))
    with pytest.raises(DataError, match=r"answered 49 rows, .* needs 50"):
        distil(_table(49), _lesson(_table(49), "regression"))


def test_a_network_learns_soft_answers():
    mine = _table(300)
    lesson = _lesson(mine, "classification")
    X = encode(INPUTS, mine.columns)
    network = NeuralNetwork(INPUTS, task="classification", settings=Settings(epochs=60, learning_rate=1e-2))
    given = network.fit(X, lesson.answers).predict_proba(X)
    assert np.abs(given - lesson.answers).mean() < 0.05
