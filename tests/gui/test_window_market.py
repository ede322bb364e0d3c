# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton

from lwnode.errors import DataError
from lwnode.market.results import Coverage, Match
from lwnode.store import Spelt
from lwnode.types import Progress
from lwnode_gui.market.list_model import MarketModel
from lwnode_gui.market.list_model import spoken as said
from lwnode_gui.market.nothing import NothingView
from lwnode_gui.readings import Source, offer
from lwnode_gui.shell import Shell
from lwnode_gui.story import INJURIES, Story
from tests.gui.conftest import OpenWindow
from tests.support.windows import Failing, Held, settle

pytestmark = pytest.mark.gui

ADMISSIONS, INJURED = Source(name="admissions"), Source(name="sports_injuries")


def shown(shell: Shell) -> list[str]:
    model = shell.market.model
    return [str(model.data(model.index(at, 0))) for at in range(model.rowCount())]


def texts(widget: object) -> str:
    assert hasattr(widget, "findChildren")
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if not label.isHidden())


def match(shell: Shell, source: Source) -> None:
    shell.market.presenter.choose_source(source)
    settle(lambda: shell.market.state.answer is not None and not shell.market.state.searching)


def press(shell: Shell, text: str) -> None:
    button = next(
        button
        for button in shell.market.findChildren(QPushButton)
        if button.accessibleName() == text and button.isVisible()
    )
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


# ------------------------------------------------------------------ the list
def test_the_catalogue_is_listed_and_the_first_is_shown(shell: Shell) -> None:
    assert len(shown(shell)) == 7
    assert shell.market.chips.summary.text() == "7 models"
    detail = texts(shell.market.detail)
    for part in (
        "30-day readmission, general wards",
        "General Hospital",
        "Ranks adult inpatients",
        "0.79 to 0.83 · guessing gets 0.5",
        "Needs 8 columns",
        "at most 57 times in 100",  # 48,000 rows: δ is 2e-6, so a little less than the 58 of 1e-5
        "23 Oct 2026",
        "48,000+ rows",
        "1.84\u00a0MB",
    ):
        assert part in detail, part


def test_a_card_says_everything_to_a_screen_reader() -> None:
    story = Story()
    rows = [offer(ware) for ware in story.wares]
    from lwnode_gui.market.arrange import Row

    text = said(Row(offer=rows[4]))
    for part in (
        "Preterm birth risk",
        "Maternity Hospital",
        "Introduced",
        "no privacy noise",
        "5,200+ rows",
        "AUC 0.74",
    ):
        assert part in text
    assert "fits partly" in said(Row(offer=rows[0], match=story.found("admissions").single[0]))


def test_the_list_is_a_proper_model() -> None:
    from lwnode_gui.market.arrange import Row

    model = MarketModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    rows = [Row(offer=offer(ware)) for ware in Story().wares]
    assert model.replace(rows)
    assert not model.replace(list(rows))
    assert model.replace(rows[:2])
    assert model.replace(())
    del tester


def test_an_empty_catalogue_says_what_to_do(open_window: OpenWindow) -> None:
    shell = open_window(Story(empty=True))
    assert "The catalogue is empty" in texts(shell.market.pages.currentWidget())
    assert not shell.market.bar.words.isEnabled()
    assert shell.market.chips.summary.text() == ""


def test_what_is_only_announced_is_counted_not_shown(open_window: OpenWindow) -> None:
    story = Story()
    story.wares = (*story.wares[:2], dataclasses.replace(story.wares[2], state="announced", semantic=None, card=None))
    story.call = lambda action, arguments, progress: (  # type: ignore[method-assign]
        story.wares if action == "catalogue" else Story.call(story, action, arguments, progress)
    )
    shell = open_window(story)
    assert len(shown(shell)) == 2
    assert shell.market.chips.summary.text() == "2 models · 1 more announced, files not here yet"


# ------------------------------------------------------------------ words and chips
def test_words_search_as_they_are_typed(shell: Shell) -> None:
    QTest.keyClicks(shell.market.bar.words, "birth")
    settle(lambda: len(shown(shell)) == 2)
    assert set(shown(shell)) == {"Preterm birth risk", "Birth weight from early visits"}
    assert shell.market.chips.summary.text() == "2 of 7 models"
    QTest.keyClick(shell.market.bar.words, Qt.Key.Key_Escape)
    settle(lambda: len(shown(shell)) == 7)


