# SPDX-License-Identifier: Apache-2.0
"""Files by their digest: whole or not at all, and never another file than was asked for."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from lwnode.errors import DiskFullError, NotFoundError, StoreError
from lwnode.store.blobs import Blobs


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if not path.is_dir()]


@pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 4_096], ids=["empty", "byte", "megabyte"])
def test_what_is_put_is_got(blobs: Blobs, data: bytes) -> None:
    sha256 = blobs.put(data)
    assert sha256 == hashlib.sha256(data).hexdigest()
    assert blobs.get(sha256) == data == blobs.path(sha256).read_bytes()
    assert blobs.has(sha256)
    assert blobs.length(sha256) == len(data) == blobs.size()
    assert blobs.put(data) == sha256
    assert list(blobs.all()) == [sha256]


def test_a_deleted_file_is_gone(blobs: Blobs) -> None:
    sha256 = blobs.put(b"x")
    blobs.delete(sha256)
    blobs.delete(sha256)
    assert not blobs.has(sha256)
    assert blobs.size() == 0
    for ask in (blobs.get, blobs.path, blobs.length, lambda sha: blobs.part(sha, 0, 1)):
        with pytest.raises(NotFoundError):
            ask(sha256)


@pytest.mark.parametrize(
    ("start", "length", "expect"), [(0, 4, b"0123"), (8, 9, b"89"), (10, 1, b""), (99, 1, b""), (3, 0, b"")]
)
def test_a_part(blobs: Blobs, start: int, length: int, expect: bytes) -> None:
    assert blobs.part(blobs.put(b"0123456789"), start, length) == expect


@pytest.mark.parametrize(("start", "length"), [(-1, 1), (0, -1)])
def test_a_part_that_cannot_be(blobs: Blobs, start: int, length: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        blobs.part(blobs.put(b"0123456789"), start, length)


def test_a_changed_file_is_an_error_and_put_right(blobs: Blobs) -> None:
    sha256 = blobs.put(b"original")
    blobs.path(sha256).write_bytes(b"0riginal")
    with pytest.raises(StoreError, match="changed on the disk"):
        blobs.get(sha256)
    assert blobs.put(b"original") == sha256
    assert blobs.get(sha256) == b"original"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("call", ["write", "fsync", "open"])
def test_a_full_disk_leaves_nothing_half_written(
    number: int, call: str, blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = blobs.put(b"kept")
    plain, left = getattr(os, call), [2]

    def full(*args: object) -> object:
        left[0] -= 1
        if left[0] < (1 if call == "write" else 2):
            raise OSError(number, os.strerror(number))
        if call == "write":  # the first half goes through, as it does on a disk that runs full
            return plain(args[0], args[1][:10])  # type: ignore[index]  # os.write takes a buffer
        return plain(*args)

    with monkeypatch.context() as patch:
        patch.setattr(f"lwnode.store.durable.os.{call}", full)
        with pytest.raises(DiskFullError, match="no room"):
            blobs.put(b"a file that has no room")
    assert [path.name for path in files(tmp_path)] == [kept]
    assert blobs.get(kept) == b"kept"
    assert blobs.get(blobs.put(b"a file that has no room")) == b"a file that has no room"


def test_a_write_that_takes_only_a_part_is_gone_on_with(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = os.write
    monkeypatch.setattr("lwnode.store.durable.os.write", lambda number, data: plain(number, data[:3]))
    assert blobs.get(blobs.put(b"0123456789")) == b"0123456789"


def test_another_fault_of_the_disk(blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("lwnode.store.durable.os.fsync", broken)
    with pytest.raises(StoreError, match="Input/output error") as caught:
        blobs.put(b"x")
    assert not isinstance(caught.value, DiskFullError)
    assert files(tmp_path) == []


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    kept = blobs.put(b"kept")
    (tmp_path / "blobs" / "unfinished" / "ab.part").write_bytes(b"half")
    assert list(Blobs(tmp_path / "blobs").all()) == [kept]
    assert [path.name for path in files(tmp_path)] == [kept]
