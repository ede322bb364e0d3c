# SPDX-License-Identifier: Apache-2.0
"""The map of an island: faithful as far as it says, the same for everybody, and still when somebody arrives."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import pytest

from lwnode.errors import SpecificationError
from lwnode.market.organizer import Layout, lay_out, vector_of_rows, vectors_of
from lwnode.market.organizer.layout import STEP
from lwnode.specification import raw_matrix
from tests.support.market import domain, numbers, sketch

PROFILE = numbers(6)


@pytest.fixture(scope="module")
def island() -> tuple[tuple[str, ...], np.ndarray]:
    specs = [sketch(domain(i, 150), PROFILE, size=20, seed=i) for i in range(120)]
    return tuple(f"{(i * 37) % 120:03d}" for i in range(120)), vectors_of(specs, PROFILE)


def moves(before: Layout, after: Layout) -> np.ndarray:
    """How far everybody who is on both maps moved, in units of the first one's radius."""
    places = dict(zip(after.ids, after.positions, strict=True))
    return np.array(
        [
            np.linalg.norm(places[name] - old)
            for name, old in zip(before.ids, before.positions, strict=True)
            if name in places
        ]
    ) / max(before.radius, 1e-12)


def test_what_the_map_explains_is_the_share_of_all_squared_distances(island) -> None:
    ids, vectors = island
    made = lay_out(ids, vectors)
    order = np.argsort(ids)
    X = vectors[order].astype(float)
    true = np.square(X[:, None] - X[None]).sum(axis=2)
    shown = np.square(made.positions[:, None] - made.positions[None]).sum(axis=2)
    assert made.explained == pytest.approx(shown.sum() / true.sum(), abs=1e-6)
    assert (shown <= true + 1e-9).all(), "a map shows a part of a distance, never more"
    np.fill_diagonal(true, np.inf)
    np.fill_diagonal(shown, np.inf)
    near = [true[i].argmin() in np.argsort(shown[i])[:5] for i in range(len(ids))]
    assert made.kept == pytest.approx(np.mean(near))
    assert 0.0 < made.explained < 1.0


def test_no_other_plane_explains_more(island) -> None:
    ids, vectors = island
    best = lay_out(ids, vectors)
    rng = np.random.default_rng(0)
    for _ in range(20):
        axes = np.linalg.qr(best.axes + 0.3 * rng.normal(size=best.axes.shape) / np.sqrt(len(best.axes)))[0]
        other = lay_out(ids, vectors, dataclasses.replace(best, axes=axes))
        assert other.explained <= best.explained + 1e-9


def test_points_of_a_plane_are_shown_as_they_are() -> None:
    rng = np.random.default_rng(1)
    flat = rng.normal(size=(30, 2)) @ rng.normal(size=(2, 10))
    made = lay_out([str(i) for i in range(30)], flat)
    assert (made.explained, made.kept) == (pytest.approx(1.0), 1.0)
    order = np.argsort([str(i) for i in range(30)])
    true = np.linalg.norm(flat[order][:, None] - flat[order][None], axis=2)
    np.testing.assert_allclose(np.linalg.norm(made.positions[:, None] - made.positions[None], axis=2), true, atol=1e-9)


def test_the_order_of_arrival_does_not_matter(island) -> None:
    ids, vectors = island
    turn = np.random.default_rng(2).permutation(len(ids))
    one, other = lay_out(ids, vectors), lay_out([ids[i] for i in turn], vectors[turn])
    assert one.ids == other.ids == tuple(sorted(ids))
    np.testing.assert_array_equal(one.positions, other.positions)


def test_one_who_arrives_moves_nobody(island) -> None:
    ids, vectors = island
    before = lay_out(ids[:-1], vectors[:-1])
    after = lay_out(ids, vectors, before)
    assert after.moved == 0.0
    assert moves(before, after).max() < 1e-12
    assert len(after.ids) == len(ids)


def test_one_who_leaves_moves_nobody(island) -> None:
    ids, vectors = island
    before = lay_out(ids, vectors)
    after = lay_out(ids[5:], vectors[5:], before)
    assert set(after.ids) == set(ids[5:])
    assert moves(before, after).max() < 1e-12


def test_an_island_that_grows_from_nothing_moves_by_little_at_a_time(island) -> None:
    ids, vectors = island
    layout = lay_out(ids[:2], vectors[:2])
    moved = []
    for k in range(3, len(ids) + 1):
        after = lay_out(ids[:k], vectors[:k], layout)
        moved.append(moves(layout, after).max())
        assert after.moved == pytest.approx(moved[-1], abs=1e-9)
        layout = after
    assert max(moved) <= STEP + 1e-9
    assert np.mean(np.array(moved) < 1e-12) > 0.5
    assert layout.explained >= 0.85 * lay_out(ids, vectors).explained


