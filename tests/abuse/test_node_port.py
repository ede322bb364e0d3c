# SPDX-License-Identifier: Apache-2.0
"""A hostile hub and hostile partners against the node's port: nothing unverified is kept, nothing verified is lost.

Each row of the first table is one document that a hub sends.  It must change nothing, and must not stop the honest
document that comes behind it on the same page.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import lwnode
from lwnode.archive import LIMITS
from lwnode.documents import FileEntry, Profile, Withdrawal, digest, encode
from lwnode.errors import DiskFullError, LwnodeError, TrustError
from lwnode.node.engine import Engine
from lwnode.node.facade import Node
from lwnode.node.port import StorePort
from lwnode.node.transport import Row
from lwnode.trust import seal_document, seal_keys, seal_manifest
from lwnode.trust.identity import spki_text
from tests.support.archive import CARD, PROFILE, SEMANTIC, Example, files, signed
from tests.support.homes import SAMPLE, TrainedHomes, engine_of, make_node, publish_trained, reopen
from tests.support.memory_hub import MemoryHub
from tests.support.trust import NOW, Organisation, operational, organisation, root, successor

HUB = "hub-of-strangers"
ALPHA, MALLORY, NOBODY = organisation("alpha"), organisation("mallory"), organisation("nobody")
LATER = NOW + timedelta(days=1)


@dataclass
class Victim:
    """A node, its port, and the log of a hub that sends it what it likes."""

    node: Node
    engine: Engine
    port: StorePort
    at: datetime = LATER

    def send(self, *documents: tuple[str, bytes], hub: str = HUB) -> int:
        """Send documents as the next rows of the hub's log."""
        base = self.port.cursor(hub)
        rows = [Row(height=base + i, member="m", kind=k, body=b) for i, (k, b) in enumerate(documents, 1)]
        return self.port.incoming(hub, base, rows)

    def meet(self, *organisations: Organisation) -> None:
        """Learn the keys of organisations."""
        self.send(*(("keys", who.document) for who in organisations))

    def give(self, contents: dict[str, bytes], hub: str = HUB) -> None:
        """Hand over those of the files that the node wants."""
        held = {digest(data): data for data in contents.values()}
        for entry in self.port.wanted(hub, 100):
            if entry.sha256 in held:
                self.port.received(hub, entry.sha256, held[entry.sha256])

    def take(self, example: Example, hub: str = HUB) -> None:
        """Announce a learnware and hand over its files."""
        self.send(("announce", example.bundle), hub=hub)
        self.give(example.files, hub)

    def states(self) -> dict[str, str]:
        return {row.id: row.state for row in self.engine.store.catalogue.list()}

    def everything(self) -> Any:
        """What documents can change; a learnware that was refused is as good as none."""
        store = self.engine.store
        return (
            {(row.id, row.state, row.organisation) for row in store.catalogue.list() if row.state != "refused"},
            {(row.publisher, row.organisation, row.version, row.state) for row in store.partners.list()},
            {profile.id for profile in store.profiles.list()},
            {entry.sha256 for entry in self.port.wanted(HUB, 1_000)},
        )


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Victim]:
    with make_node(tmp_path, "victim") as node:
        engine = engine_of(node)
        made = Victim(node=node, engine=engine, port=StorePort(engine))
        engine.now = lambda: made.at
        yield made


GOOD = signed(publisher=ALPHA)
HONEST = signed(files(semantic=dataclasses.replace(SEMANTIC, name="Honest")), ALPHA)


def announce(publisher: Organisation = ALPHA, key: Any = None, **changes: Any) -> bytes:
    """Return the announcement of the good learnware with some fields of its manifest changed."""
    base = signed(publisher=publisher).manifest
    return seal_manifest(dataclasses.replace(base, **changes), key or publisher.release)


def withdrawal(of: str = GOOD.manifest.id, by: Organisation = ALPHA, signer: Organisation | None = None) -> bytes:
    document = Withdrawal(publisher=by.keys.publisher, learnware=of, reason="told so", created=NOW)
    return seal_document(document, (signer or by).release)


def profile(**changes: Any) -> Profile:
    return dataclasses.replace(PROFILE, name="shared", **changes)


