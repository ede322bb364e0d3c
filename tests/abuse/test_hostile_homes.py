# SPDX-License-Identifier: Apache-2.0
"""A home whose files somebody else has written: refused with a reason, left as it is, never replaced in silence."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from lwnode.errors import LockedError, LwnodeError, NotFoundError, RollbackError, StoreError
from lwnode.paths import Home
from lwnode.store import HubStore
from lwnode.store.blobs import Blobs
from tests.support.store import audit, clock, dataset, open_store, publish


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with three publications, closed."""
    root = tmp_path_factory.mktemp("homes") / "good"
    with open_store(root) as store:
        store.datasets.put(dataset())
        for number in range(3):
            publish(store, number)
    with HubStore.open(Home(root), now=clock()):
        pass
    return root


@pytest.fixture
def home(good: Path, tmp_path: Path) -> Home:
    return Home(shutil.copytree(good, tmp_path / "home"))


def sql(*statements: str) -> Callable[[Home], None]:
    def change(home: Home) -> None:
        with closing(sqlite3.connect(home.database, isolation_level=None)) as other:
            for statement in statements:
                other.execute(statement)

    return change


def content(data: bytes) -> Callable[[Home], None]:
    return lambda home: home.database.write_bytes(data)


def cut(share: float) -> Callable[[Home], None]:
    return lambda home: os.truncate(home.database, int(home.database.stat().st_size * share))


@dataclass(frozen=True, kw_only=True)
class Case:
    """Something done to a closed home, and what opening it must say."""

    name: str
    change: Callable[[Home], None]
    words: str
    expect: type[LwnodeError] = StoreError


