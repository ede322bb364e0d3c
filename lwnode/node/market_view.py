# SPDX-License-Identifier: Apache-2.0
"""The catalogue as the market sees it: who is on offer, and what has to be read of them.

Rules
-----
* A search reads the entries whose exact figures it needs, and the cards of those whose columns the user has.  Large
  islands are ranked by an index (`lwnode.node.indexes`).
* What was read is kept for those that were used last, so that memory does not grow with the market.
* A learnware that can no longer be read is left out and logged: it must not keep the others from being found.

Held by the engine.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec

from lwnode.archive import Learnware
from lwnode.archive.layout import CARD
from lwnode.documents import Card, Profile
from lwnode.documents.decoders import decoder
from lwnode.errors import (
    ArchiveError,
    DamagedIndexError,
    DocumentError,
    LwnodeError,
    NotFoundError,
    SpecificationError,
    StoreError,
    TrustError,
    UnreadableError,
)
from lwnode.market import Entry, Found, Offer, search
from lwnode.market.island_search import FoldsOf
from lwnode.market.islands import Columns
from lwnode.node.indexes import Indexes, catch_up
from lwnode.store import CatalogueRow, Store
from lwnode.store.catalogue import State
from lwnode.types import Progress, silent

log = logging.getLogger(__name__)

KEPT = 1_024  # entries in memory: more than the largest island that is ranked whole
_BAD = (TrustError, ArchiveError, DocumentError, SpecificationError, StoreError)


class MarketView:
    """Offers, entries and indexes of a node.

    Parameters
    ----------
    store : Store
    folder : Path
        Of the indexes; its parent exists.
    read : callable
        Returns the learnware of a catalogue row, its files compared with its manifest.
    """

    def __init__(self, store: Store, folder: Path, read: Callable[[CatalogueRow], Learnware]) -> None:
        self._store, self._read = store, read
        self.indexes = Indexes(folder, store.catalogue.ready_ids)
        self._entries: dict[str, Entry] = {}
        self._inputs: dict[str, tuple[str, ...]] = {}
        self._frames: dict[str, tuple[Profile, str]] = {}
        self._lock = threading.RLock()

    def entries(self, rows: Iterable[CatalogueRow]) -> tuple[Entry, ...]:
        """Return ready learnwares with everything read, in the order given."""
        out: list[Entry] = []
        for row in rows:
            with contextlib.suppress(UnreadableError):
                out.append(self._entry(row))
        return tuple(out)

    def offers(self, rows: Iterable[CatalogueRow]) -> tuple[Offer, ...]:
        """Return ready learnwares as a search takes them: an entry is read when the search asks for it."""
        out: list[Offer] = []
        for row in rows:
            with contextlib.suppress(UnreadableError):  # whose profile is known nowhere else either
                profile, schema = self._frame_of(row)
                out.append(Offer(id=row.id, profile=profile, schema=schema, read=partial(self._entry, row)))
        return tuple(out)

    def search(
        self,
        columns: Columns,
        offers: Sequence[Offer],
        *,
        units: Mapping[str, str],
        top: int,
        reach: Literal["island", "world"] = "island",
        stated: Mapping[str, str] | None = None,
        folds_of: FoldsOf | None = None,
        each: int | None = None,
        pool_score: bool = False,
        progress: Progress = silent,
    ) -> tuple[Found, tuple[Offer, ...]]:
        """Search among offers as `lwnode.market.search` does, with this node's indexes.

        Returns
        -------
        found : Found
        offers : tuple of Offer
            Those that took part: all that can be read.

        Raises
        ------
        DataError
            As `lwnode.market.search`.
        DiskFullError, StoreError
            An index cannot be written; what was there is intact.
        """
        left, damaged = tuple(offers), False
        while True:
            try:
                found = search(
                    columns, left, units=units, top=top, reach=reach, stated=stated, index_of=self.indexes.of,
                    folds_of=folds_of, each=each, pool_score=pool_score, progress=progress,
                )  # fmt: skip
                return found, left
            except UnreadableError as error:
                left = tuple(offer for offer in left if offer.id not in error.learnwares)
            except DamagedIndexError as error:
                if damaged:
                    raise
                log.warning("the search indexes are made again: %s", error)
                self.indexes.discard()
                damaged = True

    def inputs_of(self, learnwares: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Return the names of the columns that models take, by id; of their files only the card is read, once.

        One whose card can no longer be read is left out and logged.

        Notes
        -----
        About 0.1 ms for each card that is read.  What a card says was checked when it arrived, and its digest is still
        the same, so that its form is not checked again.
        """
        new = [each for each in learnwares if each not in self._inputs]
        files = self._store.catalogue.ready_files(CARD) if new else {}
        for each in new:
            try:
                card = decoder(Card).decode(self._store.blobs.get(files[each]))
            except (StoreError, KeyError, msgspec.MsgspecError) as error:
                log.warning("the card of learnware %s cannot be read: %s", each[:12], type(error).__name__)
                continue
            self._inputs[each] = tuple(sys.intern(column.name) for column in card.inputs)
        return {each: self._inputs[each] for each in learnwares if each in self._inputs}

    def forget(self, learnware: str) -> None:
        """Drop what is kept of a learnware that is no longer ready, in memory and in indexes.  Waits for nothing."""
        self._entries.pop(learnware, None)
        self._inputs.pop(learnware, None)
        self.indexes.forget(learnware)

    def catch_up(self, progress: Progress) -> None:
        """Bring the indexes up to the catalogue; a search does it for its own islands where this was not called.

        Raises
        ------
        StoreError
            They cannot be written.
        """
        states: tuple[State, ...] = ("ready",)
        catch_up(self.offers(self._store.catalogue.list(states)), self.indexes, progress)

    def close(self) -> None:
        """Close the indexes; do nothing the second time."""
        self.indexes.close()

    def _frame_of(self, row: CatalogueRow) -> tuple[Profile, str]:
        """Return a learnware's island profile with the id of its schema; one object for all that share it."""
        if row.profile not in self._frames:
            try:
                profile = self._store.profiles.get(row.profile)
            except NotFoundError:
                profile = self._entry(row).profile
            self._frames[row.profile] = (profile, profile.schema_id)
        return self._frames[row.profile]

    def _entry(self, row: CatalogueRow) -> Entry:
        """Return the market's view of a learnware; kept a while, as what follows from its points is cached in it.

        Raises
        ------
        UnreadableError
            A file is missing, damaged or not the one that was signed; it is logged.
        """
        with self._lock:
            try:
                entry = self._entries.pop(row.id, None) or _entry_of(row, self._read(row))
            except _BAD as error:
                raise _unreadable(row, error) from error
            self._entries[row.id] = entry  # the last one used stands at the end
            if len(self._entries) > KEPT:
                del self._entries[next(iter(self._entries))]
            return entry


def _entry_of(row: CatalogueRow, ware: Learnware) -> Entry:
    return Entry(
        id=row.id,
        name=ware.semantic.name,
        organisation=row.organisation,
        semantic=ware.semantic,
        card=ware.card,
        specification=ware.specification,
        publisher=row.publisher,
    )


def _unreadable(row: CatalogueRow, error: LwnodeError) -> UnreadableError:
    log.warning("learnware %s is left out of the search: %s", row.id[:12], error.code)
    return UnreadableError(
        f"learnware {row.id[:12]} can no longer be read: {error}",
        learnwares=(row.id,),
        hint=f"`lwnode fetch {row.id[:12]}` gets its files again",
    )