def test_words_that_were_taken_for_others_are_said(open_window: OpenWindow) -> None:
    story = Story()

    def call(action: str, arguments: dict[str, object], progress: Progress) -> object:
        misspelt = arguments.get("text") == "brith"
        if action == "spelling":
            return (Spelt(asked="brith", taken=("birth", "berth")),) if misspelt else ()
        return Story.call(story, action, {**arguments, "text": "birth"} if misspelt else arguments, progress)

    story.call = call  # type: ignore[method-assign, assignment]
    shell = open_window(story)
    QTest.keyClicks(shell.market.bar.words, "brith")
    settle(lambda: len(shown(shell)) == 2)
    assert shell.market.spelt.isVisible()
    assert shell.market.spelt.title.text() == "No model says brith"
    assert shell.market.spelt.body.text() == "These say a similar word: birth, berth"
    QTest.keyClick(shell.market.bar.words, Qt.Key.Key_Escape)
    settle(lambda: len(shown(shell)) == 7)
    assert not shell.market.spelt.isVisible()


def test_words_that_match_nothing_offer_a_way_back(shell: Shell) -> None:
    shell.market.bar.words.setText("no such thing")
    settle(lambda: not shown(shell))
    assert "No model here is called that" in texts(shell.market)
    assert "Choose a model" in texts(shell.market.detail)
    press(shell, "Clear words and filters")
    settle(lambda: len(shown(shell)) == 7)
    assert shell.market.bar.words.text() == ""


def test_typing_asks_once_not_for_every_letter(open_window: OpenWindow) -> None:
    story = Story()
    shell = open_window(story)
    before = story.calls.count("catalogue")
    QTest.keyClicks(shell.market.bar.words, "readmission")
    settle(lambda: len(shown(shell)) == 2)
    assert story.calls.count("catalogue") == before + 1


def test_chips_filter_and_say_which_are_on(shell: Shell) -> None:
    press(shell, "Regression")
    settle(lambda: len(shown(shell)) == 3)
    press(shell, "Verified")
    settle(lambda: len(shown(shell)) == 2)
    on = [b.accessibleName() for b in shell.market.chips.findChildren(QPushButton) if b.isVisible() and b.isChecked()]
    assert on == ["Regression", "Verified"]
    press(shell, "Regression")
    settle(lambda: len(shown(shell)) == 5)


def test_the_choice_stays_when_the_list_changes(shell: Shell) -> None:
    shell.market.choose(shell.market.state.rows[3].offer.ware.id)
    chosen = shell.market.detail._shown
    press(shell, "Classification")
    settle(lambda: len(shown(shell)) == 4)
    assert chosen is not None
    assert shell.market.detail._shown == chosen
    assert shown(shell)[shell.market.list.currentIndex().row()] == "Falls in the first week"


# ------------------------------------------------------------------ matching with data
def test_the_best_choice_is_said_with_its_figures(shell: Shell) -> None:
    shell.market.choose(shell.market.state.rows[5].offer.ware.id)
    match(shell, ADMISSIONS)
    best = texts(shell.market.best)
    assert "Best choice for admissions" in best
    assert "Combine 2 models. Together they cover 98\u00a0% of your rows, the best single model 71\u00a0%." in best
    assert "each of them knows a part of your rows" in best
    assert shown(shell)[:2] == ["30-day readmission, general wards", "Readmission of patients over 65"]
    assert shell.market.list.currentIndex().row() == 0  # a new answer shows its best
    detail = texts(shell.market.detail)
    assert "Distance 0.084 (MMD); rows of the same source would be about 0.031 away." in detail
    assert "Match between 80\u00a0% and 87\u00a0% (90 % interval)." in detail
    assert "4 models compared" in shell.market.chips.summary.text()
    press(shell, "Readmission of patients over 65")
    assert shell.market.list.currentIndex().row() == 1


def test_a_single_best_says_what_nobody_covers(open_window: OpenWindow) -> None:
    story = Story()
    whole = story.found("admissions")
    story.found = lambda _: dataclasses.replace(  # type: ignore[method-assign]
        whole, multiple=None, verdict="partly", reason_code="partly",
        uncovered=dataclasses.replace(whole.uncovered, share=0.29),
    )  # fmt: skip
    shell = open_window(story)
    match(shell, ADMISSIONS)
    best = texts(shell.market.best)
    assert "30-day readmission, general wards from General Hospital." in best
    assert "It matches your data to 84\u00a0%. It covers 71\u00a0% of your rows." in best
    assert "Nobody covers 29\u00a0% of your 1,906 rows." in best


