# SPDX-License-Identifier: Apache-2.0
"""What every command shares: ``--home``, ``--json``, an open node, and progress on a terminal."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lwnode.cli.render import Output

if TYPE_CHECKING:
    from lwnode.node.facade import Node
    from lwnode.types import Progress

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Session:
    """One run of a command: which home, how to print."""

    home: Path | None
    out: Output

    def node(self, *, network: bool = False) -> Node:
        """Open the node; ``network`` brings Flower where no daemon holds the home."""
        from lwnode.daemon.network import flower
        from lwnode.errors import TrustError
        from lwnode.node.facade import Node

        transport = flower if network else None
        try:
            return Node.open(self.home, transport=transport)
        except TrustError:
            secret = self.ask_passphrase()
            if secret is None:
                raise
            return Node.open(self.home, transport=transport, passphrase=secret.decode())

    def ask_passphrase(self) -> bytes | None:
        """Ask for the keys' passphrase on a terminal where they have one and no variable names it; None otherwise."""
        import os

        from lwnode.node.passphrase import passphrase_from
        from lwnode.paths import home_at
        from lwnode.trust import KeyStore

        home = home_at(self.home)
        unknown = passphrase_from(None, os.environ) is None
        if not (unknown and sys.stdin.isatty() and KeyStore.is_encrypted(home.keys)):
            return None
        return str(click.prompt("Passphrase for the keys", hide_input=True, err=True)).encode()

    def progress(self) -> Progress:
        """Return a progress line for a terminal, or nothing where standard error is not one."""
        if not sys.stderr.isatty():
            from lwnode.types import silent

            return silent

        def show(share: float | None, doing: str) -> None:
            mark = f"{share:4.0%}" if share is not None else " ···"
            click.echo(f"\r\033[2K{mark}  {doing}", nl=False, err=True)

        click.get_current_context().call_on_close(lambda: click.echo("\r\033[2K", nl=False, err=True))
        return show


def command(group: click.Group, name: str) -> Callable[[F], click.Command]:
    """Make a function a command of ``group`` with ``--home`` and ``--json``; it is given a `Session` first."""

    def wrap(function: F) -> click.Command:
        @functools.wraps(function)
        def run(home: Path | None, as_json: bool, **arguments: Any) -> Any:
            return function(Session(home, Output(as_json=as_json)), **arguments)

        made = click.command(name)(run)
        made.params.append(
            click.Option(
                ["--home"],
                type=click.Path(path_type=Path, file_okay=False),
                help="The node's directory (default: LWNODE_HOME, or the platform's).",
            )
        )
        made.params.append(click.Option(["--json", "as_json"], is_flag=True, help="Print JSON for a program."))
        group.add_command(made)
        return made

    return wrap
