# SPDX-License-Identifier: Apache-2.0
"""The sentences of a search, each under a stable code.

Rules
-----
* Short sentences in the reader's words: your rows, its data, a sketch (what the field calls a specification).
* No data values; distances and counts of learnwares are the only numbers.
* A code never changes its meaning; faces translate by code.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        # one learnware
        "fits": "Its data look like yours, and the columns hang together in the same way.",
        "fits-one-column": "Its data look like yours; there is only one column to compare.",
        "fits-unchecked": "Its data look like yours, column by column. "
        "Whether the columns hang together in the same way could not be checked.",
        "fits-coarsely": "Your columns hang together as in its data. Both are near the public average, "
        "so there is no number for how well it fits.",
        "columns-only": "Column by column its data look like yours, "
        "but the columns do not hang together in the same way.",
        "partly": "Its data look like a part of your rows.",
        "partly-unchecked": "Its data look like a part of your rows. "
        "Whether the columns hang together in the same way could not be checked.",
        "far": "Its data are far from your rows.",
        "columns-alike": "At most single columns look alike; taken together, its data are different.",
        "coarse-sketch": "Its sketch is too coarse to tell: few rows are behind it, or much noise protects them.",
        "covers-anything": "Its sketch would cover almost any table, so it says little about yours.",
        "few-rows": "You have too few rows to tell.",
        # one learnware, on some of its columns
        "shared-fits": "On the columns that you share its data look like yours; its others could not be compared.",
        "shared-unchecked": "On the columns that you share its data look like yours, one by one. "
        "Whether they hang together could not be checked.",
        "shared-partly": "On the columns that you share its data look like a part of your rows; "
        "its others could not be compared.",
        # several together
        "together": "Together they look like your data: each of them knows a part of your rows.",
        "together-coarsely": "Together they may be like your data, but they are near the public average, "
        "so there is no number for how well they fit.",
        "together-partly": "Together they look like a part of your rows.",
        # a whole search
        "no-learnwares": "There is nothing to compare your rows with yet.",
        "no-compatible": "None of the models on offer can be compared with your columns.",
        "nothing-fits": "None of the models on offer was trained on data like yours.",
        # not compared
        "missing-columns": "It needs columns that you do not have.",
        "other-type": "A column of that name holds another kind of values.",
        "other-unit": "A column of that name is in another unit.",
        "other-data": "It is made for another kind of data.",
    }
)

TOGETHER: Mapping[str, str] = MappingProxyType(
    {"fits": "together", "fits-coarsely": "together-coarsely", "partly": "together-partly"}
)
"""Code of one learnware → code of several together; the dependence of a mixture is always seen."""


def why(distance: float, floor: float) -> str:
    """Return the distance against the floor, in one sentence."""
    return f"It is {distance:.3f} away from your rows; data of the same source would be about {floor:.3f} away."
