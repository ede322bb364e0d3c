# SPDX-License-Identifier: Apache-2.0
"""Exact fits of tables: CPU seconds of the whole call, and the squared distance to all rows.

Ours is `lwnode.specification.specify` as a caller has it: points, weights, residual and tail level; the reference's is
``generate_rkme_table_spec``: points and weights.  Both are given the same float32 rows, the same kernel and m = 100, in
one thread, and are judged by the same float64 distance.
"""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import Row, at_most
from benchmarks.reference import run
from benchmarks.spec.tables_data import clustered, island_profile, median_gamma, mmd2_to_rows, plain_profile
from lwnode.specification import specify

SIZE = 100
# rows, columns, least ratio of CPU, largest ratio of squared distances
CASES = (
    (1_000, 20, 1.0, 0.8), (1_000, 100, 1.0, 0.8), (10_000, 20, 5.0, 0.5), (10_000, 100, 5.0, 0.5),
    (100_000, 20, 110.0, 0.5), (100_000, 100, 200.0, 0.5),
)  # fmt: skip
PACKAGE_GAMMA, PACKAGE_RATIO = 0.1, 1.1
SEEDS = 5
MANY, WIDE = 1_000_000, 100


def measure(*, quick: bool, peer: str | None = None) -> list[Row]:
    """Return the rows of this part."""
    rows: list[Row] = []
    for n, d, least, most in CASES:
        if quick and n > 10_000:
            continue
        rows += _case(n, d, least, most, 3 if quick else SEEDS, peer)
    rows += _private(3 if quick else SEEDS)
    if not quick:
        rows += _a_million()
    return rows


def _case(n: int, d: int, least: float, most: float, seeds: int, peer: str | None) -> list[Row]:
    """Measure one size under the median gamma and under the package's own."""
    ours: dict[str, list[tuple[float, float]]] = {"median": [], "package": []}
    theirs: dict[str, list[tuple[float, float]]] = {"median": [], "package": []}
    for seed in range(seeds):
        X = clustered(n, d, seed=seed)
        gammas = {"median": median_gamma(X), "package": PACKAGE_GAMMA}
        reference = _reference(X, gammas, peer) if peer else {}
        for name, gamma in gammas.items():
            seconds, Z, b = fit(X, gamma)
            ours[name].append((seconds, mmd2_to_rows(Z, b, X, gamma)))
            if name in reference:
                seconds, Z, b = reference[name]
                theirs[name].append((seconds, mmd2_to_rows(Z, b, X, gamma)))
    size = {"rows": n, "columns": d, "seeds": seeds}
    named = f"{n:,} x {d}"
    return [
        _compared(f"{named}: CPU", "s", ours["median"], theirs["median"], 0, f">= {least:g} x", size),
        _compared(f"{named}: squared distance", "MMD²", ours["median"], theirs["median"], 1, f"<= {most:g} x", size),
        _compared(
            f"{named}, gamma .1: squared distance", "MMD²", ours["package"], theirs["package"], 1,
            f"<= {PACKAGE_RATIO:g} x", size,
        ),
    ]  # fmt: skip


def _compared(
    name: str,
    unit: str,
    ours: list[tuple[float, float]],
    theirs: list[tuple[float, float]],
    which: int,
    bar: str,
    params: dict[str, Any],
) -> Row:
    """Return a row of medians; the ratio is the reference over ours for CPU, ours over the reference for a distance."""
    own = statistics.median(pair[which] for pair in ours)
    if not theirs:
        reason = "the reference engine was not given (--peer)"
        return Row(name=name, unit=unit, ours=own, bar=bar, holds=None, params=params, reason=reason)
    pairs = zip(ours, theirs, strict=True)
    ratios = [(b[which] / a[which]) if which == 0 else (a[which] / b[which]) for a, b in pairs]
    ratio, limit = statistics.median(ratios), float(bar.split()[1])
    return Row(
        name=name,
        unit=unit,
        ours=own,
        peer=statistics.median(pair[which] for pair in theirs),
        ratio=ratio,
        bar=bar,
        holds=ratio >= limit if which == 0 else ratio <= limit,
        params=params,
    )


def fit(X: NDArray[np.float32], gamma: float) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Return CPU seconds of the whole public call, and the points and weights that it gave."""
    profile, raw = plain_profile(X.shape[1], gamma), X.astype(np.float64)
    begin = time.process_time()
    made = specify(raw, profile, privacy="public", size=SIZE)
    return time.process_time() - begin, made.points.astype(np.float64), made.weights


def _reference(X: NDArray[np.float32], gammas: dict[str, float], peer: str) -> dict[str, Any]:
    """Return what the reference engine makes of the same rows."""
    with tempfile.TemporaryDirectory(prefix="lwnode-bench-") as folder:
        file = str(Path(folder) / "rows.npy")
        np.save(file, X)
        values = list(gammas.values())
        seconds = run(peer, "table_specification", files=[file] * len(values), gammas=values, size=SIZE)
        found = {}
        for (name, gamma), spent in zip(gammas.items(), seconds, strict=True):
            with np.load(f"{file}.{gamma:g}.z.npz") as made:
                found[name] = (spent, made["z"], made["beta"])
        return found


def _private(seeds: int) -> list[Row]:
    """Measure a private release against the exact fit of the same rows."""
    n, d = 100_000, 100
    ratios: list[float] = []
    seconds: list[float] = []
    for seed in range(seeds):
        X = clustered(n, d, seed=seed)
        gamma = median_gamma(X)
        exact, _, _ = fit(X, gamma)
        profile, raw = island_profile(d, gamma), X.astype(np.float64)
        begin = time.process_time()
        specify(raw, profile, privacy="private", epsilon=1.0, size=SIZE, rng=np.random.default_rng(seed))
        seconds.append(time.process_time() - begin)
        ratios.append(seconds[-1] / exact)
    ratio = statistics.median(ratios)
    return [
        Row(
            name=f"{n:,} x {d}, private: CPU over the exact fit's",
            unit="x",
            ours=ratio,
            bar="<= 6",
            holds=ratio <= 6.0,
            params={"seeds": seeds, "seconds": round(statistics.median(seconds), 3)},
        )
    ]


def _a_million() -> list[Row]:
    """Measure CPU beyond one pass over the data, and memory beyond the data."""
    rng = np.random.default_rng(0)
    X = np.empty((MANY, WIDE))
    part = clustered(100_000, WIDE, seed=0)
    for start in range(0, MANY, len(part)):
        X[start : start + len(part)] = part[rng.permutation(len(part))] + 0.001 * rng.normal(size=part.shape)
    profile = plain_profile(WIDE, median_gamma(part))
    specify(X[:3_000], profile, privacy="public", size=SIZE)  # what is imported on first use
    begin = time.process_time()
    X.sum(axis=0)
    one_pass = time.process_time() - begin
    rows: list[Row] = []
    for mode in ("public", "no-noise"):
        before = _peak()
        begin = time.process_time()
        specify(X, profile, privacy=mode, size=SIZE)  # type: ignore[arg-type]  # both are modes
        spent = time.process_time() - begin
        named = f"{MANY:,} x {WIDE}, {mode}"
        rows.append(at_most(f"{named}: CPU beyond one pass", "s", spent - one_pass, 1.0, one_pass=round(one_pass, 3)))
        rows.append(at_most(f"{named}: memory beyond the data", "MB", (_peak() - before) / 1e6, 300.0))
    return rows


def _peak() -> float:
    """Return the largest resident set so far, bytes; it only grows, so a difference never understates."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
