# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest

from lwnode.errors import CancelledError, DataError
from lwnode.market import SENTENCES, search
from lwnode.market.frames import ROW_CAP
from tests.support.market import domain, entry, market, mixed, noise, numbers, patients, shuffled, sketch, stacked


@pytest.fixture(scope="module", params=[False, True], ids=["exact", "private"])
def entries(request):
    return market(8, numbers(6), rows=2000, private=request.param)


def test_the_right_learnware_fits_and_the_others_do_not(entries) -> None:
    matches = []
    for s in range(8):
        found = search(domain(s, 300, draw=1), entries)
        assert found.verdict == "fits"
        assert [match.learnware for match in found.single] == [f"e{s}"]
        assert found.nearest[0].learnware == f"e{s}"
        best = found.single[0]
        matches.append(best.match)
        assert best.match_low <= best.match <= best.match_high
        assert best.covered.share > 0.85
        assert best.dependence == "seen"
        assert best.organisation == f"e{s} hospital"
        assert not best.coarse
        assert best.distance < 2 * best.floor
        assert {match.verdict for match in found.nearest[1:]} == {"nothing fits"}
        assert found.uncovered.share < 0.15
    assert np.median(matches) > 0.9
    assert min(matches) > 0.8


@pytest.mark.parametrize("rows", [20, 60, 300])
def test_noise_and_strangers_fit_nothing(entries, rows: int) -> None:
    for columns in (noise(rows), domain(77, rows)):
        found = search(columns, entries)
        assert found.verdict == "nothing fits"
        assert found.single == ()
        assert found.multiple is None
        assert found.uncovered.share == 1.0
        assert found.uncovered.rows.all()
        assert len(found.nearest) == 8
        assert all(match.distance > 3 * match.floor for match in found.nearest if rows == 300)


def test_shuffled_columns_never_fit(entries) -> None:
    for s in range(8):
        found = search(shuffled(domain(s, 300, draw=1), s), entries)
        assert found.verdict in ("partly", "nothing fits")
        for match in found.single:
            assert match.reason_code == "columns-only"
            assert match.dependence == "not seen"


def test_answers_explain_themselves(entries) -> None:
    found = search(domain(0, 300, draw=1), entries, top=3)
    assert len(found.nearest) == 3
    assert found.reason == SENTENCES[found.reason_code]
    for match in (*found.single, *found.nearest):
        assert match.reason == SENTENCES[match.reason_code]
        assert f"{match.distance:.3f}" in match.why
        assert f"{match.floor:.3f}" in match.why
        assert match.columns == {}


def test_the_certificate_tells_how_the_nearest_were_found(entries) -> None:
    found = search(domain(0, 300, draw=1), entries, top=3)
    proof = found.certificate
    assert (proof.method, proof.compared, proof.rows) == ("exhaustive", 8, 300)
    assert found.considered == 8
    assert proof.last == found.nearest[-1].ranked
    assert proof.last <= proof.next
    assert search(domain(0, 300, draw=1), entries).certificate.next is None


def test_figures_do_not_depend_on_who_else_is_there(entries) -> None:
    columns = domain(2, 200, draw=1)
    alone, among = search(columns, [entries[2]]), search(columns, list(reversed(entries)))
    first, second = alone.single[0], among.single[0]
    for name in ("distance", "floor", "match", "match_low", "match_high", "verdict", "dependence"):
        assert getattr(first, name) == getattr(second, name), name
    assert np.array_equal(first.covered.rows, second.covered.rows)


@pytest.mark.parametrize(
    "columns",
    [
        domain(0, 1),
        domain(0, 2),
        domain(0, 14),
        {f"c{j}": np.full(1, 0.1) for j in range(6)},
    ],
    ids=["one", "two", "fourteen", "one constant"],
)
def test_a_handful_of_rows_is_too_little(entries, columns) -> None:
    found = search(columns, entries)
    assert found.verdict == "too little data"
    assert found.reason_code == "few-rows"
    assert found.uncovered.share is None
    assert not found.uncovered.rows.any()
    for match in found.nearest:
        assert match.match is None
        assert match.covered.share is None
        assert np.isfinite(match.distance)


@pytest.mark.parametrize(
    "columns",
    [
        {f"c{j}": np.full(50, 0.1 * j) for j in range(6)},
        {f"c{j}": np.full(50, np.nan) for j in range(6)},
        {f"c{j}": np.full(50, 1e300) for j in range(6)},
        {f"c{j}": np.repeat(domain(0, 5)[f"c{j}"], 20) for j in range(6)},
        {**domain(0, 100, draw=1), "c3": np.zeros(100)},
        {**domain(0, 100, draw=1), "c3": domain(0, 100, draw=1)["c2"]},
        {**{f"c{j}": np.zeros(30, dtype=int) for j in range(6)}, "c0": np.arange(30)},
    ],
    ids=["constant", "missing", "huge", "duplicates", "one constant", "one doubled", "one varies"],
)
def test_odd_tables_do_not_fit_by_accident(entries, columns) -> None:
    assert search(columns, entries).verdict != "fits"


