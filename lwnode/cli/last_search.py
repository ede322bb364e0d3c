# SPDX-License-Identifier: Apache-2.0
"""What the last search found, kept in the home so that ``lwnode reuse --search last`` can take it up."""

from __future__ import annotations

import json
from pathlib import Path

from lwnode.errors import NothingFitsError, SettingsError
from lwnode.node.handles import Choice, Search
from lwnode.paths import home_at


def _file(home: Path | None) -> Path:
    return home_at(home).root / "last-search.json"


def remember(home: Path | None, found: Search) -> None:
    """Keep the verdict and what the search recommends to reuse."""
    if found.found is None:
        _file(home).unlink(
            missing_ok=True
        )  # a search by words recommends nothing; an older one must not be taken for it
        return
    fits = found.found.verdict not in ("nothing fits", "too little data")
    choice = found.choice if fits else Choice(members=())
    content = {"verdict": found.found.verdict, "members": choice.members, "weights": choice.weights}
    _file(home).write_text(json.dumps(content), encoding="utf-8")


def recall(home: Path | None) -> Choice:
    """Return what the last search recommends to reuse.

    Raises
    ------
    SettingsError
        There was none.
    NothingFitsError
        It found nothing that fits.
    """
    try:
        content = json.loads(_file(home).read_text(encoding="utf-8"))
        verdict, members = str(content["verdict"]), tuple(map(str, content["members"]))
        weights = {str(k): float(v) for k, v in content["weights"].items()} if content["weights"] else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError("there is no last search", hint="run `lwnode search DATA` first") from error
    if not members:
        raise NothingFitsError(f"the last search said: {verdict}", hint="to insist, name learnwares with --with ID")
    return Choice(members=members, weights=weights)
