# SPDX-License-Identifier: Apache-2.0
"""Fine-tuning: the layers of a network trained further on few labels, held near where they began.

Two ways side by side, from near to far: the last layer alone (`lwnode.training.head_tuning`), and all layers by
descent.  The penalty of the descent is the squared distance of all weights to the start's, not to zero (L2-SP: Li,
Grandvalet and Davoine, ICML 2018), so that what ten labels cannot say stays as it was learnt elsewhere.  Its strength
and the number of steps are chosen by the caller on rows that were not learnt from.

Rules
-----
* Full batches up to `BATCH` rows: a step is then an epoch.  Everything follows from the seed; torch's global state is
  neither used nor set.

Called by `lwnode.training.tuning`.  torch is imported where it trains; Adam (Kingma and Ba, ICLR 2015) is written out,
as importing torch's optimisers takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from lwnode.models.layers import Layers
from lwnode.training.head_tuning import HeadTuning
from lwnode.training.layered import Single, answers_of, forward
from lwnode.training.problem import Problem
from lwnode.training.refinement import Places, Refined, Tick
from lwnode.types import Matrix

if TYPE_CHECKING:
    from torch import Tensor

STRENGTHS: Final = (0.03, 0.003, 0.0003)  # of half the squared distance, beside a mean loss per row
STEPS: Final = (10, 40, 160)
BATCH: Final = 256  # rows
_RATE: Final = 5e-3
_KEEP, _KEEP_SQUARES, _LEAST = 0.9, 0.999, 1e-8  # of Adam


@dataclass(frozen=True, kw_only=True, eq=False)  # without slots: `cached_property` needs the dictionary
class FineTuning:
    """The layers of a start, and labels to train them further on.

    Parameters
    ----------
    layers : Layers
        Checked.
    F, probe : (n, inside) and (p, inside) float32
        What the first layer takes for the labelled rows and for the probe's.
    problem : Problem
    seed : int
        Of the order of the rows, where these are more than a batch.
    """

    layers: Layers
    F: Single
    probe: Single
    problem: Problem
    seed: int

    @cached_property
    def head(self) -> HeadTuning:
        """The last layer alone."""
        return HeadTuning(layers=self.layers, F=self.F, probe=self.probe, problem=self.problem)

    def family(self, setting: int) -> str:
        """Return what the result is called."""
        return self.head.family(setting)

    @property
    def count(self) -> int:
        """Number of settings: the head's, then strengths times steps."""
        return self.head.count + len(STRENGTHS) * len(STEPS)

    def described(self, setting: int) -> str:
        """Return what a setting is, in words."""
        if setting < self.head.count:
            return self.head.described(setting)
        strength, steps = divmod(setting - self.head.count, len(STEPS))
        return f"all layers, {STEPS[steps]} steps, held by {STRENGTHS[strength]:g}"

    def answers(self, learn: Places, held: Places, tick: Tick) -> NDArray[np.float64]:
        """Return what each setting, trained on ``learn``, gives for ``held``: (settings, k, C or 1)."""
        found: list[Matrix] = []
        for number, strength in enumerate(STRENGTHS):
            passed = self._path(strength, STEPS, learn, _part(tick, number, len(STRENGTHS)))
            found += [answers_of(self.layers, self.F[held], arrays) for arrays in passed]
        return np.concatenate([self.head.answers(learn, held, lambda share: None), np.stack(found)])

    def refine(self, setting: int, tick: Tick) -> Refined:
        """Return the layers trained with one setting on all rows."""
        if setting < self.head.count:
            return self.head.refine(setting, tick)
        strength, steps = divmod(setting - self.head.count, len(STEPS))
        better = self.trained(strength=STRENGTHS[strength], steps=STEPS[steps], tick=tick)
        return Refined(model=better.to_onnx(), probed=answers_of(better, self.probe))

    def trained(self, *, strength: float, steps: int, tick: Tick = lambda share: None) -> Layers:
        """Return all layers trained by descent on all rows."""
        (arrays,) = self._path(strength, (steps,), np.arange(len(self.F)), tick)
        return self.layers.holding(arrays)

    def _path(self, strength: float, marks: Sequence[int], rows: Places, tick: Tick) -> list[tuple[Single, ...]]:
        """Return the weights at each of some numbers of steps."""
        import torch

        generator = torch.Generator().manual_seed(self.seed)
        start = [torch.from_numpy(array.copy()) for array in self.layers.arrays]
        weights = [array.clone().requires_grad_(True) for array in start]
        means, squares = ([torch.zeros_like(array) for array in start] for _ in range(2))
        data, wanted = torch.from_numpy(self.F[rows]), torch.from_numpy(self._wanted(rows))
        size = min(BATCH, len(rows))
        order = torch.empty(0, dtype=torch.long)
        found: list[tuple[Single, ...]] = []
        for step in range(1, max(marks) + 1):
            tick((step - 1) / max(marks))
            if len(order) < size:
                order = torch.cat([order, torch.randperm(len(rows), generator=generator)])
            batch, order = order[:size], order[size:]
            loss = _loss(forward(self.layers.steps, weights, data[batch]), wanted[batch])
            slopes = torch.autograd.grad(loss, weights)
            with torch.no_grad():
                for weight, before, slope, mean, square in zip(weights, start, slopes, means, squares, strict=True):
                    whole = slope + strength * (weight - before)
                    mean.mul_(_KEEP).add_(whole, alpha=1.0 - _KEEP)
                    square.mul_(_KEEP_SQUARES).addcmul_(whole, whole, value=1.0 - _KEEP_SQUARES)
                    size_of = (square / (1.0 - _KEEP_SQUARES**step)).sqrt_().add_(_LEAST)
                    weight.addcdiv_(mean, size_of, value=-_RATE / (1.0 - _KEEP**step))
            if step in marks:
                found.append(tuple(weight.detach().numpy().copy() for weight in weights))
        return found

    def _wanted(self, rows: Places) -> NDArray[np.generic]:
        """Return what the last layer is to give."""
        if self.problem.task == "classification":
            return self.problem.y[rows].astype(np.int64)
        values = (self.problem.y[rows] - self.layers.shift) / self.layers.scale
        return values.astype(np.float32)[:, None]


def _loss(given: Tensor, wanted: Tensor) -> Tensor:
    from torch.nn import functional

    if wanted.dtype.is_floating_point:
        return functional.mse_loss(given, wanted)
    return functional.cross_entropy(given, wanted)


def _part(tick: Tick, number: int, count: int) -> Tick:
    return lambda share: tick((number + share) / count)
