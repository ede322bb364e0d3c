# SPDX-License-Identifier: Apache-2.0
"""What is the same to a user in this node's catalogue: the market's folding, brought up to date at each search.

Rules
-----
* Of it only how models agree is kept on disk: the rest follows from the catalogue, and from when each learnware came.
* Models of learnwares that look alike are asked side by side beside everything else (`lwnode.node.side_by_side`).
  Until then the very same sketch under the same question is folded, and nothing else.

Called by the search and the map.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

from lwnode.market import Entry, Fold
from lwnode.market.organizer import Agreement, Folding, Listed
from lwnode.store import CatalogueRow
from lwnode.store.agreements import Agreements
from lwnode.types import Progress, silent


class Folds:
    """The folded catalogue of an open node; safe for several threads at once.

    Parameters
    ----------
    agreements : Agreements
        Of the store.
    ask : callable
        Has the models of pairs asked side by side, where this node does so; `settle` is called for each pair then.
    """

    def __init__(self, agreements: Agreements, ask: Callable[[Iterable[tuple[str, str]]], None]) -> None:
        self._agreements, self._ask = agreements, ask
        self._folding = Folding(self._agreed)
        self._asked: set[tuple[str, str]] = set()
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
            folds = self._folding.folds
        self._ask_new()
        return folds

    def settle(self, first: str, second: str) -> None:
        """Fold anew what is known by now of a pair's agreement."""
        with self._lock:
            if {first, second} <= self._known:
                self._folding.settle(second)
        self._ask_new()

    def _ask_new(self) -> None:
        """Have the pairs asked that were not asked yet."""
        with self._lock:
            unasked = self._folding.unasked - self._asked
            self._asked |= unasked
        self._ask(sorted(unasked))

    def _agreed(self, first: str, second: str) -> Agreement | None:
        kept = self._agreements.get(first, second)
        return None if kept is None else Agreement(share=kept[0], points=kept[1])


def _listed(entry: Entry, row: CatalogueRow) -> Listed:
    return Listed(entry=entry, publisher=row.publisher, received=row.received, own=row.own)