def test_what_cannot_be_told_has_no_number(open_window: OpenWindow) -> None:
    story = Story()
    whole = story.found("admissions")
    blind: Match = dataclasses.replace(
        whole.single[0], match=None, match_low=None, match_high=None, coarse=True, verdict="fits",
        reason_code="fits-coarsely", covered=Coverage(share=None, rows=whole.single[0].covered.rows),
    )  # fmt: skip
    story.found = lambda _: dataclasses.replace(whole, multiple=None, single=(blind,), nearest=(blind,))  # type: ignore[method-assign]
    shell = open_window(story)
    match(shell, ADMISSIONS)
    assert "%" not in texts(shell.market.best).replace("Nobody covers 2\u00a0%", "")
    assert "there is no number" in texts(shell.market.detail)
    assert "0\u00a0%" not in texts(shell.market.detail).replace("90 %", "")


def test_nothing_fits_is_a_result(shell: Shell) -> None:
    match(shell, INJURED)
    market = shell.market
    assert market.pages.currentWidget() is market.nothing
    assert not market.message.isVisible()
    page = texts(market.nothing)
    assert "Nothing fits your data" in page
    assert "4 models compared with sports_injuries." in page
    assert f"Train on your own {INJURIES} rows" in page
    assert "lwnode train sports_injuries --home /home/clinic/lwnode" in page
    assert "3 models: It needs columns that you do not have." in page
    table = market.nothing._result._table.model()
    cells = [[table.index(row, column).data() for column in range(6)] for row in range(table.rowCount())]
    assert cells[0] == [
        "1",
        "30-day readmission, general wards",
        "General Hospital",
        "0.312",
        "18\u00a0%",
        "single columns only",
    ]
    assert len(cells) == 3
    assert not any("reuse" in b.accessibleName().lower() for b in market.findChildren(QPushButton))
    press(shell, "Show all models")
    settle(lambda: market.state.phase == "list")
    assert market.pages.currentWidget() is not market.nothing


@pytest.mark.parametrize(
    ("code", "sentence"), [("few-rows", "You have too few rows"), ("coarse-sketch", "too coarse to tell")]
)
def test_too_little_data_is_said_as_that(open_window: OpenWindow, code: str, sentence: str) -> None:
    story = Story()
    whole = story.found("sports_injuries")
    story.found = lambda _: dataclasses.replace(  # type: ignore[method-assign]
        whole, verdict="too little data", reason_code=code, uncovered=dataclasses.replace(whole.uncovered, share=None)
    )
    shell = open_window(story)
    match(shell, INJURED)
    page = texts(shell.market.nothing)
    assert "Too little data to tell" in page
    assert sentence in page
    assert "It cannot be told which rows are covered." in page
    assert "Nothing fits" not in page


def test_nothing_to_compare_with_shows_no_ruler(open_window: OpenWindow) -> None:
    story = Story()
    whole = story.found("sports_injuries")
    story.found = lambda _: dataclasses.replace(whole, nearest=(), considered=0, reason_code="no-compatible")  # type: ignore[method-assign]
    shell = open_window(story)
    match(shell, INJURED)
    nothing: NothingView = shell.market.nothing
    assert not nothing._result._ruler.isVisible()
    assert not nothing._result._table.isVisible()
    assert "None of the models on offer can be compared with your columns." in texts(nothing)
    assert "guess" not in texts(nothing)


def test_a_search_can_be_stopped(open_window: OpenWindow) -> None:
    held = Held("search")
    shell = open_window(held)
    shell.market.presenter.choose_source(ADMISSIONS)
    assert held.entered.wait(5)
    settle(lambda: shell.status.job.isVisible() and "25" in shell.status.job.text())
    assert shell.market.bar.button.accessibleName() == "Stop"
    press(shell, "Stop")
    assert held.ended.wait(2)
    settle(lambda: not shell.status.job.isVisible())
    assert shell.market.bar.button.accessibleName() == "Search"
    assert shell.market.state.answer is None
    assert not shell.market.message.isVisible()
    held.let_go.set()
    match(shell, ADMISSIONS)  # and it can be asked again


def test_an_older_answer_never_replaces_a_newer_question(open_window: OpenWindow) -> None:
    held = Held("search")
    shell = open_window(held)
    shell.market.presenter.choose_source(ADMISSIONS)
    assert held.entered.wait(5)
    shell.market.presenter.choose_source(INJURED)
    held.let_go.set()
    settle(lambda: shell.market.state.answer is not None)
    answer = shell.market.state.answer
    assert answer is not None
    assert answer.source == INJURED


