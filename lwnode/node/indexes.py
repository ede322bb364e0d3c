# SPDX-License-Identifier: Apache-2.0
"""The node's search indexes: one for each frame that a large island is compared in, kept in the home.

An index (`lwnode.market.index`) holds what a search needs of everybody, so that a specification is read once, when its
learnware is new, and after that only where exact figures are asked for.

Rules
-----
* The catalogue says what there is; an index follows it.  Before it is used, what is new is read and added, and what was
  withdrawn is taken out.  So a crash, a restored home or a transaction that was undone needs no care here.
* One that is damaged is removed and made again.
* Where the frame of an island changes, as with a new version of its profile, another index is made: an index holds the
  whole island, whatever profile each specification was made under, in one frame.  Eight frames are kept; then the one
  that was not opened for longest is removed.
* Nobody waits for an index who holds a transaction: `Indexes.forget` only takes note.

Called by the engine and by the search; `catch_up` also beside everything else, when learnwares have arrived.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from lwnode.documents import Profile
from lwnode.errors import DamagedIndexError, NotFoundError, UnreadableError
from lwnode.market import Offered
from lwnode.market.index import SpecificationIndex
from lwnode.market.index.adding import Sketch
from lwnode.market.index.specification_index import LISTS_FROM
from lwnode.market.islands import Island, common_profile
from lwnode.market.nearest import WHOLE
from lwnode.specification.landmarks import LANDMARKS
from lwnode.store import durable
from lwnode.types import Progress, silent

log = logging.getLogger(__name__)

_WASTE = 0.5  # share of withdrawn rows from which an index is written anew
_TOLD = 20  # learnwares read between two words of progress
_FRAMES = 8  # indexes that are kept; who is asked for again is made again


class Indexes:
    """The indexes of a home.

    Parameters
    ----------
    folder : Path
        Made when the first index is; its parent exists.
    ready : callable
        Returns the ids of all ready learnwares.
    """

    def __init__(self, folder: Path, ready: Callable[[], Collection[str]]) -> None:
        self._folder, self._ready = folder, ready
        self._opened: dict[str, SpecificationIndex] = {}
        self._gone: set[str] = set()
        self._lock = threading.RLock()

    def of(self, island: Island, progress: Progress = silent) -> SpecificationIndex:
        """Return the index of an island's common frame, with everybody of the island in it.

        Parameters
        ----------
        island : Island
            All ready learnwares of its schema, or some.
        progress : callable, optional
            Told while new ones are read; where it raises, those that were added stay.

        Raises
        ------
        UnreadableError
            Some of the island cannot be read; the others were added.
        DiskFullError, StoreError
            It cannot be written; what was there is intact.

        Notes
        -----
        O(m² + m·q) kernel values for each new learnware, and reading it; O(N) look-ups.
        """
        with self._lock:
            index = self._open(island.profile)
            self._take_out()
            new = [offer for offer in island.entries if offer.id not in index]
            if new:
                lost: list[str] = []
                try:
                    index.extend(_sketches(new, island.profile, lost, progress))
                finally:
                    index.flush()
                if index.unsorted >= LISTS_FROM:
                    index.organise()
                if lost:
                    raise UnreadableError(
                        f"{len(lost)} learnwares can no longer be read, {lost[0][:12]} among them",
                        learnwares=tuple(lost),
                        hint="`lwnode fetch ID` gets their files again",
                    )
            return index

    def forget(self, learnware: str) -> None:
        """Have a learnware taken out of every index before the next search.  Waits for nothing."""
        self._gone.add(learnware)

    def discard(self) -> None:
        """Remove all indexes: one was found to be damaged while it was read.

        Raises
        ------
        StoreError
            They cannot be removed.
        """
        with self._lock:
            self.close()
            _remove(self._folder)

    def close(self) -> None:
        """Close all indexes; do nothing the second time."""
        with self._lock:
            for index in self._opened.values():
                index.close()
            self._opened.clear()

    def _open(self, profile: Profile) -> SpecificationIndex:
        """Return the index of a frame, made where it is missing and anew where it is damaged."""
        if profile.id not in self._opened:
            durable.make_folder(self._folder)
            folder = self._folder / profile.id
            try:
                self._opened[profile.id] = self._swept(folder, profile)
            except DamagedIndexError as error:
                log.warning("a search index is made again: %s", error)
                _remove(folder)
                self._opened[profile.id] = self._swept(folder, profile)
            self._leave_few(folder)
        return self._opened[profile.id]

    def _leave_few(self, folder: Path) -> None:
        """Note that an index was opened, and remove those that were not for longest; none that is open."""
        try:
            os.utime(folder)
            kept = sorted(self._folder.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
        except OSError as error:
            raise durable.problem(error, "the search index") from error
        for old in kept[_FRAMES:]:
            if old.name not in self._opened:
                log.info("a search index that was not used for long is removed: %s", old.name[:12])
                _remove(old)

    def _swept(self, folder: Path, profile: Profile) -> SpecificationIndex:
        """Open an index and take out who is not ready any more."""
        index = SpecificationIndex.open(folder, profile, dimensions=LANDMARKS)
        try:
            ready = self._ready()
            for name in [name for name in index.names() if name not in ready]:
                index.withdraw(name)
            if index.wasted > _WASTE:
                index.compact()
        except BaseException:
            index.close()
            raise
        return index

    def _take_out(self) -> None:
        """Take out who was withdrawn since; who is ready after all is added again."""
        for name in tuple(self._gone):
            for opened in self._opened.values():
                with contextlib.suppress(NotFoundError):
                    opened.withdraw(name)
            self._gone.discard(name)


def catch_up(offers: Sequence[Offered], indexes: Indexes, progress: Progress = silent) -> None:
    """Bring the indexes of all large islands up to the catalogue, so that no search has to.

    Parameters
    ----------
    offers : sequence of Entry or Offer
        All ready learnwares.
    indexes : Indexes
    progress : callable, optional

    Raises
    ------
    StoreError
        As `Indexes.of`.
    """
    islands: dict[str, list[Offered]] = defaultdict(list)
    for offer in offers:
        islands[offer.schema].append(offer)
    for island in islands.values():
        if len(island) > WHOLE:
            with contextlib.suppress(UnreadableError):  # a search says so
                indexes.of(Island(profile=common_profile(island), entries=tuple(island)), progress)


def _sketches(new: Sequence[Offered], profile: Profile, lost: list[str], progress: Progress) -> Iterator[Sketch]:
    """Yield learnwares as an index takes them; who cannot be read is put among the lost."""
    for number, offer in enumerate(new):
        if number % _TOLD == 0:
            progress(number / len(new), "reading what is new on offer")
        try:
            spec = offer.entry.framed_in(profile)
        except UnreadableError:
            lost.append(offer.id)
            continue
        yield offer.id, spec.points, spec.weights


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise durable.problem(error, "the search index") from error
