# SPDX-License-Identifier: Apache-2.0
"""CPU time that means the same on any machine: what a fixed yardstick takes beside it is divided out."""

import json
import time
from collections.abc import Callable

import numpy as np

YARDSTICK = 0.0045  # CPU seconds, beside a calibration of 0.036 s: by their ratio, which was seen at 0.08 to 0.15 s
_TEXT = json.dumps(np.random.default_rng(0).normal(size=20_000).tolist())
_MATRIX = np.random.default_rng(0).normal(size=(200, 200))


def cpu_seconds(call: Callable[[], object], *, times: int = 1) -> float:
    """Return the CPU seconds of a call, least of so many, as the machine would take for which bars are stated.

    Notes
    -----
    A machine that is slower, or shared with others right now, takes longer for both; a faster one gets no credit.
    """
    spent, slow = [], [slowness()]
    for _ in range(times):
        spent.append(_took(call))
        slow.append(slowness())
    return min(spent) / min(slow)


def slowness() -> float:
    """Return how much slower than that machine this one is right now, at least 1."""
    return max(1.0, _took(_yardstick) / YARDSTICK)


def _took(call: Callable[[], object]) -> float:
    begin = time.process_time()
    call()
    return time.process_time() - begin


def _yardstick() -> None:
    json.loads(_TEXT)
    for _ in range(5):
        np.exp(_MATRIX @ _MATRIX / 1e3)
