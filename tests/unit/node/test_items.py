# SPDX-License-Identifier: Apache-2.0
"""Images and texts on nodes: registered, trained on, published privately, found by another node and reused there."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import lwnode
from lwnode.errors import DataError, SpecificationError
from lwnode.node import wire
from lwnode.node.data import check_table, refer
from lwnode.specification.encoders import encoder_columns, encoder_profile
from lwnode.training import Images, Table, Texts
from tests.support.homes import engine_of, make_node
from tests.support.items import images, texts


def stripes(n: int, seed: int, name: str = "stripes") -> Images:
    pixels, labels = images(n, seed)
    return Images.from_arrays(pixels, labels, name=name, target="kind")


def words(n: int, seed: int, name: str = "notes") -> Texts:
    lists, labels = texts(n, seed)
    return Texts.from_lists(lists, labels, name=name, target="kind")


def test_the_parts_of_an_encoding_are_not_withheld_one_by_one() -> None:
    table = stripes(20, 0).table()
    part = next(name for name, role in table.roles.items() if role == "feature")
    with pytest.raises(DataError, match="one part of what the encoder"):
        table.assign(roles={part: "ignored"})
    with pytest.raises(DataError, match="one part of what the encoder"):
        table.assign(target=part)
    assert table.assign(roles={part: "feature", "kind": "ignored"}).withheld == {"kind"}


def semantic(name: str) -> lwnode.Semantic:
    return lwnode.Semantic(
        name=name, description="Which of two kinds an item is of", scenario=("Education",), license="MIT"
    )


@pytest.mark.parametrize("make", [stripes, words])
def test_items_are_published_found_and_reused(make: type[stripes], tmp_path: Path) -> None:
    mine, theirs = make(1_500, 0), make(300, 1)
    with make_node(tmp_path, "A") as owner, make_node(tmp_path, "B") as clinic:
        info = owner.add(mine)
        encoder = mine.table().encoder
        assert (info.rows, info.target, info.content) == (1_500, "kind", mine.table().content)
        assert info.path == ""
        model = owner.train(info, preset="quick")
        assert model.info.card.encoder == encoder
        assert {port.name for port in model.info.card.inputs} <= set(encoder_columns(encoder))
        truth = mine.labels.values[:200] if mine.labels is not None else None
        assert (owner.predict(model.id, mine)[:200] == truth).mean() > 0.8
        draft = owner.draft(model, semantic(mine.name), privacy=lwnode.Budget(epsilon=2.0))
        assert draft.epsilon_charged > 0.0
        ware = owner.publish(draft)
        assert ware.profile == encoder_profile(encoder).id
        clinic.import_(owner.export(ware.id).data, trust=True)
        found = clinic.search(lwnode.Requirement(data=theirs))
        assert found.verdict == "fits"
        assert [match.learnware for match in found.single] == [ware.id]
        answer = clinic.reuse(found).predict(theirs)
        assert theirs.labels is not None
        assert (answer == theirs.labels.values).mean() > 0.8


def test_two_nodes_agree_on_the_frame_and_on_the_content(tmp_path: Path) -> None:
    with make_node(tmp_path, "A") as one, make_node(tmp_path, "B") as other:
        first, second = one.add(stripes(60, 0)), other.add(stripes(60, 0, name="the same"))
        assert first.content == second.content
        (framed,), (again,) = one.profiles(), other.profiles()
        assert framed.id == again.id == encoder_profile("lwnode.images/1").id
        assert engine_of(one).store.datasets.get("stripes").profile == framed.id


def test_other_items_are_other_data(tmp_path: Path) -> None:
    with make_node(tmp_path, "A") as node:
        model = node.train(words(200, 0), preset="quick")
        node.publish(node.draft(model, semantic("notes"), privacy="no-noise"))
        found = node.search(lwnode.Requirement(data=stripes(100, 0)))
        assert found.verdict == "nothing fits"
        assert [part.code for part in found.found.skipped] == ["other-data"]
        with pytest.raises(DataError, match=r"lwnode\.texts/1") as caught:
            node.predict(model.id, stripes(20, 0))
        assert "themselves" in caught.value.hint


def test_a_file_of_images_does_as_well(tmp_path: Path) -> None:
    pixels, labels = images(90, 4)
    file = tmp_path / "stripes.npz"
    np.savez(file, images=pixels, labels=labels)
    with make_node(tmp_path, "A") as node:
        info = node.add(file, target="kind")
        assert (info.name, info.rows, info.target) == ("stripes", 90, "kind")
        assert info.content == Images.from_arrays(pixels, labels, target="kind").table().content
        assert node.search(lwnode.Requirement(data=str(file))).verdict == "nothing fits"


def test_specify_takes_items_and_their_frame_alone() -> None:
    mine = words(700, 0)
    exact = lwnode.specify(mine)
    assert exact.profile == encoder_profile("lwnode.texts/1")
    noised = lwnode.specify(mine, privacy=lwnode.Budget(epsilon=1.0), rng=np.random.default_rng(0))
    assert lwnode.mmd2(exact, noised) < lwnode.mmd2(lwnode.specify(Texts.from_lists(["今天天气很好"] * 50)), noised)
    with pytest.raises(SpecificationError):
        lwnode.mmd2(exact, lwnode.specify(stripes(50, 0)))


def test_an_encoded_table_travels_over_the_local_api() -> None:
    table = stripes(9, 0).table()
    again = wire.from_json(wire.to_json(refer(table)), type(refer(table))).table
    assert (again.content, again.encoder) == (table.content, table.encoder)
    check_table(again)
    plain = wire.from_json(wire.to_json(Table.from_arrays(np.eye(3))), Table)
    assert plain.items is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"items": None},
        {"items": np.zeros((8, 32), np.uint8)},
        {"items": np.zeros((9, 32), np.float64)},
        {"encoder": "lwnode.texts/1"},
        {"encoder": ""},
        {"encoder": "lwnode.images/0"},
    ],
)
def test_a_table_that_only_says_it_is_encoded_is_refused(wrong: dict[str, object]) -> None:
    table = dataclasses.replace(stripes(9, 0).table(), **wrong)
    with pytest.raises((DataError, lwnode.errors.SettingsError)) as caught:
        check_table(table)
    assert caught.value.hint


def test_a_private_network_of_pixels_is_sketched_as_images_and_used_by_another_node(tmp_path: Path) -> None:
    mine, theirs, encoder = stripes(3_000, 0), stripes(200, 1), "lwnode.pixels/1/8x8x1"
    with make_node(tmp_path, "A") as owner, make_node(tmp_path, "B") as clinic:
        table = mine.table(encoder=encoder)
        info = owner.add(table, name="stripes in pixels")
        classes = sorted({str(value) for value in table.labels()})
        model = owner.train(info, privacy=lwnode.Budget(epsilon=2.0), family="images", classes=tuple(classes))
        assert model.info.card.privacy is not None
        draft = owner.draft(model, semantic("stripes"), privacy=lwnode.Budget(epsilon=1.0))
        assert (draft.epsilon, draft.model_epsilon) == (1.0, 2.0)
        assert 2.0 < draft.epsilon_spent < 2.5
        ware = owner.publish(draft)
        assert ware.profile == encoder_profile("lwnode.images/1").id
        clinic.import_(owner.export(ware.id).data, trust=True)
        found = clinic.search(lwnode.Requirement(data=theirs))
        assert found.nearest[0].learnware == ware.id
        use = clinic.reuse([ware.id], data=theirs.table(encoder=encoder), method="top-1")
        assert theirs.labels is not None
        assert (use.predict(theirs.table(encoder=encoder)) == theirs.labels.values).mean() > 0.65
