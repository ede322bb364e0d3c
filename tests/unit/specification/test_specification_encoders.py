# SPDX-License-Identifier: Apache-2.0
"""Encoders: the same numbers everywhere, any image and any text, one profile on all nodes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from lwnode.errors import CancelledError, DataError, SettingsError, SpecificationError
from lwnode.specification import mmd2, raw_matrix, specify
from lwnode.specification.encoders import (
    ENCODERS,
    IMAGES,
    TEXTS,
    encode,
    encoder_columns,
    encoder_profile,
    kind_of,
    width_of,
)
from lwnode.specification.encoders.images import SIDE_LIMIT, encode_images, resized
from lwnode.specification.encoders.public_bits import signs, uniforms
from lwnode.specification.encoders.texts import CHARACTER_LIMIT, encode_texts
from tests.support.items import images, texts

ROOT = Path(__file__).parents[3]
FEW = ["A small dog barks at the moon.", "今天天气很好，我们去公园。", "😀 ok"]
MINI = "sentence-transformers/all-MiniLM-L6-v2"


def grid(*shape: int) -> np.ndarray:
    return (np.arange(np.prod(shape)) % 251).astype(np.uint8).reshape(shape)


# ---------------------------------------------------------------- the same everywhere
def test_public_numbers_never_change() -> None:
    digest = hashlib.sha256(uniforms("lwnode.images/1 first", 3, 5, 5, 32).astype("<f8").tobytes()).hexdigest()
    assert digest == "a038b3e3c399f244e1080a1573c1ad3adbd528115a226695fc50cc92ef18f270"
    digest = hashlib.sha256(signs("x", 100).astype("<i1").tobytes()).hexdigest()
    assert digest == "77db36b29316dd17f25beafb2a431a52d38e93a4e4733025feff8235a11df057"


def test_rows_of_texts_never_change() -> None:
    wanted = [
        [-1.17977, -1.79698, 0.87116, -2.41419, -2.10559],
        [-1.92312, -2.27127, -0.6977, -1.15332, 0.66095],
        [1.22474, 0.9856, 0.9856, 1.46389, -0.9856],
    ]
    np.testing.assert_allclose(encode(TEXTS, FEW)[:, :5], wanted, atol=1e-4)


def test_rows_of_images_never_change() -> None:
    wanted = [[-1.42929, -2.31408, -0.93914, 0.00603, -0.03289], [-1.6716, -3.42345, -0.63459, -0.13213, 0.06284]]
    np.testing.assert_allclose(encode(IMAGES, grid(2, 20, 30, 3))[:, :5], wanted, atol=1e-4)
    one = encode(IMAGES, np.full((1, 1, 1), 200, np.uint8))[0, :5]
    np.testing.assert_allclose(one, [-1.06006, 0.55644, -0.33533, -0.41485, 1.55164], atol=1e-4)


def test_profiles_never_change() -> None:
    assert encoder_profile(TEXTS).id == "b0bd6f75675c7fd70391643ea1abb882d44b3e2bc6eb9890dd0726278bf9df97"
    assert encoder_profile(IMAGES).id == "577a1f626e65376a141b792e7049ee07e672a093dd20198192ae2d0dc5a1cc6f"


def test_another_process_gives_the_same_texts() -> None:
    code = (
        "import hashlib; from lwnode.specification.encoders import TEXTS, encode\n"
        f"print(hashlib.sha256(encode(TEXTS, {FEW!r}).tobytes()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == hashlib.sha256(encode(TEXTS, FEW).tobytes()).hexdigest()


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_row_depends_on_its_item_alone(encoder: str) -> None:
    items = images(300, 0)[0] if encoder == IMAGES else texts(300, 0)[0]
    whole = encode(encoder, items)
    np.testing.assert_allclose(encode(encoder, items[137:139]), whole[137:139], atol=1e-4)
    np.testing.assert_allclose(encode(encoder, items[::-1]), whole[::-1], atol=1e-4)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_typical_rows_stand_in_the_middle_of_the_frame(encoder: str) -> None:
    items = images(300, 0)[0] if encoder == IMAGES else texts(300, 0)[0]
    rows = encode(encoder, items)
    assert rows.shape == (300, width_of(encoder))
    assert rows.dtype == np.float64
    assert 0.5 < np.sqrt((rows**2).mean()) < 2.0
    assert (np.abs(rows) > 4.0).mean() < 0.05


# ---------------------------------------------------------------- images
def test_synthetic_images_set_the_scale() -> None:
    from lwnode.specification.encoders.images import _synthetic

    scenes = (_synthetic() * 255.0).round().astype(np.uint8)
    rows = encode(IMAGES, scenes)
    assert np.abs(rows.mean(axis=0)).max() < 0.1
    assert np.abs(rows.std(axis=0) - 1.0).max() < 0.1


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 4), (28, 28), (3, 500, 2), (33, 31, 3), (1, SIDE_LIMIT)])
def test_any_size_and_channel_count(shape: tuple[int, ...]) -> None:
    rows = encode(IMAGES, grid(2, *shape))
    assert rows.shape == (2, width_of(IMAGES))
    assert np.isfinite(rows).all()


def test_a_huge_image_is_read_in_bands_as_if_it_were_whole() -> None:
    large = grid(2_600, 2_400, 3)  # more values than are resized at a time
    wanted = resized(large[None], 32, 32)[0]
    rows, columns = (_weights(size, 32) for size in large.shape[:2])
    plain = np.einsum("ir,rsc,js->ijc", rows, large / 255.0, columns, optimize=True)
    np.testing.assert_allclose(wanted, plain, atol=1e-4)


def _weights(size: int, wanted: int) -> np.ndarray:
    """A triangle filter in so many words."""
    out = np.zeros((wanted, size))
    reach = max(size / wanted, 1.0)
    for i in range(wanted):
        centre = (i + 0.5) * size / wanted - 0.5
        for j in range(size):
            out[i, j] = max(0.0, 1.0 - abs(j - centre) / reach)
        out[i] /= out[i].sum()
    return out


def test_resizing_keeps_what_is_even_and_gives_bytes_as_shares() -> None:
    assert np.allclose(resized(np.full((1, 7, 90), 51, np.uint8), 32, 32), 0.2, atol=1e-6)
    same = grid(1, 32, 32, 3)
    np.testing.assert_allclose(resized(same, 32, 32), same / 255.0, atol=1e-6)


def test_channels_are_grey_rgb_and_alpha_over_white() -> None:
    grey = grid(3, 20, 20)
    rgb = np.repeat(grey[..., None], 3, axis=3)
    opaque = np.full((3, 20, 20, 1), 255, np.uint8)
    for other in (grey[..., None], rgb, np.concatenate([rgb, opaque], 3), np.concatenate([grey[..., None], opaque], 3)):
        np.testing.assert_allclose(encode(IMAGES, other), encode(IMAGES, grey), atol=1e-4)
    clear = np.concatenate([rgb, 0 * opaque], axis=3)
    np.testing.assert_allclose(encode(IMAGES, clear), encode(IMAGES, np.full((3, 20, 20), 255, np.uint8)), atol=1e-4)


def test_colour_is_seen() -> None:
    red, blue = np.zeros((2, 1, 20, 20, 3), np.uint8)
    red[..., 0], blue[..., 2] = 150, 150
    assert np.linalg.norm(encode(IMAGES, red) - encode(IMAGES, blue)) > 1.0


def test_images_of_several_sizes_are_encoded_as_each_alone() -> None:
    several = [grid(20, 30), grid(64, 8, 3), grid(1, 1)]
    alone = np.concatenate([encode(IMAGES, image[None]) for image in several])
    np.testing.assert_allclose(encode(IMAGES, several), alone, atol=1e-4)


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((2, 8, 8)),
        np.zeros((2, 8, 8, 5), np.uint8),
        np.zeros((2, 0, 8), np.uint8),
        np.zeros((2, 8), np.uint8),
        np.zeros((1, 1, SIDE_LIMIT + 1), np.uint8),
        [np.zeros((8, 8)), np.zeros((8, 8))],
    ],
)
def test_what_is_no_image_is_refused_with_what_would_do(bad: np.ndarray) -> None:
    with pytest.raises(DataError) as caught:
        encode_images(bad)
    assert caught.value.hint


def test_pixels_are_laid_out_by_row_column_and_channel() -> None:
    image = grid(1, 4, 5, 3)
    rows = encode("lwnode.pixels/1/4x5x3", image)
    np.testing.assert_allclose(rows[0], image.ravel() / 255.0, atol=1e-6)
    grey = encode("lwnode.pixels/1/4x5x1", image)
    np.testing.assert_allclose(grey[0], (image @ [0.299, 0.587, 0.114]).ravel() / 255.0, atol=1e-6)


# ---------------------------------------------------------------- texts
def test_chinese_is_compared_by_characters_and_pairs() -> None:
    rows = encode(TEXTS, ["今天天气很好我们去公园", "我们今天去公园天气很好", "股票市场下跌投资者恐慌"])
    near, far = np.linalg.norm(rows[0] - rows[1]), np.linalg.norm(rows[0] - rows[2])
    assert near < 0.85 * far


def test_order_of_characters_is_seen_where_there_are_no_spaces() -> None:
    one, other = encode(TEXTS, ["天上", "上天"])
    assert not np.allclose(one, other)


def test_forms_of_one_word_are_near() -> None:
    """Over many words, as one pair of 32 signs may agree by chance."""
    stems = ["hospital", "garden", "computer", "mountain", "teacher", "window", "planet", "doctor", "market", "forest"]
    one, forms = encode(TEXTS, [f"the {stem}" for stem in stems]), encode(TEXTS, [f"the {stem}s" for stem in stems])
    related = np.linalg.norm(one - forms, axis=1)
    unrelated = np.linalg.norm(one - np.roll(forms, 1, axis=0), axis=1)
    assert related.mean() < 0.85 * unrelated.mean()


@pytest.mark.parametrize("empty", ["", " \n\t", ".,;-—…", "\ufeff\u200b"])
def test_a_text_without_words_is_the_middle(empty: str) -> None:
    rows = encode(TEXTS, ["a dog", empty, "a dog"])
    assert not rows[1].any()
    np.testing.assert_array_equal(rows[0], rows[2])


def test_writing_the_same_otherwise_makes_no_difference() -> None:
    rows = encode(TEXTS, ["Straße ﬁne ２", "STRASSE FINE 2", "strasse\nfine, 2!"])
    np.testing.assert_array_equal(rows[0], rows[1])
    np.testing.assert_array_equal(rows[0], rows[2])


@pytest.mark.parametrize(
    "text", ["😀🎉👩‍👩‍👧", "\ud800 lone", "हिन्दी में लिखा", "ภาษาไทย", "a" * 1_000, "𝔘nicode\x00zero"]
)
def test_any_text_has_a_row(text: str) -> None:
    row = encode(TEXTS, [text])
    assert np.isfinite(row).all()
    assert row.any()


def test_a_text_is_read_to_the_limit() -> None:
    long = "word " * (CHARACTER_LIMIT // 5)
    np.testing.assert_array_equal(encode_texts([long + "beyond " * 50]), encode_texts([long]))


def test_texts_are_texts() -> None:
    with pytest.raises(DataError) as caught:
        encode_texts(["fine", None])  # type: ignore[list-item]
    assert "str" in caught.value.hint


# ---------------------------------------------------------------- the registry
def test_a_profile_is_one_document_and_its_columns_carry_the_encoders_name() -> None:
    for encoder in (*ENCODERS, MINI):
        profile = encoder_profile(encoder)
        assert profile.encoder == encoder
        assert profile.origin == "bounds"
        assert profile.gamma == pytest.approx(1.0 / width_of(encoder))
        assert {(column.low, column.high) for column in profile.columns} == {(-2.0, 2.0)}
        assert all(column.name.startswith(encoder) for column in profile.columns)
    assert encoder_profile(MINI).schema_id != encoder_profile(TEXTS).schema_id


@pytest.mark.parametrize(
    "name",
    [
        "",
        "lwnode.images/2",
        "lwnode.pixels/1/28x28",
        "lwnode.pixels/1/0x28x1",
        "lwnode.pixels/1/28x28x4",
        "lwnode.pixels/1/9999x9999x3",
        "sentence-transformers/",
        "sentence-transformers/../../etc",
        "x" * 10_000,
    ],
)
def test_unknown_encoders_are_refused_in_one_line(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        encoder_columns(name)
    assert len(str(caught.value)) < 200


def test_pixels_frame_no_sketch() -> None:
    assert kind_of("lwnode.pixels/1/2x2x1") == "images"
    with pytest.raises(SpecificationError, match="models only"):
        encoder_profile("lwnode.pixels/1/2x2x1")


@pytest.mark.parametrize("encoder", ENCODERS)
def test_progress_ends_the_work(encoder: str) -> None:
    def stop(share: float | None, doing: str) -> None:
        raise CancelledError("enough")

    with pytest.raises(CancelledError):
        encode(encoder, grid(2, 4, 4) if encoder == IMAGES else ["a", "b"], progress=stop)


def test_the_raw_matrix_of_encoded_columns_is_the_encoders_rows() -> None:
    rows = encode(TEXTS, FEW)
    profile = encoder_profile(TEXTS)
    columns = {name: rows[:, i] for i, name in enumerate(encoder_columns(TEXTS))}
    np.testing.assert_array_equal(raw_matrix(profile, columns), rows)
    with pytest.raises(SpecificationError, match=r"not encoded by lwnode\.texts/1"):
        raw_matrix(profile, {"age": np.zeros(3)})


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_private_sketch_finds_its_source(encoder: str) -> None:
    sources = []
    for seed in (0, 1):
        items, labels = images(1_600, seed) if encoder == IMAGES else texts(1_600, seed)
        rows = encode(encoder, items)
        one = np.asarray(labels) == sorted(set(labels))[0]
        sources.append((rows[one][:700], rows[~one][:700]))
    profile, rng = encoder_profile(encoder), np.random.default_rng(5)
    made = [specify(part, profile, privacy="private", epsilon=1.0, size=30, rng=rng) for part in sources[0]]
    asked = [specify(part, profile, privacy="no-noise", size=30) for part in sources[1]]
    for right in range(2):
        assert mmd2(asked[right], made[right]) < 0.5 * mmd2(asked[right], made[1 - right])


# ---------------------------------------------------------------- a local sentence model
def test_without_the_extra_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(SettingsError, match="not installed") as caught:
        encode(MINI, ["a"])
    assert "lwnode[sentences]" in caught.value.hint


def _library(monkeypatch: pytest.MonkeyPatch, *, there: bool) -> list[dict[str, object]]:
    """Put a library in the place of the real one, which cannot be had without a model; return how it was called."""
    calls: list[dict[str, object]] = []

    class SentenceTransformer:
        def __init__(self, name: str, **options: object) -> None:
            calls.append({"name": name, "offline": os.environ.get("HF_HUB_OFFLINE"), **options})
            if not there:
                raise OSError("cannot find the requested files in the cached path")

        def encode(self, part: list[str], **options: object) -> np.ndarray:
            return np.array([[float(len(text)), 1.0, 2.0] for text in part], dtype=np.float32)

    module = types.ModuleType("sentence_transformers")
    module.SentenceTransformer = SentenceTransformer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    return calls


def test_a_sentence_model_is_loaded_from_this_computer_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    calls = _library(monkeypatch, there=True)
    rows = encode(MINI, ["a", "bb", "a"])
    assert rows.shape == (3, width_of(MINI))
    np.testing.assert_array_equal(rows[0], rows[2])
    encode(MINI, ["a"], folder=tmp_path)
    assert [call["name"] for call in calls] == [MINI, str(tmp_path)]
    for call in calls:
        assert call["offline"] == "1"
        assert call["local_files_only"] is True
        assert call["trust_remote_code"] is False
        assert call["model_kwargs"] == {"use_safetensors": True}
    assert "HF_HUB_OFFLINE" not in os.environ


def test_an_absent_sentence_model_is_not_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    _library(monkeypatch, there=False)
    with pytest.raises(SettingsError, match="not on this computer") as caught:
        encode(MINI, ["a"])
    assert "downloads no model" in caught.value.hint
