# SPDX-License-Identifier: Apache-2.0
"""Checks learnwares that arrived, and asks alike ones side by side, beside everything else the node does.

Rules
-----
* One learnware at a time, in one thread that exists only while there is something to check: a flood of learnwares costs
  one processor, and sync never waits for a model.
* Closing ends the check under way within a second; what was not checked is due at the next start.
* When nothing waits any more, what follows from all that arrived is done once: the search indexes catch up.

Made by `Node` where it has a transport; filled by `lwnode.node.port`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable

from lwnode.errors import CancelledError, LwnodeError
from lwnode.types import Progress

log = logging.getLogger(__name__)


class CheckQueue:
    """Learnwares that wait to be checked.

    Parameters
    ----------
    check : callable
        Checks the learnware of an id; ends early where its progress raises.
    then : callable
        Called when nothing waits any more; ends early where its progress raises.
    compare : callable
        Asks the models of two learnwares side by side; ends early where its progress raises.
    """

    def __init__(
        self,
        check: Callable[[str, Progress], None],
        then: Callable[[Progress], None],
        compare: Callable[[str, str, Progress], None],
    ) -> None:
        self._check, self._then, self._compare = check, then, compare
        self._waiting: dict[tuple[str, ...], None] = {}  # one id or two, in the order in which they came
        self._lock = threading.Condition()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def add(self, learnwares: Iterable[str]) -> None:
        """Have learnwares checked after those that wait already; do nothing once it was stopped."""
        self._put((each,) for each in learnwares)

    def compare(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Have pairs asked side by side, likewise."""
        self._put(pairs)

    def _put(self, works: Iterable[tuple[str, ...]]) -> None:
        with self._lock:
            self._waiting |= dict.fromkeys(each for each in works if each not in self._waiting)
            if self._waiting and self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._work, name="lwnode-check", daemon=True)
                self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to check; return whether that is so."""
        with self._lock:
            return self._lock.wait_for(lambda: self._thread is None, timeout=seconds)

    def stop(self) -> None:
        """End the check under way, and take nothing more."""
        with self._lock:
            self._stopped = True
            thread = self._thread
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        while not self._ended():
            while (work := self._next()) is not None:
                names = " and ".join(learnware[:12] for learnware in work)
                try:
                    if len(work) == 1:
                        self._check(work[0], self._look)
                    else:
                        self._compare(work[0], work[1], self._look)
                except CancelledError:
                    log.debug("the check of %s was ended", names)
                except LwnodeError as error:
                    log.warning("learnware %s cannot be checked now: %s", names, error.code)
            try:
                self._look(None, "catching up")
                self._then(self._look)
            except CancelledError:
                log.debug("catching up was ended")
            except LwnodeError as error:
                log.warning("the search indexes cannot catch up now: %s", error.code)

    def _next(self) -> tuple[str, ...] | None:
        """Return what is to be checked; None where nothing is."""
        with self._lock:
            if self._stopped or not self._waiting:
                return None
            chosen = next(iter(self._waiting))
            del self._waiting[chosen]
            return chosen

    def _ended(self) -> bool:
        """End the thread where nothing is left to check, and say so."""
        with self._lock:
            if self._waiting and not self._stopped:
                return False
            self._thread = None
            self._lock.notify_all()
            return True

    def _look(self, share: float | None, doing: str) -> None:
        if self._stopped:
            raise CancelledError("the node is closed")
