# SPDX-License-Identifier: Apache-2.0
"""The reference engine's own specifications of standardised rows, made in its environment."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import reference
from lwnode.types import Matrix, Vector

GAMMA, SIZE = 0.1, 100  # its defaults


def specifications(python: str, tables: Sequence[Matrix]) -> list[tuple[Matrix, Vector]]:
    """Return (points, weights) for each table.

    Parameters
    ----------
    python : str
    tables : sequence of (n, d) float32
    """
    with tempfile.TemporaryDirectory(prefix="lwnode-privacy-") as folder:
        files = [str(Path(folder) / f"{k}.npy") for k in range(len(tables))]
        for file, rows in zip(files, tables, strict=True):
            np.save(file, rows)
        reference.run(python, "table_specification", files=files, gammas=[GAMMA] * len(files), size=SIZE)
        made = []
        for file in files:
            with np.load(f"{file}.{GAMMA:g}.z.npz") as stored:
                made.append((stored["z"], stored["beta"]))
        return made
