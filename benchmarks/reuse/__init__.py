# SPDX-License-Identifier: Apache-2.0
"""What a search says, and what reuse is worth, where the right answer is known.

``python -m benchmarks reuse`` measures all, with ``--quick`` fewer domains and users.  A part alone:
``python -m benchmarks.reuse PART [--quick] [--json FILE]``.

`score`
    The verdict against the truth: rows of a published domain, noise, shuffled and permuted columns, rows of a domain
    that nobody publishes, shares of a domain, and publishers who lie about their figures.  Its islands are in
    `islands`, `groceries` and `encoded`, its askers in `askers`, its liars in `liars`.
"""

from __future__ import annotations

import importlib
import importlib.util

from benchmarks.harness import Row

PARTS = ("score",)


def measure(*, quick: bool, parts: tuple[str, ...] = PARTS) -> list[Row]:
    """Return all rows.

    Parameters
    ----------
    quick : bool
        Fewer domains and askers: under two minutes of one core instead of about half an hour.
    parts : tuple of str
    """
    rows: list[Row] = []
    for part in parts:
        if importlib.util.find_spec(f"benchmarks.reuse.{part}") is not None:
            rows += importlib.import_module(f"benchmarks.reuse.{part}").measure(quick=quick)
    return rows
