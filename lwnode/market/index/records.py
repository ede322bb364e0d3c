# SPDX-License-Identifier: Apache-2.0
"""What the table keeps of each learnware beside its short vector: a record of 40 bytes.

Called by the files of an index.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.market.index.names import digest_of
from lwnode.types import Points

RECORD = np.dtype(
    [
        ("digest", "<u8"), ("norm2", "<f8"), ("offset", "<u8"), ("size", "<u4"), ("crc", "<u4"),
        ("name_at", "<u4"), ("name_length", "<u4"),
    ]
)  # fmt: skip
ONE = struct.Struct("<QdQIIII")
"""One record as plain numbers, in the order of `RECORD`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Added:
    """A learnware to be added.

    Parameters
    ----------
    name : str
        Its id.
    points : (m, width) float32, island frame
    weights : (m,) float32
    norm2 : float
    vector : (p + 1,) float32
    """

    name: str
    points: Points
    weights: NDArray[np.float32]
    norm2: float
    vector: NDArray[np.float32]


def records_of(learnwares: Sequence[Added], begin: int) -> tuple[NDArray[np.void], bytes, bytes]:
    """Return the records of some learnwares with what they name.

    Parameters
    ----------
    learnwares : sequence of Added
    begin : bytes
        Where the first one's points will stand.

    Returns
    -------
    records : (n,) RECORD
    names : bytes
        The ids, one after the other.
    points : bytes
        Points and weights of each, one after the other.
    """
    pieces = [item.points.tobytes() + item.weights.tobytes() for item in learnwares]
    names = [item.name.encode() for item in learnwares]
    records = np.zeros(len(learnwares), RECORD)
    records["digest"] = [digest_of(item.name) for item in learnwares]
    records["norm2"] = [item.norm2 for item in learnwares]
    records["size"] = [len(item.points) for item in learnwares]
    records["crc"] = [zlib.crc32(piece) for piece in pieces]
    lengths = np.array([len(piece) for piece in pieces], dtype=np.uint64)
    records["offset"] = np.uint64(begin) + np.cumsum(lengths) - lengths
    records["name_length"] = [len(name) for name in names]
    records["name_at"] = np.cumsum(records["name_length"]) - records["name_length"]
    return records, b"".join(names), b"".join(pieces)
