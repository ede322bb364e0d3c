# SPDX-License-Identifier: Apache-2.0
"""Archives that attack the reader: every row is refused with a typed error and leaves nothing behind."""

from __future__ import annotations

import os
import pickle
import struct
import time
import tracemalloc
import zipfile
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from lwnode.archive import Limits, read_archive, read_files
from lwnode.archive.container import open_container
from lwnode.errors import ArchiveError, DocumentError, LwnodeError, SpecificationError, TrustError
from tests.support import archive as example
from tests.support.archive import Entry, entries_of, packed, zip_of
from tests.support.trust import organisation

GOOD = example.signed()
KEYS = organisation().keys
FILES = entries_of(GOOD)
FIRST = FILES[0]
SYMLINK, DEVICE, PIPE, SOCKET, FOLDER = 0o120777, 0o020666, 0o010666, 0o140777, 0o040755


def one(**changes: Any) -> bytes:
    """Return the good archive with its first file described otherwise."""
    return zip_of([replace(FIRST, **changes), *FILES[1:]])


def named(name: bytes) -> bytes:
    """Return the good archive with a further file of this name."""
    return zip_of([*FILES, Entry(name=name, data=b"x")])


def model(**changes: Any) -> bytes:
    """Return the good archive with its model described otherwise."""
    return zip_of([replace(entry, **changes) if entry.name == b"model.onnx" else entry for entry in FILES])


def overlapping() -> bytes:
    """Return an archive whose second entry lies inside the first, as in an overlap bomb."""
    return zip_of([FILES[0], replace(FILES[1], offset=0), *FILES[2:]])


def nested() -> bytes:
    inner = zip_of([Entry(name=b"model.onnx", data=bytes(2**20), method=8)])
    return zip_of([replace(entry, data=inner) if entry.name == b"model.onnx" else entry for entry in FILES])


ZIP64 = struct.pack("<HHQQ", 1, 16, 4, 4)
BOMB = packed(bytes(2**24), 8)  # 16 MiB in 16 KiB


@dataclass(frozen=True)
class Row:
    """Bytes that claim to be an archive."""

    name: str
    data: bytes
    expect: type[LwnodeError] = ArchiveError


