# SPDX-License-Identifier: Apache-2.0
"""Encoders: images and texts become rows of numbers, so that everything else holds for them unchanged.

==================================  ===================================================================================
`images`                            ``lwnode.images/1``: a small convolutional network with public random weights
`texts`                             ``lwnode.texts/1``: hashed words, word parts and characters, any language
`sentences`                         ``sentence-transformers/<name>``: a local sentence model, an optional extra
`pixels`                            ``lwnode.pixels/1/<height>x<width>x<channels>``: plain pixels, for models only
`public_bits`                       the weights: public numbers from a label, the same for ever
==================================  ===================================================================================

An encoder is named by its id, in `Profile.encoder` and `Card.encoder`.  Its version is part of the id: an encoder never
changes, a better one gets another id.

Rules
-----
* Every node has the first two without a download.  :func:`encoder_profile` is then the same document, with the same id,
  on every node: all images stand on one island, all texts on another.
* The columns' names begin with the encoder's id, so rows of two encoders never pass for each other.
* Bounds are ±2 and typical coordinates about 0 ± 1, by the encoders' own making; nothing follows from the user's data.
  A row depends on its item alone, which the privacy proof needs.

Called by the training room's images and texts, the node's data and the benchmarks.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

from lwnode.documents import Column, Profile
from lwnode.errors import SettingsError, SpecificationError
from lwnode.specification.encoders import images, pixels, sentences, texts
from lwnode.types import Matrix, Progress, silent

IMAGES = images.ID
TEXTS = texts.ID
ENCODERS = (IMAGES, TEXTS)  # that every node has

__all__ = [
    "ENCODERS",
    "IMAGES",
    "TEXTS",
    "encode",
    "encoder_columns",
    "encoder_profile",
    "has_profile",
    "kind_of",
    "width_of",
]


def kind_of(encoder_id: str) -> Literal["images", "texts"]:
    """Return what an encoder takes.

    Raises
    ------
    SettingsError
        There is no such encoder.
    """
    if encoder_id == IMAGES or encoder_id.startswith(pixels.PREFIX):
        return "images"
    name = encoder_id.removeprefix(sentences.PREFIX)
    if encoder_id == TEXTS or (name != encoder_id and 0 < len(name) <= 100 and name.isprintable() and "/" not in name):
        return "texts"
    raise SettingsError(
        f"there is no encoder '{encoder_id[:80]}'",
        hint=f"encoders are {IMAGES}, {TEXTS}, {pixels.PREFIX}28x28x1 and {sentences.PREFIX}<name>",
    )


def has_profile(encoder_id: str) -> bool:
    """Return whether an encoder's rows have a frame; pixels, which are for models only, have none."""
    return not encoder_id.startswith(pixels.PREFIX)


def width_of(encoder_id: str) -> int:
    """Return the number of columns that an encoder gives.

    Raises
    ------
    SettingsError
        There is no such encoder.
    """
    if encoder_id.startswith(pixels.PREFIX):
        height, width, channels = pixels.size_of(encoder_id)
        return height * width * channels
    kind_of(encoder_id)
    return {IMAGES: images.WIDTH, TEXTS: texts.WIDTH}.get(encoder_id, sentences.WIDTH)


@lru_cache(maxsize=32)
def encoder_columns(encoder_id: str) -> tuple[str, ...]:
    """Return the names of the columns that an encoder gives, in order.

    Raises
    ------
    SettingsError
        There is no such encoder.
    """
    width = width_of(encoder_id)
    return tuple(f"{encoder_id} #{number:0{len(str(width))}}" for number in range(1, width + 1))


@lru_cache(maxsize=32)
def encoder_profile(encoder_id: str) -> Profile:
    """Return the frame of an encoder's rows: the same document on every node.

    Raises
    ------
    SettingsError
        There is no such encoder.
    SpecificationError
        It is an encoder of models only.
    """
    names = encoder_columns(encoder_id)
    if not has_profile(encoder_id):
        raise SpecificationError(
            f"{encoder_id} is for models only, and frames no sketch", hint=f"sketch images under {IMAGES}"
        )
    columns = tuple(Column(name=name, type="number", low=-2.0, high=2.0) for name in names)
    return Profile(name=encoder_id, columns=columns, gamma=1.0 / len(columns), encoder=encoder_id)


def encode(
    encoder_id: str,
    items: Sequence[Any] | images.Pixels,
    *,
    folder: Path | None = None,
    progress: Progress = silent,
) -> Matrix:
    """Return the rows of images or texts.

    Parameters
    ----------
    encoder_id : str
    items : (n, h, w) or (n, h, w, c) uint8 or a sequence of such single images; or a sequence of str
    folder : Path, optional
        Of a sentence model; default: its library's local cache.
    progress : callable

    Returns
    -------
    (n, `width_of`) float64, raw

    Raises
    ------
    SettingsError
        There is no such encoder, or it is not on this computer.
    DataError
        An item is not what the encoder takes.

    Notes
    -----
    In blocks, so memory grows with the rows alone.  About 0.4 ms of CPU an image and 30 µs a short text.
    """
    kind_of(encoder_id)
    if encoder_id == IMAGES:
        return images.encode_images(items, progress)
    if encoder_id == TEXTS:
        return texts.encode_texts(cast(Sequence[str], items), progress)
    if encoder_id.startswith(pixels.PREFIX):
        return pixels.encode_pixels(encoder_id, items, progress)
    return sentences.encode_sentences(encoder_id, cast(Sequence[str], items), folder=folder, progress=progress)
