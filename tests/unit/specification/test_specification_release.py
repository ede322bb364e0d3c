# SPDX-License-Identifier: Apache-2.0
"""The three ways to make a specification."""

import dataclasses
import tracemalloc

import numpy as np
import pytest

from lwnode.errors import CancelledError, PrivacyBudgetError, SettingsError, SpecificationError
from lwnode.specification import exact_release, mu_for, plan_release, raw_matrix, specify
from lwnode.specification.copies import near_copies
from lwnode.specification.landmarks import LANDMARKS, Landmarks
from lwnode.specification.scalars import residual
from tests.support.specification import clusters, mixed, numbers

X = clusters(2000)
PROFILE = numbers()


class Recorder:
    """A generator that remembers what was asked of it; everything but `normal` is missing."""

    def __init__(self, seed: int) -> None:
        self.source, self.asked = np.random.default_rng(seed), []

    def normal(self, *, scale: float, size: tuple[int, ...]) -> np.ndarray:
        self.asked.append((scale, size))
        return self.source.normal(scale=scale, size=size)


def private(raw: np.ndarray = X, *, seed: int = 0, **changes: object):
    settings = {"privacy": "private", "epsilon": 1.0, "rng": np.random.default_rng(seed), **changes}
    return specify(raw, PROFILE, **settings)  # type: ignore[arg-type]


def test_a_private_specification_states_what_it_cost() -> None:
    spec = private(rows_per_person=2)
    plan = plan_release(2000, reach=Landmarks.reach, epsilon=1.0, rows_per_person=2)
    assert spec.card.privacy.mode == "private"
    assert spec.card.privacy.epsilon == 1.0
    assert spec.card.privacy.delta == 1e-5
    assert spec.card.privacy.mu == mu_for(1.0, 1e-5)
    assert spec.card.privacy.rows_per_person == 2
    assert (spec.card.landmarks, spec.card.frequencies) == (LANDMARKS, 0)
    assert spec.card.residual_noise == plan.residual_noise
    assert spec.card.rows == 2000
    assert len(spec.points) == 50
    assert 0 < spec.card.tail < 1
    assert 0 <= spec.card.level <= 0.3


def test_noise_is_drawn_three_times_as_loud_as_planned() -> None:
    recorder = Recorder(0)
    plan = plan_release(2000, reach=Landmarks.reach, epsilon=1.0)
    spec = private(rng=recorder)
    (embedding, residual_scale, level) = recorder.asked
    assert embedding == (plan.embedding_noise, (LANDMARKS,))
    assert residual_scale == (plan.residual_noise, (1,))
    assert level == (plan.count_noise / 2000, (1,))
    assert np.array_equal(spec.points, private().points)  # and nothing else was random


def test_another_draw_is_another_specification() -> None:
    assert not np.array_equal(private(seed=1).points, private(seed=2).points)


def test_a_private_specification_is_near_its_rows_and_says_how_near() -> None:
    specs = [private(seed=seed) for seed in range(5)]
    true = np.array([residual(spec.frame, spec.weights, PROFILE, X) ** 2 for spec in specs])
    assert true.max() < 0.01
    stated = np.array([spec.card.residual2 for spec in specs])
    assert np.abs(np.sqrt(stated) - np.sqrt(true)).max() < 4 * specs[0].card.residual_noise


def test_what_is_published_of_the_rows_is_their_bucket() -> None:
    first, second = private(X[:1500]), private(X[:1599])
    assert first.card.rows == second.card.rows == 1500
    assert first.card.residual_noise == second.card.residual_noise
    assert first.card.privacy == second.card.privacy


