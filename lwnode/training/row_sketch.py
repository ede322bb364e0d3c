# SPDX-License-Identifier: Apache-2.0
"""A sketch of which rows a table has, to notice that two data sets share some: one person, two budgets.

Rules
-----
* A row is known by a keyed 64-bit hash of its features and target (by name, whatever their order), a person by one of
  an identifier.  Only the smallest `KEPT` hashes stay (a bottom-k sketch; Cohen and Kaplan, PODC 2007), so a sketch has
  a bounded size and two of them tell how much two tables share.
* The key belongs to the home, so that a sketch tells nobody else whether a row is in it.  It never leaves.
* An image or a text is known by the digest of the item itself.
* What occurs twice within a table identifies nobody and is left out: shared combinations are not shared people.

Called when a data set is registered.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.training.table import Table

Hashes = NDArray[np.uint64]

KEPT = 4_096
_FEWEST = 3  # columns; fewer say too little of a row


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowSketch:
    """The smallest hashes of a set.

    Parameters
    ----------
    hashes : (k,) uint64, ascending, k <= KEPT
    count : int
        Of all that could be told apart.
    """

    hashes: Hashes
    count: int

    def to_bytes(self) -> bytes:
        """Return the count and the hashes, 8 bytes each, little-endian."""
        return np.concatenate([np.array([self.count], dtype="<u8"), self.hashes.astype("<u8")]).tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> RowSketch:
        """Return the sketch; the inverse of `to_bytes`."""
        values = np.frombuffer(data, dtype="<u8").astype(np.uint64)
        return cls(hashes=values[1:], count=int(values[0]))

    def shared(self, other: RowSketch) -> int:
        """Return about how many members two sets have in common; exact where both are small.

        Notes
        -----
        Among the k smallest hashes of the union, the share that both have estimates the Jaccard coefficient.
        """
        if not len(self.hashes) or not len(other.hashes):
            return 0
        whole = [len(sketch.hashes) >= sketch.count for sketch in (self, other)]
        both = np.intersect1d(self.hashes, other.hashes)
        if all(whole):
            return len(both)
        cuts = [sketch.hashes[-1] for sketch, all_kept in zip((self, other), whole, strict=True) if not all_kept]
        union = np.union1d(self.hashes, other.hashes)
        seen = int((union <= min(cuts)).sum())
        jaccard = int((both <= min(cuts)).sum()) / max(1, seen)
        return round(jaccard / (1.0 + jaccard) * (self.count + other.count))


def sketch_rows(table: Table, key: bytes) -> RowSketch:
    """Return the sketch of a table's rows; empty where it has fewer than three columns that are used.

    Parameters
    ----------
    table : Table
    key : bytes
        Secret of the home.
    """
    if table.items is not None:  # of an image or a text the item counts, not what an encoder makes of it
        return _smallest(_bytes(table.items, key))
    used = [name for name in sorted(table.names) if table.roles[name] in ("feature", "target")]
    if len(used) < _FEWEST:
        return RowSketch(hashes=np.empty(0, dtype=np.uint64), count=0)
    with np.errstate(over="ignore"):
        total = np.zeros(table.rows, dtype=np.uint64)
        for name in used:
            total += _mixed(_cells(table.columns[name], key) ^ _number(key, name))
    return _smallest(total)


def sketch_people(table: Table, key: bytes) -> RowSketch:
    """Return the sketch of the values of the table's identifiers; empty where it has none."""
    found = [_cells(table.columns[name], key) for name in table.names if table.roles[name] == "identifier"]
    if not found:
        return RowSketch(hashes=np.empty(0, dtype=np.uint64), count=0)
    return _smallest(np.unique(np.concatenate(found)))


def _smallest(hashes: Hashes) -> RowSketch:
    values, counts = np.unique(hashes, return_counts=True)
    single = values[counts == 1]
    return RowSketch(hashes=single[:KEPT], count=len(single))


def _cells(values: NDArray[Any], key: bytes) -> Hashes:
    """Return a keyed hash of each value; all missing ones alike."""
    if values.dtype != object:
        numbers = np.where(np.isnan(values), np.nan, values + 0.0).astype("<f8")  # one NaN, one zero
        with np.errstate(over="ignore"):
            return _mixed(numbers.view(np.uint64) ^ _number(key, "number"))
    texts, of_row = np.unique(np.array(["" if value is None else f"={value}" for value in values]), return_inverse=True)
    return np.array([_number(key, str(text)) for text in texts], dtype=np.uint64)[of_row]


def _bytes(items: NDArray[np.uint8], key: bytes) -> Hashes:
    """Return a keyed hash of each digest, (n, 32)."""
    words = np.ascontiguousarray(items).view("<u8").astype(np.uint64)
    with np.errstate(over="ignore"):
        return _mixed(words[:, 0] ^ _number(key, "item"))


def _number(key: bytes, text: str) -> np.uint64:
    digest = hashlib.blake2b(text.encode(), key=key, digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def _mixed(values: Hashes) -> Hashes:
    """Return a bijective scramble of 64-bit numbers (the finaliser of SplitMix64; Steele et al., OOPSLA 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)), dtype=np.uint64)
