# SPDX-License-Identifier: Apache-2.0
"""The islands and askers of the reuse benchmark are what they say: otherwise its rates mean nothing."""

import numpy as np
import pytest

from benchmarks.reuse.askers import SHARES, askers, sharing
from benchmarks.reuse.islands import Island, cancer, digits, hospitals, synthetic
from lwnode.specification import to_frame


@pytest.fixture(scope="module")
def island() -> Island:
    return synthetic(5, 1, publish=3, outside=2, rows=300)


@pytest.mark.parametrize("make", [lambda seed: synthetic(20, seed, publish=2, outside=1, rows=60), digits, cancer])
def test_an_island_follows_from_its_seed(make) -> None:
    first, again, other = make(4), make(4), make(5)
    assert np.array_equal(first.sources[0].published, again.sources[0].published)
    assert not np.array_equal(first.sources[0].published[:40], other.sources[0].published[:40])


@pytest.mark.parametrize("make", [digits, cancer])
def test_rows_that_ask_were_not_published(make) -> None:
    found = make(2)
    published = {row.tobytes() for source in found.sources for row in source.published}
    asking = {row.tobytes() for rows in [*(s.asks for s in found.sources), *found.outside] for row in rows}
    assert published
    assert not published & asking


def test_bounds_hold_most_rows_and_do_not_come_from_them() -> None:
    for found in (synthetic(20, 1, publish=4, outside=1, rows=500), synthetic(20, 2, publish=4, outside=1, rows=500)):
        assert {(column.low, column.high) for column in found.profile.features} == {(-2.5, 2.5)}
        rows = np.concatenate([to_frame(found.profile, source.published) for source in found.sources])
        assert 0.9 < np.mean(np.abs(rows) < 2.0) < 0.99
    assert digits(1).profile == digits(2).profile
    assert cancer(1).profile == cancer(2).profile


def test_new_patients_are_like_the_sample_and_not_in_it() -> None:
    for source in hospitals(3).sources:
        assert np.nanmean(source.asks, axis=0) == pytest.approx(np.nanmean(source.published, axis=0), rel=0.2)
        assert np.isnan(source.asks).any()
        assert not {row.tobytes() for row in source.asks} & {row.tobytes() for row in source.published}


def test_shuffled_columns_keep_their_values_and_lose_their_ties(island: Island) -> None:
    planted = list(askers(island, ("planted",)))
    for one, own in zip(askers(island, ("shuffled",)), planted, strict=True):
        assert len(one.rows) == len(own.rows)
        inside = np.isin(one.rows, island.sources[one.source].asks)
        assert inside.all()
        ties, kept = (np.abs(np.triu(np.corrcoef(rows.T), 1)).sum() for rows in (one.rows, own.rows))
        assert ties < 0.7 * kept


def test_permuted_columns_are_the_same_values_under_other_names(island: Island) -> None:
    moved = 0
    for one in askers(island, ("permuted",)):
        own = to_frame(island.profile, island.sources[one.source].asks)
        framed = to_frame(island.profile, one.rows)
        apart = np.abs(np.sort(framed, axis=1)[:, None] - np.sort(own, axis=1)).max(axis=2).min(axis=1)
        assert apart.max() < 1e-5
        moved += np.abs(framed[:, None] - own).max(axis=2).min(axis=1).max() > 0.1
    assert moved


def test_noise_knows_only_the_scales(island: Island) -> None:
    rows = np.concatenate([to_frame(island.profile, one.rows) for one in askers(island, ("noise",))])
    assert rows.mean(axis=0) == pytest.approx(0.0, abs=0.15)
    assert rows.std(axis=0) == pytest.approx(1.0, abs=0.1)


def test_sizes_take_turns(island: Island) -> None:
    assert {len(one.rows) for one in askers(island, ("planted",))} == set(island.sizes)


def test_a_share_of_the_rows_is_the_sources(island: Island) -> None:
    found = list(sharing(island))
    assert len(found) == len(SHARES) * len(island.sources)
    for one in found:
        own = {row.tobytes() for row in island.sources[one.source].asks}
        assert np.mean([row.tobytes() in own for row in one.rows]) == pytest.approx(one.share, abs=0.005)


def test_nobody_shares_where_nobody_is_outside() -> None:
    assert not list(sharing(hospitals(1)))
