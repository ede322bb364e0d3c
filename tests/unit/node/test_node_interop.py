# SPDX-License-Identifier: Apache-2.0
"""Files of the `learnware` package through a node: kept, compared, never run; and written from what was published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

import lwnode
from lwnode.archive.package_zip import read_package_zip, write_semantic
from lwnode.documents import Profile, Semantic, decode
from lwnode.errors import LwnodeError, NotFoundError, ReuseError, SettingsError, SpecificationError
from lwnode.market import search
from lwnode.node import wire
from lwnode.node.actions import ACTIONS
from lwnode.node.data import comparable
from lwnode.node.facade import Node
from lwnode.node.handles import Requirement
from lwnode.specification.interop import ImportedSet, read_json, write_json
from tests.support.archive import SEMANTIC, files, signed
from tests.support.homes import engine_of
from tests.support.package import YAML, package_zip, table_json
from tests.support.specification import clusters, numbers

WORDS = "semantic_specification:\n  file_name: s.json\n"


@pytest.fixture
def node(tmp_path: Path) -> Any:
    with Node.create(tmp_path / "home", organisation="A hospital") as made:
        yield made


def sketch(seed: int = 1, points: int = 200) -> bytes:
    """A table specification of many of one source's rows."""
    rows = clusters(points, seed=seed)
    return write_json(ImportedSet(kind="table", points=rows, beta=np.full(points, 1 / points), gamma=0.1, rows=2000))


def table(seed: int = 1) -> lwnode.Table:
    return lwnode.Table.from_arrays(clusters(300, seed=seed), columns=[f"c{j}" for j in range(4)])


def words(*columns: str) -> bytes:
    return write_semantic(SEMANTIC, columns, ("no", "yes"))


def test_a_bare_specification_is_searched_in_a_profile(node: Node) -> None:
    ware = node.import_package(sketch(), profile=numbers(), name="theirs")
    assert (ware.form, ware.kind, ware.points, ware.width, ware.rows) == ("json", "table", 200, 4, 2000)
    other = node.import_package(sketch(seed=2), profile=numbers(), name="others")
    found = node.search(Requirement(data=table()))
    assert [match.learnware for match in found.imported] == [ware.id, other.id]
    assert found.imported[0].verdict == "fits"
    assert found.imported[1].verdict == "nothing fits"


def test_what_is_imported_is_never_recommended_or_reused(node: Node) -> None:
    ware = node.import_package(sketch(), profile=numbers())
    found = node.search(Requirement(data=table()))
    assert (found.single, found.multiple, found.verdict, found.compatible) == ((), None, "nothing fits", ())
    for insisting in (found, [ware.id]):
        with pytest.raises((ReuseError, NotFoundError)):
            node.reuse(insisting, data=table())
    assert node.catalogue() == ()


def test_without_a_profile_it_is_only_kept(node: Node) -> None:
    ware = node.import_package(sketch())
    assert ware.profile == ""
    assert node.imported() == (ware,)
    assert node.search(Requirement(data=table())).imported == ()


def test_a_profile_that_does_not_fit_is_an_error_and_nothing_is_kept(node: Node) -> None:
    for profile in (numbers(3), Profile.from_bounds({f"c{j}": (50.0, 60.0) for j in range(4)})):
        with pytest.raises(SpecificationError):
            node.import_package(sketch(), profile=profile)
    with pytest.raises(SettingsError):
        node.import_package(
            b'{"score_dict":{"mmlu":1.5},"type":"LLMGeneralCapabilitySpecification"}', profile=numbers()
        )
    assert node.imported() == ()


def test_a_zip_is_listed_and_kept_whole(node: Node) -> None:
    data = package_zip(YAML + WORDS, s_json=words("x", "y", "z"))
    ware = node.import_package(data)
    assert (ware.name, ware.kind, ware.profile) == (SEMANTIC.name, "table", "")
    assert {file.name for file in ware.files} >= {"model.pkl", "__init__.py", "stat.json"}
    assert ware.model == "Model in __init__.py"
    assert engine_of(node).store.blobs.get(ware.id) == data
    assert node.import_package(data) == node.imported()[0]
    assert len(node.imported()) == 1


def test_a_description_that_names_a_profiles_columns_puts_it_into_the_frame(node: Node) -> None:
    profile = node.add_profile(numbers())
    columns = ("c0", "c1", "c2", "c3")
    for order, expected in ((columns, profile.id), (columns[::-1], ""), (columns[:3], "")):
        data = package_zip(YAML + WORDS, s_json=words(*order), stat_json=sketch())
        assert node.import_package(data).profile == expected


def test_a_described_set_outside_the_frame_is_kept_and_said(node: Node) -> None:
    node.add_profile(numbers(3))
    stat = table_json(np.full((2, 3), 50.0))
    ware = node.import_package(package_zip(YAML + WORDS, s_json=words("c0", "c1", "c2"), stat_json=stat))
    assert ware.profile == ""
    assert "frame" in ware.problems[0]


