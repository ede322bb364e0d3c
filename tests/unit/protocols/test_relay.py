# SPDX-License-Identifier: Apache-2.0
"""The relay's rules, with a log and a pipe in memory and a clock that tests move."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from lwnode.documents import digest
from lwnode.errors import DiskFullError
from lwnode.node.transport import Operation
from lwnode.trust.identity import spki
from lwnode_protocols.envelope import Sealed, seal_operation
from lwnode_protocols.grid import Enrolled
from lwnode_protocols.limits import HubLimits
from lwnode_protocols.messages import DeliveryAnswer, MailboxAnswer
from lwnode_protocols.relay import Relay
from tests.support.federation import MemoryGrid, MemoryLog, Sent, node_key, now

HUB = "f" * 32
LIMITS = HubLimits()


class Member:
    """A member as the relay meets it."""

    def __init__(self, node: int) -> None:
        self.key = node_key()
        self.box = f"box{node}"
        self.enrolled = Enrolled(node=node, member=digest(spki(self.key.public_key())), key=self.key.public_key())

    def sealed(
        self, seq: int, body: bytes = b"body", *, hub: str = HUB, key: ec.EllipticCurvePrivateKey | None = None
    ) -> Sealed:
        return seal_operation(
            Operation(seq=seq, kind="announce", body=body), key=key or self.key, hub=hub, box=self.box, now=now()
        )


class Bench:
    """A relay, what is around it, and the moves of a test."""

    def __init__(self, log: MemoryLog | None = None) -> None:
        self.time = 100.0
        self.log = log if log is not None else MemoryLog()
        self.grid = MemoryGrid()
        self.relay = Relay(HUB, self.log, self.grid, limits=LIMITS, now=now, clock=lambda: self.time)

    def step(self, seconds: float = 0.0) -> None:
        self.time += seconds
        self.relay.step()

    def mailbox(self, member: Member) -> Sent:
        (found,) = self.grid.open_messages(member.enrolled.node, "mailbox")
        return found

    def pages(self, member: Member) -> list[Sent]:
        return self.grid.open_messages(member.enrolled.node, "deliver")

    def arrive(self, *members: Member) -> None:
        """Let members activate, and answer the first hello."""
        for member in members:
            self.relay.arrived(member.enrolled)
        self.step()
        for member in members:
            self.answer(member)

    def answer(self, member: Member, *operations: Sealed, have: int = 0) -> None:
        sent = self.mailbox(member)
        fields = MailboxAnswer(box=member.box, have=have, operations=tuple(operations)).to_fields()
        self.relay.replied(self.grid.say(sent, fields))
        self.step()

    def take(self, member: Member, have: int) -> None:
        (page,) = self.pages(member)
        self.relay.replied(self.grid.say(page, DeliveryAnswer(have=have).to_fields()))
        self.step()

    @property
    def seqs(self) -> list[int]:
        return [operation.seq for _, _, operation in self.log.entries]


def test_first_mailbox_is_a_hello_and_the_second_names_the_box() -> None:
    bench, member = Bench(), Member(7)
    bench.relay.arrived(member.enrolled)
    bench.step()
    assert bench.mailbox(member).fields == {"hub": HUB, "box": "", "ack": 0, "hello": True}
    bench.answer(member)
    assert bench.mailbox(member).fields == {"hub": HUB, "box": member.box, "ack": 0, "hello": False}


def test_the_next_mailbox_is_the_acknowledgement_of_what_is_committed() -> None:
    bench, member = Bench(), Member(7)
    bench.arrive(member)
    bench.answer(member, member.sealed(1), member.sealed(2))
    assert bench.seqs == [1, 2]
    assert bench.mailbox(member).fields["ack"] == 2


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        pytest.param((1, 2, 3), [1, 2, 3], id="in order"),
        pytest.param((2, 3), [], id="the first is missing"),
        pytest.param((1, 3), [1], id="a gap"),
        pytest.param((1, 1, 2), [1], id="one twice, which is a gap too"),
        pytest.param((2, 1), [], id="reversed"),
        pytest.param((0, 1), [1], id="zero is before all"),
    ],
)
def test_only_the_next_number_is_taken(sent: Sequence[int], taken: list[int]) -> None:
    bench, member = Bench(), Member(7)
    bench.arrive(member)
    bench.answer(member, *[member.sealed(seq) for seq in sent])
    assert bench.seqs == taken


def test_what_was_committed_before_a_restart_is_neither_lost_nor_taken_twice() -> None:
    first, member = Bench(), Member(7)
    first.arrive(member)
    first.answer(member, member.sealed(1), member.sealed(2))
    again = Bench(first.log)  # the same store, everything else new
    again.arrive(member)
    assert again.mailbox(member).fields["ack"] == 2
    again.answer(member, member.sealed(1), member.sealed(2), member.sealed(3))
    assert again.seqs == [1, 2, 3]


def test_another_box_of_the_same_key_starts_at_one() -> None:
    bench, member = Bench(), Member(7)
    bench.arrive(member)
    bench.answer(member, member.sealed(1))
    member.box = "installed-anew"
    bench.relay.arrived(member.enrolled)
    bench.step()
    bench.answer(member)
    assert bench.mailbox(member).fields["ack"] == 0
    bench.answer(member, member.sealed(1, b"other"))
    assert [operation.body for _, _, operation in bench.log.entries] == [b"body", b"other"]


def forgeries() -> dict[str, object]:
    other = node_key()

    def rebodied(member: Member) -> Sealed:
        sealed = member.sealed(1)
        return dataclasses.replace(sealed, operation=dataclasses.replace(sealed.operation, body=b"other"))

    def renumbered(member: Member) -> Sealed:
        sealed = member.sealed(2)
        return dataclasses.replace(sealed, operation=dataclasses.replace(sealed.operation, seq=1))

    return {
        "another key": lambda member: member.sealed(1, key=other),
        "another hub": lambda member: member.sealed(1, hub="0" * 32),
        "another body": rebodied,
        "another number": renumbered,
        "no envelope": lambda member: dataclasses.replace(member.sealed(1), envelope=b"{}"),
    }


@pytest.mark.parametrize("forgery", forgeries())
def test_an_operation_whose_envelope_does_not_hold_is_not_appended(forgery: str) -> None:
    bench, member = Bench(), Member(7)
    bench.arrive(member)
    made = forgeries()[forgery]
    bench.answer(member, made(member))  # type: ignore[operator]
    assert bench.log.entries == []
    assert bench.grid.open_messages(7, "mailbox") == [], "whoever sends nonsense rests"
    bench.step(LIMITS.rest + 0.1)
    bench.answer(member, member.sealed(1))
    assert bench.seqs == [1]


def test_what_precedes_a_forgery_is_kept() -> None:
    bench, member = Bench(), Member(7)
    bench.arrive(member)
    bench.answer(member, member.sealed(1), member.sealed(2, key=node_key()), member.sealed(3))
    assert bench.seqs == [1]


def test_rows_go_to_every_member_from_its_own_cursor() -> None:
    bench, first, second = Bench(), Member(1), Member(2)
    bench.arrive(first, second)
    bench.answer(first, first.sealed(1, b"x"), first.sealed(2, b"y"))
    for member in (first, second):
        (page,) = bench.pages(member)
        assert page.fields["heights"] == [1, 2]
        assert page.fields["members"] == [first.enrolled.member] * 2
        assert page.fields["bodies"] == [b"x", b"y"]
    bench.take(second, 2)
    assert bench.pages(second) == []
    assert len(bench.pages(first)) == 1, "one page at a time, and only what was not taken"


def test_a_cursor_in_a_mailbox_answer_starts_the_feed() -> None:
    log = MemoryLog()
    log.append("a" * 64, "box", [Operation(seq=seq, kind="announce", body=b"%d" % seq) for seq in range(1, 6)])
    bench, member = Bench(log), Member(3)
    bench.relay.arrived(member.enrolled)
    bench.step()
    bench.answer(member, have=3)
    (page,) = bench.pages(member)
    assert (page.fields["base"], page.fields["heights"]) == (3, [4, 5])


def test_a_cursor_that_an_overtaken_answer_names_does_not_move_back() -> None:
    bench, first, second = Bench(), Member(1), Member(2)
    bench.arrive(first, second)
    bench.answer(first, first.sealed(1))
    bench.take(second, 1)
    bench.answer(second, have=0)  # was written before the page came
    assert bench.pages(second) == []


def test_a_page_that_is_not_answered_is_sent_again() -> None:
    bench, member = Bench(), Member(1)
    bench.arrive(member)
    bench.answer(member, member.sealed(1))
    (page,) = bench.pages(member)
    bench.relay.polled(member.enrolled)
    bench.step(LIMITS.delivery_seconds + 1)
    (again,) = bench.pages(member)
    assert again.identity != page.identity
    assert again.fields == page.fields


def test_a_mailbox_that_is_not_answered_is_replaced() -> None:
    bench, member = Bench(), Member(1)
    bench.arrive(member)
    parked = bench.mailbox(member)
    for _ in range(40):  # it polls all the while
        bench.relay.polled(member.enrolled)
        bench.step(LIMITS.hold / 30)
    assert bench.mailbox(member).identity != parked.identity


def test_a_reply_that_never_completes_is_lost_and_asked_for_again() -> None:
    bench, member = Bench(), Member(1)
    bench.arrive(member)
    sent = bench.mailbox(member)
    bench.grid.incomplete.add(sent.identity)
    bench.relay.replied(bench.grid.say(sent, MailboxAnswer(box=member.box, have=0, operations=()).to_fields()))
    bench.step()
    assert bench.mailbox(member).identity == sent.identity, "still coming"
    bench.relay.polled(member.enrolled)
    bench.step(LIMITS.reply_seconds + 0.1)
    assert bench.mailbox(member).identity != sent.identity


def test_a_node_that_activates_again_loses_what_was_under_way() -> None:
    bench, member = Bench(), Member(1)
    bench.arrive(member)
    bench.answer(member, member.sealed(1))
    old = bench.mailbox(member).identity, bench.pages(member)[0].identity
    bench.relay.arrived(member.enrolled)
    bench.step()
    assert set(old) <= bench.grid.forgotten
    assert bench.mailbox(member).fields["hello"] is True


def test_a_late_reply_to_a_forgotten_message_changes_nothing() -> None:
    bench, member = Bench(), Member(1)
    bench.arrive(member)
    old = bench.mailbox(member)
    bench.relay.arrived(member.enrolled)
    bench.step()
    late = MailboxAnswer(box=member.box, have=0, operations=(member.sealed(1),)).to_fields()
    bench.relay.replied(bench.grid.say(old, late))
    bench.step()
    assert bench.log.entries == []
    assert bench.relay.connected() == (member.enrolled.member,)


def test_a_silent_member_is_gone_until_it_polls_again() -> None:
    bench, member = Bench(), Member(1)
    bench.arrive(member)
    assert bench.relay.connected() == (member.enrolled.member,)
    bench.step(LIMITS.silence + 1)
    assert bench.relay.connected() == ()
    assert bench.grid.open_messages(1, "mailbox") == []
    bench.relay.polled(member.enrolled)
    bench.step()
    assert bench.relay.connected() == (member.enrolled.member,)
    assert bench.mailbox(member).fields["hello"] is True


def test_a_goodbye_is_believed_at_once() -> None:
    bench, member = Bench(), Member(1)
    bench.arrive(member)
    bench.relay.left(1)
    bench.step()
    assert bench.relay.connected() == ()


def test_after_the_computer_slept_everything_is_sent_afresh() -> None:
    bench, member = Bench(), Member(1)
    bench.arrive(member)
    bench.answer(member, member.sealed(1))
    before = bench.mailbox(member).identity
    bench.grid.alive = False
    bench.relay.polled(member.enrolled)
    bench.step(11)
    assert bench.grid.opened == 1
    assert [sent.identity for sent in bench.grid.open_messages(1, "mailbox")][-1] != before
    assert [sent.fields["heights"] for sent in bench.pages(member)][-1] == [1]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"box": 5, "have": 0, "seqs": [], "kinds": [], "bodies": [], "envelopes": []},
        {"box": "b", "have": -1, "seqs": [], "kinds": [], "bodies": [], "envelopes": []},
        {"box": "b", "have": 0, "seqs": [1], "kinds": [], "bodies": [], "envelopes": []},
        {"box": "b|c", "have": 0, "seqs": [], "kinds": [], "bodies": [], "envelopes": []},
    ],
)
def test_nonsense_from_one_member_keeps_nobody_else_waiting(fields: dict[str, object]) -> None:
    bench, bad, good = Bench(), Member(1), Member(2)
    bench.arrive(bad, good)
    bench.relay.replied(bench.grid.say(bench.mailbox(bad), fields))
    bench.step()
    assert bench.grid.open_messages(1, "mailbox") == []
    bench.answer(good, good.sealed(1))
    assert bench.seqs == [1]
    bench.step(LIMITS.rest + 0.1)
    assert bench.mailbox(bad).fields["ack"] == 0


def test_a_full_disk_is_no_acknowledgement() -> None:
    class Full(MemoryLog):
        full = False

        def append(self, member: str, box: str, operations: Sequence[Operation]) -> int:
            if self.full:
                raise DiskFullError("no room left")
            return super().append(member, box, operations)

    log = Full()
    bench, member = Bench(log), Member(1)
    bench.arrive(member)
    log.full = True
    bench.answer(member, member.sealed(1))
    assert bench.relay.problem == "no room left"
    log.full = False
    bench.step(LIMITS.rest + 0.1)
    assert bench.mailbox(member).fields["ack"] == 0
    bench.answer(member, member.sealed(1))
    assert bench.seqs == [1]


def test_a_member_that_takes_pages_and_does_not_move_on_rests() -> None:
    bench, member = Bench(), Member(1)
    bench.arrive(member)
    bench.answer(member, member.sealed(1))
    bench.take(member, 0)
    assert bench.pages(member) == []
    bench.step(LIMITS.rest + 0.1)
    assert len(bench.pages(member)) == 1


def test_a_member_that_is_ahead_of_the_log_is_a_problem_that_shows() -> None:
    bench, member = Bench(), Member(1)
    bench.relay.arrived(member.enrolled)
    bench.step()
    bench.answer(member, have=12)
    assert "older database" in bench.relay.problem
