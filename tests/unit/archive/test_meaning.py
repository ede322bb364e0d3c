# SPDX-License-Identifier: Apache-2.0
"""Learnwares that were signed as they are and make no sense: a table of contradictions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from lwnode.archive import check_files, read_files
from lwnode.documents import Card, Figure, Input, Privacy, Profile, digest, encode
from lwnode.errors import ArchiveError, LwnodeError, SpecificationError
from tests.support import archive as example

CARD, SEMANTIC, SPECIFICATION, PROFILE = example.CARD, example.SEMANTIC, example.SPECIFICATION, example.PROFILE
OTHER = Profile.from_bounds({"age": (0, 111), "stay": (0, 60), "sex": ["f", "m"]}, name="admissions")
OWN_DATA = replace(PROFILE, origin="own data")
REGRESSION = replace(CARD, task="regression", classes=())


@dataclass(frozen=True, kw_only=True)
class Row:
    """Files that contradict each other, signed by their publisher."""

    name: str
    files: dict[str, Any]
    match: str
    expect: type[LwnodeError] = ArchiveError


def card(name: str, match: str, **changes: Any) -> Row:
    return Row(name=name, files={"card": replace(CARD, **changes)}, match=match)


AGE = Input(name="age", type="number")
ROWS = [
    # the profile
    Row(name="the specification names another profile", match="different profiles",
        files={"specification": replace(SPECIFICATION, profile=OTHER.id)}),
    Row(name="the profile is another", match="different profiles", files={"profile": OTHER}),
    Row(name="private in a frame of the data", expect=SpecificationError, match="",
        files={"profile": OWN_DATA, "specification": replace(SPECIFICATION, profile=OWN_DATA.id)}),
    # the semantic specification
    Row(name="no name", match="name is empty", files={"semantic": replace(SEMANTIC, name=" ")}),
    Row(name="no description", match="description is empty", files={"semantic": replace(SEMANTIC, description="")}),
    Row(name="unknown scenario", match="scenario", files={"semantic": replace(SEMANTIC, scenario=("Space",))}),
    Row(name="no scenario", match="scenario", files={"semantic": replace(SEMANTIC, scenario=())}),
    Row(name="unknown license", match="license", files={"semantic": replace(SEMANTIC, license="mine")}),
    Row(name="endless name", match="name", files={"semantic": replace(SEMANTIC, name="x" * 10_000)}),
    Row(name="many tags", match="tags", files={"semantic": replace(SEMANTIC, tags=tuple(map(str, range(25))))}),
    Row(name="described as another task", match="Regression", files={"semantic": replace(SEMANTIC, task="Regression")}),
    Row(name="a model of another task", match="Classification", files={"card": REGRESSION}),
    # the card
    card("no inputs", "no input", inputs=()),
    card("an input twice", "inputs", inputs=(AGE, AGE)),
    card("an input without a name", "inputs", inputs=(Input(name="", type="number"),)),
    card("an endless input name", "inputs", inputs=(Input(name="x" * 401, type="number"),)),
    card("a number with levels", "levels", inputs=(Input(name="age", type="number", levels=("a",)),)),
    card("a category without levels", "levels", inputs=(Input(name="sex", type="category"),)),
    card("a level twice", "levels", inputs=(Input(name="sex", type="category", levels=("f", "f")),)),
    card("no classes", "without classes", classes=()),
    card("one class", "without classes", classes=("yes",)),
    card("a class twice", "classes", classes=("yes", "yes")),
    card("a class without a name", "classes", classes=("", "yes")),
    Row(name="classes of a regressor", match="not a classifier", files={
        "card": replace(CARD, task="regression"), "semantic": replace(SEMANTIC, task="Regression")}),
    card("a figure twice", "figures", figures=(CARD.figures[0], CARD.figures[0])),
    card("a figure outside its interval", "interval", figures=(Figure(name="auc", value=0.9, low=0.7, high=0.8),)),
    card("agreement above one", "conversion", probe_agreement=1.5),
    card("a negative difference", "conversion", probe_difference=-1.0),
    card("no family", "family", family=" "),
    card("an endless family", "family", family="x" * 401),
    card("an endless note", "note", note="x" * 8_001),
    # the specification's card
    Row(name="private without a guarantee", expect=SpecificationError, match="",
        files={"specification": replace(SPECIFICATION, privacy=Privacy(mode="private"))}),
    Row(name="a guarantee without noise", expect=SpecificationError, match="",
        files={"specification": replace(SPECIFICATION, privacy=replace(SPECIFICATION.privacy, mode="no-noise"))}),
    Row(name="a better guarantee than it can have", expect=SpecificationError, match="",
        files={"specification": replace(SPECIFICATION, privacy=replace(SPECIFICATION.privacy, epsilon=0.1))}),
    Row(name="no rows", expect=SpecificationError, match="",
        files={"specification": replace(SPECIFICATION, rows=0)}),
    Row(name="a negative residual", expect=SpecificationError, match="",
        files={"specification": replace(SPECIFICATION, residual2=-1.0)}),
    Row(name="a level of one", expect=SpecificationError, match="",
        files={"specification": replace(SPECIFICATION, level=1.0)}),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_refused(row):
    signed = example.signed(example.files(**row.files))
    with pytest.raises(row.expect, match=row.match or None):
        read_files(signed.bundle, signed.files, signed.publisher.keys)
    with pytest.raises(row.expect):
        check_files(signed.manifest, signed.files)  # nobody signs what nobody would accept


def test_the_manifest_names_the_profile():
    signed = example.signed()
    manifest = replace(signed.manifest, profile=digest(b"another"))
    with pytest.raises(ArchiveError, match="different profiles"):
        check_files(manifest, signed.files)


@pytest.mark.parametrize("task", ["regression", "feature extraction"])
def test_other_tasks_pass(task):
    contents = example.files(
        card=replace(CARD, task=task, classes=(), figures=()),
        semantic=replace(SEMANTIC, task=task.title()),
    )
    signed = example.signed(contents)
    assert read_files(signed.bundle, contents, signed.publisher.keys).card.task == task


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE catalogue; --", "../../etc/passwd", "%s%n", "$(id)", "=cmd()", "<b>医院</b>"]
)
def test_text_is_only_text(text):
    """Names never become paths, statements or commands, so they are taken as they are."""
    contents = example.files(
        semantic=replace(SEMANTIC, name=text, tags=(text,)),
        card=replace(CARD, target=text, inputs=(Input(name=text, type="number"),)),
    )
    signed = example.signed(contents)
    ware = read_files(signed.bundle, contents, signed.publisher.keys)
    assert ware.semantic.name == ware.card.inputs[0].name == text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("card_json", encode(CARD) + b" "),
        ("card_json", encode(CARD).replace(b'"format":"onnx"', b'"format":"pickle"')),
        ("card_json", encode(CARD).replace(b"lwnode.card/1", b"lwnode.card/9")),
        ("semantic_json", encode(CARD)),
        ("specification_json", b"{}"),
        ("profile_json", b""),
        ("semantic_json", b'{"name":' + b"[" * 100_000),
        ("card_json", encode(CARD).replace(b"0.74", b"1e400")),
        ("card_json", encode(CARD).replace(b"0.74", b"NaN")),
        ("card_json", encode(CARD).replace(b"0.74", b"0.740")),
    ],
)
def test_signed_documents_have_one_form(name, data):
    from lwnode.errors import DocumentError

    signed = example.signed(example.files(**{name: data}))
    with pytest.raises(DocumentError):
        read_files(signed.bundle, signed.files, signed.publisher.keys)


def test_card_type_is_the_documents():
    assert isinstance(CARD, Card)
