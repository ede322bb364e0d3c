# SPDX-License-Identifier: Apache-2.0
"""The nearest of many specifications: what it costs beside the reference engine, whether it is right, and at a million.

The words of many cards, too.

``python -m benchmarks search`` measures all, with ``--quick`` smaller markets and fewer users, with ``--peer PYTHON``
the reference engine in the same run.  A part alone: ``python -m benchmarks.search PART [--quick] [--peer PYTHON]``.

`beside`
    100 to 5,000 learnwares beside the reference engine's searcher.
`proof`
    20,000 learnwares against brute force, with the certificate.
`million`
    A million learnwares: searching, changing, opening, memory.
`home`
    A node with 2,000 learnwares: opening it, its first search, its memory.
`words`
    The text search of 100,000 cards in English and Chinese: how long a query takes, and whether it finds all.

The markets are those of `benchmarks.search.markets`, the cards those of `benchmarks.search.cards`.
"""

from __future__ import annotations

import importlib

from benchmarks.harness import Row

PARTS = ("beside", "proof", "million", "home", "words")


def measure(*, quick: bool, peer: str | None = None, parts: tuple[str, ...] = PARTS) -> list[Row]:
    """Return all rows.

    Parameters
    ----------
    quick : bool
        A market of 50,000 in the place of a million, and 5,000 cards of 100,000: about two minutes of one core instead
        of about twenty-five with a peer.
    peer : str, optional
        Python of the reference engine's environment (`make peer`).
    parts : tuple of str
    """
    rows: list[Row] = []
    for part in parts:
        rows += importlib.import_module(f"benchmarks.search.{part}").measure(quick=quick, peer=peer)
    return rows
