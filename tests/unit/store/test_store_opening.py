# SPDX-License-Identifier: Apache-2.0
"""Opening a home: who may, what is checked, and what it leaves on the disk."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lwnode.errors import LockedError, RollbackError, StoreError
from lwnode.paths import Home
from lwnode.store import HubStore, Store
from lwnode.store.lock import Lock
from tests.support.store import audit, clock, dataset, open_store, publish, sha


def test_importing_the_room_imports_nothing_heavy() -> None:
    heavy = {"sqlite_utils", "click", "torch", "sklearn", "onnx", "rapidfuzz"}
    code = f"import sys, lwnode.store; print(*({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


def test_only_the_owner_may_read_what_is_kept(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with open_store(tmp_path / "home") as store, HubStore.open(Home(tmp_path / "home"), now=clock()) as hub:
            store.datasets.put(dataset())
            publish(store, 0)
            hub.blobs.put(b"file")
            store.snapshot(tmp_path / "home" / "copy.db")
            modes = {
                path.relative_to(tmp_path).as_posix(): stat.S_IMODE(path.lstat().st_mode)
                for path in [tmp_path / "home", *(tmp_path / "home").rglob("*")]
            }
    finally:
        os.umask(before)
    assert {name.rpartition("/")[2] for name in modes} >= {"node.db", "node.db-wal", "hub.db", "ledger.head", "lock"}
    for name, mode in modes.items():
        assert mode == (0o700 if (tmp_path / name).is_dir() else 0o600), name


def test_a_file_that_was_opened_to_others_is_closed_again(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    Home(tmp_path).database.chmod(0o644)
    open_store(tmp_path).close()
    assert stat.S_IMODE(Home(tmp_path).database.stat().st_mode) == 0o600


def test_a_second_opening_names_the_process(tmp_path: Path) -> None:
    with open_store(tmp_path):
        with pytest.raises(LockedError, match=f"process {os.getpid()}") as caught:
            open_store(tmp_path)
        assert caught.value.hint
    open_store(tmp_path).close()


def test_another_process_is_refused_while_one_has_it(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib, datetime as d\n"
        "from lwnode.paths import Home\nfrom lwnode.store import Store\nfrom lwnode.errors import LockedError\n"
        "try: Store.open(Home(pathlib.Path(sys.argv[1])), now=lambda: d.datetime.now(d.UTC))\n"
        "except LockedError as e: print(e)\n"
    )
    with open_store(tmp_path):
        told = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert f"in use by process {os.getpid()}" in told.stdout


def test_what_a_dead_process_left_is_no_lock(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    Home(tmp_path).lock.write_text("1\n")  # process 1 lives, and holds nothing
    open_store(tmp_path).close()


@pytest.mark.parametrize("content", [b"", b"not a number\n", b"\xff" * 40])
def test_a_lock_without_a_number_still_locks(content: bytes, tmp_path: Path) -> None:
    lock = Lock(tmp_path / "lock", "the home")
    (tmp_path / "lock").write_bytes(content)
    with pytest.raises(LockedError, match="another process"):
        Lock(tmp_path / "lock", "the home")
    lock.release()
    lock.release()


def test_a_link_in_the_place_of_the_lock(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("kept")
    (tmp_path / "lock").symlink_to(tmp_path / "precious")
    with pytest.raises(StoreError):
        Lock(tmp_path / "lock", "the home")
    assert (tmp_path / "precious").read_text() == "kept"


def test_the_hub_of_a_home_has_a_lock_of_its_own(tmp_path: Path) -> None:
    node, hub = open_store(tmp_path), HubStore.open(Home(tmp_path), now=clock())
    with node, hub, pytest.raises(LockedError, match="the hub of"):
        HubStore.open(Home(tmp_path), now=clock())


def test_what_fails_to_open_gives_the_lock_back(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    Home(tmp_path).ledger_head.write_bytes(b"{}")
    for _ in range(2):  # the second time must not say "locked"
        with pytest.raises(StoreError, match="damaged") as caught:
            open_store(tmp_path)
        assert not isinstance(caught.value, LockedError)


def test_an_older_copy_of_the_database_is_noticed(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with open_store(home.root) as store:
        store.datasets.put(dataset())
        publish(store, 0)
    shutil.copy(home.database, tmp_path / "older.db")
    with open_store(home.root) as store:
        publish(store, 1)
    shutil.copy(tmp_path / "older.db", home.database)
    for _ in range(2):
        with pytest.raises(RollbackError, match="1 of 2 charges") as caught:
            open_store(home.root)
        assert "restore" in caught.value.hint


def test_another_history_of_the_same_length_is_noticed(tmp_path: Path) -> None:
    for name, number in (("a", 0), ("b", 1)):
        with open_store(tmp_path / name) as store:
            store.datasets.put(dataset())
            publish(store, number)
    shutil.copy(tmp_path / "a" / "node.db", tmp_path / "b" / "node.db")
    with pytest.raises(RollbackError):
        open_store(tmp_path / "b")


def test_a_head_that_was_taken_away_is_noticed(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.datasets.put(dataset())
        publish(store, 0)
    Home(tmp_path).ledger_head.unlink()
    with pytest.raises(RollbackError, match="is missing"):
        open_store(tmp_path)


def test_a_head_that_is_behind_is_brought_up_to_date(tmp_path: Path) -> None:
    head = Home(tmp_path).ledger_head
    with open_store(tmp_path) as store:
        store.datasets.put(dataset())
        publish(store, 0)
        behind = head.read_bytes()
        publish(store, 1)
        ahead = head.read_bytes()
    head.write_bytes(behind)
    open_store(tmp_path).close()
    assert head.read_bytes() == ahead != behind


def test_a_person_may_put_an_older_database_back(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with open_store(home.root) as store:
        store.datasets.put(dataset())
        publish(store, 0)
        publish(store, 1)
        store.delivery.acknowledge("hub-1", 1)
        store.delivery.set_cursor("hub-1", 4)
        box = store.delivery.box("hub-1")
        store.snapshot(tmp_path / "backup.db")
        publish(store, 2)
    shutil.copy(tmp_path / "backup.db", home.database)
    with open_store(home.root, restored=True) as store:
        assert len(store.ledger.entries()) == 2
        assert store.delivery.box("hub-1") != box
        assert [operation.seq for operation in store.delivery.after("hub-1", 0, 9)] == [1]
        assert store.delivery.cursor("hub-1") == 0
    open_store(home.root).close()


def test_a_snapshot_is_whole_and_never_replaces_a_file(tmp_path: Path) -> None:
    with open_store(tmp_path / "home") as store:
        store.datasets.put(dataset())
        publish(store, 0)
        store.snapshot(tmp_path / "copy.db")
        publish(store, 1)
        with pytest.raises(StoreError, match="cannot be written"):
            store.snapshot(tmp_path / "copy.db")
    shutil.copytree(tmp_path / "home", tmp_path / "second")
    shutil.copy(tmp_path / "copy.db", tmp_path / "second" / "node.db")
    with open_store(tmp_path / "second", restored=True) as second:
        assert audit(second) == 1


@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_lost_database_is_not_made_anew(how: str, tmp_path: Path) -> None:
    open_store(tmp_path).close()
    file = Home(tmp_path).database
    file.unlink() if how == "missing" else file.write_bytes(b"")
    with pytest.raises(StoreError, match="missing or empty") as caught:
        open_store(tmp_path)
    assert "restore" in caught.value.hint
    assert (not file.exists()) if how == "missing" else file.stat().st_size == 0


@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_lost_hub_is_not_made_anew(how: str, tmp_path: Path) -> None:
    HubStore.open(Home(tmp_path), now=clock()).close()
    file = Home(tmp_path).hub_database
    file.unlink() if how == "missing" else file.write_bytes(b"")
    with pytest.raises(StoreError, match="missing or empty"):
        HubStore.open(Home(tmp_path), now=clock())


def test_closing_is_final_and_may_be_repeated(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.meta.get("a")
    with pytest.raises(StoreError, match="closed"):
        store.meta.set("a", "b")


def _descriptors(folder: Path) -> int:
    """Return how many files below a folder this process has open."""
    count = 0
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            count += str(folder) in str(link.readlink())
    return count


def test_the_end_of_a_thread_closes_its_connection(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:

        def look() -> None:
            store.meta.get("a")
            seen.append(_descriptors(tmp_path))

        seen: list[int] = []
        for _ in range(8):
            thread = threading.Thread(target=look)
            thread.start()
            thread.join()
        assert len(store._database._slots) == 1  # this thread's
        assert seen[0] == seen[-1]
    assert _descriptors(tmp_path) == 0


def test_closing_closes_the_connections_of_every_thread(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    ready, leave = threading.Barrier(4), threading.Event()

    def look() -> None:
        store.meta.get("a")
        ready.wait()
        leave.wait()

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    ready.wait()
    store.close()  # whatever threads still live
    assert _descriptors(tmp_path) == 0
    assert not Home(tmp_path).database.with_name("node.db-wal").exists()  # all of it is in the database
    leave.set()
    for thread in threads:
        thread.join()


def test_a_forked_process_may_not_use_it(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib, datetime as d\n"
        "from lwnode.paths import Home\nfrom lwnode.store import Store\nfrom lwnode.errors import StoreError\n"
        "store = Store.open(Home(pathlib.Path(sys.argv[1])), now=lambda: d.datetime.now(d.UTC))\n"
        "if os.fork() == 0:\n"
        "    try: store.meta.get('a')\n"
        "    except StoreError as e: os.write(1, str(e).encode()); os._exit(0)\n"
        "os.wait(); store.close()\n"
    )
    told = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "forked process" in told.stdout


def test_a_home_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    def no_room(*_: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("lwnode.store.migrations.os.open", no_room)
    with pytest.raises(StoreError) as caught:
        Store.open(Home(tmp_path), now=clock())
    assert caught.value.hint
    assert sha("") not in str(caught.value)
