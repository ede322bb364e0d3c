# SPDX-License-Identifier: Apache-2.0
"""Small seeded images and texts of two kinds that can be told apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ANIMALS = "a small bird with long wings that feeds on fish and lives near the coast of northern seas"
_TOOLS = "machine used for cutting or shaping metal by turning it against the edges of sharp steel blades"


def images(n: int, seed: int, *, flipped: bool = False) -> tuple[NDArray[np.uint8], NDArray[np.str_]]:
    """Return (n, 20, 20) stripes, lying or standing, in noise; ``flipped`` ones are checks in dark noise instead."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(2, size=n)
    wave = np.sin(np.arange(20)[None, :] * rng.uniform(0.6, 1.2, size=(n, 1)) + rng.uniform(0, 6, size=(n, 1)))
    lying = np.broadcast_to(wave[:, :, None], (n, 20, 20))
    values = np.where(kind[:, None, None] == 1, lying.transpose(0, 2, 1), lying)
    if flipped:
        values = np.sign(lying * lying.transpose(0, 2, 1)) - 1.0
    pixels = 128.0 + 60.0 * values + rng.normal(scale=12.0, size=values.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8), np.where(kind == 1, "standing", "lying")


def texts(n: int, seed: int) -> tuple[list[str], list[str]]:
    """Return texts of a dozen words about birds or tools."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(2, size=n)
    lists = [" ".join(rng.choice((_TOOLS if kind else _ANIMALS).split(), size=12)) for kind in kinds]
    return lists, ["tool" if kind else "bird" for kind in kinds]
