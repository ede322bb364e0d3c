# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from lwnode.errors import StoreError
from lwnode.node.facade import Node
from lwnode.node.records import HubLink
from lwnode_gui.app import parser
from lwnode_gui.connection import Connection, NotRunningError, open_daemon
from lwnode_gui.offline import remedy
from lwnode_gui.readings import Source
from lwnode_gui.shell import MAP, MARKET, OUTBOX, PARTNERS, Shell
from lwnode_gui.story import Story
from tests.gui.conftest import OpenWindow
from tests.support.windows import Failing, Held, settle

pytestmark = pytest.mark.gui


# ------------------------------------------------------------------ what left
def test_the_badge_is_computed_from_the_outbox(shell: Shell) -> None:
    badge = shell.side.safety
    assert badge.isVisible()
    assert badge.accessibleName() == "Raw data sent: 0 bytes"
    QTest.mouseClick(badge, Qt.MouseButton.LeftButton)
    assert shell.screens.currentWidget() is shell.outbox


@pytest.mark.parametrize(
    ("change", "text"), [({"broken_at": 812}, "✕ Outbox broken at 812"), ({"rows_left": 1}, "✕ Look at the outbox")]
)
def test_the_badge_does_not_say_safe_where_it_is_not(
    open_window: OpenWindow, change: dict[str, int], text: str
) -> None:
    story = Story()
    story.outbox = dataclasses.replace(story.outbox, **change)  # type: ignore[arg-type]
    shell = open_window(story)
    assert shell.side.safety.accessibleName() == text
    assert shell.side.safety.property("kind") == "unsafe"


def test_the_badge_is_absent_where_the_outbox_cannot_be_read(open_window: OpenWindow) -> None:
    failing = Failing({})
    shell = open_window(failing)
    assert shell.side.safety.isVisible()
    failing.errors["outbox"] = StoreError("the database is damaged", hint="restore a backup")
    shell.connection.check_outbox()
    settle(lambda: not shell.side.safety.isVisible())
    assert "The outbox could not be checked" in shell.outbox.chain.title.text()


def test_the_outbox_is_read_again_when_something_left(open_window: OpenWindow) -> None:
    story = Story()
    shell = open_window(story, every=0.02)
    assert story.calls.count("outbox") == 1
    story.outbox = dataclasses.replace(story.outbox, totals={"file": 10**9}, broken_at=3)
    settle(lambda: shell.side.safety.property("kind") == "unsafe")
    assert story.calls.count("outbox") == 2


def test_the_outbox_lists_everything_with_names(shell: Shell) -> None:
    shell.open(OUTBOX)
    model = shell.outbox.table.model()
    assert model.rowCount() == 7
    assert [model.index(0, column).data() for column in range(5)] == [
        "13 Nov 2026, 09:39", "model.onnx", "City Health Circle", "413\u00a0kB", "–",
    ]  # fmt: skip
    assert model.index(6, 1).data() == "public keys"
    assert "Unbroken: all 7 entries verified" in shell.outbox.chain.title.text()
    QTest.keyClick(shell.outbox.table, Qt.Key.Key_Down)
    detail = "\n".join(label.text() for label in shell.outbox._detail.findChildren(QLabel))
    assert "specification.safetensors" in detail.replace("\u200b", "")
    assert "8,460 bytes" in detail


def test_a_broken_chain_proves_nothing(open_window: OpenWindow) -> None:
    story = Story()
    story.outbox = dataclasses.replace(story.outbox, broken_at=4)
    shell = open_window(story)
    assert shell.outbox.chain.property("bar") == "danger"
    assert shell.outbox._raw.accessibleName() == "– cannot be proven"


# ------------------------------------------------------------------ the frame
def test_only_screens_that_exist_are_listed_and_keys_open_them(shell: Shell) -> None:
    assert [button.accessibleName() for button in shell.side.buttons] == ["Market", "Map", "Partners", "Outbox"]
    views = ((OUTBOX, shell.outbox), (PARTNERS, shell.partners), (MAP, shell.map), (MARKET, shell.market))
    for at, screen in views:
        QTest.keyClick(shell, Qt.Key(Qt.Key.Key_1 + at), Qt.KeyboardModifier.ControlModifier)
        settle(lambda screen=screen: shell.screens.currentWidget() is screen)  # type: ignore[misc]
        assert [button.isChecked() for button in shell.side.buttons] == [index == at for index in range(4)]
        assert screen.first.hasFocus()


