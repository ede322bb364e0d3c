# SPDX-License-Identifier: Apache-2.0
"""The table itself: arrays in, features and labels out, nothing shown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lwnode.documents import Profile
from lwnode.errors import DataError
from lwnode.specification.matching import Pair
from lwnode.training import Table, as_table
from lwnode.training.renaming import renamed
from tests.support.training import table


def test_every_array_column_is_a_feature() -> None:
    X = np.column_stack([np.arange(40.0), np.ones(40), np.full(40, np.nan)])
    made = Table.from_arrays(X, np.arange(40) % 2, columns=["a", "b", "c"])
    assert list(made.features()) == ["a", "b", "c"]
    assert made.target == "target"
    assert made.labels().tolist() == [0.0, 1.0] * 20
    mixed = Table.from_arrays(np.array([[1, "x", None], [2, "y", True]] * 20, dtype=object))
    assert list(mixed.types.values()) == ["integer", "category", "category"]


@pytest.mark.parametrize(
    ("X", "y", "columns", "message"),
    [
        (np.arange(3), None, None, "not a table"),
        (np.zeros((3, 0)), None, None, "not a table"),
        (np.zeros((0, 2)), None, None, "no rows"),
        (np.zeros((3, 2)), np.zeros(4), None, "y has the shape"),
        (np.zeros((3, 2)), None, ["a"], "1 names for 2 columns"),
        (np.zeros((3, 2)), None, ["a", "a"], "more than one column is called 'a'"),
        (np.zeros((3, 2)), np.zeros(3), ["a", "target"], "more than one column is called 'target'"),
    ],
)
def test_arrays_that_do_not_go_together_are_refused(
    X: np.ndarray, y: np.ndarray | None, columns: list[str] | None, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        Table.from_arrays(X, y, columns=columns)


def test_whole_numbers_as_floats_are_integers_and_huge_ones_are_not() -> None:
    made = as_table({"a": np.arange(9.0), "b": np.arange(9) + 0.5, "c": np.arange(9) * 1e300})
    assert dict(made.types) == {"a": "integer", "b": "number", "c": "number"}


def test_long_integer_ids_keep_their_digits() -> None:
    made = as_table(pd.DataFrame({"a": np.arange(2**53 + 1, 2**53 + 31)}))
    assert (made.types["a"], made.roles["a"]) == ("text", "identifier")
    assert made.columns["a"][0] == str(2**53 + 1)


def test_levels_are_stripped_and_normalised() -> None:
    made = as_table({"a": np.array(["Zu\u0308rich ", "Z\u00fcrich", "a\x00b", "  "] * 10, dtype=object)})
    assert set(made.columns["a"]) == {"Z\u00fcrich", "a b", None}


def test_features_are_chosen_by_name() -> None:
    made = table(60)
    assert list(made.features(["ward", "cost"])) == ["ward", "cost"]
    with pytest.raises(DataError, match="no column 'wart'") as caught:
        made.features(["wart"])
    assert caught.value.hint == "did you mean 'ward'?"


def test_a_selection_has_the_rows_asked_for() -> None:
    made = table(60)
    part = made.select(made.columns["dose"] > 5)
    assert part.rows == int((made.columns["dose"] > 5).sum())
    assert part.roles == made.roles
    assert made.select(np.array([3, 1])).columns["dose"].tolist() == made.columns["dose"][[3, 1]].tolist()


def test_labels_and_missing_labels() -> None:
    made = as_table({"a": np.arange(30.0), "y": np.array(["u", "v", None] * 10, dtype=object)}, target="y")
    assert made.labelled.sum() == 20
    with pytest.raises(DataError, match="has no target"):
        as_table({"a": np.arange(30.0)}).labels()


def test_text_as_target_is_a_category_whatever_its_share() -> None:
    made = as_table({"a": np.arange(6.0), "y": np.array(list("uvwuvw"), dtype=object)}, target="y")
    assert made.types["y"] == "category"


def test_what_is_said_about_columns_does_not_change_the_content() -> None:
    made = table(60)
    said = made.assign(target="cost", roles={"ward": "ignored"})
    profile = Profile.from_bounds({"age": (0, 110), "dose": (0, 50)})
    assert said.content == made.describe(profile).content == made.content


def test_another_target_replaces_the_first_which_is_then_ignored() -> None:
    made = table(60).assign(target="cost")
    assert (made.target, made.roles["outcome"], made.roles["cost"]) == ("cost", "ignored", "target")
    assert table(60).assign(roles={"outcome": "ignored"}).target is None


def test_a_table_cannot_be_changed_and_does_not_show_values() -> None:
    made = table(60)
    with pytest.raises(ValueError, match="read-only"):
        made.columns["dose"][0] = 1.0
    with pytest.raises(TypeError):
        made.roles["dose"] = "ignored"  # type: ignore[index]
    assert repr(made) == "<Table 'visits': 60 rows, 5 columns, target 'outcome'>"


def test_what_a_person_withheld_stays_withheld() -> None:
    """Under a profile that makes it a feature or the target, and under another name."""
    table = Table.from_arrays(np.arange(30.0).reshape(10, 3), columns=list("abc")).assign(roles={"b": "ignored"})
    assert table.withheld == {"b"}
    profile = Profile.from_bounds({"a": (0, 30), "b": (0, 30), "c": (0, 30)})
    described = table.describe(profile)
    assert (described.roles["b"], described.withheld) == ("ignored", {"b"})
    assert np.isnan(described.without_withheld().columns["b"]).all()
    assert not np.isnan(described.without_withheld().columns["a"]).any()
    target = Profile.from_bounds({"a": (0, 30), "c": (0, 30)}, target="b")
    assert table.describe(target).target is None
    moved = renamed(table, (Pair(ours="b", theirs="c2"),))
    assert moved.withheld == {"c2"}
    assert table.assign(roles={"b": "feature"}).withheld == frozenset()
    assert table.assign(target="b").withheld == frozenset()
    assert table.select(np.arange(3)).withheld == {"b"}


def test_recognised_roles_are_nobodys_word() -> None:
    table = Table.from_arrays(np.ones((60, 2)), columns=["a", "b"])
    assert table.withheld == frozenset()
