# SPDX-License-Identifier: Apache-2.0
"""Features derived from public data, computed once and kept in ``build/experiments/cache``.

A name carries its version: whoever changes how a feature is made changes its name, so that nothing stale is read.
Models and specifications are never kept: each run trains and sketches anew.

Called by the data of the experiments.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BUILD = Path(__file__).resolve().parents[2] / "build" / "experiments"


def cached(name: str, make: Callable[[], dict[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    """Return arrays by name, from the cache or made now.

    Parameters
    ----------
    name : str
        With its version, such as ``baskets-1``.
    make : callable

    Notes
    -----
    Large arrays are mapped into memory, not read.
    """
    folder = BUILD / "cache" / name
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for key, array in make().items():
            np.save(folder / f"{key}.npy", array)
        (folder / "complete").touch()
    return {file.stem: np.load(file, mmap_mode="r") for file in sorted(folder.glob("*.npy"))}
