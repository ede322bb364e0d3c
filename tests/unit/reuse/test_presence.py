# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from lwnode import reuse
from lwnode.errors import CancelledError, DataError, ReuseError
from lwnode.market import search
from lwnode.specification.frame import raw_matrix
from tests.support.market import domain, entry, k, market, mixed, numbers, patients, plain_mmd, sketch, stacked


@pytest.fixture(scope="module")
def entries():
    return market(4, numbers(6))


def test_densities_are_narrow_and_distances_those_of_the_fit(entries) -> None:
    columns = domain(1, 25, draw=1)
    found = reuse.densities(entries, columns, scale=4.0)
    X = raw_matrix(entries[0].profile, columns)
    for place, one in enumerate(entries):
        spec, gamma = one.specification, 4 * one.profile.gamma
        assert found.distances[place] == pytest.approx(plain_mmd(X, spec.frame, spec.weights, gamma / 4), rel=1e-5)
        plain = [sum(b * k(x, z, gamma) for z, b in zip(spec.frame, spec.weights, strict=True)) for x in X]
        assert found.densities[place] == pytest.approx(plain, rel=1e-5)


def test_rows_are_covered_and_dense_where_they_belong(entries) -> None:
    columns = stacked(domain(0, 1500, draw=1), domain(3, 1500, draw=1))
    found = reuse.densities(entries, columns, scale=reuse.SCALE["regression"])
    assert found.densities.shape == (4, 3000)
    assert (found.densities[0, :1500] > found.densities[3, :1500]).mean() > 0.95
    assert found.covered[0, :1500].mean() > 0.85 > 0.2 > found.covered[0, 1500:].mean()
    assert found.covered[3, 1500:].mean() > 0.85


def test_a_mixed_table_is_predicted_by_both_sides(entries) -> None:
    """Each domain has its own rule; the mix follows it in every row, as one learnware or the mean cannot."""
    columns = stacked(domain(0, 360, draw=1), domain(3, 240, draw=1))
    X = raw_matrix(entries[0].profile, columns)
    rules = np.random.default_rng(5).normal(size=(4, 6))
    truth = np.concatenate([X[:360] @ rules[0], X[360:] @ rules[3]])
    found = search(columns, entries)
    shares = dict(found.multiple.members)
    presence = reuse.densities(entries, columns, scale=4.0)
    given = reuse.Evidence(
        kind="values",
        predictions=(X @ rules.T).T[:, :, None],
        densities=presence.densities,
        covered=presence.covered,
    )
    members = reuse.members_of(
        entries, presence.distances, weights=np.array([shares.get(one.id, 0.0) for one in entries])
    )

    def error(method: str) -> float:
        values = reuse.combine(method, members, given).values[:, 0]
        return float(np.mean((values - truth) ** 2))

    assert error("auto") < 0.1 * min(error("top-1"), error("average"))


def test_categories_are_welcome() -> None:
    one = entry("ward", sketch(patients(0, 300), mixed()))
    found = reuse.densities([one], patients(1, 50), scale=2.0)
    assert np.isfinite(found.densities).all()
    assert found.covered.mean() > 0.8


def test_some_of_the_columns_are_compared_on_what_is_shared(entries) -> None:
    """As the same specification of these columns alone would be, with a kernel that is narrower in proportion."""
    whole = domain(2, 40, draw=3)
    some = {name: whole[name] for name in ("c4", "c1", "c5")}
    found = reuse.densities(entries, some, scale=4.0)
    at = [1, 4, 5]
    X = raw_matrix(entries[0].profile, whole)[:, at]
    for place, one in enumerate(entries):
        spec, gamma = one.specification, 4 * one.profile.gamma * 6 / 3
        Z = spec.frame[:, at]
        assert found.distances[place] == pytest.approx(plain_mmd(X, Z, spec.weights, gamma / 4), rel=1e-5)
        plain = [sum(b * k(x, z, gamma) for z, b in zip(Z, spec.weights, strict=True)) for x in X]
        assert found.densities[place] == pytest.approx(plain, rel=1e-5)
    assert np.all(found.covered >= reuse.densities(entries, whole, scale=4.0).covered)
    frame = reuse.shared_frame(entries[0].profile, some)
    assert frame.coordinates.tolist() == at
    assert reuse.shared_frame(entries[0].profile, whole).profile is entries[0].profile


def test_shared_columns_may_be_categories() -> None:
    one = entry("ward", sketch(patients(0, 300), mixed()))
    rows = {name: values for name, values in patients(1, 50).items() if name in ("sex", "ward")}
    frame = reuse.shared_frame(one.profile, rows)
    assert frame.coordinates.tolist() == [1, 2, 4, 5, 6, 7]
    found = reuse.densities([one], rows, scale=2.0)
    assert np.isfinite(found.densities).all()
    with pytest.raises(ReuseError, match="cannot be used"):
        reuse.densities([one], rows | {"age": np.array(["old"] * 50, dtype=object)}, scale=2.0)


def test_what_cannot_be_compared_is_refused(entries) -> None:
    with pytest.raises(ReuseError, match="do not have"):
        reuse.densities([entry("w", sketch(patients(0, 60), mixed()))], domain(0, 5), scale=4.0)
    with pytest.raises(ReuseError):
        reuse.densities([], domain(0, 5), scale=4.0)
    with pytest.raises(DataError):
        reuse.densities(entries, {}, scale=4.0)


def test_it_can_be_cancelled(entries) -> None:
    def cancel(share, doing) -> None:
        raise CancelledError("enough")

    with pytest.raises(CancelledError):
        reuse.densities(entries, domain(0, 5), scale=4.0, progress=cancel)
