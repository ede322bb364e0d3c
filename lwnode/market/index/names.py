# SPDX-License-Identifier: Apache-2.0
"""From the digest of an id to the rows that may bear it, in twelve bytes a learnware.

Called by the index.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray


def digest_of(name: str) -> int:
    """Return the 64 bits by which an id is looked up; whoever finds one compares the id itself."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


class Names:
    """Rows by the 64-bit digest of their id.

    Parameters
    ----------
    digests : (N,) uint64
        By row.
    """

    def __init__(self, digests: NDArray[np.uint64]) -> None:
        self._rows = np.argsort(digests).astype(np.int32)
        self._digests = digests[self._rows]
        self._recent: dict[int, list[int]] = {}
        self._count = len(digests)

    @property
    def nbytes(self) -> int:
        """Bytes in memory; about 200 for each id that was added since."""
        return self._rows.nbytes + self._digests.nbytes + 200 * len(self._recent)

    def add(self, digests: Sequence[int]) -> None:
        """Add the next rows."""
        for digest in digests:
            self._recent.setdefault(digest, []).append(self._count)
            self._count += 1

    def rows_of(self, digest: int) -> Iterator[int]:
        """Yield the rows whose id has this digest."""
        at = int(np.searchsorted(self._digests, np.uint64(digest)))
        while at < len(self._digests) and int(self._digests[at]) == digest:
            yield int(self._rows[at])
            at += 1
        yield from self._recent.get(digest, ())
