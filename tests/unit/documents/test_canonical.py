# SPDX-License-Identifier: Apache-2.0
"""The one byte form of a document, and a table of other spellings that are refused."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from lwnode.documents import Card, Figure, Input, Keys, Port, Privacy, Semantic, SpecificationCard, Withdrawal
from lwnode.documents.canonical import DOCUMENT_LIMIT, decode, digest, encode
from lwnode.errors import DocumentError

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
CARD = Card(
    family="histogram boosting",
    task="classification",
    inputs=(Input(name="age", type="number", unit="a"), Input(name="sex", type="category", levels=("f", "m"))),
    classes=("no", "yes"),
    figures=(Figure(name="auc", value=0.5, low=0.25, high=0.75),),
)
SPECIFICATION = SpecificationCard(
    profile="0" * 64,
    rows=3_000,
    privacy=Privacy(mode="private", epsilon=1.0, delta=1e-05, mu=0.25),
    frequencies=128,
    residual2=1e-9,
    residual_noise=0.5,
    tail=1e21,
    level=0.05,
)
DOCUMENTS = [
    CARD,
    SPECIFICATION,
    Semantic(name="再入院", description="two\nlines\tand a tab", scenario=("Health",), inputs=(Port(name="a"),)),
    Keys(
        publisher="0" * 64,
        organisation="Füssen 🏥",
        version=1,
        created=NOW,
        expires=NOW + timedelta(days=1, microseconds=5),
        root=("AA==",),
        threshold=1,
        release=("BB==",),
    ),
    Withdrawal(publisher="0" * 64, learnware="1" * 64, reason="wrong column", created=NOW),
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: type(document).__name__)
def test_round_trip(document):
    data = encode(document)
    assert decode(data, type(document)) == document
    assert encode(decode(data, type(document))) == data


def test_keys_are_sorted_and_nothing_is_escaped_needlessly():
    data = encode({"b": 1, "a": "ü", "aa": [1.5, True, None], "B": {}})
    assert data == '{"B":{},"a":"ü","aa":[1.5,true,null],"b":1}'.encode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        # RFC 8785, appendix B
        (1.0, "1"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (333333333.3333332, "333333333.3333332"),
        (2**53 - 1, "9007199254740991"),
        ("\u20ac$\n'\\\"/", '"€$\\n\'\\\\\\"/"'),
    ],
)
def test_values_are_spelled_as_rfc_8785(value, text):
    assert encode([value]) == f"[{text}]".encode()


def test_members_are_sorted_by_utf_16():
    # RFC 8785 §3.2.3: a surrogate pair sorts in front of U+FB00, although its code point is larger
    members = {"\ufb00": 1, "\U0001f600": 2, "€": 3, "1": 4}
    assert encode(members) == '{"1":4,"€":3,"\U0001f600":2,"\ufb00":1}'.encode()


@dataclass(frozen=True)
class Row:
    """Another spelling, or another thing, than the canonical form of a card."""

    name: str
    data: bytes


GOOD = encode(CARD)


def swap(old: str, new: str) -> bytes:
    changed = GOOD.replace(old.encode(), new.encode())
    assert changed != GOOD
    return changed


REJECTIONS = [
    Row("empty", b""),
    Row("null", b"null"),
    Row("a list", b"[]"),
    Row("a string", b'"x"'),
    Row("cut short", GOOD[:-1]),
    Row("two documents", GOOD + GOOD),
    Row("byte order mark", b"\xef\xbb\xbf" + GOOD),
    Row("UTF-16", GOOD.decode().encode("utf-16")),
    Row("invalid UTF-8", swap("histogram", "histogra") + b"\xff"),
    Row("overlong UTF-8", GOOD.replace(b"histogram", b"histo\xc0\xafram")),
    Row("space in front", b" " + GOOD),
    Row("line break behind", GOOD + b"\n"),
    Row("space after a colon", swap('"task":', '"task": ')),
    Row("space after a comma", swap(',"task"', ', "task"')),
    Row("members in another order", swap('{"classes":["no","yes"],', "{")[:-1] + b',"classes":["no","yes"]}'),
    Row("a member twice", swap('"format":"onnx",', '"format":"onnx","format":"onnx",')),
    Row("a member twice, another first", swap('"format":"onnx",', '"format":"pickle","format":"onnx",')),
    Row("an unknown member", swap('"format"', '"formaa":1,"format"')),
    Row("a default left out", swap(',"note":""', "")),
    Row("a required member left out", swap('"family":"histogram boosting",', "")),
    Row("a null for a text", swap('"note":""', '"note":null')),
    Row("a number for a text", swap('"note":""', '"note":1')),
    Row("a text for a number", swap('"value":0.5', '"value":"0.5"')),
    Row("a value outside the closed set", swap('"format":"onnx"', '"format":"pickle"')),
    Row("another schema", swap("lwnode.card/1", "lwnode.card/2")),
    Row("0.50", swap('"value":0.5', '"value":0.50')),
    Row("5e-1", swap('"value":0.5', '"value":5e-1')),
    Row("+0.5", swap('"value":0.5', '"value":+0.5')),
    Row(".5", swap('"value":0.5', '"value":.5')),
    Row("1.0 for 1", swap('"probe_agreement":1', '"probe_agreement":1.0')),
    Row("-0", swap('"probe_difference":0', '"probe_difference":-0')),
    Row("more digits than a double has", swap('"value":0.5', '"value":0.50000000000000000001')),
    Row("NaN", swap('"value":0.5', '"value":NaN')),
    Row("Infinity", swap('"value":0.5', '"value":Infinity')),
    Row("1e400", swap('"value":0.5', '"value":1e400')),
    Row("true for a number", swap('"value":0.5', '"value":true')),
    Row("an escaped letter", swap('"family"', '"famil\\u0079"')),
    Row("an escaped slash", swap("histogram boosting", "histogram\\/boosting")),
    Row("a capital escape", swap("histogram boosting", "a\\u00DFb")),
    Row("a control character", swap("histogram", "histo\\u0007ram")),
    Row("a NUL", swap("histogram", "histo\\u0000ram")),
    Row("a raw control character", GOOD.replace(b"histogram", b"histo\x01ram")),
    Row("delete", swap("histogram", "histo\x7fram")),
    Row("C1 control", swap("histogram", "histo\x85ram")),
    Row("a lone surrogate", swap("histogram", "histo\\ud800ram")),
    Row("not normalised", swap("histogram", "histogra\u0301m")),
    Row("not normalised: a Kelvin sign", swap("histogram", "\u212a")),
    Row("a comment", swap('"task"', '/**/"task"')),
    Row("a comma too many", GOOD[:-1] + b",}"),
    Row("single quotes", GOOD.replace(b'"', b"'")),
    Row("pickle", b"\x80\x04N."),
]


@pytest.mark.parametrize("row", REJECTIONS, ids=lambda row: row.name)
def test_other_spellings_are_refused(row):
    with pytest.raises(DocumentError):
        decode(row.data, Card)


def test_the_table_spoils_a_good_one():
    assert decode(GOOD, Card) == CARD
    assert len({row.name for row in REJECTIONS}) == len(REJECTIONS)


def test_the_limit_comes_before_parsing():
    data = b"not even JSON " * 40_000
    with pytest.raises(DocumentError, match=f"{DOCUMENT_LIMIT} allowed"):
        decode(data, Card)
    assert decode(GOOD, Card, limit=len(GOOD)) == CARD
    with pytest.raises(DocumentError, match="allowed"):
        decode(GOOD, Card, limit=len(GOOD) - 1)


@pytest.mark.parametrize("depth", [10_000, 100_000])
@pytest.mark.parametrize("kind", [Card, dict])
def test_deep_documents_are_refused(depth, kind):
    with pytest.raises(DocumentError):
        decode(b'{"a":' + b"[" * depth + b"]" * depth + b"}", kind)


def test_documents_at_the_edge_of_the_stack_are_refused():
    for depth in range(600, 1_000):
        with contextlib.suppress(DocumentError):
            decode(b'{"a":' + b"[" * depth + b"]" * depth + b"}", dict)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 2**53, -(2**53), "\x00", {"a": 2**60}])
def test_what_cannot_be_written(value):
    with pytest.raises(DocumentError):
        encode([value])


@pytest.mark.parametrize("text", ["a\u0301", "\x00", "\x1b[31m", "\u212b", "\x9f"])
def test_text_that_could_look_like_other_text(text):
    with pytest.raises(DocumentError):
        encode({"name": text})
    with pytest.raises(DocumentError):
        encode({text: "name"})
    with pytest.raises(DocumentError):
        encode(replace(CARD, note=text))


def test_times_keep_their_zone():
    away = NOW.astimezone(timezone(timedelta(hours=8)))
    data = encode(Withdrawal(publisher="0" * 64, learnware="1" * 64, reason="x", created=away))
    assert b"2026-03-01T17:30:00+08:00" in data
    assert decode(data, Withdrawal).created == NOW


def test_digest_is_sha_256():
    assert digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_an_optional_field_is_written_only_where_it_says_something():
    plain = Semantic(name="a")
    assert b"languages" not in encode(plain)
    said = replace(plain, languages=("zh",))
    assert b'"languages":["zh"]' in encode(said)
    assert decode(encode(said), Semantic) == said
    spelt_out = encode(said).replace(b'["zh"]', b"[]")
    with pytest.raises(DocumentError):  # one document, one byte form
        decode(spelt_out, Semantic)
