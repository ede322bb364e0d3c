# SPDX-License-Identifier: Apache-2.0
"""Images and texts as data sets: checked at the door, encoded to tables that know what they were made of."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lwnode.errors import DataError, SettingsError
from lwnode.specification.encoders import encoder_columns, encoder_profile
from lwnode.training import Images, Table, Texts, as_table, train
from lwnode.training.item_files import read_images, read_texts
from tests.support.items import images, texts


def small(n: int = 12) -> Images:
    pixels, labels = images(n, 0)
    return Images.from_arrays(pixels, labels, name="stripes", target="kind")


# ---------------------------------------------------------------- sets of items
def test_pixels_are_kept_read_only_and_apart_from_the_callers() -> None:
    pixels, _ = images(3, 0)
    kept = Images.from_arrays(pixels)
    pixels[:] = 0
    assert kept.pixels.any()
    with pytest.raises(ValueError, match="read-only"):
        kept.pixels[0, 0, 0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        kept.name = "other"  # type: ignore[misc]


def test_what_they_show_of_themselves_names_no_value() -> None:
    assert repr(small()) == "<Images 'stripes': 12 of 20 × 20, labels 'kind'>"
    assert repr(Texts.from_lists(["secret words"])) == "<Texts 'texts': 1>"


@pytest.mark.parametrize(
    ("pixels", "labels", "words"),
    [
        (np.zeros((3, 4, 4)), None, "bytes"),
        (np.zeros((3, 4), np.uint8), None, "shape"),
        (np.zeros((3, 4, 4, 5), np.uint8), None, "shape"),
        (np.zeros((0, 4, 4), np.uint8), None, "no images"),
        (np.zeros((3, 0, 4), np.uint8), None, "without a pixel"),
        (np.zeros((3, 4, 4), np.uint8), [1, 2], "labels"),
        ([np.zeros((4, 4), np.uint8), np.zeros((5, 4), np.uint8)], None, "several sizes"),
    ],
)
def test_images_that_are_none_are_refused_with_a_hint(pixels: np.ndarray, labels: list[int] | None, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        Images.from_arrays(pixels, labels)
    assert caught.value.hint


def test_floats_are_told_how_to_become_bytes() -> None:
    with pytest.raises(DataError) as caught:
        Images.from_arrays(np.random.default_rng(0).random((2, 4, 4)))
    assert "255" in caught.value.hint


@pytest.mark.parametrize(
    ("given", "labels", "words"),
    [([], None, "no texts"), ("one", None, "one text"), (["a", None], None, "1 of 2"), (["a"], ["x", "y"], "labels")],
)
def test_texts_that_are_none_are_refused_with_a_hint(given: list[str], labels: list[str] | None, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        Texts.from_lists(given, labels)
    assert caught.value.hint


# ---------------------------------------------------------------- tables of them
def test_a_table_has_the_encoders_columns_and_the_labels() -> None:
    table = small().table()
    assert table.encoder == "lwnode.images/1"
    assert tuple(table.features()) == encoder_columns("lwnode.images/1")
    assert table.target == "kind"
    assert set(table.labels().tolist()) == {"lying", "standing"}
    assert Texts.from_lists(["a", "b"]).table().target is None


def test_an_encoder_of_something_else_is_refused() -> None:
    with pytest.raises(DataError, match="not for images"):
        small().table("lwnode.texts/1")
    with pytest.raises(DataError, match="not for texts"):
        Texts.from_lists(["a"]).table("lwnode.images/1")
    with pytest.raises(SettingsError, match="no encoder"):
        small().table("lwnode.images/0")


def test_a_target_cannot_be_called_like_a_column_of_the_encoder() -> None:
    with pytest.raises(DataError, match="name of its own"):
        Texts.from_lists(["a"], ["x"], target=encoder_columns("lwnode.texts/1")[3]).table()


def test_content_is_of_the_items_not_of_their_rounded_rows() -> None:
    table = small().table()
    name = encoder_columns(table.encoder)[0]
    rounded = {**table.columns, name: table.columns[name] + 1e-6}
    assert dataclasses.replace(table, columns=rounded).content == table.content
    assert small().table("lwnode.pixels/1/8x8x1").content == table.content
    assert dataclasses.replace(small(), name="other").table().content == table.content
    pixels, labels = images(12, 0)
    pixels[7, 3, 3] ^= 1
    assert Images.from_arrays(pixels, labels, target="kind").table().content != table.content
    assert Images.from_arrays(small().pixels, np.roll(labels, 1), target="kind").table().content != table.content
    assert Images.from_arrays(small().pixels[::-1], labels[::-1], target="kind").table().content != table.content


def test_grey_images_are_the_same_with_and_without_an_axis_for_it() -> None:
    pixels, _ = images(4, 0)
    assert Images.from_arrays(pixels[..., None]).table().content == Images.from_arrays(pixels).table().content


def test_content_of_a_plain_table_is_what_it_was() -> None:
    table = Table.from_arrays(np.arange(6.0).reshape(3, 2), ["a", "b", "a"])
    assert table.content == "ec6553f1401d00989b1186d9a63c6fc951c586f5073ca572a915ba2252f69425"


def test_the_encoder_is_kept_through_selecting_assigning_and_describing() -> None:
    table = small().table()
    some = table.select(np.array([1, 5, 7]))
    assert some.encoder == table.encoder
    assert (
        some.content
        == Images.from_arrays(small().pixels[[1, 5, 7]], images(12, 0)[1][[1, 5, 7]], target="kind").table().content
    )
    assert some.content != table.content
    described = table.describe(encoder_profile(table.encoder))
    assert (described.encoder, described.content, described.target) == (table.encoder, table.content, "kind")
    assert table.assign(roles={"kind": "ignored"}).encoder == table.encoder


def test_anything_that_takes_a_table_takes_them() -> None:
    assert as_table(small()).content == small().table().content
    assert as_table(Texts.from_lists(["a"])).encoder == "lwnode.texts/1"


def test_the_usual_trainers_learn_from_them() -> None:
    words, labels = texts(300, 3)
    trained = train(Texts.from_lists(words, labels).table(), preset="quick")
    figures = {figure.name: figure.value for figure in trained.card.figures}
    assert figures["accuracy"] > 0.8


# ---------------------------------------------------------------- files
def test_images_and_labels_come_from_a_file(tmp_path: Path) -> None:
    pixels, labels = images(9, 1)
    np.savez_compressed(tmp_path / "stripes.npz", images=pixels, labels=labels, other=np.ones(3))
    found = read_images(tmp_path / "stripes.npz", target="kind")
    assert found.name == "stripes"
    assert found.table().content == Images.from_arrays(pixels, labels, target="kind").table().content
    assert as_table(tmp_path / "stripes.npz").target == "label"


def test_images_in_fortran_order_are_not_turned(tmp_path: Path) -> None:
    pixels, _ = images(9, 1)
    np.savez(tmp_path / "f.npz", images=np.asfortranarray(pixels))
    np.testing.assert_array_equal(read_images(tmp_path / "f.npz").pixels, pixels)


def test_texts_and_labels_come_from_columns(tmp_path: Path) -> None:
    words, labels = texts(30, 1)
    lines = [f'"{word}",{label},{i}' for i, (word, label) in enumerate(zip(words, labels, strict=True))]
    (tmp_path / "notes.csv").write_text("note,kind,number\n" + "\n".join([*lines, ",tool,99"]) + "\n", encoding="utf-8")
    found = read_texts(tmp_path / "notes.csv", "note", target="kind")
    assert found.texts == tuple(words)  # the row without a text is left out
    assert found.table().content == Texts.from_lists(words, labels, target="kind").table().content
    with pytest.raises(DataError, match="no column"):
        read_texts(tmp_path / "notes.csv", "nothing")
    with pytest.raises(DataError, match="as the text and as the target"):
        read_texts(tmp_path / "notes.csv", "note", target="note")


def _member(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def _npy(value: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, value, allow_pickle=True)
    return out.getvalue()


_PIXELS = _npy(np.zeros((2, 4, 4), np.uint8))
HOSTILE = {
    "not a zip": (b"PK nonsense", "not a usable"),
    "empty": (b"", "not a usable"),
    "pickled objects": (_member("images.npy", _npy(np.array([{"a": 1}], dtype=object))), "something else"),
    "a header that promises more": (_member("images.npy", _PIXELS.replace(b"(2, 4, 4)", b"(9, 9, 9)")), "not a usable"),
    "a header of code": (_member("images.npy", _PIXELS.replace(b"(2, 4, 4)", b"exit(1)  ")), "not a usable"),
    "a negative side": (_member("images.npy", _PIXELS.replace(b"(2, 4, 4)", b"(-2,4,-4)")), "not a usable"),
    "cut off": (_member("images.npy", _PIXELS)[:-30], "not a usable"),
    "no images": (_member("pictures.npy", _PIXELS), "no array 'images'"),
    "nothing in it": (_member("images.npy", b""), "not a usable"),
    "more than the limit": (_member("images.npy", _npy(np.zeros((2, 1_000, 1_000), np.uint8))), "larger than"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    data, words = HOSTILE[name]
    (tmp_path / "x.npz").write_bytes(data)
    with pytest.raises(DataError, match=words) as caught:
        read_images(tmp_path / "x.npz", limit=1 << 20)
    assert caught.value.hint


def test_a_target_without_labels_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", images=np.zeros((2, 4, 4), np.uint8))
    with pytest.raises(DataError, match="'labels'"):
        read_images(tmp_path / "x.npz", target="kind")
    with pytest.raises(DataError, match="no file"):
        read_images(tmp_path / "y.npz")
