# SPDX-License-Identifier: Apache-2.0
"""Reports of the checker: kept as they are, the newest counts, and found by what they say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lwnode.errors import Finding, StoreError
from lwnode.store import CheckRecord, Store
from tests.support.store import START, open_store, ready, sha

FINDING = Finding(code="slow", severity="warn", message="一行 is slow", where="model.onnx", hint="ask for fewer")
RECORD = CheckRecord(
    learnware=sha("one"), status=1, findings=(FINDING,), ran=True, seconds_per_row=0.25, points=sha("points"),
    version=2, time=START,
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def test_a_report_comes_back_as_it_is_and_the_newest_counts(store: Store) -> None:
    assert store.checks.get(sha("one")) is None
    store.checks.put(RECORD)
    assert store.checks.get(sha("one")) == RECORD
    later = replace(RECORD, status=-1, findings=(), ran=False, seconds_per_row=None)
    store.checks.put(later)
    assert store.checks.get(sha("one")) == later
    assert store.checks.invalid() == {sha("one")}


@pytest.mark.parametrize("change", [{"status": 2}, {"version": 0}])
def test_what_no_report_can_say_is_refused(store: Store, change: dict[str, int]) -> None:
    with pytest.raises(StoreError):
        store.checks.put(replace(RECORD, **change))  # type: ignore[arg-type]
    assert store.checks.get(sha("one")) is None


def test_points_of_other_publishers_are_found(store: Store) -> None:
    rows = [replace(ready(name), publisher=publisher) for name, publisher in (("a", "11" * 32), ("b", "22" * 32))]
    for row in rows:
        store.catalogue.put(row)
        store.checks.put(replace(RECORD, learnware=row.id))
    store.checks.put(replace(RECORD, learnware=sha("a draft")))  # which is not in the catalogue
    assert store.checks.with_points(sha("points"), publisher="11" * 32) == (rows[1].id,)
    assert store.checks.with_points(sha("points"), publisher="33" * 32) == (rows[0].id, rows[1].id)
    assert store.checks.with_points(sha("others"), publisher="33" * 32) == ()
    store.catalogue.set_state(rows[1].id, "refused", "blocked")
    assert store.checks.with_points(sha("points"), publisher="11" * 32) == ()


def test_what_is_due(store: Store) -> None:
    rows = [replace(ready(name), own=name == "own") for name in ("a", "b", "own", "gone")]
    for row in rows:
        store.catalogue.put(row)
    store.catalogue.set_state(rows[3].id, "refused", "blocked")
    assert store.checks.due(2) == (rows[0].id, rows[1].id)
    store.checks.put(replace(RECORD, learnware=rows[0].id))
    assert store.checks.due(2) == (rows[1].id,)
    assert store.checks.due(3) == (rows[0].id, rows[1].id)
