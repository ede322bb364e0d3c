# SPDX-License-Identifier: Apache-2.0
"""What the last search found, kept in the home so that ``lwnode reuse --search last`` can take it up."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lwnode.errors import NothingFitsError, SettingsError
from lwnode.node.handles import Choice, Search
from lwnode.paths import home_at


def _file(home: Path | None) -> Path:
    return home_at(home).root / "last-search.json"


def remember(home: Path | None, found: Search) -> None:
    """Keep the verdict and what the search recommends to reuse, by name and through a map of columns."""
    if found.found is None:
        _file(home).unlink(
            missing_ok=True
        )  # a search by words recommends nothing; an older one must not be taken for it
        return
    content = {"verdict": found.found.verdict, "choice": _kept(lambda: found.choice)}
    if found.found.islands:
        content["across"] = _kept(lambda: found.choice_across)
    _file(home).write_text(json.dumps(content), encoding="utf-8")


def _kept(choice: Callable[[], Choice]) -> dict[str, object]:
    """Return a choice as it is written; an empty one where nothing fits."""
    try:
        chosen = choice()
    except NothingFitsError:
        chosen = Choice(members=())
    return dataclasses.asdict(chosen)


def recall(home: Path | None, *, across: bool = False) -> Choice:
    """Return what the last search recommends to reuse.

    Parameters
    ----------
    home : Path, optional
    across : bool
        Also what it reached through a map of columns.

    Raises
    ------
    SettingsError
        There was none, or it did not look across islands.
    NothingFitsError
        It found nothing that fits.
    """
    try:
        content = json.loads(_file(home).read_text(encoding="utf-8"))
        verdict, kept = str(content["verdict"]), content.get("across") if across else content["choice"]
        chosen = None if kept is None else _read(kept)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError("there is no last search", hint="run `lwnode search DATA` first") from error
    if chosen is None:
        raise SettingsError(
            "the last search reached nothing through a map of columns", hint="run `lwnode search DATA --across` first"
        )
    if not chosen.members:
        raise NothingFitsError(f"the last search said: {verdict}", hint="to insist, name learnwares with --with ID")
    return chosen


def _read(kept: dict[str, Any]) -> Choice:
    """Return a choice as it was written."""
    weights, maps = kept["weights"], kept["maps"]
    return Choice(
        members=tuple(map(str, kept["members"])),
        weights={str(k): float(v) for k, v in weights.items()} if weights else None,
        across=bool(kept["across"]),
        maps={str(k): str(v) for k, v in maps.items()} if maps else None,
    )
