# SPDX-License-Identifier: Apache-2.0
"""A budget follows the rows and the people, not the names or the way a table was handed over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import lwnode
from tests.support.homes import engine_of, make_node

COLUMNS = ["a", "b", "hiv"]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[lwnode.Node]:
    with make_node(tmp_path, "A") as node:
        yield node


def table(seed: int, rows: int = 600) -> lwnode.Table:
    X = np.random.default_rng(seed).normal(size=(rows, 2)).round(3)
    return lwnode.Table.from_arrays(X, columns=["a", "b"], name=f"t{seed}")


def profile(node: lwnode.Node, **more: tuple[float, float]) -> str:
    bounds = {"a": (-4.0, 4.0), "b": (-4.0, 4.0), **more}
    return node.add_profile(lwnode.Profile.from_bounds(bounds, target="ill", name=" ".join(bounds))).id


def test_rows_that_a_name_had_before_keep_their_budget(node: lwnode.Node) -> None:
    X, Y = table(1), table(2)
    node.add(X, name="a")
    node.private_profile("a", epsilon=3.0)
    spent = node.budget("a").epsilon_spent
    node.add(Y, name="a")
    node.add(X, name="b")
    assert node.budget("b").epsilon_spent == pytest.approx(spent)
    node.add(X, name="a")
    assert node.budget("a").epsilon_spent == pytest.approx(spent)


def test_more_rows_of_a_person_make_what_was_drawn_dearer(node: lwnode.Node) -> None:
    node.add(table(1), name="a")
    node.private_profile("a", epsilon=1.0)
    assert node.budget("a").epsilon_spent == pytest.approx(1.0, abs=0.01)
    node.add(table(1), name="a", rows_per_person=5)
    assert node.budget("a").epsilon_spent > 4.9
    with pytest.raises(lwnode.LwnodeError, match="has spent"):
        node.private_profile("a", epsilon=8.0)


def people(rows: int) -> lwnode.Table:
    import pandas as pd

    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"pid": [f"P{i % (rows // 10)}" for i in range(rows)], "a": rng.normal(size=rows)})
    frame["b"] = rng.normal(size=rows)
    frame["ill"] = np.where(frame["a"] > 0, "yes", "no")
    return lwnode.Table.from_frame(frame, target="ill", name="visits", roles={"pid": "identifier"})


def test_what_was_said_of_persons_holds_when_the_table_comes_again(node: lwnode.Node) -> None:
    visits = people(4_000)
    profile(node)
    added = node.add(visits, person="pid", rows_per_person=2)
    assert (added.rows, added.rejected) == (800, 3_200)
    model = node.train(visits, preset="quick")
    known = engine_of(node).store.datasets.get("visits")
    assert (known.rows, known.rows_per_person, known.person) == (800, 2, "pid")
    assert model.info.dataset == "visits"
    again = node.add(visits)
    assert (again.rows, again.rows_per_person, again.person) == (800, 2, "pid")


def test_one_row_does_not_choose_the_profile(node: lwnode.Node) -> None:
    profile(node)
    profile(node, hiv=(0.0, 1.0))
    rng = np.random.default_rng(0)
    used = []
    for name, positive in (("none", 0), ("one", 1)):
        X = np.column_stack([rng.normal(size=(1500, 2)), np.zeros(1500)])
        X[77, 2] = positive
        y = np.where(X[:, 0] > 0, "yes", "no")
        node.add(lwnode.Table.from_arrays(X, y, columns=COLUMNS, target="ill"), name=name)
        model = node.train(name, privacy=lwnode.Budget(epsilon=1.0), classes=("no", "yes"))
        used.append([item.name for item in model.info.card.inputs])
    assert used[0] == used[1] == COLUMNS
