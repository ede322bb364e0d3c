# SPDX-License-Identifier: Apache-2.0
"""What is to be learnt, or why there is nothing to learn."""

from __future__ import annotations

import numpy as np
import pytest

from lwnode.errors import DataError
from lwnode.training import Table, as_table, guess_task, pose
from lwnode.training.presets import candidates
from tests.support.training import table


def _with(y: object, rows: int = 60) -> Table:
    return as_table({"x": np.arange(float(rows)), "y": np.asarray(y)}, target="y")


def test_only_labelled_rows_take_part() -> None:
    y = np.array(["u", "v", None] * 30, dtype=object)
    problem = pose(_with(y, 90))
    assert (len(problem.y), problem.unlabelled, problem.classes) == (60, 30, ("u", "v"))
    assert problem.y.tolist() == [0, 1] * 30
    assert problem.X.shape == (60, 1)


@pytest.mark.parametrize(
    ("y", "task", "classes"),
    [
        (np.arange(60) % 2, "classification", ("0", "1")),
        ((np.arange(60) % 10) + 1, "classification", tuple(str(i) for i in range(1, 11))),  # 10 after 9
        (np.arange(60) % 11, "regression", ()),
        (np.arange(60) * 0.5, "regression", ()),
        (np.array(["no", "yes"] * 30), "classification", ("no", "yes")),
        (np.arange(60) % 2 == 0, "classification", ("false", "true")),
    ],
)
def test_the_task_follows_from_the_target(y: np.ndarray, task: str, classes: tuple[str, ...]) -> None:
    made = _with(y)
    assert guess_task(made) == task
    assert pose(made).classes == classes


def test_the_task_can_be_said() -> None:
    made = _with(np.arange(60) % 2)
    assert pose(made, "regression").y.dtype == np.float64
    assert pose(_with(np.arange(60) % 12), "classification").classes == tuple(str(i) for i in range(12))


REFUSED = [
    ("few rows", _with(np.arange(49) % 2, 49), None, "49 rows with a value of 'y', training needs 50", "label more"),
    ("few labels", _with(np.array(["u", None] * 45, dtype=object), 90), None, "has 45 rows", "label more"),
    ("one class", _with(np.array(["u"] * 60)), None, "one class only", "another class"),
    ("rare class", _with(np.array(["u", "v"] * 30 + ["Zebedee"] * 4), 64), None, "1 of 3 classes too small", "merge"),
    ("rare number", _with(np.r_[np.arange(60) % 2, 7], 61), None, "1 of 3 classes", "task='regression'"),
    ("many classes", _with(np.arange(1010) % 101, 1010), "classification", "101 classes", "group"),
    ("text", _with(np.array(["no", "yes"] * 30)), "regression", "not a number", "classification"),
    ("one value", _with(np.full(60, 2.5)), None, "same value", "varies"),
    ("no target", as_table({"x": np.arange(60)}), None, "has no target", "target="),
    ("task", _with(np.arange(60) % 2), "feature extraction", "cannot be trained", "classification, regression"),
    (
        "constant columns",
        as_table({"x": np.ones(60), "w": np.array(["a"] * 60), "y": np.arange(60) % 2}, target="y"),
        None,
        "no column to learn from",
        "varies",
    ),
]


@pytest.mark.parametrize(("made", "task", "message", "hint"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_cannot_be_learnt_is_refused_with_a_remedy(made: Table, task: str | None, message: str, hint: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        pose(made, task)  # type: ignore[arg-type]
    assert hint in caught.value.hint
    assert "Zebedee" not in str(caught.value) + caught.value.hint


def test_infinite_targets_are_no_labels() -> None:
    problem = pose(_with(np.r_[np.arange(59) * 1.5, np.inf]))
    assert (len(problem.y), problem.unlabelled) == (59, 1)


def test_presets_are_named_and_grow() -> None:
    sizes = [[len(c.settings) for c in candidates(preset, "classification")] for preset in ("quick", "balanced")]
    assert [len(s) for s in sizes] == [2, 4]
    assert candidates("quick", "regression")[0].family == "ridge regression"
    with pytest.raises(DataError, match="no preset 'fast'") as caught:
        candidates("fast", "classification")
    assert "quick, balanced, thorough" in caught.value.hint


def test_every_tree_family_needs_ten_rows_a_leaf() -> None:
    from lwnode.training.presets import Boosting, Forest

    leaves = [
        settings.leaf_rows
        for preset in ("quick", "balanced", "thorough")
        for candidate in candidates(preset, "classification")
        for settings in candidate.settings
        if isinstance(settings, (Boosting, Forest))
    ]
    assert len(leaves) > 10
    assert min(leaves) >= 10
    assert pose(table(100)).classes == ("no", "yes")
