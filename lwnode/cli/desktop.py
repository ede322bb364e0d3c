# SPDX-License-Identifier: Apache-2.0
"""Open the window on a running daemon, starting one where there is none."""

from __future__ import annotations

from pathlib import Path

from lwnode.cli.demo.processes import Fleet
from lwnode.paths import home_at


def open_window(home: Path | None, demo: Path | None, *, language: str | None, theme: str | None) -> int:
    """Open the window and return its exit status.

    Parameters
    ----------
    home : Path or None
        The node's home.
    demo : Path or None
        Directory of a demo; its clinic is opened.  The demo runs first where it has not run there yet.
    language, theme : str or None
        Default: the desktop's own.
    """
    import lwnode_gui

    options = [*(["--language", language] if language else []), *(["--theme", theme] if theme else [])]
    if demo is None:
        return lwnode_gui.main(["--home", str(home_at(home).root), *options])
    from lwnode.cli.demo import run_demo

    demo = demo.absolute()
    if not (demo / "summary.json").exists():
        run_demo(demo)
    passphrase = (demo / "passphrase").read_text(encoding="utf-8").strip()
    with Fleet(demo, passphrase=passphrase) as fleet:
        fleet.start("hub", "--hub")
        fleet.start("clinic")
        fleet.node("clinic").close()
        return lwnode_gui.main(["--home", str(fleet.home("clinic").root), *options])
