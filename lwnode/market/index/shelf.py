# SPDX-License-Identifier: Apache-2.0
"""The short vectors in memory: lists of most of them, and the recent ones as they came.

Rules
-----
* What is kept of a learnware here, its place in the lists included, is less than 400 bytes.
* A learnware that is added is found from the next search on, and one that is withdrawn is not: neither waits for the
  lists to be made again.

Called by the index and the search.
"""

from __future__ import annotations

import numpy as np

from lwnode.market.index.lists import Floats, Lists, Look, Places
from lwnode.types import Vector

_FIRST = 256  # room for recent vectors at the beginning; doubled when it is full


class Shelf:
    """Short vectors by row.

    Parameters
    ----------
    dimensions : int
        p + 1.
    lists : Lists, optional
        Of the first rows.
    """

    def __init__(self, dimensions: int, lists: Lists | None = None) -> None:
        self.lists = lists
        self.first = 0 if lists is None else len(lists)
        self.recent = 0
        self._vectors = np.empty((_FIRST, dimensions), dtype=np.float32)
        self._norms = np.empty(_FIRST, dtype=np.float32)

    @property
    def rows(self) -> int:
        """All rows, the withdrawn ones too."""
        return self.first + self.recent

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return self._vectors.nbytes + self._norms.nbytes + (0 if self.lists is None else self.lists.nbytes)

    def add(self, vectors: Floats, norms: Floats) -> None:
        """Add the next rows: vectors (n, p + 1) and their squared norms (n,)."""
        count = self.recent + len(vectors)
        if count > len(self._vectors):
            room = max(count, 2 * len(self._vectors))
            self._vectors = np.concatenate(
                [self._vectors[: self.recent], np.empty((room - self.recent, vectors.shape[1]), dtype=np.float32)]
            )
            self._norms = np.concatenate([self._norms[: self.recent], np.empty(room - self.recent, dtype=np.float32)])
        self._vectors[self.recent : count] = vectors
        self._norms[self.recent : count] = norms
        self.recent = count

    def withdraw(self, row: int) -> None:
        """Let a row never be found again."""
        if row >= self.first:
            self._norms[row - self.first] = np.inf
        elif self.lists is not None:
            self.lists.withdraw(row)

    def look(self, vector: Vector) -> Look | None:
        """Return a query's view of the lists, or None where there are none."""
        return None if self.lists is None else Look(self.lists, vector)

    def rows_at(self, places: Places) -> Places:
        """Return the rows at places of the lists."""
        assert self.lists is not None
        return self.lists.order.rows[places].astype(np.int64)

    def recent_squares(self, vector: Vector) -> Floats:
        """Return the squared distances of the recent rows, (n,) float32."""
        squares: Floats = self._vectors[: self.recent] @ vector.astype(np.float32)
        squares *= -2.0
        squares += self._norms[: self.recent]
        squares += np.float32(vector @ vector)
        return squares
