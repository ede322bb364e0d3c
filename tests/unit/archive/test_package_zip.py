# SPDX-License-Identifier: Apache-2.0
"""Zips of the `learnware` package: described without being run, and written from ours."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
import zipfile

import numpy as np
import pytest

from lwnode.archive import check_files
from lwnode.archive.learnware import Learnware
from lwnode.archive.package_zip import (
    build_package_zip,
    package_semantic,
    package_specification,
    read_package_zip,
    read_semantic,
    write_semantic,
)
from lwnode.documents import Profile, Semantic, decode
from lwnode.documents.vocabulary import VOCABULARY
from lwnode.errors import ArchiveError
from lwnode.specification import mmd2
from lwnode.specification.interop import ImportedSet, adopt_set
from tests.support import archive
from tests.support.models import fixed_answer
from tests.support.package import VECTORS, YAML, package_distance, package_zip, zip_with


def ours(**changes: object) -> Learnware:
    """A learnware of ours with a model that can run: the same answer for every row."""
    contents = archive.files(model_onnx=fixed_answer([[0.25, 0.75]]), **changes)  # type: ignore[arg-type]
    return check_files(archive.signed(contents).manifest, contents)


def test_a_zip_is_described() -> None:
    data = package_zip()
    found = read_package_zip(data)
    assert found.id == hashlib.sha256(data).hexdigest()
    assert (found.model.class_name, found.model.module_path, found.model.weights) == ("Model", "__init__.py", "weights")
    assert found.requirements == "scikit-learn\n"
    assert found.semantic is None
    assert {file.name: file.size for file in found.files}["model.pkl"] == 17
    (file,) = (file for file in found.files if file.name == "model.pkl")
    assert file.sha256 == hashlib.sha256(b"\x80\x04cposix\nsystem\n.").hexdigest()
    assert found.sketch is not None
    assert found.sketch.points.shape == (4, 3)


def test_deflated_zips_with_folders_are_read() -> None:
    contents = {"learnware.yaml": YAML.encode(), "weights/": b"", "weights/model.bin": b"x" * 5, "stat.json": b"{}"}
    found = read_package_zip(zip_with(contents, zipfile.ZIP_DEFLATED))
    assert [file.name for file in found.files] == ["learnware.yaml", "stat.json", "weights/model.bin"]
    assert found.specifications[0].problem


def test_what_the_yaml_leaves_out_has_the_packages_default() -> None:
    found = read_package_zip(package_zip("name: a name\n"))
    assert (found.name, found.model.class_name, found.specifications) == ("a name", "Model", ())


def test_nothing_of_it_is_imported_or_run() -> None:
    yaml = YAML.replace("learnware.specification", "antigravity").replace("class_name: Model", "class_name: X")
    before = set(sys.modules)
    found = read_package_zip(package_zip(yaml))
    assert "antigravity" not in set(sys.modules) - before
    assert isinstance(found.specifications[0].content, ImportedSet)  # known by its class name; the module is text


@pytest.mark.parametrize(
    ("name", "why"),
    [("GenerativeModelSpecification", "pickle"), ("subprocess.Popen", "not known"), ("eval", "not known")],
)
def test_a_specification_of_another_class_is_said_and_not_read(name: str, why: str) -> None:
    found = read_package_zip(package_zip(YAML.replace("RKMETableSpecification", name)))
    assert found.sketch is None
    assert why in found.specifications[0].problem


@pytest.mark.parametrize("name", ["table", "text", "image", "hetero", "capability", "alias"])
def test_every_kind_of_specification_is_read(name: str) -> None:
    data = (VECTORS / f"{name}.json").read_bytes()
    kind = "RKMEStatSpecification" if name == "alias" else json.loads(data)["type"]
    found = read_package_zip(package_zip(YAML.replace("RKMETableSpecification", kind), stat_json=data))
    assert found.specifications[0].problem == ""


def test_a_semantic_specification_in_the_zip_is_read() -> None:
    words = write_semantic(archive.SEMANTIC, ("age", "stay", "sex"), ("no", "yes"))
    found = read_package_zip(package_zip(YAML + "semantic_specification:\n  file_name: s.json\n", s_json=words))
    assert found.semantic is not None
    assert found.semantic.name == archive.SEMANTIC.name
    assert [port.name for port in found.semantic.inputs] == ["age", "stay", "sex"]


@pytest.mark.parametrize("field", ["data", "task", "library", "license", "scenario", "model"])
def test_every_value_of_the_vocabularies_carries_over(field: str) -> None:
    for value in VOCABULARY[field]:
        data = "Text" if field == "model" else "Table"
        said = dataclasses.replace(archive.SEMANTIC, data=data)
        said = dataclasses.replace(said, **{field: (value,) if field == "scenario" else value})
        again = read_semantic(write_semantic(said, ("a",), ("b",)))
        assert getattr(again, field) == getattr(said, field)


def test_words_of_other_versions_are_read_as_far_as_they_go() -> None:
    plain = json.loads(write_semantic(archive.SEMANTIC, ("a",), ("b",)))
    del plain["Model"], plain["Input"]
    plain["Task"]["Values"] = ["Telepathy"]
    plain["Extra"] = 1
    found = read_semantic(json.dumps(plain).encode())
    assert (found.task, found.model, found.inputs) == ("", "Others", ())
    for wrong in (b"[]", b"{", b'{"Name": 3}', b'{"Input": {"Dimension": "x"}}', b"[" * 100_000, b" " * 2**20):
        with pytest.raises(ArchiveError):
            read_semantic(wrong)


def test_positions_beyond_the_columns_are_passed_over() -> None:
    found = read_semantic(b'{"Input":{"Dimension":2,"Description":{"0":"age","7":"x","-1":"y","a":"z"}}}')
    assert [port.name for port in found.inputs] == ["age", "1"]
    assert read_semantic(b'{"Input":{"Dimension":1000000000,"Description":{}}}').inputs == ()


def test_ours_is_read_back_as_it_was() -> None:
    ware = ours()
    data = build_package_zip(ware)
    assert data == build_package_zip(ware)
    found = read_package_zip(data)
    assert found.frame == ware.profile
    assert found.sketch is not None
    assert (found.sketch.gamma, found.sketch.rows) == (ware.profile.gamma, ware.specification.card.rows)
    again = adopt_set(found.sketch, ware.profile, in_frame=True)
    np.testing.assert_allclose(again.points, ware.specification.points, rtol=1e-6, atol=1e-5)
    assert mmd2(again, ware.specification) < 1e-9
    assert found.semantic is not None
    assert (found.name, found.semantic.name) == (ware.semantic.name, ware.semantic.name)
    assert dataclasses.replace(found.semantic, inputs=(), outputs=()) == dataclasses.replace(
        ware.semantic, inputs=(), outputs=(), tags=()
    )
    assert len(found.semantic.inputs) == ware.profile.width


def test_a_name_in_any_script_survives_the_yaml() -> None:
    name = 'He said: "再入院" \\ 😀 # no comment'
    ware = ours()
    ware = dataclasses.replace(ware, semantic=dataclasses.replace(ware.semantic, name=name))
    assert read_package_zip(build_package_zip(ware)).name == name


def test_the_specification_alone_comes_with_its_frame() -> None:
    ware = ours()
    files = package_specification(ware.specification)
    assert decode(files["frame.json"], Profile) == ware.profile
    plain = json.loads(files["stat.json"])
    assert plain["type"] == "RKMETableSpecification"
    assert package_distance(plain, plain) == pytest.approx(0.0, abs=1e-12)


def test_a_tables_model_is_written_as_the_packages_checker_wants_it() -> None:
    plain = json.loads(package_semantic(ours()))
    assert plain["Model"] == {"Type": "Optional", "Values": ["Others"]}
    assert plain["Input"]["Dimension"] == ours().profile.width
    assert plain["Output"]["Description"] == {"0": "no", "1": "yes"}


def test_the_model_must_be_here() -> None:
    with pytest.raises(ArchiveError, match="model"):
        build_package_zip(dataclasses.replace(ours(), model=None))


def test_the_class_in_the_zip_is_python() -> None:
    with zipfile.ZipFile(__import__("io").BytesIO(build_package_zip(ours()))) as made:
        compile(made.read("__init__.py"), "__init__.py", "exec")


def test_a_semantic_without_anything_is_still_a_document() -> None:
    assert read_semantic(write_semantic(Semantic(), (), ())) == Semantic()
