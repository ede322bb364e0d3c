# SPDX-License-Identifier: Apache-2.0
"""Public numbers that are the same for ever: expanded from a label by a hash, not by a library's generator.

NumPy may change the stream of a generator between versions; an encoder's weights must not change with it.

Called by the encoders.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np

from lwnode.types import Matrix, Vector


def uniforms(label: str, *shape: int) -> Vector:
    """Return public numbers in (-1, 1), float64 of the shape: SHAKE-256 of the label, four bytes for each."""
    count = math.prod(shape)
    words = np.frombuffer(hashlib.shake_256(label.encode()).digest(4 * count), dtype="<u4")
    return ((words.astype(np.float64) + 0.5) / 2.0**31 - 1.0).reshape(shape)


def signs(label: str, *shape: int) -> Matrix:
    """Return public signs, float64 of the shape, each +1 or -1."""
    return np.where(uniforms(label, *shape) > 0.0, 1.0, -1.0)
