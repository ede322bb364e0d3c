# SPDX-License-Identifier: Apache-2.0
"""What a node key signs outside Flower: every field is bound, and the hub above all."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from lwnode.documents import digest
from lwnode.errors import SignatureError, TrustError
from lwnode.trust.identity import spki
from lwnode_protocols.statements import (
    CONTENT_HEADER,
    EMPTY,
    KEY_HEADER,
    SIGNATURE_HEADER,
    TIME_HEADER,
    node_key,
    sign_join,
    sign_request,
    verify_join,
    verify_request,
)
from tests.support.federation import node_key as new_key
from tests.support.federation import now

KEY = new_key()
TIME = now()
REQUEST = {"method": "GET", "path": "/lw/v1/blob/" + "0" * 64, "hub": "f" * 32}


def test_join_is_accepted_by_the_hub_it_is_for() -> None:
    verify_join(KEY.public_key(), sign_join(KEY, hub="h", code="c"), hub="h", code="c")


@pytest.mark.parametrize(
    ("hub", "code", "key"),
    [
        pytest.param("other", "c", KEY, id="another hub"),
        pytest.param("h", "other", KEY, id="another code"),
        pytest.param("h", "c", new_key(), id="another key"),
        pytest.param("h", "c|d", KEY, id="a separator in the code"),
    ],
)
def test_join_is_refused(hub: str, code: str, key: ec.EllipticCurvePrivateKey) -> None:
    signature = sign_join(KEY, hub="h", code="c")
    with pytest.raises(SignatureError):
        verify_join(key.public_key(), signature, hub=hub, code=code)


def test_a_field_cannot_spill_into_the_next() -> None:
    with pytest.raises(ValueError, match="separator"):
        sign_join(KEY, hub="h|c", code="")


def test_request_is_accepted_and_says_who_asks() -> None:
    headers = sign_request(KEY, **REQUEST, now=TIME)
    signed = verify_request(headers, **REQUEST, now=TIME, window=60)
    assert signed.member == digest(spki(KEY.public_key()))
    assert signed.content == EMPTY


@pytest.mark.parametrize(
    "changed",
    [{"method": "PUT"}, {"path": "/lw/v1/blob/" + "1" * 64}, {"hub": "e" * 32}],
    ids=lambda change: next(iter(change)),
)
def test_request_is_bound_to_method_path_and_hub(changed: dict[str, str]) -> None:
    headers = sign_request(KEY, **REQUEST, now=TIME)
    with pytest.raises(SignatureError):
        verify_request(headers, **{**REQUEST, **changed}, now=TIME, window=60)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (KEY_HEADER, base64.b64encode(spki(new_key().public_key())).decode()),
        (KEY_HEADER, base64.b64encode(spki(ed25519.Ed25519PrivateKey.generate().public_key())).decode()),
        (KEY_HEADER, "not base64 !"),
        (KEY_HEADER, ""),
        (TIME_HEADER, (TIME + timedelta(seconds=1)).isoformat()),
        (TIME_HEADER, "yesterday"),
        (TIME_HEADER, TIME.replace(tzinfo=None).isoformat()),
        (TIME_HEADER, TIME.isoformat() + "|x"),
        (CONTENT_HEADER, "1" * 64),
        (SIGNATURE_HEADER, "AAAA"),
        (SIGNATURE_HEADER, ""),
    ],
    ids=range(11),  # the values are new in every run
)
def test_request_with_a_changed_header_is_refused(name: str, value: str) -> None:
    headers = {**sign_request(KEY, **REQUEST, now=TIME), name: value}
    with pytest.raises(SignatureError):
        verify_request(headers, **REQUEST, now=TIME, window=60)


@pytest.mark.parametrize("missing", [KEY_HEADER, TIME_HEADER, CONTENT_HEADER, SIGNATURE_HEADER])
def test_request_without_a_header_is_refused(missing: str) -> None:
    headers = sign_request(KEY, **REQUEST, now=TIME)
    del headers[missing]
    with pytest.raises(SignatureError):
        verify_request(headers, **REQUEST, now=TIME, window=60)


@pytest.mark.parametrize("seconds", [-61, 61])
def test_request_cannot_be_replayed_later(seconds: int) -> None:
    headers = sign_request(KEY, **REQUEST, now=TIME)
    with pytest.raises(SignatureError, match="too long ago"):
        verify_request(headers, **REQUEST, now=TIME + timedelta(seconds=seconds), window=60)


def test_a_node_key_is_on_p256() -> None:
    assert spki(node_key(spki(KEY.public_key()))) == spki(KEY.public_key())
    for other in (
        ec.generate_private_key(ec.SECP384R1()).public_key(),
        ed25519.Ed25519PrivateKey.generate().public_key(),
    ):
        with pytest.raises(TrustError):
            node_key(spki(other))  # type: ignore[arg-type]  # the point of the test