def test_strangers_in_a_crowd_turn_the_map_slowly_and_it_comes_to_rest(island) -> None:
    ids, vectors = island
    layout = lay_out(ids, vectors)
    rng = np.random.default_rng(3)
    far = (vectors.mean(axis=0) + 3.0 * rng.normal(size=(1, vectors.shape[1])) * rng.normal(size=(200, 1))).astype(
        np.float32
    )
    names = (*ids, *(f"x{i}" for i in range(200)))
    everybody = np.concatenate([vectors, far])
    best = lay_out(names, everybody)
    unsettled = 0
    for _ in range(60):
        after = lay_out(names, everybody, layout)
        assert moves(layout, after).max() <= STEP + 1e-9
        unsettled += not after.settled
        layout = after
        if after.settled and after.moved == 0.0:
            break
    assert unsettled > 0
    assert layout.settled
    assert layout.explained >= 0.9 * best.explained


def test_ones_own_rows_are_placed_and_nobody_moves(island) -> None:
    ids, vectors = island
    made = lay_out(ids, vectors)
    kept = made.positions.copy()
    rows = vector_of_rows(raw_matrix(PROFILE, domain(7, 300, draw=1)), PROFILE)
    (place,) = made.place(rows)
    np.testing.assert_array_equal(made.positions, kept)
    nearest = made.ids[int(np.linalg.norm(made.positions - place, axis=1).argmin())]
    own = made.positions[made.ids.index(ids[7])]
    assert np.linalg.norm(place - own) < 0.1 * made.radius
    assert np.linalg.norm(made.positions[made.ids.index(nearest)] - place) <= np.linalg.norm(place - own)
    np.testing.assert_allclose(made.place(vectors[[7]])[0], own, atol=1e-9)


def test_a_map_is_kept_as_plain_arrays(island, tmp_path) -> None:
    ids, vectors = island
    made = lay_out(ids, vectors)
    np.savez(tmp_path / "map.npz", **made.to_arrays())
    with np.load(tmp_path / "map.npz", allow_pickle=False) as arrays:
        again = Layout.from_arrays(arrays)
    assert again.ids == made.ids
    assert (again.explained, again.kept, again.moved, again.settled) == (made.explained, made.kept, 0.0, True)
    np.testing.assert_array_equal(again.positions, made.positions)
    assert moves(made, lay_out(ids, vectors, again)).max() < 1e-12


BROKEN = {
    "no ids": {"ids": None},
    "fewer places than ids": {"positions": np.zeros((3, 2))},
    "places in space": {"positions": np.zeros((120, 3))},
    "an axis": {"axes": np.zeros((128, 1))},
    "no number": {"origin": np.array([0.0, np.nan])},
    "other figures": {"figures": np.zeros(3)},
}


@pytest.mark.parametrize("name", BROKEN)
def test_arrays_that_are_no_map_are_refused(island, name: str) -> None:
    arrays = lay_out(*island).to_arrays() | BROKEN[name]
    with pytest.raises(SpecificationError):
        Layout.from_arrays({key: value for key, value in arrays.items() if value is not None})


def test_small_islands_have_maps_too() -> None:
    rng = np.random.default_rng(4)
    empty = lay_out([], np.empty((0, 8)))
    assert (empty.ids, empty.positions.shape, empty.radius) == ((), (0, 2), 0.0)
    layout, vectors = empty, rng.normal(size=(4, 8))
    for count in range(1, 5):
        layout = lay_out([f"{i}" for i in range(count)], vectors[:count], layout)
        assert layout.positions.shape == (count, 2)
        assert np.isfinite(layout.positions).all()
    same = lay_out(["a", "b"], np.ones((2, 8)))
    assert (same.explained, same.kept) == (1.0, 1.0)


def test_wrong_calls_are_refused(island) -> None:
    ids, vectors = island
    with pytest.raises(ValueError, match="each id once"):
        lay_out(["a", "a"], vectors[:2])
    with pytest.raises(ValueError, match="one vector"):
        lay_out(["a"], vectors[:2])
    with pytest.raises(ValueError, match="another frame"):
        lay_out(["a"], np.zeros((1, 3)), lay_out(ids, vectors))


def test_ten_thousand_are_laid_out_in_a_second() -> None:
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(10_000, 128)).astype(np.float32) @ np.diag(0.9 ** np.arange(128)).astype(np.float32)
    ids = [f"{i:05d}" for i in range(10_000)]
    started = time.process_time()
    made = lay_out(ids, vectors)
    assert time.process_time() - started < 1.0
    assert made.positions.shape == (10_000, 2)