def entries(**sizes: int) -> tuple[FileEntry, ...]:
    """Return the good learnware's files with other sizes, or with further files."""
    found = {entry.name: entry for entry in GOOD.manifest.files}
    for name, size in sizes.items():
        stem, _, suffix = name.rpartition("_")
        full = f"{stem}.{suffix}"
        found[full] = FileEntry(name=full, sha256=digest(f"{full} {size}".encode()), size=size)
    return tuple(found[name] for name in sorted(found))


def spoiled(data: bytes, old: bytes, new: bytes) -> bytes:
    assert data.count(old) >= 1
    return data.replace(old, new, 1)


def with_keys(signers: tuple[Any, ...] = (root("mallory"),), base: Organisation = MALLORY, **changes: Any) -> bytes:
    return seal_keys(successor(base.keys, **changes), *signers)


def other_name_same_version() -> bytes:
    return seal_keys(dataclasses.replace(MALLORY.keys, organisation="other hospital"), root("mallory"))


# one document each, sent by a hub to a node that knows alpha and mallory (version 2), and holds GOOD as ready
HOSTILE: dict[str, Callable[[], tuple[str, bytes]]] = {
    "empty announcement": lambda: ("announce", b""),
    "empty keys": lambda: ("keys", b""),
    "not JSON": lambda: ("announce", b"\xff\xfe\x00"),
    "a pickle": lambda: ("profile", b"\x80\x04cos\nsystem\n(S'true'\ntR."),
    "nested too deep": lambda: ("announce", b"[" * 100_000 + b"]" * 100_000),
    "nested objects as keys": lambda: ("keys", b'{"payload":' * 20_000),
    "too long": lambda: ("announce", b" " * (2**20)),
    "too long keys": lambda: ("keys", b'"' + b"a" * (2**20) + b'"'),
    "not canonical": lambda: ("announce", announce() + b"\n"),
    "a changed name under the old signature": lambda: (
        "announce",
        spoiled(announce(), b'"payloadType":"application/vnd.in-toto+json"', b'"payloadType":"application/json"'),
    ),
    "signed by another organisation": lambda: ("announce", announce(ALPHA, key=MALLORY.release)),
    "signed by a key nobody announced": lambda: ("announce", announce(ALPHA, key=operational("stolen"))),
    "a publisher nobody knows": lambda: ("announce", announce(NOBODY)),
    "private": lambda: ("announce", announce(audience="private")),
    "for named partners, of whom this node is none": lambda: (
        "announce",
        announce(audience="partners", partners=(NOBODY.keys.publisher,)),
    ),
    "under another organisation's name": lambda: ("announce", announce(MALLORY, organisation="alpha hospital")),
    "a name that turns round": lambda: ("announce", announce(MALLORY, organisation="mallory \u202e latipsoh")),
    "a name of several lines": lambda: ("announce", announce(MALLORY, organisation="mallory\n\nclinic")),
    "a name of ten thousand characters": lambda: ("announce", announce(MALLORY, organisation="m" * 10_000)),
    "a file too many": lambda: ("announce", announce(files=entries(setup_py=10))),
    "a file too few": lambda: ("announce", announce(files=entries()[1:])),
    "only a file of its own": lambda: ("announce", announce(files=(FileEntry(name="a.sh", sha256="0" * 64, size=1),))),
    "a card larger than any may be": lambda: ("announce", announce(files=entries(card_json=LIMITS.document + 1))),
    "a model larger than any may be": lambda: ("announce", announce(files=entries(model_onnx=LIMITS.model + 1))),
    "a size of petabytes": lambda: ("announce", announce(files=entries(specification_safetensors=2**52))),
    "keys as an announcement": lambda: ("announce", ALPHA.document),
    "an announcement as keys": lambda: ("keys", GOOD.bundle),
    "a withdrawal as a profile": lambda: ("profile", withdrawal()),
    "a profile as a withdrawal": lambda: ("withdraw", seal_document(profile(), ALPHA.release)),
    "an announcement as a withdrawal": lambda: ("withdraw", GOOD.bundle),
    "a withdrawal by another": lambda: ("withdraw", withdrawal(by=MALLORY)),
    "a withdrawal in another's name": lambda: ("withdraw", withdrawal(by=ALPHA, signer=MALLORY)),
    "a withdrawal by nobody": lambda: ("withdraw", withdrawal(by=NOBODY)),
    "a withdrawal without a reason": lambda: (
        "withdraw",
        seal_document(
            Withdrawal(publisher=ALPHA.keys.publisher, learnware=GOOD.manifest.id, reason=" ", created=NOW),
            ALPHA.release,
        ),
    ),
    "a profile of private bounds": lambda: ("profile", seal_document(profile(origin="own data"), ALPHA.release)),
    "a profile by nobody": lambda: ("profile", seal_document(profile(), NOBODY.release)),
    "a profile under a stolen key": lambda: ("profile", seal_document(profile(), operational("stolen"))),
    "keys of an older version": lambda: ("keys", MALLORY.document),
    "other keys of the same version": lambda: ("keys", other_name_same_version()),
    "keys in an envelope of another shape": lambda: (
        "keys",
        spoiled(with_keys(version=9), b'"payloadType":', b'"payloadTypo":'),
    ),
    "a takeover by another root": lambda: (
        "keys",
        seal_keys(
            successor(MALLORY.keys, version=9, root=(spki_text(root("thief").public_key()),)),
            root("thief"),
        ),
    ),
    "keys that expired": lambda: ("keys", with_keys(version=9, expires=NOW + timedelta(hours=1))),
    "a kind that does not exist": lambda: ("train", b"import os"),
    "a kind of control characters": lambda: ("\x1b]0;owned\x07", b""),
    "a kind of a method": lambda: ("__class__", b""),
    "a kind without a name": lambda: ("", GOOD.bundle),
}


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    """One node for the whole table: every row must leave it as it was."""
    with make_node(tmp_path_factory.mktemp("hosts"), "victim") as node:
        engine = engine_of(node)
        engine.now = lambda: LATER
        made = Victim(node=node, engine=engine, port=StorePort(engine))
        made.meet(ALPHA, MALLORY)
        made.send(("keys", with_keys()))
        made.take(GOOD)
        assert made.states() == {GOOD.manifest.id: "ready"}
        yield made


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_changes_nothing(hosts: Victim, name: str) -> None:
    before, height = hosts.everything(), hosts.port.cursor(HUB)
    assert hosts.send(HOSTILE[name]()) == height + 1, "it does not stop the log"
    learnwares, partners, profiles, wanted = hosts.everything()
    assert learnwares == before[0]
    assert partners == before[1]
    assert profiles == before[2]
    assert wanted == before[3], "nothing is fetched for it"


