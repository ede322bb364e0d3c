# SPDX-License-Identifier: Apache-2.0
"""Statuses, hints and order of a whole check; honest learnwares get no warning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lwnode.checker import MEANING, check_learnware
from lwnode.documents import Input, Profile
from lwnode.errors import CancelledError, ModelError, WorkerLimitError
from tests.support.checker import CARD, INPUTS, PROFILE, SEMANTIC, checked, codes, honest, raw, rows, sketch, ware


@pytest.mark.parametrize("privacy", ["private", "no-noise", "public"])
@pytest.mark.parametrize("labelled", [True, False])
def test_an_honest_learnware_is_usable_and_nothing_is_said(privacy: str, labelled: bool) -> None:
    report = checked(ware(spec=sketch(privacy=privacy, labelled=labelled)))
    assert (report.status, report.findings, report.ran) == (1, (), True)
    assert report.seconds_per_row == 0.0


def test_without_its_model_it_can_be_found_and_not_used() -> None:
    report = checked(ware(), None)
    assert (report.status, report.ran, codes(report)) == (0, False, {"model-not-here"})


def test_a_contradiction_in_words_counts_without_the_model_too() -> None:
    report = checked(ware(semantic=replace(SEMANTIC, data="Image")), None)
    assert (report.status, report.findings[0].code) == (-1, "data-kind")


def test_no_input_that_the_specification_covers() -> None:
    other = Profile.from_bounds({"load": (0.0, 100.0), "gap": (0.0, 30.0), "ward": ["f", "m"]}, target="ill")
    spec = sketch()
    moved = replace(spec, profile=other, card=replace(spec.card, profile=other.id))
    report = checked(ware(spec=moved, profile=other))
    assert report.status == 0
    assert report.ran
    assert "inputs-not-covered" in codes(report)
    assert "shares-differ" not in codes(report)  # nothing to hold the answers against


def test_what_this_computer_does_not_allow_is_not_held_against_it() -> None:
    def too_small(X: np.ndarray) -> dict[str, np.ndarray]:
        raise WorkerLimitError("the model needs more memory", hint="allow it")

    report = checked(ware(), too_small)
    assert (report.status, codes(report), report.findings[0].severity) == (0, {"model-not-run-here"}, "warn")


def test_inputs_that_the_profile_lacks_are_missing_and_said() -> None:
    card = replace(CARD, inputs=(*INPUTS, Input(name="pulse", type="number")))
    semantic = replace(SEMANTIC, inputs=())
    report = checked(ware(card=card, semantic=semantic))
    assert (report.status, codes(report)) == (1, {"inputs-not-specified"})

    def picky(X: np.ndarray) -> dict[str, np.ndarray]:
        if np.isnan(X).any():
            raise ModelError("the model gives no answer to rows with missing values")
        return honest(X)

    report = checked(ware(card=card, semantic=semantic), picky)
    assert (report.status, codes(report)) == (1, {"inputs-not-specified", "missing-not-taken", "inputs-filled"})
    assert "'pulse'" in next(f.message for f in report.findings if f.code == "inputs-filled")


def test_every_finding_says_what_to_do_and_refusals_come_first() -> None:
    bad = ware(
        card=replace(CARD, target="age", figures=()),
        semantic=replace(SEMANTIC, name="", license="Others", inputs=SEMANTIC.inputs[:2]),
    )
    report = checked(bad, lambda X: {"probabilities": np.full((len(X), 2), 0.5, dtype=np.float32)})
    order = [("refuse", "warn", "note").index(finding.severity) for finding in report.findings]
    assert order == sorted(order)
    assert len(set(order)) == 3
    assert report.status == -1
    for finding in report.findings:
        assert finding.hint, finding
        assert finding.message[0].islower() or finding.message[0] == "'", finding


def test_the_same_learnware_gives_the_same_report() -> None:
    bad = ware(card=replace(CARD, figures=()))
    assert checked(bad) == checked(bad)


def test_a_person_can_end_it() -> None:
    def stop(share: float | None, doing: str) -> None:
        if share is not None and share > 0.5:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        check_learnware(ware(), honest, clock=lambda: 0.0, progress=stop)


def test_progress_only_grows() -> None:
    seen: list[float] = []
    checked(ware(), progress=lambda share, doing: seen.append(share or 0.0))
    assert seen == sorted(seen)
    assert seen[-1] < 1.0


def test_the_three_statuses_have_words() -> None:
    assert set(MEANING) == {-1, 0, 1}


def test_rows_of_the_support_are_the_profiles() -> None:
    assert raw(rows(10)).shape == (10, PROFILE.width)
