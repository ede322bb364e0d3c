# SPDX-License-Identifier: Apache-2.0
"""Data sets, profiles, models, drafts, partners, memberships and jobs: kept as they are, found as people ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from lwnode.documents import Column, FileEntry, Profile, digest
from lwnode.documents.delivery import Membership
from lwnode.errors import Finding, NotFoundError, RollbackError, StoreError
from lwnode.store import DraftRecord, PartnerRow, Store
from lwnode.store.cells import moment_of, stamp
from tests.support.store import START, dataset, model, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def test_meta(store: Store) -> None:
    assert store.meta.get("a") is None
    store.meta.set("a", "1")
    store.meta.set("a", "中文\n\x00")
    assert store.meta.get("a") == "中文\n\x00"


# --- times and nested values


def test_times_are_kept_in_utc_to_the_microsecond() -> None:
    east = datetime(2026, 1, 1, 1, 2, 3, 456_789, tzinfo=timezone(timedelta(hours=8)))
    assert moment_of(stamp(east)) == east
    assert stamp(east) == "2025-12-31T17:02:03.456789Z"
    assert len({len(stamp(moment)) for moment in (START, datetime(999, 1, 1, tzinfo=UTC))}) == 1
    with pytest.raises(ValueError, match="UTC"):
        stamp(datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake that is meant
    with pytest.raises(StoreError, match="a time that is none"):
        moment_of("yesterday")


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_would_not_come_back_is_refused(bad: float, store: Store) -> None:
    column = Column(name="age", type="number", low=bad, high=1.0)
    with pytest.raises(StoreError, match="not finite"):
        store.datasets.put(dataset(columns=(column,)))
    assert store.datasets.list() == ()


# --- data sets


def test_a_data_set_comes_back_as_it_is(store: Store) -> None:
    column = Column(name="e\u0301tat\x07", type="category", role="target", levels=("a", "b"), low=0.1)
    put = dataset(target="x", task="regression", columns=(column,), rows_per_person=3, person="id", blob="ff" * 32)
    store.datasets.put(put)
    assert store.datasets.get("admissions") == put
    again = replace(put, content="00" * 32, rows=7)
    store.datasets.put(again)
    assert store.datasets.list() == (again,)


def test_names_are_told_apart_by_case_and_the_nearest_is_suggested(store: Store) -> None:
    store.datasets.put(dataset("Admissions"))
    store.datasets.put(dataset("admissions"))
    assert store.datasets.get("Admissions").name == "Admissions"
    for asked, hint in (
        ("ADMISSIONS", "did you mean 'admissions'?"),
        ("admision", "did you mean"),
        ("zzz", "list every"),
    ):
        with pytest.raises(NotFoundError, match=f"no data set '{asked}'") as caught:
            store.datasets.get(asked)
        assert hint in caught.value.hint


def test_in_an_empty_home_there_is_nothing_to_suggest(store: Store) -> None:
    with pytest.raises(NotFoundError) as caught:
        store.datasets.get("a\nvery " + "long " * 50)
    assert "there is no data set yet" in caught.value.hint
    assert len(str(caught.value)) < 100
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("change", [{"name": ""}, {"rows": -1}, {"rows_per_person": 0}])
def test_an_impossible_data_set(change: dict[str, object], store: Store) -> None:
    with pytest.raises(StoreError, match="CHECK"):
        store.datasets.put(dataset(**change))  # type: ignore[arg-type]  # a test may change any field


# --- profiles


def test_profiles_by_id_and_schema(store: Store) -> None:
    one = Profile.from_bounds({"age": (0, 110)}, name="one")
    two = Profile.from_bounds({"age": (0, 120)}, name="two")
    other = Profile.from_bounds({"weight": (0, 300)})
    for profile in (one, two, other):
        store.profiles.put(profile, "partner", b"signed")
    assert store.profiles.get(one.id[:8]) == one
    assert {profile.name for profile in store.profiles.by_schema(one.schema_id)} == {"one", "two"}
    assert len(store.profiles.list()) == 3
    with pytest.raises(NotFoundError):
        store.profiles.get("0" * 64)


def test_an_own_profile_stays_own(store: Store) -> None:
    profile = Profile.from_bounds({"age": (0, 110)})
    store.profiles.put(profile)
    store.profiles.put(profile, "partner", b"signed")
    store.profiles.put(profile, "partner", b"signed by another")
    record = store.profiles.record(profile.id)
    assert (record.source, record.signed) == ("own", b"signed")
    store.profiles.put(replace(profile, name="two"), "partner")
    assert [found.name for found in store.profiles.by_schema(profile.schema_id)] == [profile.name, "two"]


# --- models: id, name, beginning of an id


def test_models_by_id_name_and_beginning(store: Store) -> None:
    first, second = model("abcd1111", "risk"), model("abcd2222", "length of stay")
    store.models.put(first)
    store.models.put(second)
    for text in ("abcd1111", "risk", "abcd1"):
        assert store.models.get(text) == first
    assert store.models.list() == (first, second)
    with pytest.raises(StoreError, match="'abcd' means 2 of the models") as caught:
        store.models.get("abcd")
    assert "abcd1111" in caught.value.hint
    for text in ("abc", "", "bcd1111", "Risk", "abcd%", "abcd_111", "abcd1111x"):
        with pytest.raises(NotFoundError):
            store.models.get(text)
    with pytest.raises(NotFoundError) as missing:
        store.models.get("Risk")
    assert missing.value.hint == "did you mean 'risk'?"


def test_a_name_that_two_models_have(store: Store) -> None:
    for id_ in ("aaaa", "bbbb", "cccc"):
        store.models.put(model(id_, "risk"))
    with pytest.raises(StoreError, match="means 3 of the models"):
        store.models.get("risk")
    store.models.put(model("cccc", "other"))
    with pytest.raises(StoreError, match="means 2 of the models"):
        store.models.get("risk")


def test_a_name_goes_before_the_beginning_of_an_id(store: Store) -> None:
    store.models.put(model("feed0001", "risk"))
    store.models.put(model("0002", "feed"))
    assert store.models.get("feed").id == "0002"


# --- drafts


def draft(tag: str, **changes: object) -> DraftRecord:
    manifest = f"manifest {tag}".encode()
    fields = {
        "digest": digest(manifest),
        "content_key": "key",
        "dataset": "admissions",
        "model": "m",
        "manifest": manifest,
        "files": (FileEntry(name="card.json", sha256="ab" * 32, size=4),),
        "findings": (Finding(code="c", severity="warn", message="m"),),
        "epsilon": 1.0,
        "created": START,
    }
    return DraftRecord(**{**fields, **changes})  # type: ignore[arg-type]  # a test may change any field


def test_a_draft_comes_back_by_its_digest_and_its_content(store: Store) -> None:
    put, later = draft("one"), draft("two", created=START + timedelta(hours=1), epsilon=None)
    store.drafts.put(put)
    store.drafts.put(later)
    assert store.drafts.get(put.digest) == store.drafts.get(put.digest[:6]) == put
    assert store.drafts.list() == (later, put)
    assert store.drafts.find("key") == later
    assert store.drafts.find("another") is None


def test_a_draft_that_lies_about_its_digest(store: Store) -> None:
    with pytest.raises(StoreError, match="digest"):
        store.drafts.put(draft("one", digest="0" * 64))


def test_only_what_was_shown_is_published_and_only_once(store: Store) -> None:
    put = draft("one")
    store.drafts.put(put)
    with pytest.raises(StoreError, match="never shown") as caught:
        store.drafts.mark_published(put.digest, START)
    assert "--preview" in caught.value.hint
    store.drafts.mark_shown(put.digest)
    store.drafts.mark_published(put.digest, START)
    store.drafts.mark_published(put.digest, START + timedelta(days=1))
    store.drafts.put(put)  # drafted again: what happened to it stays
    found = store.drafts.get(put.digest)
    assert (found.shown, found.published) == (True, START)
    for mark in (store.drafts.mark_shown, lambda digest: store.drafts.mark_published(digest, START)):
        with pytest.raises(NotFoundError):
            mark("0" * 64)


# --- partners and memberships


def partner(tag: str = "ab", **changes: object) -> PartnerRow:
    fields = {"publisher": tag * 32, "organisation": f"Clinic {tag}", "keys": b"keys", "version": 2, "since": START}
    return PartnerRow(**{**fields, **changes})  # type: ignore[arg-type]  # a test may change any field


def test_partners(store: Store) -> None:
    store.partners.put(partner("ab", hub="hub-1"))
    store.partners.put(partner("cd", state="pinned"))
    assert store.partners.get("Clinic ab") == store.partners.get("abab") == partner("ab", hub="hub-1")
    assert [row.publisher[:2] for row in store.partners.list()] == ["ab", "cd"]
    store.partners.set_state("ab" * 32, "blocked")
    assert store.partners.get("ab" * 32).state == "blocked"
    with pytest.raises(NotFoundError):
        store.partners.set_state("ef" * 32, "pinned")


def test_new_keys_change_no_trust_and_old_keys_nothing(store: Store) -> None:
    store.partners.put(partner(hub="hub-1", state="blocked"))
    store.partners.put(partner(version=3, keys=b"newer", organisation="Renamed", hub="hub-2", state="pinned"))
    found = store.partners.get("ab" * 32)
    assert (found.state, found.hub, found.version, found.keys) == ("blocked", "hub-1", 3, b"newer")
    assert found.organisation == "Renamed"
    for bad in (partner(version=2), partner(version=3, keys=b"others")):
        with pytest.raises(RollbackError, match="version 3 was accepted"):
            store.partners.put(bad)
    assert store.partners.get("ab" * 32) == found


def test_memberships(store: Store) -> None:
    put = Membership(hub="a1b2c3", name="Hefei", address="hub:9092", certificate="PEM", joined=START)
    store.memberships.put(put)
    store.memberships.put(replace(put, hub="a1b2d4", name="Other", joined=START + timedelta(days=1)))
    assert store.memberships.get("Hefei") == store.memberships.get("a1b2c3") == put
    with pytest.raises(StoreError, match="means 2 of the hubs"):
        store.memberships.get("a1b2")
    store.memberships.put(replace(put, address="new:1"))
    assert [found.address for found in store.memberships.list()] == ["new:1", "hub:9092"]
    box = store.delivery.box("a1b2c3")
    store.memberships.remove("a1b2c3")
    store.memberships.remove("a1b2c3")
    assert [found.name for found in store.memberships.list()] == ["Other"]
    assert store.delivery.box("a1b2c3") == box


# --- jobs


def test_a_job_from_start_to_end(store: Store) -> None:
    id_ = store.jobs.start("train", "admissions")
    store.jobs.progress(id_, 0.5, "fitting")
    running = store.jobs.get(id_)
    assert (running.state, running.share, running.doing, running.ended) == ("running", 0.5, "fitting", None)
    store.jobs.finish(id_, "failed", "no room")
    store.jobs.finish(id_, "done")
    ended = store.jobs.get(id_)
    assert (ended.state, ended.error, ended.share, ended.doing) == ("failed", "no room", None, "")
    assert ended.ended is not None
    assert ended.ended > ended.started
    for ask in (store.jobs.get, store.jobs.finish):
        with pytest.raises(NotFoundError, match="no job 99"):
            ask(99)


def test_what_ran_when_the_process_died_is_interrupted(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        first, second = store.jobs.start("train"), store.jobs.start("search")
        store.jobs.finish(second)
    with open_store(tmp_path) as store:
        assert [(job.id, job.state) for job in store.jobs.list()] == [(second, "done"), (first, "interrupted")]
        assert store.jobs.start("again") > second


def test_only_the_newest_thousand_jobs_are_kept(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, store.transaction():
        for _ in range(1_003):
            store.jobs.finish(store.jobs.start("poll"))
    with open_store(tmp_path) as store:
        assert [job.id for job in store.jobs.list(limit=5_000)][-1] == 4
