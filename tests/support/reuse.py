# SPDX-License-Identifier: Apache-2.0
"""Evidence for the reuse tests, and the mix written out plainly."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.reuse import Evidence


def evidence(predictions: Any, **changes: Any) -> Evidence:
    """Evidence with densities and distances that tell nothing, where not given; (N, n) predictions are values."""
    P = np.asarray(predictions, dtype=np.float64)
    P = P[:, :, None] if P.ndim == 2 else P
    fields: dict[str, Any] = {
        "kind": "values",
        "predictions": P,
        "densities": np.ones(P.shape[:2]),
        "distances": np.zeros(len(P)),
        "covered": np.ones(P.shape[:2], dtype=bool),
    }
    return Evidence(**(fields | changes))


def plain_median(values: list[float], weights: list[float]) -> float:
    """Weighted median; the middle of both where half of the weight lies on each side."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    half, passed = sum(weights) / 2, 0.0
    for place, i in enumerate(order):
        passed += weights[i]
        if math.isclose(passed, half, rel_tol=1e-8):
            following = next(j for j in order[place + 1 :] if weights[j] > 0)
            return (values[i] + values[following]) / 2
        if passed > half:
            return values[i]
    raise AssertionError("no weight")


def plain_mix(P: NDArray[np.float64], f: NDArray[np.float64], D: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mix of values (N, n) row by row, every density above the threshold."""
    prior = [math.exp(-30 * (float(d) - float(D.min()))) for d in D]
    answers = []
    for row in range(P.shape[1]):
        q = [w * float(density) for w, density in zip(prior, f[:, row], strict=True)]
        values = [float(v) for v in P[:, row]]
        middle = plain_median(values, q)
        spread = 1.4826 * plain_median([abs(v - middle) for v in values], q)
        kept = [(v, w) for v, w in zip(values, q, strict=True) if abs(v - middle) <= 4 * spread + 1e-9 * abs(middle)]
        answers.append(sum(v * w for v, w in kept) / sum(w for _, w in kept))
    return np.array(answers)
