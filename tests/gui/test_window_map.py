# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from lwnode.errors import DataError, NotFoundError
from lwnode_gui.island_map.plot import Place, Plot
from lwnode_gui.island_map.view import MapView
from lwnode_gui.shell import MAP, MARKET, Shell
from lwnode_gui.story import Story
from tests.gui.conftest import OpenWindow
from tests.support.windows import Failing, settle

pytestmark = pytest.mark.gui


def opened(shell: Shell) -> MapView:
    shell.open(MAP)
    settle(lambda: shell.map.drawing is not None)
    return shell.map


def names(view: MapView) -> list[str]:
    model = view.table.model()
    return [str(model.index(at, 0).data()) for at in range(model.rowCount())]


# ------------------------------------------------------------------ the screen
def test_the_map_is_drawn_when_the_screen_is_opened(open_window: OpenWindow) -> None:
    story = Story()
    shell = open_window(story)
    assert "map" not in story.calls
    view = opened(shell)
    assert story.calls.count("map") == 1
    assert sorted(names(view)) == names(view)
    assert len(names(view)) == len(view.plot.spots()) == 4
    assert view.table.isColumnHidden(2)
    assert view.plot.your_spot() is None
    assert "83\u00a0%" in view._faithful.text()
    shell.open(MARKET)
    shell.open(MAP)
    assert story.calls.count("map") == 1


def test_your_data_are_placed_and_the_nearest_come_first(shell: Shell) -> None:
    view = opened(shell)
    view.choose_data("admissions")
    settle(lambda: view.plot.your_spot() is not None)
    assert names(view)[0] == "30-day readmission, general wards"
    model = view.table.model()
    away = [float(model.index(at, 2).data()) for at in range(model.rowCount())]
    assert away == sorted(away)
    assert not view.table.isColumnHidden(2)
    cross, spots = view.plot.your_spot(), view.plot.spots()
    assert cross is not None
    on_screen = [math.hypot(spot.x() - cross.x(), spot.y() - cross.y()) for spot in spots]
    assert on_screen == sorted(on_screen), "one scale for both axes"
    assert view.data.currentText() == "Your data: admissions"
    view.choose_data("")
    settle(lambda: view.plot.your_spot() is None)


def test_another_island_is_another_map(shell: Shell) -> None:
    view = opened(shell)
    assert [view.islands.itemText(at) for at in range(view.islands.count())][1:] == [
        "Island: Births, early visits (2)",
        "Island: Referrals (1)",
    ]
    view.choose_island(view.islands.itemData(2))
    settle(lambda: names(view) == ["Weeks until a specialist visit"])
    assert "your own model" in view.plot.accessibleName()
    assert len(view.plot.spots()) == 1


def test_table_and_picture_choose_together(shell: Shell) -> None:
    view = opened(shell)
    spot = view.plot.spots()[2]
    QTest.mouseClick(view.plot, Qt.MouseButton.LeftButton, pos=spot.toPoint())
    assert view.table.currentIndex().row() == 2
    view.table.selectRow(1)
    assert names(view)[1] in view.plot.accessibleName()


def test_the_picture_is_walked_with_the_keys(shell: Shell) -> None:
    view = opened(shell)
    assert view.plot.hasFocus()
    QTest.keyClick(view.plot, Qt.Key.Key_Home)
    assert view.table.currentIndex().row() == 0
    QTest.keyClick(view.plot, Qt.Key.Key_End)
    assert view.table.currentIndex().row() == 3
    for key, direction in ((Qt.Key.Key_Left, (-1, 0)), (Qt.Key.Key_Right, (1, 0)), (Qt.Key.Key_Up, (0, -1))):
        before = view.plot.spots()[view.table.currentIndex().row()]
        QTest.keyClick(view.plot, key)
        after = view.plot.spots()[view.table.currentIndex().row()]
        moved = (after.x() - before.x()) * direction[0] + (after.y() - before.y()) * direction[1]
        assert moved > 0.0 or after == before


def test_a_map_without_learnwares_says_what_to_do(open_window: OpenWindow) -> None:
    shell = open_window(Story(empty=True))
    shell.open(MAP)
    settle(shell.map.empty.isVisible)
    assert not shell.map.message.isVisible()


def test_what_cannot_be_placed_leaves_the_map_and_says_so(open_window: OpenWindow) -> None:
    failing = Failing({})
    shell = open_window(failing)
    view = opened(shell)
    failing.errors["map"] = DataError("no island has your columns", hint="search across")
    view.choose_data("sports_injuries")
    settle(view.message.isVisible)
    assert view.message.title.text() == "No island has your columns"
    assert len(names(view)) == 4
    assert view.data.currentText() == "Your data: none", "what is shown is what was drawn"
    failing.errors["map"] = NotFoundError("that island is gone", hint="")
    view.choose_island("x")
    settle(lambda: view.message.title.text() == "That island is gone")
    del failing.errors["map"]
    view.choose_data("admissions")
    settle(lambda: not view.message.isVisible())


def test_a_changed_catalogue_is_drawn_anew(open_window: OpenWindow) -> None:
    story = Story()
    shell = open_window(story)
    opened(shell)
    before = story.calls.count("map")
    shell.connection.look()
    settle(lambda: story.calls.count("status") >= 2)
    assert story.calls.count("map") == before
    story._plans, story.wares = story._plans[1:], story.wares[1:]
    shell.connection.look()
    settle(lambda: len(names(shell.map)) == 3)


# ------------------------------------------------------------------ the picture
def places(*spots: tuple[float, float]) -> list[Place]:
    return [Place(x=x, y=y, own=False, text=f"{x} {y}") for x, y in spots]


def test_places_that_are_all_one_lie_in_the_middle() -> None:
    plot = Plot("map", "yours")
    plot.resize(400, 300)
    plot.show_places(places((0.3, 0.3), (0.3, 0.3)), None)
    assert plot.spots() == [QPointF(200, 150), QPointF(200, 150)]
    plot.show_places([], None)
    assert plot.spots() == []
    assert plot.at(QPointF(200, 150)) == -1


def test_up_on_the_map_is_up_on_the_screen_and_everything_is_inside() -> None:
    plot = Plot("map", "yours")
    plot.resize(400, 300)
    plot.show_places(places((0.0, 0.0), (1.0, 2.0), (5.0, -3.0)), (9.0, 9.0))
    spots = [*plot.spots(), plot.your_spot()]
    assert spots[1].y() < spots[0].y() < spots[2].y()
    assert all(0 < spot.x() < 400 and 0 < spot.y() < 300 for spot in spots)


def test_every_place_can_be_reached_with_the_arrows() -> None:
    plot = Plot("map", "yours")
    plot.resize(400, 300)
    plot.show_places(places((0, 0), (1, 0.2), (2, -0.3), (0.4, 3), (-2, 1), (1.5, 1.5)), None)
    reached, waiting = {0}, [0]
    while waiting:
        at = waiting.pop()
        for direction in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            plot.mark(at)
            following = plot.towards(*direction)
            if following not in reached:
                reached.add(following)
                waiting.append(following)
    assert reached == set(range(6))
