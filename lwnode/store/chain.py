# SPDX-License-Identifier: Apache-2.0
"""Hash chains: a row that names the hash of the row before it.

Rules
-----
* The hash of a row is the SHA-256 of the ASCII JSON array ``[purpose, previous hash, *fields]`` without white space, so
  that anybody can recompute it from an export.  The first row's previous hash is 64 zeros.
* Rows are numbered from 1 without a gap, so that a row taken out of the middle is seen as well as one that was changed.

Called by the ledger and the outbox.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

START = "0" * 64

Field: TypeAlias = str | int | float | None


class Link(NamedTuple):
    """One stored row of a chain: its number, the two hashes it carries, and the fields that are hashed."""

    seq: int
    previous: str
    hash: str
    fields: Sequence[Field]


def link(purpose: str, previous: str, fields: Sequence[Field]) -> str:
    """Return the hash of a row, hexadecimal.

    Parameters
    ----------
    purpose : str
        Name and version of the chain, so that a row of one never passes for a row of another.
    previous : str
        Hash of the row before.
    fields : sequence of str, int, float or None
        Everything the row says, its number included.

    Raises
    ------
    ValueError
        A number is not finite.
    """
    body = json.dumps([purpose, previous, *fields], ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(body.encode("ascii")).hexdigest()


def first_broken(purpose: str, rows: Iterable[Link], last: int) -> int | None:
    """Return the number of the first row from which on nothing is proven, or None where the chain is whole.

    Parameters
    ----------
    purpose : str
        As for :func:`link`.
    rows : iterable of Link
        In order of their number.
    last : int
        Highest number that was ever given; rows missing at the end are seen by it.
    """
    before, expected = START, 1
    for row in rows:
        if row.seq != expected or row.previous != before or row.hash != link(purpose, before, row.fields):
            return expected
        before, expected = row.hash, expected + 1
    return expected if expected <= last else None
