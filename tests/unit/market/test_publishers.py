# SPDX-License-Identifier: Apache-2.0
"""Places of a list: a few for each publisher, in the order given, and nobody lost."""

from __future__ import annotations

import pytest

from lwnode.market.publishers import places


def owner(item: str) -> str:
    return "" if item[0] == "?" else item[0]


@pytest.mark.parametrize(
    ("items", "each", "top", "listed", "held"),
    [
        ("a1 a2 b1 a3 a4 c1 a5", 3, 10, "a1 a2 b1 a3 c1", "a4 a5"),
        ("a1 a2 b1 a3 a4 c1 a5", None, 10, "a1 a2 b1 a3 a4 c1 a5", ""),
        ("a1 a2 a3 b1 c1", 1, 2, "a1 b1", "a2 a3"),
        ("a1 b1 a2 a3", 1, 2, "a1 b1", ""),  # the list was full before them: whoever they are, they have no place
        ("?1 ?2 ?3 a1 a2", 1, 10, "?1 ?2 ?3 a1", "a2"),  # unknown publishers may be different ones
        ("", 3, 10, "", ""),
    ],
)
def test_places(items: str, each: int | None, top: int, listed: str, held: str) -> None:
    assert places(items.split(), owner, each=each, top=top) == (tuple(listed.split()), tuple(held.split()))
