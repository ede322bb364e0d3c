# SPDX-License-Identifier: Apache-2.0
"""``lwnode.images/1``: images as rows of 40 numbers, through a small convolutional network with public random weights.

Untrained convolutions keep what is alike in images alike (Saxe et al., ICML 2011), and every node has them without a
download: all weights are expanded from a label by a hash.

Rules
-----
* Any size and 1 to 4 channels: grey, grey with alpha, RGB, RGBA; alpha is laid over white.  An image is stretched to
  32 × 32 with a triangle filter as wide as a pixel of the result, so that nothing is skipped on the way down.
* Brightness and two colour differences go through 5 × 5 filters and 3 × 3 filters, each rectified and averaged over
  neighbours; the 4 × 4 averages of all three stages are projected to 40 numbers.
* The numbers are centred and scaled by what public synthetic images give, so that typical images are about 0 ± 1.
  Nothing follows from the images that are encoded: a row is the same whatever stands beside it.
* NumPy alone, in blocks of bounded memory; the same numbers within 1e-4 on any machine.

Called by the registry.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from lwnode.errors import DataError
from lwnode.specification.encoders.public_bits import signs, uniforms
from lwnode.types import Matrix, Points, Progress, silent

ID = "lwnode.images/1"
WIDTH = 40
SIDE_LIMIT = 16_384  # pixels

_SIDE, _GRID = 32, 4
_FIRST, _SECOND = 32, 64  # filters
_IMAGES = 128  # at a time in the network
_CELLS = 1 << 21  # values of images resized at a time
_SYNTHETIC = 256  # images that the scale is read from
_STAGES = (_SECOND, _FIRST, 3)  # maps whose 4 × 4 averages are taken
_LARGEST = 8.0  # clipped there: twice the frame's box

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class _Weights:
    """The network: two stages of filters, then an affine projection."""

    first: Points  # (75, 32)
    second: Points  # (288, 64)
    projection: Points  # (features, WIDTH)
    offset: Points  # (WIDTH,)


def encode_images(images: Pixels | Sequence[Pixels], progress: Progress = silent) -> Matrix:
    """Return the rows of images.

    Parameters
    ----------
    images : (n, h, w) or (n, h, w, c) uint8, or a sequence of (h, w) or (h, w, c) uint8 of any sizes
    progress : callable

    Returns
    -------
    (n, WIDTH) float64, raw

    Raises
    ------
    DataError
        Another type or shape.

    Notes
    -----
    About 15 MFLOP an image once it is 32 × 32; memory does not grow with the number of images.
    """
    weights = _network()
    out = np.empty((len(images), WIDTH))
    for start in range(0, len(images), _IMAGES):
        progress(start / len(images), "encoding the images")
        small = resized(images[start : start + _IMAGES], _SIDE, _SIDE)
        parts = _pooled(_opponent(small), weights.first, weights.second)
        flat = np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)
        out[start : start + _IMAGES] = flat @ weights.projection + weights.offset
    return np.clip(out, -_LARGEST, _LARGEST)


def resized(images: Pixels | Sequence[Pixels], height: int, width: int) -> Points:
    """Return images as RGB of one size.

    Parameters
    ----------
    images : (n, h, w) or (n, h, w, c) uint8, or a sequence of such single images
    height, width : pixels

    Returns
    -------
    (n, height, width, 3) float32 in [0, 1]
    """
    out = np.empty((len(images), height, width, 3), dtype=np.float32)
    if isinstance(images, np.ndarray) and images.ndim in (3, 4):
        cells = max(1, math.prod(images.shape[1:]))
        step = max(1, _CELLS // cells)
        for start in range(0, len(images), step):
            out[start : start + step] = _shrunk(images[start : start + step], height, width)
        return out
    for number, image in enumerate(images):
        out[number] = _shrunk(np.asarray(image)[None], height, width)[0]
    return out


def _shrunk(batch: Pixels, height: int, width: int) -> Points:
    """Return a batch of images of one size as RGB of another; a band of a large image at a time."""
    if batch.dtype != np.uint8 or batch.ndim not in (3, 4) or (batch.ndim == 4 and not 1 <= batch.shape[3] <= 4):
        raise DataError(
            "an image is not an array of bytes with height, width and up to four channels",
            hint="give images as uint8 of (n, height, width) or (n, height, width, channels)",
        )
    rows, columns = batch.shape[1:3]
    if not (1 <= rows <= SIDE_LIMIT and 1 <= columns <= SIDE_LIMIT):
        raise DataError(
            f"an image has no pixel, or more than {SIDE_LIMIT} in height or width", hint="make the image smaller"
        )
    down, across = _triangle(rows, height), _triangle(columns, width)
    band = max(1, _CELLS // (len(batch) * columns * (batch.shape[3] if batch.ndim == 4 else 1)))
    total = np.zeros((len(batch), height, width, 1 if batch.ndim == 3 else batch.shape[3]), dtype=np.float32)
    for top in range(0, rows, band):
        part = batch[:, top : top + band].reshape(len(batch), -1, columns, total.shape[3])
        values = part.astype(np.float32).transpose(0, 3, 1, 2) / np.float32(255.0)
        narrow = values @ across.T  # (n, c, rows of the band, width)
        total += (down[:, top : top + band] @ narrow).transpose(0, 2, 3, 1)
    return np.clip(_rgb(total), 0.0, 1.0)


def _rgb(image: Points) -> Points:
    """Return images of 1 to 4 channels as three; alpha is laid over white."""
    channels = image.shape[-1]
    if channels in (2, 4):
        alpha = image[..., -1:]
        image = image[..., :-1] * alpha + (1.0 - alpha)
    return np.repeat(image, 3, axis=-1) if channels <= 2 else image


@lru_cache(maxsize=64)
def _triangle(size: int, wanted: int) -> Points:
    """Return the weights that resample one axis, (wanted, size) float32, rows of sum 1."""
    scale = size / wanted
    reach = max(scale, 1.0)
    centres = (np.arange(wanted) + 0.5) * scale - 0.5
    weights = np.maximum(0.0, 1.0 - np.abs(np.arange(size)[None, :] - centres[:, None]) / reach)
    shares: Points = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def _opponent(image: Points) -> Points:
    """Return brightness in [-1, 1] and two colour differences; both are 0 where there is no colour."""
    red, green, blue = image[..., 0], image[..., 1], image[..., 2]
    bright = np.float32(0.299) * red + np.float32(0.587) * green + np.float32(0.114) * blue
    return np.stack([2.0 * bright - 1.0, red - bright, blue - bright], axis=-1).astype(np.float32)


def _pooled(image: Points, first: Points, second: Points) -> tuple[Points, Points, Points]:
    """Return the 4 × 4 averages of the second stage, the first stage and the image, (n, 4, 4, maps) each."""
    one = np.maximum(_filtered(image, first, 5), 0.0)  # (n, 28, 28, 32)
    two = np.maximum(_filtered(_averaged(one, 2), second, 3), 0.0)  # (n, 12, 12, 64)
    return _averaged(two, 3), _averaged(one, 7), _averaged(image, 8)


def _filtered(maps: Points, filters: Points, side: int) -> Points:
    """Return the maps under square filters, (n, h - side + 1, w - side + 1, filters)."""
    windows = sliding_window_view(maps, (side, side), axis=(1, 2)).transpose(0, 1, 2, 4, 5, 3)
    n, height, width = windows.shape[:3]
    result: Points = windows.reshape(n * height * width, -1) @ filters
    return result.reshape(n, height, width, -1)


def _averaged(maps: Points, side: int) -> Points:
    """Return the averages of squares of so many pixels."""
    n, height, width, channels = maps.shape
    # an axis at a time, as numpy is slow with two that are apart
    down = maps.reshape(n, height // side, side, width * channels).sum(axis=2)
    sums: Points = down.reshape(n, height // side, width // side, side, channels).sum(axis=3)
    return sums / np.float32(side * side)


@cache
def _network() -> _Weights:
    """Return the weights, centred and scaled on synthetic images."""
    first = uniforms(f"{ID} first", 3, 5, 5, _FIRST)
    first[0] -= first[0].mean(axis=(0, 1))  # brightness as such is left to the third stage
    second = uniforms(f"{ID} second", _FIRST, 3, 3, _SECOND)
    second -= second.mean(axis=(0, 1, 2))
    # channels last, as the maps have them: a window is then copied in long runs
    flat_first = _unit(first.transpose(1, 2, 0, 3).reshape(-1, _FIRST)).astype(np.float32)
    flat_second = _unit(second.transpose(1, 2, 0, 3).reshape(-1, _SECOND)).astype(np.float32)
    parts = _pooled(_opponent(_synthetic()), flat_first, flat_second)
    scales = [np.full(part[0].size, 1.0 / (float(part.std()) * math.sqrt(part[0].size))) for part in parts]
    flat = np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1).astype(np.float64)
    mixed = np.concatenate(scales)[:, None] * signs(f"{ID} projection", flat.shape[1], WIDTH)
    seen = flat @ mixed
    spread = seen.std(axis=0)
    return _Weights(
        first=flat_first,
        second=flat_second,
        projection=(mixed / spread).astype(np.float32),
        offset=(-seen.mean(axis=0) / spread).astype(np.float32),
    )


def _unit(filters: Matrix) -> Matrix:
    unit: Matrix = filters / np.linalg.norm(filters, axis=0)
    return unit


def _synthetic() -> Points:
    """Return public images, (n, 32, 32, 3) float32 in [0, 1]: clouds of many sharpnesses, grey and coloured.

    Natural images have spectra of about 1/f (Field, JOSA A 1987); a steep curve over a cloud makes shapes on a plain
    ground, a gentle one makes textures.
    """
    clouds = uniforms(f"{ID} clouds", 3, _SYNTHETIC, _SIDE, _SIDE)
    slope, gain, shift, colour = uniforms(f"{ID} scenes", 4, _SYNTHETIC, 1, 1)
    wave = np.fft.fftfreq(_SIDE)
    radius = np.hypot(wave[:, None], wave[None, :])
    radius[0, 0] = 1.0 / _SIDE
    smooth = np.fft.ifft2(np.fft.fft2(clouds) / radius ** (1.5 + 0.7 * slope)).real
    smooth -= smooth.mean(axis=(2, 3), keepdims=True)
    smooth /= smooth.std(axis=(2, 3), keepdims=True)
    bright = 1.0 / (1.0 + np.exp(-(4.0**gain) * (smooth[0] + 1.7 * shift)))
    tint = np.where(colour > 0.0, 0.25 * colour, 0.0)
    image = np.stack([bright + tint * smooth[1], bright, bright + tint * smooth[2]], axis=-1)
    clipped: Points = np.clip(image, 0.0, 1.0).astype(np.float32)
    return clipped
