# SPDX-License-Identifier: Apache-2.0
"""What a publisher says beside its points is not believed further than it can be."""

import dataclasses
import math
from itertools import product

import numpy as np
import pytest

from lwnode.market.claims import believed
from lwnode.market.derived import FramedSpecification, framed
from lwnode.market.frames import FramedRows
from lwnode.market.score import Figures, compare
from lwnode.market.verdict import judge
from lwnode.specification import Specification, specify
from lwnode.specification.frame import raw_matrix
from tests.support.market import domain, numbers, sketch

PROFILE = numbers(6)


def said(specification: Specification, **changes) -> Specification:
    """The same points under another card, which passes the checks on a received specification."""
    return dataclasses.replace(specification, card=dataclasses.replace(specification.card, **changes))


def read(specification: Specification) -> FramedSpecification:
    """As a market reads it."""
    return framed(believed(specification), PROFILE)


def rows_of(seed: int, rows: int = 200) -> FramedRows:
    return FramedRows(PROFILE, raw_matrix(PROFILE, domain(seed, rows, draw=1)))


@pytest.fixture(scope="module")
def private() -> Specification:
    raw = raw_matrix(PROFILE, domain(0, 2000))
    return specify(raw, PROFILE, privacy="private", epsilon=1.0, size=30, rng=np.random.default_rng(0))


def test_a_private_tail_is_computed_and_is_the_one_that_was_released(private: Specification) -> None:
    honest = read(private)
    assert honest.tail == pytest.approx(private.card.tail, rel=1e-6, abs=1e-12)
    for lie in (-1.0, 0.0, 1.0):
        assert read(said(private, tail=lie)).tail == honest.tail


def test_one_point_with_all_the_weight_covers_everything_and_says_nothing(private: Specification) -> None:
    weights = np.zeros(len(private.weights))
    weights[0] = 1.0
    spec = read(dataclasses.replace(private, weights=weights))
    assert spec.tail == 0.0
    figures = compare(rows_of(0), spec)
    assert figures.test.resolving < 0.3
    assert judge(figures).verdict in ("nothing fits", "too little data")


@pytest.mark.parametrize("kind", ["private", "no-noise"])
def test_nobody_covers_more_by_confessing_a_higher_level(kind: str, private: Specification) -> None:
    honest = private if kind == "private" else sketch(domain(0, 800), PROFILE)
    most = 0.5 if kind == "private" else 0.05
    assert read(said(honest, level=0.9)).level == most
    assert read(said(honest, level=0.01)).level == 0.01


def test_so_many_points_need_three_rows_each_without_noise(private: Specification) -> None:
    honest = specify(raw_matrix(PROFILE, domain(0, 90)), PROFILE, privacy="no-noise", size=50)
    assert read(honest).rows == honest.card.rows == 90
    assert read(said(honest, rows=3)).rows == math.ceil(len(honest.points) * 3 / 1.1)
    assert read(said(private, rows=200)).rows == 200


@pytest.mark.parametrize("user", [0, 1, 2])
def test_unclaimed_is_the_match_of_a_publisher_with_nothing_to_explain(user: int, private: Specification) -> None:
    rows = rows_of(user)
    figures = compare(rows, read(private))
    assert figures.unclaimed <= figures.match
    assert figures.piece_unclaimed <= figures.piece
    same = compare(rows, read(said(private, residual2=0.0, rows=10**9)))
    assert (same.unclaimed, same.piece_unclaimed) == pytest.approx((same.match, same.piece), abs=1e-6)


def shows_a_number(figures: Figures) -> bool:
    judgement = judge(figures)
    return judgement.verdict in ("fits", "partly") and judgement.numbered


@pytest.mark.parametrize("kind", ["private", "no-noise"])
def test_no_word_gives_a_number_to_rows_that_are_far(kind: str, private: Specification) -> None:
    honest = private if kind == "private" else sketch(domain(0, 800), PROFILE)
    reference2 = read(honest).reference2
    lies = []
    for part, few, covering in product((None, 0.15, 0.29), (None, 3, 30), (False, True)):
        claims = {} if part is None else {"residual2": part * reference2}
        claims |= {} if few is None else {"rows": few}
        claims |= {"tail": -1e9, "level": 0.9} if covering else {}
        lies.append(read(said(honest, **claims)))
    far = believed = 0
    for step in np.linspace(0.35, 0.7, 8):  # from near the source to as far as somebody who knows only the scales
        columns = {name: values + step for name, values in domain(0, 200, draw=1).items()}
        rows = FramedRows(PROFILE, raw_matrix(PROFILE, columns))
        true = compare(rows, read(honest))
        if max(true.unclaimed, true.piece_unclaimed) >= 0.4:
            continue
        far += 1
        for lie in lies:
            figures = compare(rows, lie)
            assert not shows_a_number(figures)
            believed += shows_a_number(dataclasses.replace(figures, unclaimed=1.0, piece_unclaimed=1.0))
    assert far >= 3
    assert believed  # these are good lies: without the rule some of them would have worked


def test_an_honest_publisher_loses_nothing(private: Specification) -> None:
    for draw in (1, 2, 3):
        rows = FramedRows(PROFILE, raw_matrix(PROFILE, domain(0, 200, draw=draw)))
        figures = compare(rows, read(private))
        assert figures.unclaimed > 0.6
        assert judge(figures).verdict == "fits"
