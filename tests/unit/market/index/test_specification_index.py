# SPDX-License-Identifier: Apache-2.0
import itertools

import numpy as np
import pytest

from lwnode.errors import LockedError, NotFoundError, SpecificationError, StoreError
from lwnode.market.index import SpecificationIndex, specification_index
from lwnode.specification.kernels import gaussian
from tests.support.market import numbers

PROFILE = numbers(4)


def sketch(seed: int, size: int = 10):
    """Points around one of some places, so that there are near ones and far ones."""
    rng = np.random.default_rng([seed, 7])
    centre = np.random.default_rng([seed % 20, 8]).normal(size=4)
    Z = np.clip(centre + 0.2 * rng.normal(size=4) + 0.5 * rng.normal(size=(size, 4)), -4, 4)
    return Z.astype(np.float32), rng.dirichlet(np.ones(size)).astype(np.float32)


def market(count: int):
    return [(f"w{i:05d}", *sketch(i)) for i in range(count)]


def distance(a, b) -> float:
    points = np.concatenate([a[0], b[0]]).astype(np.float64)
    shares = [weights.astype(np.float64) / weights.astype(np.float64).sum() for weights in (a[1], b[1])]
    signed = np.concatenate([shares[0], -shares[1]])
    return float(np.sqrt(max(signed @ gaussian(points, points, PROFILE.gamma) @ signed, 0.0)))


def plain(query, sketches, k: int):
    """The k nearest by comparing all, and the distance of the next."""
    found = sorted((distance(query, (Z, b)), name) for name, Z, b in sketches)
    return [name for _, name in found[:k]], [d for d, _ in found[: k + 1]]


def agree(index, sketches, seeds=range(1000, 1006), k: int = 5) -> None:
    for seed in seeds:
        points, weights = sketch(seed, size=15)
        query = points, weights.astype(np.float64) / weights.astype(np.float64).sum()
        found = index.nearest(*query, k=k)
        names, distances = plain(query, sketches, k)
        assert list(found.ids) == names
        assert found.distances == pytest.approx(distances[:k], abs=1e-9)
        proof = found.certificate
        assert proof.method == "certified"
        assert proof.last == pytest.approx(distances[k - 1], abs=1e-9)
        assert proof.last <= proof.next <= distances[k] + 1e-9


@pytest.fixture
def index(tmp_path):
    with SpecificationIndex.open(tmp_path / "index", PROFILE) as opened:
        yield opened


def reopened(index, tmp_path):
    index.close()
    return SpecificationIndex.open(tmp_path / "index", PROFILE)


def test_the_nearest_are_exact_with_proof_and_few_are_compared(index) -> None:
    sketches = market(400)
    index.extend(sketches)
    agree(index, sketches)
    assert index.nearest(*sketch(1000), k=5).certificate.compared < 100


def test_rows_of_a_user_are_compared_like_points_of_equal_weight(index) -> None:
    sketches = market(60)
    index.extend(sketches)
    rows = sketch(3, size=40)[0].astype(np.float64)
    found = index.nearest(rows, k=3)
    assert found == index.nearest(rows, np.full(40, 1 / 40), k=3)
    assert found.certificate.rows == 40
    assert list(found.ids) == plain((rows, np.full(40, 1 / 40)), sketches, 3)[0]