def test_long_tables_get_a_mask_for_every_row(entries) -> None:
    columns = stacked(domain(1, 1500, draw=1), domain(4, 1500, draw=1))
    found = search(columns, entries)
    assert found.certificate.rows == ROW_CAP
    assert found.verdict == "fits"
    assert found.multiple.covered.rows.shape == (3000,)
    assert found.multiple.covered.rows.mean() > 0.8
    by_id = {match.learnware: match.covered.rows for match in found.single}
    assert by_id["e1"][:1500].mean() > 0.8 > 0.2 > by_id["e1"][1500:].mean()
    assert by_id["e4"][1500:].mean() > 0.8


def test_nothing_to_compare_with() -> None:
    columns = domain(0, 30)
    empty = search(columns, [])
    assert (empty.verdict, empty.reason_code, empty.considered) == ("nothing fits", "no-learnwares", 0)
    assert empty.certificate.compared == 0
    other = search(columns, [entry("x", sketch(patients(0, 100), mixed()))])
    assert (other.verdict, other.reason_code, other.considered) == ("nothing fits", "no-compatible", 0)
    assert other.skipped[0].count == 1
    assert other.uncovered.share == 1.0


def test_a_coarse_sketch_is_too_little_whatever_the_user_has() -> None:
    profile = numbers(6)
    specification = sketch(domain(0, 800), profile, private=True)
    card = dataclasses.replace(specification.card, rows=60, residual2=0.25, residual_noise=0.3)
    coarse = entry("coarse", dataclasses.replace(specification, card=card))
    found = search(domain(0, 800, draw=1), [coarse])
    assert (found.verdict, found.reason_code) == ("too little data", "coarse-sketch")
    good = entry("good", sketch(domain(0, 800), profile))
    assert search(domain(0, 800, draw=1), [coarse, good]).verdict == "fits"


def test_several_schemas_are_searched_side_by_side() -> None:
    narrow = numbers(3)
    entries = market(3, numbers(6))
    entries += [entry(f"n{s}", sketch(domain(s, 800, 3), narrow)) for s in (50, 51)]
    columns = {**domain(1, 300, draw=1), "else": np.zeros(300)}
    found = search(columns, entries)
    assert found.considered == 5
    assert found.single[0].learnware == "e1"
    assert len({match.learnware for match in found.nearest}) == 5


def test_own_bounds_are_judged_in_their_own_frame() -> None:
    wider = numbers(6, scale=2.0, name="wider")
    entries = [*market(3, numbers(6)), entry("w", sketch(domain(9, 800), wider))]
    found = search(domain(9, 300, draw=1), entries)
    assert (found.verdict, found.single[0].learnware) == ("fits", "w")
    assert found.single[0].match == search(domain(9, 300, draw=1), entries[3:]).single[0].match


def test_categories_and_missing_values() -> None:
    profile = mixed()
    entries = [entry("ward", sketch(patients(1, 1500), profile))]
    found = search(patients(2, 400), entries)
    assert (found.verdict, found.single[0].dependence) == ("fits", "seen")
    rng = np.random.default_rng(0)
    nobody = {
        "age": rng.uniform(0, 100, 400),
        "sex": rng.choice(np.array(["f", "m"], dtype=object), 400),
        "load": rng.uniform(0, 10, 400),
        "ward": rng.choice(np.array(list("abcd"), dtype=object), 400),
    }
    assert search(nobody, entries).verdict == "nothing fits"
    assert search(shuffled(patients(3, 400), 1), entries).verdict != "fits"


def test_units_that_differ_keep_learnwares_out() -> None:
    profile = numbers(6)
    stated = dataclasses.replace(profile, columns=tuple(dataclasses.replace(c, unit="kg") for c in profile.columns))
    entries = [entry("kg", sketch(domain(0, 400), stated))]
    columns = domain(0, 200, draw=1)
    assert search(columns, entries).verdict == "fits"
    assert search(columns, entries, units={"c0": "kg"}).verdict == "fits"
    found = search(columns, entries, units={"c0": "g"})
    assert (found.verdict, found.skipped[0].code, found.skipped[0].columns) == ("nothing fits", "other-unit", ("c0",))


def test_progress_is_told_and_may_cancel(entries) -> None:
    told = []
    search(domain(0, 50, draw=1), entries, progress=lambda share, doing: told.append((share, doing)))
    assert told
    assert all(share is None or 0 <= share <= 1 for share, _ in told)

    def cancel(share, doing) -> None:
        raise CancelledError("enough")

    with pytest.raises(CancelledError):
        search(domain(0, 50, draw=1), entries, progress=cancel)


def test_wrong_calls_are_refused(entries) -> None:
    with pytest.raises(DataError):
        search({}, entries)
    with pytest.raises(ValueError, match="twice"):
        search(domain(0, 20), [entries[0], entries[0]])
    with pytest.raises(ValueError, match="top"):
        search(domain(0, 20), entries, top=0)
