# SPDX-License-Identifier: Apache-2.0
"""``lwnode daemon``, ``gui``, ``demo``: commands that start processes of their own."""

from __future__ import annotations

import os
from pathlib import Path

import click

from lwnode.cli.options import Session, command


def attach(root: click.Group) -> None:
    """Hang the commands into the tree."""
    command(root, "daemon")(daemon)
    command(root, "gui")(gui)
    command(root, "demo")(demo)


@click.option("--hub", is_flag=True, help="Serve a hub for a consortium too.")
@click.option("--hub-name", default="", help="What the consortium calls itself.")
@click.option("--hub-address", default=None, help="host:port the hub listens on (default: the setting's).")
@click.option("--offline", is_flag=True, help="Without Flower: nothing can be sent or received.")
@click.option("--with-parent", type=int, default=0, metavar="PID", help="End when its parent PID ends.")
@click.option("--log-level", default=None, type=click.Choice(["debug", "info", "warning", "error"]))
def daemon(
    session: Session,
    hub: bool,
    hub_name: str,
    hub_address: str | None,
    offline: bool,
    with_parent: int,
    log_level: str | None,
) -> None:
    """Run the node: Flower worker, local API and, with --hub, a hub; until Ctrl-C or SIGTERM."""
    from lwnode import logs, settings
    from lwnode.daemon.service import Daemon
    from lwnode.node.passphrase import passphrase_from
    from lwnode.paths import home_at

    home = home_at(session.home)
    flags = {"hub_address": hub_address, "log_level": log_level}
    chosen = settings.load(home.settings, os.environ, flags)
    logs.configure(chosen.log_level)
    Daemon(
        home,
        chosen,
        passphrase_from(None, os.environ) or session.ask_passphrase(),
        announce=session.out.say,
        hub=hub,
        hub_name=hub_name,
        network=not offline,
        with_parent=with_parent,
    ).run()


@click.option("--demo", "demo_dir", type=click.Path(path_type=Path), help="Open the clinic of a demo, made if need be.")
@click.option("--language", type=click.Choice(["en", "zh_CN"]), default=None)
@click.option("--theme", type=click.Choice(["light", "dark"]), default=None)
def gui(session: Session, demo_dir: Path | None, language: str | None, theme: str | None) -> int:
    """Open the window on a running daemon; start one where there is none."""
    from lwnode.cli.desktop import open_window

    return open_window(session.home, demo_dir, language=language, theme=theme)


@click.option("--out", type=click.Path(path_type=Path), default=Path("lwnode-demo"), show_default=True)
@click.option("--keep", is_flag=True, help="Leave the daemons running.")
def demo(session: Session, out: Path, keep: bool) -> int:
    """Run a hub, three hospitals and two clinics on this computer, over real Flower with TLS."""
    from lwnode.cli.demo import run_demo

    return run_demo(out, as_json=session.out.as_json, keep=keep)
