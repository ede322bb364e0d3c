# SPDX-License-Identifier: Apache-2.0
"""Two data sets that share rows are noticed, and others are not."""

import numpy as np
import pytest

from lwnode.training import Table, Texts
from lwnode.training.row_sketch import KEPT, RowSketch, sketch_people, sketch_rows

KEY = b"of a home"


def table(X: np.ndarray, *, order: slice = slice(None), names: int = 5) -> Table:
    return Table.from_arrays(X[:, order], columns=[f"c{i}" for i in range(names)][order])


def rows(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 5)).round(2)


def test_a_part_of_a_table_is_noticed_whatever_the_order() -> None:
    X, Y = rows(1000, 0), rows(1000, 1)
    mixed = np.concatenate([Y, X[::4]])[np.random.default_rng(2).permutation(1250)]
    first, second = sketch_rows(table(X), KEY), sketch_rows(table(mixed, order=slice(None, None, -1)), KEY)
    assert first.shared(second) == pytest.approx(250, abs=2)
    assert first.shared(sketch_rows(table(Y), KEY)) <= 1


@pytest.mark.parametrize("shared", [0, 2_000, 30_000])
def test_large_tables_are_estimated(shared: int) -> None:
    X = np.random.default_rng(0).normal(size=(90_000, 5))
    first, second = sketch_rows(table(X[:60_000]), KEY), sketch_rows(table(X[60_000 - shared :]), KEY)
    assert len(first.hashes) == KEPT
    assert first.shared(second) == pytest.approx(shared, rel=0.3, abs=60)


def test_a_combination_that_occurs_twice_is_nobodys() -> None:
    X = np.repeat(rows(100, 0), 2, axis=0)
    assert sketch_rows(table(X), KEY).count == 0


def test_missing_values_and_texts_count() -> None:
    X = np.array([[np.nan, 1.0], [2.0, 3.0]])
    first, second = _with_texts(X, ["x", "y"]), _with_texts(X, ["x", "z"])
    assert sketch_rows(first, KEY).shared(sketch_rows(second, KEY)) == 1


def test_people_are_known_by_their_identifier() -> None:
    import pandas as pd

    ids = [f"P-{i}" for i in range(300)]
    frame = pd.DataFrame({"patient_id": ids, "a": np.arange(300.0), "b": np.arange(300.0) ** 2})
    later = pd.DataFrame({"patient_id": [*ids[200:], "Q-1"], "a": -np.arange(101.0), "b": np.arange(101.0)})
    one, two = (Table.from_frame(f, roles={"patient_id": "identifier"}) for f in (frame, later))
    assert sketch_people(one, KEY).shared(sketch_people(two, KEY)) == 100
    assert sketch_rows(one, KEY).shared(sketch_rows(two, KEY)) == 0


def test_another_home_cannot_read_it() -> None:
    X = rows(500, 0)
    assert sketch_rows(table(X), KEY).shared(sketch_rows(table(X), b"of another")) == 0


def test_bytes_and_back() -> None:
    sketch = sketch_rows(table(rows(500, 0)), KEY)
    again = RowSketch.from_bytes(sketch.to_bytes())
    assert (again.count, again.shared(sketch)) == (sketch.count, sketch.count)
    assert sketch_rows(table(rows(9, 0)[:, :2], names=2), KEY).count == 0  # too little is said of a row


def _with_texts(X: np.ndarray, texts: list[str]) -> Table:
    import pandas as pd

    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": texts})
    return Table.from_frame(frame, roles={"c": "feature"}, types={"c": "category"})


def test_a_text_is_known_by_itself_whatever_an_encoder_makes_of_it() -> None:
    texts = [f"note number {i} about a visit" for i in range(40)]
    one = Texts.from_lists(texts).table()
    two = Texts.from_lists([*texts[30:], "another note"]).table()
    assert sketch_rows(one, KEY).shared(sketch_rows(two, KEY)) == 10
