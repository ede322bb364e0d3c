# SPDX-License-Identifier: Apache-2.0
"""Fields become objects, or an error: a table of what does not fit."""

from __future__ import annotations

from typing import Any

import pytest

from lwnode.errors import DocumentError
from lwnode.node.transport import OPERATION_LIMIT, PAGE_LIMIT, Operation, Row
from lwnode_protocols.envelope import SEAL_LIMIT, Sealed
from lwnode_protocols.limits import ANSWER_LIMIT
from lwnode_protocols.messages import Delivery, DeliveryAnswer, MailboxAnswer, MailboxAsk

ASK = MailboxAsk(hub="f" * 32, box="b1", ack=7, hello=False)
ANSWER = MailboxAnswer(
    box="b1",
    have=4,
    operations=tuple(
        Sealed(operation=Operation(seq=seq, kind="announce", body=b"%d" % seq), envelope=b"e") for seq in (8, 9)
    ),
)
PAGE = Delivery(
    hub="f" * 32,
    base=4,
    rows=tuple(Row(height=height, member="a" * 64, kind="keys", body=b"%d" % height) for height in (5, 9)),
)
LATER = DeliveryAnswer(have=9)


@pytest.mark.parametrize("message", [ASK, ANSWER, PAGE, LATER], ids=lambda m: type(m).__name__)
def test_fields_give_the_message_back(message: MailboxAsk | MailboxAnswer | Delivery | DeliveryAnswer) -> None:
    assert type(message).from_fields(message.to_fields()) == message


def test_a_hello_has_no_box() -> None:
    hello = MailboxAsk(hub="f" * 32, box="", ack=0, hello=True)
    assert MailboxAsk.from_fields(hello.to_fields()) == hello


@pytest.mark.parametrize(
    "changed",
    [
        {"hub": ""},
        {"hub": "a/b"},
        {"hub": 5},
        {"hub": "x" * 65},
        {"ack": -1},
        {"ack": 2**53 + 1},
        {"ack": True},
        {"ack": 1.0},
        {"hello": 1},
        {"box": "\n"},
    ],
    ids=str,
)
def test_an_ask_that_does_not_fit(changed: dict[str, Any]) -> None:
    with pytest.raises(DocumentError):
        MailboxAsk.from_fields({**ASK.to_fields(), **changed})


@pytest.mark.parametrize("name", ["box", "have", "seqs", "kinds", "bodies", "envelopes"])
def test_an_answer_without_a_field(name: str) -> None:
    fields = dict(ANSWER.to_fields())
    del fields[name]
    with pytest.raises(DocumentError):
        MailboxAnswer.from_fields(fields)


def one(**changed: Any) -> dict[str, Any]:
    """Return an answer of one operation, with some fields changed."""
    return {"box": "b", "have": 0, "seqs": [1], "kinds": ["keys"], "bodies": [b"x"], "envelopes": [b"e"], **changed}


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(one(seqs=[1, 2]), id="lists of different lengths"),
        pytest.param(one(seqs=["1"]), id="a number as text"),
        pytest.param(one(seqs=[-1]), id="a negative number"),
        pytest.param(one(kinds=["run"]), id="an unknown kind"),
        pytest.param(one(bodies=["x"]), id="text for bytes"),
        pytest.param(one(bodies=[b"x" * (OPERATION_LIMIT + 1)]), id="a body that is too long"),
        pytest.param(one(envelopes=[b"x" * (SEAL_LIMIT + 1)]), id="an envelope that is too long"),
        pytest.param(one(box=""), id="no box"),
        pytest.param(
            one(seqs=[1, 2], kinds=["keys"] * 2, bodies=[b"x" * (ANSWER_LIMIT // 2)] * 2, envelopes=[b"e"] * 2),
            id="too much in all",
        ),
        pytest.param(
            one(seqs=[1] * 1_001, kinds=["keys"] * 1_001, bodies=[b""] * 1_001, envelopes=[b""] * 1_001),
            id="too many",
        ),
    ],
)
def test_an_answer_that_does_not_fit(fields: dict[str, Any]) -> None:
    with pytest.raises(DocumentError):
        MailboxAnswer.from_fields(fields)


def page(**changed: Any) -> dict[str, Any]:
    """Return a page of one row, with some fields changed."""
    fields = {"hub": "h", "base": 0, "heights": [1], "members": ["a" * 64], "kinds": ["keys"], "bodies": [b"x"]}
    return {**fields, **changed}


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(page(base=1), id="a row that is not above the base"),
        pytest.param(
            page(heights=[2, 2], members=["a" * 64] * 2, kinds=["keys"] * 2, bodies=[b"x"] * 2), id="a height twice"
        ),
        pytest.param(
            page(heights=[2, 1], members=["a" * 64] * 2, kinds=["keys"] * 2, bodies=[b"x"] * 2), id="out of order"
        ),
        pytest.param(page(members=["A" * 64]), id="a member that is no digest"),
        pytest.param(page(members=["a" * 63]), id="a member that is too short"),
        pytest.param(page(kinds=["k" * 33]), id="a kind that is too long"),
        pytest.param(page(bodies=[b"x" * (OPERATION_LIMIT + 1)]), id="a body that is too long"),
        pytest.param(
            page(
                heights=list(range(1, 8)),
                members=["a" * 64] * 7,
                kinds=["keys"] * 7,
                bodies=[b"x" * (PAGE_LIMIT // 6)] * 7,
            ),
            id="too much in all",
        ),
    ],
)
def test_a_page_that_does_not_fit(fields: dict[str, Any]) -> None:
    with pytest.raises(DocumentError):
        Delivery.from_fields(fields)


def test_a_page_may_hold_a_kind_that_is_not_known_yet() -> None:
    assert Delivery.from_fields(page(kinds=["attest"])).rows[0].kind == "attest"