def test_what_comes_behind_it_on_the_same_page_is_applied(victim: Victim) -> None:
    victim.meet(ALPHA, MALLORY)
    victim.send(("keys", with_keys()))
    victim.take(GOOD)
    page = [made() for made in HOSTILE.values()]
    height = victim.port.cursor(HUB)
    assert victim.send(*page, ("announce", HONEST.bundle)) == height + len(page) + 1
    victim.give(HONEST.files)
    assert victim.states()[HONEST.manifest.id] == "ready"
    assert victim.states()[GOOD.manifest.id] == "ready"


def test_a_refusal_is_remembered_with_its_reason(victim: Victim) -> None:
    """The rule of the port: a document that fails is remembered as refused, so that a person can see why."""
    victim.meet(MALLORY)
    bundle = announce(MALLORY, files=entries(setup_py=10))
    victim.send(("announce", bundle))
    refused = [ware for ware in victim.node.catalogue(everything=True) if ware.state == "refused"]
    assert len(refused) == 1
    assert refused[0].reason


# ---------------------------------------------------------------- the order and the log
def test_a_base_ahead_of_the_cursor_applies_nothing(victim: Victim) -> None:
    rows = [Row(height=8, member="m", kind="keys", body=ALPHA.document)]
    assert victim.port.incoming(HUB, 7, rows) == 0
    assert victim.node.partners() == ()


