# SPDX-License-Identifier: Apache-2.0
"""Array aliases and small closed sets that every layer shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float64]  # (rows, columns)
Vector: TypeAlias = NDArray[np.float64]  # (rows,)
Mask: TypeAlias = NDArray[np.bool_]  # (rows,)
Points: TypeAlias = NDArray[np.float32]  # (m, d) in the units of the original columns

Task: TypeAlias = Literal["classification", "regression", "feature extraction"]
Verdict: TypeAlias = Literal["fits", "partly", "nothing fits", "too little data"]
Dependence: TypeAlias = Literal["seen", "not seen", "not testable"]
PrivacyMode: TypeAlias = Literal["private", "no-noise", "public"]
"""What a specification can be asked to be; a document may also say ``imported``, which nobody can ask for."""

Progress: TypeAlias = Callable[[float | None, str], None]
"""Told the share done (0 to 1, or None where it is unknown) and what is being done.  It may raise
`lwnode.errors.CancelledError` to end the work."""


def silent(share: float | None, doing: str) -> None:
    """Ignore progress: the default where a caller gives none."""


def part(progress: Progress, low: float, high: float) -> Progress:
    """Return a progress callable for one stage of the whole, from share ``low`` to ``high``."""
    return lambda share, doing: progress(None if share is None else low + share * (high - low), doing)
