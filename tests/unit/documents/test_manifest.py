# SPDX-License-Identifier: Apache-2.0
"""The manifest: its form, its id, and what it refuses to list."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import rfc8785

from lwnode.documents import FileEntry, Manifest
from lwnode.errors import DocumentError

ONE, TWO = "1" * 64, "2" * 64
MANIFEST = Manifest(
    publisher=ONE,
    organisation="合肥市第一人民医院",
    created=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    audience="partners",
    partners=(TWO,),
    profile="3" * 64,
    previous="4" * 64,
    lineage=("5" * 64, "6" * 64),
    files=(
        FileEntry(name="card.json", sha256="a" * 64, size=12),
        FileEntry(name="model.onnx", sha256="b" * 64, size=2**40),
        FileEntry(name="specification.safetensors", sha256="c" * 64, size=0),
    ),
)


def test_round_trip():
    assert Manifest.from_bytes(MANIFEST.to_bytes()) == MANIFEST
    plain = replace(MANIFEST, audience="consortium", partners=(), previous="", lineage=())
    assert Manifest.from_bytes(plain.to_bytes()) == plain


def test_id_is_the_digest_of_its_bytes():
    assert MANIFEST.id == hashlib.sha256(MANIFEST.to_bytes()).hexdigest()


def test_names_are_part_of_the_id():
    """The tools' subject digest leaves the names out, so it cannot be the id."""
    names = ["card.json", "model.onxx", "specification.safetensors"]
    renamed = replace(
        MANIFEST, files=tuple(replace(entry, name=name) for entry, name in zip(MANIFEST.files, names, strict=True))
    )
    one, two = json.loads(MANIFEST.to_bytes()), json.loads(renamed.to_bytes())
    assert one["subject"] == two["subject"]
    assert MANIFEST.id != renamed.id


def test_it_is_a_statement_that_other_tools_read():
    statement = json.loads(MANIFEST.to_bytes())
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://model_signing/signature/v1.0"
    assert [entry["name"] for entry in statement["predicate"]["resources"]] == [e.name for e in MANIFEST.files]
    assert statement["predicate"]["serialization"]["method"] == "files"


def test_size_and_file():
    assert MANIFEST.size == 12 + 2**40
    assert MANIFEST.file("card.json") == MANIFEST.files[0]
    assert MANIFEST.file("other.json") is None


def entries(*names: str) -> tuple[FileEntry, ...]:
    return tuple(FileEntry(name=name, sha256="a" * 64, size=1) for name in names)


WITHOUT_MEANING = {
    "no files": {"files": ()},
    "out of order": {"files": entries("b.json", "a.json")},
    "a name twice": {"files": entries("a.json", "a.json")},
    "too many": {"files": entries(*(f"f{n:02}.json" for n in range(17)))},
    "a path": {"files": entries("a/b.json")},
    "a path upwards": {"files": entries("../b.json")},
    "a backslash": {"files": entries("a\\b.json")},
    "capitals": {"files": entries("Card.json")},
    "hidden": {"files": entries(".card.json")},
    "no suffix": {"files": entries("card")},
    "two suffixes": {"files": entries("card.json.exe")},
    "an endless name": {"files": entries("x" * 65 + ".json")},
    "a line break behind": {"files": entries("card.json\n")},
    "not ASCII": {"files": entries("cärd.json")},
    "half a digest": {"files": (FileEntry(name="a.json", sha256="a" * 63, size=1),)},
    "a digest in capitals": {"files": (FileEntry(name="a.json", sha256="A" * 64, size=1),)},
    "a negative size": {"files": (FileEntry(name="a.json", sha256="a" * 64, size=-1),)},
    "publisher": {"publisher": "alpha"},
    "profile": {"profile": ""},
    "previous": {"previous": "none"},
    "lineage": {"lineage": ("x",)},
    "partner": {"partners": ("x",)},
    "no partners": {"partners": ()},
    "partners of a public one": {"audience": "public"},
    "no zone": {"created": datetime(2026, 3, 1)},  # noqa: DTZ001  the missing zone is what is tested
}


@pytest.mark.parametrize("changes", WITHOUT_MEANING.values(), ids=WITHOUT_MEANING.keys())
def test_without_meaning(changes):
    with pytest.raises(DocumentError):
        replace(MANIFEST, **changes)


def spoiled(change) -> bytes:
    statement = json.loads(MANIFEST.to_bytes())
    change(statement)
    return rfc8785.dumps(statement)


CHANGES = {
    "another statement type": lambda s: s.update(_type="https://in-toto.io/Statement/v0.1"),
    "another predicate": lambda s: s.update(predicateType="https://slsa.dev/provenance/v1"),
    "no predicate": lambda s: s.pop("predicate"),
    "predicate a list": lambda s: s.update(predicate=[]),
    "nothing of ours": lambda s: s["predicate"].pop("lwnode"),
    "ours a list": lambda s: s["predicate"].update(lwnode=[1]),
    "an unknown field of ours": lambda s: s["predicate"]["lwnode"].update(extra=1),
    "an unknown field of the statement": lambda s: s.update(extra=1),
    "another schema": lambda s: s["predicate"]["lwnode"].update(schema="lwnode.manifest/2"),
    "a size missing": lambda s: s["predicate"]["lwnode"]["sizes"].pop("card.json"),
    "a size too many": lambda s: s["predicate"]["lwnode"]["sizes"].update({"x.json": 1}),
    "a size that is a text": lambda s: s["predicate"]["lwnode"]["sizes"].update({"card.json": "12"}),
    "sizes a list": lambda s: s["predicate"]["lwnode"].update(sizes=[]),
    "a resource missing": lambda s: s["predicate"]["resources"].pop(),
    "a resource a text": lambda s: s["predicate"]["resources"].append("x"),
    "resources out of order": lambda s: s["predicate"]["resources"].reverse(),
    "another algorithm": lambda s: s["predicate"]["resources"][0].update(algorithm="blake2b"),
    "another subject": lambda s: s["subject"][0].update(name="other"),
    "another total": lambda s: s["subject"][0]["digest"].update(sha256="0" * 64),
    "symbolic links": lambda s: s["predicate"]["serialization"].update(allow_symlinks=True),
    "ignored files": lambda s: s["predicate"]["serialization"]["ignore_paths"].append("model.onnx"),
    "an audience of its own": lambda s: s["predicate"]["lwnode"].update(audience="everybody"),
    "files given twice": lambda s: s["predicate"]["lwnode"].update(files=[]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_other_statements_are_refused(change):
    with pytest.raises(DocumentError):
        Manifest.from_bytes(spoiled(change))


def test_a_text_in_place_of_ours_is_refused():
    with pytest.raises(DocumentError):
        Manifest.from_bytes(spoiled(lambda s: s["predicate"].update(lwnode="x")))


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"null", MANIFEST.to_bytes() + b" "])
def test_other_bytes_are_refused(data):
    with pytest.raises(DocumentError):
        Manifest.from_bytes(data)
