# SPDX-License-Identifier: Apache-2.0
"""Rare categories: a level that few rows have, listed for everybody to read.

A list of levels says that somebody with each of them is in the data.  It leaves in the levels of a profile, in the
inputs and classes of a card, and as words inside a model file.

Rules
-----
* The finding names the list and how many of its levels are rare, never a level.
* A level that no row has tells nothing about the rows.  One that somebody else published before tells nothing new: the
  caller leaves such lists out.

Called by the audit of a draft.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import Finding
from lwnode.specification.copies import SHARED

FEWEST = SHARED  # rows that make a level common


def rare(levels: Iterable[str], values: NDArray[Any]) -> int:
    """Return how many of some levels are held by at least one and fewer than `FEWEST` rows.

    Parameters
    ----------
    levels : iterable of str
    values : (n,)
        Of the column: texts with None for missing, or numbers with NaN.
    """
    counts = Counter(_word(value) for value in values.tolist())
    return sum(0 < counts[level] < FEWEST for level in set(levels))


def audit_levels(
    lists: Mapping[str, Iterable[str]], columns: Mapping[str, NDArray[Any]], *, where: str
) -> tuple[Finding, ...]:
    """Return a warning for every list that holds rare levels.

    Parameters
    ----------
    lists : mapping
        Column → levels that would leave.
    columns : mapping
        Column → (n,) values; a list of a column that is not here is passed over.
    where : str
        The file with the lists.

    Returns
    -------
    tuple of Finding
        ``rare-levels``: warn.
    """
    out: list[Finding] = []
    for name, levels in lists.items():
        if name in columns and (count := rare(levels, np.asarray(columns[name]))):
            many = "a level" if count == 1 else f"{count} levels"
            message = (
                f"column '{name}' lists {many} that fewer than {FEWEST} rows have; merge or leave out what is rare"
            )
            out.append(Finding(code="rare-levels", severity="warn", message=message, where=where))
    return tuple(out)


def audit_words(words: Iterable[str], columns: Mapping[str, NDArray[Any]], *, where: str) -> tuple[Finding, ...]:
    """Return a finding for every column of which a model file holds rare values as words.

    Parameters
    ----------
    words : iterable of str
        All text in the file.
    columns : mapping
        Column → (n,) values of columns of text or categories, identifiers included.
    where : str

    Returns
    -------
    tuple of Finding
        ``rare-words``: warn.
    """
    known = set(words) - {""}
    out: list[Finding] = []
    for name, values in columns.items():
        if count := rare(known, np.asarray(values)):
            many = "a value" if count == 1 else f"{count} values"
            message = f"the model file spells out {many} of column '{name}' that fewer than {FEWEST} rows have"
            out.append(Finding(code="rare-words", severity="warn", message=message, where=where))
    return tuple(out)


def _word(value: object) -> str:
    """Return a value as a list of levels would spell it; missing ones as nothing."""
    if value is None or value != value:  # noqa: PLR0124  # NaN
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
