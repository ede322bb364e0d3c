# SPDX-License-Identifier: Apache-2.0
"""Private bounds: what one person moves, how near the bounds are, what is refused, and that a draw is a draw."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lwnode.errors import PrivacyBudgetError, SettingsError, SpecificationError
from lwnode.specification import quantiles
from lwnode.specification.common_levels import COMMON_LEVELS
from lwnode.specification.quantiles import bounds_mechanism, plan_bounds, private_bounds

rng0 = np.random.default_rng


def one(values: np.ndarray, seed: int = 0, **how: float) -> quantiles.ColumnBounds:
    (found,) = private_bounds({"x": values}, rng=rng0(seed), **{"epsilon": 1.0, **how}).columns  # type: ignore[arg-type]
    return found


# -------------------------------------------------------------------- the guarantee
def exact_statistics(values: np.ndarray, span: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """What is noised, without noise: octaves, and the root's coordinates over one grid."""
    finite = values[np.isfinite(values)]
    edges = np.linspace(*span, 129)
    cells = np.bincount(np.searchsorted(edges, finite, side="right"), minlength=130)
    return quantiles._by_octave(finite), np.convolve(quantiles._root(), cells)[:130]


@pytest.mark.parametrize("g", [1, 3])
def test_one_person_moves_no_more_than_the_sensitivity(g: int) -> None:
    rng = rng0(g)
    values = rng.normal(0, 50, 200)
    norm = math.sqrt(np.square(quantiles._root()).sum())
    largest = np.zeros(2)
    extremes = [np.nan, np.inf, 0.0, 1e-300, -1e300, 1e300, -100.0, 100.0, 99.9, 5e-7]
    for _ in range(400):
        other = values.copy()
        at = rng.choice(200, g, replace=False)
        both = (values.copy(), other)
        for table in both:
            table[at] = rng.choice(extremes) if rng.random() < 0.7 else rng.normal(0, 100, g)
        moved = [a - b for a, b in zip(*(exact_statistics(t, (-100.0, 100.0)) for t in both), strict=True)]
        largest = np.maximum(largest, [np.linalg.norm(m) for m in moved])
    assert largest[0] <= math.sqrt(2) * g + 1e-9
    assert largest[1] <= math.sqrt(2) * g * norm + 1e-9
    assert largest[0] >= 0.99 * math.sqrt(2) * g
    assert largest[1] >= 0.7 * math.sqrt(2) * g * norm


def test_the_root_squares_to_prefix_sums() -> None:
    root = quantiles._root()
    np.testing.assert_allclose(np.convolve(root, root)[:130], 1.0, rtol=1e-12)


@pytest.mark.parametrize(("columns", "g"), [(1, 1), (7, 1), (3, 4)])
def test_the_parts_compose_to_what_is_charged(columns: int, g: int) -> None:
    plan = plan_bounds(1_000_000, columns, epsilon=1.0, rows_per_person=g)
    norm = math.sqrt(np.square(quantiles._root()).sum())
    octaves, ranks = math.sqrt(2) * g / plan.octave_noise, math.sqrt(2) * g * norm / plan.root_noise
    assert math.sqrt(columns * (octaves**2 + ranks**2)) == pytest.approx(plan.mu, rel=1e-4)
    assert math.sqrt(columns * (octaves**2 + ranks**2)) <= plan.mu
    assert math.sqrt(columns) * math.sqrt(2) * g / plan.level_noise <= plan.mu