@pytest.mark.parametrize(
    ("heights", "cursor"),
    [((1, 1, 1), 1), ((2, 1), 1), ((1, 3), 1), ((0, 1, 2), 2), ((-1, 1), 1), ((2**62, 1), 1), ((1, 2, 2, 1, 3), 3)],
)
def test_rows_out_of_order_are_passed_over(victim: Victim, heights: tuple[int, ...], cursor: int) -> None:
    rows = [Row(height=height, member="m", kind="keys", body=ALPHA.document) for height in heights]
    assert victim.port.incoming(HUB, 0, rows) == cursor
    before = victim.everything()
    victim.port.incoming(HUB, 0, rows)
    assert victim.everything() == before, "a repeated page changes nothing"
    assert len(victim.node.partners()) == 1


def test_a_replayed_log_changes_nothing(victim: Victim) -> None:
    victim.meet(ALPHA)
    victim.take(GOOD)
    before = victim.everything()
    log = [("keys", ALPHA.document), ("announce", GOOD.bundle), ("announce", GOOD.bundle)]
    victim.send(*log)
    victim.send(*log, hub="another hub")
    assert victim.everything() == before


def test_a_withdrawal_before_its_announcement_counts(victim: Victim) -> None:
    victim.meet(ALPHA)
    victim.send(("withdraw", withdrawal()))
    victim.take(GOOD)
    assert victim.states() == {GOOD.manifest.id: "withdrawn"}


def test_a_withdrawal_by_another_before_the_announcement_does_not_count(victim: Victim) -> None:
    victim.meet(ALPHA, MALLORY)
    victim.send(("withdraw", withdrawal(by=MALLORY)))
    victim.take(GOOD)
    assert victim.states() == {GOOD.manifest.id: "ready"}


def test_an_import_after_the_withdrawal_says_so(victim: Victim) -> None:
    victim.meet(ALPHA)
    victim.send(("withdraw", withdrawal()))
    assert victim.node.import_(GOOD.archive).state == "withdrawn"
    assert victim.node.show(GOOD.manifest.id).state == "withdrawn"