def test_partners_are_listed_with_how_they_are_known(shell: Shell) -> None:
    shell.open(PARTNERS)
    settle(lambda: shell.partners.table.model().rowCount() == 3)
    model = shell.partners.table.model()
    assert [model.index(row, 1).data() for row in range(3)] == ["✓ Verified", "✓ Verified", "↔ Introduced"]
    assert "nobody here compared" in model.index(2, 1).data(Qt.ItemDataRole.ToolTipRole)


def test_the_status_line(shell: Shell) -> None:
    story = Story()
    line = shell.status
    assert line.hubs.text() == "Connected to 1 hub"
    assert line.key.text().startswith("Node key XP7LOSS-")
    assert not line.job.isVisible()
    away = HubLink(hub="x", name="Far hub", address="", connected=False, waiting=2, problem="<i>no route</i>")
    status = story.status()
    line.show_status(dataclasses.replace(status, hubs=(*status.hubs, away), running=(story.running(0.62),)))
    assert line.hubs.text() == "Connected to 1 of 2 hubs"
    assert "&lt;i&gt;no route" in line.hubs.toolTip()
    assert line.job.text() == "Syncing the catalogue 62\u00a0%"
    assert line.bar.isVisible()
    line.show_status(dataclasses.replace(status, hubs=(), running=(story.running(None),)))
    assert line.hubs.text() == "No hub joined"
    assert line.job.text() == "Syncing the catalogue…"
    assert not line.bar.isVisible()  # unknown is not zero


def test_the_keyboard_reaches_every_control(shell: Shell) -> None:
    start = shell.focusWidget()
    reached = []
    for _ in range(60):
        widget = QApplication.focusWidget()
        if widget is None or widget in reached:
            break
        reached.append(widget)
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    assert start in reached
    market = shell.market
    read = (market.bar.words, market.bar.data, market.bar.button, *market.chips.findChildren(QPushButton))
    places = [reached.index(widget) for widget in read]
    assert places == sorted(places)  # in the order it is read
    for control in (*shell.side.buttons, shell.side.safety, shell.market.bar.words, shell.market.bar.data,
                    shell.market.bar.button, shell.market.list, shell.market.detail.area):  # fmt: skip
        assert control in reached, control.accessibleName()


# ------------------------------------------------------------------ no node
@pytest.mark.parametrize(
    ("made", "title", "typed"),
    [(True, "Your node is not running", "lwnode daemon"), (False, "There is no node here yet", "lwnode init")],
)
def test_without_a_node_the_window_says_how_to_start_one(
    app: QApplication, tmp_path: Path, made: bool, title: str, typed: str
) -> None:
    home = tmp_path / "my home"
    tries = []

    def opener() -> Node:
        tries.append(1)
        if len(tries) < 3:
            raise NotRunningError(made=made, home=home)
        return Node(Story())

    shell = Shell(Connection(opener, every=0))
    shell.show()
    assert shell.pages.currentWidget() is shell.offline
    shell.start()
    settle(shell.offline.retry.isVisible)
    assert shell.offline._state.title.text() == title
    assert shell.offline._command.text().startswith(typed)
    assert f"--home '{home}'" in shell.offline._command.text()
    assert not shell.side.safety.isVisible()
    for _ in range(2):
        QTest.keyClick(shell.offline.retry, Qt.Key.Key_Space)
        settle(lambda: not shell.connection.background.waiting("open"))
    settle(lambda: shell.market.state.phase == "list")
    assert shell.pages.currentWidget() is shell.screens
    shell.close()
    shell.deleteLater()


def test_a_home_is_quoted_as_a_shell_needs_it() -> None:
    error = NotRunningError(made=True, home=Path("/tmp/it's here; rm -rf"))
    assert remedy(error) == "lwnode daemon --home '/tmp/it'\"'\"'s here; rm -rf'"
    assert remedy(StoreError("something else")) == ""


