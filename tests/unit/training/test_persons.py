# SPDX-License-Identifier: Apache-2.0
"""A cap on the rows of one person."""

import pandas as pd
import pytest

from lwnode.errors import DataError
from lwnode.training import Table
from lwnode.training.persons import capped

FRAME = pd.DataFrame(
    {"who": ["a", "b", "a", None, "a", "c", None], "x": range(7), "y": [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5]}
)


def test_the_first_rows_of_each_person_stay() -> None:
    table = capped(Table.from_frame(FRAME, target="y"), "who", 1)
    assert table.columns["x"].tolist() == [0, 1, 3, 5]
    assert table.roles["who"] == "identifier"
    assert (table.rows, table.read) == (4, 7)
    assert table.rejected[0].count == 3
    assert table.rejected[0].example == 3
    assert "one person" in table.rejected[0].reason


def test_nobody_has_more() -> None:
    table = capped(Table.from_frame(FRAME), "who", 3)
    assert table.rows == 7
    assert table.rejected == ()


def test_numbers_can_name_people_too() -> None:
    frame = pd.DataFrame({"who": [1.0, 1.0, 2.0], "x": [1, 2, 3]})
    assert capped(Table.from_frame(frame), "who", 1).columns["x"].tolist() == [1, 3]


@pytest.mark.parametrize(("person", "message"), [("whom", "no column 'whom'"), ("y", "is the target")])
def test_a_column_that_cannot_name_a_person(person: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        capped(Table.from_frame(FRAME, target="y"), person, 1)