CASES = (
    Case(name="text", change=content(b"not a database, but long enough to be one"), words="is not a database"),
    Case(name="one byte", change=content(b"S"), words="is not a database"),
    Case(name="zeros", change=content(bytes(40_960)), words="is not a database"),
    Case(name="magic only", change=content(b"SQLite format 3\x00"), words="damaged"),
    Case(name="magic and rubbish", change=content(b"SQLite format 3\x00" + bytes(range(256)) * 64), words=""),
    Case(name="empty", change=content(b""), words="missing or empty"),
    Case(name="half of it", change=cut(0.5), words="damaged"),
    Case(name="a byte short", change=cut(0.9999), words="damaged"),
    Case(
        name="another program's database",
        change=lambda home: (
            home.database.unlink(),
            sql("CREATE TABLE moz_places (id INTEGER)")(home),
        )[1],
        words="not the database of a node",
    ),
    Case(
        name="the hub's database",
        change=lambda home: (shutil.copy(home.hub_database, home.database), None)[1],
        words="not the database of a node",
    ),
    Case(name="newer", change=sql("PRAGMA user_version = 99"), words="newer lwnode"),
    Case(name="version 0", change=sql("PRAGMA user_version = 0"), words="no version"),
    Case(name="negative version", change=sql("PRAGMA user_version = -1"), words="no version"),
    Case(name="other mark", change=sql("PRAGMA application_id = 7"), words="not the database of a node"),
    Case(
        name="a trigger that spends nothing",
        change=sql("CREATE TRIGGER x AFTER INSERT ON ledger BEGIN UPDATE meta SET value = ''; END"),
        words="changed by something else than lwnode: x",
    ),
    Case(name="guard taken away", change=sql("DROP TRIGGER ledger_fixed"), words="ledger_fixed"),
    Case(name="index taken away", change=sql("DROP INDEX outbox_recipient"), words="outbox_recipient"),
    Case(name="table taken away", change=sql("DROP TABLE partner"), words="partner"),
    Case(name="a view for a table", change=sql("DROP TABLE job", "CREATE VIEW job AS SELECT 1"), words="job"),
    Case(name="a column more", change=sql("ALTER TABLE ledger ADD COLUMN x TEXT"), words="ledger"),
    Case(
        name="a name for an attacker",
        change=sql('CREATE TABLE "a\nb\x1b[31m" (x)'),
        words="changed by something else",
    ),
    Case(
        name="a cheaper charge",
        change=sql(
            "DROP TRIGGER ledger_fixed",
            "UPDATE ledger SET mu = 0.0001 WHERE seq = 2",
            "CREATE TRIGGER ledger_fixed BEFORE UPDATE ON ledger\n"
            "BEGIN SELECT RAISE (ABORT, 'the ledger is never changed'); END",
        ),
        words="nothing is proven from entry 2 on",
    ),
    Case(
        name="a charge taken away",
        change=sql(
            "DROP TRIGGER ledger_kept",
            "DELETE FROM ledger WHERE seq = 3",
            "UPDATE sqlite_sequence SET seq = 2 WHERE name = 'ledger'",
            "CREATE TRIGGER ledger_kept BEFORE DELETE ON ledger\n"
            "BEGIN SELECT RAISE (ABORT, 'the ledger is never shortened'); END",
        ),
        words="2 of 3 charges",
        expect=RollbackError,
    ),
    Case(name="no head", change=lambda home: home.ledger_head.unlink(), words="is missing", expect=RollbackError),
    *(
        Case(
            name=f"head {number}",
            change=lambda home, data=data: (home.ledger_head.write_bytes(data), None)[1],
            words=words,
        )
        for number, (data, words) in enumerate(
            (
                (b"", "damaged"),
                (b"\x00" * 64, "damaged"),
                (b"[" * 100_000, "damaged"),
                (b'{"count":-1,"hash":"' + b"0" * 64 + b'"}', "damaged"),
                (b'{"count":1,"hash":"x"}', "damaged"),
                (b'{"count": 1, "hash": ""}', "damaged"),
                (b'{"count":1e400,"hash":""}', "damaged"),
                (b'{"count":9007199254740993,"hash":"' + b"0" * 64 + b'"}', "damaged"),
            )
        )
    ),
    Case(
        name="a head of the future",
        change=lambda home: (home.ledger_head.write_bytes(b'{"count":9,"hash":"' + b"0" * 64 + b'"}'), None)[1],
        words="3 of 9 charges",
        expect=RollbackError,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_home_that_was_tampered_with(case: Case, home: Home) -> None:
    case.change(home)
    before = home.database.read_bytes()
    for _ in range(2):
        with pytest.raises(case.expect) as caught:
            open_store(home.root)
        assert not isinstance(caught.value, LockedError)
        assert case.words in str(caught.value)
        assert str(caught.value).isprintable()
        assert caught.value.hint
    assert home.database.read_bytes() == before


def test_what_only_looks_tampered_opens(home: Home) -> None:
    sql("VACUUM", "PRAGMA optimize", "PRAGMA journal_mode = DELETE")(home)
    with open_store(home.root) as store:
        assert audit(store) == 3


def test_damaged_pages_never_crash_and_never_pass_for_another_history(good: Path, tmp_path: Path) -> None:
    """Rows of random damage: each opens and is whole, or is refused by one of our errors."""
    chance, opened = random.Random(5), 0
    original = Home(good).database.read_bytes()
    for number in range(60):
        home = Home(shutil.copytree(good, tmp_path / str(number)))
        data = bytearray(original)
        for _ in range(chance.choice((1, 1, 8, 64))):
            data[chance.randrange(100, len(data))] = chance.randrange(256)
        home.database.write_bytes(data)
        with contextlib.suppress(LwnodeError), open_store(home.root) as store:
            opened += 1
            assert [entry.key for entry in store.ledger.entries()] == ["key 0", "key 1", "key 2"]
            store.catalogue.search_text("model")
            store.outbox.verify()
            store.drafts.list()
        shutil.rmtree(home.root)
    assert opened < 60


def test_an_old_log_beside_an_old_database(home: Home, tmp_path: Path) -> None:
    """The files of another moment, mixed: whole and not older than the head, or refused."""
    store = open_store(home.root)
    publish(store, 3)
    log = home.database.with_name("node.db-wal").read_bytes()
    store.close()
    older = Home(shutil.copytree(tmp_path / "home", tmp_path / "mixed"))
    older.database.with_name("node.db-wal").write_bytes(log[: len(log) // 2])
    with contextlib.suppress(StoreError), open_store(older.root) as mixed:
        assert audit(mixed) == 4


@pytest.mark.parametrize(
    "name",
    ["", "..", "../../../etc/passwd", "/etc/passwd", "a" * 63, "A" * 64, "g" * 64, "a" * 65, "a" * 64 + "\n", "é" * 64,
     "ab/../../../../etc/passwd".ljust(64, "0"), "０" * 64, "\x00" * 64, "unfinished"],
)  # fmt: skip
def test_a_digest_never_becomes_a_path(name: str, tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    assert not blobs.has(name)
    blobs.delete(name)
    for ask in (blobs.get, blobs.path, blobs.length, lambda sha256: blobs.part(sha256, 0, 1)):
        with pytest.raises(NotFoundError, match="no file of that digest"):
            ask(name)


def test_a_link_a_pipe_or_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    secret = tmp_path / "secret"
    secret.write_text("not for the network")
    for make in (lambda path: path.symlink_to(secret), os.mkfifo, lambda path: path.mkdir()):
        sha256 = blobs.put(b"x")
        file = blobs.path(sha256)
        file.unlink()
        make(file)
        start = time.monotonic()
        with pytest.raises((StoreError, NotFoundError)):
            blobs.get(sha256)
        assert time.monotonic() - start < 60  # a pipe is not waited for
        file.rmdir() if file.is_dir() and not file.is_symlink() else file.unlink()
    assert secret.read_text() == "not for the network"


def test_what_a_person_kept_private_is_nowhere_outside_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A canary value in an in-memory table's private copy: not in temporary folders, not in what is told."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("TMPDIR", "SQLITE_TMPDIR", "TEMP"):
        monkeypatch.setenv(name, str(elsewhere))
    monkeypatch.chdir(elsewhere)
    with open_store(tmp_path / "home") as store:
        blob = store.blobs.put(b"canary-4711," * 100_000)
        store.datasets.put(dataset(blob=blob, columns=()))
        publish(store, 0)
        assert store._database.value("PRAGMA temp_store") == 2  # sorting and indexing stay in memory
        with pytest.raises(StoreError) as caught:
            store.datasets.put(dataset("canary-4711", rows=-1))
        assert "canary-4711" not in str(caught.value)
        with store.transaction():
            for number in range(300):
                store.meta.set(f"{number}", "canary-4711" * 100)
        store._database.rows("SELECT value FROM meta ORDER BY value, key")
    assert list(elsewhere.iterdir()) == []
    assert not any(b"canary-4711" in file.read_bytes() for file in tmp_path.rglob("*.head"))
