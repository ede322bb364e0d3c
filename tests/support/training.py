# SPDX-License-Identifier: Apache-2.0
"""Seeded tables for the tests of `lwnode.training`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lwnode.models import Worker
from lwnode.training import Table, as_table

WARDS = np.array(["cardiology", "geriatrics", "surgery"])


def columns(rows: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Columns of two numbers and a category, and an outcome that depends on all of them; some values are missing."""
    rng = np.random.default_rng(seed)
    age = rng.normal(60, 15, rows).round(1)
    dose = rng.gamma(2.0, 3.0, rows).round(2)
    place = rng.integers(0, 3, rows)
    z = (age - 60) / 15 + 0.8 * (place == 1) - 0.2 * dose + 0.6
    outcome = np.where(rng.random(rows) < 1 / (1 + np.exp(-2 * z)), "yes", "no").astype(object)
    cost = 100 + 20 * z + rng.normal(0, 5, rows)
    ward = WARDS[place].astype(object)
    age[rng.random(rows) < 0.05] = np.nan
    ward[rng.random(rows) < 0.05] = None
    return {"age": age, "dose": dose, "ward": ward, "outcome": outcome, "cost": cost.round(2)}


def table(rows: int = 400, seed: int = 0, *, target: str = "outcome") -> Table:
    """The columns as a table that predicts the outcome or the cost from the other three."""
    other = {"outcome": "cost", "cost": "outcome"}[target]
    return as_table(columns(rows, seed), target=target, roles={other: "ignored"}, name="visits")


def csv_file(folder: Path, text: str | bytes, name: str = "data.csv") -> Path:
    """Write a file as it is given."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def answers(model: bytes, X: np.ndarray) -> np.ndarray:
    """What a model file answers, as it runs elsewhere."""
    with Worker(model) as worker:
        (found,) = worker.predict(X).values()
    return found
