# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from lwnode.market import ranking
from lwnode.market.frames import FramedRows
from lwnode.market.islands import gather
from lwnode.specification.frame import raw_matrix, to_frame
from tests.support.market import domain, entry, market, numbers, plain_mmd, sketch


def ranked(entries, columns):
    (island,), _ = gather(entries, columns, {})
    rows = FramedRows(island.profile, raw_matrix(island.profile, columns))
    return rows, ranking.rank(island, rows)


def test_distances_are_exact_and_in_order() -> None:
    entries = [entry(f"e{i}", sketch(domain(i, 200, 3), numbers(3), size=8)) for i in range(6)]
    rows, found = ranked(entries, domain(2, 30, 3, draw=1))
    assert [item.distance for item in found] == sorted(item.distance for item in found)
    assert found[0].entry.id == "e2"
    for item in found:
        spec = item.entry.specification
        assert item.distance == pytest.approx(
            plain_mmd(rows.rows, spec.frame, spec.weights, spec.profile.gamma), rel=1e-4
        )


def test_packing_changes_nothing(monkeypatch) -> None:
    entries = market(7, numbers(6), rows=150)
    columns = domain(3, 50, draw=1)
    _, whole = ranked(entries, columns)
    monkeypatch.setattr(ranking, "_POINTS", 50)
    _, pieces = ranked(entries, columns)
    assert [item.entry.id for item in whole] == [item.entry.id for item in pieces]
    assert [item.distance for item in whole] == pytest.approx([item.distance for item in pieces])


def test_other_bounds_of_the_same_schema_are_compared_in_the_common_frame() -> None:
    common, wider = numbers(3), numbers(3, scale=2.0, name="wider")
    entries = [entry(f"e{i}", sketch(domain(i, 200, 3), common, size=8)) for i in (0, 1)]
    entries.append(entry("e2", sketch(domain(2, 200, 3), wider, size=8)))
    rows, found = ranked(entries, domain(2, 30, 3, draw=1))
    assert rows.profile == common
    assert found[0].entry.id == "e2"
    spec = entries[2].specification
    Z = to_frame(common, spec.points.astype(np.float64))
    assert found[0].distance == pytest.approx(plain_mmd(rows.rows, Z, spec.weights, common.gamma), rel=1e-4)


def test_what_follows_from_the_points_is_kept_in_the_entry() -> None:
    (one,) = market(1, numbers(6), rows=100)
    rows, found = ranked([one], domain(0, 30, draw=1))
    assert found[0].spec is one.framed
    assert ranking.in_frame(one, rows) is one.framed
