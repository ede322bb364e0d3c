# SPDX-License-Identifier: Apache-2.0
"""Island profiles from somebody who means harm: refused with our error, quickly and without much memory."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lwnode.documents import Column, Profile, decode, encode
from lwnode.errors import DocumentError, LwnodeError, SettingsError
from lwnode.node.profile_file import read_columns, read_profile
from tests.support.clock import cpu_seconds

GOOD = Profile.from_bounds({"age": (0, 110), "sex": ["f", "m"]})
PLAIN: dict[str, Any] = json.loads(encode(GOOD))  # with the numbers as the canonical form writes them
SECONDS, BYTES = 0.05, 64 * 2**20


def changed(**changes: Any) -> bytes:
    return json.dumps({**PLAIN, **changes}, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def column(**changes: Any) -> list[dict[str, Any]]:
    return [{**PLAIN["columns"][0], **changes}]


def number(text: str) -> bytes:
    return changed(gamma=-7.5).replace(b"-7.5", text.encode())


DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "not JSON": lambda: b"\x80\x04pickle",
    "half": lambda: encode(GOOD)[:-5],
    "NaN": lambda: number("NaN"),
    "infinite": lambda: number("Infinity"),
    "1e999": lambda: number("1e999"),
    "a number of 10^5 digits": lambda: number("9" * 100_000),
    "gamma 0": lambda: number("0"),
    "gamma below 0": lambda: number("-0.5"),
    "gamma as text": lambda: number('"1"'),
    "gamma in another spelling": lambda: number("0.50"),
    "huge bounds": lambda: changed(columns=column(low=-1.7e308, high=1.7e308)),
    "low above high": lambda: changed(columns=column(low=2.0, high=1.0)),
    "low at high": lambda: changed(columns=column(low=2.0, high=2.0)),
    "no bounds": lambda: changed(columns=column(low=None, high=None)),
    "a column twice": lambda: changed(columns=column() * 2),
    "10^5 columns": lambda: changed(columns=[{**PLAIN["columns"][0], "name": f"c{i}"} for i in range(100_000)]),
    "10^5 levels": lambda: changed(columns=column(type="category", levels=[str(i) for i in range(100_000)])),
    "1,001 levels": lambda: changed(columns=column(type="category", levels=[str(i) for i in range(1_001)])),
    "2,001 columns": lambda: changed(columns=[{**PLAIN["columns"][0], "name": f"c{i}"} for i in range(2_001)]),
    "depth 10^5": lambda: b"[" * 100_000 + b"]" * 100_000,
    "depth 10^5 inside": lambda: changed(columns=None).replace(b"null", b"[" * 100_000 + b"]" * 100_000),
    "depth 10^5 in an unknown field": lambda: changed(zzz=-7.5).replace(b"-7.5", b"[" * 100_000 + b"]" * 100_000),
    "an unknown field": lambda: changed(colour="red"),
    "a field twice": lambda: encode(GOOD)[:-1] + b',"version":1}',
    "negative seed": lambda: changed(seed=-1),
    "a seed beyond 2^53": lambda: changed(seed=2**60),
    "version 0": lambda: changed(version=0),
    "previous that is no id": lambda: changed(previous="../../etc/passwd"),
    "previous that is empty and written": lambda: changed(previous=""),
    "control characters": lambda: changed(name="a\x1b[2Jb"),
    "unnormalised text": lambda: changed(columns=column(name="e\u0301")),
    "white space": lambda: json.dumps(PLAIN).encode(),
    "text of 300 kB": lambda: changed(name="a" * 300_000),
    "another schema": lambda: changed(schema="lwnode.profile/9"),
    "an origin of its own": lambda: changed(origin="trust me"),
}


def refused(call: Callable[[], object], kind: type[LwnodeError]) -> None:
    """Call it twice: once for the error and its memory, once for its time without the tracing."""
    tracemalloc.start()
    try:
        with pytest.raises(kind):
            call()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= BYTES

    def refused() -> None:
        with pytest.raises(kind):
            call()

    assert cpu_seconds(refused) <= SECONDS


@pytest.mark.parametrize("name", DOCUMENTS)
def test_hostile_documents_are_refused(name: str) -> None:
    data = DOCUMENTS[name]()
    refused(lambda: decode(data, Profile), DocumentError)


def test_the_sound_document_is_taken() -> None:
    assert decode(changed(), Profile) == GOOD
    assert decode(changed(previous="a" * 64, version=2), Profile).previous == "a" * 64


def big(count: int) -> list[dict[str, Any]]:
    return [{"name": f"c{i}", "low": 0, "high": 1} for i in range(count)]


def typed(**changes: Any) -> str:
    return json.dumps({"name": "p", "columns": [{"name": "age", "low": 0, "high": 110, **changes}]})


FILES: dict[str, Callable[[], str | bytes]] = {
    "empty": lambda: "",
    "not UTF-8": lambda: b"\xff\xfe{}",
    "a list": lambda: "[]",
    "no columns": lambda: "{}",
    "columns as text": lambda: '{"columns": "age"}',
    "depth 10^5": lambda: '{"columns": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "NaN": lambda: '{"columns": [{"name": "a", "low": NaN, "high": 1}]}',
    "infinite": lambda: '{"columns": [{"name": "a", "low": 0, "high": 1e999}]}',
    "a whole number of 400 digits": lambda: '{"columns": [{"name": "a", "low": 0, "high": 1' + "0" * 400 + "}]}",
    "a number of 10^5 digits": lambda: '{"columns": [{"name": "a", "low": 0, "high": ' + "9" * 100_000 + "}]}",
    "bounds as a list": lambda: typed(low=[0]),
    "low above high": lambda: typed(low=200),
    "a column twice": lambda: json.dumps({"columns": big(1) * 2}),
    "10^5 columns": lambda: json.dumps({"columns": big(100_000)}),
    "10^5 levels": lambda: typed(type="category", levels=[str(i) for i in range(100_000)]),
    "levels as text": lambda: typed(type="category", levels="abc"),
    "a level twice": lambda: typed(type="category", levels=["a", "a"]),
    "a unit that is a number": lambda: typed(unit=3),
    "a column without a name": lambda: '{"columns": [{"low": 0}]}',
    "a column that is none": lambda: '{"columns": [3]}',
    "an unknown type": lambda: typed(type="date"),
    "an unknown role": lambda: typed(role="spy"),
    "an unknown key": lambda: typed(lo=0),
    "gamma below 0": lambda: json.dumps({"columns": big(1), "gamma": -1}),
    "gamma of 400 digits": lambda: '{"columns": [{"name": "a", "low": 0, "high": 1}], "gamma": 1' + "0" * 400 + "}",
    "a seed that is text": lambda: json.dumps({"columns": big(1), "seed": "x"}),
    "a seed that is null": lambda: json.dumps({"columns": big(1), "seed": None}),
    "a negative seed": lambda: json.dumps({"columns": big(1), "seed": -1}),
    "a seed beyond 2^53": lambda: json.dumps({"columns": big(1), "seed": 2**60}),
    "an unknown origin": lambda: json.dumps({"columns": big(1), "origin": "public"}),
    "control characters": lambda: json.dumps({"columns": [{"name": "a\u0007", "low": 0, "high": 1}]}),
}


@pytest.mark.parametrize("name", FILES)
def test_hostile_files_are_refused(name: str, tmp_path: Path) -> None:
    content = FILES[name]()
    file = tmp_path / "profile.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    if name == "10^5 columns":  # a file of 4 MB takes its time to be parsed; what is refused is refused right after
        with pytest.raises(SettingsError, match="more than"):
            read_profile(file)
        return
    refused(lambda: read_profile(file), SettingsError)


def test_a_file_of_any_size_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    with file.open("wb") as out:
        out.truncate(2**34)
    refused(lambda: read_profile(file), SettingsError)
    refused(lambda: read_columns(file), SettingsError)


def test_open_bounds_are_read_for_a_draw_and_not_as_a_profile(tmp_path: Path) -> None:
    file = tmp_path / "open.json"
    file.write_text(json.dumps({"name": "p", "columns": [{"name": "age", "low": None, "high": None}]}))
    assert read_columns(file) == ((Column(name="age", type="number"),), "p")
    with pytest.raises(SettingsError, match="needs a low"):
        read_profile(file)
    file.write_text(json.dumps({"columns": [{"name": "age", "low": 3, "high": 1}]}))
    with pytest.raises(SettingsError, match="below"):
        read_columns(file)


def test_bounds_of_private_data_say_so_wherever_they_come_from(tmp_path: Path) -> None:
    own = decode(changed(origin="own data"), Profile)
    assert own.origin == "own data"
    file = tmp_path / "own.json"
    file.write_text(json.dumps({"columns": big(2), "origin": "own data"}))
    assert read_profile(file).origin == "own data"
