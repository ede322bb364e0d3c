# SPDX-License-Identifier: Apache-2.0
"""Rows for the tests of `lwnode.training.private`, and draws that give away what was summed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Column, Profile
from lwnode.training.private.draws import Draws

PROFILE = Profile(
    name="visits",
    gamma=1 / 3,
    columns=(
        Column(name="age", type="number", low=0, high=120),
        Column(name="ward", type="category", levels=("cardiology", "geriatrics", "surgery")),
        Column(name="dose", type="number", low=0, high=30),
        Column(name="outcome", type="category", role="target", levels=("no", "yes")),
    ),
)


class Recorder(Draws):
    """Draws that keep every sum with what was claimed of it, and answer as an earlier recorder did.

    With the same answers a fit on other rows goes the same way, so its sums are comparable one by one: that is what
    adaptive composition is about.
    """

    def __init__(
        self, *, rows: float, rows_per_person: int = 1, earlier: Recorder | None = None, seed: int = 0
    ) -> None:
        super().__init__(np.random.default_rng(seed), rows=rows, rows_per_person=rows_per_person)
        self.sums: list[NDArray[np.float64]] = []
        self.reaches: list[float] = []
        self.answers: list[NDArray[np.float64]] = []
        self._earlier = earlier

    def average(self, total: NDArray[np.float64], *, reach: float, mu: float) -> NDArray[np.float64]:
        """Keep the sum; answer with noise, or as before."""
        self.sums.append(np.array(total, dtype=np.float64))
        self.reaches.append(reach)
        answer = super().average(total, reach=reach, mu=mu)
        if self._earlier is not None:
            answer = self._earlier.answers[len(self.answers)]
        self.answers.append(answer)
        return answer.copy()

    def moved(self, other: Recorder) -> list[float]:
        """Return how far each sum lies from another's, over what was claimed for one row."""
        assert len(self.sums) == len(other.sums)
        assert self.reaches == other.reaches
        pairs = zip(self.sums, other.sums, self.reaches, strict=True)
        return [float(np.linalg.norm(a - b)) / reach for a, b, reach in pairs]


def island(rows: int, width: int = 6, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return rows in the frame and two classes that depend on them linearly."""
    rng = np.random.default_rng(seed)
    mix = rng.normal(size=(width, width)) / np.sqrt(width)
    F = np.clip(rng.normal(size=(rows, width)) @ mix + 0.3, -4, 4)
    z = F @ np.linspace(-1.5, 1.5, width)
    return F, (rng.random(rows) < 1 / (1 + np.exp(-2 * (z - z.mean())))).astype(np.intp)
