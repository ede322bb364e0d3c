# SPDX-License-Identifier: Apache-2.0
"""What a search of the index found, by id and with its certificate.

Called by the index.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lwnode.market.index.search import Ranking
from lwnode.market.results import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The nearest learnwares.

    Parameters
    ----------
    ids : tuple of str
        The nearest first.
    distances : tuple of float
        MMD of each.
    certificate : Certificate
        Its method is ``certified`` where no other learnware can be nearer than the last one listed, and ``approximate``
        where only some were looked at.
    """

    ids: tuple[str, ...]
    distances: tuple[float, ...]
    certificate: Certificate


def answer(found: Ranking, name_of: Callable[[int], str], k: int, rows: int) -> Nearest:
    """Put ids beside what was found.

    Parameters
    ----------
    found : Ranking
    name_of : callable
        Row → id.
    k : int
        How many were asked for.
    rows : int
        Of the user.
    """
    count = min(k, len(found.rows))
    last = np.sort(found.squares)[count - 1] if count else 0.0
    near = [
        (float(square), name_of(int(row)))
        for row, square in zip(found.rows, found.squares, strict=True)
        if square <= last
    ]
    near.sort()
    others = np.sort(found.squares)[count:]
    bounds = [float(np.sqrt(others[0]))] if len(others) else []
    bounds += [] if found.bound is None else [found.bound]
    return Nearest(
        ids=tuple(name for _, name in near[:count]),
        distances=tuple(float(np.sqrt(square)) for square, _ in near[:count]),
        certificate=Certificate(
            method="certified" if found.certified else "approximate",
            compared=len(found.rows),
            rows=rows,
            last=float(np.sqrt(last)) if count else None,
            next=min(bounds, default=None) if found.certified else None,
        ),
    )
