# SPDX-License-Identifier: Apache-2.0
"""Zips of the package from somebody who means harm: refused with our error, quickly, and nothing of them runs."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest

from lwnode.archive.limits import Limits
from lwnode.archive.package_zip import read_package_zip
from lwnode.archive.package_zip.plain_yaml import YAML_LIMIT, load_yaml
from lwnode.errors import ArchiveError
from tests.support.archive import Entry, packed, zip_of
from tests.support.clock import cpu_seconds
from tests.support.package import YAML, package_zip, table_json, zip_with

DESCRIPTION = Entry(name=b"learnware.yaml", data=YAML.encode())
STAT = Entry(name=b"stat.json", data=table_json())
SMALL = Limits(archive=2**24)
SECONDS = 0.25  # of CPU
MEMORY = 64 * 2**20  # bytes


def with_entry(name: bytes = b"model.pkl", data: bytes = b"x", **facts: object) -> bytes:
    return zip_of([DESCRIPTION, STAT, Entry(name=name, data=data, **facts)])  # type: ignore[arg-type]


def zip64() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("learnware.yaml", YAML)
    plain = out.getvalue()
    return plain[:-22] + struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1) + plain[-22:]


def overlapping() -> bytes:
    """Many entries that all unpack the same bytes."""
    bomb = Entry(name=b"first.bin", data=bytes(60_000), method=8)
    at = len(zip_of([DESCRIPTION])) - 22 - (46 + len(DESCRIPTION.name))
    others = [Entry(name=b"m%d.bin" % n, data=bytes(60_000), method=8, offset=at) for n in range(300)]
    whole = zip_of([DESCRIPTION, bomb])
    body = whole[: at + 30 + len(bomb.name) + len(packed(bomb.data, 8))]
    directory = b"".join(_directory(one, at) for one in [*others])
    first = _directory(DESCRIPTION, 0)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 301, 301, len(first + directory), len(body), 0)
    return body + first + directory + end


def _directory(entry: Entry, offset: int) -> bytes:
    data = packed(entry.data, entry.method)
    return (
        struct.pack(
            "<4s2B5H3L5H2L", b"PK\x01\x02", 20, 3, 20, 0, entry.method, 0, 33, zlib.crc32(entry.data), len(data),
            len(entry.data), len(entry.name), 0, 0, 0, 0, 0o100644 << 16, offset,
        )
        + entry.name
    )  # fmt: skip


ZIPS = {
    "empty": b"",
    "text": b"learnware.yaml",
    "no zip behind the first bytes": b"PK\x03\x04" + bytes(100),
    "an empty zip": zip_with({}),
    "no learnware.yaml": zip_with({"stat.json": table_json()}),
    "learnware.yaml in a folder": zip_with({"ware/learnware.yaml": YAML.encode()}),
    "bytes behind it": package_zip() + b"x",
    "bytes before it": b"#!/bin/sh\n" + package_zip(),
    "a comment": zip_of([DESCRIPTION, STAT], comment=b"PK"),
    "the 64-bit format": zip64(),
    "a path outside": with_entry(b"../model.pkl"),
    "a path outside, further in": with_entry(b"a/../../model.pkl"),
    "an absolute path": with_entry(b"/etc/passwd"),
    "a drive": with_entry(b"C:/model.pkl"),
    "backslashes": with_entry(b"..\\model.pkl"),
    "an empty part": with_entry(b"a//b"),
    "a folder outside": with_entry(b"../", b""),
    "a NUL in a name": with_entry(b"model\0.pkl"),
    "a line break in a name": with_entry(b"model\n.pkl"),
    "a name of 1,000 letters": with_entry(b"m" * 1000),
    "a name twice": with_entry(b"stat.json"),
    "a name twice, capitals aside": with_entry(b"STAT.json"),
    "a link": with_entry(attributes=0o120777 << 16),
    "a device": with_entry(attributes=0o060644 << 16),
    "a pipe": with_entry(attributes=0o010644 << 16),
    "encrypted": with_entry(flags=1),
    "another way of packing": with_entry(method=12, payload=b"x"),
    "a bomb by ratio": with_entry(data=bytes(30_000_000), method=8),
    "a bomb by its declared size": with_entry(size=2**31, packed=2**24, local={}),
    "too large together": zip_of([DESCRIPTION, *(Entry(name=b"m%d" % n, data=bytes(2**23)) for n in range(3))]),
    "files that share bytes": overlapping(),
    "smaller than it says": with_entry(size=200, local={"size": 200}, method=8, data=b"x" * 100),
    "larger than it says": with_entry(size=50, local={"size": 50}, method=8, data=b"x" * 100),
    "another checksum": with_entry(crc=1),
    "not deflated": with_entry(method=8, payload=b"\xff" * 50, size=50),
    "an offset into another file": with_entry(offset=5),
    "1,001 files": zip_of([DESCRIPTION, *(Entry(name=b"m%d" % n, data=b"") for n in range(1000))]),
    "10^5 files claimed": zip_of([DESCRIPTION, STAT], count=65_535),
    "a learnware.yaml of 1 MB": zip_with({"learnware.yaml": b"# " + b"x" * 2**20}),
    "nine specifications": package_zip(YAML + YAML.split("stat_specifications:\n")[1] * 8),
    "requirements of 1 MB": package_zip(requirements_txt=b"x" * 2**20),
    "a semantic specification that is none": package_zip(
        YAML + "semantic_specification:\n  file_name: s.json\n", s_json=b'{"Name": 1}'
    ),
    "a model's name as a list": package_zip("model:\n  class_name: [a]\n"),
    "arguments that are dates": package_zip("model:\n  kwargs:\n    a: 2001-01-01\n"),
    "arguments that are not numbers": package_zip("model:\n  kwargs:\n    a: .nan\n"),
    "a module's path of 10 kB": package_zip("model:\n  module_path: " + "x" * 10_000 + "\n"),
    "a specification without a file": package_zip("stat_specifications:\n- class_name: RKMETableSpecification\n"),
}


@pytest.mark.parametrize("name", ZIPS)
def test_refused_quickly_and_in_little_memory(name: str) -> None:
    data = ZIPS[name]

    def refused() -> None:
        with pytest.raises(ArchiveError):
            read_package_zip(data, SMALL)

    assert cpu_seconds(refused) <= SECONDS
    tracemalloc.start()
    with pytest.raises(ArchiveError):
        read_package_zip(data, SMALL)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= MEMORY


LAUGHS = "a: &a [x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)},*{chr(97 + n)}]\n" for n in range(20)
)

YAMLS = {
    "a billion laughs": LAUGHS,
    "an anchor": "a: &x 1\n",
    "a merge": "a: {<<: {b: 1}}\n",
    "merges of merges": "".join(f"k{n}: {{<<: {{a: 1}}}}\n" for n in range(300)),
    "a Python object": "!!python/object/apply:os.system ['true']\n",
    "a Python name": "model: !!python/name:os.system\n",
    "a tag": "model: !x {}\n",
    "a key twice": "model: {}\nmodel: {}\n",
    "a key that is a list": "? [a]\n: b\n",
    "a key that is a number": "1: b\n",
    "flow 5,000 deep": "a: " + "[" * 5_000 + "]" * 5_000 + "\n",
    "maps 5,000 deep": "a: " + "{b: " * 3_000 + "\n",
    "indented 100 deep": "".join(" " * n + f"k{n}:\n" for n in range(100)),
    "10^4 entries": "a: [" + "1," * 7_000 + "1]\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "a list": "- a\n",
    "a text": "learnware\n",
    "nothing": "",
    "an integer of 10,000 digits": "a: " + "9" * 10_000 + "\n",
    "an impossible date": "a: 2001-99-99\n",
    "tabs": "a:\t- b\n\tc",
    "a control character": "a: \x07\n",
    "longer than allowed": "#" * (YAML_LIMIT + 1),
    "an unclosed text": 'a: "' + "x" * 10_000,
    "question marks": "? " * 8_000,
}


@pytest.mark.parametrize("name", YAMLS)
def test_yaml_beyond_plain_values_is_refused(name: str) -> None:
    def refused() -> None:
        with pytest.raises(ArchiveError):
            load_yaml(YAMLS[name].encode())

    assert cpu_seconds(refused) <= SECONDS


def test_yaml_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(ArchiveError):
        load_yaml(b"a: \xff\n")
