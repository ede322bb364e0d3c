# SPDX-License-Identifier: Apache-2.0
"""Finding one thing by what a person typed: a whole id, a name, or the beginning of an id.

Rules
-----
* Names are told apart by case; the nearest one is suggested where nothing is found.
* The beginning of an id counts from four characters on, and only where one thing has it.

Called by the aggregates that have names or ids.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from lwnode.errors import NotFoundError, StoreError
from lwnode.store.database import Database

SHORTEST = 4  # characters of the beginning of an id
_HIGHEST = "\U0010ffff"


def not_found(what: str, text: str, known: Iterable[str]) -> NotFoundError:
    """Return the error that suggests the nearest of the known names."""
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(text.casefold(), folded, n=1)
    if near:
        hint = f"did you mean '{folded[near[0]]}'?"
    else:
        hint = f"there is no {what} yet" if not folded else f"list every {what} to see the names"
    return NotFoundError(f"there is no {what} '{_shown(text)}'", hint=hint)


def id_of(database: Database, text: str, *, what: str, ids: str, names: str = "") -> str:
    """Return the id that ``text`` means.

    Parameters
    ----------
    database : Database
    text : str
        An id, a name, or the beginning of an id.
    what : str
        What is looked for, for the message, such as ``model``.
    ids : str
        Statement that gives the ids (as ``id``) from one value up to, and without, another.
    names : str
        Statement that gives ``id`` and ``name`` of everything; empty where there are no names.

    Raises
    ------
    NotFoundError
        Nothing has it; the hint names what is nearest.
    StoreError
        More than one has it; the message says how many.
    """
    found = [str(row["id"]) for row in database.rows(ids, text, text + _HIGHEST)]
    if text in found:
        return text
    named = [(str(row["name"]), str(row["id"])) for row in database.rows(names)] if names else []
    called = [id_ for name, id_ in named if name == text]
    if not called and len(text) >= SHORTEST:
        called = found
    if len(called) == 1:
        return called[0]
    if called:
        raise StoreError(
            f"'{_shown(text)}' means {len(called)} of the {what}s",
            hint="give more of the id, such as " + ", ".join(id_[: len(text) + 8] for id_ in sorted(called)[:3]),
        )
    raise not_found(what, text, [name for name, _ in named])


def _shown(text: str) -> str:
    """Return what a person typed, short and on one line."""
    line = "".join(c if c.isprintable() else "?" for c in text)
    return line if len(line) <= 64 else line[:61] + "..."