def test_a_store_that_fails_does_not_lose_a_document(victim: Victim, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is this node's trouble, not the document's: it must come again."""
    victim.meet(ALPHA)
    height = victim.port.cursor(HUB)

    def full(row: object) -> None:
        raise DiskFullError("no room left")

    with monkeypatch.context() as broken:
        broken.setattr(victim.engine.store.catalogue, "put", full)
        with contextlib.suppress(LwnodeError):
            victim.send(("announce", GOOD.bundle))
    assert victim.port.cursor(HUB) == height
    victim.take(GOOD)
    assert victim.states() == {GOOD.manifest.id: "ready"}


def test_a_read_that_fails_does_not_condemn_a_learnware(victim: Victim, monkeypatch: pytest.MonkeyPatch) -> None:
    victim.meet(ALPHA)
    victim.send(("announce", GOOD.bundle))
    held = {digest(data): data for data in GOOD.files.values()}
    *others, last = victim.port.wanted(HUB, 100)
    for entry in others:
        victim.port.received(HUB, entry.sha256, held[entry.sha256])

    def out(sha256: str) -> bytes:
        raise lwnode.errors.StoreError("too many open files")

    with monkeypatch.context() as broken:
        broken.setattr(victim.engine.store.blobs, "get", out)
        with contextlib.suppress(LwnodeError):
            victim.port.received(HUB, last.sha256, held[last.sha256])
    victim.port.wanted(HUB, 100)
    assert victim.states() == {GOOD.manifest.id: "ready"}


# ---------------------------------------------------------------- keys
def rotated() -> bytes:
    """Return mallory's second keys document: another root, signed by the old one and by the new."""
    new = root("mallory, new")
    return seal_keys(successor(MALLORY.keys, root=(spki_text(new.public_key()),)), root("mallory"), new)


def test_an_exchanged_root_that_the_old_one_signed_is_taken(victim: Victim) -> None:
    victim.meet(MALLORY)
    victim.send(("keys", rotated()))
    (partner,) = victim.engine.store.partners.list()
    assert partner.version == 2
    victim.take(signed(publisher=MALLORY))
    assert set(victim.states().values()) == {"ready"}


def test_renewed_keys_are_taken_after_the_old_ones_expired(victim: Victim) -> None:
    victim.meet(MALLORY)
    victim.at = MALLORY.keys.expires + timedelta(days=1)
    renewed = seal_keys(
        successor(MALLORY.keys, created=victim.at, expires=victim.at + timedelta(days=700)), root("mallory")
    )
    victim.send(("keys", renewed))
    assert [partner.version for partner in victim.engine.store.partners.list()] == [2]


def test_own_keys_cannot_be_replaced_by_the_hub(victim: Victim) -> None:
    own = victim.engine.keys
    victim.send(("keys", own.keys_document))
    assert victim.node.partners() == ()
    assert victim.node.keys()["version"] == "1"


def test_another_organisation_of_the_same_name_is_another_partner(victim: Victim) -> None:
    twin = dataclasses.replace(MALLORY.keys, organisation=ALPHA.keys.organisation)
    victim.meet(ALPHA)
    victim.node.set_partner(ALPHA.keys.publisher, "pinned")
    victim.send(("keys", seal_keys(twin, root("mallory"))))
    states = {partner.publisher: partner.state for partner in victim.node.partners()}
    assert states == {ALPHA.keys.publisher: "pinned", MALLORY.keys.publisher: "introduced"}
    with pytest.raises(LwnodeError):
        victim.node.set_partner(ALPHA.keys.organisation, "blocked")


def test_a_revoked_release_key_announces_nothing_any_more(victim: Victim) -> None:
    victim.meet(MALLORY)
    fresh = operational("mallory, fresh")
    victim.send(("keys", with_keys(release=(spki_text(fresh.public_key()),))))
    victim.send(("announce", announce(MALLORY)))
    assert victim.states() == {}


def test_expired_keys_of_one_partner_do_not_end_the_search(victim: Victim, tmp_path: Path) -> None:
    longer = dataclasses.replace(ALPHA.keys, expires=ALPHA.keys.expires + timedelta(days=700))
    victim.send(("keys", seal_keys(longer, root("alpha"))))
    victim.meet(MALLORY)
    victim.take(GOOD)
    victim.take(signed(publisher=MALLORY))
    victim.at = MALLORY.keys.expires + timedelta(days=1)
    # side by side: the two are the same sketch, and came at one moment of this test's clock
    found = victim.node.search(lwnode.Requirement(data=patients(tmp_path)), everything=True)
    assert GOOD.manifest.id in {match.learnware for match in (*found.single, *found.nearest)}


def test_a_damaged_file_of_one_learnware_does_not_end_the_search(victim: Victim, tmp_path: Path) -> None:
    victim.meet(ALPHA, MALLORY)
    victim.take(GOOD)
    other = signed(files(card=dataclasses.replace(CARD, note="other")), MALLORY)
    victim.take(other)
    entry = other.manifest.file("card.json")
    assert entry is not None
    file = victim.engine.store.blobs.path(entry.sha256)
    file.chmod(0o600)
    file.write_bytes(b"{}")
    found = victim.node.search(lwnode.Requirement(data=patients(tmp_path)))
    assert GOOD.manifest.id in {match.learnware for match in (*found.single, *found.nearest)}


def patients(folder: Path) -> Path:
    """Write a table with the columns of the small learnware."""
    lines = [f"{30 + i % 60},{1 + i % 20},{'fm'[i % 2]}" for i in range(200)]
    file = folder / "patients.csv"
    file.write_text("age,stay,sex\n" + "\n".join(lines) + "\n")
    return file


# ---------------------------------------------------------------- blocking
def test_nothing_is_fetched_from_a_blocked_partner(victim: Victim) -> None:
    victim.meet(MALLORY)
    victim.send(("announce", announce(MALLORY)))
    assert victim.port.wanted(HUB, 100)
    victim.node.set_partner(MALLORY.keys.publisher, "blocked")
    assert victim.port.wanted(HUB, 100) == ()


def test_what_was_on_its_way_when_a_partner_was_blocked_comes_back(victim: Victim) -> None:
    example = signed(publisher=MALLORY)
    victim.meet(MALLORY)
    victim.send(("announce", example.bundle))
    wanted = victim.port.wanted(HUB, 100)
    victim.node.set_partner(MALLORY.keys.publisher, "blocked")
    held = {digest(data): data for data in example.files.values()}
    for entry in wanted:  # the transport had asked for them already
        victim.port.received(HUB, entry.sha256, held[entry.sha256])
    assert victim.node.catalogue() == ()
    victim.node.set_partner(MALLORY.keys.publisher, "introduced")
    victim.give(example.files)
    assert victim.states() == {example.manifest.id: "ready"}


def test_a_withdrawal_by_a_blocked_partner_is_not_forgotten(victim: Victim) -> None:
    example = signed(publisher=MALLORY)
    victim.meet(MALLORY)
    victim.take(example)
    victim.node.set_partner(MALLORY.keys.publisher, "blocked")
    victim.send(("withdraw", withdrawal(example.manifest.id, by=MALLORY)))
    victim.node.set_partner(MALLORY.keys.publisher, "introduced")
    assert victim.states() == {example.manifest.id: "withdrawn"}


# ---------------------------------------------------------------- this node's own documents
def test_own_documents_from_the_hub_change_nothing(tmp_path: Path, trained_homes: TrainedHomes) -> None:
    hub = MemoryHub()
    with trained_homes.copy("hospital_c_geriatric.csv", tmp_path, "own", hub) as node:
        ware = publish_trained(node, "Own")
        hub.settle()
        before = node.show(ware.id)
        engine = engine_of(node)
        port = StorePort(engine)
        bodies = [(row.kind, row.body) for row in hub.rows]
        base = port.cursor("other")
        rows = [Row(height=base + i, member="m", kind=k, body=b) for i, (k, b) in enumerate(bodies, 1)]
        port.incoming("other", base, rows)
        assert node.show(ware.id) == before
        assert before.own
        assert node.partners() == ()
        assert port.wanted("other", 10) == ()


def test_what_was_withdrawn_before_it_left_does_not_leave(tmp_path: Path, trained_homes: TrainedHomes) -> None:
    hub = MemoryHub()
    with trained_homes.copy("hospital_c_geriatric.csv", tmp_path, "own", hub) as node:
        hub.settle()
        hub.reachable = False
        ware = publish_trained(node, "Regretted")
        node.withdraw(ware.id, reason="published by mistake")
        hub.reachable = True
        hub.settle()
        assert hub.files == {}, "its files never leave"
        assert not [row for row in node.outbox().entries if row.kind == "file"]


def test_private_bounds_are_not_shared(tmp_path: Path) -> None:
    """The port refuses such a profile from others; this node must not send one either."""
    hub = MemoryHub()
    with make_node(tmp_path, "own", hub) as node:
        with pytest.raises(LwnodeError):
            node.add_profile(profile(origin="own data"), share=True)
        hub.settle()
        assert [row.kind for row in hub.rows] == ["keys"]


def test_an_unshared_profile_stays_even_where_a_partner_signed_a_copy(tmp_path: Path) -> None:
    first, second = MemoryHub(hub="first"), MemoryHub(hub="second")
    with make_node(tmp_path, "own", first) as node:
        engine = engine_of(node)
        engine.now = lambda: datetime.now(UTC)
        node.add_profile(profile())
        victim = Victim(node=node, engine=engine, port=StorePort(engine))
        first.settle()
        now = datetime.now(UTC).replace(microsecond=0)
        keys = dataclasses.replace(MALLORY.keys, created=now - timedelta(days=1), expires=now + timedelta(days=9))
        victim.send(("keys", seal_keys(keys, root("mallory"))), hub="x")
        victim.send(("profile", seal_document(profile(), MALLORY.release)), hub="x")
        assert len(node.profiles()) == 1
    with reopen(tmp_path, "own", second) as node:
        node.join(second.invite())
        second.settle()
        assert "profile" not in {row.kind for row in second.rows}


def test_a_partners_profile_does_not_take_the_place_of_ones_own(victim: Victim) -> None:
    """Same columns, absurd bounds, newer: every own row would fall on one point, and epsilon would be spent on it."""
    victim.meet(MALLORY)
    own = lwnode.read_profile(SAMPLE / "profile.json")
    victim.node.add_profile(own)
    columns = tuple(
        dataclasses.replace(column, low=-1e9, high=1e9) if column.low is not None else column for column in own.columns
    )
    hostile = dataclasses.replace(own, name="ours", columns=columns)
    victim.send(("profile", seal_document(hostile, MALLORY.release)))
    assert len(victim.node.profiles()) == 2
    victim.node.add(SAMPLE / "hospital_c_geriatric.csv", name="ours")
    assert victim.engine.store.datasets.get("ours").profile == own.id


# ---------------------------------------------------------------- files
def test_files_that_are_not_what_was_announced(victim: Victim) -> None:
    victim.meet(ALPHA)
    victim.send(("announce", GOOD.bundle))
    for entry in victim.port.wanted(HUB, 100):
        with pytest.raises(TrustError):
            victim.port.received(HUB, entry.sha256, b"something else")
    assert victim.states() == {GOOD.manifest.id: "announced"}
    victim.give(GOOD.files)
    assert victim.states() == {GOOD.manifest.id: "ready"}


def test_files_nobody_asked_for_are_not_kept(victim: Victim) -> None:
    victim.meet(ALPHA, MALLORY)
    victim.send(("announce", announce(MALLORY, files=entries(setup_py=10))))
    for data in (b"never announced", b"setup.py", *GOOD.files.values()):
        victim.port.received(HUB, digest(data), data)
    assert not [data for data in (b"never announced", b"setup.py") if victim.engine.store.blobs.has(digest(data))]


def test_a_large_model_that_nobody_asked_for_is_not_kept(victim: Victim) -> None:
    victim.engine.settings = dataclasses.replace(victim.engine.settings, bundle_limit=10_000)
    model = b"\x08\x0a" + bytes(20_000)
    large = signed(files(model_onnx=model), ALPHA)
    victim.meet(ALPHA)
    victim.take(large)
    assert victim.states() == {large.manifest.id: "ready"}
    victim.port.received(HUB, digest(model), model)
    assert not victim.engine.store.blobs.has(digest(model))


@pytest.mark.parametrize(
    ("name", "spoilt"),
    [
        ("a profile that is another", {"profile_json": encode(dataclasses.replace(PROFILE, seed=8))}),
        ("points that are none", {"specification_safetensors": b"{}"}),
        ("a card that is none", {"card_json": b"[]"}),
        ("words with markup that are no words", {"semantic_json": b"<script>"}),
    ],
)
def test_signed_nonsense_is_refused_once_it_is_here(victim: Victim, name: str, spoilt: dict[str, bytes]) -> None:
    victim.meet(MALLORY)
    contents = files(**spoilt)  # type: ignore[arg-type]  # bytes by the names of files
    example = signed(contents, MALLORY)
    manifest = dataclasses.replace(example.manifest, profile=PROFILE.id)
    bundle = seal_manifest(manifest, MALLORY.release)
    victim.send(("announce", bundle))
    victim.give(contents)
    (ware,) = victim.node.catalogue(everything=True)
    assert ware.state == "refused"
    assert ware.reason
    assert victim.node.catalogue() == ()
    assert victim.port.wanted(HUB, 100) == (), "nothing more is fetched for it"


@pytest.mark.parametrize(
    "name",
    [
        "\u202eeruc \u2066elbatiurp",
        "<img src=x onerror=alert(1)>",
        "'; DROP TABLE catalogue; --",
        "a" * 120,
        "%s%s%n {0} {__class__}",
        "\\[bold red]fits[/]",
        "🏥" * 100,
        "A\u0301",  # decomposed: not in normalisation form C
        "x\x1b[2J",
        "x\x00y",
        "a" * 10_000,
        "two\nlines",
    ],
)
def test_hostile_names_are_refused_or_found_as_they_are(victim: Victim, name: str) -> None:
    victim.meet(MALLORY)
    plain = files(semantic=dataclasses.replace(SEMANTIC, name="PLACEHOLDER"))
    raw = plain["semantic.json"].replace(b"PLACEHOLDER", encode_text(name))
    example = signed({**plain, "semantic.json": raw}, MALLORY)
    victim.take(example)
    (ware,) = victim.node.catalogue(everything=True)
    if ware.state == "ready":
        assert ware.name == name
        assert not any(ord(char) < 32 for char in name)
        assert len(name) <= 120
        assert victim.node.catalogue(text=name) is not None
    else:
        assert ware.state == "refused"
    assert victim.node.status().catalogue in (0, 1)


def encode_text(text: str) -> bytes:
    """Return text as it stands between the quotation marks of JSON, lawful or not."""
    import json

    return json.dumps(text, ensure_ascii=False).encode()[1:-1]


def test_one_hub_that_never_serves_does_not_keep_another_from_serving(victim: Victim) -> None:
    victim.meet(ALPHA)
    victim.send(("announce", GOOD.bundle), hub="first, and silent")
    victim.take(GOOD, hub="second")
    assert victim.states() == {GOOD.manifest.id: "ready"}


# ---------------------------------------------------------------- floods
def flood(count: int) -> list[tuple[str, bytes]]:
    """Return announcements of different learnwares whose files nobody ever serves."""
    base = signed(publisher=MALLORY).manifest
    return [
        (
            "announce",
            seal_manifest(
                dataclasses.replace(
                    base,
                    created=NOW + timedelta(seconds=i),
                    files=tuple(
                        dataclasses.replace(entry, sha256=digest(f"{i} {entry.name}".encode())) for entry in base.files
                    ),
                ),
                MALLORY.release,
            ),
        )
        for i in range(count)
    ]


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Victim, float]]:
    """A node that knows one honest learnware and a thousand without files, and what a file cost it before."""
    with make_node(tmp_path_factory.mktemp("flooded"), "victim") as node:
        engine = engine_of(node)
        engine.now = lambda: LATER
        made = Victim(node=node, engine=engine, port=StorePort(engine))
        made.meet(ALPHA, MALLORY)
        made.send(("announce", GOOD.bundle))
        cost(made)
        few = cost(made)
        page = flood(1_000)
        for at in range(0, len(page), 200):
            made.send(*page[at : at + 200])
        assert len(made.states()) == len(page) + 1
        yield made, few