@pytest.mark.parametrize("mode", ["no-noise", "public"])
def test_without_noise_the_same_rows_give_the_same_bytes(mode: str) -> None:
    first, second = (specify(X, PROFILE, privacy=mode) for _ in range(2))
    assert first.to_bytes() == second.to_bytes()
    assert first.card == second.card
    assert first.card.privacy.mode == mode
    assert first.card.privacy.epsilon is None
    assert first.card.level == 0.05
    assert first.card.residual2 == pytest.approx(residual(first.frame, first.weights, PROFILE, X) ** 2)
    other = specify(X, dataclasses.replace(PROFILE, seed=9), privacy=mode)
    assert other.to_bytes() != first.to_bytes()


def test_public_is_the_nearest_and_private_the_farthest() -> None:
    public, free = (specify(X, PROFILE, privacy=mode).card.residual2 for mode in ("public", "no-noise"))
    noisy = np.mean([residual((s := private(seed=k)).frame, s.weights, PROFILE, X) ** 2 for k in range(3)])
    assert public < free < noisy


@pytest.mark.parametrize("rows", [10, 50, 300, 2000])
def test_no_point_without_noise_repeats_a_row(rows: int) -> None:
    raw = np.concatenate([X[: rows - 3], [[3.5, -3, 3, 2.5], [-3, 3.5, -2.5, 3], [3, 3, 3, -3.5]]])  # three of a kind
    spec = specify(raw, PROFILE, privacy="no-noise")
    assert not near_copies(spec.frame, PROFILE, raw).any()
    assert len(spec.points) <= max(1, rows // 3)


def test_columns_of_categories_only_can_be_specified() -> None:
    rng = np.random.default_rng(0)
    columns = {
        "age": rng.uniform(20, 90, 800), "load": np.full(800, np.nan),
        "sex": rng.choice(["f", "m"], 800), "ward": rng.choice(["a", "b", "c"], 800, p=[0.6, 0.3, 0.1]),
    }  # fmt: skip
    raw = raw_matrix(mixed(), columns)
    for mode, settings in (("private", {"epsilon": 1.0}), ("no-noise", {}), ("public", {})):
        spec = specify(raw, mixed(), privacy=mode, rng=np.random.default_rng(1), **settings)
        shares = (spec.weights[:, None] * spec.points[:, 4:]).sum(axis=0)
        assert shares == pytest.approx([0.6, 0.3, 0.1], abs=0.12)


def test_what_is_not_finite_counts_as_missing() -> None:
    holes = X.copy()
    holes[::7, 1] = np.nan
    infinite = holes.copy()
    infinite[::7, 1] = np.inf
    assert private(holes).to_bytes() == private(infinite).to_bytes()


def test_many_rows_take_bounded_memory() -> None:
    rows = np.tile(X, (60, 1))  # 120,000 rows, 3.8 MB
    for mode, settings in (("private", {"epsilon": 1.0, "rng": np.random.default_rng(0)}), ("public", {})):
        tracemalloc.start()
        spec = specify(rows, PROFILE, privacy=mode, **settings)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 60e6
        assert spec.card.rows == 120_000
        # 16,000 of the rows stand for all: known to about 1e-5
    assert residual(spec.frame, spec.weights, PROFILE, X) ** 2 == pytest.approx(spec.card.residual2, rel=0.3, abs=2e-5)


def test_progress_is_told_and_may_end_the_work() -> None:
    told: list[tuple[float | None, str]] = []
    private(progress=lambda share, doing: told.append((share, doing)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert len({doing for _, doing in told}) >= 4

    def stop(share: float | None, doing: str) -> None:
        if doing == "fitting the points":
            raise CancelledError("ended")

    for mode, settings in (("private", {"epsilon": 1.0}), ("public", {}), ("no-noise", {})):
        with pytest.raises(CancelledError):
            specify(X, PROFILE, privacy=mode, rng=np.random.default_rng(0), progress=stop, **settings)


def test_too_few_rows_are_refused_with_a_cure() -> None:
    with pytest.raises(PrivacyBudgetError) as caught:
        private(X[:80])
    assert "rows" in caught.value.hint
    assert "epsilon" in caught.value.hint
    with pytest.raises(SpecificationError, match="follow single rows"):
        specify(X[:9], PROFILE, privacy="no-noise")
    with pytest.raises(SpecificationError, match="at least two"):
        specify(X[:1], PROFILE, privacy="public")


def test_bounds_of_the_data_themselves_cannot_be_private() -> None:
    own = numbers(origin="own data")
    with pytest.raises(SpecificationError, match="bounds taken from the data"):
        specify(X, own, privacy="private", epsilon=1.0, rng=np.random.default_rng(0))
    assert specify(X, own, privacy="no-noise").profile.origin == "own data"


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"privacy": "private", "rng": np.random.default_rng(0)}, SettingsError),
        ({"privacy": "private", "epsilon": 1.0}, ValueError),
        ({"privacy": "public", "epsilon": 1.0}, SettingsError),
        ({"privacy": "no-noise", "delta": 1e-5}, SettingsError),
        ({"privacy": "public", "size": 0}, SettingsError),
        ({"privacy": "public", "size": 1001}, SettingsError),
        ({"privacy": "public", "rows_per_person": 0}, SettingsError),
        ({"privacy": "private", "epsilon": -1.0, "rng": np.random.default_rng(0)}, SettingsError),
    ],
)
def test_settings_without_meaning_are_refused(settings: dict, error: type[Exception]) -> None:
    with pytest.raises(error):
        specify(X, PROFILE, **settings)


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(SpecificationError, match="4 columns"):
        specify(X[:, :3], PROFILE, privacy="public")