def test_noise_has_the_deviation_that_was_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[float, np.ndarray]] = []
    honest = quantiles.noised

    def watched(exact: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
        result = honest(exact, deviation, rng)
        drawn.append((deviation, result - exact))
        return result

    monkeypatch.setattr(quantiles, "noised", watched)
    values = rng0(1).normal(size=5_000)
    levels = rng0(2).choice(["f", "m"], 5_000).astype(object)
    for seed in range(30):
        private_bounds({"x": values, "sex": levels}, epsilon=1.0, rng=rng0(seed))
    plan = plan_bounds(5_000, 2, epsilon=1.0)
    planned = [plan.level_noise, plan.octave_noise, plan.root_noise]
    for kind, deviation in enumerate(planned):
        stated, errors = zip(*drawn[kind::3], strict=True)
        assert stated == pytest.approx([deviation / 5_000] * 30)
        assert np.concatenate(errors).std() == pytest.approx(deviation / 5_000, rel=0.05)


def test_refusals_come_before_a_row_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(*_: object) -> None:
        raise AssertionError("a row was looked at")

    monkeypatch.setattr(quantiles, "_by_octave", look)
    with pytest.raises(PrivacyBudgetError, match="too few") as refusal:
        one(np.zeros(100), epsilon=0.1)
    hint = refusal.value.hint
    rows, epsilon = int(hint.split("at least ")[1].split()[0]), float(hint.split("epsilon ")[1].split()[0])
    assert plan_bounds(rows, 1, epsilon=0.1).tail <= 0.1
    assert plan_bounds(100, 1, epsilon=epsilon).tail <= 0.1
    with pytest.raises(PrivacyBudgetError):
        plan_bounds(int(rows * 0.95), 1, epsilon=0.1)
    with pytest.raises(PrivacyBudgetError):
        plan_bounds(100, 1, epsilon=0.95 * epsilon)


def test_the_grid_depends_on_nothing_but_the_released_counts() -> None:
    """Two tables with the same noise draw and different far rows agree where the noisy octaves do."""
    values = rng0(3).normal(100, 10, 20_000)
    other = values.copy()
    other[:5] = 1e11  # a few rows far out: below what is seen
    assert one(values, 4) == one(other, 4)


# -------------------------------------------------------------------- accuracy
def truth(values: np.ndarray) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return float(np.quantile(finite, 0.01)), float(np.quantile(finite, 0.99))


N = 20_000
SHAPES = {
    "normal": lambda r: r.normal(120, 20, N),
    "uniform": lambda r: r.uniform(0, 1, N),
    "exponential": lambda r: r.exponential(5, N),
    "negative": lambda r: -r.gamma(4, 3, N),
    "around zero": lambda r: r.normal(0, 1e-3, N),
    "large": lambda r: r.normal(3e6, 1e6, N),
    "counts": lambda r: r.poisson(6, N).astype(float),
    "temperatures": lambda r: r.normal(37, 0.6, N),
    "half missing": lambda r: np.where(r.random(N) < 0.5, np.nan, r.normal(50, 10, N)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_bounds_are_near_the_true_quantiles(shape: str) -> None:
    for seed in range(4):
        values = SHAPES[shape](rng0(seed))
        found = one(values, seed)
        assert found.told == "bounds"
        low, high = truth(values)
        assert found.low is not None
        assert found.high is not None
        assert 0.85 * (high - low) <= found.high - found.low <= 1.6 * (high - low)
        assert abs(found.low - low) <= 0.35 * (high - low)
        assert abs(found.high - high) <= 0.35 * (high - low)


@pytest.mark.parametrize("shape", ["lognormal", "cauchy", "pareto"])
def test_heavy_tails_keep_most_rows_in_the_box(shape: str) -> None:
    draw = {
        "lognormal": lambda r: r.lognormal(0, 1.5, N),
        "cauchy": lambda r: r.standard_cauchy(N),
        "pareto": lambda r: r.pareto(1.2, N),
    }[shape]
    for seed in range(4):
        values = draw(rng0(seed))
        found = one(values, seed)
        assert found.low is not None
        assert found.high is not None
        centre, half = (found.low + found.high) / 2, (found.high - found.low) / 2
        assert np.mean(np.abs(values - centre) <= 2 * half) > 0.96
        assert found.high - found.low <= 2 * (truth(values)[1] - truth(values)[0])


def test_constants_integers_zeros_and_nothing() -> None:
    five = one(np.full(N, 5.0))
    assert five.narrow
    assert five.low is not None
    assert five.high is not None
    assert five.low <= 5.0 <= five.high
    assert five.high - five.low < 0.2
    zero = one(np.zeros(N))
    assert (zero.low, zero.narrow) == (0.0, True)
    coin = one(rng0(0).integers(0, 2, N).astype(float))
    assert (coin.low, coin.narrow) == (0.0, False)
    assert coin.high is not None
    assert 1.0 <= coin.high < 1.5
    years = one(rng0(0).integers(1990, 2021, N).astype(float))
    assert years.low is not None
    assert years.high is not None
    assert 1975 <= years.low <= 1992
    assert 2018 <= years.high <= 2040
    for values in (np.full(N, np.nan), np.where(np.arange(N) < 20, 7.0, np.nan)):
        nothing = one(values)
        assert (nothing.told, nothing.low, nothing.high) == ("nothing seen", None, None)


def test_bounds_of_one_sign_do_not_cross_zero_and_are_round() -> None:
    for seed in range(6):
        found = one(rng0(seed).exponential(3, N), seed)
        assert found.low is not None
        assert found.low >= 0.0
        assert found.high is not None
        assert len(f"{found.high:g}") <= 4


def test_common_levels_are_told_and_others_are_not_looked_for() -> None:
    r = rng0(0)
    sex = r.choice(["f", "m"], N, p=[0.6, 0.4]).astype(object)
    sex[:5] = "z"
    sex[100:200] = None
    told = one(sex)
    assert (told.told, told.category) == ("levels", True)
    assert set(told.levels) == {"f", "m"}
    place = r.choice(["Hefei", "Wuhu"], N).astype(object)
    assert one(place).told == "other levels"
    assert one(place).levels == ()
    mostly = sex.copy()
    mostly[:4000] = "Hefei"
    assert one(mostly).told == "other levels"
    assert one(np.full(N, None, dtype=object)).told == "nothing seen"
    assert len(set(COMMON_LEVELS)) == len(COMMON_LEVELS)


# -------------------------------------------------------------------- a draw
def test_the_same_generator_and_rows_give_the_same_in_any_order() -> None:
    r = rng0(0)
    columns = {"b": r.normal(size=N), "a": r.normal(5, 1, N), "c": r.choice(["f", "m"], N).astype(object)}
    first = private_bounds(columns, epsilon=1.0, rng=rng0(7))
    assert [c.name for c in first.columns] == ["a", "b", "c"]
    assert private_bounds(dict(reversed(columns.items())), epsilon=1.0, rng=rng0(7)) == first
    assert private_bounds(columns, epsilon=1.0, rng=rng0(8)) != first


def test_a_draw_takes_the_same_numbers_whatever_it_sees() -> None:
    """How much noise is drawn would otherwise tell of the rows to whoever sees the generator's next use."""
    after = []
    for values in (np.full(N, np.nan), rng0(0).normal(size=N)):
        generator = rng0(5)
        private_bounds({"x": values}, epsilon=1.0, rng=generator)
        after.append(generator.random())
    assert after[0] == after[1]


def test_the_mechanism_names_everything_that_makes_a_draw() -> None:
    base = bounds_mechanism({"a": False, "b": True}, epsilon=1, delta=1e-5, rows_per_person=1)
    assert bounds_mechanism({"b": True, "a": False}, epsilon=1.0, delta=1e-5, rows_per_person=1) == base
    others = {
        bounds_mechanism({"a": False}, epsilon=1, delta=1e-5, rows_per_person=1),
        bounds_mechanism({"a": True, "b": True}, epsilon=1, delta=1e-5, rows_per_person=1),
        bounds_mechanism({"a": False, "b": True}, epsilon=2, delta=1e-5, rows_per_person=1),
        bounds_mechanism({"a": False, "b": True}, epsilon=1, delta=1e-6, rows_per_person=1),
        bounds_mechanism({"a": False, "b": True}, epsilon=1, delta=1e-5, rows_per_person=2),
    }
    assert len(others | {base}) == 6


def test_bad_arguments() -> None:
    for how in ({"epsilon": 0.0}, {"epsilon": float("nan")}, {"delta": 1.0}, {"rows_per_person": 0}):
        with pytest.raises(SettingsError):
            one(np.zeros(N), **how)
    with pytest.raises(SettingsError):
        plan_bounds(N, 0, epsilon=1.0)
    with pytest.raises(SpecificationError, match="different lengths"):
        private_bounds({"a": np.zeros(N), "b": np.zeros(9)}, epsilon=1.0, rng=rng0(0))
