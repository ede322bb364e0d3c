# SPDX-License-Identifier: Apache-2.0
"""Files of the `learnware` package on the command line: told from our own, and listed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lwnode.cli.render import Output, plain, size_of
from lwnode.paths import expanded

if TYPE_CHECKING:
    from lwnode.node.imports import ImportedWare

_END = 2**20 + 2**16  # bytes of a zip's end that hold its directory


def is_package_file(file: Path) -> bool:
    """Say whether a file is the package's: JSON, or a zip that names ``learnware.yaml`` and no signed manifest.

    Notes
    -----
    This only chooses which reader a file is given to; that reader checks everything.
    """
    path = expanded(file)
    if not path.is_file():
        return False
    with path.open("rb") as source:
        start = source.read(64)
        if start.lstrip()[:1] == b"{":
            return True
        source.seek(max(0, path.stat().st_size - _END))
        end = source.read(_END)
    return start[:4] == b"PK\x03\x04" and b"learnware.yaml" in end and b"manifest.sig" not in end


def show_imported(out: Output, wares: tuple[ImportedWare, ...]) -> None:
    """Print imported learnwares: one with everything that is known, several as a table."""
    if out.record(wares):
        return
    rows = [
        (w.id[:12], w.name, w.kind or "–", str(w.points or "–"), str(w.width or "–"), w.profile[:12] or "only kept")
        for w in wares
    ]
    empty = "nothing of the learnware package was imported"
    out.table(("id", "name", "kind", ">points", ">columns", "searched in profile"), rows, empty=empty)
    for ware in wares if len(wares) == 1 else ():
        if ware.form == "zip":
            out.say(plain(f"its model ({ware.model}) is kept as a file and never run"))
            out.table(("file", ">size"), [(f.name, size_of(f.size)) for f in ware.files], empty="")
        for problem in ware.problems:
            out.say(plain(problem))
        if not ware.profile and ware.kind in ("table", "text"):
            out.say("to search it, import it with --profile ID: the columns that its points are of, in their order")
