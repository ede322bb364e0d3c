# SPDX-License-Identifier: Apache-2.0
"""A set of images with their labels, and the table that its encoder makes of it.

Rules
-----
* Pixels are bytes, of one size for the whole set, and are never changed.
* Errors and the representation tell counts and shapes, never a pixel or a label.

Called by scripts, the command line and whatever takes a data set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lwnode.errors import DataError
from lwnode.training.columns import Parsed
from lwnode.training.encoded import digests, encoded_table, labels_of
from lwnode.training.table import Table
from lwnode.types import Progress, silent

_SHAPES = "give uint8 pixels of (n, height, width) or (n, height, width, channels) with 1 to 4 channels"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Images:
    """A set of images; make it with `from_arrays`.

    Parameters
    ----------
    name : str
        What a person calls it.
    pixels : (n, h, w) or (n, h, w, c) uint8, read-only
        Grey, grey with alpha, RGB or RGBA.
    labels : Parsed or None
        What is to be predicted, one for each image.
    target : str
        Name of the labels.
    """

    name: str
    pixels: NDArray[np.uint8]
    labels: Parsed | None = None
    target: str = "target"

    def __repr__(self) -> str:
        size = " × ".join(map(str, self.pixels.shape[1:]))
        labelled = f", labels '{self.target}'" if self.labels is not None else ""
        return f"<Images '{self.name}': {len(self)} of {size}{labelled}>"

    def __len__(self) -> int:
        return len(self.pixels)

    @classmethod
    def from_arrays(
        cls,
        X: NDArray[Any] | Sequence[NDArray[Any]],
        y: ArrayLike | None = None,
        *,
        name: str = "images",
        target: str = "target",
    ) -> Images:
        """Make a set of images of an array.

        Parameters
        ----------
        X : (n, h, w) or (n, h, w, c) uint8
        y : (n,), optional
            Labels or values to predict.
        name : str
        target : str
            What the labels are called.

        Raises
        ------
        DataError
            Another type or shape, no image, images of several sizes, or not one label for each.
        """
        try:
            pixels = np.array(X)
        except ValueError as error:
            raise DataError("the images have several sizes", hint="bring them to one size first") from error
        if pixels.dtype != np.uint8:
            scaled = (
                "; bring 0 to 1 to bytes with (255 * X).round().astype('uint8')" if pixels.dtype.kind == "f" else ""
            )
            raise DataError(f"pixels are bytes, and these are {pixels.dtype}", hint=_SHAPES + scaled)
        if pixels.ndim not in (3, 4) or (pixels.ndim == 4 and not 1 <= pixels.shape[3] <= 4):
            raise DataError(f"an array of shape {pixels.shape} is not a set of images", hint=_SHAPES)
        if 0 in pixels.shape:
            raise DataError("there are no images, or images without a pixel", hint=_SHAPES)
        pixels = pixels[..., 0] if pixels.ndim == 4 and pixels.shape[3] == 1 else pixels  # grey either way
        pixels.flags.writeable = False
        return cls(name=name, pixels=pixels, labels=labels_of(y, len(pixels), "images"), target=target)

    def table(self, encoder: str = "lwnode.images/1", *, progress: Progress = silent) -> Table:
        """Return the images as the rows of an encoder, with the labels as target.

        Parameters
        ----------
        encoder : str
            ``lwnode.images/1``, or ``lwnode.pixels/1/<height>x<width>x<channels>`` for a model that takes pixels.
        progress : callable

        Raises
        ------
        DataError
            The encoder is not for images.
        SettingsError
            There is no such encoder.

        Notes
        -----
        About 0.4 ms of CPU an image of 28 × 28.
        """
        from lwnode.specification.encoders import encode, kind_of  # loads the specification's room

        if kind_of(encoder) != "images":
            raise DataError(f"encoder '{encoder}' is not for images", hint="leave it out to take lwnode.images/1")
        rows = encode(encoder, self.pixels, progress=progress)
        form = repr(self.pixels.shape[1:]).encode()
        items = digests(form + image.tobytes() for image in self.pixels)
        return encoded_table(rows, encoder, items, self.labels, name=self.name, target=self.target)