def cost(victim: Victim) -> float:
    """Return the seconds that ten files take to arrive."""
    data = GOOD.files["card.json"]
    begin = time.perf_counter()
    for _ in range(10):
        victim.port.received(HUB, digest(data), data)
    return time.perf_counter() - begin


def test_a_file_costs_the_same_however_many_learnwares_are_known(flooded: tuple[Victim, float]) -> None:
    victim, few = flooded
    many = min(cost(victim) for _ in range(2))
    assert many < 10 * few + 0.05, f"{few * 100:.1f} ms a file with one learnware, {many * 100:.1f} ms with a thousand"


def test_announcements_without_files_do_not_keep_an_honest_partner_out(flooded: tuple[Victim, float]) -> None:
    """What cannot be had must not be asked for again and again before what can: a transport asks for 64 at a time."""
    victim, _ = flooded
    victim.send(("announce", HONEST.bundle))
    held = {digest(data): data for data in (*HONEST.files.values(), *GOOD.files.values())}
    for _ in range(20):
        for entry in victim.port.wanted(HUB, 64):
            if entry.sha256 in held:
                victim.port.received(HUB, entry.sha256, held[entry.sha256])
    assert victim.states()[GOOD.manifest.id] == "ready"
    assert victim.states()[HONEST.manifest.id] == "ready"


def test_many_strangers_do_not_slow_a_document_down(victim: Victim) -> None:
    """A hub can introduce whom it likes; a document of a known partner must not cost a look at each of them."""
    victim.meet(ALPHA)
    shared = [("profile", seal_document(profile(seed=seed), ALPHA.release)) for seed in range(10, 40)]

    def took(*documents: tuple[str, bytes]) -> float:
        begin = time.perf_counter()
        victim.send(*documents)
        return time.perf_counter() - begin

    few = took(*shared[:10])
    victim.meet(*(organisation(f"aaa {i}") for i in range(200)))
    many = took(*shared[10:20])
    assert len(victim.node.profiles()) == 20
    assert many < 10 * few + 0.05, f"{few * 100:.1f} ms a profile, {many * 100:.1f} ms with two hundred strangers"
