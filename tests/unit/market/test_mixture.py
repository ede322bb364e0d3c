# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from lwnode.market import search
from lwnode.market.mixture import MEMBERS, NEAREST
from tests.support.market import domain, entry, market, noise, numbers, shuffled, sketch, stacked


@pytest.fixture(scope="module")
def entries():
    return market(8, numbers(6))


def test_two_domains_are_found_with_their_shares(entries) -> None:
    found = search(stacked(domain(1, 360, draw=1), domain(5, 240, draw=1)), entries)
    assert found.verdict == "fits"
    assert found.reason_code == "together"
    assert found.multiple is not None
    assert [name for name, _ in found.multiple.members] == ["e1", "e5"]
    assert [share for _, share in found.multiple.members] == pytest.approx([0.6, 0.4], abs=0.06)
    assert sum(share for _, share in found.multiple.members) == pytest.approx(1.0)
    assert found.multiple.covered.share > 0.9
    assert found.multiple.distance < min(match.distance for match in found.nearest)
    assert {match.learnware: match.verdict for match in found.single} == {"e1": "partly", "e5": "partly"}
    assert found.uncovered.share < 0.1


def test_three_domains_are_found(entries) -> None:
    found = search(stacked(*(domain(s, 200, draw=1) for s in (0, 3, 6))), entries)
    assert found.verdict == "fits"
    assert {name for name, _ in found.multiple.members} == {"e0", "e3", "e6"}
    assert len(found.multiple.members) <= MEMBERS


def test_a_single_domain_gets_no_mixture(entries) -> None:
    for s in range(4):
        found = search(domain(s, 400, draw=1), entries)
        assert found.verdict == "fits"
        assert found.single[0].learnware == f"e{s}"
        assert found.multiple is None


def test_a_half_known_table_is_partly_and_the_rest_is_shown(entries) -> None:
    columns = stacked(domain(2, 300, draw=1), domain(40, 300))
    found = search(columns, entries)
    assert found.verdict == "partly"
    assert found.uncovered.share == pytest.approx(0.5, abs=0.1)
    assert found.uncovered.rows[:300].mean() < 0.15
    assert found.uncovered.rows[300:].mean() > 0.85
    if found.multiple is not None:
        assert found.multiple.verdict == "partly"


@pytest.mark.parametrize("width", [4, 5, 10])
def test_a_mixture_is_not_made_for_rows_of_nobody(width: int) -> None:
    """With a dozen sketches to choose from, some three of them come near a few rows of anything."""
    entries = market(12, numbers(width), rows=400, private=True)
    for seed in range(12):
        assert search(noise(50, width, seed=seed), entries).multiple is None
        assert search(shuffled(domain(seed, 50, width, draw=1), seed), entries).multiple is None


def test_members_far_beyond_the_nearest_are_found() -> None:
    """Each of two domains is far from their mixture; forty that lie between them are nearer, and no help."""
    profile = numbers(6)
    left, right = domain(1, 800), domain(5, 800)
    orders = [np.random.default_rng(i).permutation(800) for i in range(40)]
    between = [{name: 0.5 * (left[name] + right[name][order]) for name in left} for order in orders]
    entries = [entry(f"between {i}", sketch(columns, profile, size=20)) for i, columns in enumerate(between)]
    entries += [entry("left", sketch(left, profile)), entry("right", sketch(right, profile))]
    columns = stacked(domain(1, 300, draw=1), domain(5, 300, draw=1))
    found = search(columns, entries, top=NEAREST)
    assert not {"left", "right"} & {match.learnware for match in found.nearest}
    assert sorted(name for name, _ in found.multiple.members) == ["left", "right"]
    assert found.verdict == "fits"
    assert found.multiple.covered.share > 0.9
