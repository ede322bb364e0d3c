# SPDX-License-Identifier: Apache-2.0
"""Tables for the specification's tests: the sample's hospitals, and small made-up ones."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path

import numpy as np

import lwnode
from lwnode.documents import Column, Privacy, Profile, SpecificationCard
from lwnode.specification import mu_for, raw_matrix
from lwnode.types import Matrix

SAMPLE = Path(lwnode.__file__).parent / "cli" / "sample"
HOSPITALS = ("hospital_a_general", "hospital_b_maternity_young", "hospital_c_geriatric")


@cache
def sample_profile() -> Profile:
    """The profile of the sample: ten numbers with bounds that a clinician would type."""
    plain = json.loads((SAMPLE / "profile.json").read_bytes())
    columns = tuple(
        Column(
            name=c["name"], type=c["type"], role=c["role"], unit=c["unit"] or "", low=c["low"], high=c["high"],
            levels=tuple(c["categories"] or ()),
        )
        for c in plain["columns"]
    )  # fmt: skip
    return Profile(name=plain["name"], columns=columns, gamma=1 / sum(c.role == "feature" for c in columns))


@cache
def sample_rows(name: str) -> Matrix:
    """The raw rows of one file of the sample; shared, so not to be written to."""
    with (SAMPLE / f"{name}.csv").open(newline="", encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    columns = {c.name: np.array([float(row[c.name] or "nan") for row in rows]) for c in sample_profile().features}
    raw = raw_matrix(sample_profile(), columns)
    raw.setflags(write=False)
    return raw


def numbers(width: int = 4, **changes: object) -> Profile:
    """A profile in which raw values are frame values."""
    columns = tuple(Column(name=f"c{j}", type="number", low=-2.0, high=2.0) for j in range(width))
    return Profile(**{"name": "numbers", "columns": columns, "gamma": 1 / width, **changes})  # type: ignore[arg-type]


def mixed() -> Profile:
    """Two numbers and two categories: 2 + 2 + 3 coordinates."""
    return Profile.from_bounds({"age": (0.0, 100.0), "sex": ["f", "m"], "load": (-5.0, 5.0), "ward": ["a", "b", "c"]})


def clusters(rows: int, width: int = 4, *, seed: int = 0) -> Matrix:
    """Three clusters with correlated columns, inside the bounds of `numbers`."""
    own = np.random.default_rng([seed, width])
    centres, turn = own.uniform(-1.3, 1.3, (3, width)), own.normal(size=(2, width)) / 2
    rng = np.random.default_rng([seed, rows, 1])
    latent = rng.normal(size=(rows, 2)) @ turn
    return centres[rng.integers(3, size=rows)] + 0.6 * latent + 0.2 * rng.normal(size=(rows, width))


def private_card(profile: Profile, /, **changes: object) -> SpecificationCard:
    """A sound card of a private specification."""
    privacy = Privacy(mode="private", epsilon=1.0, delta=1e-5, mu=mu_for(1.0, 1e-5))
    values: dict[str, object] = {
        "profile": profile.id, "rows": 3000, "privacy": privacy, "frequencies": 512, "residual2": 0.001,
        "residual_noise": 0.01, "tail": 1e-4, "level": 0.1,
    }  # fmt: skip
    return SpecificationCard(**{**values, **changes})  # type: ignore[arg-type]