def test_a_failure_is_said_in_the_page_with_what_to_do(open_window: OpenWindow) -> None:
    error = DataError("the file of data set 'admissions' is no longer at its place", hint="put it back")
    shell = open_window(Failing({"search": error}))
    shell.market.presenter.choose_source(ADMISSIONS)
    settle(shell.market.message.isVisible)
    assert shell.market.message.title.text() == "The file of data set 'admissions' is no longer at its place"
    assert shell.market.message.body.text() == "Put it back"
    assert len(shown(shell)) == 7  # the list stays
    press(shell, "Close")
    assert not shell.market.message.isVisible()


def test_a_file_can_be_matched_with(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "a_table_with_a_very_long_name_of_last_years_injuries.csv"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    bar = shell.market.bar
    bar.data.activated.emit(bar.data.count() - 1)
    settle(lambda: shell.market.state.answer is not None)
    assert shell.market.state.source.path == str(file)
    text = bar.data.currentText()
    assert "…" in text
    assert bar.data.fontMetrics().horizontalAdvance(text) < bar.data.width()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    bar.data.activated.emit(bar.data.count() - 1)  # changed one's mind
    assert bar.data.currentText() == text


# ------------------------------------------------------------------ keys and strangers
def test_keys(shell: Shell) -> None:
    QTest.keyClick(shell.market.list, Qt.Key.Key_Down)
    assert shell.market.list.currentIndex().row() == 1
    settle(lambda: "Readmission of patients over 65" in texts(shell.market.detail))
    QTest.keyClick(shell, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert shell.market.bar.words.hasFocus()
    QTest.keyClicks(shell.market.bar.words, "falls")
    settle(lambda: len(shown(shell)) == 1)
    shell.market.list.setFocus()
    QTest.keyClick(shell.market.list, Qt.Key.Key_Escape)
    settle(lambda: len(shown(shell)) == 7)


def test_what_strangers_wrote_is_shown_as_plain_text(open_window: OpenWindow) -> None:
    story = Story()
    first = story.wares[0]
    assert first.semantic is not None
    hostile = "<img src='file:///etc/passwd'><b>bold</b> \u202eevil\x07 " + "w" * 300
    semantic = dataclasses.replace(first.semantic, name=hostile, description=hostile, limits=hostile, tags=(hostile,))
    story.wares = (dataclasses.replace(first, name=hostile, organisation=hostile, semantic=semantic), *story.wares[1:])
    shell = open_window(story)
    labels = shell.findChildren(QLabel)
    assert len(labels) > 30
    assert all(label.textFormat() == Qt.TextFormat.PlainText or label.pixmap().size().width() > 0 for label in labels)
    everything = "\n".join(label.text() for label in labels) + "".join(shown(shell))
    assert "<b>bold</b>" in everything
    assert "\u202e" not in everything
    assert "\x07" not in everything
    assert shell.market.detail.area.widget().width() <= shell.market.detail.area.viewport().width()
    assert "&lt;b&gt;" not in everything


# ------------------------------------------------------------------ the same, and more of one publisher
def test_what_is_the_same_is_said_on_the_card_and_beside_it(open_window: OpenWindow) -> None:
    shell = open_window(Story(copies=True))
    match(shell, ADMISSIONS)
    assert len(shown(shell)) == 7
    row = shell.market.model.at(0)
    assert row is not None
    assert "1 more the same to you" in said(row)
    detail = texts(shell.market.detail)
    assert "The same to you" in detail
    assert "A copy by another publisher" in detail
    assert "Maternity Hospital" in detail
    press(shell, "Show what is the same")
    settle(lambda: len(shown(shell)) == 8)
    shell.market.choose(shell.market.model.at(1).offer.ware.id)  # type: ignore[union-attr]
    settle(lambda: "The same to you as another model" in texts(shell.market.detail))
    press(shell, "Show what is the same")
    settle(lambda: len(shown(shell)) == 7)


def test_more_of_a_publisher_are_counted_under_the_best_choice(open_window: OpenWindow) -> None:
    story = Story()
    found = story.found("admissions")
    held = dataclasses.replace(found.single[1], publisher="p", organisation="General Hospital")
    limited = dataclasses.replace(found, single=found.single[:1], held=(held,))
    story.found = lambda dataset: limited  # type: ignore[method-assign]
    shell = open_window(story)
    match(shell, ADMISSIONS)
    assert "1 more of General Hospital follows after the others." in texts(shell.market.best)
