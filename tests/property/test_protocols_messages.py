# SPDX-License-Identifier: Apache-2.0
"""Messages through Flower's own objects and back, and arbitrary fields: an object or a DocumentError, nothing else."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lwnode.errors import DocumentError
from lwnode.node.transport import KINDS, Operation, Row
from lwnode_protocols.envelope import Sealed
from lwnode_protocols.messages import Delivery, MailboxAnswer, MailboxAsk
from tests.support.federation import import_flower

ids = st.text("0123456789abcdef", min_size=1, max_size=64)
numbers = st.integers(0, 2**53)
answers = st.builds(
    MailboxAnswer,
    box=ids,
    have=numbers,
    operations=st.lists(
        st.builds(
            Sealed,
            operation=st.builds(Operation, seq=numbers, kind=st.sampled_from(KINDS), body=st.binary(max_size=200)),
            envelope=st.binary(max_size=100),
        ),
        max_size=5,
    ).map(tuple),
)
pages = st.builds(
    lambda base, steps, body: Delivery(
        hub="h",
        base=base,
        rows=tuple(
            Row(height=base + sum(steps[: index + 1]), member="0" * 64, kind="keys", body=body)
            for index in range(len(steps))
        ),
    ),
    base=st.integers(0, 2**40),
    steps=st.lists(st.integers(1, 1_000), max_size=6),
    body=st.binary(max_size=50),
)
values = st.one_of(
    st.integers(),
    st.text(max_size=8),
    st.binary(max_size=8),
    st.booleans(),
    st.lists(st.integers(), max_size=3),
    st.lists(st.text(max_size=4), max_size=3),
    st.none(),
)
names = st.sampled_from(
    ["hub", "box", "ack", "hello", "have", "base", "seqs", "kinds", "bodies", "envelopes", "heights", "members"]
)


@pytest.fixture(scope="module", autouse=True)
def flower() -> None:
    import_flower(Path(tempfile.gettempdir()) / "lwnode-tests")


@settings(max_examples=40, deadline=None)
@given(message=st.one_of(answers, pages))
def test_round_trip_through_flower(message: MailboxAnswer | Delivery) -> None:
    from lwnode_protocols.adapter.records import fields_of, instruction, pack, unpack

    sent = instruction(message.to_fields(), kind="mailbox", run=1, task=2, source=1, node=3, seconds=60.0)
    packed = pack(sent)
    assert type(message).from_fields(fields_of(unpack(packed.identity, packed.objects))) == message


@settings(max_examples=30, deadline=None)
@given(message=answers)
def test_two_equal_messages_share_no_object(message: MailboxAnswer) -> None:
    from lwnode_protocols.adapter.records import instruction, pack

    first, second = (
        pack(instruction(message.to_fields(), kind="mailbox", run=1, task=2, source=1, node=3, seconds=60.0))
        for _ in range(2)
    )
    assert not set(first.objects) & set(second.objects)


@settings(max_examples=200, deadline=None)
@given(fields=st.dictionaries(names, values))
@pytest.mark.parametrize("kind", [MailboxAsk, MailboxAnswer, Delivery])
def test_arbitrary_fields(kind: type[MailboxAsk | MailboxAnswer | Delivery], fields: dict[str, object]) -> None:
    try:
        message = kind.from_fields(fields)
    except DocumentError:
        return
    assert {**fields, **message.to_fields()} == fields


@settings(max_examples=60, deadline=None)
@given(position=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_one_flipped_bit_in_any_object_is_a_document_error_or_another_message(position: int, bit: int) -> None:
    from lwnode_protocols.adapter.records import fields_of, instruction, pack, unpack

    fields = MailboxAsk(hub="h", box="b", ack=3, hello=False).to_fields()
    packed = pack(instruction(fields, kind="mailbox", run=1, task=2, source=1, node=3, seconds=60.0))
    objects = dict(packed.objects)
    name = sorted(objects)[position % len(objects)]
    damaged = bytearray(objects[name])
    damaged[position % len(damaged)] ^= 1 << bit
    objects[name] = bytes(damaged)
    with contextlib.suppress(DocumentError):
        fields_of(unpack(packed.identity, objects))
