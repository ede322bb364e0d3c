# SPDX-License-Identifier: Apache-2.0
"""Transactions: everything or nothing, from any thread, and on a disk that runs full."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lwnode.errors import DiskFullError, LockedError, StoreError
from lwnode.store import Store
from lwnode.store.faults import explain
from tests.support.store import audit, dataset, open_store, publish, undone


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def test_all_or_nothing(store: Store) -> None:
    def interrupted() -> None:
        with store.transaction():
            store.meta.set("a", "1")
            store.outbox.append(kind="file", to="hub", what="", digest="d", size=1, who="node")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert store.meta.get("a") is None
    assert store.outbox.entries() == ()
    with store.transaction():
        store.meta.set("a", "2")
    assert store.meta.get("a") == "2"


def test_an_inner_block_undoes_only_itself(store: Store) -> None:
    with store.transaction():
        store.meta.set("outer", "1")
        with undone(store):
            store.meta.set("inner", "1")
        with store.transaction():
            store.meta.set("second", "1")
    assert [store.meta.get(key) for key in ("outer", "inner", "second")] == ["1", None, "1"]


def test_an_outer_block_undoes_the_inner_ones(store: Store) -> None:
    with undone(store), store.transaction():
        store.meta.set("inner", "1")
    assert store.meta.get("inner") is None


def test_what_waits_for_the_commit_happens_only_with_it(store: Store) -> None:
    done: list[str] = []
    database = store._database
    with store.transaction():
        database.after_commit(lambda: done.append("outer"))
        with undone(store):
            database.after_commit(lambda: done.append("undone"))
        assert done == []
    assert done == ["outer"]
    with undone(store):
        database.after_commit(lambda: done.append("never"))
    with store.transaction():
        pass
    assert done == ["outer"]


def test_nothing_is_written_outside_a_transaction(store: Store) -> None:
    with pytest.raises(StoreError, match="outside a transaction"):
        store._database.write("DELETE FROM meta")


def test_a_store_cannot_be_closed_inside_a_transaction(store: Store) -> None:
    with store.transaction():
        store.meta.set("a", "1")
        with pytest.raises(StoreError, match="inside a transaction"):
            store.close()
    assert store.meta.get("a") == "1"


def test_an_exception_of_the_caller_is_not_taken_for_one_of_the_database(store: Store) -> None:
    for _ in ("outer", "inner"):
        with pytest.raises(UnicodeEncodeError), store.transaction(), store.transaction():
            "ä".encode("ascii")


def test_text_that_is_not_unicode(store: Store) -> None:
    with pytest.raises(StoreError, match="not Unicode"):
        store.meta.set("path", "caf\udce9.csv")
    assert store.meta.get("path") is None


def test_threads_write_one_after_the_other_and_lose_nothing(store: Store) -> None:
    failures: list[BaseException] = []
    start = threading.Barrier(6)

    def work(name: str) -> None:
        try:
            start.wait()
            for number in range(20):
                with store.transaction():
                    before = int(store.meta.get("count") or "0")
                    store.meta.set("count", str(before + 1))
                    store.outbox.append(kind=name, to="hub", what="", digest=str(number), size=1, who="node")
                store.outbox.totals()
        except BaseException as error:  # a thread of a test: told to the test below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(f"kind {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert store.meta.get("count") == "120"
    assert store.outbox.verify() is None
    assert store.outbox.totals() == {f"kind {number}": 20 for number in range(6)}


def test_a_reader_sees_only_what_is_committed(store: Store) -> None:
    written, looked = threading.Event(), threading.Event()
    seen: list[str | None] = []

    def read() -> None:
        written.wait()
        seen.append(store.meta.get("a"))
        looked.set()

    thread = threading.Thread(target=read)
    thread.start()
    with store.transaction():
        store.meta.set("a", "1")
        written.set()
        assert looked.wait(10)
    thread.join()
    assert seen == [None]
    assert store.meta.get("a") == "1"


def test_a_full_disk_undoes_the_transaction_and_nothing_else(store: Store) -> None:
    store.datasets.put(dataset())
    publish(store, 0)
    native = store._database.native
    pages = native.execute("PRAGMA page_count").fetchone()[0]
    native.execute(f"PRAGMA max_page_count = {pages + 2}").fetchone()

    def publish_many() -> None:
        with store.transaction():
            store.meta.set("before", "1")
            for number in range(1, 100):
                publish(store, number)

    with pytest.raises(DiskFullError, match="no room") as caught:
        publish_many()
    assert "intact" in caught.value.hint
    assert audit(store) == 1
    assert store.meta.get("before") is None
    native.execute("PRAGMA max_page_count = 1000000").fetchone()
    publish(store, 1)
    assert audit(store) == 2


def test_a_transaction_that_the_database_gave_up_writes_nothing_more(store: Store) -> None:
    """Whoever catches "disk full" inside a block and goes on must not write the second half alone."""
    native = store._database.native

    def go_on() -> None:
        with store.transaction():
            store.meta.set("first", "1")
            native.conn.execute("ROLLBACK")  # what SQLite does by itself when it can do nothing else
            store.meta.set("second", "1")

    with pytest.raises(StoreError, match="undone by an earlier error"):
        go_on()
    with pytest.raises(StoreError, match="undone by an earlier error"), store.transaction():
        native.conn.execute("ROLLBACK")
    with pytest.raises(StoreError, match="undone by an earlier error"), store.transaction(), store.transaction():
        native.conn.execute("ROLLBACK")
    assert store.meta.get("second") is None
    store.meta.set("third", "1")
    assert store.meta.get("third") == "1"


def test_a_head_that_cannot_be_written_does_not_undo_the_charge(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store.datasets.put(dataset())
    before = (tmp_path / "ledger.head").read_bytes()

    def full(*_: object) -> None:
        raise DiskFullError("no room")

    with caplog.at_level(logging.WARNING), monkeypatch.context() as patch:
        patch.setattr("lwnode.store.ledger.write_head", full)
        publish(store, 0)
    assert "head could not be written" in caplog.text
    assert (tmp_path / "ledger.head").read_bytes() == before
    publish(store, 1)
    assert b'"count":2' in (tmp_path / "ledger.head").read_bytes()
    assert audit(store) == 2


@pytest.mark.parametrize(
    ("code", "expect", "words"),
    [
        (sqlite3.SQLITE_FULL, DiskFullError, "no room"),
        (sqlite3.SQLITE_CORRUPT, StoreError, "damaged"),
        (sqlite3.SQLITE_NOTADB, StoreError, "damaged"),
        (sqlite3.SQLITE_BUSY, LockedError, "another process"),
        (sqlite3.SQLITE_IOERR_WRITE, StoreError, "cannot be used"),
        (sqlite3.SQLITE_READONLY, StoreError, "cannot be used"),
        (sqlite3.SQLITE_CONSTRAINT_TRIGGER, StoreError, "refused"),
    ],
)
def test_what_sqlite_says(code: int, expect: type[StoreError], words: str, tmp_path: Path) -> None:
    error = sqlite3.OperationalError("as SQLite puts it")
    error.sqlite_errorcode = code
    found = explain(error, tmp_path / "node.db")
    assert type(found) is expect
    assert words in str(found)


def test_an_input_error_on_a_full_disk_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 0})())
    assert isinstance(explain(error, tmp_path / "node.db"), DiskFullError)


def test_mistakes_of_the_programmer_stay_what_they_are(store: Store) -> None:
    assert explain(sqlite3.ProgrammingError("wrong number of values"), Path("node.db")) is None
    with pytest.raises(sqlite3.ProgrammingError):
        store._database.rows("SELECT ?")
    with pytest.raises(sqlite3.ProgrammingError), store.transaction():
        store._database.write("DELETE FROM meta WHERE key = ?")
