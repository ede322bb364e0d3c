# SPDX-License-Identifier: Apache-2.0
"""The data sets: five that everybody has, five made ones, three hospitals; and public bounds for each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

import lwnode
from lwnode.cli.demo.story import HOSPITALS, SAMPLE, TARGET
from lwnode.documents import Column, Profile
from lwnode.specification import raw_matrix, to_frame
from lwnode.types import Matrix

_EDGE = 2.0  # standard deviations at the public bounds: the frame is the standardised table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Data:
    """Raw rows and the profile in whose frame they are looked at."""

    name: str
    raw: Matrix
    profile: Profile

    @property
    def standardised(self) -> Matrix:
        """The rows as the reference engine is given them: in the frame, float32."""
        return to_frame(self.profile, self.raw).astype(np.float32)


@cache
def tables() -> tuple[Data, ...]:
    """Return all data sets."""
    from sklearn import datasets

    rng = np.random.default_rng(5)
    made = {
        name: getattr(datasets, f"load_{name}")().data
        for name in ("breast_cancer", "wine", "diabetes", "digits", "iris")
    }
    made["heavy tails"] = np.sign(rng.normal(size=(1000, 6))) * rng.pareto(1.5, size=(1000, 6))
    made["lognormal"] = rng.lognormal(0.0, 1.5, size=(1000, 10))
    made["fifty rows"] = rng.normal(size=(50, 5))
    made["clusters"] = _clusters(2000, 8, rng)
    made["uniform"] = rng.uniform(size=(500, 3))
    sets = [Data(name=name, raw=np.asarray(raw, dtype=np.float64), profile=bounds(raw)) for name, raw in made.items()]
    profile = lwnode.read_profile(SAMPLE / "profile.json")
    names = tuple(column.name for column in profile.features)
    for hospital in HOSPITALS:
        table = lwnode.read_table(SAMPLE / hospital.file, target=TARGET)
        sets.append(Data(name=hospital.key, raw=raw_matrix(profile, table.features(names)), profile=profile))
    return tuple(sets)


def bounds(raw: Matrix) -> Profile:
    """Return a profile with bounds two standard deviations from the mean, as somebody would know them beforehand."""
    mean, spread = raw.mean(axis=0), raw.std(axis=0) + 1e-9
    columns = tuple(
        Column(name=f"c{j}", type="number", low=float(m - _EDGE * s), high=float(m + _EDGE * s))
        for j, (m, s) in enumerate(zip(mean, spread, strict=True))
    )
    return Profile(name="benchmark", columns=columns, gamma=1.0 / len(columns))


def _clusters(rows: int, width: int, rng: np.random.Generator) -> Matrix:
    centres, turn = rng.normal(size=(5, width)), rng.normal(size=(width, width)) / width**0.5
    return np.asarray(centres[rng.integers(5, size=rows)] + 0.6 * rng.normal(size=(rows, width)) @ turn)
