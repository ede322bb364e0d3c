# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from lwnode.market import Offer, island_search, nearest, search
from lwnode.market.frames import FramedRows
from lwnode.market.index import SpecificationIndex
from lwnode.market.islands import gather
from lwnode.market.ranking import rank
from lwnode.specification.frame import raw_matrix
from lwnode.specification.landmarks import LANDMARKS
from tests.support.market import domain, entry, numbers, sketch, stacked


@pytest.fixture(scope="module")
def entries():
    """Several hospitals in each of 30 domains, in two frames."""
    frames = (numbers(4), numbers(4, scale=1.5, name="wider"))
    return [
        entry(f"e{i:03d}", sketch(domain(i % 30, 120, 4, draw=i), frames[i % 7 == 0], size=10, seed=i))
        for i in range(240)
    ]


@pytest.fixture(scope="module")
def index_of(entries, tmp_path_factory):
    """The market's index; it holds others of its schema too, and they are nearer than anybody."""
    (island,), _ = gather(entries, domain(0, 5, 4), {})
    others = [entry(f"x{i}", sketch(domain(i, 80, 4, draw=1000), numbers(4), size=30)) for i in range(4)]
    with SpecificationIndex.open(tmp_path_factory.mktemp("i"), island.profile, dimensions=LANDMARKS) as index:
        for some in (entries[120:], others, entries[:120]):
            framed = [(one.id, one.framed_in(island.profile)) for one in some]
            index.extend((name, spec.points, spec.weights) for name, spec in framed)

        def of(island, progress):
            assert island.profile == index.profile
            return index

        yield of


@pytest.fixture
def large(monkeypatch):
    """A market in which that is a large island."""
    monkeypatch.setattr(nearest, "WHOLE", 0)


def ranked(entries, columns):
    (island,), _ = gather(entries, columns, {})
    return island, FramedRows(island.profile, raw_matrix(island.profile, columns))


@pytest.mark.parametrize("count", [1, 10, 60])
def test_a_large_island_gives_what_a_whole_ranking_gives(entries, index_of, large, count: int) -> None:
    for seed in range(4):
        island, rows = ranked(entries, domain(seed, 80, 4, draw=1000))
        whole, found = rank(island, rows), nearest.nearest_of(island, rows, count, index_of=index_of)
        assert [item.entry.id for item in found.ranked] == [item.entry.id for item in whole[:count]]
        assert [item.distance for item in found.ranked] == pytest.approx(
            [item.distance for item in whole[:count]], abs=1e-10
        )
        assert [item.inner for item in found.ranked] == pytest.approx([item.inner for item in whole[:count]], abs=1e-12)
        assert found.ranked[-1].distance <= found.bound <= whole[count].distance + 1e-10
        assert count <= found.compared <= 240
        everybody = [found.sketches.member(place)[0].id for place in range(240)]
        assert everybody[:count] == [item.entry.id for item in found.ranked]
        assert sorted(everybody) == [one.id for one in entries]
    assert count == 60 or found.compared < 120


def test_what_the_index_keeps_is_what_the_entries_have(entries, index_of, large) -> None:
    island, rows = ranked(entries, domain(2, 80, 4, draw=1000))
    found = nearest.nearest_of(island, rows, 5, index_of=index_of)
    specs = [found.sketches.member(place)[1] for place in range(240)]
    for place, spec in enumerate(specs):
        points, weights = found.sketches.sketch(place)
        assert np.array_equal(points, spec.points)
        assert np.array_equal(weights, spec.weights)
    assert found.sketches.norms == pytest.approx([spec.norm2 for spec in specs], rel=1e-12)
    embeddings, target = found.sketches.short(rows)
    assert np.abs(embeddings - np.stack([spec.vector[:-1] for spec in specs])).max() < 1e-6
    plain, other = nearest.ReadSketches(rank(island, rows)).short(rows)
    assert target == pytest.approx(other, abs=1e-9)
    assert plain.shape == embeddings.shape


@pytest.mark.parametrize("pool", [100, 30])
def test_the_answer_is_the_same_and_the_certificate_says_how_it_was_found(
    entries, index_of, large, monkeypatch, pool: int
) -> None:
    monkeypatch.setattr(island_search, "SHARE_POOL", pool)
    tables = [domain(3, 200, 4, draw=1000), stacked(domain(1, 200, 4, draw=1000), domain(12, 150, 4, draw=1000))]
    for columns in tables:
        whole, found = search(columns, entries, top=5), search(columns, entries, top=5, index_of=index_of)
        assert (whole.certificate.method, whole.certificate.compared) == ("exhaustive", 240)
        assert found.certificate.method == "certified"
        assert found.certificate.compared < 240
        assert found.certificate.last == pytest.approx(whole.certificate.last, abs=1e-10)
        assert found.certificate.last <= found.certificate.next <= whole.certificate.next + 1e-10
        assert found.considered == whole.considered == 240
        assert (found.verdict, found.reason_code) == (whole.verdict, whole.reason_code)
        for one, other in zip((*found.nearest, *found.single), (*whole.nearest, *whole.single), strict=True):
            assert (one.learnware, one.verdict, one.reason_code) == (other.learnware, other.verdict, other.reason_code)
            assert (one.distance, one.match) == (other.distance, other.match)
            assert one.ranked == pytest.approx(other.ranked, abs=1e-10)
        assert (found.multiple is None) == (whole.multiple is None)
        if found.multiple is not None:
            assert dict(found.multiple.members) == pytest.approx(dict(whole.multiple.members))
            assert np.array_equal(found.multiple.covered.rows, whole.multiple.covered.rows)
    assert whole.multiple is not None


def test_only_the_entries_whose_figures_are_needed_are_read(entries, index_of, large, monkeypatch) -> None:
    monkeypatch.setattr(island_search, "SHARE_POOL", 20)
    read: list[str] = []

    def offer(one) -> Offer:
        return Offer(id=one.id, profile=one.profile, schema=one.schema, read=lambda: (read.append(one.id), one)[1])

    columns = stacked(domain(1, 200, 4, draw=1000), domain(12, 150, 4, draw=1000))
    found = search(columns, [offer(one) for one in entries], top=5, index_of=index_of)
    assert {match.learnware for match in found.nearest} <= set(read)
    assert len(set(read)) < 40
    read.clear()
    search({"c0": columns["c0"]}, [offer(one) for one in entries], top=5, index_of=index_of)
    assert read == []


def test_learnwares_at_the_same_distance_come_in_the_order_of_their_ids(index_of, large, tmp_path) -> None:
    same = sketch(domain(0, 80, 4), numbers(4), size=10)
    names = [f"{i:02d}" for i in np.random.default_rng(0).permutation(30)]
    entries = [entry(name, same) for name in names]
    with SpecificationIndex.open(tmp_path / "index", numbers(4)) as index:
        index.extend((one.id, one.framed.points, one.framed.weights) for one in entries)
        island, rows = ranked(entries, domain(1, 40, 4))
        found = nearest.nearest_of(island, rows, 10, index_of=lambda island, progress: index)
    assert [item.entry.id for item in found.ranked] == sorted(names)[:10]


def test_frames_are_kept_in_the_entry(entries) -> None:
    island, rows = ranked(entries, domain(0, 30, 4, draw=1000))
    other = next(one for one in island.entries if one.profile != rows.profile)
    assert other.framed_in(rows.profile) is other.framed_in(rows.profile)
    assert other.framed_in(other.profile) is other.framed
