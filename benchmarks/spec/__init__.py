# SPDX-License-Identifier: Apache-2.0
"""What a specification costs and how near it comes, beside the reference engine where there is one.

``python -m benchmarks spec`` measures all, with ``--quick`` fewer seeds and smaller tables, with ``--peer PYTHON`` the
reference engine in the same run.  A part alone: ``python -m benchmarks.spec PART [--quick] [--peer PYTHON]``.

`tables`
    CPU seconds and distance of exact fits on tables of many sizes, against the reference engine's; a million rows.
`accuracy`
    What privacy costs: the right source among 20 domains, the error that noise adds, redrafts.
`encoders`
    Images and texts.
`interop`
    The reference engine's files, and the size on disk.
"""

from __future__ import annotations

import importlib
import importlib.util

from benchmarks.harness import Row

PARTS = ("tables", "accuracy", "encoders", "interop")


def measure(*, quick: bool, peer: str | None = None, parts: tuple[str, ...] = PARTS) -> list[Row]:
    """Return all rows.

    Parameters
    ----------
    quick : bool
        Fewer seeds, no table of more than 10,000 rows: about a minute of one core instead of about fifteen with a peer.
    peer : str, optional
        Python of the reference engine's environment (`make peer`).
    parts : tuple of str
    """
    rows: list[Row] = []
    for part in parts:
        if importlib.util.find_spec(f"benchmarks.spec.{part}") is not None:
            rows += importlib.import_module(f"benchmarks.spec.{part}").measure(quick=quick, peer=peer)
    return rows
