# SPDX-License-Identifier: Apache-2.0
"""What a search says, and what reuse is worth, where the right answer is known.

``python -m benchmarks reuse`` measures all, with ``--quick`` fewer domains and users, with ``--peer PYTHON`` the
reference engine in the same run.  A part alone: ``python -m benchmarks.reuse PART [--quick] [--peer PYTHON]``.

`score`
    The verdict against the truth: rows of a published domain, noise, shuffled and permuted columns, rows of a domain
    that nobody publishes, shares of a domain, and publishers who lie about their figures.  Its islands are in
    `islands`, `groceries` and `encoded`, its askers in `askers`, its liars in `liars`.
`selector`
    What choosing who speaks for each row costs, beside the reference's job selector.
"""

from __future__ import annotations

import importlib

from benchmarks.harness import Row

PARTS = ("score", "selector")


def measure(*, quick: bool, peer: str | None = None, parts: tuple[str, ...] = PARTS) -> list[Row]:
    """Return all rows.

    Parameters
    ----------
    quick : bool
        Fewer domains and askers: under two minutes of one core instead of about half an hour.
    peer : str, optional
        Python of the reference engine's environment (`make peer`).
    parts : tuple of str
    """
    rows: list[Row] = []
    for part in parts:
        rows += importlib.import_module(f"benchmarks.reuse.{part}").measure(quick=quick, peer=peer)
    return rows
