# SPDX-License-Identifier: Apache-2.0
"""The file of the inverted lists: one block, written whole, and made again where it is missing or not sound.

Called by the index.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from lwnode.errors import NotFoundError, StoreError
from lwnode.market.index.blocks import GROUPED, block, whole_blocks
from lwnode.market.index.lists import Grouping, Order
from lwnode.store import durable

_SHAPE = struct.Struct("<QII")  # learnwares, lists, coordinates


def write(file: Path, grouping: Grouping, order: Order) -> None:
    """Keep the lists.

    Raises
    ------
    StoreError
        They cannot be written; what was there is there still.
    """
    lists, width = grouping.centres.shape
    payload = b"".join(
        [
            _SHAPE.pack(len(order.rows), lists, width),
            grouping.turn.astype("<f4").tobytes(),
            grouping.centres.astype("<f4").tobytes(),
            order.starts.astype("<i8").tobytes(),
            order.radius.astype("<f4").tobytes(),
            order.rows.astype("<i4").tobytes(),
        ]
    )
    durable.write(file, block(GROUPED, lists, payload), beside=file.parent)


def read(file: Path, width: int, rows: int) -> tuple[Grouping, Order] | None:
    """Return the lists, or None where there are none that belong to the table.

    Parameters
    ----------
    file : Path
    width : int
        Coordinates of a short vector.
    rows : int
        Of the table; lists of more rows belong to another.
    """
    try:
        data = memoryview(durable.read(file))
        found = whole_blocks(data)
    except (NotFoundError, StoreError):
        return None
    if len(found) != 1 or found[0].kind != GROUPED:
        return None
    at = found[0].start
    count, lists, coordinates = _SHAPE.unpack_from(data, at)
    if coordinates != width or count > rows:
        return None
    pieces = []
    at += _SHAPE.size
    shapes = (
        ("<f4", (width, width)),
        ("<f4", (lists, width)),
        ("<i8", (lists + 1,)),
        ("<f4", (lists,)),
        ("<i4", (count,)),
    )
    for kind, shape in shapes:
        number = int(np.prod(shape))
        pieces.append(np.frombuffer(data, kind, number, at).reshape(shape).copy())
        at += pieces[-1].nbytes
    if at != found[0].stop:
        return None
    turn, centres, starts, radius, order = pieces
    return Grouping(turn=turn, centres=centres), Order(starts=starts, rows=order, radius=radius)
