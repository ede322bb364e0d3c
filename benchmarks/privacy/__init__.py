# SPDX-License-Identifier: Apache-2.0
"""What specifications tell about single rows: republished rows, membership attacks, and the noise that stops them.

``python -m benchmarks privacy`` measures all, with ``--quick`` fewer repetitions, with ``--peer PYTHON`` the reference
engine beside it.  A part alone: ``python -m benchmarks.privacy PART [--quick] [--peer PYTHON]`` with PART one of

`noise`
    The noise of 200 random releases and of compositions, against ``dp-accounting``.
`republication`
    Points that are rows, and planted rows that are one of a kind, on thirteen data sets.
`releases`
    The strongest membership attacks that we know on private releases, against the proven bound.
`canaries`
    The same kind of attack where it must find something: without that, the others would prove nothing.
`models`
    Membership attacks on models, where that part is there.
"""

from __future__ import annotations

import importlib
import importlib.util

from benchmarks.harness import Row

PARTS = ("noise", "republication", "releases", "canaries")


def measure(*, quick: bool, peer: str | None = None, parts: tuple[str, ...] = (*PARTS, "models")) -> list[Row]:
    """Return all rows.

    Parameters
    ----------
    quick : bool
        Fewer repetitions: about a minute of one core instead of about ten.
    peer : str, optional
        Python of the reference engine's environment.
    parts : tuple of str
    """
    rows: list[Row] = []
    for part in parts:
        if importlib.util.find_spec(f"benchmarks.privacy.{part}") is None:
            continue
        module = importlib.import_module(f"benchmarks.privacy.{part}")
        given = {"peer": peer} if part in ("republication", "canaries") else {}
        rows += module.measure(quick=quick, **given)
    return rows
