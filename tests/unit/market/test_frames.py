# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from lwnode.market.frames import ROW_CAP, FramedRows, feature_kernels
from lwnode.specification.frame import raw_matrix
from lwnode.specification.kernels import gaussian
from tests.support.market import domain, mixed, noise, numbers, patients, shuffled


def framed(columns, profile):
    return FramedRows(profile, raw_matrix(profile, columns))


def test_moments_of_some_rows_are_those_of_their_own_kernel_matrix() -> None:
    rows = framed(domain(0, 60), numbers())
    some = np.arange(60) % 3 != 0
    K = rows.kernel[np.ix_(some, some)]
    n = len(K)
    H = np.eye(n) - 1 / n
    centred = H @ K @ H
    moments = rows.moments_of(some)
    assert moments.mean == pytest.approx(K.mean())
    assert moments.off == pytest.approx((K.sum() - n) / (n * (n - 1)))
    assert moments.row_means == pytest.approx(K.mean(axis=1))
    assert moments.spread == pytest.approx(
        (np.square(centred).sum() - np.square(np.diag(centred)).sum()) / (n * (n - 1))
    )


def test_the_kernel_is_the_product_of_its_features() -> None:
    rows = framed(patients(0, 40), mixed())
    parts = list(feature_kernels(rows.rows, rows.rows, rows.gamma, rows.features))
    assert len(parts) == 4
    assert np.prod(parts, axis=0) == pytest.approx(gaussian(rows.rows, rows.rows, rows.gamma))


def test_a_long_table_is_represented_by_the_same_rows_every_time() -> None:
    columns = noise(3 * ROW_CAP)
    first, second = framed(columns, numbers()), framed(columns, numbers())
    assert first.n == ROW_CAP
    assert first.total == 3 * ROW_CAP
    assert np.array_equal(first.rows, second.rows)
    whole = np.concatenate([part for _, part in first.everything()])
    assert np.array_equal(whole[first.chosen], first.rows)


def test_rank_correlation_is_zero_on_average_for_independent_columns_and_large_for_tied_ones() -> None:
    profile = numbers(5)
    independent = [framed(noise(80, 5, seed=s), profile).rank_correlation for s in range(40)]
    means = np.array([pair[0] for pair in independent if pair is not None])
    sd = independent[0][1]
    assert len(means) == 40
    assert abs(means.mean()) < 4 * sd / np.sqrt(40)
    assert 0.5 * sd < means.std() < 2 * sd
    tied = framed({f"c{j}": np.linspace(-1, 1, 80) for j in range(5)}, profile).rank_correlation
    assert tied is not None
    assert tied[0] == pytest.approx(1 - 1 / 79)


def test_levels_of_one_category_are_no_pair_of_columns() -> None:
    rng = np.random.default_rng(0)
    columns = {
        "age": rng.uniform(0, 100, 400),
        "load": rng.uniform(0, 10, 400),
        "sex": rng.choice(np.array(["f", "m"], dtype=object), 400),
        "ward": rng.choice(np.array(["a", "b", "c", "d"], dtype=object), 400),
    }
    found = framed(columns, mixed()).rank_correlation
    assert found is not None
    assert abs(found[0]) < 4 * found[1]


@pytest.mark.parametrize("rows", [1, 2, 30])
def test_constant_columns_have_no_rank_correlation(rows: int) -> None:
    columns = {f"c{j}": np.full(rows, 0.5) for j in range(4)}
    columns["c0"] = np.linspace(-1, 1, rows)
    found = framed(columns, numbers(4))
    assert found.rank_correlation is None
    assert abs(found.own_dependence2) < 1e-12


def test_own_dependence_is_seen_in_the_domain_and_gone_when_shuffled() -> None:
    columns = domain(1, 400)
    own = framed(columns, numbers()).own_dependence2
    gone = framed(shuffled(columns, 3), numbers()).own_dependence2
    assert own > 10 * abs(gone)
