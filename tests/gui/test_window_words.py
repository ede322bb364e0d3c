# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from lwnode.documents import Figure
from lwnode.market import SENTENCES
from lwnode.specification.accounting import attacker_auc, default_delta, mu_for
from lwnode_gui import formats, reasons, words
from lwnode_gui.readings import offer
from lwnode_gui.story import Story

pytestmark = pytest.mark.gui


def test_every_sentence_of_the_search_is_known_here() -> None:
    for code, sentence in SENTENCES.items():
        assert reasons.sentence(code, "newer than this window") == sentence, code


@pytest.mark.parametrize("spoken", [("zh_CN", "light")], indirect=True)
def test_every_sentence_of_the_search_is_translated(spoken: str) -> None:
    for code, sentence in SENTENCES.items():
        assert reasons.sentence(code, "") != sentence, code


def test_a_code_of_a_newer_node_is_shown_as_it_says() -> None:
    assert reasons.sentence("brand-new", "It is new.") == "It is new."


@pytest.mark.parametrize(("epsilon", "right"), [(0.5, 55), (1.0, 58), (2.0, 64), (4.0, 75)])
def test_the_privacy_sentence_is_computed_and_rounded_against_us(epsilon: float, right: int) -> None:
    delta = default_delta(9_000)
    attacker = attacker_auc(mu_for(epsilon, delta))
    ware = dataclasses.replace(Story().wares[0], epsilon=epsilon, rows=9_000, delta=delta, attacker=attacker)
    made = offer(ware)
    assert f"at most {right} times in 100" in words.privacy_meaning(made)
    assert f"ε\u00a0=\u00a0{epsilon:g}" in words.privacy_terms(made)
    assert "1e-5" in words.privacy_terms(made)


@pytest.mark.parametrize("mode", ["no-noise", "public", "imported", ""])
def test_without_a_guarantee_no_number_is_said(mode: str) -> None:
    made = offer(dataclasses.replace(Story().wares[0], privacy=mode, epsilon=None, delta=None, attacker=None))
    assert not any(character.isdigit() for character in words.privacy_meaning(made))
    assert words.privacy_terms(made) == ""


def test_figures_have_the_decimals_that_were_published() -> None:
    auc = words.figure(Figure(name="auc", value=0.77, low=0.74, high=0.8))
    assert (auc.value, auc.low, auc.high) == ("0.77", "0.74", "0.80")
    grams = words.figure(Figure(name="rmse", value=410.0, low=392.0, high=1428.0))
    assert (grams.value, grams.high) == ("410", "1,428")
    assert words.figure(Figure(name="own <b>", value=1.0, low=0.5, high=2.0)).name == "own <b>"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0\u00a0%"), (0.001, "1\u00a0%"), (0.845, "84\u00a0%"), (0.9991, "99\u00a0%"), (1.0, "100\u00a0%")],
)
def test_all_and_nothing_are_said_only_where_they_are_meant(share: float, text: str) -> None:
    assert formats.percent(share) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0\u00a0B"),
        (999, "999\u00a0B"),
        (1_000, "1.00\u00a0kB"),
        (12_340, "12.3\u00a0kB"),
        (999_990, "1.00\u00a0MB"),
        (1_842_000, "1.84\u00a0MB"),
    ],
)
def test_sizes(count: int, text: str) -> None:
    assert formats.size(count) == text


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("two\nlines\tand\x00nul", "two lines andnul"),
        ("\u202edetrever", "detrever"),  # right-to-left override
        ("a\u200bb\u2066c", "abc"),
        ("  many   blanks ", "many blanks"),
        ("<b>bold</b> & more", "<b>bold</b> & more"),
    ],
)
def test_foreign_text_cannot_rearrange_the_screen(hostile: str, shown: str) -> None:
    assert formats.plain(hostile) == shown


def test_foreign_text_has_an_end() -> None:
    assert len(formats.plain("x" * 10_000_000, 80)) == 80
    assert max(len(part) for part in formats.breakable("x" * 500).split("\u200b")) <= 10
    assert formats.paragraphs("one\n\n" + "y" * 50_000, 100).startswith("one")
    assert len(formats.paragraphs("z\n" * 50_000, 100)) <= 100


def test_tool_tips_show_markup_as_text() -> None:
    assert formats.tip("<img src=x>") == "<p>&lt;img src=x&gt;</p>"
    assert formats.tip("") == ""


def test_dates_are_said_in_the_language(spoken: str) -> None:
    assert formats.day(datetime(2026, 3, 9, 12, tzinfo=UTC)) == "9 Mar 2026"


@pytest.mark.parametrize("spoken", [("zh_CN", "dark")], indirect=True)
def test_dates_are_said_in_chinese(spoken: str) -> None:
    assert formats.day(datetime(2026, 3, 9, 12, tzinfo=UTC)) == "2026年3月9日"


def test_every_state_of_the_records_has_a_badge_and_a_meaning() -> None:
    for state in ("own", "pinned", "introduced", "blocked", "unknown"):
        assert words.trust(state).glyph
        assert words.trust(state).word != state
        assert words.trust_meaning(state)
    assert {words.verdict(value).word for value in ("fits", "partly", "too little data", "nothing fits")} == {
        "fits", "fits partly", "too little data", "does not fit",
    }  # fmt: skip
