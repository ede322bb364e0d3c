# SPDX-License-Identifier: Apache-2.0
"""The ten nearest of 20,000 learnwares against brute force, and whether the certificate tells the truth.

Right means: the same ids in the same order, the same distances to 1e-9, and a certificate whose *last* is the tenth
distance and whose *next* is no larger than the eleventh.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.harness import Row, at_least
from benchmarks.search.markets import Floats, Market
from lwnode.market.index import Nearest, SpecificationIndex
from lwnode.market.index.exact import Query, squared_norms

SIZE, QUICK_SIZE, TOP = 20_000, 4_000, 10
USERS, QUICK_USERS = 30, 5
WIDTHS = (20, 100)
_TOGETHER = 200  # specifications compared at a time
_SAME = 1e-9


def measure(*, quick: bool, peer: str | None = None) -> list[Row]:
    """Return the rows of this part."""
    return [row for width in WIDTHS for row in _width(width, quick)]


def _width(width: int, quick: bool) -> list[Row]:
    size, count = (QUICK_SIZE, QUICK_USERS) if quick else (SIZE, USERS)
    market = Market(width=width, families=280)
    users, shares = market.users(count)
    made = list(market.specifications(size))
    points, weights = np.concatenate([Z for Z, _ in made]), np.concatenate([b for _, b in made])
    parts = weights.astype(np.float64) / weights.sum(axis=1, dtype=np.float64, keepdims=True)  # as an index reads them
    right, seconds, compared = 0, [], []
    with (
        tempfile.TemporaryDirectory(prefix="lwnode-bench-") as folder,
        SpecificationIndex.open(Path(folder) / "index", market.profile) as index,
    ):
        index.extend((f"{i:06d}", Z, b) for i, (Z, b) in enumerate(zip(points, weights, strict=True)))
        norms = squared_norms(list(points.astype(np.float64)), list(parts), market.profile.gamma)
        index.nearest(points[0], weights[0])
        for rows, own in zip(users, shares, strict=True):
            begin = time.process_time()
            found = index.nearest(rows, own, k=TOP)
            seconds.append(time.process_time() - begin)
            compared.append(found.certificate.compared)
            right += is_right(found, brute_force(rows, own, points, parts, norms, market.profile.gamma))
    named = f"ten nearest of {size:,}, {width} columns"
    cpu = round(1e3 * statistics.median(seconds), 2)
    return [
        at_least(
            f"{named}: right, with a true certificate", "of users", right / count, 1.0, users=count, cpu_ms=cpu,
            compared=f"{statistics.median(compared):g}, at most {max(compared)}",
        )
    ]  # fmt: skip


def brute_force(
    rows: Floats, own: Floats, points: Floats, weights: np.ndarray, norms: np.ndarray, gamma: float
) -> np.ndarray:
    """Return the distances of a user to all specifications, (N,) float64."""
    query = Query.of(rows.astype(np.float64), own.astype(np.float64), gamma)
    inner = np.concatenate(
        [
            query.inner(list(points[start : start + _TOGETHER]), list(weights[start : start + _TOGETHER]))
            for start in range(0, len(points), _TOGETHER)
        ]
    )
    return np.sqrt(np.maximum(norms - 2.0 * inner + query.norm2, 0.0))


def is_right(found: Nearest, distances: np.ndarray) -> bool:
    """Compare an answer with all distances; ids are the places in six digits."""
    order = np.argsort(distances, kind="stable")
    proof = found.certificate
    return bool(
        [int(name) for name in found.ids] == order[:TOP].tolist()
        and np.allclose(found.distances, distances[order[:TOP]], rtol=0.0, atol=_SAME)
        and proof.method == "certified"
        and proof.last is not None
        and abs(proof.last - distances[order[TOP - 1]]) <= _SAME
        and proof.next is not None
        and proof.last <= proof.next <= distances[order[TOP]] + _SAME
    )
