# SPDX-License-Identifier: Apache-2.0
"""Invites as one line of text."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from lwnode.documents import Invite, Withdrawal, encode
from lwnode.errors import InviteError

INVITE = Invite(
    hub="1" * 64,
    name="Anhui consortium 安徽",
    address="hub.example.org:8443",
    certificate="2" * 64,
    code="c2VjcmV0LWNvZGUtb2YtMTI4",
    expires=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
)


def test_round_trip():
    text = INVITE.to_text()
    assert Invite.from_text(text) == INVITE
    assert text.startswith("lwnode:")
    assert text.isascii()
    assert not any(character.isspace() or character in "=+/" for character in text)


@pytest.mark.parametrize("wrap", [" {}", "{}\n", "\r\n{}\r\n", "\t{} "])
def test_blanks_around_it_do_not_matter(wrap):
    assert Invite.from_text(wrap.format(INVITE.to_text())) == INVITE


def encoded(data: bytes) -> str:
    return "lwnode:" + base64.urlsafe_b64encode(data).decode().rstrip("=")


TEXTS = {
    "empty": "",
    "no prefix": INVITE.to_text().removeprefix("lwnode:"),
    "another prefix": INVITE.to_text().replace("lwnode:", "https:"),
    "prefix only": "lwnode:",
    "cut short": INVITE.to_text()[:-5],
    "cut in the middle": INVITE.to_text()[:60],
    "a line break inside": INVITE.to_text()[:60] + "\n" + INVITE.to_text()[60:],
    "a blank inside": INVITE.to_text()[:60] + " " + INVITE.to_text()[60:],
    "more behind": INVITE.to_text() + "AAAA",
    "not base64": "lwnode:!!!!",
    "other base64": "lwnode:" + "+/+/",
    "not ASCII": "lwnode:é",
    "another document": encoded(
        encode(Withdrawal(publisher="1" * 64, learnware="2" * 64, reason="x", created=INVITE.expires))
    ),
    "not canonical": encoded(encode(INVITE) + b" "),
    "endless": "lwnode:" + "A" * 1_000_000,
    "long": encoded(b'{"a":"' + b"x" * 5_000 + b'"}'),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_what_is_not_a_whole_invite(text):
    with pytest.raises(InviteError) as caught:
        Invite.from_text(text)
    assert "lwnode:" in caught.value.hint


def test_every_character_counts():
    text = INVITE.to_text()
    for position in range(len("lwnode:"), len(text)):
        other = "A" if text[position] != "A" else "B"
        changed = text[:position] + other + text[position + 1 :]
        try:
            assert Invite.from_text(changed) != INVITE
        except InviteError:
            continue
