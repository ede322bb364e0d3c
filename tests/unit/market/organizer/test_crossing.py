# SPDX-License-Identifier: Apache-2.0
"""The search across islands: the right one is found, and no more is said than the shared columns show."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest

from lwnode.documents import Profile
from lwnode.errors import DataError
from lwnode.market import SENTENCES, Entry, search
from lwnode.market.organizer.crossing import PARTIAL, residual_share
from lwnode.specification import Specification, raw_matrix, specify
from lwnode.specification.matching import Pair
from lwnode.specification.scalars import residual
from lwnode.specification.shared_columns import restrict
from tests.support.market import Columns, domain, entry, market, numbers, shuffled, sketch
from tests.support.renamings import mangled

PROFILE = numbers(10)


def renamed(columns: Columns, keep: int) -> Columns:
    """The first columns under names that differ in spelling."""
    return {f"C_{name[1:]}": values for name, values in list(columns.items())[:keep]}


@pytest.fixture(scope="module", params=[False, True], ids=["exact", "private"])
def entries(request: pytest.FixtureRequest) -> list[Entry]:
    return market(5, PROFILE, rows=2000, private=request.param)


def test_a_table_under_other_names_is_compared_as_if_they_were_the_same(entries: list[Entry]) -> None:
    columns = domain(2, 300, 10, draw=1)
    plain = search(columns, entries)
    found = search(renamed(columns, 10), entries, reach="world")
    assert plain.across == ()
    assert plain.islands == ()
    assert found.islands[0].complete
    by_id = {match.learnware: match for match in plain.nearest}
    assert [match.learnware for match in found.across[:1]] == ["e2"]
    for match in found.across:
        same = by_id[match.learnware]
        assert match.distance == pytest.approx(same.distance, abs=1e-9)
        assert match.verdict == same.verdict
        assert match.reason_code == same.reason_code
        assert match.match == pytest.approx(same.match, abs=1e-9)
        assert np.array_equal(match.covered.rows, same.covered.rows)
        assert match.shared == (10, 10)
        assert match.missing == ()
        assert match.columns == {f"C_{j}": f"c{j}" for j in range(10)}


def test_what_is_found_across_is_no_part_of_the_verdict(entries: list[Entry]) -> None:
    found = search(renamed(domain(2, 300, 10, draw=1), 10), entries, reach="world")
    assert (found.verdict, found.reason_code) == ("nothing fits", "no-compatible")
    assert found.single == ()
    assert found.nearest == ()
    assert found.considered == 0
    assert found.across[0].verdict == "fits"


def test_without_being_asked_nothing_is_mapped(entries: list[Entry]) -> None:
    found = search(renamed(domain(2, 300, 10, draw=1), 10), entries)
    assert (found.islands, found.across) == ((), ())


@pytest.mark.parametrize("keep", [4, 6, 8])
def test_on_some_columns_a_fit_is_partly_and_says_on_which(entries: list[Entry], keep: int) -> None:
    for s in range(5):
        found = search(renamed(domain(s, 300, 10, draw=1), keep), entries, reach="world")
        best = found.across[0]
        assert (best.learnware, best.verdict, best.reason_code) == (f"e{s}", "partly", "shared-fits")
        assert best.reason == SENTENCES["shared-fits"]
        assert best.shared == (keep, 10)
        assert best.missing == tuple(f"c{j}" for j in range(keep, 10))
        assert f"Compared on {keep} of 10 columns." in best.why
        assert f"c{keep}" in best.why
        assert best.match > 0.7
        assert {match.verdict for match in found.across[1:]} <= {"nothing fits", "too little data"}


def test_no_verdict_on_some_columns_is_a_fit() -> None:
    entries = market(4, PROFILE, rows=1000)
    for seed in range(12):
        columns = domain(seed % 6, 60 + 20 * seed, 10, draw=seed)
        for rows in (columns, shuffled(columns, seed)):
            for match in search(renamed(rows, 5), entries, reach="world").across:
                assert match.verdict != "fits"
                assert match.shared == (5, 10)
    assert set(PARTIAL.values()) <= set(SENTENCES)


def test_shuffled_columns_are_not_said_to_hang_together(entries: list[Entry]) -> None:
    for s in range(5):
        rows = renamed(shuffled(domain(s, 400, 10, draw=1), s), 7)
        for match in search(rows, entries, reach="world").across:
            assert match.dependence != "seen"
            assert match.reason_code not in ("fits", "shared-fits")


def test_strangers_fit_nothing_on_some_columns(entries: list[Entry]) -> None:
    for seed in (50, 60, 70):
        found = search(renamed(domain(seed, 300, 10), 6), entries, reach="world")
        assert {match.verdict for match in found.across} <= {"nothing fits", "too little data"}


def test_too_few_sure_columns_are_proposed_and_not_compared(entries: list[Entry]) -> None:
    found = search(renamed(domain(2, 300, 10, draw=1), 2), entries, reach="world")
    assert not found.islands[0].enough
    assert found.across == ()


def test_a_stated_pair_takes_part(entries: list[Entry]) -> None:
    columns = domain(2, 300, 10, draw=1)
    rows = {**renamed(columns, 6), "own word": columns["c6"]}
    before = search(rows, entries, reach="world").across[0]
    after = search(rows, entries, reach="world", stated={"own word": "c6"}).across[0]
    assert (before.shared, after.shared) == ((6, 10), (7, 10))
    assert after.columns["own word"] == "c6"
    with pytest.raises(DataError):
        search(rows, entries, reach="world", stated={"own word": "c99"})
    with pytest.raises(DataError):
        search(columns, entries, reach="world", stated={"c0": "c1"})  # nothing is beyond these columns


def test_a_wrong_map_is_seen_in_the_data() -> None:
    entries = market(3, PROFILE, rows=2000)
    columns = domain(1, 300, 10, draw=1)
    turned = {f"x{j}": columns[f"c{(j + 3) % 10}"] for j in range(10)}
    wrong = search(turned, entries, reach="world", stated={f"x{j}": f"c{j}" for j in range(10)}).across
    right = search(turned, entries, reach="world", stated={f"x{j}": f"c{(j + 3) % 10}" for j in range(10)}).across
    assert right[0].verdict == "fits"
    assert right[0].learnware == "e1"
    assert {match.verdict for match in wrong} == {"nothing fits"}


def test_own_bounds_keep_their_own_frame() -> None:
    wide = numbers(10, scale=1.5, name="wider")
    entries = [*market(3, PROFILE, rows=2000), entry("w", sketch(domain(8, 2000, 10), wide))]
    found = search(renamed(domain(8, 300, 10, draw=1), 7), entries, reach="world")
    assert (found.across[0].learnware, found.across[0].verdict) == ("w", "partly")
    assert len({match.learnware for match in found.across}) == 4


def test_a_coarse_sketch_says_nothing_on_fewer_columns() -> None:
    spec = sketch(domain(0, 800, 10), PROFILE, private=True)
    coarse = dataclasses.replace(spec, card=dataclasses.replace(spec.card, rows=60, residual2=0.3, residual_noise=0.3))
    found = search(renamed(domain(0, 500, 10, draw=1), 6), [entry("coarse", coarse)], reach="world")
    assert (found.across[0].verdict, found.across[0].reason_code) == ("too little data", "coarse-sketch")


# -------------------------------------------------------------------- the residual of a restriction
@pytest.mark.parametrize("private", [False, True])
def test_the_residual_of_some_columns_is_about_what_is_taken(private: bool) -> None:
    ratios = []
    for seed in range(4):
        raw = raw_matrix(PROFILE, domain(seed, 2000, 10))
        how = {"epsilon": 1.0, "rng": np.random.default_rng(seed)} if private else {}
        spec: Specification = specify(raw, PROFILE, privacy="private" if private else "no-noise", **how)
        whole = residual(spec.frame, spec.weights, PROFILE, raw) ** 2
        rng = np.random.default_rng([seed, 1])
        for count in (5, 6, 8):
            chosen = sorted(rng.choice(10, count, replace=False).tolist())
            wanted = [PROFILE.features[j] for j in chosen]
            part = restrict(spec, [Pair(ours=c.name, theirs=c.name) for c in wanted], wanted)
            true = residual(part.frame, part.weights, part.profile, raw[:, chosen]) ** 2
            ratios.append(true / (whole * residual_share(count / 10)))
    assert 0.7 < np.median(ratios) < 1.3
    assert np.quantile(ratios, 0.9) < 2.2


def test_a_hostile_kernel_does_not_stop_the_search() -> None:
    hostile = dataclasses.replace(PROFILE, gamma=1e12)
    entries = [entry("x", sketch(domain(0, 200, 10), hostile, size=10)), *market(2, PROFILE)]
    found = search(renamed(domain(1, 300, 10, draw=1), 6), entries, reach="world")
    assert found.across[0].learnware == "e1"
    assert len(found.across) == 3


def test_the_whole_is_itself() -> None:
    assert residual_share(1.0) == 1.0
    spec = sketch(domain(0, 300, 10), dataclasses.replace(PROFILE, gamma=0.03))
    wanted = list(spec.profile.features)
    same = restrict(spec, [Pair(ours=c.name, theirs=c.name) for c in wanted], wanted)
    assert same.profile.gamma == pytest.approx(0.03)
    assert same.card.tail == spec.card.tail


# -------------------------------------------------------------------- a real table, 40 % of its columns missing
def cancer(seed: int) -> tuple[list[Entry], Columns, dict[str, str]]:
    """Islands of breast cancer, wine and strangers; the other half of the cancer rows with renamed columns."""
    from sklearn.datasets import load_breast_cancer, load_wine

    entries: list[Entry] = []
    for name, data in (("cancer", load_breast_cancer()), ("wine", load_wine())):
        order = np.random.default_rng(seed).permutation(len(data.data))
        mine = data.data[order[: len(order) // 2]]
        low, high = np.quantile(mine, [0.005, 0.995], axis=0)
        bounds = {str(n): (float(a), float(b)) for n, a, b in zip(data.feature_names, low, high, strict=True)}
        profile = Profile.from_bounds(bounds, name=name)
        entries.append(entry(name, specify(mine, profile, privacy="no-noise")))
        if name == "cancer":
            benign = data.target[order[: len(order) // 2]] == 1
            entries.append(entry("cancer benign", specify(mine[benign], profile, privacy="no-noise")))
            rows, names = data.data[order[len(order) // 2 :]], data.feature_names
    rng = random.Random(seed)
    columns, truth = {}, {}
    for j in rng.sample(range(rows.shape[1]), 18):
        own = mangled(str(names[j]), rng)
        while own in columns:
            own += "_"
        columns[own], truth[own] = rows[:, j], str(names[j])
    return entries + market(2, numbers(6)), columns, truth


@pytest.mark.parametrize("seed", range(3))
def test_the_right_island_is_found_with_columns_missing_and_renamed(seed: int) -> None:
    entries, columns, truth = cancer(seed)
    found = search(columns, entries, reach="world")
    assert found.islands[0].name == "cancer"
    assert all(truth[pair.ours] == pair.theirs for pair in found.islands[0].pairs)
    assert len(found.islands[0].pairs) >= 12
    best = found.across[0]
    assert (best.learnware, best.verdict, best.reason_code) == ("cancer", "partly", "shared-fits")
    assert best.shared == (len(found.islands[0].pairs), 30)
