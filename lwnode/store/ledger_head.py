# SPDX-License-Identifier: Apache-2.0
"""The ledger's head, kept in a file beside the database: how many charges there were, and the hash of the last.

Rules
-----
* It is written after the commit, so it is never ahead of an honest database; a database that is behind it, or has
  another history, was exchanged for an older one.
* It exists from the first moment of a home on; a ledger without it has lost its witness.

Called by the ledger.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lwnode.documents import decode, encode
from lwnode.errors import DocumentError, NotFoundError, StoreError
from lwnode.store import durable
from lwnode.store.chain import START

_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LIMIT = 4_096  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Number of charges and hash of the last one; no charge, 64 zeros."""

    count: int = 0
    hash: str = START


def read_head(file: Path) -> Head | None:
    """Return the head, or None where there is no file.

    Raises
    ------
    StoreError
        The file is not a head.
    """
    try:
        head = decode(durable.read(file, length=_LIMIT), Head)
    except NotFoundError:
        return None
    except DocumentError as error:
        raise _damaged(file) from error
    if head.count < 0 or not _HEX.fullmatch(head.hash):
        raise _damaged(file)
    return head


def write_head(file: Path, head: Head) -> None:
    """Put the head into its file, whole or not at all.

    Raises
    ------
    StoreError
        The file cannot be written; `DiskFullError` where no room is left.
    """
    durable.write(file, encode(head), beside=file.parent)


def _damaged(file: Path) -> StoreError:
    return StoreError(
        f"{file.name} is damaged", hint="restore it from a backup; without it nobody knows what was spent before"
    )
