# SPDX-License-Identifier: Apache-2.0
"""Admission without a network: who becomes a member, and what everybody else is told."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from lwnode.documents import digest, encode
from lwnode.paths import home_at
from lwnode.store import HubStore
from lwnode.trust.identity import spki
from lwnode_protocols.admission import Admission, JoinRequest, Pace
from lwnode_protocols.asgi import Refusal
from lwnode_protocols.limits import HubLimits
from lwnode_protocols.statements import sign_join
from tests.support.federation import node_key, now

CODE = "AAAAAAAAAAAAAAAAAAAAAA"


class Gate:
    """An admission on a real store."""

    def __init__(self, store: HubStore, pool: ThreadPoolExecutor) -> None:
        self.store = store
        self.welcomed: list[str] = []
        self.admission = Admission(
            store.hub_id,
            "Consortium",
            store,
            lambda _key, member, _name: self.welcomed.append(member),
            limits=HubLimits(),
            now=now,
            threads=pool,
        )
        store.create_invite(digest(CODE.encode()), now() + timedelta(hours=1), "for a test")

    def body(
        self,
        holder: ec.EllipticCurvePrivateKey,
        *,
        code: str = CODE,
        name: str = "Hospital",
        signer: ec.EllipticCurvePrivateKey | None = None,
        hub: str = "",
        **changed: str,
    ) -> bytes:
        fields = {
            "code": code,
            "key": base64.b64encode(spki(holder.public_key())).decode(),
            "name": name,
            "signature": base64.b64encode(
                sign_join(signer or holder, hub=hub or self.store.hub_id, code=code)
            ).decode(),
        }
        return encode(JoinRequest(**{**fields, **changed}))


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with HubStore.open(home_at(tmp_path), now=now) as store, ThreadPoolExecutor(1) as pool:
        yield Gate(store, pool)


def test_the_holder_of_an_invite_becomes_a_member(gate: Gate) -> None:
    key = node_key()
    assert gate.admission.decide(gate.body(key)) == "admitted"
    (member,) = gate.store.members()
    assert member.public_key == spki(key.public_key())
    assert gate.welcomed == [member.id] == [digest(spki(key.public_key()))]


def test_the_same_key_may_ask_again(gate: Gate) -> None:
    key = node_key()
    gate.admission.decide(gate.body(key))
    assert gate.admission.decide(gate.body(key)) == "again"


def test_a_second_key_finds_the_code_used(gate: Gate) -> None:
    gate.admission.decide(gate.body(node_key()))
    assert gate.admission.decide(gate.body(node_key())) == "used"
    assert len(gate.welcomed) == 1


def test_an_unknown_code(gate: Gate) -> None:
    assert gate.admission.decide(gate.body(node_key(), code="B" * 22)) == "unknown"


def test_an_expired_code(gate: Gate) -> None:
    gate.store.create_invite(digest(b"C" * 22), now() - timedelta(seconds=1), "")
    assert gate.admission.decide(gate.body(node_key(), code="C" * 22)) == "expired"
    assert gate.welcomed == []


def test_a_blocked_member_is_told_no_more_than_a_stranger(gate: Gate) -> None:
    key = node_key()
    gate.admission.decide(gate.body(key))
    gate.store.block(digest(spki(key.public_key())))
    assert gate.admission.decide(gate.body(key)) == "unknown"


def refused() -> dict[str, tuple[int, object]]:
    other = node_key()
    ed = base64.b64encode(spki(ed25519.Ed25519PrivateKey.generate().public_key())).decode()
    return {
        "a signature by another key": (401, lambda gate: gate.body(node_key(), signer=other)),
        "a signature for another hub": (401, lambda gate: gate.body(node_key(), hub="e" * 32)),
        "a key that is not on P-256": (401, lambda gate: gate.body(node_key(), key=ed)),
        "a key that is not base64": (400, lambda gate: gate.body(node_key(), key="?")),
        "no name": (400, lambda gate: gate.body(node_key(), name=" ")),
        "a name of two lines": (400, lambda gate: gate.body(node_key(), name="a\nb")),
        "a name that is too long": (400, lambda gate: gate.body(node_key(), name="a" * 121)),
        "no JSON": (400, lambda _gate: b"\xff"),
        "another document": (400, lambda _gate: b"{}"),
        "spaces in the JSON": (400, lambda gate: gate.body(node_key()).replace(b'":"', b'": "')),
    }


@pytest.mark.parametrize("case", refused())
def test_a_request_that_is_refused_spends_nothing(gate: Gate, case: str) -> None:
    status, body = refused()[case]
    with pytest.raises(Refusal) as caught:
        gate.admission.decide(body(gate))  # type: ignore[operator]
    assert caught.value.status == status
    assert gate.welcomed == []
    assert gate.admission.decide(gate.body(node_key())) == "admitted", "the code is still good"


def test_attempts_are_limited_by_address_and_in_all() -> None:
    time = 0.0
    pace = Pace(2, 3, clock=lambda: time)
    assert [pace.allow("a"), pace.allow("a"), pace.allow("a")] == [True, True, False]
    assert [pace.allow("b"), pace.allow("c")] == [True, False]
    time = 60.5
    assert [pace.allow("a"), pace.allow("c")] == [True, True]