class Fixed:
    """A generator whose noise is 0, but for the residual's."""

    def __init__(self, on_residual: float) -> None:
        self.on_residual, self.calls = on_residual, 0

    def normal(self, *, scale: float, size: tuple[int, ...]) -> np.ndarray:
        self.calls += 1
        return np.full(size, self.on_residual if self.calls == 2 else 0.0)


def test_the_noise_is_taken_out_of_the_squared_residual() -> None:
    spec = private(rng=Fixed(0.0))
    true = residual(spec.frame, spec.weights, PROFILE, X)
    louder = private(rng=Fixed(0.1))
    assert louder.card.residual2 == pytest.approx((true + 0.1) ** 2 - spec.card.residual_noise**2, rel=1e-6)
    assert private(rng=Fixed(-1.0)).card.residual2 == 0.0


def test_points_that_repeat_a_row_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    before = specify(X, PROFILE, privacy="no-noise")
    monkeypatch.setattr(exact_release, "near_copies", lambda Z, profile, raw: np.arange(len(Z)) % 2 == 0)
    after = specify(X, PROFILE, privacy="no-noise")
    assert 0 < len(after.points) < len(before.points)
    assert {tuple(point) for point in after.points} < {tuple(point) for point in before.points}
    monkeypatch.setattr(exact_release, "near_copies", lambda Z, profile, raw: np.ones(len(Z), dtype=bool))
    with pytest.raises(SpecificationError, match="every point repeats a row"):
        specify(X, PROFILE, privacy="no-noise")


def test_a_sample_of_many_rows_measures_as_all_of_them_do(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = specify(X, PROFILE, privacy="public").card
    monkeypatch.setattr(exact_release, "_FEW_MEASURED", 200)
    monkeypatch.setattr(exact_release, "_MEASURED_CELLS", 0)
    part = specify(X, PROFILE, privacy="public").card
    assert part.residual2 == pytest.approx(whole.residual2, abs=1e-3)  # 200 rows alone are .003 from all of them
    assert part.tail == pytest.approx(whole.tail, rel=0.3)


def test_few_rows_are_judged_by_those_that_were_left_out() -> None:
    spec = specify(X[:40], PROFILE, privacy="public")
    assert len(spec.points) == 40  # every row is a point: its distance to the nearest says nothing
    fresh = ((X[1000:, None] - spec.frame[None]) ** 2).sum(axis=2).min(axis=1)
    assert 0.8 < (-fresh > spec.card.tail).mean() < 1
