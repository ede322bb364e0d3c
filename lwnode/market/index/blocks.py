# SPDX-License-Identifier: Apache-2.0
"""Blocks: what an append-only file of the index is made of, and what is left of it after a crash.

A block is a head of 32 bytes and a payload, padded to 8 bytes:

======  =====  ==========================================================
offset  bytes  meaning, little-endian
======  =====  ==========================================================
0       4      ``LWIX``
4       2      kind
6       2      0
8       4      count: learnwares in the block
12      8      length of the payload, bytes
20      4      CRC-32 of the payload
24      4      0
28      4      CRC-32 of the 28 bytes before
======  =====  ==========================================================

Rules
-----
* A file is read from its beginning, block by block, as far as heads and payloads are whole.  What follows is a torn
  tail: an append that a crash cut short.  It is given back to be cut off.
* A *mark* is written when everything before it is on the disk.  A file that is broken before its last mark was not torn
  but damaged, and is refused: nothing that was durable disappears in silence.

Called by `lwnode.market.index.files`.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from lwnode.errors import DamagedIndexError

REBUILD = "search again: it is made anew from the catalogue"
PROFILE, ADDED, WITHDRAWN, MARK, GROUPED = 1, 2, 3, 4, 5
HEAD = struct.Struct("<4sHHIQIII")
_MAGIC = b"LWIX"
_ALIGN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A whole block of a file.

    Parameters
    ----------
    kind, count : int
    start, stop : int
        Bytes of the payload in the file.
    """

    kind: int
    count: int
    start: int
    stop: int

    @property
    def end(self) -> int:
        """Where the next block begins."""
        return self.stop + -self.stop % _ALIGN


def block(kind: int, count: int, payload: bytes) -> bytes:
    """Return a block as bytes."""
    head = HEAD.pack(_MAGIC, kind, 0, count, len(payload), zlib.crc32(payload), 0, 0)
    head = head[:-4] + struct.pack("<I", zlib.crc32(head[:-4]))
    return head + payload + bytes(-len(payload) % _ALIGN)


def whole_blocks(data: memoryview) -> list[Block]:
    """Return the whole blocks from the beginning on; what follows the last one is torn.

    Raises
    ------
    DamagedIndexError
        Not torn but damaged: there is a mark behind the place where it breaks.

    Notes
    -----
    Reads everything once: about a gigabyte a second.
    """
    found: list[Block] = []
    at = 0
    while (read := _head_at(data, at)) is not None:
        if zlib.crc32(data[read.start : read.stop]) != _payload_crc(data, at):
            break
        found.append(read)
        at = read.end
    if _marked_after(data, at):
        raise DamagedIndexError("the search index is damaged", hint=REBUILD)
    return found


def _head_at(data: memoryview, at: int) -> Block | None:
    """Return the block whose head stands there, or None where no whole one does."""
    if at + HEAD.size > len(data):
        return None
    magic, kind, zero, count, length, _, more, crc = HEAD.unpack_from(data, at)
    if magic != _MAGIC or zero or more or crc != zlib.crc32(data[at : at + HEAD.size - 4]):
        return None
    read = Block(kind=kind, count=count, start=at + HEAD.size, stop=at + HEAD.size + length)
    return read if read.end <= len(data) else None


def _payload_crc(data: memoryview, at: int) -> int:
    return int(HEAD.unpack_from(data, at)[5])


def _marked_after(data: memoryview, at: int) -> bool:
    """Say whether a mark stands anywhere behind."""
    rest = bytes(data[at:])
    place = rest.find(_MAGIC)
    while place >= 0:
        read = _head_at(data, at + place)
        if read is not None and read.kind == MARK:
            return True
        place = rest.find(_MAGIC, place + 1)
    return False
