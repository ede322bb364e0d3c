# SPDX-License-Identifier: Apache-2.0
"""The hub's store: one-time invites, members by their key, and a log that takes only what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from lwnode.documents import digest
from lwnode.documents.delivery import OPERATION_LIMIT, Operation
from lwnode.errors import DocumentError, NotFoundError, StoreError, TrustError
from lwnode.paths import Home
from lwnode.store import HubStore
from tests.support.store import START, clock, sha

CODE, KEY, OTHER = sha("code"), b"a public key", b"another public key"
LATER = START + timedelta(days=1)


def open_hub(root: Path, *, restored: bool = False) -> HubStore:
    return HubStore.open(Home(root), now=clock(), restored=restored)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubStore]:
    with open_hub(tmp_path) as opened:
        yield opened


@pytest.fixture
def member(hub: HubStore) -> str:
    hub.create_invite(CODE, LATER)
    assert hub.admit(CODE, KEY, "Clinic", START) == "admitted"
    return digest(KEY)


def operations(*numbers: int, body: bytes = b"x") -> list[Operation]:
    return [Operation(seq=number, kind="announce", body=body + b"%d" % number) for number in numbers]


# --- identity


def test_the_id_and_the_generation_are_born_with_the_database(tmp_path: Path) -> None:
    with open_hub(tmp_path / "a") as hub:
        born = (hub.hub_id, hub.generation)
    with open_hub(tmp_path / "a") as hub:
        assert (hub.hub_id, hub.generation) == born
    with open_hub(tmp_path / "a", restored=True) as hub:
        assert hub.hub_id == born[0]
        assert hub.generation != born[1]
    with open_hub(tmp_path / "b") as other:
        assert other.hub_id != born[0]
        assert len(other.hub_id) == len(other.generation) == 32


# --- invites


def test_an_invite_admits_one_key_once(hub: HubStore) -> None:
    hub.create_invite(CODE, LATER, "for the clinic")
    assert hub.admit(sha("guess"), KEY, "Clinic", START) == "unknown"
    assert hub.admit(CODE, KEY, "Clinic", START) == "admitted"
    assert hub.admit(CODE, KEY, "Clinic", START) == "again"
    assert hub.admit(CODE, OTHER, "Thief", START) == "used"
    assert hub.admit(CODE, KEY, "Clinic", LATER + timedelta(days=9)) == "again"  # its answer was lost, it asks late
    (found,) = hub.members()
    assert (found.id, found.public_key, found.name, found.joined, found.blocked) == (
        digest(KEY),
        KEY,
        "Clinic",
        START,
        False,
    )
    assert hub.member(digest(KEY)) == found
    (invite,) = hub.invites()
    assert (invite.code_hash, invite.note, invite.used_by, invite.used) == (CODE, "for the clinic", digest(KEY), START)


def test_an_invite_expires(hub: HubStore) -> None:
    hub.create_invite(CODE, LATER)
    assert hub.admit(CODE, KEY, "Clinic", LATER) == "expired"
    assert hub.members() == ()
    assert hub.invites()[0].used_by == ""
    assert hub.admit(CODE, KEY, "Clinic", LATER - timedelta(microseconds=1)) == "admitted"


def test_a_member_uses_up_a_second_invite(hub: HubStore, member: str) -> None:
    hub.create_invite(sha("second"), LATER)
    assert hub.admit(sha("second"), KEY, "Renamed", START) == "again"
    assert hub.admit(sha("second"), OTHER, "Other", START) == "used"
    assert [found.name for found in hub.members()] == ["Clinic"]


def test_the_same_code_cannot_be_invited_twice(hub: HubStore) -> None:
    hub.create_invite(CODE, LATER)
    with pytest.raises(StoreError):
        hub.create_invite(CODE, LATER + timedelta(days=9))
    assert hub.invites()[0].expires == LATER


def test_a_blocked_member_stays_out(hub: HubStore, member: str) -> None:
    hub.append(member, "box", operations(1))
    hub.block(member)
    assert hub.member(member).blocked
    with pytest.raises(TrustError, match="blocked"):
        hub.append(member, "box", operations(2))
    hub.create_invite(sha("second"), LATER)
    assert hub.admit(sha("second"), KEY, "Clinic", START) == "unknown"
    assert hub.admit(CODE, KEY, "Clinic", START) == "unknown"
    assert hub.admit(sha("second"), OTHER, "Other", START) == "admitted"
    assert hub.height() == 1


def test_nobody_of_that_name(hub: HubStore) -> None:
    for ask in (hub.member, hub.block, lambda member: hub.append(member, "box", operations(1))):
        with pytest.raises(NotFoundError):
            ask("0" * 64)


# --- the log


def test_only_the_next_number_is_taken(hub: HubStore, member: str) -> None:
    assert hub.last_seq(member, "box") == 0
    assert hub.append(member, "box", operations(2, 3)) == 0
    assert hub.append(member, "box", operations(1, 2)) == 2
    assert hub.append(member, "box", operations(1, 2, 3, 5, 6)) == 3
    assert hub.append(member, "box", operations(0, -1, 3, 3, 4)) == 4
    assert hub.append(member, "box", []) == 4
    assert [row.body for row in hub.rows(0, 99, 10**6)] == [b"x1", b"x2", b"x3", b"x4"]
    assert (hub.last_seq(member, "box"), hub.height()) == (4, 4)


def test_the_first_of_a_number_counts(hub: HubStore, member: str) -> None:
    hub.append(member, "box", operations(1, body=b"first"))
    assert hub.append(member, "box", operations(1, 2, body=b"second")) == 2
    assert [row.body for row in hub.rows(0, 99, 10**6)] == [b"first1", b"second2"]


def test_another_box_of_the_same_member_starts_at_one(hub: HubStore, member: str) -> None:
    hub.append(member, "box", operations(1, 2, 3))
    assert hub.append(member, "new box", operations(1, body=b"new")) == 1
    assert hub.append(member, "box", operations(4)) == 4
    assert [row.body for row in hub.rows(3, 99, 10**6)] == [b"new1", b"x4"]


def test_all_of_a_delivery_or_nothing(hub: HubStore, member: str) -> None:
    for bad in (
        Operation(seq=2, kind="gossip", body=b""),
        Operation(seq=2, kind="announce", body=bytes(OPERATION_LIMIT + 1)),
    ):
        with pytest.raises(DocumentError):
            hub.append(member, "box", [*operations(1), bad])
    for box in ("", "b" * 65):
        with pytest.raises(DocumentError, match="box"):
            hub.append(member, box, operations(1))
    assert hub.height() == 0


def test_pages_by_count_and_bytes(hub: HubStore, member: str) -> None:
    hub.append(member, "box", operations(*range(1, 201), body=bytes(98)))  # bodies of 99 to 101 bytes
    assert [row.height for row in hub.rows(0, 3, 10**6)] == [1, 2, 3]
    assert [row.height for row in hub.rows(198, 9, 10**6)] == [199, 200]
    assert hub.rows(200, 9, 10**6) == ()
    assert len(hub.rows(0, 10**6, 10**6)) == 200
    assert len(hub.rows(0, 150, 10**6)) == 150
    assert len(hub.rows(0, 99, 99 * 9)) == 9
    assert len(hub.rows(0, 99, 99 * 9 - 1)) == 8
    assert [row.height for row in hub.rows(5, 99, 1)] == [6]  # a reader must get on
    assert {row.member for row in hub.rows(0, 99, 10**6)} == {member}


@pytest.mark.parametrize(
    "statement", ["UPDATE log SET body = x''", "DELETE FROM log", "REPLACE INTO log SELECT * FROM log"]
)
def test_the_log_is_append_only(statement: str, hub: HubStore, member: str) -> None:
    hub.append(member, "box", operations(1))
    with pytest.raises(StoreError, match=r"never (changed|shortened)"), hub._database.transaction():
        hub._database.write(statement)
    assert hub.height() == 1


def test_files_of_the_members(hub: HubStore, tmp_path: Path) -> None:
    sha256 = hub.blobs.put(b"0123456789")
    assert hub.blobs.part(sha256, 2, 3) == b"234"
    assert Home(tmp_path).hub_blobs in hub.blobs.path(sha256).parents


def test_a_copy_of_the_hub(hub: HubStore, member: str, tmp_path: Path) -> None:
    hub.append(member, "box", operations(1))
    hub.snapshot(tmp_path / "copy.db")
    (tmp_path / "second").mkdir()
    (tmp_path / "copy.db").rename(tmp_path / "second" / "hub.db")
    with open_hub(tmp_path / "second", restored=True) as second:
        assert (second.hub_id, second.height()) == (hub.hub_id, 1)
        assert second.generation != hub.generation
