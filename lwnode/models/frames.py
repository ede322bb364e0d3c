# SPDX-License-Identifier: Apache-2.0
"""What goes through the pipe between a node and its worker process: arrays with a length, never objects.

::

    4 bytes   length of the header, big-endian
    header    JSON: {"kind": …, "detail": …, "arrays": [{"name": …, "dtype": …, "shape": […]}, …]}
    arrays    their bytes in that order, C order, little-endian

Rules
-----
* Both sides check before they allocate: the header's length, its exact fields, the element type against an allow-list,
  the shape, and the sum of the sizes against a limit that the reader sets.
* Nothing is unpickled, on either side.  A foreign model may have taken over the worker: to the node, its answer is
  hostile input.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from lwnode.errors import WorkerError

HEADER_LIMIT: Final = 4096  # bytes
ARRAYS_LIMIT: Final = 4
_LENGTH: Final = 4
_HINT: Final = "Do not use this learnware, and tell its publisher."
_TYPES: Final[dict[str, np.dtype[Any]]] = {"float32": np.dtype("<f4"), "uint8": np.dtype("u1")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One message.

    Parameters
    ----------
    kind : str
        What it is about.
    detail : str
        A few words, such as the reason of a refusal.
    arrays : mapping of str to array
        float32 or uint8, at most two dimensions.
    """

    kind: str
    detail: str = ""
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)


class _Array(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    dtype: str
    shape: tuple[int, ...]


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    detail: str
    arrays: tuple[_Array, ...]


def pack(frame: Frame) -> list[memoryview]:
    """Return the bytes of a frame as pieces to be written one after the other, arrays not copied.

    Raises
    ------
    ValueError
        An array of another element type (a mistake of the programmer).
    """
    described = []
    bodies = []
    for name, array in frame.arrays.items():
        if array.dtype.name not in _TYPES:
            raise ValueError(f"no frame for arrays of {array.dtype.name}")
        described.append(_Array(name=name, dtype=array.dtype.name, shape=array.shape))
        plain = np.ascontiguousarray(array, dtype=_TYPES[array.dtype.name])
        if plain.size:  # an empty array has no bytes to cast
            bodies.append(plain.reshape(-1).view(np.uint8).data)
    header = msgspec.json.encode(_Header(kind=frame.kind, detail=frame.detail, arrays=tuple(described)))
    return [memoryview(len(header).to_bytes(_LENGTH, "big") + header), *bodies]


class Assembler:
    """Puts a frame together from bytes as they come, whatever the pieces.

    Parameters
    ----------
    limit : bytes
        Of all arrays of one frame together.

    Notes
    -----
    Feed it at most `need` bytes at a time until `take` returns the frame; memory is bounded by ``limit``.
    """

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._clear()

    def _clear(self) -> None:
        self._header: _Header | None = None
        self._length = 0
        self._buffer = bytearray(_LENGTH)
        self._filled = 0

    @property
    def need(self) -> int:
        """Bytes that are missing until the next decision."""
        return len(self._buffer) - self._filled

    @property
    def empty(self) -> bool:
        """Whether no byte of a frame has come yet."""
        return self._header is None and self._length == 0 and self._filled == 0

    def feed(self, piece: bytes | memoryview) -> None:
        """Add bytes.

        Raises
        ------
        WorkerError
            They do not begin a frame that may be read.
        """
        if len(piece) > self.need:
            raise ValueError("more bytes than were needed")
        self._buffer[self._filled : self._filled + len(piece)] = piece
        self._filled += len(piece)
        while self.need == 0 and self._advance():
            pass

    def take(self) -> Frame | None:
        """Return the frame, and start over; None while bytes are missing."""
        if self._header is None or self.need:
            return None
        body = memoryview(self._buffer)
        arrays: dict[str, NDArray[Any]] = {}
        start = 0
        for described in self._header.arrays:
            kind = _TYPES[described.dtype]
            count = math.prod(described.shape)
            values = np.frombuffer(body, dtype=kind, count=count, offset=start) if count else np.empty(0, dtype=kind)
            arrays[described.name] = values.reshape(described.shape)
            start += count * kind.itemsize
        frame = Frame(kind=self._header.kind, detail=self._header.detail, arrays=arrays)
        self._clear()
        return frame

    def _advance(self) -> bool:
        """Go on to the next part of the frame; False where the frame is complete."""
        if self._header is not None:
            return False
        if not self._length:
            self._length = int.from_bytes(self._buffer, "big")
            if not 0 < self._length <= HEADER_LIMIT:
                raise WorkerError(f"a header of {self._length} bytes, {HEADER_LIMIT} allowed", hint=_HINT)
            self._buffer, self._filled = bytearray(self._length), 0
            return True
        self._header = _header(bytes(self._buffer))
        size = _size(self._header)
        if size > self._limit:
            raise WorkerError(f"a frame of {size} bytes, {self._limit} allowed", hint=_HINT)
        self._buffer, self._filled = bytearray(size), 0
        return True


def _header(data: bytes) -> _Header:
    try:
        return msgspec.json.decode(data, type=_Header)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise WorkerError("a header that is not one", hint=_HINT) from error


def _size(header: _Header) -> int:
    if len(header.arrays) > ARRAYS_LIMIT or len({described.name for described in header.arrays}) < len(header.arrays):
        raise WorkerError("too many arrays, or two of one name", hint=_HINT)
    size = 0
    for described in header.arrays:
        if described.dtype not in _TYPES:
            raise WorkerError("an array of a type other than float32 and uint8", hint=_HINT)
        if len(described.shape) > 2 or any(length < 0 for length in described.shape):
            raise WorkerError("an array of more than two dimensions, or of negative size", hint=_HINT)
        size += math.prod(described.shape) * _TYPES[described.dtype].itemsize
    return size
