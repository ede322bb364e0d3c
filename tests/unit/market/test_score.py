# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from lwnode.market.coverage import TailTest, tail_test, union, wilson
from lwnode.market.dependence import align, judge_dependence
from lwnode.market.derived import framed
from lwnode.market.frames import FramedRows
from lwnode.market.score import PIECE_ROWS, compare, same_source_edge2
from lwnode.specification.frame import raw_matrix
from lwnode.specification.kernels import gaussian, squared_distances
from tests.support.market import (
    domain,
    mixed,
    numbers,
    patients,
    plain_alignment,
    plain_figures,
    shuffled,
    sketch,
    stacked,
)


def pair(columns, specification):
    profile = specification.profile
    return FramedRows(profile, raw_matrix(profile, columns)), framed(specification, profile)


@pytest.mark.parametrize("user", [0, 1])
def test_figures_are_those_of_the_plain_formulas(user: int) -> None:
    specification = sketch(domain(0, 300, 4), numbers(4), size=12)
    rows, spec = pair(domain(user, 40, 4, draw=1), specification)
    figures, plain = compare(rows, spec), plain_figures(rows.rows, specification)
    for name in ("distance", "floor", "match", "match_low", "match_high", "resolution"):
        assert getattr(figures, name) == pytest.approx(plain[name], rel=1e-6, abs=1e-9), name


def test_alignment_is_that_of_the_plain_formula_and_its_error_that_of_resampling() -> None:
    specification = sketch(domain(0, 300, 4), numbers(4), size=12)
    rows, spec = pair(domain(0, 40, 4, draw=1), specification)
    density = gaussian(rows.rows, spec.points, spec.gamma) @ spec.weights
    found = align(rows, spec, density)
    assert found.inner == pytest.approx(plain_alignment(rows.rows, spec.points, spec.weights, spec.gamma), rel=1e-9)
    again = []
    for draw in range(60):
        other, _ = pair(domain(0, 40, 4, draw=draw + 10), specification)
        density = gaussian(other.rows, spec.points, spec.gamma) @ spec.weights
        again.append(align(other, spec, density).inner)
    assert found.error == pytest.approx(np.std(again), rel=0.5)


@pytest.mark.parametrize("profile", [numbers(6), mixed()])
def test_dependence_is_seen_in_new_rows_and_not_in_shuffled_ones(profile) -> None:
    def draw(seed: int, rows: int):
        return domain(2, rows, draw=seed) if profile.width == 6 and len(profile.features) == 6 else patients(seed, rows)

    specification = sketch(draw(1, 1000), profile)
    for columns, expected in ((draw(2, 300), "seen"), (shuffled(draw(3, 300), 0), "not seen")):
        rows, spec = pair(columns, specification)
        density = gaussian(rows.rows, spec.points, spec.gamma) @ spec.weights
        assert judge_dependence(rows, spec, align(rows, spec, density))[0] == expected


def test_one_column_has_no_dependence_to_test() -> None:
    specification = sketch(domain(3, 300, 1), numbers(1))
    rows, spec = pair(domain(3, 100, 1, draw=1), specification)
    assert compare(rows, spec).dependence == "not testable"


def test_the_share_covered_is_the_true_share() -> None:
    profile = numbers(6)
    for private in (False, True):
        specification = sketch(domain(4, 1000), profile, private=private)
        for share in (0.3, 0.6, 1.0):
            own = round(400 * share)
            parts = [domain(4, own, draw=1), domain(5, 400 - own)] if own < 400 else [domain(4, own, draw=1)]
            rows, spec = pair(stacked(*parts), specification)
            figures = compare(rows, spec)
            assert figures.covered == pytest.approx(share, abs=0.09)
            assert figures.covered_low <= figures.covered <= figures.covered_high


def test_covered_rows_are_compared_on_their_own_only_where_there_are_enough() -> None:
    specification = sketch(domain(4, 1000), numbers(6))
    few = stacked(domain(4, PIECE_ROWS - 5, draw=1), domain(5, 30))
    many = stacked(domain(4, 80, draw=1), domain(5, 80))
    assert compare(*pair(few, specification)).piece == 0.0
    assert compare(*pair(many, specification)).piece > 0.5


def test_match_falls_with_distance_from_the_source() -> None:
    specification = sketch(domain(6, 1000), numbers(6))
    matches = []
    for step in (0.0, 0.3, 0.6, 1.2):
        columns = {name: values + step for name, values in domain(6, 300, draw=1).items()}
        matches.append(compare(*pair(columns, specification)).match)
    assert matches == sorted(matches, reverse=True)
    assert matches[0] > 0.9
    assert matches[-1] < 0.3


def test_rows_of_the_same_source_stay_below_the_edge() -> None:
    specification = sketch(domain(7, 1000), numbers(6))
    below = 0
    for draw in range(40):
        rows, spec = pair(domain(7, 100, draw=draw + 1), specification)
        below += compare(rows, spec).distance ** 2 <= same_source_edge2(spec, rows.moments)
    assert below >= 34  # 38 expected


def test_a_union_passes_what_any_member_passes() -> None:
    profile = numbers(6)
    specs = [framed(sketch(domain(s, 500), profile), profile) for s in (1, 2)]
    rows = FramedRows(profile, raw_matrix(profile, stacked(domain(1, 50, draw=1), domain(2, 50, draw=1))))
    tests = [tail_test(spec, squared_distances(rows.rows, spec.points)) for spec in specs]
    both = union(tests, specs, np.array([0.5, 0.5]))
    assert np.array_equal(both.passed, tests[0].passed | tests[1].passed)
    assert both.passed.mean() > 0.85
    assert both.resolving <= min(test.resolving for test in tests) + 1e-12


def test_shares_are_corrected_for_both_errors() -> None:
    test = TailTest(passed=np.array([True, False]), level=0.1, false_rate=0.2, resolving=0.7)
    assert test.corrected(0.9) == pytest.approx(1.0)
    assert test.corrected(0.2) == pytest.approx(0.0)
    assert test.corrected(0.55) == pytest.approx(0.5)
    assert test.corrected(0.0) == 0.0


def test_wilson_limits() -> None:
    low, high = wilson(0.0, 20)
    assert low == pytest.approx(0.0, abs=1e-12)
    assert 0.05 < high < 0.2
    low, high = wilson(0.5, 1000)
    assert (low, high) == pytest.approx((0.474, 0.526), abs=1e-3)
