# SPDX-License-Identifier: Apache-2.0
"""How results are printed: sentences and tables for a person, JSON for a program.  The only user of rich."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from lwnode.node import wire


def plain(text: str) -> str:
    """Return foreign text without control and direction characters, so that it cannot move the cursor."""
    if text.isprintable():  # nearly always, and at once
        return text
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))


def size_of(number: int) -> str:
    """Return a size in bytes for a person."""
    value = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return str(number)


def share_of(value: float | None) -> str:
    """Return a share as a percentage, or a dash where it is unknown."""
    return "–" if value is None else f"{value:.0%}"


@dataclass(frozen=True, slots=True)
class Output:
    """Prints in the way that was asked for."""

    as_json: bool

    def record(self, value: Any) -> bool:
        """Print a record as JSON where that was asked for; return whether it was."""
        if self.as_json:
            click.echo(wire.to_json(value).decode())
        return self.as_json

    def say(self, text: str) -> None:
        """Print one paragraph for a person; whatever foreign words are in it, it stays text."""
        if not self.as_json:
            click.echo("\n".join(plain(line) for line in text.split("\n")))

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> None:
        """Print a table, or one sentence where it has no rows."""
        if self.as_json:
            return
        if not rows:
            self.say(empty)
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="dim")
        for header in headers:
            right = header.startswith(">")
            table.add_column(header.removeprefix(">"), justify="right" if right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(plain(cell)) for cell in row))  # Text, so that nothing in it is taken for markup
        console = Console(highlight=False, soft_wrap=False, emoji=False, markup=False)
        console.print(table)
