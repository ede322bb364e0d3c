# SPDX-License-Identifier: Apache-2.0
"""The rows of the reuse benchmark count what they say, and fall short where they should."""

import numpy as np
import pytest

from benchmarks.harness import Row
from benchmarks.reuse.askers import Answer
from benchmarks.reuse.liars import Lie, lies
from benchmarks.reuse.score import Asked, rows_of
from lwnode.market import Coverage, Match


def own(match: float | None, ratio: float = 1.0) -> Match:
    return Match(
        learnware="0",
        name="0",
        organisation="0",
        distance=0.1 * ratio,
        floor=0.1,
        match=match,
        covered=Coverage(share=1.0, rows=np.ones(1, dtype=bool)),
        dependence="seen",
        coarse=False,
        verdict="fits",
        reason_code="fits",
        reason="",
        why="",
        ranked=0.1,
    )


def answer(kind: str, verdict: str, *, seen: bool = False, match: float | None = None) -> Answer:
    return Answer(
        island="one",
        seed=1,
        mode="no noise",
        kind=kind,
        source=0,
        verdict=verdict,
        single=verdict if verdict in ("fits", "partly") else "no",
        seen=seen,
        own=own(match) if kind == "planted" else None,
        first=True,
    )


def asked(answers: list[Answer], *, errors: tuple[float, ...] = (), width: int = 20) -> Asked:
    return Asked(
        island="one",
        mode="no noise",
        rows=2_000,
        width=width,
        specifications=12,
        answers=tuple(answers),
        errors=errors,
        refused=0,
    )


def row(rows: list[Row], part: str) -> Row:
    (found,) = [one for one in rows if one.name.startswith(f"no noise: {part}") and not one.name.endswith("seen")]
    return found


def test_rates_are_shares_of_their_askers_and_bars_decide() -> None:
    good = [answer("planted", "fits", match=0.95) for _ in range(3)]
    bad = [answer("noise", "partly"), *(answer("permuted", "nothing fits") for _ in range(3))]
    rows = rows_of("", [asked([*good, answer("planted", "partly", match=0.5), *bad])])
    planted, noise = row(rows, "planted fits"), row(rows, "noise, permuted")
    assert (planted.ours, planted.holds, planted.params["askers"]) == (0.75, False, 4)
    assert planted.params["by_island"] == "one 3/4"
    assert (noise.ours, noise.holds) == (0.25, False)
    assert row(rows, "match of a planted").ours == 0.95
    assert row(rows, "distance / floor").holds


def test_a_fit_of_shuffled_columns_with_dependence_seen_is_never_forgiven() -> None:
    many = [answer("shuffled", "partly") for _ in range(99)]
    rows = rows_of("", [asked([*many, answer("shuffled", "fits", seen=True)])])
    assert any(one.name.endswith("dependence seen") and one.holds is False for one in rows)
    assert row(rows, "shuffled columns: fits").holds is True


@pytest.mark.parametrize(("width", "counted"), [(20, True), (10, False)])
def test_bars_on_strangers_are_about_many_columns(width: int, counted: bool) -> None:
    rows = rows_of("", [asked([answer("foreign", "fits"), answer("planted", "fits", match=1.0)], width=width)])
    assert row(rows, "nobody publishes it").holds is (False if counted else None)


def test_shares_are_judged_by_their_mean_error() -> None:
    rows = rows_of("", [asked([answer("planted", "fits", match=1.0)], errors=(0.01, 0.09))])
    assert row(rows, "error of the share covered").ours == pytest.approx(0.05)
    assert row(rows, "error of the share covered").holds is False


def test_lies_are_told_once_each_and_none_is_the_truth() -> None:
    for private in (False, True):
        told = list(lies(private))
        assert len(set(told)) == len(told)
        assert Lie() not in told
        assert any(lie.wide for lie in told) == private