ROWS = [
    # not an archive
    Row("empty", b""),
    Row("text", b"hello"),
    Row("an end record alone", zip_of([])),
    Row("a pickle", pickle.dumps({"a": 1})),
    Row("a gzip file", b"\x1f\x8b\x08" + bytes(100)),
    # names
    *(Row(f"name {name!r}", named(name)) for name in [
        b"../../x", b"../model.onnx", b"/etc/passwd", b"//host/share/x", b"C:\\x", b"c:x", b"..\\x", b"a/b.json",
        b"a\\b.json", b"./card.json", b"card.json/", b"", b".", b"..", b".hidden", b"a\0b.json", b"card.json\0.txt",
        b"con", b"nul.json", b"aux.onnx", b"card.json.", b"card.json ", b"CARD.JSON", b"Model.onnx",
        "modél.onnx".encode(), "mode\u0301l.onnx".encode(), "card\u200b.json".encode(), b"\xff\xfe", b"%2e%2e%2fx",
        b"-rf", b"~root", b"$HOME", b"a\nb", b"model.pkl", b"model.joblib", b"model.pt2", b"__init__.py", b"x" * 300,
    ]),
    Row("a name twice", zip_of([*FILES, FIRST])),
    Row("a name twice, other bytes", zip_of([*FILES, replace(FIRST, data=b"{}")])),
    Row("another name in front of the bytes", one(local={"name": b"carb.json"})),
    Row("a longer name in front of the bytes", one(local={"name": b"card.json" + bytes(9)})),
    # kinds of entry
    *(Row(f"entry of mode {kind:o}", one(attributes=kind << 16)) for kind in
        (SYMLINK, DEVICE, PIPE, SOCKET, FOLDER, 0o060666)),
    Row("a link from another system", one(attributes=SYMLINK << 16, system=0)),
    Row("a folder by its DOS bit", one(attributes=0x10, system=0)),
    Row("a mount point", one(attributes=0x400, system=10)),
    # what the subset leaves out
    Row("encrypted", one(flags=1)),
    Row("strongly encrypted", one(flags=0x41)),
    Row("hidden directory", one(flags=0x2000)),
    Row("sizes behind the bytes", one(flags=8)),
    Row("patched data", one(flags=0x20)),
    *(Row(f"method {method}", one(method=method)) for method in (1, 6, 9, 12, 14, 93, 95, 99, 0xFFFF)),
    Row("zip64 needed", one(needed=45)),
    Row("a zip64 field", one(extra=ZIP64)),
    Row("a zip64 field in front of the bytes", one(local_extra=ZIP64)),
    Row("sizes that point to zip64", one(size=0xFFFFFFFF, packed=0xFFFFFFFF)),
    Row("an offset that points to zip64", one(offset=0xFFFFFFFF)),
    Row("a count that points to zip64", zip_of(FILES, count=0xFFFF)),
    Row("another name in an extra field", one(extra=struct.pack("<HHBI", 0x7075, 5, 1, 0))),
    Row("a comment on a file", one(comment=b"hello")),
    Row("a comment on the archive", zip_of(FILES, comment=b"hello")),
    Row("an end record inside the comment", zip_of(FILES, comment=zip_of(FILES)[-22:])),
    Row("several disks", zip_of(FILES, disk=1)),
    Row("a file on another disk", one(disk=1)),
    # bytes that belong to nothing
    Row("bytes in front", zip_of(FILES, prefix=b"#!/bin/sh\n")),
    Row("bytes between files and directory", zip_of(FILES, gap=b"x")),
    Row("bytes inside the directory", zip_of(FILES, tail=b"hello")),
    Row("bytes behind", zip_of(FILES, behind=b"\0")),
    Row("two archives", zip_of(FILES) + zip_of(FILES)),
    Row("in another order than it lies", zip_of([replace(FILES[0], offset=99), *FILES[1:]])),
    Row("overlapping files", overlapping()),
    Row("a file inside the directory", one(offset=len(zip_of(FILES)) - 40)),
    Row("an offset behind the end", one(offset=2**31)),
    Row("directory in the wrong place", zip_of(FILES, start=0)),
    Row("directory of the wrong length", zip_of(FILES, length=46)),
    Row("fewer entries than it says", zip_of(FILES, count=len(FILES) + 1)),
    Row("more entries than it says", zip_of(FILES, count=len(FILES) - 1)),
    Row("no entries by its own account", zip_of(FILES, count=0)),
    Row("ten thousand entries", zip_of([Entry(name=b"card.json", data=b"")] * 10_000)),
    Row("cut in the middle", zip_of(FILES)[: len(zip_of(FILES)) // 2]),
    Row("without its first byte", zip_of(FILES)[1:]),
    # sizes
    Row("a huge file by its own account", model(size=2**31, packed=2**31)),
    Row("a large document", zip_of([replace(FIRST, data=b" " * 300_000), *FILES[1:]])),
    Row("a bomb", model(data=bytes(2**24), method=8)),
    Row("a bomb that says it is small", model(payload=BOMB, method=8, size=74, crc=0)),
    Row("a bomb that says it is not packed so well", model(payload=BOMB, method=8, size=2**20, crc=0), TrustError),
    Row("a bomb inside", nested(), TrustError),
    Row("stored with two sizes", model(size=10)),
    Row("smaller than it says", model(method=8, size=80), TrustError),
    Row("packed bytes cut short", model(method=8, payload=packed(example.MODEL, 8)[:-3])),
    Row("packed bytes with more behind", model(method=8, payload=packed(example.MODEL, 8) + b"xx")),
    Row("packed noise", model(method=8, payload=b"\xff" * 40, size=74)),
    Row("empty although packed", model(method=8, payload=b"", size=0, crc=0, data=b""), TrustError),
    Row("damaged under its old checksum", model(payload=example.MODEL[:-1] + b"!"), TrustError),
    *(Row(f"other {field} in front of the bytes", one(local={field: value})) for field, value in
        {"crc": 0, "packed": 1, "size": 1, "flags": 6, "method": 8}.items()),
    # contents
    Row("without a manifest", zip_of([entry for entry in FILES if entry.name != b"manifest.sig"])),
    Row("an empty manifest", zip_of([replace(entry, data=b"") if entry.name == b"manifest.sig" else entry
                                     for entry in FILES]), DocumentError),
    *(Row(f"without {entry.name.decode()}", zip_of([other for other in FILES if other is not entry]), TrustError)
      for entry in FILES if entry.name != b"manifest.sig"),
    Row("a model of another size", model(data=b"other"), TrustError),
    Row("a model of the same size", model(data=example.MODEL[::-1]), TrustError),
    Row("a pickle for a model", model(data=pickle.dumps(list(range(9)))), TrustError),
    Row("two files with each other's names", zip_of([replace(FILES[0], data=FILES[4].data), *FILES[1:4],
        replace(FILES[4], data=FILES[0].data), *FILES[5:]]), TrustError),
]  # fmt: skip


def read(data: bytes, limits: Limits | None = None):
    return read_archive(data, lambda publisher: KEYS, limits or Limits())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_refused(row, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(row.expect) as caught:
        read(row.data)
    assert caught.value.hint or isinstance(caught.value, DocumentError)
    assert str(caught.value).isprintable()  # hostile names do not reach a terminal as they are
    assert list(tmp_path.iterdir()) == []


def test_the_table_spoils_a_good_one():
    assert read(zip_of(FILES)).id == GOOD.manifest.id
    assert read(one()).id == GOOD.manifest.id
    assert read(zip_of(entries_of(GOOD, method=8))).id == GOOD.manifest.id
    assert len({row.name for row in ROWS}) == len(ROWS) >= 120


def test_refusing_is_cheap():
    """A bomb is never unpacked: less than 50 ms of CPU (bar times ten, under the tracer) and 64 MiB each."""
    for row in ROWS:
        tracemalloc.start()
        begin = time.process_time()
        with pytest.raises(LwnodeError):
            read(row.data)
        seconds, peak = time.process_time() - begin, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert seconds < 0.5, row.name
        assert peak < 8 * 2**20, row.name


def test_unpacking_stops_at_the_declared_size():
    """A bomb with a signed manifest in front of it and honest ratio figures still stops early."""
    data = model(payload=BOMB, method=8, size=2**20, crc=0)
    container = open_container(data, Limits(ratio=1_000))
    tracemalloc.start()
    with pytest.raises(ArchiveError, match="another size"):
        container.read("model.onnx")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 2**20


class Canary:
    """Leaves a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize("name", ["model.onnx", "card.json", "semantic.json", "specification.safetensors"])
def test_nothing_is_ever_unpickled(name, tmp_path):
    """A pickle under any name, correctly signed, runs nothing."""
    canary = tmp_path / "canary"
    contents = {**example.files(), name: pickle.dumps(Canary(canary))}
    signed = example.signed(contents)
    if name == "model.onnx":
        assert read(signed.archive).model == contents[name]  # bytes for the worker, which takes ONNX only
    else:
        with pytest.raises((DocumentError, SpecificationError)):
            read(signed.archive)
    assert not canary.exists()


def test_a_torch_export_file_is_only_bytes(tmp_path):
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("data/sample_inputs/model.pt", pickle.dumps(Canary(tmp_path / "canary")))
    signed = example.signed({**example.files(), "model.onnx": out.getvalue()})
    assert read(signed.archive).model == out.getvalue()
    assert not (tmp_path / "canary").exists()


POINTS, WEIGHTS = example.points(), example.weights()


def spoiled(value: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    points = POINTS.copy()
    points[0, 0] = value
    return points


def header(text: bytes, body: bytes = b"") -> bytes:
    return struct.pack("<Q", len(text)) + text + body


TENSORS = {
    "NaN": save({"points": spoiled(np.nan), "weights": WEIGHTS}),
    "infinite": save({"points": spoiled(np.inf), "weights": WEIGHTS}),
    "huge": save({"points": spoiled(3e38), "weights": WEIGHTS}),
    "outside the frame": save({"points": spoiled(1_000.0), "weights": WEIGHTS}),
    "negative weight": save({"points": POINTS, "weights": WEIGHTS * np.float32([-1, 3, 1, 1, 1, 1])}),
    "weights that do not sum to one": save({"points": POINTS, "weights": WEIGHTS * np.float32(1.01)}),
    "weights of NaN": save({"points": POINTS, "weights": np.full(6, np.nan, dtype=np.float32)}),
    "weights of another length": save({"points": POINTS, "weights": WEIGHTS[:5] * 1}),
    "weights as a matrix": save({"points": POINTS, "weights": WEIGHTS.reshape(2, 3)}),
    "points of another width": save({"points": POINTS[:, :3].copy(), "weights": WEIGHTS}),
    "points as a list": save({"points": POINTS.ravel(), "weights": WEIGHTS}),
    "no points": save({"points": POINTS[:0].copy(), "weights": WEIGHTS[:0].copy()}),
    "a million points": save({"points": np.zeros((10**6, 4), np.float32), "weights": np.ones(10**6, np.float32)}),
    "double precision": save({"points": POINTS.astype(np.float64), "weights": WEIGHTS}),
    "integers": save({"points": POINTS.astype(np.int32), "weights": WEIGHTS}),
    "only points": save({"points": POINTS}),
    "one tensor more": save({"points": POINTS, "weights": WEIGHTS, "rows": POINTS}),
    "empty": b"",
    "no header": b"\0" * 8,
    "a header beyond the file": struct.pack("<Q", 2**63) + b"{}",
    "a header that is no JSON": header(b"hello"),
    "a deep header": header(b'{"points":' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
    "offsets beyond the file": header(
        b'{"points":{"dtype":"F32","shape":[6,4],"data_offsets":[0,96]},'
        b'"weights":{"dtype":"F32","shape":[6],"data_offsets":[96,9999999999]}}', bytes(120)),
    "a shape that overflows": header(
        b'{"points":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]},'
        b'"weights":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}}', bytes(24)),
    "a tensor named twice": header(
        b'{"points":{"dtype":"F32","shape":[6,4],"data_offsets":[0,96]},'
        b'"points":{"dtype":"F32","shape":[6,4],"data_offsets":[0,96]},'
        b'"weights":{"dtype":"F32","shape":[6],"data_offsets":[96,120]}}', bytes(120)),
    "bytes behind": save({"points": POINTS, "weights": WEIGHTS}) + b"x",
    "cut short": save({"points": POINTS, "weights": WEIGHTS})[:-1],
}  # fmt: skip


@pytest.mark.parametrize("tensors", TENSORS.values(), ids=TENSORS.keys())
def test_hostile_specifications(tensors):
    """Signed by their publisher, so only their meaning stops them; typed, quick and small."""
    signed = example.signed(example.files(specification_safetensors=tensors))
    tracemalloc.start()
    begin = time.process_time()
    with pytest.raises((SpecificationError, ArchiveError)):
        read_files(signed.bundle, signed.files, KEYS)
    seconds, peak = time.process_time() - begin, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seconds < 0.5
    assert peak < 64 * 2**20
