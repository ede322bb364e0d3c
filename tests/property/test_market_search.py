# SPDX-License-Identifier: Apache-2.0
import functools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lwnode.market import search
from lwnode.market.frames import FramedRows
from lwnode.market.mixture import mix
from lwnode.market.results import RANK
from lwnode.specification.frame import raw_matrix
from tests.support.market import domain, market, numbers

VALUES = st.floats(-1e6, 1e6) | st.sampled_from([np.nan, 0.0, 1.0, -2.0, 2.0])


@functools.cache
def entries():
    return tuple(market(5, numbers(3), rows=150, private=True))


@st.composite
def tables(draw):
    rows = draw(st.integers(1, 40))
    return {f"c{j}": np.array(draw(st.lists(VALUES, min_size=rows, max_size=rows))) for j in range(3)}


@settings(max_examples=60, deadline=None)
@given(tables())
def test_any_table_gets_a_sound_answer(columns) -> None:
    rows = len(columns["c0"])
    found = search(columns, entries(), top=5)
    assert len(found.nearest) == 5
    assert [match.ranked for match in found.nearest] == sorted(match.ranked for match in found.nearest)
    assert [RANK[match.verdict] for match in found.single] == sorted(RANK[match.verdict] for match in found.single)
    best = [RANK[match.verdict] for match in found.single] + ([RANK[found.multiple.verdict]] if found.multiple else [])
    if best:
        assert RANK[found.verdict] == min(best)
    else:
        assert found.verdict in ("too little data", "nothing fits")
    for match in found.nearest:
        assert 0.0 <= match.distance <= 1.5
        assert match.floor > 0.0
        assert match.covered.rows.shape == (rows,)
        if match.match is not None:
            assert 0.0 <= match.match_low <= match.match <= match.match_high <= 1.0
        if match.covered.share is not None:
            assert 0.0 <= match.covered.low <= match.covered.high <= 1.0
    assert found.uncovered.rows.shape == (rows,)
    assert found.uncovered.share is None or 0.0 <= found.uncovered.share <= 1.0
    if found.multiple:
        assert abs(sum(share for _, share in found.multiple.members) - 1.0) < 1e-9


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 4), st.integers(15, 120), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_entries_does_not_matter(seed, rows, random) -> None:
    columns = domain(seed, rows, 3, draw=2)
    order = list(range(rows))
    random.shuffle(order)
    mixed_up = list(entries())
    random.shuffle(mixed_up)
    first = search(columns, entries())
    second = search({name: values[order] for name, values in columns.items()}, mixed_up)
    assert first.verdict == second.verdict
    assert [match.learnware for match in first.nearest] == [match.learnware for match in second.nearest]
    for one, other in zip(first.nearest, second.nearest, strict=True):
        assert np.isclose(one.distance, other.distance, atol=1e-7)
        assert np.array_equal(one.covered.rows[order], other.covered.rows)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 4), st.integers(0, 4), st.integers(20, 80))
def test_a_mixture_is_nearer_than_its_nearest_member(first, second, rows) -> None:
    from lwnode.market.island_search import search_island
    from lwnode.market.islands import gather

    columns = {
        name: np.concatenate([values, domain(second, rows, 3, draw=4)[name]])
        for name, values in domain(first, rows, 3, draw=3).items()
    }
    (island,), _ = gather(entries(), columns, {})
    searched = search_island(island, columns, top=5, progress=lambda share, doing: None)
    found = mix(FramedRows(island.profile, raw_matrix(island.profile, columns)), searched.ranked, searched.tests)
    if found is not None:
        assert found.distance < searched.ranked[0].distance
        assert np.all(found.shares > 0.0)
        assert np.isclose(found.shares.sum(), 1.0)
        assert 2 <= len(found.members) <= 5
