# SPDX-License-Identifier: Apache-2.0
"""What is the same to a user in this node's catalogue: the market's folding, brought up to date at each search.

Rules
-----
* Nothing of it is kept on disk: it follows from the catalogue, and from when each learnware came here.
* A model's answers are not compared here, so that only the very same sketch under the same question is folded.

Called by the search and the map.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from lwnode.market import Entry, Fold
from lwnode.market.organizer import Folding, Listed
from lwnode.store import CatalogueRow
from lwnode.types import Progress, silent


class Folds:
    """The folded catalogue of an open node; safe for several threads at once."""

    def __init__(self) -> None:
        self._folding = Folding()
        self._known: set[str] = set()
        self._lock = threading.Lock()

    def of(
        self, rows: Sequence[CatalogueRow], entries: Sequence[Entry], progress: Progress = silent
    ) -> Mapping[str, Fold]:
        """Return id → fold for everything that stands under another.

        Parameters
        ----------
        rows : sequence of CatalogueRow
            What is ready; who is not among them any more is taken out.
        entries : sequence of Entry
            Of some of these rows; who was not seen before is taken in.
        progress : callable, optional

        Raises
        ------
        CancelledError
            ``progress`` asked to stop; the next call goes on where this one stopped.

        Notes
        -----
        Some milliseconds for each learnware that is new, nothing for the others.
        """
        by_id = {row.id: row for row in rows}
        with self._lock:
            for gone in self._known - by_id.keys():
                self._known.remove(gone)
                self._folding.withdraw(gone)
            unseen = [entry for entry in entries if entry.id in by_id and entry.id not in self._known]
            new = [_listed(entry, by_id[entry.id]) for entry in unseen]
            for at, listed in enumerate(sorted(new, key=lambda each: each.order)):
                progress(at / len(new), "looking for what is the same")
                self._folding.add(listed)
                self._known.add(listed.entry.id)
            return self._folding.folds


def _listed(entry: Entry, row: CatalogueRow) -> Listed:
    return Listed(entry=entry, publisher=row.publisher, received=row.received, own=row.own)
