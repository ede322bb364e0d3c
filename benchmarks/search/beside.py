# SPDX-License-Identifier: Apache-2.0
"""The ten nearest of 100 to 5,000 learnwares, beside the reference engine.

Both sides are given the same float32 points and weights, the user's specification of a hundred points, and one kernel.
Ours is the whole of `SpecificationIndex.nearest`, with proof; the reference's is the searcher's single search
(``_search_by_rkme_spec_single``) on specifications that are in memory.

N learnwares are of about √N families (`benchmarks.search.markets`, *drawn*).  Where every learnware is a family of its
own the tenth nearest is a stranger, bounds tell less, and several times as many have to be compared.
"""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.harness import Row
from benchmarks.reference import run
from benchmarks.search.markets import Floats, Market
from lwnode.market.index import SpecificationIndex

WIDTH, TOP = 20, 10
SIZES = ((100, 20.0), (1_000, 150.0), (5_000, 600.0))  # learnwares, least ratio of CPU
USERS, QUICK_USERS = 100, 5


def measure(*, quick: bool, peer: str | None = None) -> list[Row]:
    """Return the rows of this part."""
    rows: list[Row] = []
    for size, least in SIZES:
        market = Market(width=WIDTH, families=max(8, math.isqrt(size)))
        made = list(market.specifications(size))
        points, weights = np.concatenate([Z for Z, _ in made]), np.concatenate([b for _, b in made])
        users, shares = market.users(QUICK_USERS if quick else USERS)
        with tempfile.TemporaryDirectory(prefix="lwnode-bench-") as folder:
            file = str(Path(folder) / "market.npz")
            np.savez(file, points=points, weights=weights, queries=users, query_weights=shares)
            ours = _ours(market, Path(folder) / "index", points, weights, users, shares)
            theirs = run(peer, "search_single", file=file, gamma=market.profile.gamma, top=TOP) if peer else None
        rows += _rows(size, least, ours, theirs)
    return rows


def _ours(
    market: Market, folder: Path, points: Floats, weights: Floats, users: Floats, shares: Floats
) -> list[tuple[float, list[int], int]]:
    """Return for each user CPU seconds, the places of the nearest, and how many were compared."""
    answers = []
    with SpecificationIndex.open(folder, market.profile) as index:
        index.extend((f"{i:06d}", Z, b) for i, (Z, b) in enumerate(zip(points, weights, strict=True)))
        index.nearest(points[0], weights[0], k=TOP)  # what is read on first use
        for rows, own in zip(users, shares, strict=True):
            begin = time.process_time()
            found = index.nearest(rows, own, k=TOP)
            spent = time.process_time() - begin
            answers.append((spent, [int(name) for name in found.ids], found.certificate.compared))
    return answers


def _rows(size: int, least: float, ours: list[tuple[float, list[int], int]], theirs: list[list] | None) -> list[Row]:  # type: ignore[type-arg]
    own = statistics.median(seconds for seconds, _, _ in ours)
    params = {"users": len(ours), "columns": WIDTH, "compared": statistics.median(compared for *_, compared in ours)}
    named, bar = f"ten nearest of {size:,}", f">= {least:g} x"
    if theirs is None:
        reason = "the reference engine was not given (--peer)"
        return [Row(name=f"{named}: CPU", unit="s", ours=own, bar=bar, holds=None, params=params, reason=reason)]
    peer = statistics.median(seconds for seconds, _ in theirs)
    same = sum(places == other for (_, places, _), (_, other) in zip(ours, theirs, strict=True)) / len(ours)
    ratio = peer / own
    return [
        Row(
            name=f"{named}: CPU", unit="s", ours=own, peer=peer, ratio=ratio, bar=bar, holds=ratio >= least,
            params=params,
        ),
        Row(
            name=f"{named}: the reference's, in its order", unit="of users", ours=same, bar=">= 1", holds=same >= 1.0,
            params={"users": len(ours)},
        ),
    ]  # fmt: skip
