# SPDX-License-Identifier: Apache-2.0
"""No publisher takes more than a few places of a list: whoever publishes much must not be all that is seen.

Rules
-----
* The order stays: a place is given to the first of a publisher's, the others step back behind everybody else's.
* Nothing is dropped: what steps back is returned too, in its order.
* A publisher is a key, not a name: names can be alike.  Where the publisher is unknown, nothing steps back.

Called by the searcher.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

PLACES = 3
"""Places of one publisher in a list, where the caller says nothing else."""

T = TypeVar("T")


def places(
    items: Iterable[T], publisher: Callable[[T], str], *, each: int | None, top: int
) -> tuple[tuple[T, ...], tuple[T, ...]]:
    """Give the places of a list.

    Parameters
    ----------
    items : iterable
        The best first.
    publisher : callable
        Returns an item's publisher, empty where nobody knows.
    each : int or None
        Most places of one publisher, ≥ 1; None for no limit.
    top : int
        Most places.

    Returns
    -------
    listed, held : tuple
        Who has a place, and who would have one but for the publisher's others; both in the order given.
    """
    taken: Counter[str] = Counter()
    listed: list[T] = []
    held: list[T] = []
    for item in items:
        if len(listed) == top:
            break
        own = publisher(item)
        if each is not None and own and taken[own] >= each:
            held.append(item)
            continue
        taken[own] += 1
        listed.append(item)
    return tuple(listed), tuple(held)
