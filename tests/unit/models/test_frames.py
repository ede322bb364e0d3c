# SPDX-License-Identifier: Apache-2.0
"""Frames: what may be written, and what a reader spends.  Round trips: tests/property/test_models_invariants.py."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest

from lwnode.errors import WorkerError
from lwnode.models.frames import HEADER_LIMIT, Assembler, Frame, pack


def _head(**fields):
    header = json.dumps({"kind": "k", "detail": "", "arrays": []} | fields).encode()
    return len(header).to_bytes(4, "big") + header


def _array(**fields):
    return {"name": "a", "dtype": "float32", "shape": [1]} | fields


def test_a_frame_without_arrays_is_complete_with_its_header():
    assembler = Assembler(limit=0)
    for byte in _head(detail="hello"):
        assert assembler.take() is None
        assembler.feed(bytes([byte]))
    frame = assembler.take()
    assert (frame.kind, frame.detail, dict(frame.arrays)) == ("k", "hello", {})


def test_only_two_element_types_are_written():
    for values in (np.zeros(2), np.zeros(2, dtype=object), np.array(["a"]), np.zeros(2, dtype="M8[s]")):
        with pytest.raises(ValueError, match="no frame for"):
            pack(Frame(kind="k", arrays={"a": values}))


@pytest.mark.parametrize(
    "data",
    [
        (HEADER_LIMIT + 1).to_bytes(4, "big"),
        bytes(4),
        b"\xff\xff\xff\xff",
        _head(arrays=[_array(dtype="float64")]),
        _head(arrays=[_array(dtype="O")]),
        _head(arrays=[_array(dtype="<f4")]),
        _head(arrays=[_array(shape=[-1])]),
        _head(arrays=[_array(shape=[1, 1, 1])]),
        _head(arrays=[_array(shape=[1.5])]),
        _head(arrays=[_array(shape=["1"])]),
        _head(arrays=[_array(shape=[1 << 40])]),
        _head(arrays=[_array(shape=[1 << 40, 1 << 40])]),
        _head(arrays=[_array(), _array()]),
        _head(arrays=[_array(name=str(number)) for number in range(5)]),
        _head(arrays=[_array(extra=1)]),
        _head(extra=1),
        _head(kind=None),
        _head(kind=["k"]),
        (2).to_bytes(4, "big") + b"[]",
        (4).to_bytes(4, "big") + b"\x80\x04K\x01",
    ],
)
def test_what_is_no_frame_is_refused_before_memory_is_spent(data):
    assembler = Assembler(limit=1 << 20)

    def feed():
        left = data
        while left:
            piece, left = left[: assembler.need], left[assembler.need :]
            assembler.feed(piece)

    tracemalloc.start()
    with pytest.raises(WorkerError) as caught:
        feed()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.hint
    assert peak < 200_000


def test_a_reader_takes_no_more_than_it_asked_for():
    with pytest.raises(ValueError, match="more bytes"):
        Assembler(limit=10).feed(bytes(5))
