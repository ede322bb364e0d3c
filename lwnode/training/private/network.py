# SPDX-License-Identifier: Apache-2.0
"""The private network for tables: one hidden layer on the public frame, trained by noisy full-batch steps.

Clipping makes a descent's probabilities over-confident.  So its last layer is thrown away, and the private logistic or
ridge regression of this room is fitted to what the hidden layer gives, with a part of the budget.

Rules
-----
* Small and smooth: noise grows with the number of weights, and tanh keeps gradients bounded where ReLU does not
  (Papernot et al., AAAI 2021).
* Start, sizes and schedule follow from public things: coordinates, outputs, rows, mu.
* At most `ROW_LIMIT` rows learn, the first of the learning part by position: a step looks at all of them.

Called by `lwnode.training.private.train`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from lwnode.training.private.descent import Schedule, Weights, descend
from lwnode.training.private.draws import Draws
from lwnode.training.private.graph import TANH, Layer
from lwnode.training.private.logistic import fit_logistic
from lwnode.training.private.problem import Rows
from lwnode.training.private.ridge import fit_ridge
from lwnode.training.private.target import Target
from lwnode.types import Matrix, Vector

if TYPE_CHECKING:
    from torch import Tensor

ROW_LIMIT: Final = 50_000
HIDDEN: Final = 24
_MOST_STEPS, _FEWEST_STEPS = 200, 20
_RATE = 8.0
BODY, HEAD = 0.6, 0.4  # of mu²


def schedule_for(rows: float, mu: float, rows_per_person: int) -> Schedule:
    """Return the steps and the rate for so many rows and so much budget; more of both allow more steps."""
    worth = mu * rows / rows_per_person  # one over the noise of one step that costs everything
    steps = int(min(max(worth / 20.0, _FEWEST_STEPS), _MOST_STEPS))
    return Schedule(steps=steps, rate=_RATE)


def fit_network(rows: Rows, draws: Draws, mu: float, persons: int, tick: Callable[[float], None]) -> tuple[Layer, ...]:
    """Return the layers of a private network on the frame.

    Parameters
    ----------
    rows : Rows
        At most `ROW_LIMIT`.
    draws : Draws
    mu : float
        What it may cost.
    persons : int
        Rows per person.
    tick : callable
        Told the share done; may raise to end the work.

    Notes
    -----
    About 10 seconds of one core for 10,000 rows of 20 columns at ε = 1.
    """
    target = rows.target
    start = first_weights(rows.F.shape[1], target.outputs)
    schedule = schedule_for(draws.rows, mu, persons)
    labels = rows.labels if target.classes else np.nan_to_num(rows.labels).astype(np.float32)
    found = descend(
        start,
        loss_of(target),
        rows.F.astype(np.float32),
        labels,
        rows.counted,
        schedule,
        draws,
        mu * math.sqrt(BODY),
        lambda share: tick(0.95 * share),
    )
    body = Layer(weight=found["w0"].astype(np.float64), bias=found["b0"].astype(np.float64), bend=TANH)
    features = np.tanh(rows.F @ body.weight + body.bias)
    weight, bias = fit_head(features, rows, draws, mu * math.sqrt(HEAD))
    return body, Layer(weight=weight, bias=bias)


def fit_head(features: Matrix, rows: Rows, draws: Draws, mu: float) -> tuple[Matrix, Vector]:
    """Return the last layer for what the layers before it give, (n, k) in [-1, 1]."""
    fit = fit_logistic if rows.target.classes else fit_ridge
    everything = np.ones(features.shape[1], dtype=bool)
    return fit(dataclasses.replace(rows, F=features), everything, draws, mu, lambda share: None)


def first_weights(width: int, outputs: int) -> Weights:
    """Return the public weights that every training starts from."""
    rng = np.random.default_rng([width, outputs, 3])
    return {
        "w0": (rng.normal(size=(width, HIDDEN)) * (1.0 / math.sqrt(width))).astype(np.float32),
        "b0": (rng.normal(size=HIDDEN) * 0.5).astype(np.float32),
        "w1": np.zeros((HIDDEN, outputs), dtype=np.float32),
        "b1": np.zeros(outputs, dtype=np.float32),
    }


def loss_of(target: Target) -> Callable[[Mapping[str, Tensor], Tensor, Tensor], Tensor]:
    """Return the loss of one row: log loss, or half the squared error of the scaled value."""

    def loss(weights: Mapping[str, Tensor], row: Tensor, label: Tensor) -> Tensor:
        import torch

        hidden = torch.tanh(row @ weights["w0"] + weights["b0"])
        return loss_at(hidden @ weights["w1"] + weights["b1"], label, target)

    return loss


def loss_at(answer: Tensor, label: Tensor, target: Target) -> Tensor:
    """Return the loss of one answer of the last layer."""
    import torch

    if target.classes:
        # a gather by comparison: indexing by a tensor does not go through vmap everywhere
        own = (torch.arange(len(target.classes)) == label).to(answer.dtype)
        return torch.logsumexp(answer, dim=0) - (answer * own).sum()
    return 0.5 * (answer[0] - label) ** 2
