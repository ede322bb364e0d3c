# SPDX-License-Identifier: Apache-2.0
"""The folder of an index: one generation in use, and at most one in the making.

::

    index/
    ├── lock
    ├── 000001/          in use
    └── 000002.part/     in the making; what a killed process leaves of it is removed

Compaction writes the next generation whole, gives it its name, and then removes the one before: a crash at any moment
leaves one of the two.

Called by `lwnode.market.index.specification_index`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from lwnode.market.index.anchors import Anchors
from lwnode.market.index.files import IndexFiles
from lwnode.store import durable

_UNFINISHED = ".part"


def current(folder: Path) -> Path | None:
    """Return the newest generation of an index, removing what a killed process left of others; None where none is."""
    try:
        generations = sorted(entry for entry in folder.iterdir() if entry.is_dir())
        whole = [entry for entry in generations if _is_generation(entry.name)]
        for entry in generations:
            if entry.name.endswith(_UNFINISHED) or entry in whole[:-1]:
                shutil.rmtree(entry)
    except OSError as error:
        raise durable.problem(error, "the search index") from error
    return whole[-1] if whole else None


def begin(folder: Path, profile: str, anchors: Anchors) -> Path:
    """Make the folder of the next generation, unfinished, and return it."""
    last = current(folder)
    unfinished = folder / f"{1 + int(last.name if last else 0):06d}{_UNFINISHED}"
    durable.make_folder(unfinished)
    IndexFiles.create(unfinished, profile, anchors)
    return unfinished


def finish(unfinished: Path) -> Path:
    """Make an unfinished generation the current one."""
    whole = unfinished.with_suffix("")
    try:
        unfinished.rename(whole)
    except OSError as error:
        raise durable.problem(error, "the search index") from error
    durable.flush_folder(whole.parent)
    current(whole.parent)
    return whole


def _is_generation(name: str) -> bool:
    return len(name) == 6 and name.isascii() and name.isdigit()
