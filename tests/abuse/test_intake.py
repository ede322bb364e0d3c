# SPDX-License-Identifier: Apache-2.0
"""Documents that are lawful one by one, in orders and numbers that are meant to wedge, starve or mislead a node."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import lwnode
from lwnode.documents import digest
from lwnode.node.port import StorePort
from lwnode.trust import open_manifest, seal_keys
from lwnode.trust.identity import spki_text
from tests.abuse.test_node_port import (
    ALPHA,
    GOOD,
    HONEST,
    HUB,
    MALLORY,
    Victim,
    announce,
    entries,
    patients,
    withdrawal,
)
from tests.support.archive import signed
from tests.support.homes import engine_of, make_node
from tests.support.trust import operational, organisation, root, successor


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Victim]:
    with make_node(tmp_path, "victim") as opened:
        engine = engine_of(opened)
        made = Victim(node=opened, engine=engine, port=StorePort(engine))
        engine.now = lambda: made.at
        yield made


def ask(victim: Victim, hub: str = HUB, times: int = 20) -> None:
    """Ask as a transport does, 64 files at a time, of a hub that holds the honest files only."""
    held = {digest(data): data for data in (*HONEST.files.values(), *GOOD.files.values())}
    for _ in range(times):
        for entry in victim.port.wanted(hub, 64):
            if entry.sha256 in held:
                victim.port.received(hub, entry.sha256, held[entry.sha256])


FAULTY = {
    "private": {"audience": "private"},
    "with a file too many": {"files": entries(setup_py=10)},
    "under another name": {"organisation": "alpha hospital"},
}


@pytest.mark.parametrize("fault", FAULTY)
def test_a_faulty_learnware_that_was_withdrawn_before_does_not_stop_the_log(node: Victim, fault: str) -> None:
    """Withdrawn is final, so it cannot become refused: the page must not fail at that, again and again."""
    node.meet(ALPHA, MALLORY)
    bundle = announce(MALLORY, **FAULTY[fault])  # type: ignore[arg-type]  # any field of a manifest
    identity = open_manifest(bundle, MALLORY.keys).id
    height = node.port.cursor(HUB)
    page = (("withdraw", withdrawal(identity, by=MALLORY)), ("announce", bundle), ("announce", HONEST.bundle))
    assert node.send(*page) == height + len(page)
    ask(node)
    assert node.states()[HONEST.manifest.id] == "ready"
    assert node.states().get(identity) in (None, "withdrawn", "refused")


def test_a_withdrawn_learnware_of_a_blocked_partner_does_not_stop_the_log(node: Victim) -> None:
    node.meet(MALLORY)
    node.node.set_partner(MALLORY.keys.publisher, "blocked")
    example = signed(publisher=MALLORY)
    height = node.port.cursor(HUB)
    page = (("withdraw", withdrawal(example.manifest.id, by=MALLORY)), ("announce", example.bundle))
    assert node.send(*page) == height + len(page)


def test_an_organisation_that_calls_itself_by_anothers_fingerprint(node: Victim) -> None:
    """A name is free text; a look-up by fingerprint must never meet it."""
    node.meet(ALPHA)
    imitator = dataclasses.replace(MALLORY.keys, organisation=ALPHA.keys.publisher)
    node.send(("keys", seal_keys(imitator, root("mallory"))))
    node.take(GOOD)
    assert node.states() == {GOOD.manifest.id: "ready"}
    assert node.node.show(GOOD.manifest.id).organisation == "alpha hospital"
    node.node.set_partner(ALPHA.keys.publisher, "pinned")
    states = {partner.publisher: partner.state for partner in node.node.partners()}
    assert states == {ALPHA.keys.publisher: "pinned", MALLORY.keys.publisher: "introduced"}


def test_an_organisation_that_calls_itself_by_anothers_name_in_other_letters(node: Victim) -> None:
    node.meet(ALPHA)
    node.node.set_partner(ALPHA.keys.publisher, "pinned")
    imitator = dataclasses.replace(MALLORY.keys, organisation=ALPHA.keys.publisher[:12])
    node.send(("keys", seal_keys(imitator, root("mallory"))))
    node.node.set_partner(ALPHA.keys.publisher[:12], "blocked")
    states = {partner.publisher: partner.state for partner in node.node.partners()}
    assert states == {ALPHA.keys.publisher: "blocked", MALLORY.keys.publisher: "introduced"}


def test_a_hub_that_repeats_an_announcement_and_never_serves(node: Victim) -> None:
    """The mirror of a silent first hub: a silent second one must not draw the questions to itself."""
    node.meet(ALPHA)
    node.send(("announce", GOOD.bundle), hub="honest")
    node.send(("announce", GOOD.bundle), hub="silent")
    ask(node, "honest")
    assert node.states() == {GOOD.manifest.id: "ready"}


def test_many_publishers_without_files_do_not_keep_an_honest_one_out(node: Victim) -> None:
    """One member can found as many organisations as it likes."""
    node.meet(ALPHA)
    for number in range(100):
        sybil = organisation(f"sybil {number}")
        example = signed(publisher=sybil)
        bundle = announce(
            sybil,
            files=tuple(
                dataclasses.replace(entry, sha256=digest(f"{number} {entry.name}".encode()))
                for entry in example.manifest.files
            ),
        )
        node.send(("keys", sybil.document), ("announce", bundle))
    node.send(("announce", HONEST.bundle))
    ask(node)
    assert node.states()[HONEST.manifest.id] == "ready"


def test_what_came_while_keys_were_expired_is_taken_once_they_are_renewed(node: Victim) -> None:
    node.meet(MALLORY)
    node.at = MALLORY.keys.expires + timedelta(days=1)
    example = signed(publisher=MALLORY)
    node.send(("announce", example.bundle))
    renewed = successor(MALLORY.keys, created=node.at, expires=node.at + timedelta(days=700))
    node.send(("keys", seal_keys(renewed, root("mallory"))))
    node.give(example.files)
    assert node.states() == {example.manifest.id: "ready"}


def test_a_new_release_key_does_not_hide_what_is_said_to_be_ready(node: Victim, tmp_path: Path) -> None:
    """Either the search finds it, or the catalogue says that it is no longer usable, and why."""
    node.meet(ALPHA)
    node.take(GOOD)
    fresh = successor(ALPHA.keys, release=(spki_text(operational("alpha, fresh").public_key()),))
    node.send(("keys", seal_keys(fresh, root("alpha"))))
    found = node.node.search(lwnode.Requirement(data=patients(tmp_path)))
    seen = {match.learnware for match in (*found.single, *found.nearest)}
    ready = {ware.id for ware in node.node.catalogue()}
    assert seen == ready


def test_unblocking_a_partner_whose_keys_expired_brings_its_learnwares_back(node: Victim) -> None:
    node.meet(MALLORY)
    example = signed(publisher=MALLORY)
    node.take(example)
    node.at = MALLORY.keys.expires + timedelta(days=1)
    assert node.states() == {example.manifest.id: "ready"}
    node.node.set_partner(MALLORY.keys.publisher, "blocked")
    node.node.set_partner(MALLORY.keys.publisher, "introduced")
    assert node.states() == {example.manifest.id: "ready"}


def test_the_fingerprint_on_the_screen_means_that_partner(node: Victim) -> None:
    """What a person copies from the list of partners must confirm that one, whatever another calls itself."""
    node.meet(ALPHA)
    (alpha,) = node.node.partners()
    assert node.node.set_partner(alpha.short, "pinned").publisher == ALPHA.keys.publisher


def test_an_organisation_that_calls_itself_by_the_fingerprint_on_the_screen(node: Victim) -> None:
    node.meet(ALPHA)
    (alpha,) = node.node.partners()
    imitator = dataclasses.replace(MALLORY.keys, organisation=alpha.short)
    node.send(("keys", seal_keys(imitator, root("mallory"))))
    with contextlib.suppress(lwnode.LwnodeError):
        node.node.set_partner(alpha.short, "pinned")
    states = {partner.publisher: partner.state for partner in node.node.partners()}
    assert states.get(MALLORY.keys.publisher, "introduced") == "introduced"
