# SPDX-License-Identifier: Apache-2.0
"""Private gradient descent with torch: every row's gradient clipped, their sum noised (Abadi et al., CCS 2016).

Two ways to choose the rows of a step:

*all of them*
    Each step is a plain Gaussian release, so the whole is exactly mu-GDP.  This is what a node uses.
*a Poisson sample*
    Fewer gradients for the same number of steps; what it costs is computed (`lwnode.specification.composition`).

Rules
-----
* Per-row gradients by `torch.func`, clipped and summed in float64, so that rounding in a sum cannot carry one row
  further than its clipping norm.
* Noise comes from the generator that is handed in; torch's global state is neither used nor set.
* A row without a label has the gradient 0.

Called by `lwnode.training.private.network` and `lwnode.training.private.images`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lwnode.specification.composition import SampledGaussian
from lwnode.training.private.draws import Draws

if TYPE_CHECKING:
    from torch import Tensor

Weights = dict[str, NDArray[np.float32]]
Loss = Callable[[Mapping[str, "Tensor"], "Tensor", "Tensor"], "Tensor"]
"""From weights, one row and its label to a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How a descent goes.

    Parameters
    ----------
    steps : int
    rate : float
        Learning rate, on the average gradient over the clipping norm.
    clip : float
        Largest norm of one row's gradient.
    momentum : float
        0 to below 1.
    block : int
        Rows whose gradients are in memory at a time.
    """

    steps: int
    rate: float
    clip: float = 1.0
    momentum: float = 0.9
    block: int = 256


def descend(
    start: Weights,
    loss: Loss,
    X: NDArray[np.float32],
    y: NDArray[np.generic],
    counted: NDArray[np.bool_],
    schedule: Schedule,
    draws: Draws,
    mu: float,
    tick: Callable[[float], None],
) -> Weights:
    """Return weights after noisy gradient steps on all rows; costs exactly ``mu``.

    Parameters
    ----------
    start : mapping of str to float32 arrays
        Public.
    loss : callable
        Of torch tensors: weights, one row, one label; a scalar.
    X : (n, …) float32
    y : (n,) int or float32
    counted : (n,) bool
        Rows with a label.
    schedule : Schedule
    draws : Draws
    mu : float
    tick : callable
        Told the share done, at least once a block; may raise to end the work.

    Notes
    -----
    ``O(steps n weights)`` time, ``O(block weights)`` memory.
    """
    cost = mu / math.sqrt(schedule.steps)
    here = np.flatnonzero(counted)

    def gradient(values: Weights, step: int) -> NDArray[np.float64]:
        done = step / schedule.steps
        total = _total(values, loss, X, y, here, schedule, lambda part: tick(done + part / schedule.steps))
        return draws.average(total, reach=2.0 * schedule.clip, mu=cost)

    return _walk(start, schedule, gradient)


def descend_sampled(
    start: Weights,
    loss: Loss,
    X: NDArray[np.float32],
    y: NDArray[np.generic],
    counted: NDArray[np.bool_],
    schedule: Schedule,
    *,
    noise: float,
    row_rate: float,
    rows: float,
    rows_per_person: int,
    rng: np.random.Generator,
    tick: Callable[[float], None],
) -> tuple[Weights, SampledGaussian]:
    """Return weights after noisy gradient steps on Poisson samples, and what they cost.

    Parameters
    ----------
    start, loss, X, y, counted, schedule, tick
        As in `descend`.
    noise : float
        Standard deviation on the sum, over ``clip * rows_per_person``: as
        `lwnode.specification.composition.noise_for` gives it.
    row_rate : float
        Probability of each row to be in a step, independent of the others.
    rows : float
        Public number of rows; a step's sum is divided by ``row_rate * rows``.
    rows_per_person : int
    rng : numpy.random.Generator
        Of the noise *and* of the samples, which must stay secret.
    """
    deviation = noise * schedule.clip * rows_per_person
    release = SampledGaussian.of_rows(
        noise=deviation, clip=schedule.clip, row_rate=row_rate, steps=schedule.steps, rows_per_person=rows_per_person
    )

    def gradient(values: Weights, step: int) -> NDArray[np.float64]:
        chosen = np.flatnonzero((rng.random(len(X)) < row_rate) & counted)
        total = _total(values, loss, X, y, chosen, schedule, lambda part: tick((step + part) / schedule.steps))
        # one person's rows move a sum of norm clip each by their number: the noise is for 1, so a sum of reach clip
        sampled = Draws(rng, rows=row_rate * rows, rows_per_person=rows_per_person)
        return sampled.average(total, reach=schedule.clip, mu=1.0 / noise)

    return _walk(start, schedule, gradient), release


def _walk(start: Weights, schedule: Schedule, gradient: Callable[[Weights, int], NDArray[np.float64]]) -> Weights:
    """Take noisy steps with momentum; the weights that come out are the mean over the last third of them."""
    at = np.concatenate([value.reshape(-1) for value in start.values()]).astype(np.float64)
    speed, mean = np.zeros_like(at), np.zeros_like(at)
    last = max(1, schedule.steps // 3)
    for step in range(schedule.steps):
        speed = schedule.momentum * speed + gradient(_shaped(at, start), step) / schedule.clip
        at = at - schedule.rate * (1.0 - schedule.momentum) * speed
        if step >= schedule.steps - last:
            mean += at / last
    return _shaped(mean, start)


def _shaped(flat: NDArray[np.float64], like: Weights) -> Weights:
    """Return a vector as weights of the same shapes."""
    found: Weights = {}
    at = 0
    for name, value in like.items():
        found[name] = flat[at : at + value.size].reshape(value.shape).astype(np.float32)
        at += value.size
    return found


def _total(
    values: Weights,
    loss: Loss,
    X: NDArray[np.float32],
    y: NDArray[np.generic],
    chosen: NDArray[np.intp],
    schedule: Schedule,
    tick: Callable[[float], None],
) -> NDArray[np.float64]:
    """Return the sum of the clipped gradients of some rows, (weights,) float64."""
    import torch

    tensors = {name: torch.from_numpy(value) for name, value in values.items()}
    each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))
    total = np.zeros(sum(value.size for value in values.values()))
    for first in range(0, len(chosen), schedule.block):
        some = chosen[first : first + schedule.block]
        found = each(tensors, torch.from_numpy(X[some]), torch.from_numpy(y[some]))
        flat = torch.cat([found[name].reshape(len(some), -1) for name in values], dim=1).double().numpy()
        total += clipped_sum(flat, schedule.clip)
        tick((first + len(some)) / len(chosen))
    return total


def clipped_sum(gradients: NDArray[np.float64], clip: float) -> NDArray[np.float64]:
    """Return the sum of rows, each brought to a norm of at most ``clip``; a row that is not finite counts as 0."""
    finite = np.isfinite(gradients).all(axis=1, keepdims=True)
    kept = np.where(finite, gradients, 0.0)
    norms = np.linalg.norm(kept, axis=1)
    factors = np.minimum(1.0, clip / np.maximum(norms, 1e-300))
    return np.asarray(factors @ kept)
