# SPDX-License-Identifier: Apache-2.0
"""The checker where it stands: before a draft is signed, after a learnware arrived, and where it is shown."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from onnx import helper

import lwnode
from lwnode.documents import Input
from lwnode.errors import CancelledError, CheckFailedError, DataError, DiskFullError, SettingsError, WorkerError
from lwnode.node import wire
from lwnode.node.check_queue import CheckQueue
from lwnode.node.checking import check_if_due
from lwnode.node.data import refer
from lwnode.node.records import Ware
from lwnode.store import CheckRecord
from lwnode.types import Progress
from tests.support.homes import engine_of, make_node, reopen
from tests.support.memory_hub import MemoryHub
from tests.support.models import constant, fixed_answer, model_of

ABOUT = lwnode.Semantic(name="n", description="d", scenario=("Health",), license="MIT")
PROFILE = lwnode.Profile.from_bounds({"a": (-3.0, 3.0), "b": (-3.0, 3.0), "c": (-3.0, 3.0)}, target="ill")
INPUTS = tuple(Input(name=name, type="number") for name in "abc")


def rows(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    X = (np.random.default_rng(seed).normal(size=(n, 3)) * 0.6 + [1.0, -1.0, 0.5]).round(3)
    return X, np.where(X[:, 0] + X[:, 1] > 0, "yes", "no")


def table(n: int = 900, seed: int = 0) -> lwnode.Table:
    X, y = rows(n, seed)
    return lwnode.Table.from_arrays(X, y, columns=list("abc"), target="ill", name="one")


def linear() -> bytes:
    """The model that belongs to the rows, as its owner would export it: quicker than training one."""
    nodes = [
        helper.make_node("MatMul", ["input", "w"], ["score"]),
        helper.make_node("Softmax", ["score"], ["probabilities"], axis=1),
    ]
    weights = [[-2.0, 2.0], [-2.0, 2.0], [0.0, 0.0]]
    return model_of(nodes, constants=[constant("w", weights)]).SerializeToString()


def adopt(node: lwnode.Node, model: bytes) -> str:
    arguments = {"model": model, "data": refer("one"), "inputs": INPUTS, "classes": ("no", "yes")}
    return str(node._call("adopt", arguments).id)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[lwnode.Node]:
    with make_node(tmp_path_factory.mktemp("check"), "A") as node:
        node.add_profile(PROFILE)
        node.add(table(), name="one")
        yield node


@pytest.fixture(scope="module")
def model(home: lwnode.Node) -> str:
    return str(home.train("one", preset="quick").id)


@pytest.fixture(scope="module")
def ware(home: lwnode.Node, model: str) -> Ware:
    return home.publish(home.draft(model, ABOUT, privacy=lwnode.Budget(epsilon=2.0)))


def codes(ware: Ware) -> list[str]:
    assert ware.check is not None
    return [finding.code for finding in ware.check.findings]


# --- before it leaves


def test_what_is_published_was_checked_and_says_so(home: lwnode.Node, ware: Ware) -> None:
    assert ware.check is not None
    assert (ware.check.status, ware.check.ran) == (1, True)
    assert home.show(ware.id).check == ware.check
    assert wire.from_json(wire.to_json(ware), Ware) == ware


def test_a_model_that_nobody_could_use_blocks_the_draft_and_no_reason_helps(home: lwnode.Node) -> None:
    lying = adopt(home, fixed_answer([[0.2, 0.8]]))
    engine = engine_of(home)
    record = engine.store.models.get(lying)
    three = replace(record.card, classes=("no", "perhaps", "yes"))  # as a faulty version may have kept it
    engine.store.models.put(replace(record, card=three))
    before = len(engine.store.catalogue.list())
    draft = home.draft(lying, ABOUT, privacy="no-noise", shares=False)
    (refused,) = [finding for finding in draft.refused if finding.code == "label-set"]
    assert refused.hint
    with pytest.raises(CheckFailedError, match="classes"):
        home.publish(draft)
    insisting = home.draft(lying, ABOUT, privacy="no-noise", shares=False, override="we insist")
    with pytest.raises(CheckFailedError, match="no receiver would use this") as caught:
        home.publish(insisting)
    assert "label-set" in {finding.code for finding in caught.value.findings}
    assert len(engine.store.catalogue.list()) == before


def test_a_constant_model_is_a_warning_that_a_person_reads_before_signing(home: lwnode.Node) -> None:
    dull = adopt(home, fixed_answer([[0.2, 0.8]]))
    record = engine_of(home).store.models.get(dull)
    engine_of(home).store.models.put(replace(record, card=replace(record.card, classes=("no", "yes"))))
    draft = home.draft(dull, ABOUT, privacy="no-noise")
    assert {finding.code for finding in draft.findings} >= {"answers-constant", "shares-differ", "no-figures"}
    assert "answers-constant" in codes(home.publish(draft))


# --- again, on rows


def test_figures_are_tried_on_rows_of_ones_own(home: lwnode.Node, ware: Ware) -> None:
    held = codes(home.check(ware.id, data=table(400, 3)))
    assert held.count("figure-holds") == 2
    X, y = rows(400, 3)
    turned = lwnode.Table.from_arrays(X, np.where(y == "yes", "no", "yes"), columns=list("abc"), target="ill")
    again = home.check(ware.id, data=turned)
    assert again.check is not None
    assert again.check.status == 1
    assert codes(again).count("figure-not-reached") == 2
    with pytest.raises(DataError, match="no labels"):
        home.check(ware.id, data=lwnode.Table.from_arrays(X, columns=list("abc")))
    home.check(ware.id)


def test_figures_over_public_data_are_tried_on_the_data_set_that_is_here(home: lwnode.Node, model: str) -> None:
    ware = home.publish(home.draft(model, ABOUT, privacy="public"))
    assert "figure-holds" not in codes(ware)
    found = home.check(ware.id).check
    assert found is not None
    assert any("on the public rows behind it" in finding.message for finding in found.findings)


def test_only_what_is_whole_is_checked(home: lwnode.Node, model: str) -> None:
    gone = home.publish(home.draft(model, ABOUT, privacy="no-noise", figures=False))
    home.withdraw(gone.id, reason="an error")
    with pytest.raises(SettingsError, match="withdrawn"):
        home.check(gone.id)


# --- where it arrives


def test_a_receiver_checks_once_and_finds_copies(tmp_path: Path) -> None:
    hub = MemoryHub()
    with make_node(tmp_path, "A", hub) as a, make_node(tmp_path, "B", hub) as b:
        for node in (a, b):
            node.add_profile(PROFILE)
            node.add(table(), name="one")
        first = a.publish(a.draft(adopt(a, linear()), ABOUT, privacy="no-noise"))
        hub.settle()
        queue = engine_of(b).checks
        assert queue is not None
        assert queue.wait(60)
        arrived = b.show(first.id)
        assert arrived.check is not None
        assert (arrived.state, arrived.check.status, arrived.check.ran) == ("ready", 1, True)
        when = arrived.check.time
        check_if_due(engine_of(b), first.id, lambda share, doing: None)
        assert b.show(first.id).check == arrived.check
        assert when == engine_of(b).store.checks.get(first.id).time  # type: ignore[union-attr]
        # B fits the same rows without noise, as it has them, and gets the very same points
        draft = b.draft(adopt(b, linear()), ABOUT, privacy="no-noise")
        (copied,) = [finding for finding in draft.findings if finding.code == "copied-points"]
        assert "A hospital" in copied.message


def test_an_invalid_learnware_is_shown_with_its_reason_and_left_out_of_searches(tmp_path: Path) -> None:
    hub = MemoryHub()
    with make_node(tmp_path, "A", hub) as a, make_node(tmp_path, "B", hub) as b:
        a.add_profile(PROFILE)
        a.add(table(), name="one")
        ware = a.publish(a.draft(adopt(a, linear()), ABOUT, privacy="no-noise"))
        hub.settle()
        engine = engine_of(b)
        assert engine.checks is not None
        assert engine.checks.wait(60)
        X, _ = rows(300, 9)
        mine = lwnode.Requirement(data=lwnode.Table.from_arrays(X, columns=list("abc")))
        assert ware.id in {match.learnware for match in b.search(mine).nearest}
        record = engine.store.checks.get(ware.id)
        assert record is not None
        engine.store.checks.put(replace(record, status=-1))
        found = b.search(mine)
        assert ware.id not in {match.learnware for match in (*found.single, *found.nearest)}
        assert ware.id not in found.compatible
        assert found.listed == ()
        assert b.show(ware.id).check.status == -1  # type: ignore[union-attr]
        assert b.check(ware.id).check.status == 1  # type: ignore[union-attr]
        assert ware.id in {match.learnware for match in b.search(mine).nearest}


def test_what_was_not_checked_before_it_was_closed_is_due_at_the_next_start(tmp_path: Path) -> None:
    hub = MemoryHub()
    with make_node(tmp_path, "A", hub) as a, make_node(tmp_path, "B", hub) as b:
        a.add_profile(PROFILE)
        a.add(table(), name="one")
        ware = a.publish(a.draft(adopt(a, linear()), ABOUT, privacy="no-noise"))
        engine = engine_of(b)
        assert engine.checks is not None
        engine.checks.stop()
        hub.settle()
        assert b.show(ware.id).check is None
    with reopen(tmp_path, "B", hub) as b:
        engine = engine_of(b)
        assert engine.checks is not None
        assert engine.checks.wait(60)
        assert b.show(ware.id).check is not None


def test_a_report_of_earlier_checks_is_due_again(home: lwnode.Node, ware: Ware) -> None:
    engine = engine_of(home)
    record = engine.store.checks.get(ware.id)
    assert record is not None
    stale = CheckRecord(learnware=ware.id, status=0, version=1, time=record.time)
    engine.store.checks.put(replace(stale, findings=(), ran=False))  # its model was not here
    check_if_due(engine, ware.id, lambda share, doing: None)
    again = engine.store.checks.get(ware.id)
    assert again is not None
    assert (again.status, again.ran) == (1, True)


# --- the queue


def never(first: str, second: str, progress: Progress) -> None:
    raise AssertionError("nobody is to be compared")


def test_the_queue_checks_in_order_once_and_leaves_no_thread() -> None:
    seen: list[str] = []
    caught_up: list[int] = []
    go = threading.Event()

    def check(learnware: str, progress: Progress) -> None:
        go.wait(10)
        seen.append(learnware)

    def compare(first: str, second: str, progress: Progress) -> None:
        seen.append(first + second)

    queue = CheckQueue(check, lambda progress: caught_up.append(len(seen)), compare)
    queue.add(["a", "b"])
    queue.add(["b", "c"])
    go.set()
    assert queue.wait(10)
    assert seen in (["a", "b", "c"], ["a", "b", "b", "c"])  # the second b may have been under way
    assert not [thread for thread in threading.enumerate() if thread.name == "lwnode-check"]
    queue.add(["d"])
    assert queue.wait(10)
    assert seen[-1] == "d"
    queue.compare([("e", "f"), ("e", "f")])
    assert queue.wait(10)
    assert seen[-2:] == ["d", "ef"]
    assert caught_up[-1] == len(seen), "what follows from all that arrived is done when all were checked"
    assert len(caught_up) < len(seen)


def test_stopping_ends_the_check_under_way_and_drops_the_rest() -> None:
    began, ended = threading.Event(), threading.Event()

    def check(learnware: str, progress: Progress) -> None:
        began.set()
        try:
            while True:
                progress(None, "checking")
                time.sleep(0.01)
        except CancelledError:
            ended.set()
            raise

    caught_up: list[Progress] = []
    queue = CheckQueue(check, caught_up.append, never)
    queue.add(["a", "b"])
    assert began.wait(10)
    start = time.monotonic()
    queue.stop()
    assert ended.is_set()
    assert time.monotonic() - start < 5
    assert queue.wait(1)
    queue.add(["c"])
    assert queue.wait(1)
    assert not caught_up


def test_one_that_cannot_be_checked_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []

    def check(learnware: str, progress: Progress) -> None:
        if learnware == "bad":
            raise WorkerError("no")
        seen.append(learnware)

    def fail(progress: Progress) -> None:
        raise DiskFullError("no room")

    queue = CheckQueue(check, fail, never)
    queue.add(["bad", "good"])
    assert queue.wait(10)
    assert seen == ["good"]
    assert "bad" in caplog.text
    assert "LW-DISK-FULL" in caplog.text
