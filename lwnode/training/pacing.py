# SPDX-License-Identifier: Apache-2.0
"""Progress at a pace that a screen can follow.

Rules
-----
* At most ten calls a second, the last word of a stretch always among them; the share never falls.
* Whatever the receiver raises passes through: that is how work is cancelled.

Called by `lwnode.training.fit`.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from lwnode.types import Progress

INTERVAL = 0.1  # seconds between two calls


class Paced:
    """Passes progress on, not more often than ten times a second.

    Parameters
    ----------
    progress : callable
        Told the share done and the words.
    clock : callable
        Seconds that only grow.
    """

    def __init__(self, progress: Progress, clock: Callable[[], float] = monotonic) -> None:
        self._progress = progress
        self._clock = clock
        self._last = -INTERVAL
        self._share = 0.0
        self._waiting: str | None = None

    def __call__(self, share: float, doing: str) -> None:
        """Say that ``share`` of the whole is done and what is being done now."""
        self._share = max(self._share, min(1.0, share))
        self._waiting = doing
        if self._clock() - self._last >= INTERVAL:
            self.flush()

    def flush(self) -> None:
        """Pass on what was held back."""
        if self._waiting is not None:
            doing, self._waiting = self._waiting, None
            self._last = self._clock()
            self._progress(self._share, doing)

    def stretch(self, start: float, end: float, doing: str) -> Callable[[float], None]:
        """Return a receiver for the share of one part of the whole, from ``start`` to ``end``."""
        self(start, doing)
        return lambda share: self(start + (end - start) * share, doing)
