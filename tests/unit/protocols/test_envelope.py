# SPDX-License-Identifier: Apache-2.0
"""The envelope of an operation: whatever is changed about it, it does not open."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from lwnode.errors import DocumentError, SignatureError
from lwnode.node.transport import OPERATION_LIMIT, Operation
from lwnode_protocols.envelope import Sealed, open_operation, seal_operation
from tests.support.federation import node_key, now

KEY = node_key()
TIME = now()
OPERATION = Operation(seq=3, kind="announce", body=b"a signed manifest")
SEALED = seal_operation(OPERATION, key=KEY, hub="h", box="b", now=TIME)


def opened(sealed: Sealed = SEALED, **changed: Any) -> Operation:
    return open_operation(
        sealed, **{"key": KEY.public_key(), "hub": "h", "box": "b", "now": TIME, "clock": 300.0, **changed}
    )


def test_a_sealed_operation_opens() -> None:
    assert opened() == OPERATION


def test_the_same_operation_is_sealed_the_same_way() -> None:
    assert seal_operation(OPERATION, key=KEY, hub="h", box="b", now=TIME) == SEALED


@pytest.mark.parametrize(
    "changed",
    [
        {"hub": "other"},
        {"box": "other"},
        {"key": node_key().public_key()},
        {"now": TIME + timedelta(seconds=301)},
        {"now": TIME - timedelta(seconds=301)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_it_opens_for_one_hub_box_key_and_time(changed: dict[str, Any]) -> None:
    with pytest.raises(SignatureError):
        opened(**changed)


@pytest.mark.parametrize(
    "changed", [{"seq": 4}, {"kind": "withdraw"}, {"body": b"another"}], ids=lambda c: next(iter(c))
)
def test_it_opens_for_one_operation(changed: dict[str, Any]) -> None:
    with pytest.raises(SignatureError):
        opened(dataclasses.replace(SEALED, operation=dataclasses.replace(OPERATION, **changed)))


@pytest.mark.parametrize("position", [0, 40, 200, -3])
def test_one_flipped_byte_of_the_envelope_is_refused(position: int) -> None:
    data = bytearray(SEALED.envelope)
    data[position] ^= 1
    with pytest.raises((SignatureError, DocumentError)):
        opened(dataclasses.replace(SEALED, envelope=bytes(data)))


@pytest.mark.parametrize(
    "operation",
    [
        Operation(seq=1, kind="run", body=b"x"),
        Operation(seq=1, kind="announce", body=b""),
        Operation(seq=1, kind="announce", body=b"x" * (OPERATION_LIMIT + 1)),
    ],
    ids=["kind", "empty", "size"],
)
def test_an_honestly_sealed_operation_outside_the_bounds_is_refused(operation: Operation) -> None:
    with pytest.raises(SignatureError):
        opened(seal_operation(operation, key=KEY, hub="h", box="b", now=TIME))
