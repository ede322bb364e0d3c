# SPDX-License-Identifier: Apache-2.0
"""What the last search found, kept in the home so that ``lwnode reuse --search last`` can take it up."""

from __future__ import annotations

import json
from pathlib import Path

from lwnode.errors import NothingFitsError, SettingsError
from lwnode.node.handles import Search
from lwnode.paths import home_at


def _file(home: Path | None) -> Path:
    return home_at(home).root / "last-search.json"


def remember(home: Path | None, found: Search) -> None:
    """Keep the ids that a default reuse would weigh, the best first, and the verdict."""
    if found.found is None:
        return
    best = [found.found.single[0].learnware] if found.found.single else []
    if not best and found.found.multiple is not None:
        best = [found.found.multiple.members[0][0]]
    members = best + [identity for identity in found.compatible if identity not in best]
    _file(home).write_text(json.dumps({"verdict": found.found.verdict, "members": members}), encoding="utf-8")


def recall(home: Path | None) -> tuple[str, ...]:
    """Return the ids of the last search.

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
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError("there is no last search", hint="run `lwnode search DATA` first") from error
    if verdict in ("nothing fits", "too little data") or not members:
        raise NothingFitsError(f"the last search said: {verdict}", hint="to insist, name learnwares with --with ID")
    return members
