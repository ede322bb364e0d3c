# SPDX-License-Identifier: Apache-2.0
"""Documents survive the way to bytes and back, and only their own bytes are accepted."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lwnode.documents import (
    Card,
    Column,
    Figure,
    FileEntry,
    Input,
    Invite,
    Manifest,
    Port,
    Privacy,
    Profile,
    Semantic,
    SpecificationCard,
    decode,
    encode,
)
from lwnode.errors import DocumentError

text = st.text(
    st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t"), max_size=20
).map(lambda value: unicodedata.normalize("NFC", value))  # fmt: skip
word = text.filter(lambda value: bool(value.strip()))
number = st.floats(allow_nan=False, allow_infinity=False)
share = st.floats(0, 1)
sha = st.binary(min_size=32, max_size=32).map(bytes.hex)
moment = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  zone added


def several(inner, **limits):
    return st.lists(inner, max_size=4, **limits).map(tuple)


numbers = st.builds(
    lambda name, unit, low, width: Column(name=name, type="number", unit=unit, low=low, high=low + width),
    word, text, st.floats(-1e6, 1e6), st.floats(1e-3, 1e6),
)  # fmt: skip
categories = st.builds(
    lambda name, levels: Column(name=name, type="category", levels=tuple(levels)),
    word, st.lists(text, min_size=1, max_size=4, unique=True),
)  # fmt: skip
profiles = st.builds(
    Profile,
    name=word,
    columns=st.lists(numbers | categories, min_size=1, max_size=5, unique_by=lambda c: c.name).map(tuple),
    gamma=st.floats(1e-12, 1e12),
    seed=st.integers(0, 2**31),
)
files = st.builds(
    FileEntry,
    name=st.from_regex(r"[a-z][a-z0-9_-]{0,8}\.[a-z0-9]{1,4}", fullmatch=True),
    sha256=sha,
    size=st.integers(0, 2**50),
)
manifests = st.builds(
    Manifest,
    publisher=sha,
    organisation=text,
    created=moment,
    audience=st.sampled_from(["private", "consortium", "public"]),
    profile=sha,
    previous=st.just("") | sha,
    lineage=several(sha),
    files=st.lists(files, min_size=1, max_size=5, unique_by=lambda entry: entry.name).map(
        lambda found: tuple(sorted(found, key=lambda entry: entry.name))
    ),
)
cards = st.builds(
    Card,
    family=text,
    task=st.sampled_from(["classification", "regression", "feature extraction"]),
    inputs=several(st.builds(Input, name=text, type=st.just("category"), levels=several(text))),
    classes=several(text),
    figures=several(st.builds(Figure, name=text, value=number, low=number, high=number)),
    probe_agreement=share,
    probe_difference=number,
    note=text,
)
semantics = st.builds(
    Semantic, name=text, description=text, scenario=several(text), inputs=several(st.builds(Port, name=text)),
    tags=several(text),
)  # fmt: skip
specifications = st.builds(
    SpecificationCard,
    profile=sha,
    rows=st.integers(0, 2**50),
    privacy=st.builds(Privacy, mode=st.just("private"), epsilon=number, delta=number, mu=number),
    frequencies=st.integers(0, 512),
    residual2=number,
    residual_noise=number,
    tail=number,
    level=number,
)
documents = profiles | cards | semantics | specifications


@settings(max_examples=150, deadline=None)
@given(document=documents)
def test_round_trip(document):
    data = encode(document)
    again = decode(data, type(document))
    assert again == document
    assert encode(again) == data


@settings(max_examples=80, deadline=None)
@given(manifest=manifests)
def test_manifests(manifest):
    data = manifest.to_bytes()
    assert Manifest.from_bytes(data) == manifest
    assert Manifest.from_bytes(data).id == manifest.id


@settings(max_examples=80, deadline=None)
@given(
    invite=st.builds(Invite, hub=text, name=text, address=text, certificate=sha, code=text, expires=moment),
    blanks=st.text(" \n\t", max_size=3),
)
def test_invites(invite, blanks):
    assert Invite.from_text(blanks + invite.to_text() + blanks) == invite


@settings(max_examples=150, deadline=None)
@given(document=documents, where=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_a_changed_byte_is_another_document_or_none(document, where, mask):
    data = bytearray(encode(document))
    data[int(where * len(data))] ^= mask
    try:
        other = decode(bytes(data), type(document))
    except DocumentError:
        return
    assert other != document
    assert encode(other) == bytes(data)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=100) | st.text(max_size=60).map(str.encode), kind=st.sampled_from([Card, Profile, dict]))
def test_noise_is_refused_or_canonical(data, kind):
    try:
        found = decode(data, kind)
    except DocumentError:
        return
    assert encode(found) == data


@settings(max_examples=80, deadline=None)
@given(profile=profiles)
def test_profile_ids(profile):
    assert decode(encode(profile), Profile).id == profile.id
    assert decode(encode(profile), Profile).schema_id == profile.schema_id
    assert profile.width == sum(len(column.levels) or 1 for column in profile.features)


@given(value=st.text(st.characters(categories=["Cc"], exclude_characters="\n\t"), min_size=1, max_size=3))
@settings(deadline=None)
def test_control_characters_never_pass(value):
    with pytest.raises(DocumentError):
        encode(Semantic(name=value))
