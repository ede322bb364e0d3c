# SPDX-License-Identifier: Apache-2.0
"""The last layer of a start, trained further on few labels; of a logistic or ridge regression that is all there is.

The layer's weights become ``slope * start + change``, the change shrunk toward 0 and the slope toward 1 (L2-SP: Li,
Grandvalet and Davoine, ICML 2018, with a slope).  A start that tells these rows nothing can so be let go of, and the
layer is then a plain ridge on what the layers before give.

Rules
-----
* A convex problem, solved to its end: nothing depends on a seed, a batch or a number of steps.
* Coordinates are standardised first, so that the penalty means the same for each; the written layer takes them as
  before.

Called by `lwnode.training.tuning`, and by `lwnode.training.fine_tuning` beside training all layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lwnode.models.layers import Layers
from lwnode.training.layered import Single, answers_of, before_last
from lwnode.training.log_odds import fit_log_odds
from lwnode.training.problem import Problem
from lwnode.training.refinement import Places, Refined, Tick
from lwnode.training.ridge_line import fit_line
from lwnode.types import Matrix

PENALTIES: Final = (100.0, 30.0, 10.0, 3.0, 1.0, 0.3)  # over the number of rows
_FLATTEST: Final = 1e-3  # least deviation of a coordinate, relative to the largest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeadTuning:
    """The last layer of a start, and labels.

    Parameters
    ----------
    layers : Layers
        Checked.
    F, probe : (n, inside) and (p, inside) float32
        What the first layer takes for the labelled rows and for the probe's.
    problem : Problem
    """

    layers: Layers
    F: Single
    probe: Single
    problem: Problem

    def family(self, setting: int) -> str:
        """Return what the result is called."""
        return f"{self.layers.family}, fine-tuned"

    @property
    def count(self) -> int:
        """Number of settings."""
        return len(PENALTIES)

    def described(self, setting: int) -> str:
        """Return what a setting is, in words."""
        return f"last layer, held by {PENALTIES[setting]:g} over the number of rows"

    def answers(self, learn: Places, held: Places, tick: Tick) -> NDArray[np.float64]:
        """Return what each setting, fitted on ``learn``, gives for ``held``: (settings, k, C or 1)."""
        found = []
        for setting in range(self.count):
            tick(setting / self.count)
            found.append(answers_of(self.layers, self.F[held], self._fit(setting, learn)))
        return np.stack(found)

    def refine(self, setting: int, tick: Tick) -> Refined:
        """Return the start with its last layer fitted with one setting on all rows."""
        tick(0.0)
        better = self.layers.holding(self._fit(setting, np.arange(len(self.F))))
        return Refined(model=better.to_onnx(), probed=answers_of(better, self.probe))

    def _fit(self, setting: int, rows: Places) -> list[Single]:
        """Return all arrays, the last layer's new."""
        *others, weight, bias = self.layers.arrays
        H = before_last(self.layers, self.F[rows]).astype(np.float64)
        penalty = PENALTIES[setting] / len(rows)
        scale = H.std(axis=0)
        scale = np.where(scale > _FLATTEST * scale.max(initial=0.0), scale, np.inf)  # what is constant stays as it was
        middle = H.mean(axis=0)
        known = H @ weight + bias
        slope, change, moved = self._solved((H - middle) / scale, known, rows, penalty)
        change = change / scale[:, None]
        tuned = slope * weight + change
        shifted = slope * bias + moved - middle @ change
        return [*others, tuned.astype(np.float32), shifted.astype(np.float32)]

    def _solved(
        self, seen: Matrix, known: Matrix, rows: Places, penalty: float
    ) -> tuple[float, Matrix, NDArray[np.float64]]:
        """Return the slope, the change (k, outputs) and what is always added (outputs,)."""
        y = self.problem.y[rows]
        if self.problem.task == "classification":
            return fit_log_odds(seen, np.eye(known.shape[1])[y], penalty, known)
        wanted = (y - self.layers.shift) / self.layers.scale
        line = fit_line(seen, known[:, 0], wanted, penalty)
        return line.slope, line.weight[:, None], np.array([line.constant])
