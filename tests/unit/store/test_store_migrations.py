# SPDX-License-Identifier: Apache-2.0
"""Databases of every released version open, and those of a later one do not."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from lwnode.documents.delivery import Row
from lwnode.errors import StoreError
from lwnode.paths import Home, create_home
from lwnode.store import HubStore, Spelt, migrations
from lwnode.store.migrations import HUB, NODE, open_database
from tests.support.store import START, clock, open_store, ready, sha

_VECTORS = Path(__file__).parents[2] / "vectors" / "store"


def golden(root: Path, version: int) -> Home:
    home = Home(root)
    create_home(home)
    home.database.write_bytes(gzip.decompress((_VECTORS / f"node-version-{version}.db.gz").read_bytes()))
    hub = _VECTORS / f"hub-version-{version}.db.gz"
    if hub.exists():
        home.hub_database.write_bytes(gzip.decompress(hub.read_bytes()))
    home.ledger_head.write_bytes((_VECTORS / f"node-version-{version}.head").read_bytes())
    return home


def test_every_version_has_its_golden_databases() -> None:
    assert [len(NODE.steps), len(HUB.steps)] == [6, 1]  # a new version brings a new pair of files and a test below
    assert {file.name for file in _VECTORS.iterdir()} == {
        "node-version-1.db.gz",
        "node-version-1.head",
        "node-version-2.db.gz",
        "node-version-2.head",
        "node-version-3.db.gz",
        "node-version-3.head",
        "node-version-4.db.gz",
        "node-version-4.head",
        "node-version-5.db.gz",
        "node-version-5.head",
        "node-version-6.db.gz",
        "node-version-6.head",
        "hub-version-1.db.gz",
    }


def test_a_node_of_version_1(tmp_path: Path) -> None:
    home = golden(tmp_path, 1)
    with open_store(home.root) as store:
        assert store.meta.get("colour") == "green"
        assert [entry.key for entry in store.ledger.entries("admissions")] == ["key 0", "key 1"]
        assert store.outbox.verify() is None
        assert store.datasets.get("admissions").columns[1].name == "性别"
        assert store.profiles.list()[0].width == 3
        assert store.models.get("risk").id == "ab12" * 8
        assert len(store.catalogue.search_text("骨科")) == 1
        assert [draft.published for draft in store.drafts.list()] == [START, START]
        assert (store.delivery.waiting("hub-1"), store.delivery.cursor("hub-1")) == (1, 5)
        assert store.delivery.seen("hub-1", 7)
        assert store.jobs.list()[0].state == "interrupted"
        assert store.partners.get("Clinic").keys == b"k"
        assert store.memberships.get("Hefei").joined == START
        assert store.outbox.traffic()[0].received == 20


def test_a_node_of_version_1_tells_what_its_models_learnt_from(tmp_path: Path) -> None:
    home = golden(tmp_path, 1)
    with closing(sqlite3.connect(home.database)) as other:
        other.execute("INSERT INTO meta VALUES ('rows of ' || ?, ?)", ("ab12" * 8, sha("rows")))
        other.commit()
    with open_store(home.root) as store:
        assert store.models.get("risk").rows == sha("rows")
        assert store.meta.get("rows of " + "ab12" * 8) is None
        assert store.ledger.verify() is None
        assert [entry.release for entry in store.ledger.entries()] == ["", ""]
        assert (store.datasets.get("admissions").renamed, store.datasets.get("admissions").source) == ("", "")
        assert store.row_sketches.list() == ()


def test_a_node_of_version_2(tmp_path: Path) -> None:
    home = golden(tmp_path, 2)
    with open_store(home.root) as store:
        assert store.models.get("risk").rows == sha("rows of the model")
        assert store.datasets.get("admissions").source == sha("rows of the file")
        assert store.ledger.charged("admissions")[2].release.startswith("sampled-gaussian/1")
        assert store.ledger.verify() is None
        assert [sketch.rows for sketch in store.row_sketches.list()] == [b"12345678"]


def test_a_node_of_version_3(tmp_path: Path) -> None:
    with open_store(golden(tmp_path, 2).root) as store:
        assert store.datasets.get("admissions").withheld == ()
    with open_store(golden(tmp_path / "three", 3).root) as store:
        assert store.datasets.get("admissions").withheld == ("ward",)
        assert store.ledger.verify() is None


def test_a_node_of_version_4(tmp_path: Path) -> None:
    with open_store(golden(tmp_path, 3).root) as store:
        assert store.checks.get(sha("checked")) is None
        assert store.checks.invalid() == frozenset()
    with open_store(golden(tmp_path / "four", 4).root) as store:
        record = store.checks.get(sha("checked"))
        assert record is not None
        assert (record.status, record.ran, record.seconds_per_row, record.points) == (1, True, 0.5, sha("points"))
        assert [(finding.code, finding.hint) for finding in record.findings] == [("slow", "ask for fewer")]
        assert record.time == START
        assert store.ledger.verify() is None


@pytest.mark.parametrize("version", range(1, 7))
def test_a_node_of_version_5(version: int, tmp_path: Path) -> None:
    """The words of an older index are understood when they are misspelt, and those that come later too."""
    with open_store(golden(tmp_path, version).root) as store:
        assert store.catalogue.spelling("helth HEFEY") == (
            Spelt(asked="helth", taken=("health",)),
            Spelt(asked="hefey", taken=("hefei",)),
        )
        assert len(store.catalogue.search_text("helth")) == 1
        store.catalogue.put(ready("Gastroscopy"))
        assert len(store.catalogue.search_text("gastrscopy")) == 1
        assert store._database.value("SELECT count(*) FROM indexed_word WHERE word = 'health'") == 1


def test_a_node_of_version_6(tmp_path: Path) -> None:
    with open_store(golden(tmp_path, 5).root) as store:
        assert store.agreements.get(sha("a"), sha("b")) is None
    with open_store(golden(tmp_path / "six", 6).root) as store:
        first, second = sorted((sha("a"), sha("b")))
        assert store.agreements.get(first, second) == (0.75, 60)
        assert store.agreements.get(second, first) is None
        assert store.ledger.verify() is None


def test_a_hub_of_version_1(tmp_path: Path) -> None:
    home = golden(tmp_path, 1)
    with HubStore.open(home, now=clock()) as hub:
        (member,) = hub.members()
        assert (member.name, len(hub.hub_id), hub.height()) == ("Clinic", 32, 1)
        assert hub.rows(0, 9, 999) == (Row(height=1, member=member.id, kind="announce", body=b"{}"),)
        assert hub.admit(sha("code"), b"public key", "Clinic", START) == "again"


@pytest.mark.parametrize("plan", [NODE, HUB], ids=["node", "hub"])
def test_a_newer_database_is_not_touched(plan: migrations.Plan, tmp_path: Path) -> None:
    file = tmp_path / "some.db"
    open_database(file, plan).close()
    with closing(sqlite3.connect(file)) as other:
        other.execute(f"PRAGMA user_version = {len(plan.steps) + 1}")
    before = file.read_bytes()
    with pytest.raises(StoreError, match="newer lwnode") as caught:
        open_database(file, plan)
    assert "update lwnode" in caught.value.hint
    assert file.read_bytes() == before


def test_a_version_more_keeps_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "some.db"
    database = open_database(file, HUB)
    with database.transaction():
        database.write("INSERT INTO meta VALUES ('a', 'b')")
    database.close()
    later = replace(HUB, steps=(*HUB.steps, lambda db: db.executescript("CREATE TABLE more (x TEXT) STRICT;")))
    database = open_database(file, later)
    assert database.value("SELECT value FROM meta WHERE key = 'a'") == "b"
    assert database.rows("SELECT * FROM more") == ()
    assert database.value("PRAGMA user_version") == 2
    database.close()


def test_a_step_that_fails_leaves_the_version_before(tmp_path: Path) -> None:
    file = tmp_path / "some.db"
    open_database(file, HUB).close()
    later = replace(HUB, steps=(*HUB.steps, lambda db: db.executescript("CREATE TABLE more (x TEXT); SELECT nothing;")))
    with pytest.raises(StoreError, match="refused"):
        open_database(file, later)
    database = open_database(file, HUB)
    assert database.value("SELECT count(*) FROM sqlite_master WHERE name = 'more'") == 0
    database.close()


def test_cut_off_while_it_was_made(tmp_path: Path) -> None:
    """A process that was killed right after the list of migrations was made leaves a file that opens."""
    file = tmp_path / "node.db"
    never = replace(NODE, steps=(lambda db: db.executescript("SELECT nothing;"),))
    with pytest.raises(StoreError):
        open_database(file, never)
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] > 0
    open_database(file, NODE).close()


def test_the_two_kinds_are_not_taken_for_each_other(tmp_path: Path) -> None:
    open_database(tmp_path / "hub.db", HUB).close()
    with pytest.raises(StoreError, match="not the database of a node"):
        open_database(tmp_path / "hub.db", NODE)


def test_no_write_ahead_log_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqlite_utils.Database.enable_wal", lambda self: None)
    with pytest.raises(StoreError, match="write-ahead log") as caught:
        open_database(tmp_path / "node.db", NODE)
    assert "local disk" in caught.value.hint