def test_lists_change_no_answer(index, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(specification_index, "LISTS_FROM", 500)
    sketches = market(1500)
    index.extend(sketches[:1200])
    index.organise()
    agree(index, sketches[:1200])
    index.extend(sketches[1200:])
    index.withdraw("w00003")
    sketches.pop(3)
    agree(index, sketches)
    index.organise()
    agree(index, sketches)
    with reopened(index, tmp_path) as again:
        agree(again, sketches)
        assert "w00003" not in again


def test_few_lists_find_most_of_the_nearest(index, monkeypatch) -> None:
    monkeypatch.setattr(specification_index, "LISTS_FROM", 500)
    index.extend(market(1500))
    index.organise()
    hits = []
    for seed in range(1000, 1010):
        near, exact = index.nearest(*sketch(seed), certified=False), index.nearest(*sketch(seed))
        assert near.certificate.method == "approximate"
        assert near.certificate.next is None
        hits.append(len({*near.ids} & {*exact.ids}) / 10)
    assert np.mean(hits) > 0.9


def test_fewer_than_asked_for_are_all_there(index) -> None:
    assert index.nearest(*sketch(0)).ids == ()
    index.extend(market(3))
    found = index.nearest(*sketch(0), k=10)
    assert len(found.ids) == 3
    assert found.certificate.next is None
    assert found.certificate.compared == 3


def test_at_the_same_distance_the_order_is_that_of_the_ids(index) -> None:
    names = [f"{i:02d}" for i in np.random.default_rng(0).permutation(40)]
    index.extend((name, *sketch(0)) for name in names)
    assert index.nearest(*sketch(1), k=5).ids == ("00", "01", "02", "03", "04")


def test_a_withdrawn_one_is_gone_and_may_come_back(index, tmp_path) -> None:
    sketches = market(30)
    index.extend(sketches)
    nearest = index.nearest(*sketches[4][1:], k=1)
    assert nearest.ids == ("w00004",)
    assert nearest.distances[0] < 1e-6
    index.withdraw("w00004")
    assert "w00004" not in index
    assert len(index) == 29
    assert index.nearest(*sketches[4][1:], k=1).ids != ("w00004",)
    with pytest.raises(NotFoundError):
        index.withdraw("w00004")
    with reopened(index, tmp_path) as again:
        assert len(again) == 29
        agree(again, [item for item in sketches if item[0] != "w00004"])
        again.insert(*sketches[4])
        assert again.nearest(*sketches[4][1:], k=1).ids == ("w00004",)
    with SpecificationIndex.open(tmp_path / "index", PROFILE) as again:
        agree(again, sketches)


def test_an_id_is_there_once(index) -> None:
    index.insert("a", *sketch(0))
    with pytest.raises(SpecificationError, match="already"):
        index.insert("a", *sketch(1))
    with pytest.raises(SpecificationError, match="already"):
        index.extend([("b", *sketch(0)), ("b", *sketch(1))])
    assert len(index) == 1


@pytest.mark.parametrize(
    ("points", "weights"),
    [
        (np.zeros((2, 3)), np.full(2, 0.5)),
        (np.zeros((0, 4)), np.zeros(0)),
        (np.zeros((2, 4)), np.full(3, 1 / 3)),
        (np.full((2, 4), np.nan), np.full(2, 0.5)),
        (np.zeros((2, 4)), np.array([1.5, -0.5])),
        (np.zeros((2, 4)), np.array([0.2, 0.2])),
    ],
    ids=["width", "none", "weights", "no number", "negative", "no shares"],
)
def test_what_is_no_specification_is_refused(index, points, weights) -> None:
    with pytest.raises(SpecificationError):
        index.insert("a", points, weights)
    assert len(index) == 0
    with pytest.raises(SpecificationError):
        index.nearest(np.zeros((2, 3)))


def test_compaction_keeps_what_is_there_and_gives_room_back(index, tmp_path) -> None:
    sketches = market(200)
    for item in sketches[:50]:
        index.insert(*item)
    index.extend(sketches[50:])
    for name, *_ in sketches[::2]:
        index.withdraw(name)
    index.flush()

    def size() -> int:
        return sum(file.stat().st_size for file in (tmp_path / "index").rglob("points"))

    before = size()
    index.compact()
    assert size() < 0.6 * before
    assert len(index) == 100
    agree(index, sketches[1::2])
    index.insert(*sketches[0])
    with reopened(index, tmp_path) as again:
        agree(again, [sketches[0], *sketches[1::2]])
        assert [entry.name for entry in (tmp_path / "index").iterdir() if entry.is_dir()] == ["000002"]


@pytest.mark.parametrize("file", ["table", "points"])
@pytest.mark.parametrize("lost", [1, 9, 60, 150])
def test_a_torn_append_is_cut_and_the_rest_is_there(index, tmp_path, file: str, lost: int) -> None:
    sketches = market(12)
    index.extend(sketches[:10])
    index.flush()
    index.insert(*sketches[10])
    index.insert(*sketches[11])
    index.close()
    torn = tmp_path / "index" / "000001" / file
    with torn.open("r+b") as opened:
        opened.truncate(torn.stat().st_size - lost)
    with SpecificationIndex.open(tmp_path / "index", PROFILE) as again:
        assert again.torn > 0
        assert len(again) == 11
        agree(again, sketches[:11], k=3)
        again.insert(*sketches[11])
    with SpecificationIndex.open(tmp_path / "index", PROFILE) as again:
        assert again.torn == 0
        agree(again, sketches, k=3)


def test_points_that_never_reached_the_disk_are_noticed(index, tmp_path) -> None:
    """After a power failure a file may have its length and not its content."""
    index.extend(market(10))
    index.flush()
    index.insert("late", *sketch(50))
    index.close()
    points = tmp_path / "index" / "000001" / "points"
    data = bytearray(points.read_bytes())
    data[-40:] = bytes(40)
    points.write_bytes(bytes(data))
    with SpecificationIndex.open(tmp_path / "index", PROFILE) as again:
        assert "late" not in again
        assert len(again) == 10


def test_damage_is_no_answer(index, tmp_path) -> None:
    sketches = market(10)
    index.extend(sketches)
    index.flush()
    index.close()
    folder = tmp_path / "index" / "000001"
    kept = {name: (folder / name).read_bytes() for name in ("table", "points")}
    for name, place in itertools.product(kept, (700, 900)):
        for other, content in kept.items():
            (folder / other).write_bytes(content)
        changed = bytearray(kept[name])
        changed[place] ^= 8
        (folder / name).write_bytes(bytes(changed))
        with pytest.raises(StoreError, match="damaged"):  # noqa: SIM117
            with SpecificationIndex.open(tmp_path / "index", PROFILE) as again:
                again.nearest(*sketch(0))


def test_lists_that_are_damaged_are_done_without(index, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(specification_index, "LISTS_FROM", 100)
    sketches = market(150)
    index.extend(sketches)
    index.organise()
    lists = tmp_path / "index" / "000001" / "lists"
    data = bytearray(lists.read_bytes())
    data[200] ^= 1
    lists.write_bytes(bytes(data))
    with reopened(index, tmp_path) as again:
        agree(again, sketches)


def test_an_unfinished_compaction_is_forgotten(index, tmp_path) -> None:
    sketches = market(10)
    index.extend(sketches)
    (tmp_path / "index" / "000002.part").mkdir()
    (tmp_path / "index" / "000002.part" / "table").write_bytes(b"half")
    with reopened(index, tmp_path) as again:
        agree(again, sketches, k=3)
        assert not (tmp_path / "index" / "000002.part").exists()


def test_one_process_and_one_profile(index, tmp_path) -> None:
    with pytest.raises(LockedError):
        SpecificationIndex.open(tmp_path / "index", PROFILE)
    index.close()
    with pytest.raises(StoreError, match="another profile"):
        SpecificationIndex.open(tmp_path / "index", numbers(4, scale=2.0))
    SpecificationIndex.open(tmp_path / "index", PROFILE).close()


def test_what_is_kept_in_memory_of_each_is_small(index) -> None:
    index.extend(market(2000))
    assert index.nbytes / 2000 < 700  # a dictionary of the new ids, and room to grow
    index.close()
