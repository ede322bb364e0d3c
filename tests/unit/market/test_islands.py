# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest

from lwnode.documents import Profile
from lwnode.errors import DataError
from lwnode.market.islands import gather, obstacle, row_count
from tests.support.market import domain, entry, mixed, numbers, patients, sketch

PROFILE = Profile.from_bounds({"weight": (0.0, 150.0), "sex": ["0", "1"]}, units={"weight": "kg"})
ROWS = {"weight": np.array([50.0, np.nan]), "sex": np.array(["0", None], dtype=object), "other": np.zeros(2)}


@pytest.mark.parametrize(
    ("changes", "units", "code", "columns"),
    [
        ({}, {}, None, ()),
        ({}, {"weight": "kg"}, None, ()),
        ({}, {"weight": "[lb_av]"}, "other-unit", ("weight",)),
        ({"weight": None}, {}, "missing-columns", ("weight",)),
        ({"weight": np.array(["a", "b"], dtype=object)}, {}, "other-type", ("weight",)),
        ({"weight": np.array([50, 60])}, {}, None, ()),
        ({"sex": np.array([0.0, 1.0])}, {}, None, ()),
        ({"sex": np.array([1, 1])}, {}, None, ()),
        ({"sex": np.array([0.5, 7.0])}, {}, "other-type", ("sex",)),
        ({"sex": np.array([np.nan, np.nan])}, {}, "other-type", ("sex",)),
        ({"weight": None, "sex": np.array([7.0, 8.0])}, {}, "missing-columns", ("weight",)),
    ],
)
def test_what_can_be_compared(changes, units, code, columns) -> None:
    rows = {name: values for name, values in (ROWS | changes).items() if values is not None}
    stop = obstacle(PROFILE, rows, units)
    assert (stop.code if stop else None) == code
    assert (stop.columns if stop else ()) == columns


def test_a_profile_of_images_is_for_other_data() -> None:
    stop = obstacle(dataclasses.replace(PROFILE, encoder="convolution-64"), ROWS, {})
    assert stop is not None
    assert stop.code == "other-data"


def test_what_cannot_be_compared_is_counted_with_its_reason() -> None:
    here, elsewhere, more = numbers(3), mixed(), numbers(5)
    entries = [entry(f"a{i}", sketch(domain(i, 60, 3), here, size=5)) for i in range(3)]
    entries += [entry(f"b{i}", sketch(patients(i, 60), elsewhere, size=5)) for i in range(2)]
    entries += [entry("c", sketch(domain(0, 60, 5), more, size=5))]
    islands, skipped = gather(entries, domain(0, 40, 3), {})
    assert [len(island.entries) for island in islands] == [3]
    assert [(item.code, item.count) for item in skipped] == [("missing-columns", 3)]
    assert skipped[0].columns == ("age", "c3", "c4", "load", "sex", "ward")


def test_profiles_of_one_schema_form_one_island_in_the_frame_of_most() -> None:
    common, other = numbers(3), numbers(3, scale=2.0, name="wider")
    entries = [entry(f"a{i}", sketch(domain(i, 60, 3), other if i == 0 else common, size=5)) for i in range(3)]
    islands, skipped = gather(entries, domain(0, 40, 3), {})
    assert len(islands) == 1
    assert islands[0].profile == common
    assert skipped == ()


@pytest.mark.parametrize("columns", [{}, {"a": np.zeros(0)}, {"a": np.zeros(2), "b": np.zeros(3)}])
def test_a_table_without_rows_is_refused(columns) -> None:
    with pytest.raises(DataError):
        row_count(columns)
