# SPDX-License-Identifier: Apache-2.0
"""``lwnode.pixels/1/<height>x<width>x<channels>``: images as the plain pixels that a small network takes.

An encoder of models only: pixels of many columns make no frame for a sketch, so there is no profile for it, and
pixels are sketched as the images that they show.

Rules
-----
* The image is stretched to the size as `lwnode.specification.encoders.images` says, its channels made 1 (brightness)
  or 3 (RGB), its values brought to 0 to 1, and laid out by row, column and channel.

Called by the registry.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from lwnode.errors import SettingsError
from lwnode.specification.encoders.images import Pixels, resized
from lwnode.types import Matrix, Progress, silent

PREFIX = "lwnode.pixels/1/"
COLUMN_LIMIT = 16_384

_SIZE = re.compile(r"([1-9]\d{0,3})x([1-9]\d{0,3})x([13])")
_BLOCK = 256  # images


def size_of(encoder_id: str) -> tuple[int, int, int]:
    """Return height, width and channels of an encoder id.

    Raises
    ------
    SettingsError
        It is not such an id, or has more than `COLUMN_LIMIT` values.
    """
    found = _SIZE.fullmatch(encoder_id.removeprefix(PREFIX)) if encoder_id.startswith(PREFIX) else None
    if found is None:
        raise SettingsError(
            f"'{encoder_id[:80]}' does not name a size of images",
            hint=f"write it like {PREFIX}28x28x1; 1 or 3 channels",
        )
    height, width, channels = (int(part) for part in found.groups())
    if height * width * channels > COLUMN_LIMIT:
        raise SettingsError(f"an image of more than {COLUMN_LIMIT} values is too large for a small network")
    return height, width, channels


def encode_pixels(encoder_id: str, images: Pixels | Sequence[Pixels], progress: Progress = silent) -> Matrix:
    """Return the pixels of images, (n, height · width · channels) float64 in [0, 1].

    Raises
    ------
    SettingsError, DataError
        As `size_of` and `lwnode.specification.encoders.images.resized`.
    """
    height, width, channels = size_of(encoder_id)
    out = np.empty((len(images), height * width * channels))
    for start in range(0, len(images), _BLOCK):
        progress(start / len(images), "bringing the images to one size")
        small = resized(images[start : start + _BLOCK], height, width)
        if channels == 1:
            small = small @ np.array([[0.299], [0.587], [0.114]], dtype=np.float32)
        out[start : start + len(small)] = small.reshape(len(small), -1)
    return out


def images_of(encoder_id: str, rows: Matrix) -> Pixels:
    """Return the images that pixel rows show, so that a model of pixels can be sketched as images are.

    Parameters
    ----------
    encoder_id : str
    rows : (n, height · width · channels) float64 in [0, 1]
        As `encode_pixels` gives them; what is not finite is black.

    Returns
    -------
    (n, height, width, channels) uint8
    """
    height, width, channels = size_of(encoder_id)
    bytes_of = np.round(255.0 * np.clip(np.nan_to_num(rows), 0.0, 1.0)).astype(np.uint8)
    return bytes_of.reshape(len(rows), height, width, channels)