def test_words_and_values_choose_among_what_is_imported(node: Node) -> None:
    node.add_profile(numbers())
    data = package_zip(YAML + WORDS, s_json=words("c0", "c1", "c2", "c3"), stat_json=sketch())
    ware = node.import_package(data)
    for asked, expected in (
        ({"text": "readmission STAY"}, [ware.id]),
        ({"text": "fracture"}, []),
        ({"semantic": {"task": "classification", "scenario": ("health",)}}, [ware.id]),
        ({"semantic": {"task": "Regression"}}, []),
    ):
        found = node.search(Requirement(data=table(), **asked))  # type: ignore[arg-type]
        assert [match.learnware for match in found.imported] == expected


def test_scores_of_a_language_model_are_kept(node: Node) -> None:
    ware = node.import_package(b'{"score_dict":{"mmlu":1.5},"type":"LLMGeneralCapabilitySpecification"}')
    assert (ware.kind, ware.scores) == ("capability", (("mmlu", 1.5),))


def test_it_can_be_forgotten(node: Node) -> None:
    first, second = node.import_package(sketch(), name="a"), node.import_package(sketch(seed=2), name="b")
    assert node.forget_imported(first.id[:12]) == first
    assert node.imported() == (second,)
    assert not engine_of(node).store.blobs.has(first.id)
    for unknown in (first.id, "", "zzzz"):
        with pytest.raises(NotFoundError):
            node.forget_imported(unknown)


def test_it_survives_the_node(node: Node, tmp_path: Path) -> None:
    ware = node.import_package(sketch(), profile=numbers())
    node.close()
    with Node.open(tmp_path / "home") as again:
        assert again.imported() == (ware,)
        assert again.search(Requirement(data=table())).imported[0].learnware == ware.id


def test_records_travel_over_the_local_api(node: Node) -> None:
    ware = node.import_package(package_zip(YAML + WORDS, s_json=words("x", "y", "z")))
    kind = ACTIONS["import_package"].returns
    assert wire.from_json(wire.to_json(ware), kind) == ware


def test_refused_files_leave_nothing(node: Node) -> None:
    before = set(engine_of(node).store.blobs.all())
    for data in (b"", b"{}", b"PK\x03\x04", table_json(gamma=0), package_zip("- a\n")):
        with pytest.raises(LwnodeError):
            node.import_package(data)
    assert set(engine_of(node).store.blobs.all()) == before
    assert node.imported() == ()


@pytest.fixture
def stocked(node: Node) -> tuple[Node, str]:
    """A node that holds somebody's learnware, by its id."""
    example = signed(files())
    return node, node.import_(example.archive, trust=True).id


def test_a_learnware_is_written_for_the_package(stocked: tuple[Node, str]) -> None:
    node, identity = stocked
    before = node.outbox().count
    whole, beside = node.export_package(identity)
    found = read_package_zip(whole.data)
    assert found.name == SEMANTIC.name
    assert json.loads(beside.data)["Name"]["Values"] == SEMANTIC.name
    assert node.outbox().count == before + 2
    assert node.outbox().rows_left == 0


def test_its_specification_alone_has_its_frame_beside_it(stocked: tuple[Node, str]) -> None:
    node, identity = stocked
    stat, frame = node.export_package(identity, form="json")
    assert isinstance(read_json(stat.data), ImportedSet)
    assert decode(frame.data, Profile).id == node.show(identity).profile


def test_what_was_written_for_the_package_comes_back_in_its_own_frame(stocked: tuple[Node, str]) -> None:
    node, identity = stocked
    known = {profile.id for profile in node.profiles()}
    ware = node.import_package(node.export_package(identity)[0].data)
    assert ware.in_frame
    assert ware.profile == node.show(identity).profile
    assert {profile.id for profile in node.profiles()} == known
    rng = np.random.default_rng(0)
    rows = {"age": rng.uniform(30, 85, 80), "stay": rng.uniform(1, 16, 80), "sex": rng.choice(["f", "m"], 80)}
    table = lwnode.Table.from_frame(pandas.DataFrame(rows))
    (match,) = node.search(Requirement(data=table)).imported
    direct = search(comparable(table), engine_of(node).entries((identity,)))  # its model is opaque: no search offers it
    assert match.distance == pytest.approx(direct.nearest[0].distance, abs=1e-4)


def test_a_strangers_frame_becomes_no_profile_of_this_node(stocked: tuple[Node, str], tmp_path: Path) -> None:
    node, identity = stocked
    data = node.export_package(identity)[0].data
    with Node.create(tmp_path / "other", organisation="B") as other:
        assert other.import_package(data).profile
        assert other.profiles() == ()


def test_only_complete_learnwares_are_written(stocked: tuple[Node, str]) -> None:
    node, identity = stocked
    engine_of(node).store.catalogue.set_state(identity, "refused", "for a test")
    with pytest.raises(SettingsError):
        node.export_package(identity)


def test_a_name_is_never_empty(node: Node) -> None:
    assert node.import_package(package_zip(YAML + WORDS, s_json=write_semantic(Semantic(), (), ()))).name