def test_the_daemon_is_looked_for_and_no_home_is_opened(tmp_path: Path) -> None:
    with pytest.raises(NotRunningError) as caught:
        open_daemon(tmp_path / "none")
    assert not caught.value.made
    assert not (tmp_path / "none").exists()
    home = tmp_path / "home"
    (home / "run").mkdir(parents=True)
    (home / "node.db").touch()
    (home / "run" / "api.sock").touch()  # left behind by a daemon that was killed
    with pytest.raises(NotRunningError) as caught:
        open_daemon(home)
    assert caught.value.made


def test_a_node_that_goes_away_is_noticed_and_found_again(open_window: OpenWindow) -> None:
    failing = Failing({})
    shell = open_window(failing, every=0.02)
    failing.errors["status"] = StoreError("the daemon stopped in the middle")
    settle(lambda: shell.pages.currentWidget() is shell.offline)
    assert not shell.side.safety.isVisible()
    assert shell.status.hubs.text() == "Not connected to your node"
    failing.errors.clear()
    settle(lambda: shell.pages.currentWidget() is shell.screens and shell.side.safety.isVisible())


def test_an_outbox_that_arrives_after_the_node_went_away_is_not_shown(open_window: OpenWindow) -> None:
    failing = Failing({})
    shell = open_window(failing)
    settle(shell.side.safety.isVisible)
    failing.errors["status"] = StoreError("the daemon stopped in the middle")
    shell.connection.look()
    shell.connection.check_outbox()  # answered after the status
    settle(lambda: shell.pages.currentWidget() is shell.offline)
    settled = time.monotonic() + 0.1
    settle(lambda: time.monotonic() > settled)
    assert not shell.side.safety.isVisible()


# ------------------------------------------------------------------ threads, imports, start
def test_the_window_never_waits_for_the_node(open_window: OpenWindow) -> None:
    held = Held("search")
    shell = open_window(held)
    shell.market.presenter.choose_source(Source(name="admissions"))
    assert held.entered.wait(5)
    longest, last = 0.0, time.monotonic()
    end = last + 0.3
    while time.monotonic() < end:
        QApplication.processEvents()
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    assert longest < 0.15  # a loaded machine; the call itself never ends before it is let go
    held.let_go.set()


def test_closing_in_the_middle_of_a_search_leaves_no_thread(open_window: OpenWindow) -> None:
    held = Held("search")
    shell = open_window(held)
    shell.market.presenter.choose_source(Source(name="admissions"))
    assert held.entered.wait(5)
    shell.close()
    assert held.ended.is_set()
    assert not any(thread.name == "lwnode-window" for thread in threading.enumerate())
    settle(lambda: True)


def test_the_window_is_a_thin_client() -> None:
    """The whole window on a node's answers needs none of the heavy libraries, and importing it nothing of Qt."""
    program = """
import sys
import lwnode_gui
assert not [name for name in sys.modules if name.startswith("PySide6")]
import lwnode_gui.app
assert not [name for name in ("numpy", "msgspec", "httpx", "lwnode.node.facade") if name in sys.modules]
from lwnode_gui import shots, language
from lwnode_gui.readings import Source
from lwnode_gui.story import Story
from lwnode_gui.theme import Theme, install
shots.application(); kept = language.install("en"); install(Theme("light", scale=1.0))
shell = shots.window(Story())
shots.wait(lambda: shell.market.state.phase == "list")
shell.market.presenter.choose_source(Source(name="admissions"))
shots.wait(lambda: shell.market.state.answer is not None)
shell.close()
heavy = ("torch", "sklearn", "flwr", "lwnode_protocols", "onnx", "onnxruntime", "skl2onnx", "pyarrow")
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_options() -> None:
    options = parser().parse_args(["--home", "/tmp/x", "--language", "zh_CN", "--theme", "dark"])
    assert (options.home, options.language, options.theme) == (Path("/tmp/x"), "zh_CN", "dark")
    with pytest.raises(SystemExit):
        parser().parse_args(["--theme", "pink"])
