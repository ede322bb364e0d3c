# SPDX-License-Identifier: Apache-2.0
"""``python -m lwnode_gui.shots DIRECTORY``: renders every screen of the story, light and dark, in every language.

Each is looked at for cut text and for layouts without enough room; the exit status is 1 where there is any.  Needs no
display: ``QT_QPA_PLATFORM=offscreen`` is set unless something else is.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtWidgets import QApplication

from lwnode_gui import checks, language
from lwnode_gui.app import application
from lwnode_gui.connection import Connection, NotRunningError
from lwnode_gui.market.arrange import SAME
from lwnode_gui.readings import Source
from lwnode_gui.shell import MAP, OUTBOX, PARTNERS, Shell
from lwnode_gui.story import MISSPELT, Story
from lwnode_gui.theme import Choice, Theme, install

SIZE, SMALL = (1280, 800), (1024, 700)
_PATIENCE = 20.0  # seconds for one screen to be there


def window(story: Story | None, size: tuple[int, int] = SIZE) -> Shell:
    """Return a window on the story's node, or, without one, on a node that does not run."""
    from lwnode.node.facade import Node

    def opener() -> Node:
        if story is None:
            raise NotRunningError(made=True, home=Path("/home/clinic/lwnode"))
        return Node(story)

    shell = Shell(Connection(opener, every=0))
    shell.resize(*size)
    shell.show()
    shell.start()
    return shell


def wait(condition: Callable[[], bool]) -> None:
    """Let the window work until a condition holds.

    Raises
    ------
    TimeoutError
        It did not within the patience.
    """
    end = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the window did not come to rest")
        QCoreApplication.processEvents()
        time.sleep(0.005)
    for _ in range(3):
        QCoreApplication.processEvents()


def _listed(shell: Shell) -> None:
    wait(lambda: shell.market.state.phase == "list" and shell.side.safety.isVisible())


def _market(shell: Shell) -> None:
    _listed(shell)


def _matched(shell: Shell) -> None:
    _listed(shell)
    shell.market.presenter.choose_source(Source(name="admissions"))
    wait(lambda: shell.market.state.answer is not None)


def _misspelt(shell: Shell) -> None:
    _listed(shell)
    shell.market.bar.words.setText(MISSPELT)
    wait(shell.market.spelt.isVisible)


def _same(shell: Shell) -> None:
    _matched(shell)
    shell.market.presenter.toggle(SAME)


def _map(shell: Shell) -> None:
    _listed(shell)
    shell.open(MAP)
    wait(lambda: shell.map.drawing is not None)


def _placed(shell: Shell) -> None:
    _map(shell)
    shell.map.choose_data("admissions")
    wait(lambda: shell.map.drawing is not None and shell.map.drawing.drawn.yours is not None)


def _no_map(shell: Shell) -> None:
    _empty(shell)
    shell.open(MAP)
    wait(shell.map.empty.isVisible)


def _nothing(shell: Shell) -> None:
    _listed(shell)
    shell.market.presenter.choose_source(Source(name="sports_injuries"))
    wait(lambda: shell.market.state.phase == "nothing")


def _empty(shell: Shell) -> None:
    wait(lambda: shell.market.state.phase == "empty" and shell.side.safety.isVisible())


def _offline(shell: Shell) -> None:
    wait(shell.offline.retry.isVisible)


def _outbox(shell: Shell) -> None:
    _listed(shell)
    shell.open(OUTBOX)


def _partners(shell: Shell) -> None:
    _listed(shell)
    shell.open(PARTNERS)
    wait(lambda: shell.partners.table.model().rowCount() > 0)


def _first_day(spoken: str) -> Story:
    return Story(spoken, empty=True)


def _copied(spoken: str) -> Story:
    return Story(spoken, copies=True)


def _no_node(_spoken: str) -> None:
    """Nobody answers."""


SCREENS: dict[str, tuple[Callable[[Shell], None], Callable[[str], Story | None]]] = {
    "market": (_market, Story),
    "market_matched": (_matched, Story),
    "market_misspelt": (_misspelt, Story),
    "market_same": (_same, _copied),
    "market_nothing_fits": (_nothing, Story),
    "market_empty": (_empty, _first_day),
    "map": (_map, Story),
    "map_with_data": (_placed, Story),
    "map_empty": (_no_map, _first_day),
    "not_running": (_offline, _no_node),
    "outbox": (_outbox, Story),
    "partners": (_partners, Story),
}


def shoot(name: str, spoken: str, size: tuple[int, int], file: Path | None) -> list[str]:
    """Render one screen; return what is wrong with it."""
    act, story = SCREENS[name]
    shell = window(story(spoken), size)
    try:
        act(shell)
        wait(lambda: True)
        wrong = checks.cut_texts(shell) + checks.overflow(shell) + checks.unnamed(shell)
        if file is not None:
            shell.grab().save(str(file))
    finally:
        shell.close()
        shell.deleteLater()
        QApplication.sendPostedEvents()
    return wrong


def main(argv: Sequence[str] | None = None) -> int:
    """Render all screens into a directory; return 1 where something does not fit."""
    parser = argparse.ArgumentParser(prog="python -m lwnode_gui.shots", description="Render every screen of the story.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("screens", nargs="*", metavar="SCREEN", help="only these: " + ", ".join(SCREENS))
    options = parser.parse_args(argv)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["TZ"] = "UTC"
    time.tzset()
    options.directory.mkdir(parents=True, exist_ok=True)
    application()
    failed = False
    for spoken in language.LANGUAGES:
        translators: tuple[QTranslator, ...] = language.install(spoken)
        for theme in ("light", "dark"):
            choice: Choice = "dark" if theme == "dark" else "light"
            install(Theme(choice, language=spoken, scale=1.0))
            jobs = [(name, SIZE, f"{name}_{spoken}_{theme}.png") for name in SCREENS]
            jobs += [
                (name, SMALL, f"{name}_{spoken}_{theme}_small.png")
                for name in ("market_matched", "market_nothing_fits", "map_with_data")
            ]
            for name, size, file in jobs:
                if options.screens and name not in options.screens:
                    continue
                wrong = shoot(name, spoken, size, options.directory / file)
                failed = failed or bool(wrong)
                sys.stdout.write(f"{file}  {'; '.join(wrong) or 'fits'}\n")
        for translator in translators:
            QCoreApplication.removeTranslator(translator)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
