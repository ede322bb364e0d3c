# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from lwnode.market import nearest, search
from lwnode.market.frames import FramedRows
from lwnode.market.islands import gather
from lwnode.market.ranking import rank
from lwnode.specification.frame import raw_matrix
from tests.support.market import domain, entry, numbers, sketch, stacked


@pytest.fixture(scope="module")
def entries():
    """Several hospitals in each of 30 domains, in two frames."""
    frames = (numbers(4), numbers(4, scale=1.5, name="wider"))
    return [
        entry(f"e{i:03d}", sketch(domain(i % 30, 120, 4, draw=i), frames[i % 7 == 0], size=10, seed=i))
        for i in range(240)
    ]


def ranked(entries, columns):
    (island,), _ = gather(entries, columns, {})
    return island, FramedRows(island.profile, raw_matrix(island.profile, columns))


@pytest.mark.parametrize("count", [1, 10, 60])
def test_a_large_island_gives_what_a_whole_ranking_gives(entries, monkeypatch, count: int) -> None:
    monkeypatch.setattr(nearest, "WHOLE", 0)
    for seed in range(4):
        island, rows = ranked(entries, domain(seed, 80, 4, draw=1000))
        whole, found = rank(island, rows), nearest.nearest_of(island, rows, count)
        assert [item.entry.id for item in found.ranked] == [item.entry.id for item in whole[:count]]
        assert [item.distance for item in found.ranked] == pytest.approx([item.distance for item in whole[:count]])
        assert found.ranked[-1].distance <= found.bound <= whole[count].distance + 1e-12
        assert count <= found.compared <= 240
        assert len(found.beyond) == 240 - count
        assert not {item.entry.id for item in found.ranked} & {one.id for one, _ in found.beyond}
    assert count == 60 or found.compared < 120


def test_the_answer_is_the_same_and_the_certificate_says_how_it_was_found(entries, monkeypatch) -> None:
    tables = [domain(3, 200, 4, draw=1000), stacked(domain(1, 200, 4, draw=1000), domain(12, 150, 4, draw=1000))]
    before = [search(columns, entries, top=5) for columns in tables]
    monkeypatch.setattr(nearest, "WHOLE", 0)
    for columns, whole in zip(tables, before, strict=True):
        found = search(columns, entries, top=5)
        assert (whole.certificate.method, whole.certificate.compared) == ("exhaustive", 240)
        assert found.certificate.method == "certified"
        assert found.certificate.compared < 240
        assert found.certificate.last == pytest.approx(whole.certificate.last)
        assert found.certificate.last <= found.certificate.next <= whole.certificate.next + 1e-12
        assert found.considered == whole.considered == 240
        assert (found.verdict, found.reason_code) == (whole.verdict, whole.reason_code)
        assert [match.learnware for match in found.nearest] == [match.learnware for match in whole.nearest]
        assert [match.learnware for match in found.single] == [match.learnware for match in whole.single]
        assert (found.multiple is None) == (whole.multiple is None)
        if found.multiple is not None:
            assert dict(found.multiple.members) == pytest.approx(dict(whole.multiple.members))
            assert np.array_equal(found.multiple.covered.rows, whole.multiple.covered.rows)
    assert before[1].multiple is not None


def test_frames_are_kept_in_the_entry(entries) -> None:
    island, rows = ranked(entries, domain(0, 30, 4, draw=1000))
    other = next(one for one in island.entries if one.profile != rows.profile)
    assert other.framed_in(rows.profile) is other.framed_in(rows.profile)
    assert other.framed_in(other.profile) is other.framed
