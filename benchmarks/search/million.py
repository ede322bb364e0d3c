# SPDX-License-Identifier: Apache-2.0
"""A million learnwares: searching them, changing them, opening them, and what they take in memory.

The market: 50 learnwares in each of 20,000 families, 20 columns, 24 points each (`benchmarks.search.markets`,
*patterned*), so 2.4 GB of files; users are new members with 24 points.  A *pass* is one product of a vector with a
float32 matrix of the short vectors' shape, (N, 65), measured in the same run: what any search costs that looks at every
short vector once and at nothing else.

Recall is against the exact MMD: the certified answers, which part `proof` holds against brute force, and some of which
are held against it here.
"""

from __future__ import annotations

import dataclasses
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.harness import Row, at_least, at_most, cpu_median
from benchmarks.search.markets import Floats, Market
from lwnode.market.index import SpecificationIndex

SIZE, QUICK_SIZE = 1_000_000, 50_000
MARKET = Market(width=20, families=20_000, points=24, shaken=0.25)
QUICK_MARKET = Market(width=20, families=1_000, points=24, shaken=0.25)
USERS, QUICK_USERS, CHANGES = 400, 20, 100


def measure(*, quick: bool, peer: str | None = None) -> list[Row]:
    """Return the rows of this part."""
    size, market, count = (QUICK_SIZE, QUICK_MARKET, QUICK_USERS) if quick else (SIZE, MARKET, USERS)
    with tempfile.TemporaryDirectory(prefix="lwnode-bench-") as folder:
        where = Path(folder) / "index"
        begin = time.process_time()
        with SpecificationIndex.open(where, market.profile) as index:
            index.extend(_named(market, size))
            index.organise()
            index.flush()
        built = time.process_time() - begin
        opened = _opened(where, quick)
        with SpecificationIndex.open(where, market.profile) as index:
            rows = _searches(index, market, size, count)
            rows += _changes(index, market, size)
    rows = [
        *rows,
        at_most(f"{size:,}: opening", "CPU s", opened["cpu"], 2.0, elapsed_s=round(opened["seconds"], 2)),
        at_most(f"{size:,}: resident memory for each", "bytes", opened["resident"] / size, 400.0),
        Row(name=f"{size:,}: building", unit="CPU s", ours=built, bar="", holds=None, params={"learnwares": size}),
    ]
    if not quick:
        return rows
    reason = "the bar is for a million: a pass over fewer costs less than the fixed part of a search"
    return [dataclasses.replace(row, holds=None, reason=reason) if row.unit == "passes" else row for row in rows]


def _named(market: Market, size: int) -> Iterator[tuple[str, Floats, Floats]]:
    place = 0
    for points, weights in market.specifications(size):
        for Z, b in zip(points, weights, strict=True):
            yield f"{place:064x}", Z, b
            place += 1


def _searches(index: SpecificationIndex, market: Market, size: int, count: int) -> list[Row]:
    users, shares = market.users(count + 5, points=market.points)
    for rows, own in zip(users[:5], shares[:5], strict=True):
        index.nearest(rows, own)
        index.nearest(rows, own, certified=False)
    certified, quick, compared, looked, recall = [], [], [], [], []
    for rows, own in zip(users[5:], shares[5:], strict=True):
        begin = time.process_time()
        near = index.nearest(rows, own, certified=False)
        quick.append(time.process_time() - begin)
        begin = time.process_time()
        found = index.nearest(rows, own)
        certified.append(time.process_time() - begin)
        compared.append(found.certificate.compared)
        looked.append(near.certificate.compared)
        recall.append(len(set(near.ids) & set(found.ids)) / len(found.ids))
    one_pass = _pass(size, index.anchors.dimensions + 1)
    about = {"users": count, "columns": market.width, "families": market.families, "pass_ms": round(1e3 * one_pass, 2)}
    return [
        at_most(
            f"{size:,}: certified exact", "passes", statistics.median(certified) / one_pass, 1.0, **about,
            cpu_ms=round(1e3 * statistics.median(certified), 2), longest_ms=round(1e3 * max(certified), 2),
            compared=f"{statistics.median(compared):g}, at most {max(compared)}",
        ),
        at_most(
            f"{size:,}: approximate", "passes", statistics.median(quick) / one_pass, 0.1, **about,
            cpu_ms=round(1e3 * statistics.median(quick), 2), longest_ms=round(1e3 * max(quick), 2),
            compared=statistics.median(looked),
        ),
        at_least(f"{size:,}: approximate, recall@10", "of the exact", statistics.mean(recall), 0.99, users=count),
    ]  # fmt: skip


def _pass(size: int, columns: int) -> float:
    """Return the CPU seconds of one product with a matrix of the short vectors' shape."""
    matrix = np.random.default_rng(0).standard_normal((size, columns), dtype=np.float32)
    vector = matrix[0].copy()
    return cpu_median(lambda: matrix @ vector, 7)


def _changes(index: SpecificationIndex, market: Market, size: int) -> list[Row]:
    points, weights = market.users(CHANGES, points=market.points)
    inserting, withdrawing = [], []
    for i, (Z, b) in enumerate(zip(points, weights, strict=True)):
        begin = time.process_time()
        index.insert(f"{size + i:064x}", Z, b)
        inserting.append(time.process_time() - begin)
        begin = time.process_time()
        index.withdraw(f"{(i * 7919) % size:064x}")
        withdrawing.append(time.process_time() - begin)
    return [
        at_most(f"{size:,}: inserting one", "ms", 1e3 * statistics.median(inserting), 2.0, times=CHANGES),
        at_most(f"{size:,}: withdrawing one", "ms", 1e3 * statistics.median(withdrawing), 2.0, times=CHANGES),
    ]


def _opened(folder: Path, quick: bool) -> dict[str, float]:
    """Open the index in a new process and return the seconds it took and the memory that it holds since."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.search.opening", str(folder), "quick" if quick else "whole"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    answer: dict[str, float] = json.loads(done.stdout)
    return answer
