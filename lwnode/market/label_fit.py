# SPDX-License-Identifier: Apache-2.0
"""Whether a found learnware's data agree with mine about the *labels* too, where both have them.

A search ranks by the rows alone, so it works without labels.  Where some of the user's rows have labels and a
specification is labelled, the two are also compared class by class: a learnware can fit the rows and answer another
question, or the same one under other names.

Rules
-----
* Nothing here changes the order or the verdict of a search.
* Labels of the same name are taken for the same; others are matched by where their rows lie, and shown.
* The user's labels stay in this process.

Called by the node's search for the learnwares that it shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import SpecificationError
from lwnode.market.entry import Entry
from lwnode.specification import LabelMatch, Labels, Specification, labelled_mmd2, match_labels, raw_matrix, specify

_FEWEST = 10  # rows with a label, below which nothing is said
_MOST_CLASSES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFit:
    """How a learnware's labels agree with the user's.

    Parameters
    ----------
    learnware : str
    distance : float
        In the space of rows and labels, `lwnode.specification.labelled_mmd2`'s root; with labels as ``pairs`` has them.
    as_named : float
        The same with labels taken for the same only where their names are.
    pairs : tuple of LabelMatch
        The learnware's labels (``first``) and the user's (``second``) that may mean the same.
    """

    learnware: str
    distance: float
    as_named: float
    pairs: tuple[LabelMatch, ...]

    @property
    def renamed(self) -> bool:
        """Whether labels of other names describe the data clearly better."""
        return self.distance < 0.8 * self.as_named and any(pair.first != pair.second for pair in self.pairs)


def label_fit(entry: Entry, columns: Mapping[str, NDArray[Any]], labels: NDArray[Any]) -> LabelFit | None:
    """Return how a learnware's labels agree with the user's, or None where they cannot be compared.

    Parameters
    ----------
    entry : Entry
    columns : mapping
        Name → (n,) values of the user's table.
    labels : (n,)
        The user's target; NaN or None where a row has none.

    Notes
    -----
    An exact labelled specification of the rows that have a label, O(n·m·d).
    """
    theirs = entry.specification
    if theirs.labels is None:
        return None
    ours = _own(theirs, columns, labels)
    if ours is None:
        return None
    as_named = labelled_mmd2(theirs, ours)
    pairs = match_labels(theirs, ours)
    best = as_named
    if not theirs.card.label_edges:  # bins have an order, and are what they are
        best = min(as_named, labelled_mmd2(theirs, ours, same={pair.second: pair.first for pair in pairs}))
    return LabelFit(learnware=entry.id, distance=float(np.sqrt(best)), as_named=float(np.sqrt(as_named)), pairs=pairs)


def _own(theirs: Specification, columns: Mapping[str, NDArray[Any]], values: NDArray[Any]) -> Specification | None:
    """Return a labelled specification of the user's labelled rows, in the frame and with the bins of theirs."""
    edges = theirs.card.label_edges
    if edges:
        if values.dtype == object:
            return None
        labels = Labels.from_numbers(values, low=edges[0], high=edges[-1], bins=len(edges) - 1)
    else:
        names = _names(values)
        if not 1 <= len(names) <= _MOST_CLASSES:
            return None
        labels = Labels.from_classes(values, names)
    rows = np.flatnonzero(labels.of_rows >= 0)
    if len(rows) < _FEWEST:
        return None
    try:
        raw = raw_matrix(theirs.profile, dict(columns))
    except SpecificationError:
        return None  # other columns
    size = max(50, labels.count)
    return specify(raw[rows], theirs.profile, privacy="public", size=size, labels=labels.take(rows), labelled=True)


def _names(values: NDArray[Any]) -> tuple[str, ...]:
    """Return the user's classes, as a file spells them."""
    if values.dtype == object:
        return tuple(sorted({str(value) for value in values if value is not None}))
    found = np.unique(values[np.isfinite(values)])
    return tuple(str(int(value)) if float(value).is_integer() else str(value) for value in found[: _MOST_CLASSES + 1])
