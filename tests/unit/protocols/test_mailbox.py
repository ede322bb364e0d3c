# SPDX-License-Identifier: Apache-2.0
"""What a node answers to a hub's two queries, without a hub."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from flwr.app import Context, Message, RecordDict

from lwnode.documents import FileEntry
from lwnode.errors import DocumentError, StoreError, UnreachableError
from lwnode.node.transport import OPERATION_LIMIT, Row
from lwnode_protocols.adapter.records import fields_of, instruction
from lwnode_protocols.envelope import open_operation
from lwnode_protocols.limits import ANSWER_LIMIT, NodeTimes
from lwnode_protocols.mailbox import Mailbox
from lwnode_protocols.messages import Delivery, DeliveryAnswer, MailboxAnswer, MailboxAsk
from tests.support.federation import MemoryPort, node_key, now, until

HUB = "f" * 32
KEY = node_key()
ROW = Row(height=1, member="a" * 64, kind="announce", body=b"x")


class Bench:
    def __init__(self, **times: float) -> None:
        self.port = MemoryPort()
        self.events: list[str] = []
        self.missing: set[str] = set()
        self.problems: list[str] = []
        self.applied = 0
        self.mailbox = Mailbox(
            self.port,
            hub=HUB,
            key=KEY,
            bring=self.bring,
            applied=self.count,
            problem=self.problems.append,
            times=NodeTimes(**{"hold": 5.0, "retry": 0.05, **times}),
            now=now,
        )

    def bring(self, entry: FileEntry) -> None:
        self.events.append(f"bring {entry.name}")
        if entry.sha256 in self.missing:
            raise UnreachableError("the hub does not answer")

    def count(self) -> None:
        self.applied += 1

    def ask(self, ack: int = 0, *, hello: bool = False, box: str | None = None, hub: str = HUB) -> MailboxAsk:
        return MailboxAsk(hub=hub, box=self.port.box(HUB) if box is None else box, ack=ack, hello=hello)

    def seqs(self, ack: int = 0) -> list[int]:
        return [sealed.operation.seq for sealed in self.mailbox.answer(self.ask(ack)).operations]

    def parked(self, then: Callable[[], Any]) -> tuple[MailboxAnswer, float]:
        """Park a mailbox, do something, and return the answer and how long it took from then."""
        found: list[MailboxAnswer] = []
        thread = threading.Thread(target=lambda: found.append(self.mailbox.answer(self.ask())))
        thread.start()
        time.sleep(0.1)
        assert found == [], "answered although there was nothing to say"
        start = time.monotonic()
        then()
        thread.join(5)
        return found[0], time.monotonic() - start


def test_a_hello_is_answered_at_once_with_the_box_and_the_cursor() -> None:
    bench = Bench()
    bench.port.say(b"waits")
    bench.port.have = 12
    answer = bench.mailbox.answer(bench.ask(hello=True, box=""))
    assert answer == MailboxAnswer(box=bench.port.box(HUB), have=12, operations=())


def test_an_answer_starts_after_the_acknowledgement_whatever_was_sent_before() -> None:
    bench = Bench()
    for body in (b"1", b"2", b"3"):
        bench.port.say(body)
    assert bench.seqs(0) == [1, 2, 3]
    assert bench.seqs(0) == [1, 2, 3], "nothing was remembered"
    assert bench.seqs(2) == [3]
    assert bench.port.acked == 2


def test_an_acknowledgement_for_another_box_is_none() -> None:
    bench = Bench()
    bench.port.say(b"1")
    answer = bench.mailbox.answer(bench.ask(1, box="of-an-earlier-installation"))
    assert [sealed.operation.seq for sealed in answer.operations] == [1]
    assert bench.port.acked == 0


def test_operations_carry_envelopes_that_open() -> None:
    bench = Bench()
    bench.port.say(b"1")
    (sealed,) = bench.mailbox.answer(bench.ask()).operations
    box = bench.port.box(HUB)
    assert open_operation(sealed, key=KEY.public_key(), hub=HUB, box=box, now=now(), clock=5).body == b"1"


def test_a_parked_mailbox_is_answered_when_woken() -> None:
    bench = Bench()

    def say() -> None:
        bench.port.say(b"news")
        bench.mailbox.wake()

    answer, seconds = bench.parked(say)
    assert [sealed.operation.body for sealed in answer.operations] == [b"news"]
    assert seconds < 1


@pytest.mark.parametrize("event", ["stop", "supersede"])
def test_a_parked_mailbox_ends_empty(event: str) -> None:
    bench = Bench()
    answer, seconds = bench.parked(getattr(bench.mailbox, event))
    assert answer.operations == ()
    assert seconds < 1


def test_a_parked_mailbox_ends_when_its_time_is_over() -> None:
    bench = Bench(hold=0.2)
    start = time.monotonic()
    assert bench.seqs() == []
    assert 0.15 < time.monotonic() - start < 1


def test_the_outbox_has_it_and_its_files_are_there_before_it_is_offered() -> None:
    bench = Bench()
    entry = bench.port.keep(b"model")
    bench.port.say(b"manifest", files=[entry])
    leaving = bench.port.leaving

    def noted(*arguments: Any) -> None:
        bench.events.append("leaving")
        leaving(*arguments)

    bench.port.leaving = noted  # type: ignore[method-assign]
    assert bench.seqs() == [1]
    assert bench.events == ["leaving", "bring model.onnx"]
    assert bench.port.left == [(HUB, 1)]


def test_what_cannot_be_brought_ends_the_answer_and_is_tried_again() -> None:
    bench = Bench()
    entry = bench.port.keep(b"model")
    bench.port.say(b"1")
    bench.port.say(b"2", files=[entry])
    bench.port.say(b"3")
    bench.missing.add(entry.sha256)
    assert bench.seqs() == [1]
    assert bench.problems[-1] == "the hub does not answer"
    found: list[list[int]] = []
    thread = threading.Thread(target=lambda: found.append(bench.seqs(1)))
    thread.start()
    until(lambda: bench.events.count("bring model.onnx") >= 3, "further attempts")
    bench.missing.clear()
    thread.join(5)
    assert found == [[2, 3]]
    assert bench.problems[-1] == ""


def test_an_answer_stays_within_its_bound_and_the_rest_follows() -> None:
    bench = Bench()
    for _ in range(3):
        bench.port.say(b"x" * OPERATION_LIMIT)
    for _ in range(400):
        bench.port.say(b"y")
    ack = 0
    while ack < 403:
        answer = bench.mailbox.answer(bench.ask(ack))
        assert sum(sealed.size for sealed in answer.operations) < ANSWER_LIMIT
        MailboxAnswer.from_fields(answer.to_fields())
        assert [sealed.operation.seq for sealed in answer.operations] == list(
            range(ack + 1, ack + 1 + len(answer.operations))
        )
        ack += len(answer.operations)


def test_a_page_is_applied_and_the_cursor_returned() -> None:
    bench = Bench()
    assert bench.mailbox.deliver(Delivery(hub=HUB, base=0, rows=(ROW,))) == DeliveryAnswer(have=1)
    assert bench.mailbox.deliver(Delivery(hub=HUB, base=0, rows=(ROW,))) == DeliveryAnswer(have=1)
    assert bench.port.bodies() == [b"x"], "once"
    assert bench.applied == 2


def test_a_page_from_beyond_the_cursor_changes_nothing() -> None:
    bench = Bench()
    row = Row(height=9, member="a" * 64, kind="announce", body=b"x")
    assert bench.mailbox.deliver(Delivery(hub=HUB, base=8, rows=(row,))) == DeliveryAnswer(have=0)
    assert bench.port.applied == []


def test_messages_of_another_hub_are_refused() -> None:
    bench = Bench()
    with pytest.raises(DocumentError):
        bench.mailbox.answer(bench.ask(hub="e" * 32))
    with pytest.raises(DocumentError):
        bench.mailbox.deliver(Delivery(hub="e" * 32, base=0, rows=()))


def called(bench: Bench, kind: str, fields: Any) -> Message:
    message = instruction(fields, kind=kind, run=1, task=2, source=1, node=3, seconds=60.0)
    context = Context(run_id=0, node_id=3, node_config={}, state=RecordDict(), run_config={})
    return bench.mailbox.app()(message, context)


def test_the_client_app_routes_both_queries() -> None:
    bench = Bench()
    reply = called(bench, "mailbox", bench.ask(hello=True).to_fields())
    assert MailboxAnswer.from_fields(fields_of(reply)).box == bench.port.box(HUB)
    assert (reply.metadata.src_node_id, reply.metadata.dst_node_id) == (3, 1)
    reply = called(bench, "deliver", Delivery(hub=HUB, base=0, rows=(ROW,)).to_fields())
    assert DeliveryAnswer.from_fields(fields_of(reply)).have == 1


def test_the_client_app_has_no_other_query() -> None:
    bench = Bench()
    with pytest.raises(ValueError, match="No query function"):
        called(bench, "run", {"x": 1})


def test_a_page_that_cannot_be_kept_has_no_answer() -> None:
    bench = Bench()

    def full(*_: Any) -> int:
        raise StoreError("no room left")

    bench.port.incoming = full  # type: ignore[method-assign]
    with pytest.raises(StoreError):
        called(bench, "deliver", Delivery(hub=HUB, base=0, rows=(ROW,)).to_fields())
